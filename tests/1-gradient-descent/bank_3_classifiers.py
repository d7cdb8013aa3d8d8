"""Known wrong answers, and odd but right ones, of the linear classifiers."""
# ruff: noqa: F821

import numpy as np

from grader.checks import right, wrong


@wrong("sigmoid")
def overflow_for_large_negative_scores(z):
    """There is an overflow for scores of large negative size.
    It looks like exp of minus z for all z.
    For which sign of z is the argument of exp positive?
    """
    return 1 / (1 + np.exp(-z))


@wrong("sigmoid")
def overflow_for_large_positive_scores(z):
    """Large positive scores give nan instead of 1.
    It looks like exp of z in numerator and denominator, for all z.
    For which sign of z is the argument of exp positive?
    """
    return np.exp(z) / (1 + np.exp(z))


@wrong("sigmoid")
def sign_of_the_exponent(z):
    """Large scores give 0 and small ones 1.
    It looks like a sign that is missing in the exponent.
    Which class is likely when z is large?
    """
    return 1 / (1 + np.exp(np.clip(z, -500, 500)))


@wrong("sigmoid")
def tanh_instead(z):
    """The values lie between -1 and 1.
    It looks like a hyperbolic tangent.
    What is the value at 0?
    """
    return np.tanh(z)


@wrong("sigmoid")
def clipped_too_early(z):
    """Scores beyond 2 are treated as 2.
    It looks like a clip with narrow bounds.
    How large may the argument of exp be?
    """
    return 1 / (1 + np.exp(-np.clip(z, -2, 2)))


@wrong("sigmoid")
def a_step_instead(z):
    """The values are 0 and 1 only.
    It looks like a decision instead of a probability.
    What is the value at 1?
    """
    return (z > 0).astype(float)


@right("sigmoid")
def half_a_tanh(z):
    """A shifted and scaled hyperbolic tangent."""
    return 0.5 * (1 + np.tanh(z / 2))


@right("sigmoid")
def masks(z):
    """Each sign with its own formula, by masks."""
    z = np.asarray(z, dtype=float)
    result = np.empty_like(z)
    positive = z >= 0
    result[positive] = 1 / (1 + np.exp(-z[positive]))
    result[~positive] = np.exp(z[~positive]) / (1 + np.exp(z[~positive]))
    return result


@right("sigmoid")
def clipped(z):
    """The argument of exp kept within bounds."""
    return 1 / (1 + np.exp(-np.clip(z, -500, 500)))


@right("sigmoid")
def underflow_silenced(z):
    """np.errstate around a formula that does not overflow."""
    with np.errstate(all="ignore"):
        small = np.exp(-np.abs(z))
    return np.where(z < 0, small, 1) / (1 + small)


@right("sigmoid")
def from_scipy(z):
    """The library's function."""
    from scipy.special import expit

    return expit(z)


@wrong("softmax")
def columns_sum_to_one(Z):
    """The columns sum to 1, the rows do not; a single example gets 1 everywhere.
    It looks like a sum over the examples.
    Along which axis are the classes?
    """
    powers = np.exp(Z - Z.max())
    return powers / powers.sum(axis=0)


@wrong("softmax")
def everything_sums_to_one(Z):
    """All probabilities together sum to 1.
    It looks like a sum over the whole matrix.
    Each example has its own probabilities.
    """
    powers = np.exp(Z - Z.max(axis=1, keepdims=True))
    return powers / powers.sum()


@wrong("softmax")
def overflow_for_large_scores(Z):
    """Scores of 1000 give nan, and ordinary ones are right.
    It looks like exp of the scores as they are.
    What may be taken away from a row without a change of its softmax?
    """
    powers = np.exp(Z)
    return powers / powers.sum(axis=1, keepdims=True)


@wrong("softmax")
def one_maximum_for_all(Z):
    """Rows with small scores give nan when another row has large ones.
    It looks like the largest score of the whole matrix, taken away from each row.
    Which largest score does a row need?
    """
    powers = np.exp(Z - Z.max())
    return powers / powers.sum(axis=1, keepdims=True)


@wrong("softmax")
def sums_do_not_meet_their_rows(Z):
    """The sums are divided along the wrong axis: right shapes for square inputs only.
    It looks like sums of shape (N,) that numpy takes for a row.
    How do you keep the axis of a sum?
    """
    powers = np.exp(Z - Z.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1)


@wrong("softmax")
def exp_forgotten(Z):
    """Some probabilities are negative or larger than 1.
    It looks like scores divided by their sum.
    What makes the scores positive?
    """
    return Z / Z.sum(axis=1, keepdims=True)


@wrong("softmax")
def softmax_applied_twice(Z):
    """The probabilities are too close to one another.
    It looks like a softmax of a softmax.
    How often is the exponential taken?
    """
    powers = np.exp(Z - Z.max(axis=1, keepdims=True))
    P = powers / powers.sum(axis=1, keepdims=True)
    powers = np.exp(P)
    return powers / powers.sum(axis=1, keepdims=True)


@wrong("softmax")
def scores_changed_in_place(Z):
    """The scores that were given have changed.
    It looks like -= on the argument.
    Make a new array.
    """
    Z -= Z.max(axis=1, keepdims=True)
    powers = np.exp(Z)
    return powers / powers.sum(axis=1, keepdims=True)


@wrong("softmax")
def sigmoid_of_each_score(Z):
    """The rows do not sum to 1.
    It looks like a sigmoid of each score by itself.
    What do the scores of the other classes do to a probability?
    """
    return 1 / (1 + np.exp(-np.clip(Z, -500, 500)))


@right("softmax")
def rows_one_by_one(Z):
    """A loop over the rows."""
    import math

    rows = []
    for row in Z:
        powers = [math.exp(z - max(row)) for z in row]
        rows.append([p / sum(powers) for p in powers])
    return np.array(rows)


@right("softmax")
def by_logarithms(Z):
    """Through the logarithm of the sum."""
    top = np.max(Z, axis=-1)[:, None]
    return np.exp(Z - top - np.log(np.exp(Z - top).sum(axis=-1))[:, None])


@right("softmax")
def columns_after_a_transpose(Z):
    """The transpose, then sums over the first axis."""
    shifted = (Z.T - Z.max(1)).T
    return (np.exp(shifted).T / np.exp(shifted).T.sum(0)).T


@wrong("cross_entropy")
def loss_summed_over_the_examples(P, Y):
    """The loss is too large by a factor: the number of examples.
    It looks like a sum.
    Give every example twice: what should change?
    """
    return -np.sum(np.log(P[np.arange(len(P)), Y.argmax(axis=1)]))


@wrong("cross_entropy")
def averaged_over_the_classes_too(P, Y):
    """The loss is too small by a factor: the number of classes.
    It looks like a mean over all entries.
    The sum over the classes is a sum.
    """
    return -np.mean(Y * np.log(np.where(Y > 0, P, 1)))


@wrong("cross_entropy")
def minus_sign_forgotten(P, Y):
    """The loss is negative.
    It looks like a minus sign that is missing.
    What is the sign of the logarithm of a probability?
    """
    return np.mean(np.log(P[np.arange(len(P)), Y.argmax(axis=1)]))


@wrong("cross_entropy")
def zero_times_infinity(P, Y):
    """The loss is nan when a probability is 0.
    It looks like 0 times the logarithm of 0.
    Which probabilities does the loss need?
    """
    return -np.mean(np.sum(Y * np.log(P), axis=1))


@wrong("cross_entropy")
def probability_instead_of_logarithm(P, Y):
    """The loss is never larger than 0.
    It looks like the mean probability of the true class.
    Where is the logarithm?
    """
    return -np.mean(np.sum(Y * P, axis=1))


@wrong("cross_entropy")
def of_all_classes(P, Y):
    """Classes that are not the true one add to the loss.
    It looks like the loss of separate yes-or-no questions.
    Which entries of P count?
    """
    safe = np.clip(P, 1e-12, 1 - 1e-12)
    return -np.mean(np.sum(Y * np.log(safe) + (1 - Y) * np.log(1 - safe), axis=1))


@wrong("cross_entropy")
def base_two(P, Y):
    """The loss is too large by the factor 1 / ln 2.
    It looks like a logarithm to the base 2.
    Which logarithm is meant?
    """
    return -np.mean(np.log2(P[np.arange(len(P)), Y.argmax(axis=1)]))


@wrong("cross_entropy")
def zeros_replaced_in_place(P, Y):
    """The probabilities that were given have changed.
    It looks like an assignment to the entries of P that are zero.
    Which probabilities does the loss need?
    """
    P[P == 0] = 1e-15
    return -np.sum(Y * np.log(P)) / len(P)


@right("cross_entropy")
def a_small_number_inside(P, Y):
    """A tiny number keeps the logarithm finite."""
    return -(Y * np.log(P + 1e-12)).sum() / Y.shape[0]


@right("cross_entropy")
def mask_of_true_classes(P, Y):
    """A boolean mask picks the probabilities."""
    import math

    return float(np.mean([-math.log(p) for p in P[Y == 1]]))


@wrong("softmax_regression_gradients")
def gradients_not_averaged(X, Y, W, b):
    """Both gradients are too large by a factor: the number of examples.
    It looks like sums over the examples where the loss is a mean.
    Give every example twice: what should change?
    """
    delta = softmax(X @ W.T + b) - Y
    return delta.T @ X, delta.sum(axis=0)


@wrong("softmax_regression_gradients")
def gradients_averaged_twice(X, Y, W, b):
    """Both gradients are too small by a factor: the number of examples.
    It looks like a mean that is taken twice.
    Where is it taken, and where again?
    """
    delta = (softmax(X @ W.T + b) - Y) / len(X)
    return delta.T @ X / len(X), delta.mean(axis=0)


@wrong("softmax_regression_gradients")
def bias_averaged_twice(X, Y, W, b):
    """grad_W is right, grad_b is too small by a factor: the number of examples.
    It looks like a mean of what has been divided already.
    Compare the two lines.
    """
    delta = (softmax(X @ W.T + b) - Y) / len(X)
    return delta.T @ X, delta.mean(axis=0)


@wrong("softmax_regression_gradients")
def gradients_with_the_wrong_sign(X, Y, W, b):
    """Both gradients have the wrong sign.
    It looks like truth minus prediction.
    Which way must the score of the true class go?
    """
    delta = (Y - softmax(X @ W.T + b)) / len(X)
    return delta.T @ X, delta.sum(axis=0)


@wrong("softmax_regression_gradients")
def gradient_transposed(X, Y, W, b):
    """grad_W has rows and columns exchanged.
    It looks like a product in the other order.
    A gradient has the shape of its parameter.
    """
    delta = (softmax(X @ W.T + b) - Y) / len(X)
    return X.T @ delta, delta.sum(axis=0)


@wrong("softmax_regression_gradients")
def bias_left_out_of_the_scores(X, Y, W, b):
    """The gradients are right only when the bias is zero.
    It looks like scores that are computed without the bias.
    Look at the forward part.
    """
    delta = (softmax(X @ W.T) - Y) / len(X)
    return delta.T @ X, delta.sum(axis=0)


@wrong("softmax_regression_gradients")
def one_bias_gradient_per_example(X, Y, W, b):
    """grad_b has one row per example.
    It looks like terms that were not summed.
    Every example uses the same bias.
    """
    delta = (softmax(X @ W.T + b) - Y) / len(X)
    return delta.T @ X, delta


@wrong("softmax_regression_gradients")
def bias_summed_over_the_classes(X, Y, W, b):
    """grad_b has one entry per example, all zero.
    It looks like a sum over the classes.
    Which axis of the table belongs to the examples?
    """
    delta = (softmax(X @ W.T + b) - Y) / len(X)
    return delta.T @ X, delta.sum(axis=1)


@wrong("softmax_regression_gradients")
def derivative_of_softmax_again(X, Y, W, b):
    """The gradients are too small where the classifier is sure.
    It looks like the derivative of softmax, multiplied in once more.
    What does the difference of prediction and truth already contain?
    """
    P = softmax(X @ W.T + b)
    delta = (P - Y) * P * (1 - P) / len(X)
    return delta.T @ X, delta.sum(axis=0)


@wrong("softmax_regression_gradients")
def scores_instead_of_probabilities(X, Y, W, b):
    """The gradients are those of squared errors of the scores.
    It looks like a softmax that is missing.
    What is compared with the one-hot rows?
    """
    delta = (X @ W.T + b - Y) / len(X)
    return delta.T @ X, delta.sum(axis=0)


@wrong("softmax_regression_gradients")
def divided_by_the_classes(X, Y, W, b):
    """The gradients are divided by the number of classes as well.
    It looks like a mean over all entries.
    By which number is the sum over the examples divided?
    """
    delta = (softmax(X @ W.T + b) - Y) / Y.size
    return delta.T @ X, delta.sum(axis=0)


@right("softmax_regression_gradients")
def einsum_and_a_row(X, Y, W, b):
    """Index notation, the gradient of the bias as a row."""
    delta = softmax(np.einsum("ni,ki->nk", X, W) + b) - Y
    return np.einsum("nk,ni->ki", delta, X) / X.shape[0], delta.mean(axis=0, keepdims=True)


@right("softmax_regression_gradients")
def example_by_example(X, Y, W, b):
    """A loop over the examples with outer products."""
    grad_W, grad_b = np.zeros_like(W), np.zeros_like(b)
    for x, y in zip(X, Y):
        z = W.dot(x) + b
        p = np.exp(z - z.max())
        p = p / p.sum()
        grad_W += np.outer(p - y, x)
        grad_b += p - y
    return [grad_W / len(X), grad_b / len(X)]


@wrong("fit_softmax_regression")
def climbs_instead_of_descending(X, Y, lr, n_epochs, seed=0):
    """The loss grows from update to update.
    It looks like a step along the gradient.
    Which way does the gradient point?
    """
    W, b, losses = (
        np.random.default_rng(seed).normal(0, 0.01, (Y.shape[1], X.shape[1])),
        np.zeros(Y.shape[1]),
        [],
    )
    for _ in range(n_epochs):
        losses.append(cross_entropy(softmax(X @ W.T + b), Y))
        grad_W, grad_b = softmax_regression_gradients(X, Y, W, b)
        W, b = W + lr * grad_W, b + lr * grad_b
    return W, b, losses


@wrong("fit_softmax_regression")
def losses_after_the_update(X, Y, lr, n_epochs, seed=0):
    """The parameters are right, the losses are those of one update later.
    It looks like a loss that is taken after the step.
    To which parameters does the first loss belong?
    """
    W, b, losses = (
        np.random.default_rng(seed).normal(0, 0.01, (Y.shape[1], X.shape[1])),
        np.zeros(Y.shape[1]),
        [],
    )
    for _ in range(n_epochs):
        grad_W, grad_b = softmax_regression_gradients(X, Y, W, b)
        W, b = W - lr * grad_W, b - lr * grad_b
        losses.append(cross_entropy(softmax(X @ W.T + b), Y))
    return W, b, losses


@wrong("fit_softmax_regression")
def bias_never_updated(X, Y, lr, n_epochs, seed=0):
    """The biases stay zero.
    It looks like an update of the weights only.
    How many parameters does the model have?
    """
    W, b, losses = (
        np.random.default_rng(seed).normal(0, 0.01, (Y.shape[1], X.shape[1])),
        np.zeros(Y.shape[1]),
        [],
    )
    for _ in range(n_epochs):
        losses.append(cross_entropy(softmax(X @ W.T + b), Y))
        W = W - lr * softmax_regression_gradients(X, Y, W, b)[0]
    return W, b, losses


@wrong("fit_softmax_regression")
def bias_gradient_at_the_new_weights(X, Y, lr, n_epochs, seed=0):
    """The first weights are right, the biases are not.
    It looks like a gradient of the bias that is taken after the weights have moved.
    Both gradients belong to the same parameters.
    """
    W, b, losses = (
        np.random.default_rng(seed).normal(0, 0.01, (Y.shape[1], X.shape[1])),
        np.zeros(Y.shape[1]),
        [],
    )
    for _ in range(n_epochs):
        losses.append(cross_entropy(softmax(X @ W.T + b), Y))
        W = W - lr * softmax_regression_gradients(X, Y, W, b)[0]
        b = b - lr * softmax_regression_gradients(X, Y, W, b)[1]
    return W, b, losses


@wrong("fit_softmax_regression")
def start_not_small(X, Y, lr, n_epochs, seed=0):
    """The first loss is far from ln K.
    It looks like weights with a spread of 1.
    Which standard deviation is asked for?
    """
    W, b, losses = (
        np.random.default_rng(seed).normal(0, 1, (Y.shape[1], X.shape[1])),
        np.zeros(Y.shape[1]),
        [],
    )
    for _ in range(n_epochs):
        losses.append(cross_entropy(softmax(X @ W.T + b), Y))
        grad_W, grad_b = softmax_regression_gradients(X, Y, W, b)
        W, b = W - lr * grad_W, b - lr * grad_b
    return W, b, losses


@wrong("fit_softmax_regression")
def seed_not_used(X, Y, lr, n_epochs, seed=0):
    """Two runs with the same seed differ.
    It looks like random weights without the seed.
    Where is the argument seed used?
    """
    W, b, losses = np.random.normal(0, 0.01, (Y.shape[1], X.shape[1])), np.zeros(Y.shape[1]), []
    for _ in range(n_epochs):
        losses.append(cross_entropy(softmax(X @ W.T + b), Y))
        grad_W, grad_b = softmax_regression_gradients(X, Y, W, b)
        W, b = W - lr * grad_W, b - lr * grad_b
    return W, b, losses


@wrong("fit_softmax_regression")
def seed_fixed_inside(X, Y, lr, n_epochs, seed=0):
    """Two seeds give the same random weights.
    It looks like a number in the place of the argument seed.
    Where is the argument used?
    """
    W, b, losses = (
        np.random.default_rng(0).normal(0, 0.01, (Y.shape[1], X.shape[1])),
        np.zeros(Y.shape[1]),
        [],
    )
    for _ in range(n_epochs):
        losses.append(cross_entropy(softmax(X @ W.T + b), Y))
        grad_W, grad_b = softmax_regression_gradients(X, Y, W, b)
        W, b = W - lr * grad_W, b - lr * grad_b
    return W, b, losses


@wrong("fit_softmax_regression")
def gradients_of_the_start_only(X, Y, lr, n_epochs, seed=0):
    """The first step is right, the later ones repeat it.
    It looks like gradients that are computed once, before the loop.
    At which parameters must the gradient of step two be taken?
    """
    W, b, losses = (
        np.random.default_rng(seed).normal(0, 0.01, (Y.shape[1], X.shape[1])),
        np.zeros(Y.shape[1]),
        [],
    )
    grad_W, grad_b = softmax_regression_gradients(X, Y, W, b)
    for _ in range(n_epochs):
        losses.append(cross_entropy(softmax(X @ W.T + b), Y))
        W, b = W - lr * grad_W, b - lr * grad_b
    return W, b, losses


@wrong("fit_softmax_regression")
def final_loss_only(X, Y, lr, n_epochs, seed=0):
    """There is one loss, however many updates are made.
    It looks like a list that is made anew, or filled after the loop.
    Where does the empty list belong?
    """
    W, b = np.random.default_rng(seed).normal(0, 0.01, (Y.shape[1], X.shape[1])), np.zeros(Y.shape[1])
    for _ in range(n_epochs):
        losses = [cross_entropy(softmax(X @ W.T + b), Y)]
        grad_W, grad_b = softmax_regression_gradients(X, Y, W, b)
        W, b = W - lr * grad_W, b - lr * grad_b
    return W, b, losses


@wrong("fit_softmax_regression")
def loss_of_scores_without_softmax(X, Y, lr, n_epochs, seed=0):
    """The parameters are right, the losses are not those of probabilities.
    It looks like a logarithm of the scores.
    What does the cross-entropy take as its first argument?
    """
    W, b, losses = (
        np.random.default_rng(seed).normal(0, 0.01, (Y.shape[1], X.shape[1])),
        np.zeros(Y.shape[1]),
        [],
    )
    for _ in range(n_epochs):
        losses.append(-np.mean((Y * (X @ W.T + b)).sum(axis=1)))
        grad_W, grad_b = softmax_regression_gradients(X, Y, W, b)
        W, b = W - lr * grad_W, b - lr * grad_b
    return W, b, losses


@wrong("fit_softmax_regression")
def stops_when_the_loss_stays(X, Y, lr, n_epochs, seed=0):
    """There are fewer losses than updates where the loss hardly changes.
    It looks like a break out of the loop.
    n_epochs says how many updates are made.
    """
    W, b, losses = (
        np.random.default_rng(seed).normal(0, 0.01, (Y.shape[1], X.shape[1])),
        np.zeros(Y.shape[1]),
        [],
    )
    for _ in range(n_epochs):
        losses.append(cross_entropy(softmax(X @ W.T + b), Y))
        grad_W, grad_b = softmax_regression_gradients(X, Y, W, b)
        W, b = W - lr * grad_W, b - lr * grad_b
        if len(losses) > 1 and abs(losses[-1] - losses[-2]) < 1e-6:
            break
    return W, b, losses


@right("fit_softmax_regression")
def zeros_and_one_matrix(X, Y, lr, n_epochs, seed=0):
    """A start at zero, the bias as a column of the weights, losses as an array."""
    ones = np.hstack([X, np.ones((len(X), 1))])
    V, losses = np.zeros((Y.shape[1], ones.shape[1])), np.zeros(n_epochs)
    for k in range(n_epochs):
        P = softmax(ones @ V.T)
        losses[k] = cross_entropy(P, Y)
        V -= lr * (P - Y).T @ ones / len(X)
    return V[:, :-1], V[:, -1], losses


@right("fit_softmax_regression")
def global_seed_and_in_place(X, Y, lr, n_epochs, seed=0):
    """The global generator is seeded, the parameters change in place."""
    np.random.seed(seed)
    W = 0.01 * np.random.randn(Y.shape[1], X.shape[1])
    b = np.zeros((1, Y.shape[1]))
    losses = ()
    for epoch in range(n_epochs):
        losses += (cross_entropy(softmax(X.dot(W.T) + b), Y),)
        grad_W, grad_b = softmax_regression_gradients(X, Y, W, b[0])
        W -= lr * grad_W
        b -= lr * grad_b
    return W, b[0], losses
