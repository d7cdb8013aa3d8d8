"""Known wrong answers, and odd but right ones, of the network from lists."""
# ruff: noqa: F821

import math
import random

import numpy as np

from grader.checks import right, wrong


@wrong("constants", cell=True)
def coordinates_counted_instead_of_points():
    """N is twice the number of points.
    It looks like all numbers of X counted.
    What does one row of X stand for?
    """
    N, d_input, d_output, d_hidden, epsilon = 600, 2, 2, 10, 5.0


@wrong("constants", cell=True)
def points_taken_for_inputs():
    """d_input is the number of points.
    It looks like the two sizes of X exchanged.
    How many numbers describe one point?
    """
    N, d_input, d_output, d_hidden, epsilon = 300, 300, 2, 10, 5.0


@wrong("constants", cell=True)
def one_output_for_two_classes():
    """There is one output for two classes.
    It looks like the one probability of a logistic regression.
    Softmax has one output per class.
    """
    N, d_input, d_output, d_hidden, epsilon = 300, 2, 1, 10, 5.0


@wrong("constants", cell=True)
def rate_for_sums():
    """The learning rate is far too small.
    It looks like the rate for gradients that are sums.
    Which rate does the statement give for means?
    """
    N, d_input, d_output, d_hidden, epsilon = 300, 2, 2, 10, 3e-2


@right("constants", cell=True)
def from_the_data():
    """Taken from the data."""
    N = len(X)
    d_input = len(X[0])
    d_output = len(set(y))
    d_hidden, epsilon = 10, 5


@right("constants", cell=True)
def numbers_of_numpy():
    """Entries of an array and a numpy float."""
    N, d_input, d_output, d_hidden = np.array([*np.shape(X), np.max(y) + 1, 10])
    epsilon = np.float32(5)


@right("constants", cell=True)
def one_by_one():
    """One assignment per line."""
    N = 300
    d_input = 2
    d_output = max(y) + 1
    d_hidden = 10
    epsilon = 50 / 10


@wrong("init_model")
def not_shifted(d_input, d_hidden, d_output, seed):
    """All parameters are positive.
    It looks like draws from [0, 1) as they are.
    Which interval is asked for?
    """
    random.seed(seed)
    W1 = [[random.random() for _ in range(d_hidden)] for _ in range(d_input)]
    b1 = [random.random() for _ in range(d_hidden)]
    W2 = [[random.random() for _ in range(d_output)] for _ in range(d_hidden)]
    b2 = [random.random() for _ in range(d_output)]
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2}


@wrong("init_model")
def biases_drawn_last(d_input, d_hidden, d_output, seed):
    """W1 is right, the others are not.
    It looks like another order of the draws: both matrices before the biases.
    Read the order in the statement.
    """
    generator = random.Random(seed)
    W1 = [[generator.random() - 0.5 for _ in range(d_hidden)] for _ in range(d_input)]
    W2 = [[generator.random() - 0.5 for _ in range(d_output)] for _ in range(d_hidden)]
    b1 = [generator.random() - 0.5 for _ in range(d_hidden)]
    b2 = [generator.random() - 0.5 for _ in range(d_output)]
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2}


@wrong("init_model")
def matrices_transposed(d_input, d_hidden, d_output, seed):
    """The matrices have rows and columns exchanged.
    It looks like one row per output, as in other libraries.
    Here a matrix has one row per input of its layer.
    """
    generator = random.Random(seed)
    W1 = [[generator.random() - 0.5 for _ in range(d_input)] for _ in range(d_hidden)]
    b1 = [generator.random() - 0.5 for _ in range(d_hidden)]
    W2 = [[generator.random() - 0.5 for _ in range(d_hidden)] for _ in range(d_output)]
    b2 = [generator.random() - 0.5 for _ in range(d_output)]
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2}


@wrong("init_model")
def rows_repeated(d_input, d_hidden, d_output, seed):
    """All rows of a matrix are equal.
    It looks like one row that was multiplied.
    Every entry needs a draw of its own.
    """
    generator = random.Random(seed)
    W1 = [[generator.random() - 0.5 for _ in range(d_hidden)]] * d_input
    b1 = [generator.random() - 0.5 for _ in range(d_hidden)]
    W2 = [[generator.random() - 0.5 for _ in range(d_output)]] * d_hidden
    b2 = [generator.random() - 0.5 for _ in range(d_output)]
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2}


@wrong("init_model")
def seed_fixed(d_input, d_hidden, d_output, seed):
    """Every seed gives the same parameters.
    It looks like a number in the place of the argument.
    Where is seed used?
    """
    random.seed(0)
    W1 = [[random.random() - 0.5 for _ in range(d_hidden)] for _ in range(d_input)]
    b1 = [random.random() - 0.5 for _ in range(d_hidden)]
    W2 = [[random.random() - 0.5 for _ in range(d_output)] for _ in range(d_hidden)]
    b2 = [random.random() - 0.5 for _ in range(d_output)]
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2}


@wrong("init_model")
def biases_zero(d_input, d_hidden, d_output, seed):
    """W1 is right, the biases are zero.
    It looks like the convention of other notebooks.
    Here the biases are drawn as well.
    """
    random.seed(seed)
    W1 = [[random.random() - 0.5 for _ in range(d_hidden)] for _ in range(d_input)]
    W2 = [[random.random() - 0.5 for _ in range(d_output)] for _ in range(d_hidden)]
    return {"W1": W1, "b1": [0.0] * d_hidden, "W2": W2, "b2": [0.0] * d_output}


@wrong("init_model")
def seeded_anew_for_each_list(d_input, d_hidden, d_output, seed):
    """The lists begin with the same numbers.
    It looks like a seed that is set again before each list.
    How often is the generator seeded?
    """

    def draws(rows, columns):
        random.seed(seed)
        return [[random.random() - 0.5 for _ in range(columns)] for _ in range(rows)]

    W1, b1 = draws(d_input, d_hidden), draws(1, d_hidden)[0]
    W2, b2 = draws(d_hidden, d_output), draws(1, d_output)[0]
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2}


@wrong("init_model")
def seed_zero_left_out(d_input, d_hidden, d_output, seed):
    """Two calls with seed 0 differ.
    It looks like a test whether there is a seed, for which 0 counts as none.
    Is "if seed:" true for 0?
    """
    if seed:
        random.seed(seed)
    W1 = [[random.random() - 0.5 for _ in range(d_hidden)] for _ in range(d_input)]
    b1 = [random.random() - 0.5 for _ in range(d_hidden)]
    W2 = [[random.random() - 0.5 for _ in range(d_output)] for _ in range(d_hidden)]
    b2 = [random.random() - 0.5 for _ in range(d_output)]
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2}


@right("init_model")
def own_generator_and_uniform(d_input, d_hidden, d_output, seed=0):
    """A generator of its own, uniform draws."""
    generator = random.Random(seed)
    sizes = {"W1": (d_input, d_hidden), "b1": (1, d_hidden), "W2": (d_hidden, d_output), "b2": (1, d_output)}
    model = {}
    for name, (rows, columns) in sizes.items():
        table = [[generator.uniform(-0.5, 0.5) for _ in range(columns)] for _ in range(rows)]
        model[name] = table[0] if name[0] == "b" else table
    return model


@right("init_model")
def loops_and_appends(d_input, d_hidden, d_output, seed):
    """Plain loops, extra keys."""
    random.seed(seed)
    W1, W2 = [], []
    for i in range(d_input):
        W1.append([])
        for _ in range(d_hidden):
            W1[i].append(-0.5 + random.random())
    b1 = tuple(random.random() - 0.5 for _ in range(d_hidden))
    for i in range(d_hidden):
        W2.append([])
        for _ in range(d_output):
            W2[i].append(-0.5 + random.random())
    b2 = [random.random() - 0.5 for _ in range(d_output)]
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2, "sizes": [d_input, d_hidden, d_output]}


@wrong("dot_product")
def products_not_summed(v1, v2):
    """The result is a list.
    It looks like products that are not summed.
    A dot product is one number.
    """
    return [a * b for a, b in zip(v1, v2)]


@wrong("dot_product")
def sum_of_all(v1, v2):
    """The numbers are added instead of multiplied.
    It looks like a plus in the place of a product.
    What is done with each pair?
    """
    return sum(a + b for a, b in zip(v1, v2))


@wrong("dot_product")
def product_of_the_sums(v1, v2):
    """Each number of one vector meets all of the other.
    It looks like a product of two sums.
    Multiply pair by pair, then add.
    """
    return sum(v1) * sum(v2)


@wrong("dot_product")
def first_pair_left_out(v1, v2):
    """The first pair is missing.
    It looks like an index that starts at one.
    Which index has the first element?
    """
    return sum(v1[i] * v2[i] for i in range(1, len(v1)))


@wrong("dot_product")
def returns_after_the_first_pair(v1, v2):
    """Only the first pair counts.
    It looks like a return inside the loop.
    How far is the return line indented?
    """
    total = 0
    for a, b in zip(v1, v2):
        total += a * b
        return total


@right("dot_product")
def map_of_products(v1, v2):
    """A sum over a map."""
    import operator

    return sum(map(operator.mul, v1, v2))


@right("dot_product")
def accurate_sum(v1, v2):
    """math.fsum over the indices."""
    return math.fsum(v1[i] * v2[i] for i in range(len(v1)))


@wrong("add_bias")
def lists_joined(v1, v2):
    """The result is twice as long.
    It looks like + between two lists, which joins them.
    Add element by element.
    """
    return v1 + v2


@wrong("add_bias")
def one_number_for_all(v1, v2):
    """Each entry gets the first number of the second vector.
    It looks like an index that does not move.
    Which number belongs to which entry?
    """
    return [a + v2[0] for a in v1]


@wrong("add_bias")
def subtracted(v1, v2):
    """The second vector is taken away.
    It looks like a minus in the place of a plus.
    Try a vector of zeros first.
    """
    return [a - b for a, b in zip(v1, v2)]


@wrong("add_bias")
def first_vector_changed(v1, v2):
    """The list that was given has changed.
    It looks like += on its elements.
    Make a new list.
    """
    for i in range(len(v1)):
        v1[i] += v2[i]
    return v1


@wrong("add_bias")
def multiplied(v1, v2):
    """The entries are multiplied.
    It looks like the products of the dot product.
    What is done with each pair?
    """
    return [a * b for a, b in zip(v1, v2)]


@right("add_bias")
def map_of_sums(v1, v2):
    """A map over pairs."""
    return list(map(lambda pair: sum(pair), zip(v1, v2)))


@right("add_bias")
def copy_then_add(v1, v2):
    """A copy, changed in place."""
    result = v1[:]
    for i, value in enumerate(v2):
        result[i] = result[i] + value
    return tuple(result)


@wrong("get_columns")
def a_row_instead(W, index):
    """The result is a row, or an index error.
    It looks like the index of a row.
    A matrix is a list of rows: what is W[index]?
    """
    return W[index]


@wrong("get_columns")
def first_column_always(W, index):
    """The result does not depend on the index.
    It looks like a number in the place of the argument.
    Where is index used?
    """
    return [row[0] for row in W]


@wrong("get_columns")
def counted_from_one(W, index):
    """The result is the column before the one that is asked for.
    It looks like counting from one.
    Which number has the first column?
    """
    return [row[index - 1] for row in W]


@wrong("get_columns")
def nested_column(W, index):
    """Each entry is a list by itself.
    It looks like slices instead of elements.
    Compare row[1:2] and row[1].
    """
    return [row[index : index + 1] for row in W]


@wrong("get_columns")
def last_row_left_out(W, index):
    """The last row is missing.
    It looks like a range that ends one too early.
    How many entries has a column?
    """
    return [W[i][index] for i in range(len(W) - 1)]


@right("get_columns")
def unzipped(W, index):
    """Through zip."""
    return list(list(zip(*W))[index])


@right("get_columns")
def loop_with_append(W, index):
    """A loop."""
    column = []
    for i in range(len(W)):
        column.append(W[i][index])
    return column


@wrong("transpose")
def not_transposed(W):
    """The matrix is the same as before.
    It looks like rows that are read as rows.
    What is the first row of the result?
    """
    return [row[:] for row in W]


@wrong("transpose")
def square_only(W):
    """The result is right for square matrices only.
    It looks like loops over the wrong sizes.
    How many rows has the result?
    """
    return [[W[j][i] for j in range(len(W))] for i in range(len(W))]


@wrong("transpose")
def rows_reversed(W):
    """The columns are in reverse order.
    It looks like a rotation instead of a transposition.
    What stays in place on the diagonal?
    """
    return [[row[j] for row in reversed(W)] for j in range(len(W[0]))]


@wrong("transpose")
def flattened(W):
    """The result is one single list.
    It looks like columns that are joined.
    The result is a list of rows.
    """
    return [row[j] for j in range(len(W[0])) for row in W]


@wrong("transpose")
def one_shared_row(W):
    """All rows of the result are equal.
    It looks like one list that stands in the result several times.
    What does multiplying a list of lists repeat?
    """
    result = [[0] * len(W)] * len(W[0])
    for i in range(len(W)):
        for j in range(len(W[0])):
            result[j][i] = W[i][j]
    return result


@right("transpose")
def zipped(W):
    """zip, with tuples as rows."""
    return list(zip(*W))


@right("transpose")
def filled_in(W):
    """A table of zeros, filled in."""
    result = [[0.0 for _ in W] for _ in W[0]]
    for i, row in enumerate(W):
        for j, value in enumerate(row):
            result[j][i] = value
    return result


@wrong("matrix_multiplication")
def entry_by_entry(X, W):
    """Entries at the same place are multiplied.
    It looks like the element-wise product.
    Entry (i, j) needs a whole row and a whole column.
    """
    return [[a * b for a, b in zip(x, w)] for x, w in zip(X, W)]


@wrong("matrix_multiplication")
def rows_with_rows(X, W):
    """The rows of W are used where its columns are needed.
    It looks like a product with the transpose.
    Which part of W belongs to entry (i, j)?
    """
    return [[sum(a * b for a, b in zip(x, w)) for w in W] for x in X]


@wrong("matrix_multiplication")
def product_transposed(X, W):
    """The product has rows and columns exchanged.
    It looks like loops in the other order.
    Which index is that of the row?
    """
    return [[sum(a * b for a, b in zip(x, column)) for x in X] for column in zip(*W)]


@wrong("matrix_multiplication")
def sizes_mixed_up(X, W):
    """The product is right for square matrices only.
    It looks like a loop over the wrong size.
    How many columns has the product?
    """
    n = len(X)
    return [[sum(X[i][k] * W[k][j] for k in range(len(W))) for j in range(n)] for i in range(n)]


@wrong("matrix_multiplication")
def last_term_only(X, W):
    """Each entry is one product instead of a sum of products.
    It looks like = where += is meant.
    What happens to the terms before?
    """
    result = [[0.0] * len(W[0]) for _ in X]
    for i in range(len(X)):
        for j in range(len(W[0])):
            for k in range(len(W)):
                result[i][j] = X[i][k] * W[k][j]
    return result


@wrong("matrix_multiplication")
def shared_rows(X, W):
    """All rows of the product are equal.
    It looks like one list that stands in the result several times.
    What does multiplying a list of lists repeat?
    """
    result = [[0.0] * len(W[0])] * len(X)
    for i in range(len(X)):
        for j in range(len(W[0])):
            result[i][j] = sum(X[i][k] * W[k][j] for k in range(len(W)))
    return result


@right("matrix_multiplication")
def three_loops(X, W):
    """Three loops."""
    result = [[0.0 for _ in W[0]] for _ in X]
    for k in range(len(W)):
        for i in range(len(X)):
            for j in range(len(W[0])):
                result[i][j] += X[i][k] * W[k][j]
    return result


@right("matrix_multiplication")
def zipped_columns(X, W):
    """Columns by zip, products by map, tuples as rows."""
    columns = list(zip(*W))
    return [tuple(sum(map(lambda a, b: a * b, row, column)) for column in columns) for row in X]


@wrong("forward_layer")
def layer_without_bias(X, W, b):
    """The layer gives zero for inputs of zero.
    It looks like a bias that is not added.
    Which argument is not used?
    """
    return matrix_multiplication(X, W)


@wrong("forward_layer")
def activation_too_early(X, W, b):
    """All values are between 0 and 1.
    It looks like a sigmoid inside the layer.
    Which part is asked for here?
    """
    return [[1 / (1 + math.exp(-z)) for z in add_bias(row, b)] for row in matrix_multiplication(X, W)]


@wrong("forward_layer")
def same_bias_for_all(X, W, b):
    """All entries of a row get the same bias.
    It looks like the index of the row, or a fixed one, on b.
    How many biases has the layer?
    """
    return [[z + b[0] for z in row] for row in matrix_multiplication(X, W)]


@wrong("forward_layer")
def bias_on_the_inputs(X, W, b):
    """The bias is multiplied by the weights.
    It looks like a bias that is added before the product.
    In which order are product and sum done?
    """
    return matrix_multiplication([[x + v for x, v in zip(row, b)] for row in X], W)


@wrong("forward_layer")
def bias_subtracted(X, W, b):
    """The values fall when the bias grows.
    It looks like a minus in the place of a plus.
    Try weights of zero.
    """
    return [[z - v for z, v in zip(row, b)] for row in matrix_multiplication(X, W)]


@wrong("forward_layer")
def first_example_only(X, W, b):
    """There is one row for several examples.
    It looks like a layer of the first example.
    How many rows has the result?
    """
    return [add_bias(matrix_multiplication(X, W)[0], b)]


@right("forward_layer")
def bias_as_a_row_of_weights(X, W, b):
    """An input of one, the bias as a row of the weights."""
    return matrix_multiplication([[*row, 1] for row in X], [*W, b])


@right("forward_layer")
def neuron_by_neuron(X, W, b):
    """A loop over the neurons."""
    result = []
    for row in X:
        result.append([])
        for j in range(len(b)):
            result[-1].append(b[j] + sum(row[k] * W[k][j] for k in range(len(row))))
    return result


@wrong("sigmoid")
def overflow_for_very_negative_numbers(x):
    """There is an OverflowError for numbers like -1000.
    It looks like exp of -x for every x.
    For which sign of x is the argument of exp positive?
    """
    return 1 / (1 + math.exp(-x))


@wrong("sigmoid")
def overflow_for_large_numbers(x):
    """There is an OverflowError for numbers like 1000.
    It looks like exp of x for every x.
    For which sign of x is the argument of exp positive?
    """
    return math.exp(x) / (1 + math.exp(x))


@wrong("sigmoid")
def falling_sigmoid(x):
    """Large numbers give 0 and small ones 1.
    It looks like a sign that is missing in the exponent.
    What is the limit for large x?
    """
    if x >= 0:
        return math.exp(-x) / (1 + math.exp(-x))
    return 1 / (1 + math.exp(x))


@wrong("sigmoid")
def tanh_instead(x):
    """The values lie between -1 and 1.
    It looks like a hyperbolic tangent.
    What is the value at 0?
    """
    return math.tanh(x)


@wrong("sigmoid")
def a_step(x):
    """The values are 0 and 1 only.
    It looks like a step, or large numbers that are cut off far too early.
    What is the value at 1?
    """
    return 1.0 if x > 0 else 0.0


@wrong("sigmoid")
def cut_off_too_early(x):
    """Numbers beyond 7 give exactly 0 or 1.
    It looks like bounds that are set where the sigmoid still changes.
    From which size on does exp overflow?
    """
    if abs(x) > 7:
        return 1.0 if x > 0 else 0.0
    return 1 / (1 + math.exp(-x))


@right("sigmoid")
def half_a_tanh(x):
    """A shifted and scaled hyperbolic tangent."""
    return 0.5 + 0.5 * math.tanh(x / 2)


@right("sigmoid")
def overflow_caught(x):
    """The overflow is caught."""
    try:
        return 1 / (1 + math.exp(-x))
    except OverflowError:
        return 0.0


@right("sigmoid")
def bounds(x):
    """The argument is kept within bounds."""
    return 1 / (1 + math.e ** -max(-500, min(500, x)))


@wrong("forward_function")
def hidden_sigmoid_forgotten(X, W1, b1, W2, b2):
    """The scores are affine in the inputs.
    It looks like a hidden layer without its activation.
    What stands between the two layers?
    """
    rows = []
    for scores in forward_layer(forward_layer(X, W1, b1), W2, b2):
        powers = [math.exp(z - max(scores)) for z in scores]
        rows.append([p / sum(powers) for p in powers])
    return rows


@wrong("forward_function")
def sigmoid_at_the_output(X, W1, b1, W2, b2):
    """The rows do not sum to 1.
    It looks like a sigmoid where softmax is meant.
    Which function makes a row of probabilities?
    """
    hidden = [[sigmoid(z) for z in row] for row in forward_layer(X, W1, b1)]
    return [[sigmoid(z) for z in row] for row in forward_layer(hidden, W2, b2)]


@wrong("forward_function")
def sigmoid_before_softmax(X, W1, b1, W2, b2):
    """The probabilities are too close to one another.
    It looks like a sigmoid between the second layer and softmax.
    Which values does softmax take?
    """
    hidden = [[sigmoid(z) for z in row] for row in forward_layer(X, W1, b1)]
    rows = []
    for scores in forward_layer(hidden, W2, b2):
        powers = [math.exp(sigmoid(z)) for z in scores]
        rows.append([p / sum(powers) for p in powers])
    return rows


@wrong("forward_function")
def overflow_of_large_scores(X, W1, b1, W2, b2):
    """There is an OverflowError, or a division by zero, for scores of large size.
    It looks like exp of the scores as they are.
    What may be taken away from a row without a change of its softmax?
    """
    hidden = [[sigmoid(z) for z in row] for row in forward_layer(X, W1, b1)]
    powers = [[math.exp(z) for z in row] for row in forward_layer(hidden, W2, b2)]
    return [[p / sum(row) for p in row] for row in powers]


@wrong("forward_function")
def columns_sum_to_one(X, W1, b1, W2, b2):
    """The columns sum to 1, the rows do not; a single example gets 1 everywhere.
    It looks like sums over the examples.
    Each example has its own probabilities.
    """
    hidden = [[sigmoid(z) for z in row] for row in forward_layer(X, W1, b1)]
    scores = forward_layer(hidden, W2, b2)
    top = max(max(row) for row in scores)
    powers = [[math.exp(z - top) for z in row] for row in scores]
    totals = [sum(column) for column in zip(*powers)]
    return [[p / total for p, total in zip(row, totals)] for row in powers]


@wrong("forward_function")
def second_bias_forgotten(X, W1, b1, W2, b2):
    """The probabilities do not depend on b2.
    It looks like a second layer without bias.
    Which argument is not used?
    """
    hidden = [[sigmoid(z) for z in row] for row in forward_layer(X, W1, b1)]
    rows = []
    for scores in matrix_multiplication(hidden, W2):
        powers = [math.exp(z - max(scores)) for z in scores]
        rows.append([p / sum(powers) for p in powers])
    return rows


@wrong("forward_function")
def first_bias_forgotten(X, W1, b1, W2, b2):
    """The probabilities do not depend on b1.
    It looks like a first layer without bias.
    Which argument is not used?
    """
    hidden = [[sigmoid(z) for z in row] for row in matrix_multiplication(X, W1)]
    rows = []
    for scores in forward_layer(hidden, W2, b2):
        powers = [math.exp(z - max(scores)) for z in scores]
        rows.append([p / sum(powers) for p in powers])
    return rows


@wrong("forward_function")
def exponential_forgotten(X, W1, b1, W2, b2):
    """Some probabilities are negative or larger than 1.
    It looks like scores divided by their sum.
    What makes the scores positive?
    """
    hidden = [[sigmoid(z) for z in row] for row in forward_layer(X, W1, b1)]
    return [[z / sum(row) for z in row] for row in forward_layer(hidden, W2, b2)]


@wrong("forward_function")
def scores_returned(X, W1, b1, W2, b2):
    """The rows do not sum to 1 and have negative entries.
    It looks like the scores of the second layer.
    Which step is missing at the end?
    """
    hidden = [[sigmoid(z) for z in row] for row in forward_layer(X, W1, b1)]
    return forward_layer(hidden, W2, b2)


@right("forward_function")
def example_by_example(X, W1, b1, W2, b2):
    """One example at a time, softmax by differences."""
    result = []
    for x in X:
        a = [sigmoid(z) for z in forward_layer([x], W1, b1)[0]]
        z = forward_layer([a], W2, b2)[0]
        result.append([1 / sum(math.exp(min(700, other - own)) for other in z) for own in z])
    return result


@right("forward_function")
def functions_inside(X, W1, b1, W2, b2, verbose=False):
    """Functions inside, tuples as rows."""

    def softmax(row):
        top = max(row)
        total = math.fsum(math.exp(z - top) for z in row)
        return tuple(math.exp(z - top) / total for z in row)

    if verbose:
        print(len(X), "examples")
    hidden = [list(map(sigmoid, row)) for row in forward_layer(X, W1, b1)]
    return list(map(softmax, forward_layer(hidden, W2, b2)))


@wrong("train_model")
def gradients_summed(model, X, y, epsilon, num_epochs):
    """All changes of the model are too large by a factor: the number of examples.
    It looks like gradients that are sums where the loss is a mean.
    Give every example twice: what should change?
    """
    W1, b1, W2, b2 = (model[name] for name in ("W1", "b1", "W2", "b2"))
    losses = []

    def step(values, grads):
        return [v - epsilon * g for v, g in zip(values, grads)]

    for _ in range(num_epochs):
        a1 = [[sigmoid(z) for z in row] for row in forward_layer(X, W1, b1)]
        powers = [[math.exp(z - max(row)) for z in row] for row in forward_layer(a1, W2, b2)]
        probs = [[power / sum(row) for power in row] for row in powers]
        losses.append(-sum(math.log(row[k]) for row, k in zip(probs, y)) / len(X))

        delta2 = [[p - (j == k) for j, p in enumerate(row)] for row, k in zip(probs, y)]
        back = matrix_multiplication(delta2, transpose(W2))
        delta1 = [[d * a * (1 - a) for d, a in zip(d_row, a_row)] for d_row, a_row in zip(back, a1)]
        dW2 = matrix_multiplication(transpose(a1), delta2)
        dW1 = matrix_multiplication(transpose(X), delta1)

        W2 = [step(row, grads) for row, grads in zip(W2, dW2)]
        b2 = step(b2, [sum(column) for column in transpose(delta2)])
        W1 = [step(row, grads) for row, grads in zip(W1, dW1)]
        b1 = step(b1, [sum(column) for column in transpose(delta1)])
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2}, losses


@wrong("train_model")
def gradients_averaged_twice(model, X, y, epsilon, num_epochs):
    """All changes of the model are too small by a factor: the number of examples.
    It looks like a mean that is taken twice.
    Where is it taken, and where again?
    """
    W1, b1, W2, b2 = (model[name] for name in ("W1", "b1", "W2", "b2"))
    losses = []

    def step(values, grads):
        return [v - epsilon * g for v, g in zip(values, grads)]

    for _ in range(num_epochs):
        a1 = [[sigmoid(z) for z in row] for row in forward_layer(X, W1, b1)]
        powers = [[math.exp(z - max(row)) for z in row] for row in forward_layer(a1, W2, b2)]
        probs = [[power / sum(row) for power in row] for row in powers]
        losses.append(-sum(math.log(row[k]) for row, k in zip(probs, y)) / len(X))

        delta2 = [[(p - (j == k)) / len(X) / len(X) for j, p in enumerate(row)] for row, k in zip(probs, y)]
        back = matrix_multiplication(delta2, transpose(W2))
        delta1 = [[d * a * (1 - a) for d, a in zip(d_row, a_row)] for d_row, a_row in zip(back, a1)]
        dW2 = matrix_multiplication(transpose(a1), delta2)
        dW1 = matrix_multiplication(transpose(X), delta1)

        W2 = [step(row, grads) for row, grads in zip(W2, dW2)]
        b2 = step(b2, [sum(column) for column in transpose(delta2)])
        W1 = [step(row, grads) for row, grads in zip(W1, dW1)]
        b1 = step(b1, [sum(column) for column in transpose(delta1)])
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2}, losses


@wrong("train_model")
def steps_uphill(model, X, y, epsilon, num_epochs):
    """The model moves in the wrong direction.
    It looks like a step along the gradient.
    Which way does the gradient point?
    """
    W1, b1, W2, b2 = (model[name] for name in ("W1", "b1", "W2", "b2"))
    losses = []

    def step(values, grads):
        return [v + epsilon * g for v, g in zip(values, grads)]

    for _ in range(num_epochs):
        a1 = [[sigmoid(z) for z in row] for row in forward_layer(X, W1, b1)]
        powers = [[math.exp(z - max(row)) for z in row] for row in forward_layer(a1, W2, b2)]
        probs = [[power / sum(row) for power in row] for row in powers]
        losses.append(-sum(math.log(row[k]) for row, k in zip(probs, y)) / len(X))

        delta2 = [[(p - (j == k)) / len(X) for j, p in enumerate(row)] for row, k in zip(probs, y)]
        back = matrix_multiplication(delta2, transpose(W2))
        delta1 = [[d * a * (1 - a) for d, a in zip(d_row, a_row)] for d_row, a_row in zip(back, a1)]
        dW2 = matrix_multiplication(transpose(a1), delta2)
        dW1 = matrix_multiplication(transpose(X), delta1)

        W2 = [step(row, grads) for row, grads in zip(W2, dW2)]
        b2 = step(b2, [sum(column) for column in transpose(delta2)])
        W1 = [step(row, grads) for row, grads in zip(W1, dW1)]
        b1 = step(b1, [sum(column) for column in transpose(delta1)])
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2}, losses


@wrong("train_model")
def sigmoid_derivative_forgotten(model, X, y, epsilon, num_epochs):
    """W2 and b2 are right, W1 and b1 are not.
    It looks like a derivative of the sigmoid that is missing.
    On the way to the first layer: through which function does the chain rule go?
    """
    W1, b1, W2, b2 = (model[name] for name in ("W1", "b1", "W2", "b2"))
    losses = []

    def step(values, grads):
        return [v - epsilon * g for v, g in zip(values, grads)]

    for _ in range(num_epochs):
        a1 = [[sigmoid(z) for z in row] for row in forward_layer(X, W1, b1)]
        powers = [[math.exp(z - max(row)) for z in row] for row in forward_layer(a1, W2, b2)]
        probs = [[power / sum(row) for power in row] for row in powers]
        losses.append(-sum(math.log(row[k]) for row, k in zip(probs, y)) / len(X))

        delta2 = [[(p - (j == k)) / len(X) for j, p in enumerate(row)] for row, k in zip(probs, y)]
        back = matrix_multiplication(delta2, transpose(W2))
        delta1 = [[d for d, a in zip(d_row, a_row)] for d_row, a_row in zip(back, a1)]
        dW2 = matrix_multiplication(transpose(a1), delta2)
        dW1 = matrix_multiplication(transpose(X), delta1)

        W2 = [step(row, grads) for row, grads in zip(W2, dW2)]
        b2 = step(b2, [sum(column) for column in transpose(delta2)])
        W1 = [step(row, grads) for row, grads in zip(W1, dW1)]
        b1 = step(b1, [sum(column) for column in transpose(delta1)])
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2}, losses


@wrong("train_model")
def sigmoid_derivative_with_a_square(model, X, y, epsilon, num_epochs):
    """W2 and b2 are right, W1 and b1 are not.
    It looks like the derivative of the hyperbolic tangent.
    Differentiate the sigmoid on paper.
    """
    W1, b1, W2, b2 = (model[name] for name in ("W1", "b1", "W2", "b2"))
    losses = []

    def step(values, grads):
        return [v - epsilon * g for v, g in zip(values, grads)]

    for _ in range(num_epochs):
        a1 = [[sigmoid(z) for z in row] for row in forward_layer(X, W1, b1)]
        powers = [[math.exp(z - max(row)) for z in row] for row in forward_layer(a1, W2, b2)]
        probs = [[power / sum(row) for power in row] for row in powers]
        losses.append(-sum(math.log(row[k]) for row, k in zip(probs, y)) / len(X))

        delta2 = [[(p - (j == k)) / len(X) for j, p in enumerate(row)] for row, k in zip(probs, y)]
        back = matrix_multiplication(delta2, transpose(W2))
        delta1 = [[d * (1 - a * a) for d, a in zip(d_row, a_row)] for d_row, a_row in zip(back, a1)]
        dW2 = matrix_multiplication(transpose(a1), delta2)
        dW1 = matrix_multiplication(transpose(X), delta1)

        W2 = [step(row, grads) for row, grads in zip(W2, dW2)]
        b2 = step(b2, [sum(column) for column in transpose(delta2)])
        W1 = [step(row, grads) for row, grads in zip(W1, dW1)]
        b1 = step(b1, [sum(column) for column in transpose(delta1)])
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2}, losses


@wrong("train_model")
def softmax_derivative_twice(model, X, y, epsilon, num_epochs):
    """All changes are too small where the network is sure.
    It looks like a derivative of softmax that is multiplied in once more.
    What does the difference of prediction and truth already contain?
    """
    W1, b1, W2, b2 = (model[name] for name in ("W1", "b1", "W2", "b2"))
    losses = []

    def step(values, grads):
        return [v - epsilon * g for v, g in zip(values, grads)]

    for _ in range(num_epochs):
        a1 = [[sigmoid(z) for z in row] for row in forward_layer(X, W1, b1)]
        powers = [[math.exp(z - max(row)) for z in row] for row in forward_layer(a1, W2, b2)]
        probs = [[power / sum(row) for power in row] for row in powers]
        losses.append(-sum(math.log(row[k]) for row, k in zip(probs, y)) / len(X))

        delta2 = [
            [(p - (j == k)) * p * (1 - p) / len(X) for j, p in enumerate(row)] for row, k in zip(probs, y)
        ]
        back = matrix_multiplication(delta2, transpose(W2))
        delta1 = [[d * a * (1 - a) for d, a in zip(d_row, a_row)] for d_row, a_row in zip(back, a1)]
        dW2 = matrix_multiplication(transpose(a1), delta2)
        dW1 = matrix_multiplication(transpose(X), delta1)

        W2 = [step(row, grads) for row, grads in zip(W2, dW2)]
        b2 = step(b2, [sum(column) for column in transpose(delta2)])
        W1 = [step(row, grads) for row, grads in zip(W1, dW1)]
        b1 = step(b1, [sum(column) for column in transpose(delta1)])
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2}, losses


@wrong("train_model")
def second_layer_updated_first(model, X, y, epsilon, num_epochs):
    """W2 and b2 are right, W1 and b1 are slightly off.
    It looks like a way back through the second layer's new weights.
    At which weights are all gradients of one step taken?
    """
    W1, b1, W2, b2 = (model[name] for name in ("W1", "b1", "W2", "b2"))
    losses = []

    def step(values, grads):
        return [v - epsilon * g for v, g in zip(values, grads)]

    for _ in range(num_epochs):
        a1 = [[sigmoid(z) for z in row] for row in forward_layer(X, W1, b1)]
        powers = [[math.exp(z - max(row)) for z in row] for row in forward_layer(a1, W2, b2)]
        probs = [[power / sum(row) for power in row] for row in powers]
        losses.append(-sum(math.log(row[k]) for row, k in zip(probs, y)) / len(X))

        delta2 = [[(p - (j == k)) / len(X) for j, p in enumerate(row)] for row, k in zip(probs, y)]
        dW2 = matrix_multiplication(transpose(a1), delta2)
        W2 = [step(row, grads) for row, grads in zip(W2, dW2)]
        back = matrix_multiplication(delta2, transpose(W2))
        delta1 = [[d * a * (1 - a) for d, a in zip(d_row, a_row)] for d_row, a_row in zip(back, a1)]
        dW1 = matrix_multiplication(transpose(X), delta1)

        b2 = step(b2, [sum(column) for column in transpose(delta2)])
        W1 = [step(row, grads) for row, grads in zip(W1, dW1)]
        b1 = step(b1, [sum(column) for column in transpose(delta1)])
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2}, losses


@wrong("train_model")
def biases_never_updated(model, X, y, epsilon, num_epochs):
    """W1 and W2 are right after one step, b1 and b2 have not moved.
    It looks like updates of the weights only.
    How many parameters does the dict hold?
    """
    W1, b1, W2, b2 = (model[name] for name in ("W1", "b1", "W2", "b2"))
    losses = []

    def step(values, grads):
        return [v - epsilon * g for v, g in zip(values, grads)]

    for _ in range(num_epochs):
        a1 = [[sigmoid(z) for z in row] for row in forward_layer(X, W1, b1)]
        powers = [[math.exp(z - max(row)) for z in row] for row in forward_layer(a1, W2, b2)]
        probs = [[power / sum(row) for power in row] for row in powers]
        losses.append(-sum(math.log(row[k]) for row, k in zip(probs, y)) / len(X))

        delta2 = [[(p - (j == k)) / len(X) for j, p in enumerate(row)] for row, k in zip(probs, y)]
        back = matrix_multiplication(delta2, transpose(W2))
        delta1 = [[d * a * (1 - a) for d, a in zip(d_row, a_row)] for d_row, a_row in zip(back, a1)]
        dW2 = matrix_multiplication(transpose(a1), delta2)
        dW1 = matrix_multiplication(transpose(X), delta1)

        W2 = [step(row, grads) for row, grads in zip(W2, dW2)]
        W1 = [step(row, grads) for row, grads in zip(W1, dW1)]
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2}, losses


@wrong("train_model")
def first_layer_never_updated(model, X, y, epsilon, num_epochs):
    """W2 and b2 are right after one step, W1 and b1 have not moved.
    It looks like training of the last layer only.
    Where does the gradient of the first layer go?
    """
    W1, b1, W2, b2 = (model[name] for name in ("W1", "b1", "W2", "b2"))
    losses = []

    def step(values, grads):
        return [v - epsilon * g for v, g in zip(values, grads)]

    for _ in range(num_epochs):
        a1 = [[sigmoid(z) for z in row] for row in forward_layer(X, W1, b1)]
        powers = [[math.exp(z - max(row)) for z in row] for row in forward_layer(a1, W2, b2)]
        probs = [[power / sum(row) for power in row] for row in powers]
        losses.append(-sum(math.log(row[k]) for row, k in zip(probs, y)) / len(X))

        delta2 = [[(p - (j == k)) / len(X) for j, p in enumerate(row)] for row, k in zip(probs, y)]
        back = matrix_multiplication(delta2, transpose(W2))
        delta1 = [[d * a * (1 - a) for d, a in zip(d_row, a_row)] for d_row, a_row in zip(back, a1)]
        dW2 = matrix_multiplication(transpose(a1), delta2)
        dW1 = matrix_multiplication(transpose(X), delta1)

        W2 = [step(row, grads) for row, grads in zip(W2, dW2)]
        b2 = step(b2, [sum(column) for column in transpose(delta2)])
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2}, losses


@wrong("train_model")
def losses_after_the_update(model, X, y, epsilon, num_epochs):
    """The model is right, the losses are those of one update later.
    It looks like a loss that is taken after the step.
    To which parameters does the first loss belong?
    """
    W1, b1, W2, b2 = (model[name] for name in ("W1", "b1", "W2", "b2"))
    losses = []

    def step(values, grads):
        return [v - epsilon * g for v, g in zip(values, grads)]

    for _ in range(num_epochs):
        a1 = [[sigmoid(z) for z in row] for row in forward_layer(X, W1, b1)]
        powers = [[math.exp(z - max(row)) for z in row] for row in forward_layer(a1, W2, b2)]
        probs = [[power / sum(row) for power in row] for row in powers]

        delta2 = [[(p - (j == k)) / len(X) for j, p in enumerate(row)] for row, k in zip(probs, y)]
        back = matrix_multiplication(delta2, transpose(W2))
        delta1 = [[d * a * (1 - a) for d, a in zip(d_row, a_row)] for d_row, a_row in zip(back, a1)]
        dW2 = matrix_multiplication(transpose(a1), delta2)
        dW1 = matrix_multiplication(transpose(X), delta1)

        W2 = [step(row, grads) for row, grads in zip(W2, dW2)]
        b2 = step(b2, [sum(column) for column in transpose(delta2)])
        W1 = [step(row, grads) for row, grads in zip(W1, dW1)]
        b1 = step(b1, [sum(column) for column in transpose(delta1)])
        probs = forward_function(X, W1, b1, W2, b2)
        losses.append(-sum(math.log(row[k]) for row, k in zip(probs, y)) / len(X))
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2}, losses


@wrong("train_model")
def losses_summed(model, X, y, epsilon, num_epochs):
    """The model is right, the losses are too large by a factor: the number of examples.
    It looks like a sum over the examples.
    The loss is a mean.
    """
    W1, b1, W2, b2 = (model[name] for name in ("W1", "b1", "W2", "b2"))
    losses = []

    def step(values, grads):
        return [v - epsilon * g for v, g in zip(values, grads)]

    for _ in range(num_epochs):
        a1 = [[sigmoid(z) for z in row] for row in forward_layer(X, W1, b1)]
        powers = [[math.exp(z - max(row)) for z in row] for row in forward_layer(a1, W2, b2)]
        probs = [[power / sum(row) for power in row] for row in powers]
        losses.append(-sum(math.log(row[k]) for row, k in zip(probs, y)))

        delta2 = [[(p - (j == k)) / len(X) for j, p in enumerate(row)] for row, k in zip(probs, y)]
        back = matrix_multiplication(delta2, transpose(W2))
        delta1 = [[d * a * (1 - a) for d, a in zip(d_row, a_row)] for d_row, a_row in zip(back, a1)]
        dW2 = matrix_multiplication(transpose(a1), delta2)
        dW1 = matrix_multiplication(transpose(X), delta1)

        W2 = [step(row, grads) for row, grads in zip(W2, dW2)]
        b2 = step(b2, [sum(column) for column in transpose(delta2)])
        W1 = [step(row, grads) for row, grads in zip(W1, dW1)]
        b1 = step(b1, [sum(column) for column in transpose(delta1)])
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2}, losses


@wrong("train_model")
def sign_of_the_loss(model, X, y, epsilon, num_epochs):
    """The model is right, the losses are negative.
    It looks like a minus sign that is missing.
    What is the sign of the logarithm of a probability?
    """
    W1, b1, W2, b2 = (model[name] for name in ("W1", "b1", "W2", "b2"))
    losses = []

    def step(values, grads):
        return [v - epsilon * g for v, g in zip(values, grads)]

    for _ in range(num_epochs):
        a1 = [[sigmoid(z) for z in row] for row in forward_layer(X, W1, b1)]
        powers = [[math.exp(z - max(row)) for z in row] for row in forward_layer(a1, W2, b2)]
        probs = [[power / sum(row) for power in row] for row in powers]
        losses.append(sum(math.log(row[k]) for row, k in zip(probs, y)) / len(X))

        delta2 = [[(p - (j == k)) / len(X) for j, p in enumerate(row)] for row, k in zip(probs, y)]
        back = matrix_multiplication(delta2, transpose(W2))
        delta1 = [[d * a * (1 - a) for d, a in zip(d_row, a_row)] for d_row, a_row in zip(back, a1)]
        dW2 = matrix_multiplication(transpose(a1), delta2)
        dW1 = matrix_multiplication(transpose(X), delta1)

        W2 = [step(row, grads) for row, grads in zip(W2, dW2)]
        b2 = step(b2, [sum(column) for column in transpose(delta2)])
        W1 = [step(row, grads) for row, grads in zip(W1, dW1)]
        b1 = step(b1, [sum(column) for column in transpose(delta1)])
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2}, losses


@wrong("train_model")
def number_of_examples_of_the_notebook(model, X, y, epsilon, num_epochs):
    """The changes are wrong for any other number of examples than 300.
    It looks like the notebook's N in the place of the number of examples that were given.
    Which names of the function are not arguments?
    """
    W1, b1, W2, b2 = (model[name] for name in ("W1", "b1", "W2", "b2"))
    losses = []

    def step(values, grads):
        return [v - epsilon * g for v, g in zip(values, grads)]

    for _ in range(num_epochs):
        a1 = [[sigmoid(z) for z in row] for row in forward_layer(X, W1, b1)]
        powers = [[math.exp(z - max(row)) for z in row] for row in forward_layer(a1, W2, b2)]
        probs = [[power / sum(row) for power in row] for row in powers]
        losses.append(-sum(math.log(row[k]) for row, k in zip(probs, y)) / len(X))

        delta2 = [[(p - (j == k)) / N for j, p in enumerate(row)] for row, k in zip(probs, y)]
        back = matrix_multiplication(delta2, transpose(W2))
        delta1 = [[d * a * (1 - a) for d, a in zip(d_row, a_row)] for d_row, a_row in zip(back, a1)]
        dW2 = matrix_multiplication(transpose(a1), delta2)
        dW1 = matrix_multiplication(transpose(X), delta1)

        W2 = [step(row, grads) for row, grads in zip(W2, dW2)]
        b2 = step(b2, [sum(column) for column in transpose(delta2)])
        W1 = [step(row, grads) for row, grads in zip(W1, dW1)]
        b1 = step(b1, [sum(column) for column in transpose(delta1)])
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2}, losses


@wrong("train_model")
def averaged_over_the_classes_too(model, X, y, epsilon, num_epochs):
    """All changes are too small by a factor: the number of classes.
    It looks like a mean over all entries.
    The sum over the classes is a sum.
    """
    W1, b1, W2, b2 = (model[name] for name in ("W1", "b1", "W2", "b2"))
    losses = []

    def step(values, grads):
        return [v - epsilon * g for v, g in zip(values, grads)]

    for _ in range(num_epochs):
        a1 = [[sigmoid(z) for z in row] for row in forward_layer(X, W1, b1)]
        powers = [[math.exp(z - max(row)) for z in row] for row in forward_layer(a1, W2, b2)]
        probs = [[power / sum(row) for power in row] for row in powers]
        losses.append(-sum(math.log(row[k]) for row, k in zip(probs, y)) / len(X))

        delta2 = [[(p - (j == k)) / len(X) / len(row) for j, p in enumerate(row)] for row, k in zip(probs, y)]
        back = matrix_multiplication(delta2, transpose(W2))
        delta1 = [[d * a * (1 - a) for d, a in zip(d_row, a_row)] for d_row, a_row in zip(back, a1)]
        dW2 = matrix_multiplication(transpose(a1), delta2)
        dW1 = matrix_multiplication(transpose(X), delta1)

        W2 = [step(row, grads) for row, grads in zip(W2, dW2)]
        b2 = step(b2, [sum(column) for column in transpose(delta2)])
        W1 = [step(row, grads) for row, grads in zip(W1, dW1)]
        b1 = step(b1, [sum(column) for column in transpose(delta1)])
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2}, losses


@wrong("train_model")
def hidden_bias_of_the_first_example(model, X, y, epsilon, num_epochs):
    """Everything is right except b1.
    It looks like the gradient of one example in the place of a sum over all.
    Every example uses the same bias.
    """
    W1, b1, W2, b2 = (model[name] for name in ("W1", "b1", "W2", "b2"))
    losses = []

    def step(values, grads):
        return [v - epsilon * g for v, g in zip(values, grads)]

    for _ in range(num_epochs):
        a1 = [[sigmoid(z) for z in row] for row in forward_layer(X, W1, b1)]
        powers = [[math.exp(z - max(row)) for z in row] for row in forward_layer(a1, W2, b2)]
        probs = [[power / sum(row) for power in row] for row in powers]
        losses.append(-sum(math.log(row[k]) for row, k in zip(probs, y)) / len(X))

        delta2 = [[(p - (j == k)) / len(X) for j, p in enumerate(row)] for row, k in zip(probs, y)]
        back = matrix_multiplication(delta2, transpose(W2))
        delta1 = [[d * a * (1 - a) for d, a in zip(d_row, a_row)] for d_row, a_row in zip(back, a1)]
        dW2 = matrix_multiplication(transpose(a1), delta2)
        dW1 = matrix_multiplication(transpose(X), delta1)

        W2 = [step(row, grads) for row, grads in zip(W2, dW2)]
        b2 = step(b2, [sum(column) for column in transpose(delta2)])
        W1 = [step(row, grads) for row, grads in zip(W1, dW1)]
        b1 = step(b1, delta1[0])
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2}, losses


@wrong("train_model")
def changes_the_given_model(model, X, y, epsilon, num_epochs):
    """The model that was given has changed.
    It looks like new values that are written into the old dict.
    Make a new dict.
    """
    W1, b1, W2, b2 = (model[name] for name in ("W1", "b1", "W2", "b2"))
    losses = []

    def step(values, grads):
        return [v - epsilon * g for v, g in zip(values, grads)]

    for _ in range(num_epochs):
        a1 = [[sigmoid(z) for z in row] for row in forward_layer(X, W1, b1)]
        powers = [[math.exp(z - max(row)) for z in row] for row in forward_layer(a1, W2, b2)]
        probs = [[power / sum(row) for power in row] for row in powers]
        losses.append(-sum(math.log(row[k]) for row, k in zip(probs, y)) / len(X))

        delta2 = [[(p - (j == k)) / len(X) for j, p in enumerate(row)] for row, k in zip(probs, y)]
        back = matrix_multiplication(delta2, transpose(W2))
        delta1 = [[d * a * (1 - a) for d, a in zip(d_row, a_row)] for d_row, a_row in zip(back, a1)]
        dW2 = matrix_multiplication(transpose(a1), delta2)
        dW1 = matrix_multiplication(transpose(X), delta1)

        W2 = [step(row, grads) for row, grads in zip(W2, dW2)]
        b2 = step(b2, [sum(column) for column in transpose(delta2)])
        W1 = [step(row, grads) for row, grads in zip(W1, dW1)]
        b1 = step(b1, [sum(column) for column in transpose(delta1)])
    model["W1"], model["b1"], model["W2"], model["b2"] = W1, b1, W2, b2
    return model, losses


@wrong("train_model")
def always_two_classes(model, X, y, epsilon, num_epochs):
    """It goes wrong with more than two classes.
    It looks like two classes that are written into the function.
    From which argument does the number of classes follow?
    """
    W1, b1, W2, b2 = (model[name] for name in ("W1", "b1", "W2", "b2"))
    losses = []

    def step(values, grads):
        return [v - epsilon * g for v, g in zip(values, grads)]

    for _ in range(num_epochs):
        a1 = [[sigmoid(z) for z in row] for row in forward_layer(X, W1, b1)]
        powers = [[math.exp(z - max(row)) for z in row] for row in forward_layer(a1, W2, b2)]
        probs = [[power / sum(row) for power in row] for row in powers]
        losses.append(-sum(math.log(row[k]) for row, k in zip(probs, y)) / len(X))

        delta2 = [
            [(p - (j == k)) / len(X) for j, p in enumerate(row[:2])] + [0.0] * (len(row) - 2)
            for row, k in zip(probs, y)
        ]
        back = matrix_multiplication(delta2, transpose(W2))
        delta1 = [[d * a * (1 - a) for d, a in zip(d_row, a_row)] for d_row, a_row in zip(back, a1)]
        dW2 = matrix_multiplication(transpose(a1), delta2)
        dW1 = matrix_multiplication(transpose(X), delta1)

        W2 = [step(row, grads) for row, grads in zip(W2, dW2)]
        b2 = step(b2, [sum(column) for column in transpose(delta2)])
        W1 = [step(row, grads) for row, grads in zip(W1, dW1)]
        b1 = step(b1, [sum(column) for column in transpose(delta1)])
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2}, losses


@wrong("train_model")
def first_epoch_repeated(model, X, y, epsilon, num_epochs):
    """The first step is right, the others start again from the given model.
    It looks like parameters that are read from the dict inside the loop.
    Which parameters does the second step start from?
    """
    losses = []

    def step(values, grads):
        return [v - epsilon * g for v, g in zip(values, grads)]

    for _ in range(num_epochs):
        W1, b1, W2, b2 = (model[name] for name in ("W1", "b1", "W2", "b2"))
        a1 = [[sigmoid(z) for z in row] for row in forward_layer(X, W1, b1)]
        powers = [[math.exp(z - max(row)) for z in row] for row in forward_layer(a1, W2, b2)]
        probs = [[power / sum(row) for power in row] for row in powers]
        losses.append(-sum(math.log(row[k]) for row, k in zip(probs, y)) / len(X))

        delta2 = [[(p - (j == k)) / len(X) for j, p in enumerate(row)] for row, k in zip(probs, y)]
        back = matrix_multiplication(delta2, transpose(W2))
        delta1 = [[d * a * (1 - a) for d, a in zip(d_row, a_row)] for d_row, a_row in zip(back, a1)]
        dW2 = matrix_multiplication(transpose(a1), delta2)
        dW1 = matrix_multiplication(transpose(X), delta1)

        W2 = [step(row, grads) for row, grads in zip(W2, dW2)]
        b2 = step(b2, [sum(column) for column in transpose(delta2)])
        W1 = [step(row, grads) for row, grads in zip(W1, dW1)]
        b1 = step(b1, [sum(column) for column in transpose(delta1)])
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2}, losses


@wrong("train_model")
def stops_when_the_loss_stays(model, X, y, epsilon, num_epochs):
    """There are fewer losses than epochs where the loss hardly changes.
    It looks like a break out of the loop.
    num_epochs says how many updates are made.
    """
    W1, b1, W2, b2 = (model[name] for name in ("W1", "b1", "W2", "b2"))
    one_hot = [[1 if k == j else 0 for j in range(len(b2))] for k in y]
    losses = []

    def step(values, grads):
        return [v - epsilon * g for v, g in zip(values, grads)]

    for _ in range(num_epochs):
        a1 = [[sigmoid(z) for z in row] for row in forward_layer(X, W1, b1)]
        powers = [[math.exp(z - max(row)) for z in row] for row in forward_layer(a1, W2, b2)]
        probs = [[power / sum(row) for power in row] for row in powers]
        losses.append(-sum(math.log(row[k]) for row, k in zip(probs, y)) / len(X))

        delta2 = [[(p - t) / len(X) for p, t in zip(row, truth)] for row, truth in zip(probs, one_hot)]
        back = matrix_multiplication(delta2, transpose(W2))
        delta1 = [[d * a * (1 - a) for d, a in zip(d_row, a_row)] for d_row, a_row in zip(back, a1)]
        dW2 = matrix_multiplication(transpose(a1), delta2)
        dW1 = matrix_multiplication(transpose(X), delta1)

        W2 = [step(row, grads) for row, grads in zip(W2, dW2)]
        b2 = step(b2, [sum(column) for column in transpose(delta2)])
        W1 = [step(row, grads) for row, grads in zip(W1, dW1)]
        b1 = step(b1, [sum(column) for column in transpose(delta1)])
        if len(losses) > 1 and abs(losses[-1] - losses[-2]) < 1e-6:
            break
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2}, losses


@right("train_model")
def factor_in_the_gradients(model, X, y, epsilon, num_epochs):
    """The factor 1/N stands in the step instead of in delta."""
    W1, b1, W2, b2 = (model[name] for name in ("W1", "b1", "W2", "b2"))
    losses = []

    def step(values, grads):
        return [v - epsilon * g / len(y) for v, g in zip(values, grads)]

    for _ in range(num_epochs):
        a1 = [[sigmoid(z) for z in row] for row in forward_layer(X, W1, b1)]
        powers = [[math.exp(z - max(row)) for z in row] for row in forward_layer(a1, W2, b2)]
        probs = [[power / sum(row) for power in row] for row in powers]
        losses.append(-sum(math.log(row[k]) for row, k in zip(probs, y)) / len(X))

        delta2 = [[p - (1.0 if j == k else 0.0) for j, p in enumerate(row)] for row, k in zip(probs, y)]
        back = matrix_multiplication(delta2, transpose(W2))
        delta1 = [[d * a * (1 - a) for d, a in zip(d_row, a_row)] for d_row, a_row in zip(back, a1)]
        dW2 = matrix_multiplication(transpose(a1), delta2)
        dW1 = matrix_multiplication(transpose(X), delta1)

        W2 = [step(row, grads) for row, grads in zip(W2, dW2)]
        b2 = step(b2, [sum(column) for column in transpose(delta2)])
        W1 = [step(row, grads) for row, grads in zip(W1, dW1)]
        b1 = step(b1, [sum(column) for column in transpose(delta1)])
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2}, losses


@right("train_model")
def a_small_number_in_the_logarithm(model, X, y, epsilon, num_epochs):
    """A small number keeps the logarithm finite."""
    W1, b1, W2, b2 = (model[name] for name in ("W1", "b1", "W2", "b2"))
    one_hot = [[1 if k == j else 0 for j in range(len(b2))] for k in y]
    losses = []

    def step(values, grads):
        return [v - epsilon * g for v, g in zip(values, grads)]

    for _ in range(num_epochs):
        a1 = [[sigmoid(z) for z in row] for row in forward_layer(X, W1, b1)]
        powers = [[math.exp(z - max(row)) for z in row] for row in forward_layer(a1, W2, b2)]
        probs = [[power / sum(row) for power in row] for row in powers]
        losses.append(-sum(math.log(row[k] + 1e-8) for row, k in zip(probs, y)) / len(X))

        delta2 = [[(p - t) / len(X) for p, t in zip(row, truth)] for row, truth in zip(probs, one_hot)]
        back = matrix_multiplication(delta2, transpose(W2))
        delta1 = [[d * a * (1 - a) for d, a in zip(d_row, a_row)] for d_row, a_row in zip(back, a1)]
        dW2 = matrix_multiplication(transpose(a1), delta2)
        dW1 = matrix_multiplication(transpose(X), delta1)

        W2 = [step(row, grads) for row, grads in zip(W2, dW2)]
        b2 = step(b2, [sum(column) for column in transpose(delta2)])
        W1 = [step(row, grads) for row, grads in zip(W1, dW1)]
        b1 = step(b1, [sum(column) for column in transpose(delta1)])
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2}, losses


@right("train_model")
def one_hot_and_copies(model, X, y, epsilon, num_epochs):
    """One-hot rows, deep copies, losses as a tuple."""
    W1, b1, W2, b2 = (model[name] for name in ("W1", "b1", "W2", "b2"))
    import copy

    W1, b1, W2, b2 = copy.deepcopy([W1, b1, W2, b2])
    one_hot = [[1 if k == j else 0 for j in range(len(b2))] for k in y]
    losses = []

    def step(values, grads):
        return [v - epsilon * g for v, g in zip(values, grads)]

    for _ in range(num_epochs):
        a1 = [[sigmoid(z) for z in row] for row in forward_layer(X, W1, b1)]
        powers = [[math.exp(z - max(row)) for z in row] for row in forward_layer(a1, W2, b2)]
        probs = [[power / sum(row) for power in row] for row in powers]
        losses.append(-sum(math.log(row[k]) for row, k in zip(probs, y)) / len(X))

        delta2 = [[(p - t) / len(X) for p, t in zip(row, truth)] for row, truth in zip(probs, one_hot)]
        back = matrix_multiplication(delta2, transpose(W2))
        delta1 = [[d * a * (1 - a) for d, a in zip(d_row, a_row)] for d_row, a_row in zip(back, a1)]
        dW2 = matrix_multiplication(transpose(a1), delta2)
        dW1 = matrix_multiplication(transpose(X), delta1)

        W2 = [step(row, grads) for row, grads in zip(W2, dW2)]
        b2 = step(b2, [sum(column) for column in transpose(delta2)])
        W1 = [step(row, grads) for row, grads in zip(W1, dW1)]
        b1 = step(b1, [sum(column) for column in transpose(delta1)])
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2, "epochs": num_epochs}, tuple(losses)


@right("train_model")
def example_by_example_training(model, X, y, epsilon, num_epochs, print_loss=False):
    """Gradients gathered one example at a time, with loops and indices."""
    W1, b1 = [row[:] for row in model["W1"]], model["b1"][:]
    W2, b2 = [row[:] for row in model["W2"]], model["b2"][:]
    losses = []
    for epoch in range(num_epochs):
        gW1, gb1 = [[0.0] * len(b1) for _ in W1], [0.0] * len(b1)
        gW2, gb2 = [[0.0] * len(b2) for _ in W2], [0.0] * len(b2)
        loss = 0.0
        for x, k in zip(X, y):
            a = [sigmoid(sum(x[i] * W1[i][h] for i in range(len(x))) + b1[h]) for h in range(len(b1))]
            z = [sum(a[h] * W2[h][j] for h in range(len(a))) + b2[j] for j in range(len(b2))]
            total = sum(math.exp(v - max(z)) for v in z)
            p = [math.exp(v - max(z)) / total for v in z]
            loss -= math.log(p[k])
            d2 = [p[j] - (j == k) for j in range(len(p))]
            for j, d in enumerate(d2):
                gb2[j] += d
                for h in range(len(a)):
                    gW2[h][j] += a[h] * d
            for h in range(len(a)):
                d1 = sum(d2[j] * W2[h][j] for j in range(len(d2))) * a[h] * (1 - a[h])
                gb1[h] += d1
                for i in range(len(x)):
                    gW1[i][h] += x[i] * d1
        losses.append(loss / len(X))
        rate = epsilon / len(X)
        W1 = [[w - rate * g for w, g in zip(*rows)] for rows in zip(W1, gW1)]
        W2 = [[w - rate * g for w, g in zip(*rows)] for rows in zip(W2, gW2)]
        b1 = [w - rate * g for w, g in zip(b1, gb1)]
        b2 = [w - rate * g for w, g in zip(b2, gb2)]
        if print_loss:
            print(epoch, losses[-1])
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2}, losses


@wrong("predict")
def probabilities_returned(model, X):
    """The result holds rows of probabilities.
    It looks like the forward pass alone.
    Which class is chosen?
    """
    return forward_function(X, model["W1"], model["b1"], model["W2"], model["b2"])


@wrong("predict")
def largest_probability_returned(model, X):
    """The results are numbers between 0 and 1.
    It looks like the largest probability instead of its place.
    Where in its row does it stand?
    """
    return [max(row) for row in forward_function(X, model["W1"], model["b1"], model["W2"], model["b2"])]


@wrong("predict")
def least_probable_class(model, X):
    """The classes are the least probable ones.
    It looks like a minimum in the place of a maximum.
    Which probability should the chosen class have?
    """
    probs = forward_function(X, model["W1"], model["b1"], model["W2"], model["b2"])
    return [row.index(min(row)) for row in probs]


@wrong("predict")
def classes_counted_from_one(model, X):
    """All class numbers are one too large.
    It looks like counting from one.
    Which number has the first class?
    """
    probs = forward_function(X, model["W1"], model["b1"], model["W2"], model["b2"])
    return [row.index(max(row)) + 1 for row in probs]


@wrong("predict")
def two_classes_only(model, X):
    """The result is right for two classes only.
    It looks like a threshold at one half.
    What is predicted when there are five classes?
    """
    probs = forward_function(X, model["W1"], model["b1"], model["W2"], model["b2"])
    return [1 if row[1] > 0.5 else 0 for row in probs]


@wrong("predict")
def one_hot_rows(model, X):
    """Each result is a row of zeros and a one.
    It looks like one-hot rows.
    A class number is asked for.
    """
    probs = forward_function(X, model["W1"], model["b1"], model["W2"], model["b2"])
    return [[1 if p == max(row) else 0 for p in row] for row in probs]


@right("predict")
def from_the_scores(model, X):
    """The largest score is the largest probability."""
    hidden = [[sigmoid(z) for z in row] for row in forward_layer(X, model["W1"], model["b1"])]
    scores = forward_layer(hidden, model["W2"], model["b2"])
    return tuple(max(range(len(row)), key=row.__getitem__) for row in scores)


@right("predict")
def loop_over_the_rows(model, X):
    """A loop that keeps the best class so far."""
    classes = []
    for x in X:
        row = forward_function([x], **model)[0]
        best = 0
        for k in range(1, len(row)):
            if row[k] > row[best]:
                best = k
        classes.append(best)
    return classes
