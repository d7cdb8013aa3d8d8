"""Answers to the lab on a deeper network: wrong ones with what gives them away, and right ones that look different."""

# ruff: noqa: F821  (the functions live in the notebook's namespace; a docstring is a message of three lines)

from grader.checks import right, wrong

# --------------------------------------------------------- init_params


@wrong("init_params")
def weights_not_scaled(nx, nh1, nh2, ny):
    """The weights have a standard deviation of about 1.
    It looks like a standard normal distribution that is not scaled.
    Compare with the distribution in the statement.
    """
    params = {"Wh1": torch.randn(nh1, nx), "bh1": torch.zeros(nh1)}
    params.update({"Wh2": torch.randn(nh2, nh1), "bh2": torch.zeros(nh2)})
    params.update({"Wy": torch.randn(ny, nh2), "by": torch.zeros(ny)})
    return params


@wrong("init_params")
def second_layer_reads_the_inputs(nx, nh1, nh2, ny):
    """Wh2 has nx columns.
    It is made for a layer that reads X.
    What does the second hidden layer read?
    """
    params = {"Wh1": 0.3 * torch.randn(nh1, nx), "bh1": torch.zeros(nh1)}
    params.update({"Wh2": 0.3 * torch.randn(nh2, nx), "bh2": torch.zeros(nh2)})
    params.update({"Wy": 0.3 * torch.randn(ny, nh2), "by": torch.zeros(ny)})
    return params


@wrong("init_params")
def output_reads_the_first_layer(nx, nh1, nh2, ny):
    """Wy has nh1 columns.
    It is made for a layer that reads h1.
    What does the output layer read?
    """
    params = {"Wh1": 0.3 * torch.randn(nh1, nx), "bh1": torch.zeros(nh1)}
    params.update({"Wh2": 0.3 * torch.randn(nh2, nh1), "bh2": torch.zeros(nh2)})
    params.update({"Wy": 0.3 * torch.randn(ny, nh1), "by": torch.zeros(ny)})
    return params


@wrong("init_params")
def transposed_weights(nx, nh1, nh2, ny):
    """Rows and columns of the weights are exchanged.
    They are transposed.
    Compare with the table of shapes: a row belongs to one unit.
    """
    params = {"Wh1": 0.3 * torch.randn(nx, nh1), "bh1": torch.zeros(nh1)}
    params.update({"Wh2": 0.3 * torch.randn(nh1, nh2), "bh2": torch.zeros(nh2)})
    params.update({"Wy": 0.3 * torch.randn(nh2, ny), "by": torch.zeros(ny)})
    return params


@wrong("init_params")
def random_biases(nx, nh1, nh2, ny):
    """Some biases do not start at 0.
    They are drawn as the weights are.
    The statement gives the start of the biases.
    """
    params = {"Wh1": 0.3 * torch.randn(nh1, nx), "bh1": 0.3 * torch.randn(nh1)}
    params.update({"Wh2": 0.3 * torch.randn(nh2, nh1), "bh2": 0.3 * torch.randn(nh2)})
    params.update({"Wy": 0.3 * torch.randn(ny, nh2), "by": 0.3 * torch.randn(ny)})
    return params


@wrong("init_params")
def uniform_weights(nx, nh1, nh2, ny):
    """No weight is negative.
    It looks like a uniform distribution between 0 and a bound.
    Which function draws from the normal distribution?
    """
    params = {"Wh1": 0.3 * torch.rand(nh1, nx), "bh1": torch.zeros(nh1)}
    params.update({"Wh2": 0.3 * torch.rand(nh2, nh1), "bh2": torch.zeros(nh2)})
    params.update({"Wy": 0.3 * torch.rand(ny, nh2), "by": torch.zeros(ny)})
    return params


@wrong("init_params")
def seed_set_inside(nx, nh1, nh2, ny):
    """Two calls give the same weights.
    It looks like a seed that is set inside the function.
    Who sets the seed, and what do five runs with five seeds show then?
    """
    torch.manual_seed(0)
    params = {"Wh1": 0.3 * torch.randn(nh1, nx), "bh1": torch.zeros(nh1)}
    params.update({"Wh2": 0.3 * torch.randn(nh2, nh1), "bh2": torch.zeros(nh2)})
    return {**params, "Wy": 0.3 * torch.randn(ny, nh2), "by": torch.zeros(ny)}


@right("init_params")
def drawn_by_normal(nx, nh1, nh2, ny):
    """torch.normal, float64, a key more."""
    params = {"Wh1": 0.3 * torch.randn(nh1, nx), "bh1": torch.zeros(nh1)}
    params.update({"Wh2": 0.3 * torch.randn(nh2, nh1), "bh2": torch.zeros(nh2)})
    params.update({"Wy": 0.3 * torch.randn(ny, nh2), "by": torch.zeros(ny)})
    params = {k: torch.normal(0.0, 0.3, v.shape).double() if k[0] == "W" else v for k, v in params.items()}
    return {**params, "depth": 2}


@right("init_params")
def filled_in_place(nx, nh1, nh2, ny):
    """Empty tensors filled in place, by an option of its own."""
    params = {}
    for name, n_out, n_in in (("h1", nh1, nx), ("h2", nh2, nh1), ("y", ny, nh2)):
        params["W" + name] = torch.empty((n_out, n_in)).normal_(0, 0.3)
        params["b" + name] = torch.zeros((n_out,))
    return params


# ------------------------------------------------------------- forward


@wrong("forward")
def first_tanh_forgotten(params, X):
    """h1 equals htilde1.
    The first hidden layer has no activation.
    Compare each step with the statement.
    """
    htilde1 = X @ params["Wh1"].T + params["bh1"]
    h1 = htilde1
    htilde2 = h1 @ params["Wh2"].T + params["bh2"]
    h2 = torch.tanh(htilde2)
    ytilde = h2 @ params["Wy"].T + params["by"]
    yhat = torch.softmax(ytilde, dim=1)
    steps = {"X": X, "htilde1": htilde1, "h1": h1, "htilde2": htilde2, "h2": h2}
    return yhat, {**steps, "ytilde": ytilde, "yhat": yhat}


@wrong("forward")
def second_tanh_forgotten(params, X):
    """h2 equals htilde2.
    The second hidden layer has no activation.
    Compare each step with the statement.
    """
    htilde1 = X @ params["Wh1"].T + params["bh1"]
    h1 = torch.tanh(htilde1)
    htilde2 = h1 @ params["Wh2"].T + params["bh2"]
    h2 = htilde2
    ytilde = h2 @ params["Wy"].T + params["by"]
    yhat = torch.softmax(ytilde, dim=1)
    steps = {"X": X, "htilde1": htilde1, "h1": h1, "htilde2": htilde2, "h2": h2}
    return yhat, {**steps, "ytilde": ytilde, "yhat": yhat}


@wrong("forward")
def second_layer_reads_htilde1(params, X):
    """htilde2 is wrong, h1 is right.
    The second layer reads htilde1.
    What does it receive: before or after the tanh?
    """
    htilde1 = X @ params["Wh1"].T + params["bh1"]
    h1 = torch.tanh(htilde1)
    htilde2 = htilde1 @ params["Wh2"].T + params["bh2"]
    h2 = torch.tanh(htilde2)
    ytilde = h2 @ params["Wy"].T + params["by"]
    yhat = torch.softmax(ytilde, dim=1)
    steps = {"X": X, "htilde1": htilde1, "h1": h1, "htilde2": htilde2, "h2": h2}
    return yhat, {**steps, "ytilde": ytilde, "yhat": yhat}


@wrong("forward")
def output_reads_htilde2(params, X):
    """ytilde is wrong, h2 is right.
    The output layer reads htilde2.
    What does it receive: before or after the tanh?
    """
    htilde1 = X @ params["Wh1"].T + params["bh1"]
    h1 = torch.tanh(htilde1)
    htilde2 = h1 @ params["Wh2"].T + params["bh2"]
    h2 = torch.tanh(htilde2)
    ytilde = htilde2 @ params["Wy"].T + params["by"]
    yhat = torch.softmax(ytilde, dim=1)
    steps = {"X": X, "htilde1": htilde1, "h1": h1, "htilde2": htilde2, "h2": h2}
    return yhat, {**steps, "ytilde": ytilde, "yhat": yhat}


@wrong("forward")
def second_bias_forgotten(params, X):
    """htilde2 differs by exactly bh2.
    The bias of the second hidden layer is not added.
    At the start biases are 0, so training does not show it at once: try other biases.
    """
    htilde1 = X @ params["Wh1"].T + params["bh1"]
    h1 = torch.tanh(htilde1)
    htilde2 = h1 @ params["Wh2"].T
    h2 = torch.tanh(htilde2)
    ytilde = h2 @ params["Wy"].T + params["by"]
    yhat = torch.softmax(ytilde, dim=1)
    steps = {"X": X, "htilde1": htilde1, "h1": h1, "htilde2": htilde2, "h2": h2}
    return yhat, {**steps, "ytilde": ytilde, "yhat": yhat}


@wrong("forward")
def softmax_over_the_batch(params, X):
    """The columns of yhat sum to 1, its rows do not.
    The softmax runs over the examples of the batch.
    Which axis runs over the classes?
    """
    htilde1 = X @ params["Wh1"].T + params["bh1"]
    h1 = torch.tanh(htilde1)
    htilde2 = h1 @ params["Wh2"].T + params["bh2"]
    h2 = torch.tanh(htilde2)
    ytilde = h2 @ params["Wy"].T + params["by"]
    yhat = torch.softmax(ytilde, dim=0)
    steps = {"X": X, "htilde1": htilde1, "h1": h1, "htilde2": htilde2, "h2": h2}
    return yhat, {**steps, "ytilde": ytilde, "yhat": yhat}


@wrong("forward")
def softmax_not_stable(params, X):
    """Right for small logits; nan for logits of 1000.
    The exponential overflows.
    What can be subtracted from a row without changing its softmax?
    """
    htilde1 = X @ params["Wh1"].T + params["bh1"]
    h1 = torch.tanh(htilde1)
    htilde2 = h1 @ params["Wh2"].T + params["bh2"]
    h2 = torch.tanh(htilde2)
    ytilde = h2 @ params["Wy"].T + params["by"]
    yhat = torch.exp(ytilde) / torch.exp(ytilde).sum(dim=1, keepdim=True)
    steps = {"X": X, "htilde1": htilde1, "h1": h1, "htilde2": htilde2, "h2": h2}
    return yhat, {**steps, "ytilde": ytilde, "yhat": yhat}


@wrong("forward")
def largest_of_the_batch_subtracted(params, X):
    """nan in some rows when large and small logits are in one batch.
    It looks like one number that is subtracted from all rows.
    Whose largest logit keeps a row's exponentials from vanishing?
    """
    outputs = {"X": X, "htilde1": X @ params["Wh1"].T + params["bh1"]}
    outputs["h1"] = torch.tanh(outputs["htilde1"])
    outputs["htilde2"] = outputs["h1"] @ params["Wh2"].T + params["bh2"]
    outputs["h2"] = torch.tanh(outputs["htilde2"])
    outputs["ytilde"] = outputs["h2"] @ params["Wy"].T + params["by"]
    e = torch.exp(outputs["ytilde"] - outputs["ytilde"].max())
    return e / e.sum(1, keepdim=True), {**outputs, "yhat": e / e.sum(1, keepdim=True)}


@wrong("forward")
def softmax_forgotten(params, X):
    """yhat equals ytilde.
    The logits are returned in the place of the probabilities.
    What must hold for the rows of yhat?
    """
    htilde1 = X @ params["Wh1"].T + params["bh1"]
    h1 = torch.tanh(htilde1)
    htilde2 = h1 @ params["Wh2"].T + params["bh2"]
    h2 = torch.tanh(htilde2)
    ytilde = h2 @ params["Wy"].T + params["by"]
    yhat = ytilde
    steps = {"X": X, "htilde1": htilde1, "h1": h1, "htilde2": htilde2, "h2": h2}
    return yhat, {**steps, "ytilde": ytilde, "yhat": yhat}


@right("forward")
def einsum_everywhere(params, X):
    """Sums over named axes, a print, a key more."""
    htilde1 = torch.einsum("bi,hi->bh", X, params["Wh1"]) + params["bh1"]
    h1 = torch.tanh(htilde1)
    htilde2 = torch.einsum("bi,hi->bh", h1, params["Wh2"]) + params["bh2"]
    h2 = torch.tanh(htilde2)
    ytilde = h2 @ params["Wy"].T + params["by"]
    yhat = torch.softmax(ytilde, dim=1)
    steps = {"X": X, "htilde1": htilde1, "h1": h1, "htilde2": htilde2, "h2": h2}
    print(yhat.shape)
    return yhat, {**steps, "depth": 2, "ytilde": ytilde, "yhat": yhat}


@right("forward")
def loop_over_layers(params, X):
    """The hidden layers in a loop, the largest logit subtracted by hand."""
    outputs, h = {"X": X}, X
    for k in (1, 2):
        outputs[f"htilde{k}"] = torch.mm(h, params[f"Wh{k}"].t()) + params[f"bh{k}"]
        h = outputs[f"h{k}"] = outputs[f"htilde{k}"].tanh()
    outputs["ytilde"] = torch.mm(h, params["Wy"].t()) + params["by"]
    e = (outputs["ytilde"] - outputs["ytilde"].max(1, keepdim=True)[0]).exp()
    outputs["yhat"] = e / e.sum(1, keepdim=True)
    return outputs["yhat"], outputs


# ------------------------------------------------------------ backward


@wrong("backward")
def gradient_not_averaged(params, outputs, Y):
    """Every gradient is the batch size times too large.
    It looks like a sum over the batch, while the loss is a mean.
    What does the mean bring when the loss is differentiated?
    """
    X, h1, h2 = outputs["X"], outputs["h1"], outputs["h2"]
    error_y = outputs["yhat"] - Y
    error_2 = error_y @ params["Wy"] * (1 - h2**2)
    error_1 = error_2 @ params["Wh2"] * (1 - h1**2)
    grads = {"Wh1": error_1.T @ X, "bh1": error_1.sum(0), "Wh2": error_2.T @ h1, "bh2": error_2.sum(0)}
    return {**grads, "Wy": error_y.T @ h2, "by": error_y.sum(0)}


@wrong("backward")
def averaged_in_every_layer(params, outputs, Y):
    """The output layer is right; the layers below are the batch size times too small, once or twice.
    The mean is taken once more in each layer.
    The error that travels back contains the mean already.
    """
    X, h1, h2 = outputs["X"], outputs["h1"], outputs["h2"]
    error_y = (outputs["yhat"] - Y) / len(Y)
    error_2 = error_y @ params["Wy"] * (1 - h2**2) / len(Y)
    error_1 = error_2 @ params["Wh2"] * (1 - h1**2) / len(Y)
    grads = {"Wh1": error_1.T @ X, "bh1": error_1.sum(0), "Wh2": error_2.T @ h1, "bh2": error_2.sum(0)}
    return {**grads, "Wy": error_y.T @ h2, "by": error_y.sum(0)}


@wrong("backward")
def sign_of_the_error_turned(params, outputs, Y):
    """Every gradient is exactly -1 times the expected.
    The error of the outputs has the wrong sign.
    Should the loss grow or shrink when the probability of a wrong class grows?
    """
    X, h1, h2 = outputs["X"], outputs["h1"], outputs["h2"]
    error_y = (Y - outputs["yhat"]) / len(Y)
    error_2 = error_y @ params["Wy"] * (1 - h2**2)
    error_1 = error_2 @ params["Wh2"] * (1 - h1**2)
    grads = {"Wh1": error_1.T @ X, "bh1": error_1.sum(0), "Wh2": error_2.T @ h1, "bh2": error_2.sum(0)}
    return {**grads, "Wy": error_y.T @ h2, "by": error_y.sum(0)}


@wrong("backward")
def first_tanh_derivative_missing(params, outputs, Y):
    """Only the first hidden layer is wrong.
    The error reaches h1, but not htilde1.
    What lies between h1 and htilde1?
    """
    X, h1, h2 = outputs["X"], outputs["h1"], outputs["h2"]
    error_y = (outputs["yhat"] - Y) / len(Y)
    error_2 = error_y @ params["Wy"] * (1 - h2**2)
    error_1 = error_2 @ params["Wh2"]
    grads = {"Wh1": error_1.T @ X, "bh1": error_1.sum(0), "Wh2": error_2.T @ h1, "bh2": error_2.sum(0)}
    return {**grads, "Wy": error_y.T @ h2, "by": error_y.sum(0)}


@wrong("backward")
def second_tanh_derivative_missing(params, outputs, Y):
    """Both hidden layers are wrong, the output layer is right.
    The error reaches h2, but not htilde2.
    What lies between h2 and htilde2?
    """
    X, h1, h2 = outputs["X"], outputs["h1"], outputs["h2"]
    error_y = (outputs["yhat"] - Y) / len(Y)
    error_2 = error_y @ params["Wy"]
    error_1 = error_2 @ params["Wh2"] * (1 - h1**2)
    grads = {"Wh1": error_1.T @ X, "bh1": error_1.sum(0), "Wh2": error_2.T @ h1, "bh2": error_2.sum(0)}
    return {**grads, "Wy": error_y.T @ h2, "by": error_y.sum(0)}


@wrong("backward")
def tanh_derivatives_at_htilde(params, outputs, Y):
    """Both hidden layers are wrong, the output layer is right.
    The formula of the derivative of tanh is used with htilde in the place of h.
    Of which of the two is the square taken?
    """
    X, h1, h2 = outputs["X"], outputs["h1"], outputs["h2"]
    error_y = (outputs["yhat"] - Y) / len(Y)
    error_2 = error_y @ params["Wy"] * (1 - outputs["htilde2"] ** 2)
    error_1 = error_2 @ params["Wh2"] * (1 - outputs["htilde1"] ** 2)
    grads = {"Wh1": error_1.T @ X, "bh1": error_1.sum(0), "Wh2": error_2.T @ h1, "bh2": error_2.sum(0)}
    return {**grads, "Wy": error_y.T @ h2, "by": error_y.sum(0)}


@wrong("backward")
def second_layer_skipped(params, outputs, Y):
    """The first hidden layer is wrong.
    The error reaches it without the derivative of the second tanh.
    Which error does the first layer receive?
    """
    X, h1, h2 = outputs["X"], outputs["h1"], outputs["h2"]
    error_y = (outputs["yhat"] - Y) / len(Y)
    error_2 = error_y @ params["Wy"] * (1 - h2**2)
    error_1 = error_y @ params["Wy"] @ params["Wh2"] * (1 - h1**2)
    grads = {"Wh1": error_1.T @ X, "bh1": error_1.sum(0), "Wh2": error_2.T @ h1, "bh2": error_2.sum(0)}
    return {**grads, "Wy": error_y.T @ h2, "by": error_y.sum(0)}


@wrong("backward")
def inputs_of_layers_exchanged(params, outputs, Y):
    """Wh2 and Wy are wrong, the biases are right.
    The gradients of the weights are made with the steps before the tanh.
    What does each layer receive?
    """
    X, h1, h2 = outputs["X"], outputs["h1"], outputs["h2"]
    error_y = (outputs["yhat"] - Y) / len(Y)
    error_2 = error_y @ params["Wy"] * (1 - h2**2)
    error_1 = error_2 @ params["Wh2"] * (1 - h1**2)
    grads = {
        "Wh1": error_1.T @ X,
        "bh1": error_1.sum(0),
        "Wh2": error_2.T @ outputs["htilde1"],
        "bh2": error_2.sum(0),
    }
    return {**grads, "Wy": error_y.T @ outputs["htilde2"], "by": error_y.sum(0)}


@wrong("backward")
def weight_gradients_transposed(params, outputs, Y):
    """The gradients of the weights have rows and columns exchanged.
    They are transposed.
    A gradient has the shape of its parameter.
    """
    X, h1, h2 = outputs["X"], outputs["h1"], outputs["h2"]
    error_y = (outputs["yhat"] - Y) / len(Y)
    error_2 = error_y @ params["Wy"] * (1 - h2**2)
    error_1 = error_2 @ params["Wh2"] * (1 - h1**2)
    grads = {"Wh1": X.T @ error_1, "bh1": error_1.sum(0), "Wh2": h1.T @ error_2, "bh2": error_2.sum(0)}
    return {**grads, "Wy": h2.T @ error_y, "by": error_y.sum(0)}


@wrong("backward")
def bias_gradients_not_summed(params, outputs, Y):
    """The gradients of the biases have one row for each example.
    They are not summed over the batch.
    A gradient has the shape of its parameter.
    """
    X, h1, h2 = outputs["X"], outputs["h1"], outputs["h2"]
    error_y = (outputs["yhat"] - Y) / len(Y)
    error_2 = error_y @ params["Wy"] * (1 - h2**2)
    error_1 = error_2 @ params["Wh2"] * (1 - h1**2)
    grads = {"Wh1": error_1.T @ X, "bh1": error_1, "Wh2": error_2.T @ h1, "bh2": error_2}
    return {**grads, "Wy": error_y.T @ h2, "by": error_y}


@wrong("backward")
def outputs_changed(params, outputs, Y):
    """An argument was changed by the function.
    It looks like an operation in place (+=, -=, or a name that ends with _).
    Which of your tensors is the argument itself?
    """
    X, h1, h2 = outputs["X"], outputs["h1"], outputs["h2"]
    error_y = outputs["yhat"].sub_(Y) / len(Y)
    error_2 = error_y @ params["Wy"] * (1 - h2**2)
    error_1 = error_2 @ params["Wh2"] * (1 - h1**2)
    grads = {"Wh1": error_1.T @ X, "bh1": error_1.sum(0), "Wh2": error_2.T @ h1, "bh2": error_2.sum(0)}
    return {**grads, "Wy": error_y.T @ h2, "by": error_y.sum(0)}


@right("backward")
def einsum_and_mean(params, outputs, Y):
    """Sums over named axes, the mean at the end, biases as rows."""
    X, h1, h2 = outputs["X"], outputs["h1"], outputs["h2"]
    error_y = outputs["yhat"] - Y
    error_2 = error_y @ params["Wy"] * (1 - h2**2)
    error_1 = error_2 @ params["Wh2"] * (1 - h1**2)
    grads = {
        "Wh1": error_1.T @ X,
        "bh1": error_1.sum(0, keepdim=True),
        "Wh2": error_2.T @ h1,
        "bh2": error_2.sum(0),
    }
    grads = {**grads, "Wy": error_y.T @ h2, "by": torch.einsum("bk->k", error_y)}
    return {name: grad / Y.shape[0] for name, grad in grads.items()}


@right("backward")
def loop_over_layers_backwards(params, outputs, Y):
    """The hidden layers in a loop, a print, more keys."""
    error, grads = (outputs["yhat"] - Y) / Y.size(0), {}
    for name, below in (("y", "h2"), ("h2", "h1"), ("h1", "X")):
        grads["W" + name] = torch.mm(error.t(), outputs[below])
        grads["b" + name] = error.sum(dim=0)
        if below != "X":
            error = torch.mm(error, params["W" + name]) * (1 - outputs[below].pow(2))
    print(sorted(grads))
    grads["error"] = error
    return grads
