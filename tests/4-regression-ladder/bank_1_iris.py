"""Named wrong answers and odd but right ones of the five rungs."""

import numpy as np
import torch

from grader.checks import right, wrong


@wrong("two_layer_regression_numpy_train")
def sum_of_squares(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """Every gradient is as many times too large as Y has elements.
    It looks like the gradient of the sum of squares, not of their mean.
    Count the elements of Y.
    """
    losses_tr, losses_val = [], []
    for _ in range(nite):
        Z = X @ W1.T
        H = np.maximum(Z, 0)
        Yhat = H @ W2.T
        losses_tr.append(float(np.mean((Yhat - Y) ** 2)))
        losses_val.append(float(np.mean((np.maximum(X_val @ W1.T, 0) @ W2.T - Y_val) ** 2)))
        grad_Yhat = 2 * (Yhat - Y)
        grad_W2 = grad_Yhat.T @ H
        grad_Z = (grad_Yhat @ W2) * (Z > 0)
        grad_W1 = grad_Z.T @ X
        W1, W2 = W1 - lr * grad_W1, W2 - lr * grad_W2
    return W1, W2, losses_tr, losses_val


@wrong("two_layer_regression_numpy_train")
def mean_over_rows_only(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """Every gradient is as many times too large as there are outputs.
    It looks like a mean over the rows only.
    The mean goes over all elements of Y.
    """
    losses_tr, losses_val = [], []
    for _ in range(nite):
        Z = X @ W1.T
        H = np.maximum(Z, 0)
        Yhat = H @ W2.T
        losses_tr.append(float(np.mean((Yhat - Y) ** 2)))
        losses_val.append(float(np.mean((np.maximum(X_val @ W1.T, 0) @ W2.T - Y_val) ** 2)))
        grad_Yhat = 2 * (Yhat - Y) / len(Y)
        grad_W2 = grad_Yhat.T @ H
        grad_Z = (grad_Yhat @ W2) * (Z > 0)
        grad_W1 = grad_Z.T @ X
        W1, W2 = W1 - lr * grad_W1, W2 - lr * grad_W2
    return W1, W2, losses_tr, losses_val


@wrong("two_layer_regression_numpy_train")
def factor_of_the_square_missing(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """Every gradient is half of the expected.
    It looks like the derivative of a square without its factor.
    Differentiate one squared error on paper.
    """
    losses_tr, losses_val = [], []
    for _ in range(nite):
        Z = X @ W1.T
        H = np.maximum(Z, 0)
        Yhat = H @ W2.T
        losses_tr.append(float(np.mean((Yhat - Y) ** 2)))
        losses_val.append(float(np.mean((np.maximum(X_val @ W1.T, 0) @ W2.T - Y_val) ** 2)))
        grad_Yhat = (Yhat - Y) / Y.size
        grad_W2 = grad_Yhat.T @ H
        grad_Z = (grad_Yhat @ W2) * (Z > 0)
        grad_W1 = grad_Z.T @ X
        W1, W2 = W1 - lr * grad_W1, W2 - lr * grad_W2
    return W1, W2, losses_tr, losses_val


@wrong("two_layer_regression_numpy_train")
def uphill(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """The weights move the wrong way, and the losses grow.
    It looks like a difference taken the wrong way round, or a plus in the update.
    Descend, do not climb.
    """
    losses_tr, losses_val = [], []
    for _ in range(nite):
        Z = X @ W1.T
        H = np.maximum(Z, 0)
        Yhat = H @ W2.T
        losses_tr.append(float(np.mean((Yhat - Y) ** 2)))
        losses_val.append(float(np.mean((np.maximum(X_val @ W1.T, 0) @ W2.T - Y_val) ** 2)))
        grad_Yhat = 2 * (Y - Yhat) / Y.size
        grad_W2 = grad_Yhat.T @ H
        grad_Z = (grad_Yhat @ W2) * (Z > 0)
        grad_W1 = grad_Z.T @ X
        W1, W2 = W1 - lr * grad_W1, W2 - lr * grad_W2
    return W1, W2, losses_tr, losses_val


@wrong("two_layer_regression_numpy_train")
def relu_derivative_missing(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """W2 is right, W1 is not.
    It looks like a gradient that passes through every hidden unit.
    Which units were zero in the forward pass?
    """
    losses_tr, losses_val = [], []
    for _ in range(nite):
        Z = X @ W1.T
        H = np.maximum(Z, 0)
        Yhat = H @ W2.T
        losses_tr.append(float(np.mean((Yhat - Y) ** 2)))
        losses_val.append(float(np.mean((np.maximum(X_val @ W1.T, 0) @ W2.T - Y_val) ** 2)))
        grad_Yhat = 2 * (Yhat - Y) / Y.size
        grad_W2 = grad_Yhat.T @ H
        grad_Z = grad_Yhat @ W2
        grad_W1 = grad_Z.T @ X
        W1, W2 = W1 - lr * grad_W1, W2 - lr * grad_W2
    return W1, W2, losses_tr, losses_val


@wrong("two_layer_regression_numpy_train")
def kink_open(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """All is right, except where the input of a ReLU is exactly zero.
    It looks like a mask that lets zero through.
    The statement says what the derivative is at zero.
    """
    losses_tr, losses_val = [], []
    for _ in range(nite):
        Z = X @ W1.T
        H = np.maximum(Z, 0)
        Yhat = H @ W2.T
        losses_tr.append(float(np.mean((Yhat - Y) ** 2)))
        losses_val.append(float(np.mean((np.maximum(X_val @ W1.T, 0) @ W2.T - Y_val) ** 2)))
        grad_Yhat = 2 * (Yhat - Y) / Y.size
        grad_W2 = grad_Yhat.T @ H
        grad_Z = (grad_Yhat @ W2) * (Z >= 0)
        grad_W1 = grad_Z.T @ X
        W1, W2 = W1 - lr * grad_W1, W2 - lr * grad_W2
    return W1, W2, losses_tr, losses_val


@wrong("two_layer_regression_numpy_train")
def mask_of_the_gradient(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """W2 is right, W1 is not.
    It looks like a mask made from the gradient instead of the forward pass.
    Which quantity decides whether a unit is open?
    """
    losses_tr, losses_val = [], []
    for _ in range(nite):
        Z = X @ W1.T
        H = np.maximum(Z, 0)
        Yhat = H @ W2.T
        losses_tr.append(float(np.mean((Yhat - Y) ** 2)))
        losses_val.append(float(np.mean((np.maximum(X_val @ W1.T, 0) @ W2.T - Y_val) ** 2)))
        grad_Yhat = 2 * (Yhat - Y) / Y.size
        grad_W2 = grad_Yhat.T @ H
        grad_Z = np.maximum(grad_Yhat @ W2, 0)
        grad_W1 = grad_Z.T @ X
        W1, W2 = W1 - lr * grad_W1, W2 - lr * grad_W2
    return W1, W2, losses_tr, losses_val


@wrong("two_layer_regression_numpy_train")
def second_weights_already_updated(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """W2 is right, W1 is not, and the difference shrinks with lr.
    It looks like a gradient of H taken with the W2 that has just been updated.
    Both gradients belong to the same weights.
    """
    losses_tr, losses_val = [], []
    for _ in range(nite):
        Z = X @ W1.T
        H = np.maximum(Z, 0)
        Yhat = H @ W2.T
        losses_tr.append(float(np.mean((Yhat - Y) ** 2)))
        losses_val.append(float(np.mean((np.maximum(X_val @ W1.T, 0) @ W2.T - Y_val) ** 2)))
        grad_Yhat = 2 * (Yhat - Y) / Y.size
        grad_W2 = grad_Yhat.T @ H
        W2 = W2 - lr * grad_W2
        grad_Z = (grad_Yhat @ W2) * (Z > 0)
        grad_W1 = grad_Z.T @ X
        W1 = W1 - lr * grad_W1
    return W1, W2, losses_tr, losses_val


@wrong("two_layer_regression_numpy_train")
def losses_after_the_update(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """The lists of losses start one update late.
    It looks like losses that are taken after the update.
    Entry k belongs to the weights before update k.
    """
    losses_tr, losses_val = [], []
    for _ in range(nite):
        Z = X @ W1.T
        H = np.maximum(Z, 0)
        grad_Yhat = 2 * (H @ W2.T - Y) / Y.size
        grad_W2 = grad_Yhat.T @ H
        grad_W1 = ((grad_Yhat @ W2) * (Z > 0)).T @ X
        W1, W2 = W1 - lr * grad_W1, W2 - lr * grad_W2
        losses_tr.append(float(np.mean((np.maximum(X @ W1.T, 0) @ W2.T - Y) ** 2)))
        losses_val.append(float(np.mean((np.maximum(X_val @ W1.T, 0) @ W2.T - Y_val) ** 2)))
    return W1, W2, losses_tr, losses_val


@wrong("two_layer_regression_numpy_train")
def validation_after_the_update(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """The training losses are right, the validation losses come one update late.
    It looks like a validation loss that is taken after the update.
    Both entries belong to the same weights.
    """
    losses_tr, losses_val = [], []
    for _ in range(nite):
        Z = X @ W1.T
        H = np.maximum(Z, 0)
        Yhat = H @ W2.T
        losses_tr.append(float(np.mean((Yhat - Y) ** 2)))
        grad_Yhat = 2 * (Yhat - Y) / Y.size
        grad_W2 = grad_Yhat.T @ H
        grad_Z = (grad_Yhat @ W2) * (Z > 0)
        grad_W1 = grad_Z.T @ X
        W1, W2 = W1 - lr * grad_W1, W2 - lr * grad_W2
        losses_val.append(float(np.mean((np.maximum(X_val @ W1.T, 0) @ W2.T - Y_val) ** 2)))
    return W1, W2, losses_tr, losses_val


@wrong("two_layer_regression_numpy_train")
def validation_against_training_targets(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """The training losses are right, the validation losses are not.
    It looks like validation predictions compared with the training targets.
    Which targets belong to X_val?
    """
    losses_tr, losses_val = [], []
    for _ in range(nite):
        Z = X @ W1.T
        H = np.maximum(Z, 0)
        Yhat = H @ W2.T
        losses_tr.append(float(np.mean((Yhat - Y) ** 2)))
        losses_val.append(float(np.mean((np.maximum(X_val @ W1.T, 0) @ W2.T - Y) ** 2)))
        grad_Yhat = 2 * (Yhat - Y) / Y.size
        grad_W2 = grad_Yhat.T @ H
        grad_Z = (grad_Yhat @ W2) * (Z > 0)
        grad_W1 = grad_Z.T @ X
        W1, W2 = W1 - lr * grad_W1, W2 - lr * grad_W2
    return W1, W2, losses_tr, losses_val


@wrong("two_layer_regression_numpy_train")
def given_weights_overwritten(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """The weights that were given have changed.
    It looks like an update in place on the caller's data.
    Where does your own copy begin?
    """
    losses_tr, losses_val = [], []
    for _ in range(nite):
        Z = X @ W1.T
        H = np.maximum(Z, 0)
        Yhat = H @ W2.T
        losses_tr.append(float(np.mean((Yhat - Y) ** 2)))
        losses_val.append(float(np.mean((np.maximum(X_val @ W1.T, 0) @ W2.T - Y_val) ** 2)))
        grad_Yhat = 2 * (Yhat - Y) / Y.size
        grad_W2 = grad_Yhat.T @ H
        grad_Z = (grad_Yhat @ W2) * (Z > 0)
        grad_W1 = grad_Z.T @ X
        W1 -= lr * grad_W1
        W2 -= lr * grad_W2
    return W1, W2, losses_tr, losses_val


@wrong("two_layer_regression_numpy_train")
def activation_missing(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """The losses are wrong from the first one on, as if the network were a single matrix.
    It looks like a forward pass without its activation.
    Where does the maximum with zero enter?
    """
    losses_tr, losses_val = [], []
    for _ in range(nite):
        Z = X @ W1.T
        H = Z
        Yhat = H @ W2.T
        losses_tr.append(float(np.mean((Yhat - Y) ** 2)))
        losses_val.append(float(np.mean((X_val @ W1.T @ W2.T - Y_val) ** 2)))
        grad_Yhat = 2 * (Yhat - Y) / Y.size
        grad_W2 = grad_Yhat.T @ H
        grad_Z = grad_Yhat @ W2
        grad_W1 = grad_Z.T @ X
        W1, W2 = W1 - lr * grad_W1, W2 - lr * grad_W2
    return W1, W2, losses_tr, losses_val


@wrong("two_layer_regression_numpy_train")
def loss_recorded_as_a_sum(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """The losses are as many times too large as Y has elements, the weights are right.
    It looks like a sum in the list where the loss is a mean.
    Record the loss that is differentiated.
    """
    losses_tr, losses_val = [], []
    for _ in range(nite):
        Z = X @ W1.T
        H = np.maximum(Z, 0)
        Yhat = H @ W2.T
        losses_tr.append(float(np.sum((Yhat - Y) ** 2)))
        losses_val.append(float(np.sum((np.maximum(X_val @ W1.T, 0) @ W2.T - Y_val) ** 2)))
        grad_Yhat = 2 * (Yhat - Y) / Y.size
        grad_W2 = grad_Yhat.T @ H
        grad_Z = (grad_Yhat @ W2) * (Z > 0)
        grad_W1 = grad_Z.T @ X
        W1, W2 = W1 - lr * grad_W1, W2 - lr * grad_W2
    return W1, W2, losses_tr, losses_val


@wrong("two_layer_regression_numpy_train")
def one_loss_too_many(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """There is one loss too many.
    It looks like the loss after the last update, added to the list.
    There is one entry for each update.
    """
    losses_tr, losses_val = [], []
    for _ in range(nite):
        Z = X @ W1.T
        H = np.maximum(Z, 0)
        Yhat = H @ W2.T
        losses_tr.append(float(np.mean((Yhat - Y) ** 2)))
        losses_val.append(float(np.mean((np.maximum(X_val @ W1.T, 0) @ W2.T - Y_val) ** 2)))
        grad_Yhat = 2 * (Yhat - Y) / Y.size
        grad_W2 = grad_Yhat.T @ H
        grad_Z = (grad_Yhat @ W2) * (Z > 0)
        grad_W1 = grad_Z.T @ X
        W1, W2 = W1 - lr * grad_W1, W2 - lr * grad_W2
    losses_tr.append(float(np.mean((np.maximum(X @ W1.T, 0) @ W2.T - Y) ** 2)))
    return W1, W2, losses_tr, losses_val


@wrong("two_layer_regression_numpy_train")
def validation_examples_trained_on(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """The losses are right at first, then both drift.
    It looks like updates that have seen the validation examples.
    Which examples does the gradient come from?
    """
    losses_tr, losses_val = [], []
    for _ in range(nite):
        losses_tr.append(float(np.mean((np.maximum(X @ W1.T, 0) @ W2.T - Y) ** 2)))
        losses_val.append(float(np.mean((np.maximum(X_val @ W1.T, 0) @ W2.T - Y_val) ** 2)))
        A, B = np.concatenate([X, X_val]), np.concatenate([Y, Y_val])
        Z = A @ W1.T
        grad_Yhat = 2 * (np.maximum(Z, 0) @ W2.T - B) / B.size
        grad_W2 = grad_Yhat.T @ np.maximum(Z, 0)
        grad_W1 = ((grad_Yhat @ W2) * (Z > 0)).T @ A
        W1, W2 = W1 - lr * grad_W1, W2 - lr * grad_W2
    return W1, W2, losses_tr, losses_val


@wrong("two_layer_regression_numpy_train")
def root_of_the_loss(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """The weights are right, the losses are the square roots of the expected ones.
    It looks like the root of the mean squared error.
    Which quantity is differentiated?
    """
    losses_tr, losses_val = [], []
    for _ in range(nite):
        Z = X @ W1.T
        H = np.maximum(Z, 0)
        Yhat = H @ W2.T
        losses_tr.append(float(np.mean((Yhat - Y) ** 2)) ** 0.5)
        losses_val.append(float(np.mean((np.maximum(X_val @ W1.T, 0) @ W2.T - Y_val) ** 2)) ** 0.5)
        grad_Yhat = 2 * (Yhat - Y) / Y.size
        grad_W2 = grad_Yhat.T @ H
        grad_Z = (grad_Yhat @ W2) * (Z > 0)
        grad_W1 = grad_Z.T @ X
        W1, W2 = W1 - lr * grad_W1, W2 - lr * grad_W2
    return W1, W2, losses_tr, losses_val


@wrong("two_layer_regression_numpy_train")
def stops_by_itself(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """The lists of losses end before `nite` updates are made.
    It looks like a stop as soon as the loss hardly changes.
    Who decides how many updates there are?
    """
    losses_tr, losses_val = [], []
    for _ in range(nite):
        Z = X @ W1.T
        H = np.maximum(Z, 0)
        Yhat = H @ W2.T
        losses_tr.append(float(np.mean((Yhat - Y) ** 2)))
        losses_val.append(float(np.mean((np.maximum(X_val @ W1.T, 0) @ W2.T - Y_val) ** 2)))
        if len(losses_tr) > 1 and abs(losses_tr[-2] - losses_tr[-1]) < 1e-6:
            break
        grad_Yhat = 2 * (Yhat - Y) / Y.size
        grad_W2 = grad_Yhat.T @ H
        grad_W1 = ((grad_Yhat @ W2) * (Z > 0)).T @ X
        W1, W2 = W1 - lr * grad_W1, W2 - lr * grad_W2
    return W1, W2, losses_tr, losses_val


@wrong("two_layer_regression_numpy_train")
def always_in_float64(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """Given float32, the function returns float64.
    It looks like a conversion to one precision, whatever is given.
    Results have the precision of what is given.
    """
    X, Y, X_val, Y_val, W1, W2 = (np.array(a, dtype=np.float64) for a in (X, Y, X_val, Y_val, W1, W2))
    losses_tr, losses_val = [], []
    for _ in range(nite):
        Z = X @ W1.T
        H = np.maximum(Z, 0)
        Yhat = H @ W2.T
        losses_tr.append(float(np.mean((Yhat - Y) ** 2)))
        losses_val.append(float(np.mean((np.maximum(X_val @ W1.T, 0) @ W2.T - Y_val) ** 2)))
        grad_Yhat = 2 * (Yhat - Y) / Y.size
        grad_W2 = grad_Yhat.T @ H
        grad_W1 = ((grad_Yhat @ W2) * (Z > 0)).T @ X
        W1, W2 = W1 - lr * grad_W1, W2 - lr * grad_W2
    return W1, W2, losses_tr, losses_val


@wrong("two_layer_regression_numpy_train")
def tensors_one_rung_early(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """The numbers are right, and torch has computed them.
    It looks like rung 2 with its results turned into arrays.
    This rung is about numpy.
    """
    X, Y, X_val, Y_val, W1, W2 = map(torch.from_numpy, (X, Y, X_val, Y_val, W1, W2))
    losses_tr, losses_val = [], []
    for _ in range(nite):
        Z = X @ W1.T
        H = Z.clamp(min=0)
        error = H @ W2.T - Y
        losses_tr.append((error**2).mean().item())
        losses_val.append((((X_val @ W1.T).clamp(min=0) @ W2.T - Y_val) ** 2).mean().item())
        grad_Yhat = 2 * error / Y.numel()
        grad_W1 = ((grad_Yhat @ W2) * (Z > 0)).T @ X
        W1, W2 = W1 - lr * grad_W1, W2 - lr * grad_Yhat.T @ H
    return W1.numpy(), W2.numpy(), losses_tr, losses_val


@right("two_layer_regression_numpy_train")
def class_with_a_backward(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """A class of its own with forward and backward."""

    class Net:
        def __init__(self):
            self.W1, self.W2 = W1.copy(), W2.copy()

        def forward(self, inputs):
            self.inputs, self.H = inputs, np.maximum(inputs @ self.W1.T, 0)
            return self.H @ self.W2.T

        def backward(self, delta):
            return ((delta @ self.W2) * (self.H > 0)).T @ self.inputs, delta.T @ self.H

    net, tr, val = Net(), np.zeros(nite), np.zeros(nite)
    for k in range(nite):
        val[k] = np.mean((net.forward(X_val) - Y_val) ** 2)
        error = net.forward(X) - Y
        tr[k] = np.mean(error**2)
        g1, g2 = net.backward(2 * error / error.size)
        net.W1 -= lr * g1
        net.W2 -= lr * g2
    return net.W1, net.W2, tr, val


@right("two_layer_regression_numpy_train")
def example_by_example(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """The same, with a loop over the examples; gradients in one array."""
    W1, W2 = W1.copy(), W2.copy()
    losses_tr, losses_val = [], []

    def loss_of(A, B):
        return ((np.where(A @ W1.T > 0, A @ W1.T, 0) @ W2.T - B) ** 2).mean()

    for _ in range(nite):
        losses_tr.append(loss_of(X, Y))
        losses_val.append(loss_of(X_val, Y_val))
        g1, g2 = np.zeros_like(W1), np.zeros_like(W2)
        for x, y in zip(X, Y):
            h = np.maximum(W1 @ x, 0)
            delta = (W2 @ h - y) * 2 / (X.shape[0] * Y.shape[1])
            g2 += np.outer(delta, h)
            g1 += np.outer((W2.T @ delta) * (h > 0), x)
        W1 -= lr * g1
        W2 -= lr * g2
    print("done")
    return W1, W2, losses_tr, losses_val


@right("two_layer_regression_numpy_train")
def with_einsum(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """einsum, a mask by sign, float64 inside, losses as an array."""
    kind = W1.dtype
    A, B = W1.astype(np.float64), W2.astype(np.float64)
    losses_tr, losses_val = np.empty(nite), np.empty(nite)
    for k in range(nite):
        Z = np.einsum("ni,hi->nh", X, A)
        open_units = (np.sign(Z) > 0).astype(float)
        H = Z * open_units
        E = np.einsum("nh,kh->nk", H, B) - Y
        losses_tr[k] = np.average(np.square(E))
        losses_val[k] = np.average(np.square(np.clip(X_val @ A.T, 0, None) @ B.T - Y_val))
        G = 2 * E / E.size
        gA = np.einsum("nk,kh,nh,ni->hi", G, B, open_units, X)
        B = B - lr * np.einsum("nk,nh->kh", G, H)
        A = A - lr * gA
    return A.astype(kind), B.astype(kind), losses_tr, losses_val


@wrong("two_layer_regression_tensor_train")
def sum_of_squares_of_tensors(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """Every gradient is as many times too large as Y has elements.
    It looks like the gradient of the sum of squares, not of their mean.
    Count the elements of Y.
    """
    losses_tr, losses_val = [], []
    for _ in range(nite):
        Z = X @ W1.T
        H = Z.clamp(min=0)
        Yhat = H @ W2.T
        losses_tr.append(((Yhat - Y) ** 2).mean().item())
        losses_val.append((((X_val @ W1.T).clamp(min=0) @ W2.T - Y_val) ** 2).mean().item())
        grad_Yhat = 2 * (Yhat - Y)
        grad_W2 = grad_Yhat.T @ H
        grad_Z = (grad_Yhat @ W2) * (Z > 0)
        grad_W1 = grad_Z.T @ X
        W1, W2 = W1 - lr * grad_W1, W2 - lr * grad_W2
    return W1, W2, losses_tr, losses_val


@wrong("two_layer_regression_tensor_train")
def rows_counted_instead_of_elements(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """Every gradient is as many times too large as there are outputs.
    It looks like a mean over the rows only.
    The mean goes over all elements of Y.
    """
    losses_tr, losses_val = [], []
    for _ in range(nite):
        Z = X @ W1.T
        H = Z.clamp(min=0)
        Yhat = H @ W2.T
        losses_tr.append(((Yhat - Y) ** 2).mean().item())
        losses_val.append((((X_val @ W1.T).clamp(min=0) @ W2.T - Y_val) ** 2).mean().item())
        grad_Yhat = 2 * (Yhat - Y) / len(Y)
        grad_W2 = grad_Yhat.T @ H
        grad_Z = (grad_Yhat @ W2) * (Z > 0)
        grad_W1 = grad_Z.T @ X
        W1, W2 = W1 - lr * grad_W1, W2 - lr * grad_W2
    return W1, W2, losses_tr, losses_val


@wrong("two_layer_regression_tensor_train")
def mask_left_out(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """W2 is right, W1 is not.
    It looks like a gradient that passes through every hidden unit.
    Which units were zero in the forward pass?
    """
    losses_tr, losses_val = [], []
    for _ in range(nite):
        Z = X @ W1.T
        H = Z.clamp(min=0)
        Yhat = H @ W2.T
        losses_tr.append(((Yhat - Y) ** 2).mean().item())
        losses_val.append((((X_val @ W1.T).clamp(min=0) @ W2.T - Y_val) ** 2).mean().item())
        grad_Yhat = 2 * (Yhat - Y) / Y.numel()
        grad_W2 = grad_Yhat.T @ H
        grad_Z = grad_Yhat @ W2
        grad_W1 = grad_Z.T @ X
        W1, W2 = W1 - lr * grad_W1, W2 - lr * grad_W2
    return W1, W2, losses_tr, losses_val


@wrong("two_layer_regression_tensor_train")
def mask_open_at_zero(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """All is right, except where the input of a ReLU is exactly zero.
    It looks like a mask that lets zero through.
    The statement says what the derivative is at zero.
    """
    losses_tr, losses_val = [], []
    for _ in range(nite):
        Z = X @ W1.T
        H = Z.clamp(min=0)
        Yhat = H @ W2.T
        losses_tr.append(((Yhat - Y) ** 2).mean().item())
        losses_val.append((((X_val @ W1.T).clamp(min=0) @ W2.T - Y_val) ** 2).mean().item())
        grad_Yhat = 2 * (Yhat - Y) / Y.numel()
        grad_W2 = grad_Yhat.T @ H
        grad_Z = (grad_Yhat @ W2) * (Z >= 0)
        grad_W1 = grad_Z.T @ X
        W1, W2 = W1 - lr * grad_W1, W2 - lr * grad_W2
    return W1, W2, losses_tr, losses_val


@wrong("two_layer_regression_tensor_train")
def given_tensors_overwritten(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """The weights that were given have changed.
    It looks like an update in place on the caller's data.
    Where does your own copy begin?
    """
    losses_tr, losses_val = [], []
    for _ in range(nite):
        Z = X @ W1.T
        H = Z.clamp(min=0)
        Yhat = H @ W2.T
        losses_tr.append(((Yhat - Y) ** 2).mean().item())
        losses_val.append((((X_val @ W1.T).clamp(min=0) @ W2.T - Y_val) ** 2).mean().item())
        grad_Yhat = 2 * (Yhat - Y) / Y.numel()
        grad_W2 = grad_Yhat.T @ H
        grad_Z = (grad_Yhat @ W2) * (Z > 0)
        grad_W1 = grad_Z.T @ X
        W1 -= lr * grad_W1
        W2 -= lr * grad_W2
    return W1, W2, losses_tr, losses_val


@wrong("two_layer_regression_tensor_train")
def targets_of_the_other_set(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """The training losses are right, the validation losses are not.
    It looks like validation predictions compared with the training targets.
    Which targets belong to X_val?
    """
    losses_tr, losses_val = [], []
    for _ in range(nite):
        Z = X @ W1.T
        H = Z.clamp(min=0)
        Yhat = H @ W2.T
        losses_tr.append(((Yhat - Y) ** 2).mean().item())
        losses_val.append((((X_val @ W1.T).clamp(min=0) @ W2.T - Y) ** 2).mean().item())
        grad_Yhat = 2 * (Yhat - Y) / Y.numel()
        grad_W2 = grad_Yhat.T @ H
        grad_Z = (grad_Yhat @ W2) * (Z > 0)
        grad_W1 = grad_Z.T @ X
        W1, W2 = W1 - lr * grad_W1, W2 - lr * grad_W2
    return W1, W2, losses_tr, losses_val


@wrong("two_layer_regression_tensor_train")
def gradient_with_new_second_weights(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """W2 is right, W1 is not, and the difference shrinks with lr.
    It looks like a gradient of H taken with the W2 that has just been updated.
    Both gradients belong to the same weights.
    """
    losses_tr, losses_val = [], []
    for _ in range(nite):
        Z = X @ W1.T
        H = Z.clamp(min=0)
        Yhat = H @ W2.T
        losses_tr.append(((Yhat - Y) ** 2).mean().item())
        losses_val.append((((X_val @ W1.T).clamp(min=0) @ W2.T - Y_val) ** 2).mean().item())
        grad_Yhat = 2 * (Yhat - Y) / Y.numel()
        grad_W2 = grad_Yhat.T @ H
        W2 = W2 - lr * grad_W2
        grad_Z = (grad_Yhat @ W2) * (Z > 0)
        grad_W1 = grad_Z.T @ X
        W1 = W1 - lr * grad_W1
    return W1, W2, losses_tr, losses_val


@wrong("two_layer_regression_tensor_train")
def returned_as_arrays(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """The weights come back as numpy arrays.
    It looks like the end of rung 1.
    This version takes tensors and gives tensors.
    """
    losses_tr, losses_val = [], []
    for _ in range(nite):
        Z = X @ W1.T
        H = Z.clamp(min=0)
        Yhat = H @ W2.T
        losses_tr.append(((Yhat - Y) ** 2).mean().item())
        losses_val.append((((X_val @ W1.T).clamp(min=0) @ W2.T - Y_val) ** 2).mean().item())
        grad_Yhat = 2 * (Yhat - Y) / Y.numel()
        grad_W2 = grad_Yhat.T @ H
        grad_Z = (grad_Yhat @ W2) * (Z > 0)
        grad_W1 = grad_Z.T @ X
        W1, W2 = W1 - lr * grad_W1, W2 - lr * grad_W2
    return W1.numpy(), W2.numpy(), losses_tr, losses_val


@wrong("two_layer_regression_tensor_train")
def absolute_value_as_activation(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """The losses are wrong from the first one on.
    It looks like another activation than the ReLU.
    What happens to negative values?
    """
    losses_tr, losses_val = [], []
    for _ in range(nite):
        Z = X @ W1.T
        H = Z.abs()
        Yhat = H @ W2.T
        losses_tr.append(((Yhat - Y) ** 2).mean().item())
        losses_val.append((((X_val @ W1.T).abs() @ W2.T - Y_val) ** 2).mean().item())
        grad_Yhat = 2 * (Yhat - Y) / Y.numel()
        grad_W2 = grad_Yhat.T @ H
        grad_Z = (grad_Yhat @ W2) * torch.sign(Z)
        grad_W1 = grad_Z.T @ X
        W1, W2 = W1 - lr * grad_W1, W2 - lr * grad_W2
    return W1, W2, losses_tr, losses_val


@wrong("two_layer_regression_tensor_train")
def handed_to_rung_1(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """The function of another rung was called.
    It looks like rung 1 with its results turned into tensors.
    Each rung is written anew: which lines of rung 1 change?
    """
    given = [t.numpy() for t in (X, Y, X_val, Y_val, W1, W2)]
    W1, W2, losses_tr, losses_val = two_layer_regression_numpy_train(*given, lr, nite)
    return torch.from_numpy(W1), torch.from_numpy(W2), losses_tr, losses_val


@wrong("two_layer_regression_tensor_train")
def arrays_inside(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """The numbers are right, and numpy has computed them.
    It looks like rung 1 with its results turned into tensors.
    This rung is about the arithmetic of rung 1, on tensors.
    """
    X, Y, X_val, Y_val, W1, W2 = (t.numpy() for t in (X, Y, X_val, Y_val, W1, W2))
    losses_tr, losses_val = [], []
    for _ in range(nite):
        Z = X @ W1.T
        H = np.maximum(Z, 0)
        Yhat = H @ W2.T
        losses_tr.append(float(np.mean((Yhat - Y) ** 2)))
        losses_val.append(float(np.mean((np.maximum(X_val @ W1.T, 0) @ W2.T - Y_val) ** 2)))
        grad_Yhat = 2 * (Yhat - Y) / Y.size
        grad_W2 = grad_Yhat.T @ H
        grad_W1 = ((grad_Yhat @ W2) * (Z > 0)).T @ X
        W1, W2 = W1 - lr * grad_W1, W2 - lr * grad_W2
    return torch.from_numpy(W1), torch.from_numpy(W2), losses_tr, losses_val


@right("two_layer_regression_tensor_train")
def with_mm_and_pow(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """mm, pow and relu; losses as 0-d tensors."""
    A, B = W1.clone(), W2.clone()
    tr, val = [], []
    for _ in range(nite):
        z = X.mm(A.t())
        h = torch.relu(z)
        error = h.mm(B.t()) - Y
        tr.append(error.pow(2).mean())
        val.append((torch.relu(X_val.mm(A.t())).mm(B.t()) - Y_val).pow(2).mean())
        delta = error.mul(2 / error.nelement())
        back = delta.mm(B)
        back[z <= 0] = 0
        B.sub_(lr * delta.t().mm(h))
        A.sub_(lr * back.t().mm(X))
    return A, B, tr, val


@right("two_layer_regression_tensor_train")
def row_by_row(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """A loop over the rows, torch.maximum; losses as floats."""
    losses_tr, losses_val = [], []
    for _ in range(nite):
        gradient_1, gradient_2, total = torch.zeros_like(W1), torch.zeros_like(W2), 0.0
        for x, y in zip(X, Y):
            z = W1 @ x
            h = torch.maximum(z, torch.zeros_like(z))
            e = W2 @ h - y
            total += float((e * e).sum())
            gradient_2 += torch.outer(e, h)
            gradient_1 += torch.outer((W2.T @ e) * torch.heaviside(z, torch.zeros_like(z)), x)
        losses_tr.append(total / Y.numel())
        losses_val.append(
            float(((torch.where(X_val @ W1.T > 0, X_val @ W1.T, 0) @ W2.T - Y_val) ** 2).mean())
        )
        W1 = W1 - lr * 2 / Y.numel() * gradient_1
        W2 = W2 - lr * 2 / Y.numel() * gradient_2
    return W1, W2, losses_tr, losses_val


@wrong("two_layer_regression_autograd_train")
def gradients_not_reset(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """The first update is right, the later ones are not.
    It looks like gradients that add up from update to update.
    When are they forgotten?
    """
    W1, W2 = W1.clone().requires_grad_(), W2.clone().requires_grad_()
    losses_tr, losses_val = [], []
    for _ in range(nite):
        loss = (((X @ W1.T).clamp(min=0) @ W2.T - Y) ** 2).mean()
        loss.backward()
        losses_tr.append(loss.item())
        with torch.no_grad():
            losses_val.append((((X_val @ W1.T).clamp(min=0) @ W2.T - Y_val) ** 2).mean().item())
            for W in (W1, W2):
                W -= lr * W.grad
    return W1.detach(), W2.detach(), losses_tr, losses_val


@wrong("two_layer_regression_autograd_train")
def graph_kept_in_the_list(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """The losses in the list still require gradients.
    It looks like the loss tensor itself, with its whole graph.
    A list of losses needs the number only.
    """
    W1, W2 = W1.clone().requires_grad_(), W2.clone().requires_grad_()
    losses_tr, losses_val = [], []
    for _ in range(nite):
        loss = (((X @ W1.T).clamp(min=0) @ W2.T - Y) ** 2).mean()
        loss.backward()
        losses_tr.append(loss)
        with torch.no_grad():
            losses_val.append((((X_val @ W1.T).clamp(min=0) @ W2.T - Y_val) ** 2).mean().item())
            for W in (W1, W2):
                W -= lr * W.grad
                W.grad = None
    return W1.detach(), W2.detach(), losses_tr, losses_val


@wrong("two_layer_regression_autograd_train")
def summed_loss(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """The first training loss is as many times too large as Y has elements.
    It looks like a sum where the loss is a mean.
    The mean goes over all elements.
    """
    W1, W2 = W1.clone().requires_grad_(), W2.clone().requires_grad_()
    losses_tr, losses_val = [], []
    for _ in range(nite):
        loss = (((X @ W1.T).clamp(min=0) @ W2.T - Y) ** 2).sum()
        loss.backward()
        losses_tr.append(loss.item())
        with torch.no_grad():
            losses_val.append((((X_val @ W1.T).clamp(min=0) @ W2.T - Y_val) ** 2).sum().item())
            for W in (W1, W2):
                W -= lr * W.grad
                W.grad = None
    return W1.detach(), W2.detach(), losses_tr, losses_val


@wrong("two_layer_regression_autograd_train")
def validation_with_training_targets(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """The training losses are right, the validation losses are not.
    It looks like validation predictions compared with the training targets.
    Which targets belong to X_val?
    """
    W1, W2 = W1.clone().requires_grad_(), W2.clone().requires_grad_()
    losses_tr, losses_val = [], []
    for _ in range(nite):
        loss = (((X @ W1.T).clamp(min=0) @ W2.T - Y) ** 2).mean()
        loss.backward()
        losses_tr.append(loss.item())
        with torch.no_grad():
            losses_val.append((((X_val @ W1.T).clamp(min=0) @ W2.T - Y) ** 2).mean().item())
            for W in (W1, W2):
                W -= lr * W.grad
                W.grad = None
    return W1.detach(), W2.detach(), losses_tr, losses_val


@wrong("two_layer_regression_autograd_train")
def validation_one_update_late(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """The training losses are right, the validation losses come one update late.
    It looks like a validation loss that is taken after the update.
    Both entries belong to the same weights.
    """
    W1, W2 = W1.clone().requires_grad_(), W2.clone().requires_grad_()
    losses_tr, losses_val = [], []
    for _ in range(nite):
        loss = (((X @ W1.T).clamp(min=0) @ W2.T - Y) ** 2).mean()
        loss.backward()
        losses_tr.append(loss.item())
        with torch.no_grad():
            for W in (W1, W2):
                W -= lr * W.grad
                W.grad = None
            losses_val.append((((X_val @ W1.T).clamp(min=0) @ W2.T - Y_val) ** 2).mean().item())
    return W1.detach(), W2.detach(), losses_tr, losses_val


@wrong("two_layer_regression_autograd_train")
def trained_on_the_given_tensors(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """The weights that were given have changed.
    It looks like the flag for gradients set on the caller's own tensors.
    Where does your own copy begin?
    """
    W1.requires_grad_(), W2.requires_grad_()
    losses_tr, losses_val = [], []
    for _ in range(nite):
        loss = (((X @ W1.T).clamp(min=0) @ W2.T - Y) ** 2).mean()
        loss.backward()
        losses_tr.append(loss.item())
        with torch.no_grad():
            losses_val.append((((X_val @ W1.T).clamp(min=0) @ W2.T - Y_val) ** 2).mean().item())
            for W in (W1, W2):
                W -= lr * W.grad
                W.grad = None
    return W1, W2, losses_tr, losses_val


@wrong("two_layer_regression_autograd_train")
def update_watched_by_autograd(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """Autograd refuses the update of a leaf in place.
    It looks like an update that is not protected from being recorded.
    Tell autograd not to watch the update.
    """
    W1, W2 = W1.clone().requires_grad_(), W2.clone().requires_grad_()
    losses_tr, losses_val = [], []
    for _ in range(nite):
        loss = (((X @ W1.T).clamp(min=0) @ W2.T - Y) ** 2).mean()
        loss.backward()
        losses_tr.append(loss.item())
        with torch.no_grad():
            losses_val.append((((X_val @ W1.T).clamp(min=0) @ W2.T - Y_val) ** 2).mean().item())
        for W in (W1, W2):
            W -= lr * W.grad
            W.grad = None
    return W1.detach(), W2.detach(), losses_tr, losses_val


@wrong("two_layer_regression_autograd_train")
def update_does_not_reach_the_weights(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """Nothing moves: all losses are the first one.
    It looks like an update that does not reach the weights: of a copy, of a new name, or without gradients.
    What stands left of the equals sign?
    """
    W1, W2 = W1.clone().requires_grad_(), W2.clone().requires_grad_()
    losses_tr, losses_val = [], []
    for _ in range(nite):
        loss = (((X @ W1.T).clamp(min=0) @ W2.T - Y) ** 2).mean()
        loss.backward()
        losses_tr.append(loss.item())
        with torch.no_grad():
            losses_val.append((((X_val @ W1.T).clamp(min=0) @ W2.T - Y_val) ** 2).mean().item())
            for W in (W1, W2):
                gradient, W.grad = W.grad, None
                W = W - lr * gradient
    return W1.detach(), W2.detach(), losses_tr, losses_val


@wrong("two_layer_regression_autograd_train")
def validation_part_of_the_loss(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """The losses drift apart from the second one on.
    It looks like a validation loss that takes part in backward().
    Which examples does the gradient come from?
    """
    W1, W2 = W1.clone().requires_grad_(), W2.clone().requires_grad_()
    losses_tr, losses_val = [], []
    for _ in range(nite):
        loss = (((X @ W1.T).clamp(min=0) @ W2.T - Y) ** 2).mean()
        loss_val = (((X_val @ W1.T).clamp(min=0) @ W2.T - Y_val) ** 2).mean()
        loss.backward()
        loss_val.backward()
        losses_tr.append(loss.item())
        losses_val.append(loss_val.item())
        with torch.no_grad():
            for W in (W1, W2):
                W -= lr * W.grad
                W.grad = None
    return W1.detach(), W2.detach(), losses_tr, losses_val


@wrong("two_layer_regression_autograd_train")
def by_hand_again(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """All numbers are right, and no gradient comes from autograd.
    It looks like rung 2.
    This rung is about backward().
    """
    losses_tr, losses_val = [], []
    for _ in range(nite):
        Z = X @ W1.T
        H = Z.clamp(min=0)
        Yhat = H @ W2.T
        losses_tr.append(((Yhat - Y) ** 2).mean().item())
        losses_val.append((((X_val @ W1.T).clamp(min=0) @ W2.T - Y_val) ** 2).mean().item())
        grad_Yhat = 2 * (Yhat - Y) / Y.numel()
        grad_W2 = grad_Yhat.T @ H
        grad_Z = (grad_Yhat @ W2) * (Z > 0)
        grad_W1 = grad_Z.T @ X
        W1, W2 = W1 - lr * grad_W1, W2 - lr * grad_W2
    return W1, W2, losses_tr, losses_val


@wrong("two_layer_regression_autograd_train")
def layers_one_rung_early(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """A layer of torch.nn is used.
    It looks like rung 4.
    This rung has tensors, functions and backward() only.
    """
    first = torch.nn.Linear(W1.shape[1], W1.shape[0], bias=False, dtype=W1.dtype)
    last = torch.nn.Linear(W2.shape[1], W2.shape[0], bias=False, dtype=W2.dtype)
    first.weight.data, last.weight.data = W1.clone(), W2.clone()
    losses_tr, losses_val = [], []
    for _ in range(nite):
        loss = ((last(torch.relu(first(X))) - Y) ** 2).mean()
        loss.backward()
        losses_tr.append(loss.item())
        with torch.no_grad():
            losses_val.append(((last(torch.relu(first(X_val))) - Y_val) ** 2).mean().item())
            for p in (first.weight, last.weight):
                p -= lr * p.grad
                p.grad = None
    return first.weight.detach(), last.weight.detach(), losses_tr, losses_val


@right("two_layer_regression_autograd_train")
def grad_by_its_own_name(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """grad imported by name, functions of torch.nn."""
    from torch import nn
    from torch.autograd import grad

    A, B = W1.clone().requires_grad_(), W2.clone().requires_grad_()
    losses_tr, losses_val = [], []
    for _ in range(nite):
        loss = nn.functional.mse_loss(nn.functional.relu(nn.functional.linear(X, A)) @ B.T, Y)
        losses_tr.append(loss.item())
        losses_val.append(nn.functional.mse_loss(torch.relu(X_val @ A.T) @ B.T, Y_val).item())
        g1, g2 = grad(loss, (A, B))
        with torch.no_grad():
            A -= lr * g1
            B -= lr * g2
    return A.detach(), B.detach(), losses_tr, losses_val


@right("two_layer_regression_autograd_train")
def with_autograd_grad(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """torch.autograd.grad and new leaves."""
    losses = [], []
    A, B = (W.detach().clone().requires_grad_(True) for W in (W1, W2))
    for _ in range(nite):
        loss = torch.nn.functional.mse_loss(torch.relu(X @ A.t()) @ B.t(), Y)
        gA, gB = torch.autograd.grad(loss, [A, B])
        losses[0].append(float(loss))
        losses[1].append(torch.nn.functional.mse_loss(torch.relu(X_val @ A.t()) @ B.t(), Y_val).detach())
        A, B = (A - lr * gA).detach().requires_grad_(), (B - lr * gB).detach().requires_grad_()
    return A, B, *losses


@right("two_layer_regression_autograd_train")
def through_data_and_zeros(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """Updates of .data, gradients set to zero, Parameters returned."""
    A, B = torch.nn.Parameter(W1.clone()), torch.nn.Parameter(W2.clone())
    tr, val = [], []
    for step in range(nite):
        error = X.mm(A.t()).clamp(min=0).mm(B.t()) - Y
        loss = (error * error).sum() / error.numel()
        if A.grad is not None:
            A.grad.zero_()
            B.grad.zero_()
        loss.backward()
        tr.append(loss.detach().numpy())
        val.append(((X_val.mm(A.t()).clamp(min=0).mm(B.t()) - Y_val) ** 2).mean().item())
        A.data -= lr * A.grad.data
        B.data -= lr * B.grad.data
        print(step, tr[-1], val[-1])
    return A, B, tr, val


@wrong("two_layer_regression_nn_train")
def own_initial_weights(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """The first loss differs from call to call.
    It looks like layers that keep the random weights they were born with.
    Where do W1 and W2 enter the model?
    """
    model = torch.nn.Sequential(
        torch.nn.Linear(W1.shape[1], W1.shape[0], bias=False),
        torch.nn.ReLU(),
        torch.nn.Linear(W2.shape[1], W2.shape[0], bias=False),
    )
    model = model.to(W1.dtype)
    loss_function = torch.nn.MSELoss()
    losses_tr, losses_val = [], []
    for _ in range(nite):
        loss = loss_function(model(X), Y)
        model.zero_grad()
        loss.backward()
        losses_tr.append(loss.item())
        with torch.no_grad():
            losses_val.append(loss_function(model(X_val), Y_val).item())
            for p in model.parameters():
                p -= lr * p.grad
    return model[0].weight.data, model[2].weight.data, losses_tr, losses_val


@wrong("two_layer_regression_nn_train")
def layers_with_biases(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """The losses differ from call to call, although the weights are those given.
    It looks like layers with biases, which start at random values.
    The network of the statement has none.
    """
    model = torch.nn.Sequential(
        torch.nn.Linear(W1.shape[1], W1.shape[0], dtype=W1.dtype),
        torch.nn.ReLU(),
        torch.nn.Linear(W2.shape[1], W2.shape[0], dtype=W2.dtype),
    )
    model[0].weight.data = W1.clone()
    model[2].weight.data = W2.clone()
    loss_function = torch.nn.MSELoss()
    losses_tr, losses_val = [], []
    for _ in range(nite):
        loss = loss_function(model(X), Y)
        model.zero_grad()
        loss.backward()
        losses_tr.append(loss.item())
        with torch.no_grad():
            losses_val.append(loss_function(model(X_val), Y_val).item())
            for p in model.parameters():
                p -= lr * p.grad
    return model[0].weight.data, model[2].weight.data, losses_tr, losses_val


@wrong("two_layer_regression_nn_train")
def weights_shared_with_the_caller(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """The weights that were given have changed.
    It looks like layers that use the caller's tensors.
    Where does your own copy begin?
    """
    model = torch.nn.Sequential(
        torch.nn.Linear(W1.shape[1], W1.shape[0], bias=False),
        torch.nn.ReLU(),
        torch.nn.Linear(W2.shape[1], W2.shape[0], bias=False),
    )
    model[0].weight.data = W1
    model[2].weight.data = W2
    loss_function = torch.nn.MSELoss()
    losses_tr, losses_val = [], []
    for _ in range(nite):
        loss = loss_function(model(X), Y)
        model.zero_grad()
        loss.backward()
        losses_tr.append(loss.item())
        with torch.no_grad():
            losses_val.append(loss_function(model(X_val), Y_val).item())
            for p in model.parameters():
                p -= lr * p.grad
    return model[0].weight.data, model[2].weight.data, losses_tr, losses_val


@wrong("two_layer_regression_nn_train")
def model_gradients_not_reset(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """The first update is right, the later ones are not.
    It looks like gradients that add up from update to update.
    When are they forgotten?
    """
    model = torch.nn.Sequential(
        torch.nn.Linear(W1.shape[1], W1.shape[0], bias=False),
        torch.nn.ReLU(),
        torch.nn.Linear(W2.shape[1], W2.shape[0], bias=False),
    )
    model[0].weight.data = W1.clone()
    model[2].weight.data = W2.clone()
    loss_function = torch.nn.MSELoss()
    losses_tr, losses_val = [], []
    for _ in range(nite):
        loss = loss_function(model(X), Y)
        loss.backward()
        losses_tr.append(loss.item())
        with torch.no_grad():
            losses_val.append(loss_function(model(X_val), Y_val).item())
            for p in model.parameters():
                p -= lr * p.grad
    return model[0].weight.data, model[2].weight.data, losses_tr, losses_val


@wrong("two_layer_regression_nn_train")
def loss_module_that_sums(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """The first training loss is as many times too large as Y has elements.
    It looks like a loss module that sums.
    The mean goes over all elements.
    """
    model = torch.nn.Sequential(
        torch.nn.Linear(W1.shape[1], W1.shape[0], bias=False),
        torch.nn.ReLU(),
        torch.nn.Linear(W2.shape[1], W2.shape[0], bias=False),
    )
    model[0].weight.data = W1.clone()
    model[2].weight.data = W2.clone()
    loss_function = torch.nn.MSELoss(reduction="sum")
    losses_tr, losses_val = [], []
    for _ in range(nite):
        loss = loss_function(model(X), Y)
        model.zero_grad()
        loss.backward()
        losses_tr.append(loss.item())
        with torch.no_grad():
            losses_val.append(loss_function(model(X_val), Y_val).item())
            for p in model.parameters():
                p -= lr * p.grad
    return model[0].weight.data, model[2].weight.data, losses_tr, losses_val


@wrong("two_layer_regression_nn_train")
def validation_loss_of_training_targets(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """The training losses are right, the validation losses are not.
    It looks like validation predictions compared with the training targets.
    Which targets belong to X_val?
    """
    model = torch.nn.Sequential(
        torch.nn.Linear(W1.shape[1], W1.shape[0], bias=False),
        torch.nn.ReLU(),
        torch.nn.Linear(W2.shape[1], W2.shape[0], bias=False),
    )
    model[0].weight.data = W1.clone()
    model[2].weight.data = W2.clone()
    loss_function = torch.nn.MSELoss()
    losses_tr, losses_val = [], []
    for _ in range(nite):
        loss = loss_function(model(X), Y)
        model.zero_grad()
        loss.backward()
        losses_tr.append(loss.item())
        with torch.no_grad():
            losses_val.append(loss_function(model(X_val), Y).item())
            for p in model.parameters():
                p -= lr * p.grad
    return model[0].weight.data, model[2].weight.data, losses_tr, losses_val


@wrong("two_layer_regression_nn_train")
def validation_after_the_parameters_moved(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """The training losses are right, the validation losses come one update late.
    It looks like a validation loss that is taken after the update.
    Both entries belong to the same weights.
    """
    model = torch.nn.Sequential(
        torch.nn.Linear(W1.shape[1], W1.shape[0], bias=False),
        torch.nn.ReLU(),
        torch.nn.Linear(W2.shape[1], W2.shape[0], bias=False),
    )
    model[0].weight.data = W1.clone()
    model[2].weight.data = W2.clone()
    loss_function = torch.nn.MSELoss()
    losses_tr, losses_val = [], []
    for _ in range(nite):
        loss = loss_function(model(X), Y)
        model.zero_grad()
        loss.backward()
        losses_tr.append(loss.item())
        with torch.no_grad():
            for p in model.parameters():
                p -= lr * p.grad
            losses_val.append(loss_function(model(X_val), Y_val).item())
    return model[0].weight.data, model[2].weight.data, losses_tr, losses_val


@wrong("two_layer_regression_nn_train")
def activation_between_the_layers_missing(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """The losses are wrong from the first one on, as if the network were a single matrix.
    It looks like a forward pass without its activation.
    Where does the maximum with zero enter?
    """
    model = torch.nn.Sequential(
        torch.nn.Linear(W1.shape[1], W1.shape[0], bias=False),
        torch.nn.Identity(),
        torch.nn.Linear(W2.shape[1], W2.shape[0], bias=False),
    )
    model[0].weight.data = W1.clone()
    model[2].weight.data = W2.clone()
    loss_function = torch.nn.MSELoss()
    losses_tr, losses_val = [], []
    for _ in range(nite):
        loss = loss_function(model(X), Y)
        model.zero_grad()
        loss.backward()
        losses_tr.append(loss.item())
        with torch.no_grad():
            losses_val.append(loss_function(model(X_val), Y_val).item())
            for p in model.parameters():
                p -= lr * p.grad
    return model[0].weight.data, model[2].weight.data, losses_tr, losses_val


@wrong("two_layer_regression_nn_train")
def only_the_first_layer_trained(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """W1 is right after one update, W2 never moves.
    It looks like an update that stops after the first parameter.
    How many parameters has the model?
    """
    model = torch.nn.Sequential(
        torch.nn.Linear(W1.shape[1], W1.shape[0], bias=False),
        torch.nn.ReLU(),
        torch.nn.Linear(W2.shape[1], W2.shape[0], bias=False),
    )
    model[0].weight.data = W1.clone()
    model[2].weight.data = W2.clone()
    loss_function = torch.nn.MSELoss()
    losses_tr, losses_val = [], []
    for _ in range(nite):
        loss = loss_function(model(X), Y)
        model.zero_grad()
        loss.backward()
        losses_tr.append(loss.item())
        with torch.no_grad():
            losses_val.append(loss_function(model(X_val), Y_val).item())
            for p in model[0].parameters():
                p -= lr * p.grad
    return model[0].weight.data, model[2].weight.data, losses_tr, losses_val


@wrong("two_layer_regression_nn_train")
def tensors_without_a_model(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """All numbers are right, and no module of torch.nn is called.
    It looks like rung 3.
    This rung is about a model made of layers.
    """
    W1, W2 = W1.clone().requires_grad_(), W2.clone().requires_grad_()
    losses_tr, losses_val = [], []
    for _ in range(nite):
        loss = (((X @ W1.T).clamp(min=0) @ W2.T - Y) ** 2).mean()
        loss.backward()
        losses_tr.append(loss.item())
        with torch.no_grad():
            losses_val.append((((X_val @ W1.T).clamp(min=0) @ W2.T - Y_val) ** 2).mean().item())
            for W in (W1, W2):
                W -= lr * W.grad
                W.grad = None
    return W1.detach(), W2.detach(), losses_tr, losses_val


@wrong("two_layer_regression_nn_train")
def optimizer_one_rung_early(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """An optimizer of torch.optim is used.
    It looks like rung 5.
    In this rung the update is yours: a loop over the parameters.
    """
    model = torch.nn.Sequential(
        torch.nn.Linear(W1.shape[1], W1.shape[0], bias=False),
        torch.nn.ReLU(),
        torch.nn.Linear(W2.shape[1], W2.shape[0], bias=False),
    )
    model[0].weight.data = W1.clone()
    model[2].weight.data = W2.clone()
    optim = torch.optim.SGD(model.parameters(), lr=lr)
    losses_tr, losses_val = [], []
    for _ in range(nite):
        loss = ((model(X) - Y) ** 2).mean()
        losses_tr.append(loss.item())
        losses_val.append(((model(X_val) - Y_val) ** 2).mean().item())
        optim.zero_grad()
        loss.backward()
        optim.step()
    return model[0].weight.detach(), model[2].weight.detach(), losses_tr, losses_val


@right("two_layer_regression_nn_train")
def model_of_its_own(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """An own Module, weights copied under no_grad."""

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.first = torch.nn.Linear(X.shape[1], len(W1), bias=False).to(W1.dtype)
            self.last = torch.nn.Linear(len(W1), Y.shape[1], bias=False).to(W1.dtype)

        def forward(self, x):
            return self.last(torch.relu(self.first(x)))

    net = Net()
    with torch.no_grad():
        net.first.weight.copy_(W1)
        net.last.weight.copy_(W2)
    tr, val = [], []
    for _ in range(nite):
        loss = torch.mean((net(X) - Y) ** 2)
        with torch.no_grad():
            val.append(torch.mean((net(X_val) - Y_val) ** 2))
        for p in net.parameters():
            p.grad = None
        loss.backward()
        tr.append(loss.detach())
        for p in net.parameters():
            p.data = p.data - lr * p.grad
    return net.first.weight, net.last.weight, tr, val


@right("two_layer_regression_nn_train")
def through_the_state_dict(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """Weights through the state dict, double layers, evaluation mode for validation."""
    nh, nx = W1.shape
    model = torch.nn.Sequential(
        torch.nn.Linear(nx, nh, bias=False),
        torch.nn.LeakyReLU(0.0),
        torch.nn.Linear(nh, W2.size(0), bias=False),
    ).to(dtype=W1.dtype, device=W1.device)
    model.load_state_dict({"0.weight": W1, "2.weight": W2})
    losses = {"tr": [], "val": []}
    for _ in range(nite):
        model.train()
        loss = torch.nn.functional.mse_loss(model(X), Y)
        losses["tr"].append(loss.item())
        model.eval()
        losses["val"].append(torch.nn.functional.mse_loss(model(X_val), Y_val).item())
        loss.backward()
        for p in model.parameters():
            p.data.add_(p.grad, alpha=-lr)
            p.grad.zero_()
    return model.state_dict()["0.weight"], model.state_dict()["2.weight"], losses["tr"], losses["val"]


@wrong("two_layer_regression_nn_optim_train")
def optimizer_gradients_not_reset(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """The first update is right, the later ones are not.
    It looks like gradients that add up from update to update.
    When are they forgotten?
    """
    model = torch.nn.Sequential(
        torch.nn.Linear(W1.shape[1], W1.shape[0], bias=False),
        torch.nn.ReLU(),
        torch.nn.Linear(W2.shape[1], W2.shape[0], bias=False),
    )
    model[0].weight.data = W1.clone()
    model[2].weight.data = W2.clone()
    loss_function = torch.nn.MSELoss()
    optim = torch.optim.SGD(model.parameters(), lr=lr)
    losses_tr, losses_val = [], []
    for _ in range(nite):
        loss = loss_function(model(X), Y)
        loss.backward()
        losses_tr.append(loss.item())
        with torch.no_grad():
            losses_val.append(loss_function(model(X_val), Y_val).item())
        optim.step()
    return model[0].weight.data, model[2].weight.data, losses_tr, losses_val


@wrong("two_layer_regression_nn_optim_train")
def adam_in_its_place(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """The first loss is right, the others are not.
    It looks like another optimizer than plain gradient descent.
    Which one does the statement name?
    """
    model = torch.nn.Sequential(
        torch.nn.Linear(W1.shape[1], W1.shape[0], bias=False),
        torch.nn.ReLU(),
        torch.nn.Linear(W2.shape[1], W2.shape[0], bias=False),
    )
    model[0].weight.data = W1.clone()
    model[2].weight.data = W2.clone()
    loss_function = torch.nn.MSELoss()
    optim = torch.optim.Adam(model.parameters(), lr=lr)
    losses_tr, losses_val = [], []
    for _ in range(nite):
        optim.zero_grad()
        loss = loss_function(model(X), Y)
        loss.backward()
        losses_tr.append(loss.item())
        with torch.no_grad():
            losses_val.append(loss_function(model(X_val), Y_val).item())
        optim.step()
    return model[0].weight.data, model[2].weight.data, losses_tr, losses_val


@wrong("two_layer_regression_nn_optim_train")
def with_momentum(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """The first update is right, the later ones are too long.
    It looks like momentum.
    Plain gradient descent has none.
    """
    model = torch.nn.Sequential(
        torch.nn.Linear(W1.shape[1], W1.shape[0], bias=False),
        torch.nn.ReLU(),
        torch.nn.Linear(W2.shape[1], W2.shape[0], bias=False),
    )
    model[0].weight.data = W1.clone()
    model[2].weight.data = W2.clone()
    loss_function = torch.nn.MSELoss()
    optim = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
    losses_tr, losses_val = [], []
    for _ in range(nite):
        optim.zero_grad()
        loss = loss_function(model(X), Y)
        loss.backward()
        losses_tr.append(loss.item())
        with torch.no_grad():
            losses_val.append(loss_function(model(X_val), Y_val).item())
        optim.step()
    return model[0].weight.data, model[2].weight.data, losses_tr, losses_val


@wrong("two_layer_regression_nn_optim_train")
def model_does_not_move(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """All losses are the first one: nothing moves.
    It looks like a step without gradients, or an optimizer of parameters that the model no longer uses.
    Follow one weight, its gradient and the step with prints.
    """
    model = torch.nn.Sequential(
        torch.nn.Linear(W1.shape[1], W1.shape[0], bias=False),
        torch.nn.ReLU(),
        torch.nn.Linear(W2.shape[1], W2.shape[0], bias=False),
    )
    loss_function = torch.nn.MSELoss()
    optim = torch.optim.SGD(model.parameters(), lr=lr)
    model[0].weight = torch.nn.Parameter(W1.clone())
    model[2].weight = torch.nn.Parameter(W2.clone())
    losses_tr, losses_val = [], []
    for _ in range(nite):
        optim.zero_grad()
        loss = loss_function(model(X), Y)
        loss.backward()
        losses_tr.append(loss.item())
        with torch.no_grad():
            losses_val.append(loss_function(model(X_val), Y_val).item())
        optim.step()
    return model[0].weight.data, model[2].weight.data, losses_tr, losses_val


@wrong("two_layer_regression_nn_optim_train")
def step_before_backward(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """The first update does nothing; later ones come one update late.
    It looks like a step that stands before backward().
    In which order do the three lines stand?
    """
    model = torch.nn.Sequential(
        torch.nn.Linear(W1.shape[1], W1.shape[0], bias=False),
        torch.nn.ReLU(),
        torch.nn.Linear(W2.shape[1], W2.shape[0], bias=False),
    )
    model[0].weight.data = W1.clone()
    model[2].weight.data = W2.clone()
    loss_function = torch.nn.MSELoss()
    optim = torch.optim.SGD(model.parameters(), lr=lr)
    losses_tr, losses_val = [], []
    for _ in range(nite):
        loss = loss_function(model(X), Y)
        losses_tr.append(loss.item())
        with torch.no_grad():
            losses_val.append(loss_function(model(X_val), Y_val).item())
        optim.step()
        optim.zero_grad()
        loss.backward()
    return model[0].weight.data, model[2].weight.data, losses_tr, losses_val


@wrong("two_layer_regression_nn_optim_train")
def learning_rate_of_its_own(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """The weights move by another factor than lr.
    It looks like a learning rate that is written in the function.
    Which lr is asked for?
    """
    model = torch.nn.Sequential(
        torch.nn.Linear(W1.shape[1], W1.shape[0], bias=False),
        torch.nn.ReLU(),
        torch.nn.Linear(W2.shape[1], W2.shape[0], bias=False),
    )
    model[0].weight.data = W1.clone()
    model[2].weight.data = W2.clone()
    loss_function = torch.nn.MSELoss()
    optim = torch.optim.SGD(model.parameters(), lr=0.01)
    losses_tr, losses_val = [], []
    for _ in range(nite):
        optim.zero_grad()
        loss = loss_function(model(X), Y)
        loss.backward()
        losses_tr.append(loss.item())
        with torch.no_grad():
            losses_val.append(loss_function(model(X_val), Y_val).item())
        optim.step()
    return model[0].weight.data, model[2].weight.data, losses_tr, losses_val


@wrong("two_layer_regression_nn_optim_train")
def random_initial_weights(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """The first loss differs from call to call.
    It looks like layers that keep the random weights they were born with.
    Where do W1 and W2 enter the model?
    """
    model = torch.nn.Sequential(
        torch.nn.Linear(W1.shape[1], W1.shape[0], bias=False),
        torch.nn.ReLU(),
        torch.nn.Linear(W2.shape[1], W2.shape[0], bias=False),
    )
    model = model.to(W1.dtype)
    loss_function = torch.nn.MSELoss()
    optim = torch.optim.SGD(model.parameters(), lr=lr)
    losses_tr, losses_val = [], []
    for _ in range(nite):
        optim.zero_grad()
        loss = loss_function(model(X), Y)
        loss.backward()
        losses_tr.append(loss.item())
        with torch.no_grad():
            losses_val.append(loss_function(model(X_val), Y_val).item())
        optim.step()
    return model[0].weight.data, model[2].weight.data, losses_tr, losses_val


@wrong("two_layer_regression_nn_optim_train")
def validation_set_against_Y(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """The training losses are right, the validation losses are not.
    It looks like validation predictions compared with the training targets.
    Which targets belong to X_val?
    """
    model = torch.nn.Sequential(
        torch.nn.Linear(W1.shape[1], W1.shape[0], bias=False),
        torch.nn.ReLU(),
        torch.nn.Linear(W2.shape[1], W2.shape[0], bias=False),
    )
    model[0].weight.data = W1.clone()
    model[2].weight.data = W2.clone()
    loss_function = torch.nn.MSELoss()
    optim = torch.optim.SGD(model.parameters(), lr=lr)
    losses_tr, losses_val = [], []
    for _ in range(nite):
        optim.zero_grad()
        loss = loss_function(model(X), Y)
        loss.backward()
        losses_tr.append(loss.item())
        with torch.no_grad():
            losses_val.append(loss_function(model(X_val), Y).item())
        optim.step()
    return model[0].weight.data, model[2].weight.data, losses_tr, losses_val


@wrong("two_layer_regression_nn_optim_train")
def update_without_the_optimizer(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """All numbers are right, and no optimizer makes a step.
    It looks like rung 4.
    This rung is about an optimizer.
    """
    model = torch.nn.Sequential(
        torch.nn.Linear(W1.shape[1], W1.shape[0], bias=False),
        torch.nn.ReLU(),
        torch.nn.Linear(W2.shape[1], W2.shape[0], bias=False),
    )
    model[0].weight.data = W1.clone()
    model[2].weight.data = W2.clone()
    loss_function = torch.nn.MSELoss()
    losses_tr, losses_val = [], []
    for _ in range(nite):
        loss = loss_function(model(X), Y)
        model.zero_grad()
        loss.backward()
        losses_tr.append(loss.item())
        with torch.no_grad():
            losses_val.append(loss_function(model(X_val), Y_val).item())
            for p in model.parameters():
                p -= lr * p.grad
    return model[0].weight.data, model[2].weight.data, losses_tr, losses_val


@wrong("two_layer_regression_nn_optim_train")
def callers_tensors_in_the_model(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """The weights that were given have changed.
    It looks like Parameters that share their memory with the caller's tensors.
    Where does your own copy begin?
    """
    model = torch.nn.Sequential(
        torch.nn.Linear(W1.shape[1], W1.shape[0], bias=False),
        torch.nn.ReLU(),
        torch.nn.Linear(W2.shape[1], W2.shape[0], bias=False),
    )
    model[0].weight = torch.nn.Parameter(W1)
    model[2].weight = torch.nn.Parameter(W2)
    loss_function = torch.nn.MSELoss()
    optim = torch.optim.SGD(model.parameters(), lr=lr)
    losses_tr, losses_val = [], []
    for _ in range(nite):
        optim.zero_grad()
        loss = loss_function(model(X), Y)
        loss.backward()
        losses_tr.append(loss.item())
        with torch.no_grad():
            losses_val.append(loss_function(model(X_val), Y_val).item())
        optim.step()
    return model[0].weight.data, model[2].weight.data, losses_tr, losses_val


@wrong("two_layer_regression_nn_optim_train")
def parameters_without_a_model(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """All numbers are right, and no module of torch.nn is called.
    It looks like rung 3 with an optimizer.
    This rung is about the model of rung 4, moved by an optimizer.
    """
    W1, W2 = W1.clone().requires_grad_(), W2.clone().requires_grad_()
    optim = torch.optim.SGD([W1, W2], lr=lr)
    losses_tr, losses_val = [], []
    for _ in range(nite):
        loss = ((torch.relu(X @ W1.T) @ W2.T - Y) ** 2).mean()
        losses_tr.append(loss.item())
        losses_val.append(((torch.relu(X_val @ W1.T) @ W2.T - Y_val) ** 2).mean().item())
        optim.zero_grad()
        loss.backward()
        optim.step()
    return W1.detach(), W2.detach(), losses_tr, losses_val


@right("two_layer_regression_nn_optim_train")
def bare_parameters(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """No Sequential, but layers and one optimizer over them."""
    first = torch.nn.Linear(*reversed(W1.shape), bias=False, dtype=W1.dtype)
    last = torch.nn.Linear(*reversed(W2.shape), bias=False, dtype=W2.dtype)
    torch.nn.utils.vector_to_parameters(W1.reshape(-1).clone(), first.parameters())
    torch.nn.utils.vector_to_parameters(W2.reshape(-1).clone(), last.parameters())
    optimizer = torch.optim.SGD([*first.parameters(), *last.parameters()], lr)
    tr, val = [], []
    for _ in range(nite):
        loss = (last(first(X).relu()) - Y).square().mean()
        tr.append(float(loss))
        val.append(float((last(first(X_val).relu()) - Y_val).square().mean()))
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    return first.weight.detach(), last.weight.detach(), tr, val


@right("two_layer_regression_nn_optim_train")
def closure_given_to_step(X, Y, X_val, Y_val, W1, W2, lr, nite):
    """The step computes the loss itself through a closure."""
    model = torch.nn.Sequential()
    model.add_module("first", torch.nn.Linear(W1.shape[1], W1.shape[0], bias=False))
    model.add_module("relu", torch.nn.ReLU(inplace=True))
    model.add_module("last", torch.nn.Linear(W2.shape[1], W2.shape[0], bias=False))
    model = model.to(W1.dtype)
    with torch.no_grad():
        model.first.weight.copy_(W1)
        model.last.weight.copy_(W2)
    criterion = torch.nn.MSELoss(reduction="mean")
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0, weight_decay=0)

    def closure():
        optimizer.zero_grad(set_to_none=False)
        loss = criterion(model(X), Y)
        loss.backward()
        return loss

    losses_tr, losses_val = [], []
    for _ in range(nite):
        losses_val.append(criterion(model(X_val), Y_val).item())
        losses_tr.append(optimizer.step(closure).item())
    return model.first.weight, model.last.weight, losses_tr, losses_val
