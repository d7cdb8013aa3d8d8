"""Answers to the lab with autograd: wrong ones with what gives them away, and right ones that look different."""

# ruff: noqa: F821  (the functions live in the notebook's namespace; a docstring is a message of three lines)

from grader.checks import right, wrong

# ---------------------------------------------------------------- init_params


@wrong("init_params")
def not_a_leaf(nx, nh, ny):
    """A weight is not a leaf, so its own gradient stays None.
    It is scaled after gradients were asked for.
    In which order are the numbers scaled and the gradients asked for?
    """
    return {
        "Wh": torch.randn(nh, nx, requires_grad=True) * 0.3,
        "bh": torch.zeros(nh, requires_grad=True),
        "Wy": torch.randn(ny, nh, requires_grad=True) * 0.3,
        "by": torch.zeros(ny, requires_grad=True),
    }


@wrong("init_params")
def no_gradients_asked_for(nx, nh, ny):
    """No parameter requires gradients.
    It is the function of part 1.
    Which attribute tells autograd that a tensor is a parameter?
    """
    params = {"Wh": 0.3 * torch.randn(nh, nx), "bh": torch.zeros(nh)}
    return {**params, "Wy": 0.3 * torch.randn(ny, nh), "by": torch.zeros(ny)}


@wrong("init_params")
def biases_without_gradients(nx, nh, ny):
    """The weights require gradients, the biases do not.
    The biases would stay at 0 for ever.
    Which tensors does training change?
    """
    params = {"Wh": (0.3 * torch.randn(nh, nx)).requires_grad_(), "bh": torch.zeros(nh)}
    return {**params, "Wy": (0.3 * torch.randn(ny, nh)).requires_grad_(), "by": torch.zeros(ny)}


@wrong("init_params")
def weights_without_gradients(nx, nh, ny):
    """The biases require gradients, the weights do not.
    Something made plain tensors of the weights again.
    Is a tensor that comes out of detach() or no_grad() still a parameter?
    """
    params = {"Wh": 0.3 * torch.randn(nh, nx).detach(), "bh": torch.zeros(nh, requires_grad=True)}
    return {**params, "Wy": 0.3 * torch.randn(ny, nh).detach(), "by": torch.zeros(ny, requires_grad=True)}


@wrong("init_params")
def weights_not_scaled(nx, nh, ny):
    """The weights have a standard deviation of about 1.
    It looks like a standard normal distribution that is not scaled.
    Compare with the distribution of part 1.
    """
    params = {
        "Wh": torch.randn(nh, nx),
        "bh": torch.zeros(nh),
        "Wy": torch.randn(ny, nh),
        "by": torch.zeros(ny),
    }
    return {name: value.requires_grad_() for name, value in params.items()}


@wrong("init_params")
def transposed_weights(nx, nh, ny):
    """The weights have the shapes (nx, nh) and (nh, ny).
    They are transposed.
    Compare with the table of shapes: a row of Wh belongs to one hidden unit.
    """
    params = {"Wh": 0.3 * torch.randn(nx, nh), "bh": torch.zeros(nh), "Wy": 0.3 * torch.randn(nh, ny)}
    return {name: value.requires_grad_() for name, value in {**params, "by": torch.zeros(ny)}.items()}


@wrong("init_params")
def centred_uniform_weights(nx, nh, ny):
    """Mean and standard deviation are right, the shape of the distribution is not.
    It looks like a uniform distribution around 0.
    Which function draws from the normal distribution?
    """
    width = 0.3 * 3**0.5
    params = {"Wh": torch.empty(nh, nx).uniform_(-width, width), "bh": torch.zeros(nh)}
    params.update(Wy=torch.empty(ny, nh).uniform_(-width, width), by=torch.zeros(ny))
    return {name: value.requires_grad_() for name, value in params.items()}


@wrong("init_params")
def seed_set_inside(nx, nh, ny):
    """Two calls give the same weights.
    It looks like a seed that is set inside the function.
    Who sets the seed, and what do five runs with five seeds show then?
    """
    torch.manual_seed(0)
    params = {"Wh": 0.3 * torch.randn(nh, nx), "bh": torch.zeros(nh)}
    params.update(Wy=0.3 * torch.randn(ny, nh), by=torch.zeros(ny))
    return {name: value.requires_grad_() for name, value in params.items()}


@right("init_params")
def dictionary_of_parameters(nx, nh, ny):
    """A ParameterDict of torch.nn."""
    weights = {"Wh": 0.3 * torch.randn(nh, nx), "Wy": 0.3 * torch.randn(ny, nh)}
    return torch.nn.ParameterDict({**weights, "bh": torch.zeros(nh), "by": torch.zeros(ny)})


@right("init_params")
def attribute_set_afterwards(nx, nh, ny):
    """requires_grad set on each tensor, column by column."""
    params = {}
    params["Wh"] = torch.randn(nh, nx) * 0.3
    params["Wh"].requires_grad = True
    params["Wy"] = torch.randn(ny, nh) * 0.3
    params["Wy"].requires_grad = True
    params["bh"] = torch.zeros(nh, requires_grad=True)
    params["by"] = torch.zeros(ny, requires_grad=True)
    return params


@right("init_params")
def torch_parameters(nx, nh, ny):
    """torch.nn.Parameter in float64, in another order."""
    params = {"by": torch.zeros(ny), "Wy": torch.empty(ny, nh).normal_(0, 0.3)}
    params.update(bh=torch.zeros(nh), Wh=torch.normal(0.0, 0.3, size=(nh, nx)))
    return {name: torch.nn.Parameter(value.double()) for name, value in params.items()}


# ----------------------------------------------------------------------- sgd


@wrong("sgd")
def gradients_not_reset(params, eta):
    """The second step is too long: after three steps the parameters moved six times one step.
    Gradients of earlier batches are still in .grad, and each backward pass adds to them.
    What must .grad be when the next backward pass begins?
    """
    with torch.no_grad():
        for value in params.values():
            value -= eta * value.grad


@wrong("sgd")
def gradients_reset_first(params, eta):
    """The parameters do not move.
    The gradients are set to zero before they are used.
    In which order do the step and the reset come?
    """
    with torch.no_grad():
        for value in params.values():
            value.grad.zero_()
            value -= eta * value.grad


@wrong("sgd")
def step_uphill(params, eta):
    """The parameters move the wrong way.
    The gradient is added.
    Where does the gradient point: up or down?
    """
    with torch.no_grad():
        for value in params.values():
            value += eta * value.grad
            value.grad.zero_()


@wrong("sgd")
def learning_rate_forgotten(params, eta):
    """The step does not depend on eta.
    The whole gradient is subtracted.
    Where does eta enter?
    """
    with torch.no_grad():
        for value in params.values():
            value -= value.grad
            value.grad.zero_()


@wrong("sgd")
def parameters_become_plain_tensors(params, eta):
    """After the step the parameters do not require gradients.
    The dictionary holds tensors that were computed without recording.
    Change the tensor that is there, or make the new one a parameter again.
    """
    with torch.no_grad():
        for name in params:
            params[name] = params[name] - eta * params[name].grad


@wrong("sgd")
def step_recorded(params, eta):
    """After the step the parameters are not leaves.
    The step itself was recorded.
    Which block says that nothing is recorded?
    """
    for name in params:
        params[name] = params[name] - eta * params[name].grad


@wrong("sgd")
def in_place_while_recording(params, eta):
    """It raises an error about a leaf that is used in an in-place operation.
    The tensor is changed while autograd records.
    Which block says that nothing is recorded?
    """
    for value in params.values():
        value -= eta * value.grad
        value.grad.zero_()


@wrong("sgd")
def only_the_copies_move(params, eta):
    """The parameters do not move.
    New tensors are made, but the dictionary that was given does not hold them.
    Who else looks at the result of the function: what it returns is free, the dictionary is what counts.
    """
    return {name: (value - eta * value.grad).detach().requires_grad_() for name, value in params.items()}


@wrong("sgd")
def biases_not_updated(params, eta):
    """Wh and Wy are right, the biases stay as they were.
    Only the weights are updated.
    Which parameters have gradients?
    """
    with torch.no_grad():
        for name in ("Wh", "Wy"):
            params[name] -= eta * params[name].grad
        for value in params.values():
            value.grad = None


@wrong("sgd")
def bias_gradients_not_reset(params, eta):
    """The first step is right; later the biases move too far.
    Only the gradients of the weights are reset.
    Which parameters have gradients?
    """
    with torch.no_grad():
        for name in params:
            params[name] -= eta * params[name].grad
        for name in ("Wh", "Wy"):
            params[name].grad.zero_()


@wrong("sgd")
def gradients_clipped(params, eta):
    """Small gradients are followed, large ones only in part.
    It looks like gradients that are cut off at a bound.
    Is there a bound in the formula of the step?
    """
    torch.nn.utils.clip_grad_norm_(params.values(), 10)
    with torch.no_grad():
        for value in params.values():
            value -= eta * value.grad
            value.grad = None


@right("sgd")
def through_data(params, eta):
    """Through .data, gradients zeroed in place, the dictionary returned."""
    for name in ["Wh", "bh", "Wy", "by"]:
        params[name].data -= eta * params[name].grad.data
        params[name].grad.zero_()
    return params


@right("sgd")
def new_leaves(params, eta):
    """New leaf tensors in the same dictionary, nothing returned."""
    for name, value in list(params.items()):
        params[name] = (value.detach() - eta * value.grad).requires_grad_(True)


@right("sgd")
def torch_parameters_and_prints(params, eta=0.1, verbose=False):
    """In place by a method, None for the gradients, a print."""
    with torch.no_grad():
        for value in params.values():
            if value.grad is not None:
                value.sub_(value.grad, alpha=eta)
                value.grad = None
    print("step", eta)


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
            L, _ = loss_accuracy(forward(params, X[batch])[0], Y[batch])
            L.backward()
            sgd(params, eta)
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(forward(params, inputs)[0], targets)
            curves[f"loss_{name}"].append(L.item())
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
            L, _ = loss_accuracy(forward(params, shuffled[j : j + n_batch])[0], Y[j : j + n_batch])
            L.backward()
            sgd(params, eta)
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(forward(params, inputs)[0], targets)
            curves[f"loss_{name}"].append(L.item())
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
            L, _ = loss_accuracy(forward(params, X[batch])[0], Y[batch])
            L.backward()
            sgd(params, eta)
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(forward(params, inputs)[0], targets)
            curves[f"loss_{name}"].append(L.item())
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
            L, _ = loss_accuracy(forward(params, X[batch])[0], Y[batch])
            L.backward()
            sgd(params, eta)
        order = torch.randperm(len(X))
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(forward(params, inputs)[0], targets)
            curves[f"loss_{name}"].append(L.item())
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
            L, _ = loss_accuracy(forward(params, X[batch])[0], Y[batch])
            L.backward()
            sgd(params, eta)
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(forward(params, inputs)[0], targets)
            curves[f"loss_{name}"].append(L.item())
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
            L, _ = loss_accuracy(forward(params, X[batch])[0], Y[batch])
            L.backward()
            sgd(params, eta)
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(forward(params, inputs)[0], targets)
            curves[f"loss_{name}"].append(L.item())
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
            L, _ = loss_accuracy(forward(params, X[batch])[0], Y[batch])
            L.backward()
            sgd(params, eta)
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(forward(params, inputs)[0], targets)
            curves[f"loss_{name}"].append(L.item())
            curves[f"acc_{name}"].append(float(acc))
    return params, curves


@wrong("train")
def graph_kept_in_the_curves(params, X, Y, X_test, Y_test, eta, n_batch, n_epochs, seed):
    """The values of the curves still require gradients.
    The tensors are stored with the graph that computed them.
    What has to be stored for a curve: a number or its history?
    """
    torch.manual_seed(seed)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    for _ in range(n_epochs):
        for batch in torch.randperm(len(X)).split(n_batch):
            L, _ = loss_accuracy(forward(params, X[batch])[0], Y[batch])
            L.backward()
            sgd(params, eta)
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(forward(params, inputs)[0], targets)
            curves[f"loss_{name}"].append(L)
            curves[f"acc_{name}"].append(float(acc))
    return params, curves


@wrong("train")
def one_step_after_all_batches(params, X, Y, X_test, Y_test, eta, n_batch, n_epochs, seed):
    """There is one step per epoch, with the gradients of all batches added up.
    The step stands after the loop over the batches.
    What happens to .grad between two backward passes without a step?
    """
    torch.manual_seed(seed)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    for _ in range(n_epochs):
        for batch in torch.randperm(len(X)).split(n_batch):
            L, _ = loss_accuracy(forward(params, X[batch])[0], Y[batch])
            L.backward()
        sgd(params, eta)
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(forward(params, inputs)[0], targets)
            curves[f"loss_{name}"].append(L.item())
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
            curves[f"loss_{name}"].append(L.item())
            curves[f"acc_{name}"].append(float(acc))
        for batch in torch.randperm(len(X)).split(n_batch):
            L, _ = loss_accuracy(forward(params, X[batch])[0], Y[batch])
            L.backward()
            sgd(params, eta)
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
            L, _ = loss_accuracy(forward(params, X[batch])[0], Y[batch])
            L.backward()
            sgd(params, eta)
            seen.append(L.item())
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(forward(params, inputs)[0], targets)
            curves[f"loss_{name}"].append(L.item())
            curves[f"acc_{name}"].append(float(acc))
        curves["loss_train"][-1] = sum(seen) / len(seen)
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
            L, _ = loss_accuracy(forward(params, X[batch])[0], Y[batch])
            L.backward()
            sgd(params, eta)
        for name, (inputs, targets) in {"train": (X, Y), "test": (X, Y)}.items():
            L, acc = loss_accuracy(forward(params, inputs)[0], targets)
            curves[f"loss_{name}"].append(L.item())
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
            L, _ = loss_accuracy(forward(params, X[batch])[0], Y[batch])
            L.backward()
            sgd(params, eta)
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(forward(params, inputs)[0], targets)
            curves[f"loss_{name}"].append(L.item())
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
            L, _ = loss_accuracy(forward(params, X[batch])[0], Y[batch])
            L.backward()
            sgd(params, 0.03)
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(forward(params, inputs)[0], targets)
            curves[f"loss_{name}"].append(L.item())
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
            L, _ = loss_accuracy(forward(params, X[batch])[0], Y[batch])
            L.backward()
            sgd(params, eta)
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(forward(params, inputs)[0], targets)
            curves[f"loss_{name}"].append(L.item())
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
            L, _ = loss_accuracy(forward(params, X[batch])[0], Y[batch])
            L.backward()
            sgd(params, eta)
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(forward(params, inputs)[0], targets)
            curves[f"loss_{name}"].append(L.item())
            curves[f"acc_{name}"].append(float(acc))
    return params, curves


@wrong("train")
def gradient_of_the_measurement_kept(params, X, Y, X_test, Y_test, eta, n_batch, n_epochs, seed):
    """From the second epoch on the steps are too long.
    The measurement calls backward too, and its gradient is still in .grad at the next batch.
    Which backward passes fill .grad between two steps?
    """
    torch.manual_seed(seed)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    for _ in range(n_epochs):
        for batch in torch.randperm(len(X)).split(n_batch):
            L, _ = loss_accuracy(forward(params, X[batch])[0], Y[batch])
            L.backward()
            sgd(params, eta)
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(forward(params, inputs)[0], targets)
            L.backward()
            curves[f"loss_{name}"].append(L.item())
            curves[f"acc_{name}"].append(float(acc))
    return params, curves


@wrong("train")
def gradients_by_hand(params, X, Y, X_test, Y_test, eta, n_batch, n_epochs, seed):
    """In a whole training there is no backward pass of autograd.
    It looks like the gradients of part 1, by hand.
    Which call fills the .grad of the parameters?
    """
    torch.manual_seed(seed)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    with torch.no_grad():
        for _ in range(n_epochs):
            for batch in torch.randperm(len(X)).split(n_batch):
                grads = backward(params, forward(params, X[batch])[1], Y[batch])
                for name in params:
                    params[name] -= eta * grads[name]
            for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
                L, acc = loss_accuracy(forward(params, inputs)[0], targets)
                curves[f"loss_{name}"].append(L.item())
                curves[f"acc_{name}"].append(float(acc))
    return params, curves


@right("train")
def by_functional_gradients(params, X, Y, X_test, Y_test, eta, n_batch, n_epochs, seed):
    """Gradients of a function, by torch.func, of plain copies of the parameters."""
    from torch.func import grad

    def loss(params, x, y):
        return -(y * net(params, x).log()).sum(1).mean()

    def net(params, x):
        h = torch.tanh(x @ params["Wh"].T + params["bh"])
        return torch.softmax(h @ params["Wy"].T + params["by"], dim=1)

    params = {name: value.detach().clone() for name, value in params.items()}
    torch.manual_seed(seed)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    for _ in range(n_epochs):
        for batch in torch.randperm(len(X)).split(n_batch):
            grads = grad(loss)(params, X[batch], Y[batch])
            params = {name: value - eta * grads[name] for name, value in params.items()}
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(net(params, inputs), targets)
            curves[f"loss_{name}"].append(L.item())
            curves[f"acc_{name}"].append(float(acc))
    return params, curves


@right("train")
def numpy_orders(params, X, Y, X_test, Y_test, eta, n_batch, n_epochs, seed):
    """Permutations of numpy, slices, detached tensors in the curves, a key more."""
    import numpy as np

    generator = np.random.default_rng(seed)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    for _ in range(n_epochs):
        order = generator.permutation(len(X))
        for j in range(0, len(X), n_batch):
            batch = order[j : j + n_batch]
            L, _ = loss_accuracy(forward(params, X[batch])[0], Y[batch])
            L.backward()
            sgd(params, eta)
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(forward(params, inputs)[0], targets)
            curves[f"loss_{name}"].append(L.detach())
            curves[f"acc_{name}"].append(float(acc))
    curves["epochs"] = n_epochs
    return params, curves


@right("train")
def everything_inlined(params, X, Y, X_test, Y_test, eta, n_batch, n_epochs, seed):
    """No other function of the notebook is called; gradients by torch.autograd.grad, new tensors in each step."""
    torch.manual_seed(seed)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    for _ in range(n_epochs):
        for batch in torch.randperm(len(X)).split(n_batch):
            h = torch.tanh(X[batch] @ params["Wh"].T + params["bh"])
            logits = h @ params["Wy"].T + params["by"]
            L = torch.nn.functional.cross_entropy(logits, Y[batch].argmax(1))
            grads = torch.autograd.grad(L, list(params.values()))
            with torch.no_grad():
                for value, grad in zip(params.values(), grads, strict=True):
                    value -= eta * grad
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(forward(params, inputs)[0], targets)
            curves[f"loss_{name}"].append(L.item())
            curves[f"acc_{name}"].append(float(acc))
    return params, curves


@right("train")
def result_of_sgd_used(params, X, Y, X_test, Y_test, eta, n_batch, n_epochs, seed):
    """The dictionary that sgd may return is used when there is one; measured without recording; a print."""
    torch.manual_seed(seed)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    for _ in range(n_epochs):
        for batch in torch.randperm(len(X)).split(n_batch):
            L, _ = loss_accuracy(forward(params, X[batch])[0], Y[batch])
            L.backward()
            params = sgd(params, eta) or params
        with torch.no_grad():
            for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
                L, acc = loss_accuracy(forward(params, inputs)[0], targets)
                curves[f"loss_{name}"].append(L.item())
                curves[f"acc_{name}"].append(float(acc))
        print(curves["loss_train"][-1])
    return params, curves
