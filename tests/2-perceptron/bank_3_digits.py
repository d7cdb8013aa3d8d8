"""Known wrong answers, and odd but right ones, of the notebook on digits."""
# ruff: noqa: F821

import numpy as np

from grader.checks import right, wrong


class NumpyMLP:
    """Stands for the class of the notebook, whose parts the answers below replace."""


@wrong("digit_sizes", cell=True)
def one_side_of_the_image():
    """d_input is the length of one side.
    It looks like rows of pixels instead of images.
    How many pixels has an image?
    """
    d_input, d_output, d_hidden = 8, 10, 20


@wrong("digit_sizes", cell=True)
def images_taken_for_inputs():
    """d_input is the number of images.
    It looks like the two sizes of X exchanged.
    How many numbers describe one image?
    """
    d_input, d_output, d_hidden = 1797, 10, 20


@wrong("digit_sizes", cell=True)
def one_output_for_ten_classes():
    """There is one output for ten classes.
    It looks like an output that is the class number itself.
    Softmax has one output per class.
    """
    d_input, d_output, d_hidden = 64, 1, 20


@wrong("digit_sizes", cell=True)
def largest_class_number():
    """There is one output too few.
    It looks like the largest class number instead of the number of classes.
    How many digits are there?
    """
    d_input, d_output, d_hidden = 64, 9, 20


@right("digit_sizes", cell=True)
def from_the_images():
    """Taken from the images and the classes."""
    d_input = digits.images[0].size
    d_output = np.max(y) + 1
    d_hidden = 20


@right("digit_sizes", cell=True)
def more_neurons():
    """Another size of the hidden layer."""
    d_hidden = 32
    d_input, d_output = len(X[0]), len(set(y.tolist()))


@wrong("train_validation_split")
def not_shuffled(X, y, fraction, seed):
    """Every seed gives the same validation set.
    It looks like a cut without a shuffle.
    Data are often sorted: what is in the last rows?
    """
    n = len(X) - round(fraction * len(X))
    return X[:n], y[:n], X[n:], y[n:]


@wrong("train_validation_split")
def fraction_of_the_training_set(X, y, fraction, seed):
    """The two sets have each other's size.
    It looks like a fraction that is taken for the training set.
    Whose share is it?
    """
    order = np.random.default_rng(seed).permutation(len(X))
    n = round(fraction * len(X))
    return X[order[:n]], y[order[:n]], X[order[n:]], y[order[n:]]


@wrong("train_validation_split")
def two_orders(X, y, fraction, seed):
    """Rows of X and entries of y do not belong together.
    It looks like two orders, one for each.
    Draw one order and use it twice.
    """
    generator = np.random.default_rng(seed)
    X, y = X[generator.permutation(len(X))], y[generator.permutation(len(y))]
    n = round(fraction * len(X))
    return X[n:], y[n:], X[:n], y[:n]


@wrong("train_validation_split")
def sets_overlap(X, y, fraction, seed):
    """Some examples are in both sets.
    It looks like two independent draws.
    Cut one order in two.
    """
    generator = np.random.default_rng(seed)
    n = round(fraction * len(X))
    train = generator.choice(len(X), len(X) - n, replace=False)
    val = generator.choice(len(X), n, replace=False)
    return X[train], y[train], X[val], y[val]


@wrong("train_validation_split")
def always_rounded_down(X, y, fraction, seed):
    """The validation set is sometimes one example too small.
    It looks like a size that is always rounded down.
    Which number is nearest?
    """
    order = np.random.default_rng(seed).permutation(len(X))
    n = int(fraction * len(X))
    return X[order[n:]], y[order[n:]], X[order[:n]], y[order[:n]]


@wrong("train_validation_split")
def seed_not_used(X, y, fraction, seed):
    """The same seed gives another split.
    It looks like a shuffle without the seed.
    Where is the argument seed used?
    """
    order = np.random.permutation(len(X))
    n = round(fraction * len(X))
    return X[order[n:]], y[order[n:]], X[order[:n]], y[order[:n]]


@wrong("train_validation_split")
def seed_fixed_inside(X, y, fraction, seed):
    """All seeds give the same split.
    It looks like a number in the place of the argument.
    Where is the argument seed used?
    """
    order = np.random.default_rng(42).permutation(len(X))
    n = round(fraction * len(X))
    return X[order[n:]], y[order[n:]], X[order[:n]], y[order[:n]]


@wrong("train_validation_split")
def shuffled_in_place(X, y, fraction, seed):
    """X and y that were given have changed.
    It looks like a shuffle in place.
    Draw an order of indices.
    """
    np.random.RandomState(seed).shuffle(X)
    np.random.RandomState(seed).shuffle(y)
    n = round(fraction * len(X))
    return X[n:].copy(), y[n:].copy(), X[:n].copy(), y[:n].copy()


@wrong("train_validation_split")
def drawn_with_replacement(X, y, fraction, seed):
    """Some examples stand several times in the sets, others not at all.
    It looks like random indices instead of a random order.
    How can you draw an order in which each index stands once?
    """
    order = np.random.default_rng(seed).integers(len(X), size=len(X))
    n = round(fraction * len(X))
    return X[order[n:]], y[order[n:]], X[order[:n]], y[order[:n]]


@wrong("train_validation_split")
def window_that_moves_with_the_seed(X, y, fraction, seed):
    """The examples of the validation set stand next to one another in the table.
    It looks like a cut that moves with the seed, without a shuffle.
    Data are often sorted: what is in neighbouring rows?
    """
    order = np.roll(np.arange(len(X)), seed)
    n = round(fraction * len(X))
    return X[order[n:]], y[order[n:]], X[order[:n]], y[order[:n]]


@right("train_validation_split")
def library_split(X, y, fraction, seed):
    """scikit-learn's split, with the size worked out before."""
    from sklearn.model_selection import train_test_split

    n = int(fraction * len(X) + 0.5)
    X_train, X_val, y_train, y_val = train_test_split(X, y, test_size=n, random_state=seed)
    return X_train, y_train, X_val, y_val


@right("train_validation_split")
def list_of_indices(X, y, fraction, seed=0):
    """random.shuffle on a list, the last part validates; lists as a result."""
    import random

    indices = list(range(len(y)))
    random.Random(seed).shuffle(indices)
    cut = len(y) - round(len(y) * fraction)
    first, second = indices[:cut], indices[cut:]
    return [X[first], [y[i] for i in first], X[second], [y[i] for i in second]]


@wrong("NumpyMLP")
class gradients_summed(NumpyMLP):
    """The steps are too large by a factor: the number of examples of a batch.
    It looks like gradients that are sums over the batch.
    Give every example twice: what should change?
    """

    def gradients(self, X, Y):
        of_weights, of_biases = super(NumpyMLP, self).gradients(X, Y)
        return [len(X) * g for g in of_weights], [len(X) * g for g in of_biases]


@wrong("NumpyMLP")
class decay_on_the_biases(NumpyMLP):
    """With weight decay the biases are too small.
    It looks like a decay of all parameters.
    To which of them does it belong?
    """

    def gradients(self, X, Y):
        of_weights, of_biases = super(NumpyMLP, self).gradients(X, Y)
        return of_weights, [g + self.decay * b for g, b in zip(of_biases, self.biases)]

    def fit(self, X, y, lr, n_epochs, batch_size, weight_decay=0.0):
        self.decay = weight_decay
        super(NumpyMLP, self).fit(X, y, lr, n_epochs, batch_size, weight_decay)


@wrong("NumpyMLP")
class decay_not_used(NumpyMLP):
    """Weight decay changes nothing.
    It looks like an argument that is not used.
    Where does weight_decay enter the step?
    """

    def fit(self, X, y, lr, n_epochs, batch_size, weight_decay=0.0):
        super(NumpyMLP, self).fit(X, y, lr, n_epochs, batch_size)


@wrong("NumpyMLP")
class decay_not_on_the_last_layer(NumpyMLP):
    """With weight decay the weights of the last layer are too large.
    It looks like a last layer that is updated by itself, without decay.
    To which weight matrices is the decay added?
    """

    def gradients(self, X, Y):
        of_weights, of_biases = super(NumpyMLP, self).gradients(X, Y)
        return [*of_weights[:-1], of_weights[-1] - self.decay * self.weights[-1]], of_biases

    def fit(self, X, y, lr, n_epochs, batch_size, weight_decay=0.0):
        self.decay = weight_decay
        super(NumpyMLP, self).fit(X, y, lr, n_epochs, batch_size, weight_decay)


@wrong("NumpyMLP")
class decay_by_the_size_of_the_batch(NumpyMLP):
    """Weight decay is too weak where a batch is smaller than the set.
    It looks like a decay that is multiplied by the share of the batch.
    What is added to the gradient in each update?
    """

    def gradients(self, X, Y):
        of_weights, of_biases = super(NumpyMLP, self).gradients(X, Y)
        missing = self.decay * (1 - len(X) / self.n)
        return [g - missing * W for g, W in zip(of_weights, self.weights)], of_biases

    def fit(self, X, y, lr, n_epochs, batch_size, weight_decay=0.0):
        self.decay, self.n = weight_decay, len(X)
        super(NumpyMLP, self).fit(X, y, lr, n_epochs, batch_size, weight_decay)


@wrong("NumpyMLP")
class decay_doubled(NumpyMLP):
    """Weight decay is twice as strong as it should be.
    It looks like the derivative of the squared weights without a half.
    What is added to the gradient?
    """

    def fit(self, X, y, lr, n_epochs, batch_size, weight_decay=0.0):
        super(NumpyMLP, self).fit(X, y, lr, n_epochs, batch_size, 2 * weight_decay)


@wrong("NumpyMLP")
class last_batch_dropped(NumpyMLP):
    """The last, shorter batch is missing.
    It looks like a whole division of the number of examples by the batch size.
    Which examples are never visited?
    """

    def fit(self, X, y, lr, n_epochs, batch_size, weight_decay=0.0):
        for _ in range(n_epochs):
            order = self.generator.permutation(len(X))
            order = order[: max(1, len(X) // batch_size) * batch_size]
            super(NumpyMLP, self).fit(X[order], y[order], lr, 1, batch_size, weight_decay)


@wrong("NumpyMLP")
class shuffled_once(NumpyMLP):
    """Both epochs visit the examples in the same order.
    It looks like an order that is drawn before the loop over the epochs.
    What belongs inside that loop?
    """

    def fit(self, X, y, lr, n_epochs, batch_size, weight_decay=0.0):
        Y = np.eye(len(self.biases[-1]))[y]
        order = self.generator.permutation(len(X))
        for _ in range(n_epochs):
            for start in range(0, len(X), batch_size):
                batch = order[start : start + batch_size]
                of_weights, of_biases = self.gradients(X[batch], Y[batch])
                for k in range(len(self.weights)):
                    self.weights[k] -= lr * (of_weights[k] + weight_decay * self.weights[k])
                    self.biases[k] -= lr * of_biases[k]


@wrong("NumpyMLP")
class first_epoch_not_shuffled(NumpyMLP):
    """The first epoch always visits the examples in the order of the table.
    It looks like a shuffle at the end of the epoch, or like an order that is turned instead of drawn.
    Where in the epoch is its order drawn?
    """

    def fit(self, X, y, lr, n_epochs, batch_size, weight_decay=0.0):
        Y = np.eye(len(self.biases[-1]))[y]
        order = np.arange(len(X))
        for _ in range(n_epochs):
            for start in range(0, len(X), batch_size):
                batch = order[start : start + batch_size]
                of_weights, of_biases = self.gradients(X[batch], Y[batch])
                for k in range(len(self.weights)):
                    self.weights[k] -= lr * (of_weights[k] + weight_decay * self.weights[k])
                    self.biases[k] -= lr * of_biases[k]
            self.generator.shuffle(order)


@wrong("NumpyMLP")
class stops_when_the_loss_stays(NumpyMLP):
    """There are fewer updates than epochs ask for where the loss hardly changes.
    It looks like a break out of the loop.
    n_epochs says how often every example is visited.
    """

    def fit(self, X, y, lr, n_epochs, batch_size, weight_decay=0.0):
        last = np.inf
        for _ in range(n_epochs):
            super(NumpyMLP, self).fit(X, y, lr, 1, batch_size, weight_decay)
            loss = -np.log(self.forward(X)[np.arange(len(X)), y]).mean()
            if abs(last - loss) < 1e-6:
                break
            last = loss


@wrong("NumpyMLP")
class sigmoid_derivative_forgotten(NumpyMLP):
    """The last layer is right after one step, the layers below are not.
    It looks like a derivative of the sigmoid that is missing.
    Through which function does the chain rule go between two layers?
    """

    def gradients(self, X, Y):
        *values, probs = self.layers(X)
        delta = (probs - Y) / len(X)
        of_weights, of_biases = [], []
        for k in reversed(range(len(self.weights))):
            of_weights.insert(0, delta.T @ values[k])
            of_biases.insert(0, delta.sum(axis=0))
            delta = delta @ self.weights[k]
        return of_weights, of_biases


@wrong("NumpyMLP")
class way_back_through_new_weights(NumpyMLP):
    """The last layer is right after one step, the layers below are slightly off.
    It looks like a way back through weights that were updated already.
    At which weights are all gradients of one step taken?
    """

    def fit(self, X, y, lr, n_epochs, batch_size, weight_decay=0.0):
        Y = np.eye(len(self.biases[-1]))[y]
        for _ in range(n_epochs):
            order = self.generator.permutation(len(X))
            for start in range(0, len(X), batch_size):
                batch = order[start : start + batch_size]
                *values, probs = self.layers(X[batch])
                delta = (probs - Y[batch]) / len(batch)
                for k in reversed(range(len(self.weights))):
                    self.biases[k] -= lr * delta.sum(axis=0)
                    self.weights[k] -= lr * (delta.T @ values[k] + weight_decay * self.weights[k])
                    delta = delta @ self.weights[k] * values[k] * (1 - values[k])


@wrong("NumpyMLP")
class pairs_broken(NumpyMLP):
    """Images meet the classes of others.
    It looks like a shuffle of the images alone.
    Use the drawn order for both.
    """

    def fit(self, X, y, lr, n_epochs, batch_size, weight_decay=0.0):
        for _ in range(n_epochs):
            order = self.generator.permutation(len(X))
            super(NumpyMLP, self).fit(X[order], y, lr, 1, batch_size, weight_decay)


@wrong("NumpyMLP")
class weights_transposed(NumpyMLP):
    """The weights have rows and columns exchanged.
    It looks like one row per input.
    Here each layer has one row of weights per output.
    """

    def __init__(self, sizes, seed):
        super(NumpyMLP, self).__init__(sizes, seed)
        self.weights = [W.T.copy() for W in self.weights]


@wrong("NumpyMLP")
class sigmoid_at_the_output(NumpyMLP):
    """The probabilities of an example do not sum to 1.
    It looks like a sigmoid in the last layer.
    Which function makes a row of probabilities?
    """

    def layers(self, X):
        values = [X]
        for W, b in zip(self.weights, self.biases):
            values.append(0.5 * (1 + np.tanh(0.5 * (values[-1] @ W.T + b))))
        return values


@wrong("NumpyMLP")
class overflow_of_large_scores(NumpyMLP):
    """Scores of 1000 give nan.
    It looks like exp of the scores as they are.
    What may be taken away from a row without a change of its softmax?
    """

    def layers(self, X):
        values = super(NumpyMLP, self).layers(X)
        powers = np.exp(values[-2] @ self.weights[-1].T + self.biases[-1])
        return [*values[:-1], powers / powers.sum(axis=1, keepdims=True)]


@wrong("NumpyMLP")
class constant_weights(NumpyMLP):
    """All weights of a layer are equal.
    It looks like constant initial weights: neurons that are equal stay equal.
    Draw each weight by itself.
    """

    def __init__(self, sizes, seed):
        super(NumpyMLP, self).__init__(sizes, seed)
        self.weights = [np.full_like(W, 0.1) for W in self.weights]


@right("NumpyMLP")
class in_single_precision(NumpyMLP):
    """All parameters in float32."""

    def __init__(self, sizes, seed=0):
        super(NumpyMLP, self).__init__(sizes, seed)
        self.weights = [W.astype(np.float32) for W in self.weights]
        self.biases = [b.astype(np.float32) for b in self.biases]


@right("NumpyMLP")
class biases_as_rows(NumpyMLP):
    """Biases of shape (1, n), another spread, fit returns the object."""

    def __init__(self, sizes, seed=0):
        super(NumpyMLP, self).__init__(sizes, seed)
        generator = np.random.RandomState(seed)
        self.weights = [generator.uniform(-0.5, 0.5, size=W.shape) for W in self.weights]
        self.biases = [np.zeros((1, len(b))) for b in self.biases]

    def gradients(self, X, Y):
        of_weights, of_biases = super(NumpyMLP, self).gradients(X, Y)
        return of_weights, [g[np.newaxis] for g in of_biases]

    def fit(self, X, y, lr, n_epochs, batch_size, weight_decay=0.0, verbose=False):
        Y = np.eye(self.weights[-1].shape[0])[y]
        for _ in range(n_epochs):
            order = np.random.permutation(len(X))
            for batch in np.array_split(order, range(batch_size, len(X), batch_size)):
                of_weights, of_biases = self.gradients(X[batch], Y[batch])
                self.weights = [W - lr * (g + weight_decay * W) for W, g in zip(self.weights, of_weights)]
                self.biases = [b - lr * g for b, g in zip(self.biases, of_biases)]
        return self


@right("NumpyMLP")
class layers_by_recursion(NumpyMLP):
    """Forward by a loop over indices, decay as a shrinking factor."""

    def forward(self, X):
        a = X
        for k, (W, b) in enumerate(zip(self.weights, self.biases)):
            z = np.einsum("ni,oi->no", a, W) + b
            a = z if k == len(self.weights) - 1 else 1 / (1 + np.exp(-z))
        a = np.exp(a - a.max(1)[:, None])
        return a / a.sum(1)[:, None]

    def fit(self, X, y, lr, n_epochs, batch_size, weight_decay=0.0):
        import random

        for _ in range(n_epochs):
            left = list(range(len(X)))
            random.shuffle(left)
            while left:
                batch, left = left[:batch_size], left[batch_size:]
                of_weights, of_biases = self.gradients(X[batch], np.eye(self.biases[-1].size)[y[batch]])
                for W, b, g, h in zip(self.weights, self.biases, of_weights, of_biases):
                    W *= 1 - lr * weight_decay
                    W -= lr * g
                    b -= lr * h
