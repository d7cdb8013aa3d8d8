"""Answers to the lab by hand: wrong ones with what gives them away, and right ones that look different."""

# ruff: noqa: F821  (the functions live in the notebook's namespace; a docstring is a message of three lines)

from grader.checks import right, wrong

# ---------------------------------------------------------------- init_params


@wrong("init_params")
def weights_not_scaled(nx, nh, ny):
    """The weights have a standard deviation of about 1.
    It looks like a standard normal distribution that is not scaled.
    Compare with the distribution in the statement.
    """
    return {
        "Wh": torch.randn(nh, nx),
        "bh": torch.zeros(nh),
        "Wy": torch.randn(ny, nh),
        "by": torch.zeros(ny),
    }


@wrong("init_params")
def uniform_weights(nx, nh, ny):
    """No weight is negative.
    It looks like a uniform distribution between 0 and a bound.
    Which function draws from the normal distribution?
    """
    params = {"Wh": 0.3 * torch.rand(nh, nx), "bh": torch.zeros(nh)}
    return {**params, "Wy": 0.3 * torch.rand(ny, nh), "by": torch.zeros(ny)}


@wrong("init_params")
def centred_uniform_weights(nx, nh, ny):
    """Mean and standard deviation are right, the shape of the distribution is not.
    It looks like a uniform distribution around 0.
    Which function draws from the normal distribution?
    """
    width = 2 * 0.3 * 3**0.5
    params = {"Wh": width * (torch.rand(nh, nx) - 0.5), "bh": torch.zeros(nh)}
    return {**params, "Wy": width * (torch.rand(ny, nh) - 0.5), "by": torch.zeros(ny)}


@wrong("init_params")
def variance_for_deviation(nx, nh, ny):
    """The weights have a standard deviation of about 0.09, which is 0.3 squared.
    It looks like the variance in the place of the standard deviation.
    By what is a standard normal number multiplied to have a given standard deviation?
    """
    params = {"Wh": 0.3**2 * torch.randn(nh, nx), "bh": torch.zeros(nh)}
    return {**params, "Wy": 0.3**2 * torch.randn(ny, nh), "by": torch.zeros(ny)}


@wrong("init_params")
def deviation_for_variance(nx, nh, ny):
    """The weights have a standard deviation of about 0.55, the root of 0.3.
    It looks like 0.3 taken for the variance.
    Is the number in the statement a variance or a standard deviation?
    """
    params = {"Wh": 0.3**0.5 * torch.randn(nh, nx), "bh": torch.zeros(nh)}
    return {**params, "Wy": 0.3**0.5 * torch.randn(ny, nh), "by": torch.zeros(ny)}


@wrong("init_params")
def zero_weights(nx, nh, ny):
    """All weights are 0.
    It looks like a start without any difference between the hidden units.
    What gradient do the hidden weights have when all weights are 0?
    """
    return {
        "Wh": torch.zeros(nh, nx),
        "bh": torch.zeros(nh),
        "Wy": torch.zeros(ny, nh),
        "by": torch.zeros(ny),
    }


@wrong("init_params")
def constant_weights(nx, nh, ny):
    """All weights have the same value.
    It looks like a start without any difference between the hidden units.
    What do two hidden units with equal weights learn?
    """
    params = {"Wh": 0.3 * torch.ones(nh, nx), "bh": torch.zeros(nh)}
    return {**params, "Wy": 0.3 * torch.ones(ny, nh), "by": torch.zeros(ny)}


@wrong("init_params")
def transposed_weights(nx, nh, ny):
    """The weights have the shapes (nx, nh) and (nh, ny).
    They are transposed.
    Compare with the table of shapes: a row of Wh belongs to one hidden unit.
    """
    params = {"Wh": 0.3 * torch.randn(nx, nh), "bh": torch.zeros(nh)}
    return {**params, "Wy": 0.3 * torch.randn(nh, ny), "by": torch.zeros(ny)}


@wrong("init_params")
def column_biases(nx, nh, ny):
    """The biases have the shapes (nh, 1) and (ny, 1).
    They are columns where vectors are asked for.
    Which axis of a (n_batch, nh) matrix does a column spread over?
    """
    params = {"Wh": 0.3 * torch.randn(nh, nx), "bh": torch.zeros(nh, 1)}
    return {**params, "Wy": 0.3 * torch.randn(ny, nh), "by": torch.zeros(ny, 1)}


@wrong("init_params")
def random_biases(nx, nh, ny):
    """Some biases do not start at 0.
    It looks like biases that are drawn as the weights are.
    The statement gives the start of the biases.
    """
    params = {"Wh": 0.3 * torch.randn(nh, nx), "bh": 0.3 * torch.randn(nh)}
    return {**params, "Wy": 0.3 * torch.randn(ny, nh), "by": 0.3 * torch.randn(ny)}


@wrong("init_params")
def seed_set_inside(nx, nh, ny):
    """Two calls give the same weights.
    It looks like a seed that is set inside the function.
    The notebook sets the seed before it calls: what do five runs with five seeds show then?
    """
    torch.manual_seed(0)
    params = {"Wh": 0.3 * torch.randn(nh, nx), "bh": torch.zeros(nh)}
    return {**params, "Wy": 0.3 * torch.randn(ny, nh), "by": torch.zeros(ny)}


@right("init_params")
def drawn_by_normal(nx, nh, ny):
    """torch.normal, another order, and a key more."""
    params = {"by": torch.zeros((ny,)), "Wy": torch.normal(0.0, 0.3, (ny, nh))}
    params["Wh"] = torch.empty(nh, nx).normal_(mean=0, std=0.3)
    params["bh"] = 0 * torch.ones(nh)
    params["sizes"] = torch.tensor([nx, nh, ny])
    return params


@right("init_params")
def numpy_and_float64(nx, nh, ny, scale=0.3, seed=None):
    """Drawn by numpy, in float64, with options of its own."""
    import numpy as np

    generator = np.random.default_rng(seed)
    shapes = [("Wh", (nh, nx)), ("Wy", (ny, nh))]
    params = {name: torch.tensor(generator.normal(0, scale, shape)) for name, shape in shapes}
    params.update({"bh": torch.zeros(nh).double(), "by": torch.zeros(ny).double()})
    return params


# ------------------------------------------------------------------- forward


@wrong("forward")
def hidden_bias_forgotten(params, X):
    """htilde differs by exactly bh, and everything after it.
    The bias of the hidden layer is not added.
    At the start biases are 0, so training does not show it at once: try other biases.
    """
    htilde = X @ params["Wh"].T
    h = torch.tanh(htilde)
    ytilde = h @ params["Wy"].T + params["by"]
    yhat = torch.softmax(ytilde, dim=1)
    return yhat, {"X": X, "htilde": htilde, "h": h, "ytilde": ytilde, "yhat": yhat}


@wrong("forward")
def output_bias_forgotten(params, X):
    """ytilde differs by exactly by; htilde and h are right.
    The bias of the output layer is not added.
    At the start biases are 0, so training does not show it at once: try other biases.
    """
    htilde = X @ params["Wh"].T + params["bh"]
    h = torch.tanh(htilde)
    ytilde = h @ params["Wy"].T
    yhat = torch.softmax(ytilde, dim=1)
    return yhat, {"X": X, "htilde": htilde, "h": h, "ytilde": ytilde, "yhat": yhat}


@wrong("forward")
def tanh_forgotten(params, X):
    """h equals htilde.
    There is no activation: the network is affine.
    What stands between the two layers in the statement?
    """
    htilde = X @ params["Wh"].T + params["bh"]
    ytilde = htilde @ params["Wy"].T + params["by"]
    yhat = torch.softmax(ytilde, dim=1)
    return yhat, {"X": X, "htilde": htilde, "h": htilde, "ytilde": ytilde, "yhat": yhat}


@wrong("forward")
def sigmoid_for_tanh(params, X):
    """h lies between 0 and 1; htilde is right.
    It looks like a sigmoid.
    Which activation does the statement ask for, and what is its value at 0?
    """
    htilde = X @ params["Wh"].T + params["bh"]
    h = torch.sigmoid(htilde)
    ytilde = h @ params["Wy"].T + params["by"]
    yhat = torch.softmax(ytilde, dim=1)
    return yhat, {"X": X, "htilde": htilde, "h": h, "ytilde": ytilde, "yhat": yhat}


@wrong("forward")
def relu_for_tanh(params, X):
    """h is never negative and not bounded; htilde is right.
    It looks like a ReLU.
    Which activation does the statement ask for?
    """
    htilde = X @ params["Wh"].T + params["bh"]
    h = torch.relu(htilde)
    ytilde = h @ params["Wy"].T + params["by"]
    yhat = torch.softmax(ytilde, dim=1)
    return yhat, {"X": X, "htilde": htilde, "h": h, "ytilde": ytilde, "yhat": yhat}


@wrong("forward")
def htilde_overwritten(params, X):
    """htilde equals h, and h is right.
    The step before the activation is lost.
    Did an operation in place, or a name that is used twice, overwrite it?
    """
    htilde = X @ params["Wh"].T + params["bh"]
    h = torch.tanh_(htilde)
    ytilde = h @ params["Wy"].T + params["by"]
    yhat = torch.softmax(ytilde, dim=1)
    return yhat, {"X": X, "htilde": htilde, "h": h, "ytilde": ytilde, "yhat": yhat}


@wrong("forward")
def softmax_over_the_batch(params, X):
    """The columns of yhat sum to 1, its rows do not.
    The softmax runs over the examples of the batch.
    Which axis runs over the classes?
    """
    htilde = X @ params["Wh"].T + params["bh"]
    h = torch.tanh(htilde)
    ytilde = h @ params["Wy"].T + params["by"]
    yhat = torch.softmax(ytilde, dim=0)
    return yhat, {"X": X, "htilde": htilde, "h": h, "ytilde": ytilde, "yhat": yhat}


@wrong("forward")
def softmax_over_everything(params, X):
    """All entries of yhat together sum to 1.
    The exponentials are divided by the sum of the whole matrix.
    Each row is a distribution of its own: which axis is summed, and is it kept?
    """
    htilde = X @ params["Wh"].T + params["bh"]
    h = torch.tanh(htilde)
    ytilde = h @ params["Wy"].T + params["by"]
    exponentials = torch.exp(ytilde - ytilde.max())
    yhat = exponentials / exponentials.sum()
    return yhat, {"X": X, "htilde": htilde, "h": h, "ytilde": ytilde, "yhat": yhat}


@wrong("forward")
def softmax_not_stable(params, X):
    """Right for small logits; nan or 0/0 for logits of 1000.
    The exponential overflows.
    What can be subtracted from a row without changing its softmax?
    """
    htilde = X @ params["Wh"].T + params["bh"]
    h = torch.tanh(htilde)
    ytilde = h @ params["Wy"].T + params["by"]
    yhat = torch.exp(ytilde) / torch.exp(ytilde).sum(dim=1, keepdim=True)
    return yhat, {"X": X, "htilde": htilde, "h": h, "ytilde": ytilde, "yhat": yhat}


@wrong("forward")
def largest_of_the_batch_subtracted(params, X):
    """Right as long as the rows of a batch are alike; nan for a row whose logits are far below another row's.
    It looks like one number subtracted from the whole batch.
    Whose maximum must be subtracted so that no row can underflow?
    """
    htilde = X @ params["Wh"].T + params["bh"]
    h = torch.tanh(htilde)
    ytilde = h @ params["Wy"].T + params["by"]
    exponentials = torch.exp(ytilde - ytilde.max())
    yhat = exponentials / exponentials.sum(dim=1, keepdim=True)
    return yhat, {"X": X, "htilde": htilde, "h": h, "ytilde": ytilde, "yhat": yhat}


@wrong("forward")
def softmax_twice(params, X):
    """The probabilities are too close to each other; ytilde is right.
    The softmax is applied to probabilities again.
    How many times is it applied on the way to yhat?
    """
    htilde = X @ params["Wh"].T + params["bh"]
    h = torch.tanh(htilde)
    ytilde = h @ params["Wy"].T + params["by"]
    yhat = torch.softmax(torch.softmax(ytilde, dim=1), dim=1)
    return yhat, {"X": X, "htilde": htilde, "h": h, "ytilde": ytilde, "yhat": yhat}


@wrong("forward")
def exponential_forgotten(params, X):
    """Some entries of yhat are negative, the rows sum to 1.
    The logits are divided by their sum, without the exponential.
    Compare with the definition of the softmax.
    """
    htilde = X @ params["Wh"].T + params["bh"]
    h = torch.tanh(htilde)
    ytilde = h @ params["Wy"].T + params["by"]
    yhat = ytilde / ytilde.sum(dim=1, keepdim=True)
    return yhat, {"X": X, "htilde": htilde, "h": h, "ytilde": ytilde, "yhat": yhat}


@wrong("forward")
def softmax_forgotten(params, X):
    """yhat equals ytilde.
    The logits are returned in the place of the probabilities.
    What must hold for the rows of yhat?
    """
    htilde = X @ params["Wh"].T + params["bh"]
    h = torch.tanh(htilde)
    ytilde = h @ params["Wy"].T + params["by"]
    return ytilde, {"X": X, "htilde": htilde, "h": h, "ytilde": ytilde, "yhat": ytilde}


@wrong("forward")
def logarithm_of_softmax(params, X):
    """All entries of yhat are negative.
    It looks like the logarithm of the softmax.
    What must hold for the rows of yhat?
    """
    htilde = X @ params["Wh"].T + params["bh"]
    h = torch.tanh(htilde)
    ytilde = h @ params["Wy"].T + params["by"]
    yhat = torch.log_softmax(ytilde, dim=1)
    return yhat, {"X": X, "htilde": htilde, "h": h, "ytilde": ytilde, "yhat": yhat}


@wrong("forward")
def sigmoid_for_softmax(params, X):
    """The rows of yhat do not sum to 1; ytilde is right.
    It looks like a sigmoid of each logit by itself.
    The probabilities of the classes of one example compete: what makes them sum to 1?
    """
    htilde = X @ params["Wh"].T + params["bh"]
    h = torch.tanh(htilde)
    ytilde = h @ params["Wy"].T + params["by"]
    yhat = torch.sigmoid(ytilde)
    return yhat, {"X": X, "htilde": htilde, "h": h, "ytilde": ytilde, "yhat": yhat}


@wrong("forward")
def inputs_changed(params, X):
    """X or a parameter was changed by the forward pass.
    It looks like an operation in place (+=, *=, or a name that ends with _).
    Which of your tensors is the argument itself?
    """
    X -= X.mean(dim=0)
    X += X.mean(dim=0)
    params["by"] *= 1.5
    htilde = X @ params["Wh"].T + params["bh"]
    h = torch.tanh(htilde)
    ytilde = h @ params["Wy"].T + params["by"] / 1.5
    yhat = torch.softmax(ytilde, dim=1)
    return yhat, {"X": X, "htilde": htilde, "h": h, "ytilde": ytilde, "yhat": yhat}


@right("forward")
def einsum_and_functional(params, X):
    """Sums over named axes, softmax of torch.nn.functional, another order of the keys, a key more, a print."""
    htilde = torch.einsum("bi,hi->bh", X, params["Wh"]) + params["bh"].view(1, -1)
    outputs = {"htilde": htilde, "h": htilde.tanh()}
    outputs["ytilde"] = torch.addmm(params["by"], outputs["h"], params["Wy"].t())
    outputs["yhat"] = torch.nn.functional.softmax(outputs["ytilde"], dim=-1)
    outputs["X"] = X
    outputs["n_batch"] = X.shape[0]
    print("shapes", {k: v.shape for k, v in outputs.items() if k != "n_batch"})
    return outputs["yhat"], outputs


@right("forward")
def loops_over_examples(params, X):
    """One example at a time, softmax with the largest logit of the row subtracted."""
    rows = {"htilde": [], "h": [], "ytilde": [], "yhat": []}
    for x in X:
        htilde = params["Wh"].mv(x) + params["bh"]
        h = (torch.exp(2 * htilde.clamp(-30, 30)) - 1) / (torch.exp(2 * htilde.clamp(-30, 30)) + 1)
        ytilde = params["Wy"].mv(h) + params["by"]
        e = torch.exp(ytilde - max(ytilde))
        for name, value in zip(rows, (htilde, h, ytilde, e / sum(e)), strict=True):
            rows[name].append(value)
    outputs = {name: torch.stack(values) for name, values in rows.items()}
    outputs["X"] = X.clone()
    return outputs["yhat"], outputs


@right("forward")
def small_epsilon_in_softmax(params, X):
    """A small number in the denominator of the softmax."""
    outputs = {"X": X, "htilde": torch.matmul(X, torch.transpose(params["Wh"], 0, 1)) + params["bh"]}
    outputs["h"] = torch.tanh(outputs["htilde"])
    outputs["ytilde"] = torch.matmul(outputs["h"], torch.transpose(params["Wy"], 0, 1)) + params["by"]
    e = torch.exp(outputs["ytilde"] - torch.max(outputs["ytilde"], dim=1, keepdim=True).values)
    outputs["yhat"] = e / (torch.sum(e, dim=1).unsqueeze(1) + 1e-8)
    return outputs["yhat"], outputs


@right("forward")
def softmax_by_log_sum(params, X, verbose=False):
    """The softmax as the exponential of a logarithm; an argument more."""
    outputs = dict(X=X)
    outputs["htilde"] = torch.mm(X, params["Wh"].T) + params["bh"]
    outputs["h"] = 2 * torch.sigmoid(2 * outputs["htilde"]) - 1
    outputs["ytilde"] = torch.mm(outputs["h"], params["Wy"].T) + params["by"]
    outputs["yhat"] = torch.exp(outputs["ytilde"] - torch.logsumexp(outputs["ytilde"], 1, keepdim=True))
    return outputs["yhat"], outputs


# ------------------------------------------------------------- loss_accuracy


@wrong("loss_accuracy")
def loss_summed_over_the_batch(Yhat, Y):
    """The loss is the batch size times too large; the accuracy is right.
    It looks like a sum over the examples.
    What does the loss of a batch do with the losses of its examples?
    """
    return -(Y * torch.log(Yhat)).sum(), (Yhat.argmax(1) == Y.argmax(1)).double().mean()


@wrong("loss_accuracy")
def loss_averaged_over_all_entries(Yhat, Y):
    """The loss is the number of classes times too small; the accuracy is right.
    It looks like a mean over all entries of the matrix.
    The classes of a row are summed; what is averaged?
    """
    return -(Y * torch.log(Yhat)).mean(), (Yhat.argmax(1) == Y.argmax(1)).double().mean()


@wrong("loss_accuracy")
def sign_of_the_loss_forgotten(Yhat, Y):
    """The loss is negative; its size is right.
    The minus sign is missing.
    Which sign has the logarithm of a probability?
    """
    return (Y * torch.log(Yhat)).sum(1).mean(), (Yhat.argmax(1) == Y.argmax(1)).double().mean()


@wrong("loss_accuracy")
def softmax_in_the_loss(Yhat, Y):
    """The loss never comes near 0, however good the predictions.
    It looks like a softmax of what are probabilities already.
    What does Yhat hold when it arrives here?
    """
    return -(Y * torch.log_softmax(Yhat, 1)).sum(1).mean(), (Yhat.argmax(1) == Y.argmax(1)).double().mean()


@wrong("loss_accuracy")
def logarithm_of_base_ten(Yhat, Y):
    """The loss is 0.4343 times the expected.
    It looks like a logarithm of base 10.
    Which logarithm is the derivative of the statement made for?
    """
    return -(Y * torch.log10(Yhat)).sum(1).mean(), (Yhat.argmax(1) == Y.argmax(1)).double().mean()


@wrong("loss_accuracy")
def wrong_classes_counted_too(Yhat, Y):
    """The loss is too large; the accuracy is right.
    It looks like the cross-entropy of each class by itself, which also counts the classes that are not the right one.
    Which entries of yhat does the statement's sum keep when y is one-hot?
    """
    losses = Y * torch.log(Yhat) + (1 - Y) * torch.log(1 - Yhat)
    return -losses.sum(1).mean(), (Yhat.argmax(1) == Y.argmax(1)).double().mean()


@wrong("loss_accuracy")
def squared_error(Yhat, Y):
    """The loss stays below 2 even for a confident mistake; the accuracy is right.
    It looks like a squared error.
    Which loss does the statement define?
    """
    return ((Yhat - Y) ** 2).sum(1).mean(), (Yhat.argmax(1) == Y.argmax(1)).double().mean()


@wrong("loss_accuracy")
def roles_exchanged(Yhat, Y):
    """The loss is infinite or far too large; the accuracy is right.
    It looks like the logarithm of the targets.
    Of which of the two is the logarithm taken?
    """
    return -(Yhat * torch.log(Y + 1e-12)).sum(1).mean(), (Yhat.argmax(1) == Y.argmax(1)).double().mean()


@wrong("loss_accuracy")
def accuracy_in_percent(Yhat, Y):
    """The accuracy is exactly 100 times the expected; the loss is right.
    It is a percentage where a fraction is asked for.
    Between which two numbers does the statement put the accuracy?
    """
    return -(Y * torch.log(Yhat)).sum(1).mean(), 100 * (Yhat.argmax(1) == Y.argmax(1)).double().mean()


@wrong("loss_accuracy")
def accuracy_as_a_count(Yhat, Y):
    """The accuracy is the number of right predictions; the loss is right.
    It is a count where a share is asked for.
    Between which two numbers does the statement put the accuracy?
    """
    return -(Y * torch.log(Yhat)).sum(1).mean(), (Yhat.argmax(1) == Y.argmax(1)).double().sum()


@wrong("loss_accuracy")
def accuracy_by_entries(Yhat, Y):
    """The accuracy is too high with more than two classes; with two classes it is right.
    It looks like a comparison entry by entry: most entries of a one-hot row are 0 whatever the class.
    Compare one class number per example.
    """
    rounded = torch.eye(Y.shape[1], dtype=Y.dtype)[Yhat.argmax(1)]
    return -(Y * torch.log(Yhat)).sum(1).mean(), (rounded == Y).double().mean()


@wrong("loss_accuracy")
def accuracy_by_rounding(Yhat, Y):
    """The accuracy is too low when no probability of a row is above one half.
    It looks like probabilities that are rounded.
    Is the most probable class always more probable than one half?
    """
    right_rows = (Yhat.round() == Y).all(dim=1)
    return -(Y * torch.log(Yhat)).sum(1).mean(), right_rows.double().mean()


@wrong("loss_accuracy")
def accuracy_over_the_examples(Yhat, Y):
    """The accuracy compares one number per class, not per example.
    It looks like the largest entry along the wrong axis.
    Along which axis are the classes?
    """
    return -(Y * torch.log(Yhat)).sum(1).mean(), (Yhat.argmax(0) == Y.argmax(0)).double().mean()


@wrong("loss_accuracy")
def error_rate(Yhat, Y):
    """The accuracy is high where it should be low.
    It looks like the share of wrong predictions.
    What does the comparison count?
    """
    return -(Y * torch.log(Yhat)).sum(1).mean(), (Yhat.argmax(1) != Y.argmax(1)).double().mean()


@wrong("loss_accuracy")
def results_exchanged(Yhat, Y):
    """The loss and the accuracy are in the other order.
    The pair that is returned is turned around.
    Look at the return line and at the statement.
    """
    return (Yhat.argmax(1) == Y.argmax(1)).double().mean(), -(Y * torch.log(Yhat)).sum(1).mean()


@wrong("loss_accuracy")
def predictions_changed(Yhat, Y):
    """Yhat or Y was changed by loss_accuracy.
    It looks like an operation in place (+=, or a name that ends with _).
    What does the notebook find in its predictions afterwards?
    """
    Yhat += 1e-10
    return -(Y * Yhat.log()).sum(1).mean(), (Yhat.argmax(1) == Y.argmax(1)).float().mean()


@right("loss_accuracy")
def python_floats(Yhat, Y):
    """Loops, plain Python numbers."""
    import math

    losses, hits = [], 0
    for p, y in zip(Yhat.tolist(), Y.tolist(), strict=True):
        losses.append(-math.log(p[y.index(max(y))]))
        hits += p.index(max(p)) == y.index(max(y))
    return sum(losses) / len(losses), hits / len(losses)


@right("loss_accuracy")
def picked_by_index(Yhat, Y):
    """The probability of the right class picked by its index; accuracy in float32; clamped for safety."""
    _, right_class = torch.max(Y, dim=1)
    picked = Yhat[torch.arange(Y.size(0)), right_class].clamp_min(1e-300)
    _, predicted = torch.max(Yhat, 1)
    return -picked.log().mean(), torch.eq(predicted, right_class).float().mean()


@right("loss_accuracy")
def small_epsilon(Yhat, Y):
    """A small number inside the logarithm, against its infinity."""
    L = -(Y * torch.log(Yhat + 1e-8)).sum(dim=1).mean()
    return L, (torch.max(Yhat, 1).indices == torch.max(Y, 1).indices).sum().item() / len(Y)


@right("loss_accuracy")
def numpy_accuracy(Yhat, Y):
    """Accuracy by numpy, loss divided by the number of rows."""
    import numpy as np

    L = -torch.sum(Y * Yhat.log()) / Y.shape[0]
    return L, np.mean(np.argmax(Yhat.numpy(), 1) == np.argmax(Y.numpy(), 1))


# ------------------------------------------------------------------ backward


@wrong("backward")
def gradient_not_averaged(params, outputs, Y):
    """Every gradient is the batch size times too large.
    It looks like a sum over the batch, while the loss is a mean.
    What does the mean bring when the loss is differentiated?
    """
    error_y = outputs["yhat"] - Y
    error_h = error_y @ params["Wy"] * (1 - outputs["h"] ** 2)
    return {
        "Wh": error_h.T @ outputs["X"],
        "bh": error_h.sum(0),
        "Wy": error_y.T @ outputs["h"],
        "by": error_y.sum(0),
    }


@wrong("backward")
def gradient_averaged_twice(params, outputs, Y):
    """Every gradient is the batch size times too small.
    It looks like a mean that is taken twice.
    Count the divisions by the batch size on the way to one gradient.
    """
    error_y = (outputs["yhat"] - Y) / len(Y)
    error_h = error_y @ params["Wy"] * (1 - outputs["h"] ** 2)
    grads = {
        "Wh": error_h.T @ outputs["X"],
        "bh": error_h.sum(0),
        "Wy": error_y.T @ outputs["h"],
        "by": error_y.sum(0),
    }
    return {name: grad / len(Y) for name, grad in grads.items()}


@wrong("backward")
def gradient_averaged_over_classes_too(params, outputs, Y):
    """Every gradient is the number of classes times too small.
    It looks like the gradient of a mean over all entries.
    Which axis does the mean of the loss run over?
    """
    error_y = (outputs["yhat"] - Y) / Y.numel()
    error_h = error_y @ params["Wy"] * (1 - outputs["h"] ** 2)
    return {
        "Wh": error_h.T @ outputs["X"],
        "bh": error_h.sum(0),
        "Wy": error_y.T @ outputs["h"],
        "by": error_y.sum(0),
    }


@wrong("backward")
def sign_of_the_error_turned(params, outputs, Y):
    """Every gradient is exactly -1 times the expected.
    The error of the outputs has the wrong sign.
    Should the loss grow or shrink when the probability of a wrong class grows?
    """
    error_y = (Y - outputs["yhat"]) / len(Y)
    error_h = error_y @ params["Wy"] * (1 - outputs["h"] ** 2)
    return {
        "Wh": error_h.T @ outputs["X"],
        "bh": error_h.sum(0),
        "Wy": error_y.T @ outputs["h"],
        "by": error_y.sum(0),
    }


@wrong("backward")
def tanh_derivative_missing(params, outputs, Y):
    """Wy and by are right, Wh and bh are not.
    The error goes back to h, but not through the tanh.
    What lies between h and htilde?
    """
    error_y = (outputs["yhat"] - Y) / len(Y)
    error_h = error_y @ params["Wy"]
    return {
        "Wh": error_h.T @ outputs["X"],
        "bh": error_h.sum(0),
        "Wy": error_y.T @ outputs["h"],
        "by": error_y.sum(0),
    }


@wrong("backward")
def tanh_derivative_at_htilde(params, outputs, Y):
    """Wy and by are right, Wh and bh are not.
    The formula of the derivative of tanh is used with htilde in the place of h.
    Of which of the two is the square taken?
    """
    error_y = (outputs["yhat"] - Y) / len(Y)
    error_h = error_y @ params["Wy"] * (1 - outputs["htilde"] ** 2)
    return {
        "Wh": error_h.T @ outputs["X"],
        "bh": error_h.sum(0),
        "Wy": error_y.T @ outputs["h"],
        "by": error_y.sum(0),
    }


@wrong("backward")
def tanh_applied_again(params, outputs, Y):
    """Wy and by are right, Wh and bh are a little off.
    The derivative of tanh is taken at h in the place of htilde.
    Is a tanh applied to what has been through it already?
    """
    error_y = (outputs["yhat"] - Y) / len(Y)
    error_h = error_y @ params["Wy"] * (1 - torch.tanh(outputs["h"]) ** 2)
    return {
        "Wh": error_h.T @ outputs["X"],
        "bh": error_h.sum(0),
        "Wy": error_y.T @ outputs["h"],
        "by": error_y.sum(0),
    }


@wrong("backward")
def square_in_tanh_derivative_missing(params, outputs, Y):
    """Wy and by are right, Wh and bh are not.
    The derivative of tanh lacks its square.
    Derive tanh once more from its definition.
    """
    error_y = (outputs["yhat"] - Y) / len(Y)
    error_h = error_y @ params["Wy"] * (1 - outputs["h"])
    return {
        "Wh": error_h.T @ outputs["X"],
        "bh": error_h.sum(0),
        "Wy": error_y.T @ outputs["h"],
        "by": error_y.sum(0),
    }


@wrong("backward")
def sigmoid_derivative(params, outputs, Y):
    """Wy and by are right, Wh and bh are not.
    It looks like the derivative of a sigmoid.
    Which activation does the hidden layer have?
    """
    error_y = (outputs["yhat"] - Y) / len(Y)
    error_h = error_y @ params["Wy"] * outputs["h"] * (1 - outputs["h"])
    return {
        "Wh": error_h.T @ outputs["X"],
        "bh": error_h.sum(0),
        "Wy": error_y.T @ outputs["h"],
        "by": error_y.sum(0),
    }


@wrong("backward")
def softmax_derivative_twice(params, outputs, Y):
    """Every gradient is too small, by a factor that depends on the prediction.
    The derivative of the softmax is put in once more.
    Your formula of question 2 already contains the softmax: of what is it the derivative?
    """
    error_y = (outputs["yhat"] - Y) * outputs["yhat"] * (1 - outputs["yhat"]) / len(Y)
    error_h = error_y @ params["Wy"] * (1 - outputs["h"] ** 2)
    return {
        "Wh": error_h.T @ outputs["X"],
        "bh": error_h.sum(0),
        "Wy": error_y.T @ outputs["h"],
        "by": error_y.sum(0),
    }


@wrong("backward")
def logits_for_probabilities(params, outputs, Y):
    """The gradient of by does not sum to 0, and nothing is right.
    The error is taken from ytilde.
    Which output is compared with the targets?
    """
    error_y = (outputs["ytilde"] - Y) / len(Y)
    error_h = error_y @ params["Wy"] * (1 - outputs["h"] ** 2)
    return {
        "Wh": error_h.T @ outputs["X"],
        "bh": error_h.sum(0),
        "Wy": error_y.T @ outputs["h"],
        "by": error_y.sum(0),
    }


@wrong("backward")
def derivative_with_respect_to_yhat(params, outputs, Y):
    """Only the column of the right class has an error.
    It looks like the derivative of the loss with respect to yhat, without the way back through the softmax.
    What is between ytilde and yhat?
    """
    error_y = -Y / outputs["yhat"] / len(Y)
    error_h = error_y @ params["Wy"] * (1 - outputs["h"] ** 2)
    return {
        "Wh": error_h.T @ outputs["X"],
        "bh": error_h.sum(0),
        "Wy": error_y.T @ outputs["h"],
        "by": error_y.sum(0),
    }


@wrong("backward")
def weight_gradients_transposed(params, outputs, Y):
    """The gradients of Wh and Wy have rows and columns exchanged.
    They are transposed.
    A gradient has the shape of its parameter.
    """
    error_y = (outputs["yhat"] - Y) / len(Y)
    error_h = error_y @ params["Wy"] * (1 - outputs["h"] ** 2)
    return {
        "Wh": outputs["X"].T @ error_h,
        "bh": error_h.sum(0),
        "Wy": outputs["h"].T @ error_y,
        "by": error_y.sum(0),
    }


@wrong("backward")
def transpose_that_needs_equal_sizes(params, outputs, Y):
    """It runs only when the batch has as many rows as there are hidden units, and is wrong even then.
    h is transposed once too often in a product.
    Write the shapes of the two sides below each other with a batch of 5 and 4 hidden units.
    """
    error_y = (outputs["yhat"] - Y) / len(Y)
    error_h = error_y @ params["Wy"] * (1 - outputs["h"] ** 2)
    grads = {"Wh": error_h.T @ outputs["X"], "bh": error_h.sum(0), "by": error_y.sum(0)}
    return {**grads, "Wy": error_y.T @ outputs["h"].T}


@wrong("backward")
def bias_gradients_not_summed(params, outputs, Y):
    """The gradients of the biases have one row for each example.
    They are not summed over the batch.
    A gradient has the shape of its parameter.
    """
    error_y = (outputs["yhat"] - Y) / len(Y)
    error_h = error_y @ params["Wy"] * (1 - outputs["h"] ** 2)
    return {"Wh": error_h.T @ outputs["X"], "bh": error_h, "Wy": error_y.T @ outputs["h"], "by": error_y}


@wrong("backward")
def bias_gradients_summed_over_units(params, outputs, Y):
    """The gradients of the biases have one entry for each example, and that of by is 0 everywhere.
    The sum runs over the wrong axis.
    Over which axis are the examples?
    """
    error_y = (outputs["yhat"] - Y) / len(Y)
    error_h = error_y @ params["Wy"] * (1 - outputs["h"] ** 2)
    return {
        "Wh": error_h.T @ outputs["X"],
        "bh": error_h.sum(1),
        "Wy": error_y.T @ outputs["h"],
        "by": error_y.sum(1),
    }


@wrong("backward")
def bias_gradients_averaged_again(params, outputs, Y):
    """The gradients of the weights are right, those of the biases are the batch size times too small.
    A mean is taken of what is divided by the batch size already.
    Is the last operation on the biases a sum or a mean?
    """
    error_y = (outputs["yhat"] - Y) / len(Y)
    error_h = error_y @ params["Wy"] * (1 - outputs["h"] ** 2)
    return {
        "Wh": error_h.T @ outputs["X"],
        "bh": error_h.mean(0),
        "Wy": error_y.T @ outputs["h"],
        "by": error_y.mean(0),
    }


@wrong("backward")
def only_weight_gradients_averaged(params, outputs, Y):
    """The gradients of the weights are right, those of the biases are the batch size times too large.
    The mean is taken for the weights only.
    Where is the best place to divide by the batch size, once for all?
    """
    n, error_y = len(Y), outputs["yhat"] - Y
    error_h = error_y @ params["Wy"] * (1 - outputs["h"] ** 2)
    grads = {"Wh": error_h.T @ outputs["X"] / n, "Wy": error_y.T @ outputs["h"] / n}
    return {**grads, "bh": error_h.sum(0), "by": error_y.sum(0)}


@wrong("backward")
def hidden_gradients_averaged_twice(params, outputs, Y):
    """Wy and by are right, Wh and bh are the batch size times too small.
    The mean is taken once more in the hidden layer.
    The error that travels back contains the mean already.
    """
    n, error_y = len(Y), (outputs["yhat"] - Y) / len(Y)
    error_h = error_y @ params["Wy"] * (1 - outputs["h"] ** 2)
    grads = {"Wh": error_h.T @ outputs["X"] / n, "bh": error_h.sum(0) / n}
    return {**grads, "Wy": error_y.T @ outputs["h"], "by": error_y.sum(0)}


@wrong("backward")
def htilde_for_h(params, outputs, Y):
    """by, Wh and bh are right, Wy is not.
    The gradient of Wy is made with htilde.
    What does the output layer receive: h or htilde?
    """
    error_y = (outputs["yhat"] - Y) / len(Y)
    error_h = error_y @ params["Wy"] * (1 - outputs["h"] ** 2)
    grads = {"Wh": error_h.T @ outputs["X"], "bh": error_h.sum(0), "by": error_y.sum(0)}
    return {**grads, "Wy": error_y.T @ outputs["htilde"]}


@wrong("backward")
def batch_size_fixed(params, outputs, Y):
    """The gradients are right for batches of 10 only.
    It looks like a batch size written into the code, or taken from a variable of the notebook.
    Where can the function read the size of this batch?
    """
    error_y = (outputs["yhat"] - Y) / 10
    error_h = error_y @ params["Wy"] * (1 - outputs["h"] ** 2)
    return {
        "Wh": error_h.T @ outputs["X"],
        "bh": error_h.sum(0),
        "Wy": error_y.T @ outputs["h"],
        "by": error_y.sum(0),
    }


@wrong("backward")
def outputs_changed(params, outputs, Y):
    """params, outputs or Y was changed by the backward pass.
    It looks like an operation in place (+=, -=, or a name that ends with _).
    Which of your tensors is the argument itself?
    """
    error_y = outputs["yhat"]
    error_y -= Y
    error_y = error_y / len(Y)
    error_h = error_y @ params["Wy"] * (1 - outputs["h"] ** 2)
    return {
        "Wh": error_h.T @ outputs["X"],
        "bh": error_h.sum(0),
        "Wy": error_y.T @ outputs["h"],
        "by": error_y.sum(0),
    }


@right("backward")
def einsum_everywhere(params, outputs, Y):
    """Sums over named axes; the mean is taken at the end."""
    n = Y.size(0)
    delta = outputs["yhat"] - Y
    back = torch.einsum("bk,kh->bh", delta, params["Wy"])
    hidden = back * (1 - torch.pow(outputs["h"], 2))
    grads = {"Wy": torch.einsum("bk,bh->kh", delta, outputs["h"]), "by": torch.einsum("bk->k", delta)}
    grads["Wh"] = torch.einsum("bh,bi->hi", hidden, outputs["X"])
    grads["bh"] = hidden.sum(dim=0)
    return {name: g / n for name, g in grads.items()}


@right("backward")
def example_by_example(params, outputs, Y):
    """A loop over the examples with outer products, and a print."""
    grads = {name: torch.zeros_like(value) for name, value in params.items()}
    n = len(Y)
    for i in range(n):
        delta = (outputs["yhat"][i] - Y[i]) / n
        hidden = (params["Wy"].T @ delta) / torch.cosh(outputs["htilde"][i]) ** 2
        grads["Wy"] += torch.outer(delta, outputs["h"][i])
        grads["by"] += delta
        grads["Wh"] += torch.outer(hidden, outputs["X"][i])
        grads["bh"] += hidden
    print("done", n)
    return grads


@right("backward")
def biases_kept_as_rows(params, outputs, Y):
    """Gradients of the biases of shape (1, n), and more keys than asked for."""
    bsize = outputs["X"].shape[0]
    dytilde = (outputs["yhat"] - Y) / bsize
    dh = torch.matmul(dytilde, params["Wy"])
    dhtilde = dh - dh * outputs["h"].square()
    grads = {"Wy": dytilde.t() @ outputs["h"], "by": dytilde.sum(0, keepdim=True)}
    grads.update({"Wh": dhtilde.t() @ outputs["X"], "bh": dhtilde.sum(0, keepdim=True)})
    grads["htilde"] = dhtilde
    return grads


@right("backward")
def means_of_stacked_products(params, outputs, Y):
    """Batched products, averaged over the first axis."""
    delta = outputs["yhat"] - Y
    hidden = (1 - outputs["h"] ** 2) * (delta @ params["Wy"])
    grads = {"Wy": (delta[:, :, None] * outputs["h"][:, None, :]).mean(0), "by": delta.mean(0)}
    return {**grads, "Wh": (hidden[:, :, None] * outputs["X"][:, None, :]).mean(0), "bh": hidden.mean(0)}


@right("backward")
def in_float64(params, outputs, Y):
    """Computed in float64, whatever comes in."""
    p = {k: v.double() for k, v in params.items()}
    o = {k: v.double() for k, v in outputs.items()}
    delta = (o["yhat"] - Y.double()) / Y.shape[0]
    hidden = torch.mm(delta, p["Wy"]) * (1 - o["h"] * o["h"])
    return {"Wy": delta.T @ o["h"], "by": delta.sum(0), "Wh": hidden.T @ o["X"], "bh": hidden.sum(0)}


# ----------------------------------------------------------------------- sgd


@wrong("sgd")
def step_uphill(params, grads, eta):
    """The parameters move the wrong way.
    The gradient is added.
    Where does the gradient point: up or down?
    """
    return {name: value + eta * grads[name] for name, value in params.items()}


@wrong("sgd")
def learning_rate_forgotten(params, grads, eta):
    """The step does not depend on eta.
    The whole gradient is subtracted.
    Where does eta enter?
    """
    return {name: value - grads[name] for name, value in params.items()}


@wrong("sgd")
def learning_rate_fixed(params, grads, eta):
    """The step does not depend on eta.
    It looks like a learning rate written into the code, or taken from a variable of the notebook.
    Which eta does the function use?
    """
    return {name: value - 0.03 * grads[name] for name, value in params.items()}


@wrong("sgd")
def nothing_returned(params, grads, eta):
    """sgd returned None.
    The updated dictionary is not returned.
    Look at the last line of the function.
    """
    for name in params:
        params[name] = params[name] - eta * grads[name]


@wrong("sgd")
def parameters_do_not_move(params, grads, eta):
    """The parameters come back as they went in.
    The new tensors are bound to a local name only.
    What does the dictionary hold after the loop?
    """
    for name, value in params.items():
        value = value - eta * grads[name]
    return params


@wrong("sgd")
def biases_not_updated(params, grads, eta):
    """Wh and Wy are right, the biases stay as they were.
    Only the weights are updated.
    Which parameters have gradients?
    """
    return {name: value - eta * grads[name] if name[0] == "W" else value for name, value in params.items()}


@wrong("sgd")
def step_in_place_of_parameters(params, grads, eta):
    """The result does not depend on the parameters.
    The step is returned, not the parameters after it.
    From where is the step taken?
    """
    return {name: -eta * grads[name] for name in params}


@wrong("sgd")
def gradient_multiplied(params, grads, eta):
    """The step depends on the size of the parameter.
    The parameter is multiplied by the gradient.
    Write one update with numbers: 2 with gradient 10 and rate 0.1.
    """
    return {name: value * (1 - eta * grads[name]) for name, value in params.items()}


@wrong("sgd")
def sign_of_the_gradient(params, grads, eta):
    """All steps have the same length.
    Only the sign of the gradient is used.
    Should a large gradient move a parameter further than a small one?
    """
    return {name: value - eta * torch.sign(grads[name]) for name, value in params.items()}


@wrong("sgd")
def gradients_changed(params, grads, eta):
    """The gradients were changed by sgd.
    It looks like an operation in place on grads.
    Which tensors may the step change?
    """
    for name in params:
        params[name] = params[name] - grads[name].mul_(eta)
    return params


@wrong("sgd")
def gradients_paired_by_position(params, grads, eta):
    """Parameters move along the gradients of others, or the shapes do not fit.
    It looks like the values of the two dictionaries taken side by side.
    Whose gradient stands first when the two dictionaries have their keys in different orders?
    """
    pairs = zip(params, params.values(), grads.values())
    return {name: value - eta * grad for name, value, grad in pairs}


@wrong("sgd")
def gradients_clipped(params, grads, eta):
    """Small gradients are followed, large ones only in part.
    It looks like gradients that are cut off at a bound.
    Is there a bound in the formula of the step?
    """
    return {name: value - eta * grads[name].clamp(-5, 5) for name, value in params.items()}


@right("sgd")
def in_place(params, grads, eta):
    """The tensors that are given are changed."""
    for key in params:
        params[key] -= eta * grads[key]
    return params


@right("sgd")
def through_data(params, grads, eta):
    """The old way, through .data."""
    for name, g in grads.items():
        params[name].data = params[name].data.add(g, alpha=-eta)
    return params


@right("sgd")
def four_lines(params, grads, eta=0.03, verbose=False):
    """Rebinding in the dictionary, one line for each, with options of its own."""
    params["Wh"] = params["Wh"] - eta * grads["Wh"]
    params["bh"] = params["bh"] - eta * grads["bh"]
    params["Wy"] = params["Wy"] - eta * grads["Wy"]
    params["by"] = params["by"] - eta * grads["by"]
    if verbose:
        print("moved")
    return params


# --------------------------------------------------------------------- train


@wrong("train")
def short_batch_dropped(params, X, Y, X_test, Y_test, eta, n_batch, n_epochs, seed):
    """The training loss is not one that an epoch over the whole set can leave.
    It looks as if the last, shorter batch was left out.
    Count the examples of an epoch when the batch size does not divide their number.
    """
    torch.manual_seed(seed)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    for _ in range(n_epochs):
        order = torch.randperm(len(X))
        for j in range(len(X) // n_batch):
            batch = order[j * n_batch : (j + 1) * n_batch]
            params = sgd(params, backward(params, forward(params, X[batch])[1], Y[batch]), eta)
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(forward(params, inputs)[0], targets)
            curves[f"loss_{name}"].append(float(L))
            curves[f"acc_{name}"].append(float(acc))
    return params, curves


@wrong("train")
def pairs_broken(params, X, Y, X_test, Y_test, eta, n_batch, n_epochs, seed):
    """The training loss is not one that an epoch over the whole set can leave.
    It looks as if examples met the targets of others.
    Print a row of X and of Y before and after the shuffle.
    """
    torch.manual_seed(seed)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    for _ in range(n_epochs):
        shuffled = X[torch.randperm(len(X))]
        for j in range(0, len(X), n_batch):
            outputs = forward(params, shuffled[j : j + n_batch])[1]
            params = sgd(params, backward(params, outputs, Y[j : j + n_batch]), eta)
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(forward(params, inputs)[0], targets)
            curves[f"loss_{name}"].append(float(L))
            curves[f"acc_{name}"].append(float(acc))
    return params, curves


@wrong("train")
def same_order_every_epoch(params, X, Y, X_test, Y_test, eta, n_batch, n_epochs, seed):
    """All epochs have the same batches.
    It looks like an order that is drawn once, or never.
    Where is the order drawn: before the epochs, or in each of them?
    """
    torch.manual_seed(seed)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    order = torch.randperm(len(X))
    for _ in range(n_epochs):
        for batch in order.split(n_batch):
            params = sgd(params, backward(params, forward(params, X[batch])[1], Y[batch]), eta)
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(forward(params, inputs)[0], targets)
            curves[f"loss_{name}"].append(float(L))
            curves[f"acc_{name}"].append(float(acc))
    return params, curves


@wrong("train")
def first_epoch_not_shuffled(params, X, Y, X_test, Y_test, eta, n_batch, n_epochs, seed):
    """The first epoch visits the examples in the order in which they are given.
    It looks like a shuffle at the end of an epoch.
    What is the order of the first epoch, before anything was shuffled?
    """
    torch.manual_seed(seed)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    order = torch.arange(len(X))
    for _ in range(n_epochs):
        for batch in order.split(n_batch):
            params = sgd(params, backward(params, forward(params, X[batch])[1], Y[batch]), eta)
        order = torch.randperm(len(X))
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(forward(params, inputs)[0], targets)
            curves[f"loss_{name}"].append(float(L))
            curves[f"acc_{name}"].append(float(acc))
    return params, curves


@wrong("train")
def batches_shuffled_instead_of_examples(params, X, Y, X_test, Y_test, eta, n_batch, n_epochs, seed):
    """In every epoch the batches are those of the examples as they are given, in another sequence.
    It looks like batches that are cut first and shuffled then.
    What is shuffled: the examples, or the batches?
    """
    torch.manual_seed(seed)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    batches = torch.arange(len(X)).split(n_batch)
    for _ in range(n_epochs):
        for batch in [batches[k] for k in torch.randperm(len(batches))]:
            params = sgd(params, backward(params, forward(params, X[batch])[1], Y[batch]), eta)
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(forward(params, inputs)[0], targets)
            curves[f"loss_{name}"].append(float(L))
            curves[f"acc_{name}"].append(float(acc))
    return params, curves


@wrong("train")
def stops_when_the_loss_stays(params, X, Y, X_test, Y_test, eta, n_batch, n_epochs, seed):
    """The curves are shorter than the number of epochs that was asked for.
    It looks like a loop that ends when the loss hardly changes.
    How many epochs does the caller ask for, and how many numbers does each list get?
    """
    torch.manual_seed(seed)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    for _ in range(n_epochs):
        for batch in torch.randperm(len(X)).split(n_batch):
            params = sgd(params, backward(params, forward(params, X[batch])[1], Y[batch]), eta)
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(forward(params, inputs)[0], targets)
            curves[f"loss_{name}"].append(float(L))
            curves[f"acc_{name}"].append(float(acc))
        if len(curves["loss_train"]) > 1 and abs(curves["loss_train"][-1] - curves["loss_train"][-2]) < 1e-6:
            break
    return params, curves


@wrong("train")
def drawn_with_replacement(params, X, Y, X_test, Y_test, eta, n_batch, n_epochs, seed):
    """The training loss is not one that an epoch over the whole set can leave.
    It looks as if an example was visited twice in an epoch, and another one not at all.
    Draw an order of all examples once per epoch, and cut it into batches.
    """
    torch.manual_seed(seed)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    for _ in range(n_epochs):
        for batch in torch.randint(len(X), (len(X),)).split(n_batch):
            params = sgd(params, backward(params, forward(params, X[batch])[1], Y[batch]), eta)
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(forward(params, inputs)[0], targets)
            curves[f"loss_{name}"].append(float(L))
            curves[f"acc_{name}"].append(float(acc))
    return params, curves


@wrong("train")
def one_update_per_epoch(params, X, Y, X_test, Y_test, eta, n_batch, n_epochs, seed):
    """The training loss is not one that an epoch over the whole set can leave.
    It looks like a single update per epoch.
    The batches are there to make many updates: where does n_batch enter?
    """
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    for _ in range(n_epochs):
        params = sgd(params, backward(params, forward(params, X)[1], Y), eta)
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(forward(params, inputs)[0], targets)
            curves[f"loss_{name}"].append(float(L))
            curves[f"acc_{name}"].append(float(acc))
    return params, curves


@wrong("train")
def measured_before_the_epoch(params, X, Y, X_test, Y_test, eta, n_batch, n_epochs, seed):
    """The training loss is not one that an epoch over the whole set can leave.
    It looks like the loss before the epoch's updates, or as if nothing was updated.
    At which point of the loop are the curves measured, and what does each update leave?
    """
    torch.manual_seed(seed)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    for _ in range(n_epochs):
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(forward(params, inputs)[0], targets)
            curves[f"loss_{name}"].append(float(L))
            curves[f"acc_{name}"].append(float(acc))
        for batch in torch.randperm(len(X)).split(n_batch):
            params = sgd(params, backward(params, forward(params, X[batch])[1], Y[batch]), eta)
    return params, curves


@wrong("train")
def average_of_the_batches(params, X, Y, X_test, Y_test, eta, n_batch, n_epochs, seed):
    """The training loss is not one that an epoch over the whole set can leave.
    It looks like a loss of the batches seen on the way.
    The curves are measured on whole sets with the parameters after the epoch.
    """
    torch.manual_seed(seed)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    for _ in range(n_epochs):
        seen = []
        for batch in torch.randperm(len(X)).split(n_batch):
            yhat, outputs = forward(params, X[batch])
            seen.append([float(value) for value in loss_accuracy(yhat, Y[batch])])
            params = sgd(params, backward(params, outputs, Y[batch]), eta)
        L, acc = loss_accuracy(forward(params, X_test)[0], Y_test)
        curves["loss_train"].append(sum(s[0] for s in seen) / len(seen))
        curves["acc_train"].append(sum(s[1] for s in seen) / len(seen))
        curves["loss_test"].append(float(L))
        curves["acc_test"].append(float(acc))
    return params, curves


@wrong("train")
def curves_for_every_update(params, X, Y, X_test, Y_test, eta, n_batch, n_epochs, seed):
    """The curves have one number for each update.
    They are measured inside the loop over the batches.
    How many numbers does each list have after one epoch?
    """
    torch.manual_seed(seed)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    for _ in range(n_epochs):
        for batch in torch.randperm(len(X)).split(n_batch):
            params = sgd(params, backward(params, forward(params, X[batch])[1], Y[batch]), eta)
            for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
                L, acc = loss_accuracy(forward(params, inputs)[0], targets)
                curves[f"loss_{name}"].append(float(L))
                curves[f"acc_{name}"].append(float(acc))
    return params, curves


@wrong("train")
def test_curves_on_the_training_set(params, X, Y, X_test, Y_test, eta, n_batch, n_epochs, seed):
    """The curves of the test set equal those of the training set.
    Both are measured on the training set.
    Which examples does each of the four lists look at?
    """
    torch.manual_seed(seed)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    for _ in range(n_epochs):
        for batch in torch.randperm(len(X)).split(n_batch):
            params = sgd(params, backward(params, forward(params, X[batch])[1], Y[batch]), eta)
        L, acc = loss_accuracy(forward(params, X)[0], Y)
        for name in ("train", "test"):
            curves[f"loss_{name}"].append(float(L))
            curves[f"acc_{name}"].append(float(acc))
    return params, curves


@wrong("train")
def trained_on_the_test_set_too(params, X, Y, X_test, Y_test, eta, n_batch, n_epochs, seed):
    """The parameters also learn from the test examples.
    The two sets are joined for the training.
    What is a test set for?
    """
    torch.manual_seed(seed)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    everything, targets_of_all = torch.cat([X, X_test]), torch.cat([Y, Y_test])
    for _ in range(n_epochs):
        for batch in torch.randperm(len(everything)).split(n_batch):
            grads = backward(params, forward(params, everything[batch])[1], targets_of_all[batch])
            params = sgd(params, grads, eta)
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(forward(params, inputs)[0], targets)
            curves[f"loss_{name}"].append(float(L))
            curves[f"acc_{name}"].append(float(acc))
    return params, curves


@wrong("train")
def one_epoch_too_many(params, X, Y, X_test, Y_test, eta, n_batch, n_epochs, seed):
    """The curves have one number more than there are epochs, and the parameters moved once more.
    It looks like a loop that runs one time too often.
    Count the epochs for n_epochs = 1.
    """
    torch.manual_seed(seed)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    for _ in range(n_epochs + 1):
        for batch in torch.randperm(len(X)).split(n_batch):
            params = sgd(params, backward(params, forward(params, X[batch])[1], Y[batch]), eta)
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(forward(params, inputs)[0], targets)
            curves[f"loss_{name}"].append(float(L))
            curves[f"acc_{name}"].append(float(acc))
    return params, curves


@wrong("train")
def settings_fixed(params, X, Y, X_test, Y_test, eta, n_batch, n_epochs, seed):
    """The result does not depend on eta and n_batch.
    It looks like settings written into the code, or taken from variables of the notebook.
    Which names inside the function are not arguments?
    """
    torch.manual_seed(seed)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    for _ in range(n_epochs):
        for batch in torch.randperm(len(X)).split(10):
            params = sgd(params, backward(params, forward(params, X[batch])[1], Y[batch]), 0.03)
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(forward(params, inputs)[0], targets)
            curves[f"loss_{name}"].append(float(L))
            curves[f"acc_{name}"].append(float(acc))
    return params, curves


@wrong("train")
def starts_anew(params, X, Y, X_test, Y_test, eta, n_batch, n_epochs, seed):
    """The result does not depend on the parameters that are given.
    They are drawn again inside the function.
    From which parameters should the training go on?
    """
    torch.manual_seed(seed)
    params = init_params(X.shape[1], 5, Y.shape[1])
    params = {name: value.double() for name, value in params.items()}
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    for _ in range(n_epochs):
        for batch in torch.randperm(len(X)).split(n_batch):
            params = sgd(params, backward(params, forward(params, X[batch])[1], Y[batch]), eta)
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(forward(params, inputs)[0], targets)
            curves[f"loss_{name}"].append(float(L))
            curves[f"acc_{name}"].append(float(acc))
    return params, curves


@wrong("train")
def seed_ignored(params, X, Y, X_test, Y_test, eta, n_batch, n_epochs, seed):
    """Two trainings with the same seed have different curves.
    It looks like an order that does not come from the seed.
    Where does the argument enter?
    """
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    for _ in range(n_epochs):
        for batch in torch.randperm(len(X)).split(n_batch):
            params = sgd(params, backward(params, forward(params, X[batch])[1], Y[batch]), eta)
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(forward(params, inputs)[0], targets)
            curves[f"loss_{name}"].append(float(L))
            curves[f"acc_{name}"].append(float(acc))
    return params, curves


@wrong("train")
def seed_fixed(params, X, Y, X_test, Y_test, eta, n_batch, n_epochs, seed):
    """Two trainings with different seeds have the same curves.
    It looks like a seed written into the code.
    Where does the argument enter?
    """
    torch.manual_seed(42)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    for _ in range(n_epochs):
        for batch in torch.randperm(len(X)).split(n_batch):
            params = sgd(params, backward(params, forward(params, X[batch])[1], Y[batch]), eta)
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(forward(params, inputs)[0], targets)
            curves[f"loss_{name}"].append(float(L))
            curves[f"acc_{name}"].append(float(acc))
    return params, curves


@wrong("train")
def updates_thrown_away(params, X, Y, X_test, Y_test, eta, n_batch, n_epochs, seed):
    """The curves are flat: the parameters stay as they were.
    It looks as if what sgd returns is not kept.
    What does your sgd do: change its argument, or return something new?
    """
    source = torch.Generator().manual_seed(seed)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    for _ in range(n_epochs):
        for batch in torch.randperm(len(X), generator=source).split(n_batch):
            sgd(params, backward(params, forward(params, X[batch])[1], Y[batch]), eta)
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(forward(params, inputs)[0], targets)
            curves[f"loss_{name}"].append(float(L))
            curves[f"acc_{name}"].append(float(acc))
    return params, curves


@wrong("train")
def best_parameters_returned(params, X, Y, X_test, Y_test, eta, n_batch, n_epochs, seed):
    """The parameters are those of an earlier epoch.
    It looks like those with the smallest test loss.
    Which parameters does the docstring ask for, and what would a test set that chooses be worth?
    """
    torch.manual_seed(seed)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    for _ in range(n_epochs):
        for batch in torch.randperm(len(X)).split(n_batch):
            grads = backward(params, forward(params, X[batch])[1], Y[batch])
            params = {name: value - eta * grads[name] for name, value in params.items()}
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(forward(params, inputs)[0], targets)
            curves[f"loss_{name}"].append(float(L))
            curves[f"acc_{name}"].append(float(acc))
        if curves["loss_test"][-1] == min(curves["loss_test"]):
            best = params
    return best, curves


@wrong("train")
def sets_shuffled_in_place(params, X, Y, X_test, Y_test, eta, n_batch, n_epochs, seed):
    """The training or the test set was changed by train.
    It looks like a shuffle in place.
    In which order are the examples when the notebook trains the next network?
    """
    torch.manual_seed(seed)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    for _ in range(n_epochs):
        order = torch.randperm(len(X))
        X[:], Y[:] = X[order], Y[order]
        for j in range(0, len(X), n_batch):
            outputs = forward(params, X[j : j + n_batch])[1]
            params = sgd(params, backward(params, outputs, Y[j : j + n_batch]), eta)
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(forward(params, inputs)[0], targets)
            curves[f"loss_{name}"].append(float(L))
            curves[f"acc_{name}"].append(float(acc))
    return params, curves


@right("train")
def numpy_orders(params, X, Y, X_test, Y_test, eta, n_batch, n_epochs, seed, verbose=True):
    """Permutations of numpy, slices, 0-d tensors in the curves, a print in every epoch, a key more."""
    import numpy as np

    generator = np.random.RandomState(seed)
    curves = {"loss_train": [], "loss_test": [], "acc_train": [], "acc_test": [], "epochs": n_epochs}
    for epoch in range(n_epochs):
        perm = generator.permutation(X.shape[0])
        Xs, Ys = X[perm], Y[perm]
        for j in range(0, len(Xs), n_batch):
            Xb, Yb = Xs[j : j + n_batch], Ys[j : j + n_batch]
            Yhat, outputs = forward(params, Xb)
            loss_accuracy(Yhat, Yb)
            params = sgd(params, backward(params, outputs, Yb), eta)
        L, acc = loss_accuracy(forward(params, X)[0], Y)
        L_test, acc_test = loss_accuracy(forward(params, X_test)[0], Y_test)
        curves["loss_train"].append(L)
        curves["acc_train"].append(acc)
        curves["loss_test"].append(L_test)
        curves["acc_test"].append(acc_test)
        if verbose:
            print(f"epoch {epoch}: {float(L):.3f}")
    return params, curves


@right("train")
def python_shuffle(params, X, Y, X_test, Y_test, eta, n_batch, n_epochs, seed):
    """The order of random.shuffle, batches taken off a list."""
    import random

    random.seed(seed)
    curves = {k: [] for k in ["loss_train", "acc_train", "loss_test", "acc_test"]}
    indices = list(range(len(X)))
    for _ in range(n_epochs):
        random.shuffle(indices)
        left = indices[:]
        while left:
            batch, left = left[:n_batch], left[n_batch:]
            outputs = forward(params, X[batch])[1]
            params = sgd(params, backward(params, outputs, Y[batch]), eta)
        for part, x, y in (("train", X, Y), ("test", X_test, Y_test)):
            L, acc = loss_accuracy(forward(params, x)[0], y)
            curves["loss_" + part] += [float(L)]
            curves["acc_" + part] += [float(acc)]
    return params, curves


@right("train")
def everything_inlined(params, X, Y, X_test, Y_test, eta, n_batch, n_epochs, seed):
    """No other function of the notebook is called; each epoch has a seed of its own."""
    names = ("loss_train", "acc_train", "loss_test", "acc_test")
    rows = []

    def predict(x):
        h = torch.tanh(x @ params["Wh"].T + params["bh"])
        return h, torch.softmax(h @ params["Wy"].T + params["by"], dim=1)

    for epoch in range(n_epochs):
        generator = torch.Generator().manual_seed(1000 * seed + epoch)
        for batch in (
            torch.chunk(torch.randperm(len(X), generator=generator), -(-len(X) // n_batch))
            if (len(X) % n_batch == 0)
            else torch.split(torch.randperm(len(X), generator=generator), n_batch)
        ):
            h, yhat = predict(X[batch])
            delta = (yhat - Y[batch]) / len(batch)
            hidden = delta @ params["Wy"] * (1 - h * h)
            params["Wy"] = params["Wy"] - eta * delta.T @ h
            params["by"] = params["by"] - eta * delta.sum(0)
            params["Wh"] = params["Wh"] - eta * hidden.T @ X[batch]
            params["bh"] = params["bh"] - eta * hidden.sum(0)
        row = []
        for x, y in ((X, Y), (X_test, Y_test)):
            yhat = predict(x)[1]
            row += [
                -(y * yhat.log()).sum(1).mean().item(),
                (yhat.argmax(1) == y.argmax(1)).double().mean().item(),
            ]
        rows.append(row)
    return params, dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
