"""Known wrong answers, and odd but right ones, of gradient descent with numpy."""
# ruff: noqa: F821

import numpy as np

from grader.checks import right, wrong


@wrong("linear_predict")
def bias_forgotten(X, w, b):
    """The prediction for a row of zeros is zero.
    It looks like a model without bias.
    Which of the arguments is not used?
    """
    return X @ w


@wrong("linear_predict")
def bias_subtracted(X, w, b):
    """The predictions move down when the bias grows.
    It looks like a bias with the wrong sign.
    Try w = 0 and b = 1.
    """
    return X @ w - b


@wrong("linear_predict")
def bias_multiplied_by_the_weights(X, w, b):
    """The bias counts more or less, depending on the weights.
    It looks like a bias that is added before the product.
    In which order are product and sum done?
    """
    return (X + b) @ w


@wrong("linear_predict")
def sum_over_all_examples(X, w, b):
    """There is one number for all examples.
    It looks like a sum over rows and columns.
    Which of the two axes must remain?
    """
    return np.sum(X * w) + b


@wrong("linear_predict")
def only_the_first_feature(X, w, b):
    """Only the first feature has an influence.
    It looks like the line of the one-dimensional case.
    Try two features.
    """
    return X[:, 0] * w[0] + b


@wrong("linear_predict")
def predictions_as_a_column(X, w, b):
    """The predictions are a column.
    Together with targets of shape (N,) they would make a table of N x N differences.
    Compare the shape with that of y.
    """
    return (X @ w + b)[:, np.newaxis]


@wrong("linear_predict")
def bias_once_per_feature(X, w, b):
    """The bias is too large by a factor: the number of features.
    It looks like a bias that is added inside the sum over the features.
    Add it after the sum.
    """
    return (X * w + b).sum(axis=1)


@wrong("linear_predict")
def size_of_the_bias_only(X, w, b):
    """A negative bias moves the predictions up.
    It looks like the absolute value of the bias.
    Try w = 0 and b = -1.
    """
    return X @ w + abs(b)


@wrong("linear_predict")
def inputs_multiplied_in_place(X, w, b):
    """The array X that was given has changed.
    It looks like *= on the argument, so a second prediction has other inputs.
    Make a new array.
    """
    X *= w
    return X.sum(axis=1) + b


@right("linear_predict")
def einsum(X, w, b):
    """A sum in index notation."""
    return np.einsum("np,p->n", X, w) + b


@right("linear_predict")
def loop_over_the_rows(X, w, b):
    """One prediction at a time."""
    predictions = []
    for row in X:
        total = b
        for x, weight in zip(row, w):
            total = total + x * weight
        predictions.append(total)
    return np.array(predictions)


@right("linear_predict")
def sum_of_products(X, w, b):
    """Products, then a sum over the columns."""
    print("shapes:", X.shape, w.shape)
    return b + (X * w).sum(axis=-1)


@wrong("mse")
def summed_instead_of_averaged(y, yhat):
    """The loss grows with the number of examples.
    It looks like a sum.
    Give every example twice: what should change?
    """
    return np.sum((y - yhat) ** 2)


@wrong("mse")
def half_of_the_mean(y, yhat):
    """The loss is half of what is asked for.
    It looks like the convention with a factor one half in front.
    Compare with the statement.
    """
    return np.mean((y - yhat) ** 2) / 2


@wrong("mse")
def root_of_the_mean(y, yhat):
    """The loss has the unit of y instead of its square.
    It looks like the root mean squared error.
    Compare with the statement.
    """
    return np.sqrt(np.mean((y - yhat) ** 2))


@wrong("mse")
def absolute_errors(y, yhat):
    """Large errors count too little.
    It looks like the mean absolute error.
    What makes the errors positive here?
    """
    return np.mean(np.abs(y - yhat))


@wrong("mse")
def every_target_with_every_prediction(y, yhat):
    """A perfect prediction has a loss that is not zero.
    It looks like a table of N x N differences.
    Print the shape of the difference.
    """
    return np.mean((y[:, np.newaxis] - yhat) ** 2)


@wrong("mse")
def square_of_the_mean(y, yhat):
    """Errors of opposite sign cancel.
    It looks like a mean that is taken before the square.
    In which order are the two done?
    """
    return np.mean(y - yhat) ** 2


@wrong("mse")
def divided_by_n_minus_one(y, yhat):
    """The loss is a little too large.
    It looks like the formula of a variance estimate.
    By what is the sum divided?
    """
    return np.sum((y - yhat) ** 2) / max(len(y) - 1, 1)


@wrong("mse")
def targets_changed_in_place(y, yhat):
    """The array y that was given has changed.
    It looks like -= on the argument, so a second loss has other targets.
    Make a new array.
    """
    y -= yhat
    return np.mean(y**2)


@right("mse")
def squared_norm(y, yhat):
    """The squared length of the difference."""
    return np.linalg.norm(yhat - y) ** 2 / y.size


@right("mse")
def loop_over_pairs(y, yhat):
    """One pair at a time."""
    total = 0
    for a, b in zip(y, yhat):
        total += (a - b) * (a - b)
    return float(total) / len(y)


@wrong("mse_gradients")
def gradients_not_averaged(X, y, w, b):
    """Both gradients are too large by a factor: the number of examples.
    It looks like sums over the examples where the loss is a mean.
    Give every example twice: what should change?
    """
    error = linear_predict(X, w, b) - y
    return 2 * X.T @ error, 2 * error.sum()


@wrong("mse_gradients")
def gradients_with_the_wrong_sign(X, y, w, b):
    """Both gradients have the wrong sign.
    It looks like targets minus predictions without the minus of the inner derivative.
    If w moves up and the loss goes up, which sign has the gradient?
    """
    error = y - linear_predict(X, w, b)
    return 2 * X.T @ error / len(y), 2 * error.mean()


@wrong("mse_gradients")
def factor_two_missing(X, y, w, b):
    """Both gradients are half of what they should be.
    It looks like the derivative of half the squared error.
    What is the derivative of a square?
    """
    error = linear_predict(X, w, b) - y
    return X.T @ error / len(y), error.mean()


@wrong("mse_gradients")
def factor_two_missing_in_the_bias(X, y, w, b):
    """grad_w is right, grad_b is half of what it should be.
    It looks like a factor that was put in once only.
    Compare the two lines.
    """
    error = linear_predict(X, w, b) - y
    return 2 * X.T @ error / len(y), error.mean()


@wrong("mse_gradients")
def averaged_over_the_features_too(X, y, w, b):
    """grad_w is too small by a factor: the number of features, or it is the same number for all.
    It looks like a mean over all entries of a table.
    Along which axis is the mean?
    """
    error = linear_predict(X, w, b) - y
    return 2 * (X * error[:, np.newaxis]).mean() * np.ones(X.shape[1]), 2 * error.mean()


@wrong("mse_gradients")
def averaged_twice(X, y, w, b):
    """Both gradients are too small by a factor: the number of examples.
    It looks like two means, one after the other.
    Where is the mean taken, and where again?
    """
    error = (linear_predict(X, w, b) - y) / len(y)
    return 2 * X.T @ error / len(y), 2 * error.mean()


@wrong("mse_gradients")
def bias_left_out_of_the_prediction(X, y, w, b):
    """The gradients are right only when the bias is zero.
    It looks like an error that is computed without the bias.
    Look at the prediction inside.
    """
    error = X @ w - y
    return 2 * X.T @ error / len(y), 2 * error.mean()


@wrong("mse_gradients")
def weights_gradient_without_the_inputs(X, y, w, b):
    """grad_b is right, grad_w does not depend on the features as it should.
    It looks like a chain rule that stops at the prediction.
    How does the prediction move when one weight moves?
    """
    error = linear_predict(X, w, b) - y
    return 2 * error.mean() * np.ones(X.shape[1]), 2 * error.mean()


@wrong("mse_gradients")
def one_gradient_per_example(X, y, w, b):
    """The gradients have one row per example.
    It looks like terms that were not summed.
    A gradient has the shape of its parameter.
    """
    error = linear_predict(X, w, b) - y
    return 2 * X * error[:, np.newaxis], 2 * error


@wrong("mse_gradients")
def gradients_in_the_other_order(X, y, w, b):
    """The gradient of b comes first.
    It looks like the two results exchanged.
    Read the docstring's line on what is returned.
    """
    error = linear_predict(X, w, b) - y
    return 2 * error.mean(), 2 * X.T @ error / len(y)


@wrong("mse_gradients")
def bias_gradient_of_the_squared_error(X, y, w, b):
    """grad_w is right, grad_b is never negative.
    It looks like the loss itself instead of its derivative.
    What is the derivative of a square?
    """
    error = linear_predict(X, w, b) - y
    return 2 * X.T @ error / len(y), np.mean(error**2)


@right("mse_gradients")
def broadcast_and_mean(X, y, w, b):
    """A mean over rows of products, the bias as an array of one number."""
    error = (y - linear_predict(X, w, b)).reshape(-1, 1)
    return (-2 * X * error).mean(axis=0), -2 * error.mean(axis=0)


@right("mse_gradients")
def one_augmented_product(X, y, w, b):
    """The bias as the weight of a column of ones."""
    ones = np.column_stack([X, np.ones(len(X))])
    both = 2 / len(X) * ones.T.dot(ones.dot(np.append(w, b)) - y)
    return both[:-1], float(both[-1])


@right("mse_gradients")
def loops(X, y, w, b):
    """Sums with loops, returned as a list."""
    grad_w, grad_b = np.zeros(len(w)), 0.0
    for row, target in zip(X, y):
        difference = sum(row[p] * w[p] for p in range(len(w))) + b - target
        grad_b += 2 * difference / len(y)
        for p in range(len(w)):
            grad_w[p] += 2 * difference * row[p] / len(y)
    return [grad_w, grad_b]


@wrong("gradient_descent")
def steps_uphill(X, y, w, b, lr, n_epochs):
    """The loss grows from the first step on.
    It looks like a step along the gradient instead of against it.
    Which way does the gradient point?
    """
    losses = []
    for _ in range(n_epochs):
        losses.append(mse(y, linear_predict(X, w, b)))
        grad_w, grad_b = mse_gradients(X, y, w, b)
        w, b = w + lr * grad_w, b + lr * grad_b
    return w, b, losses


@wrong("gradient_descent")
def losses_after_the_update(X, y, w, b, lr, n_epochs):
    """The parameters are right, the losses are those of one update later.
    It looks like a loss that is taken after the step.
    To which parameters does the first loss belong?
    """
    losses = []
    for _ in range(n_epochs):
        grad_w, grad_b = mse_gradients(X, y, w, b)
        w, b = w - lr * grad_w, b - lr * grad_b
        losses.append(mse(y, linear_predict(X, w, b)))
    return w, b, losses


@wrong("gradient_descent")
def bias_never_updated(X, y, w, b, lr, n_epochs):
    """The bias is the one that was given.
    It looks like an update of the weights only.
    How many parameters does the model have?
    """
    losses = []
    for _ in range(n_epochs):
        losses.append(mse(y, linear_predict(X, w, b)))
        grad_w, _ = mse_gradients(X, y, w, b)
        w = w - lr * grad_w
    return w, b, losses


@wrong("gradient_descent")
def bias_gradient_at_the_new_weights(X, y, w, b, lr, n_epochs):
    """The first weights are right, the bias is not.
    It looks like a gradient of the bias that is taken after the weights have moved.
    Both gradients belong to the same parameters.
    """
    losses = []
    for _ in range(n_epochs):
        losses.append(mse(y, linear_predict(X, w, b)))
        w = w - lr * mse_gradients(X, y, w, b)[0]
        b = b - lr * mse_gradients(X, y, w, b)[1]
    return w, b, losses


@wrong("gradient_descent")
def changes_the_given_weights(X, y, w, b, lr, n_epochs):
    """The array w that was given has changed.
    It looks like an update in place, so a second run starts where the first one ended.
    What does -= do to an array that the caller also holds?
    """
    losses = []
    for _ in range(n_epochs):
        losses.append(mse(y, linear_predict(X, w, b)))
        grad_w, grad_b = mse_gradients(X, y, w, b)
        w -= lr * grad_w
        b -= lr * grad_b
    return w, b, losses


@wrong("gradient_descent")
def gradients_of_the_start_only(X, y, w, b, lr, n_epochs):
    """The first step is right, the later ones repeat it.
    It looks like gradients that are computed once, before the loop.
    At which parameters must the gradient of step two be taken?
    """
    losses = []
    grad_w, grad_b = mse_gradients(X, y, w, b)
    for _ in range(n_epochs):
        losses.append(mse(y, linear_predict(X, w, b)))
        w, b = w - lr * grad_w, b - lr * grad_b
    return w, b, losses


@wrong("gradient_descent")
def learning_rate_divided_by_n(X, y, w, b, lr, n_epochs):
    """The steps are too small by a factor: the number of examples.
    It looks like a mean that is taken once more.
    The gradients are means already.
    """
    losses = []
    for _ in range(n_epochs):
        losses.append(mse(y, linear_predict(X, w, b)))
        grad_w, grad_b = mse_gradients(X, y, w, b)
        w, b = w - lr * grad_w / len(y), b - lr * grad_b / len(y)
    return w, b, losses


@wrong("gradient_descent")
def starts_from_zero(X, y, w, b, lr, n_epochs):
    """The first loss is not that of the parameters that were given.
    It looks like a start from zero.
    Where are the arguments w and b used?
    """
    w, b, losses = np.zeros_like(w), 0.0, []
    for _ in range(n_epochs):
        losses.append(mse(y, linear_predict(X, w, b)))
        grad_w, grad_b = mse_gradients(X, y, w, b)
        w, b = w - lr * grad_w, b - lr * grad_b
    return w, b, losses


@wrong("gradient_descent")
def fixed_learning_rate(X, y, w, b, lr, n_epochs):
    """The size of the steps does not depend on lr.
    It looks like a number in the place of the argument.
    Where is lr used?
    """
    losses = []
    for _ in range(n_epochs):
        losses.append(mse(y, linear_predict(X, w, b)))
        grad_w, grad_b = mse_gradients(X, y, w, b)
        w, b = w - 0.1 * grad_w, b - 0.1 * grad_b
    return w, b, losses


@wrong("gradient_descent")
def one_update_only(X, y, w, b, lr, n_epochs):
    """There is one loss, however many epochs are asked for.
    It looks like a return inside the loop.
    How far is the return line indented?
    """
    losses = []
    for _ in range(n_epochs):
        losses.append(mse(y, linear_predict(X, w, b)))
        grad_w, grad_b = mse_gradients(X, y, w, b)
        w, b = w - lr * grad_w, b - lr * grad_b
        return w, b, losses


@wrong("gradient_descent")
def last_update_missing(X, y, w, b, lr, n_epochs):
    """The losses are right, the parameters are those of one update earlier.
    It looks like a loop that ends one step too soon, or a result that is kept before the last step.
    How many updates do n_epochs losses need?
    """
    losses = []
    for k in range(n_epochs):
        losses.append(mse(y, linear_predict(X, w, b)))
        if k < n_epochs - 1:
            grad_w, grad_b = mse_gradients(X, y, w, b)
            w, b = w - lr * grad_w, b - lr * grad_b
    return w, b, losses


@wrong("gradient_descent")
def stops_when_the_loss_stays(X, y, w, b, lr, n_epochs):
    """There are fewer losses than epochs where the loss hardly changes.
    It looks like a break out of the loop.
    n_epochs says how many updates are made.
    """
    losses = []
    for _ in range(n_epochs):
        losses.append(mse(y, linear_predict(X, w, b)))
        grad_w, grad_b = mse_gradients(X, y, w, b)
        w, b = w - lr * grad_w, b - lr * grad_b
        if len(losses) > 1 and abs(losses[-1] - losses[-2]) < 1e-6:
            break
    return w, b, losses


@right("gradient_descent")
def copies_then_in_place(X, y, w, b, lr, n_epochs):
    """A copy of the weights, changed in place; losses as an array."""
    w, b = w.copy(), np.array([float(b)])
    losses = np.empty(n_epochs)
    for k in range(n_epochs):
        error = X @ w + b - y
        losses[k] = (error**2).mean()
        w -= lr * 2 * X.T @ error / len(y)
        b -= lr * 2 * error.mean()
    return w, b, losses


@right("gradient_descent")
def loss_from_the_final_list(X, y, w, b, lr, n_epochs, verbose=False):
    """All parameters are kept, the losses are computed at the end."""
    path = [(w, b)]
    while len(path) <= n_epochs:
        w, b = path[-1]
        grad_w, grad_b = mse_gradients(X, y, w, b)
        path.append((w - lr * grad_w, b - lr * grad_b))
    losses = tuple(mse(y, linear_predict(X, *params)) for params in path[:-1])
    return path[-1][0], path[-1][1], losses
