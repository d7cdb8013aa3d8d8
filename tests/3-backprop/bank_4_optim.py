"""Answers to the lab with torch.optim: wrong ones with what gives them away, and right ones that look different."""

# ruff: noqa: F821  (the functions live in the notebook's namespace; a docstring is a message of three lines)

from grader.checks import right, wrong

# ---------------------------------------------------------- init_model


@wrong("init_model")
def softmax_in_the_model(nx, nh, ny, eta):
    """The rows of the model's output sum to 1.
    The model ends with a softmax, and the loss will take another one.
    Models return logits.
    """
    model = torch.nn.Sequential(
        torch.nn.Linear(nx, nh), torch.nn.Tanh(), torch.nn.Linear(nh, ny), torch.nn.Softmax(dim=1)
    )
    return model, torch.nn.CrossEntropyLoss(), torch.optim.SGD(model.parameters(), lr=eta)


@wrong("init_model")
def no_activation(nx, nh, ny, eta):
    """The model is affine: the output changes in proportion to the input.
    There is nothing between the two layers.
    What could two affine layers compute that one cannot?
    """
    model = torch.nn.Sequential(torch.nn.Linear(nx, nh), torch.nn.Linear(nh, ny))
    return model, torch.nn.CrossEntropyLoss(), torch.optim.SGD(model.parameters(), lr=eta)


@wrong("init_model")
def optimizer_of_another_model(nx, nh, ny, eta):
    """The parameters do not move, and there is no error.
    The optimizer owns the tensors of another model.
    Which model's parameters were given to the optimizer?
    """
    model = torch.nn.Sequential(torch.nn.Linear(nx, nh), torch.nn.Tanh(), torch.nn.Linear(nh, ny))
    optim = torch.optim.SGD(model.parameters(), lr=eta)
    model = torch.nn.Sequential(torch.nn.Linear(nx, nh), torch.nn.Tanh(), torch.nn.Linear(nh, ny))
    return model, torch.nn.CrossEntropyLoss(), optim


@wrong("init_model")
def momentum_added(nx, nh, ny, eta):
    """The first step is right, later steps are too long.
    The optimizer has momentum.
    Which options of the optimizer are not those of the statement?
    """
    model = torch.nn.Sequential(torch.nn.Linear(nx, nh), torch.nn.Tanh(), torch.nn.Linear(nh, ny))
    return model, torch.nn.CrossEntropyLoss(), torch.optim.SGD(model.parameters(), lr=eta, momentum=0.9)


@wrong("init_model")
def weight_decay_added(nx, nh, ny, eta):
    """Parameters move even when their gradient is zero.
    The optimizer has weight decay.
    Which options of the optimizer are not those of the statement?
    """
    model = torch.nn.Sequential(torch.nn.Linear(nx, nh), torch.nn.Tanh(), torch.nn.Linear(nh, ny))
    return model, torch.nn.CrossEntropyLoss(), torch.optim.SGD(model.parameters(), lr=eta, weight_decay=0.01)


@wrong("init_model")
def adam_for_sgd(nx, nh, ny, eta):
    """All parameters move by the same length, whatever their gradient.
    It looks like Adam.
    Which optimizer does the statement ask for?
    """
    model = torch.nn.Sequential(torch.nn.Linear(nx, nh), torch.nn.Tanh(), torch.nn.Linear(nh, ny))
    return model, torch.nn.CrossEntropyLoss(), torch.optim.Adam(model.parameters(), lr=eta)


@wrong("init_model")
def learning_rate_fixed(nx, nh, ny, eta):
    """The step does not depend on eta.
    It looks like a learning rate written into the code, or the default one.
    Which learning rate does the optimizer get?
    """
    model = torch.nn.Sequential(torch.nn.Linear(nx, nh), torch.nn.Tanh(), torch.nn.Linear(nh, ny))
    return model, torch.nn.CrossEntropyLoss(), torch.optim.SGD(model.parameters(), lr=0.03)


@wrong("init_model")
def output_layer_only(nx, nh, ny, eta):
    """The parameters of the hidden layer do not move.
    The optimizer owns the last layer only.
    Which tensors were given to the optimizer?
    """
    model = torch.nn.Sequential(torch.nn.Linear(nx, nh), torch.nn.Tanh(), torch.nn.Linear(nh, ny))
    return model, torch.nn.CrossEntropyLoss(), torch.optim.SGD(model[-1].parameters(), lr=eta)


@wrong("init_model")
def step_uphill(nx, nh, ny, eta):
    """The parameters move the wrong way.
    The optimizer maximises.
    Which options of the optimizer are not those of the statement?
    """
    model = torch.nn.Sequential(torch.nn.Linear(nx, nh), torch.nn.Tanh(), torch.nn.Linear(nh, ny))
    return model, torch.nn.CrossEntropyLoss(), torch.optim.SGD(model.parameters(), lr=eta, maximize=True)


@wrong("init_model")
def constant_weights(nx, nh, ny, eta):
    """All weights of a layer are equal.
    It looks like weights that are set to a constant.
    What do two hidden units with equal weights learn? Leave the layers their own weights.
    """
    model = torch.nn.Sequential(torch.nn.Linear(nx, nh), torch.nn.Tanh(), torch.nn.Linear(nh, ny))
    for parameter in model.parameters():
        torch.nn.init.zeros_(parameter)
    return model, torch.nn.CrossEntropyLoss(), torch.optim.SGD(model.parameters(), lr=eta)


@wrong("init_model")
def weights_too_large(nx, nh, ny, eta):
    """The weights have a standard deviation of 1 and more.
    It looks like weights that are drawn anew, and far too large.
    Leave the layers their own weights.
    """
    model = torch.nn.Sequential(torch.nn.Linear(nx, nh), torch.nn.Tanh(), torch.nn.Linear(nh, ny))
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter)
    return model, torch.nn.CrossEntropyLoss(), torch.optim.SGD(model.parameters(), lr=eta)


@wrong("init_model")
def seed_set_inside(nx, nh, ny, eta):
    """Two calls give the same weights.
    It looks like a seed that is set inside the function.
    Who sets the seed, and what do five runs with five seeds show then?
    """
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(nx, nh), torch.nn.Tanh(), torch.nn.Linear(nh, ny))
    return model, torch.nn.CrossEntropyLoss(), torch.optim.SGD(model.parameters(), lr=eta)


@wrong("init_model")
def model_made_once(nx, nh, ny, eta, made={}):
    """Two calls give the same weights.
    It looks like a model that is made once and returned again.
    What does the second network of the grid start from?
    """
    if (nx, nh, ny) not in made:
        made[nx, nh, ny] = torch.nn.Sequential(
            torch.nn.Linear(nx, nh), torch.nn.Tanh(), torch.nn.Linear(nh, ny)
        )
    model = made[nx, nh, ny]
    return model, torch.nn.CrossEntropyLoss(), torch.optim.SGD(model.parameters(), lr=eta)


@right("init_model")
def own_module(nx, nh, ny, eta):
    """A module of its own, cross-entropy as a function."""

    class Network(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.hidden = torch.nn.Linear(nx, nh)
            self.out = torch.nn.Linear(nh, ny)

        def forward(self, x):
            return self.out(self.hidden(x).tanh())

    model = Network()
    return model, torch.nn.functional.cross_entropy, torch.optim.SGD(model.parameters(), lr=eta)


@right("init_model")
def log_softmax_with_nll(nx, nh, ny, eta):
    """The logarithm of the softmax in the model, negative log-likelihood as the loss."""
    model = torch.nn.Sequential(
        torch.nn.Linear(nx, nh), torch.nn.Tanh(), torch.nn.Linear(nh, ny), torch.nn.LogSoftmax(dim=1)
    )
    return model, torch.nn.NLLLoss(), torch.optim.SGD(model.parameters(), lr=eta)


@right("init_model")
def added_layer_by_layer(nx, nh, ny, eta):
    """Layers added one by one, own initial values, a print."""
    model = torch.nn.Sequential()
    model.add_module("first", torch.nn.Linear(nx, nh))
    model.add_module("activation", torch.nn.Tanh())
    model.add_module("second", torch.nn.Linear(nh, ny))
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    print(model)
    return model, torch.nn.CrossEntropyLoss(reduction="mean"), torch.optim.SGD(model.parameters(), lr=eta)


@right("init_model")
def parameters_as_groups(nx, nh, ny, eta):
    """Two groups of parameters with the same rate."""
    model = torch.nn.Sequential(torch.nn.Linear(nx, nh), torch.nn.Tanh(), torch.nn.Linear(nh, ny))
    return (
        model,
        torch.nn.CrossEntropyLoss(),
        torch.optim.SGD(
            [{"params": model[0].parameters()}, {"params": model[2].parameters()}], lr=eta, momentum=0.0
        ),
    )


# --------------------------------------------------------------- train


@wrong("train")
def short_batch_dropped(model, loss, optim, X, Y, X_test, Y_test, n_batch, n_epochs, seed):
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
            L, _ = loss_accuracy(loss, model(X[batch]), Y[batch])
            optim.zero_grad()
            L.backward()
            optim.step()
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(loss, model(inputs), targets)
            curves[f"loss_{name}"].append(L.item())
            curves[f"acc_{name}"].append(float(acc))
    return model, curves


@wrong("train")
def pairs_broken(model, loss, optim, X, Y, X_test, Y_test, n_batch, n_epochs, seed):
    """The training loss is not one that an epoch over the whole set can leave.
    It looks as if examples met the targets of others.
    Print a row of X and of Y before and after the shuffle.
    """
    torch.manual_seed(seed)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    for _ in range(n_epochs):
        shuffled = X[torch.randperm(len(X))]
        for j in range(0, len(X), n_batch):
            L, _ = loss_accuracy(loss, model(shuffled[j : j + n_batch]), Y[j : j + n_batch])
            optim.zero_grad()
            L.backward()
            optim.step()
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(loss, model(inputs), targets)
            curves[f"loss_{name}"].append(L.item())
            curves[f"acc_{name}"].append(float(acc))
    return model, curves


@wrong("train")
def same_order_every_epoch(model, loss, optim, X, Y, X_test, Y_test, n_batch, n_epochs, seed):
    """All epochs have the same batches.
    It looks like an order that is drawn once, or never.
    Where is the order drawn: before the epochs, or in each of them?
    """
    torch.manual_seed(seed)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    order = torch.randperm(len(X))
    for _ in range(n_epochs):
        for batch in order.split(n_batch):
            L, _ = loss_accuracy(loss, model(X[batch]), Y[batch])
            optim.zero_grad()
            L.backward()
            optim.step()
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(loss, model(inputs), targets)
            curves[f"loss_{name}"].append(L.item())
            curves[f"acc_{name}"].append(float(acc))
    return model, curves


@wrong("train")
def first_epoch_not_shuffled(model, loss, optim, X, Y, X_test, Y_test, n_batch, n_epochs, seed):
    """The first epoch visits the examples in the order in which they are given.
    It looks like a shuffle at the end of an epoch.
    What is the order of the first epoch, before anything was shuffled?
    """
    torch.manual_seed(seed)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    order = torch.arange(len(X))
    for _ in range(n_epochs):
        for batch in order.split(n_batch):
            L, _ = loss_accuracy(loss, model(X[batch]), Y[batch])
            optim.zero_grad()
            L.backward()
            optim.step()
        order = torch.randperm(len(X))
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(loss, model(inputs), targets)
            curves[f"loss_{name}"].append(L.item())
            curves[f"acc_{name}"].append(float(acc))
    return model, curves


@wrong("train")
def batches_shuffled_instead_of_examples(model, loss, optim, X, Y, X_test, Y_test, n_batch, n_epochs, seed):
    """In every epoch the batches are those of the examples as they are given, in another sequence.
    It looks like batches that are cut first and shuffled then.
    What is shuffled: the examples, or the batches?
    """
    torch.manual_seed(seed)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    batches = torch.arange(len(X)).split(n_batch)
    for _ in range(n_epochs):
        for batch in [batches[k] for k in torch.randperm(len(batches))]:
            L, _ = loss_accuracy(loss, model(X[batch]), Y[batch])
            optim.zero_grad()
            L.backward()
            optim.step()
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(loss, model(inputs), targets)
            curves[f"loss_{name}"].append(L.item())
            curves[f"acc_{name}"].append(float(acc))
    return model, curves


@wrong("train")
def stops_when_the_loss_stays(model, loss, optim, X, Y, X_test, Y_test, n_batch, n_epochs, seed):
    """The curves are shorter than the number of epochs that was asked for.
    It looks like a loop that ends when the loss hardly changes.
    How many epochs does the caller ask for, and how many numbers does each list get?
    """
    torch.manual_seed(seed)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    for _ in range(n_epochs):
        for batch in torch.randperm(len(X)).split(n_batch):
            L, _ = loss_accuracy(loss, model(X[batch]), Y[batch])
            optim.zero_grad()
            L.backward()
            optim.step()
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(loss, model(inputs), targets)
            curves[f"loss_{name}"].append(L.item())
            curves[f"acc_{name}"].append(float(acc))
        if len(curves["loss_train"]) > 1 and abs(curves["loss_train"][-1] - curves["loss_train"][-2]) < 1e-6:
            break
    return model, curves


@wrong("train")
def drawn_with_replacement(model, loss, optim, X, Y, X_test, Y_test, n_batch, n_epochs, seed):
    """The training loss is not one that an epoch over the whole set can leave.
    It looks as if an example was visited twice in an epoch, and another one not at all.
    Draw an order of all examples once per epoch, and cut it into batches.
    """
    torch.manual_seed(seed)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    for _ in range(n_epochs):
        for batch in torch.randint(len(X), (len(X),)).split(n_batch):
            L, _ = loss_accuracy(loss, model(X[batch]), Y[batch])
            optim.zero_grad()
            L.backward()
            optim.step()
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(loss, model(inputs), targets)
            curves[f"loss_{name}"].append(L.item())
            curves[f"acc_{name}"].append(float(acc))
    return model, curves


@wrong("train")
def graph_kept_in_the_curves(model, loss, optim, X, Y, X_test, Y_test, n_batch, n_epochs, seed):
    """The values of the curves still require gradients.
    The tensors are stored with the graph that computed them.
    What has to be stored for a curve: a number or its history?
    """
    torch.manual_seed(seed)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    for _ in range(n_epochs):
        for batch in torch.randperm(len(X)).split(n_batch):
            L, _ = loss_accuracy(loss, model(X[batch]), Y[batch])
            optim.zero_grad()
            L.backward()
            optim.step()
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(loss, model(inputs), targets)
            curves[f"loss_{name}"].append(L)
            curves[f"acc_{name}"].append(float(acc))
    return model, curves


@wrong("train")
def measured_before_the_epoch(model, loss, optim, X, Y, X_test, Y_test, n_batch, n_epochs, seed):
    """The training loss is not one that an epoch over the whole set can leave.
    It looks like the loss before the epoch's updates, or as if nothing was updated.
    At which point of the loop are the curves measured, and what does each update leave?
    """
    torch.manual_seed(seed)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    for _ in range(n_epochs):
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(loss, model(inputs), targets)
            curves[f"loss_{name}"].append(L.item())
            curves[f"acc_{name}"].append(float(acc))
        for batch in torch.randperm(len(X)).split(n_batch):
            L, _ = loss_accuracy(loss, model(X[batch]), Y[batch])
            optim.zero_grad()
            L.backward()
            optim.step()
    return model, curves


@wrong("train")
def average_of_the_batches(model, loss, optim, X, Y, X_test, Y_test, n_batch, n_epochs, seed):
    """The training loss is not one that an epoch over the whole set can leave.
    It looks like a loss of the batches seen on the way.
    The curves are measured on whole sets with the parameters after the epoch.
    """
    torch.manual_seed(seed)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    for _ in range(n_epochs):
        seen = []
        for batch in torch.randperm(len(X)).split(n_batch):
            L, _ = loss_accuracy(loss, model(X[batch]), Y[batch])
            optim.zero_grad()
            L.backward()
            optim.step()
            seen.append(L.item())
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(loss, model(inputs), targets)
            curves[f"loss_{name}"].append(L.item())
            curves[f"acc_{name}"].append(float(acc))
        curves["loss_train"][-1] = sum(seen) / len(seen)
    return model, curves


@wrong("train")
def test_curves_on_the_training_set(model, loss, optim, X, Y, X_test, Y_test, n_batch, n_epochs, seed):
    """The curves of the test set equal those of the training set.
    Both are measured on the training set.
    Which examples does each of the four lists look at?
    """
    torch.manual_seed(seed)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    for _ in range(n_epochs):
        for batch in torch.randperm(len(X)).split(n_batch):
            L, _ = loss_accuracy(loss, model(X[batch]), Y[batch])
            optim.zero_grad()
            L.backward()
            optim.step()
        for name, (inputs, targets) in {"train": (X, Y), "test": (X, Y)}.items():
            L, acc = loss_accuracy(loss, model(inputs), targets)
            curves[f"loss_{name}"].append(L.item())
            curves[f"acc_{name}"].append(float(acc))
    return model, curves


@wrong("train")
def one_epoch_too_many(model, loss, optim, X, Y, X_test, Y_test, n_batch, n_epochs, seed):
    """The curves have one number more than there are epochs, and the parameters moved once more.
    It looks like a loop that runs one time too often.
    Count the epochs for n_epochs = 1.
    """
    torch.manual_seed(seed)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    for _ in range(n_epochs + 1):
        for batch in torch.randperm(len(X)).split(n_batch):
            L, _ = loss_accuracy(loss, model(X[batch]), Y[batch])
            optim.zero_grad()
            L.backward()
            optim.step()
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(loss, model(inputs), targets)
            curves[f"loss_{name}"].append(L.item())
            curves[f"acc_{name}"].append(float(acc))
    return model, curves


@wrong("train")
def seed_ignored(model, loss, optim, X, Y, X_test, Y_test, n_batch, n_epochs, seed):
    """Two trainings with the same seed have different curves.
    It looks like an order that does not come from the seed.
    Where does the argument enter?
    """
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    for _ in range(n_epochs):
        for batch in torch.randperm(len(X)).split(n_batch):
            L, _ = loss_accuracy(loss, model(X[batch]), Y[batch])
            optim.zero_grad()
            L.backward()
            optim.step()
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(loss, model(inputs), targets)
            curves[f"loss_{name}"].append(L.item())
            curves[f"acc_{name}"].append(float(acc))
    return model, curves


@wrong("train")
def seed_fixed(model, loss, optim, X, Y, X_test, Y_test, n_batch, n_epochs, seed):
    """Two trainings with different seeds have the same curves.
    It looks like a seed written into the code.
    Where does the argument enter?
    """
    torch.manual_seed(42)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    for _ in range(n_epochs):
        for batch in torch.randperm(len(X)).split(n_batch):
            L, _ = loss_accuracy(loss, model(X[batch]), Y[batch])
            optim.zero_grad()
            L.backward()
            optim.step()
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(loss, model(inputs), targets)
            curves[f"loss_{name}"].append(L.item())
            curves[f"acc_{name}"].append(float(acc))
    return model, curves


@wrong("train")
def softmax_in_the_loop(model, loss, optim, X, Y, X_test, Y_test, n_batch, n_epochs, seed):
    """The loss never comes near 0, and the steps are too short.
    A softmax is applied to the logits before the loss, which takes one itself.
    What does the loss expect: logits or probabilities?
    """
    torch.manual_seed(seed)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    for _ in range(n_epochs):
        for batch in torch.randperm(len(X)).split(n_batch):
            L, _ = loss_accuracy(loss, torch.softmax(model(X[batch]), dim=1), Y[batch])
            optim.zero_grad()
            L.backward()
            optim.step()
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(loss, torch.softmax(model(inputs), dim=1), targets)
            curves[f"loss_{name}"].append(L.item())
            curves[f"acc_{name}"].append(float(acc))
    return model, curves


@wrong("train")
def gradients_not_reset(model, loss, optim, X, Y, X_test, Y_test, n_batch, n_epochs, seed):
    """Gradients of earlier batches add up, and the steps grow.
    optim.zero_grad() is missing.
    What must .grad be when a backward pass begins?
    """
    torch.manual_seed(seed)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    for _ in range(n_epochs):
        for batch in torch.randperm(len(X)).split(n_batch):
            L, _ = loss_accuracy(loss, model(X[batch]), Y[batch])
            L.backward()
            optim.step()
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(loss, model(inputs), targets)
            curves[f"loss_{name}"].append(L.item())
            curves[f"acc_{name}"].append(float(acc))
    return model, curves


@wrong("train")
def gradients_reset_before_the_step(model, loss, optim, X, Y, X_test, Y_test, n_batch, n_epochs, seed):
    """Nothing is learnt: the parameters do not move.
    The gradients are forgotten between the backward pass and the step.
    In which order do the three calls come?
    """
    torch.manual_seed(seed)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    for _ in range(n_epochs):
        for batch in torch.randperm(len(X)).split(n_batch):
            L, _ = loss_accuracy(loss, model(X[batch]), Y[batch])
            L.backward()
            optim.zero_grad()
            optim.step()
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(loss, model(inputs), targets)
            curves[f"loss_{name}"].append(L.item())
            curves[f"acc_{name}"].append(float(acc))
    return model, curves


@wrong("train")
def step_before_backward(model, loss, optim, X, Y, X_test, Y_test, n_batch, n_epochs, seed):
    """Each step uses the gradients of the batch before.
    The step comes before the backward pass.
    In which order do the three calls come?
    """
    torch.manual_seed(seed)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    for _ in range(n_epochs):
        for batch in torch.randperm(len(X)).split(n_batch):
            L, _ = loss_accuracy(loss, model(X[batch]), Y[batch])
            optim.step()
            optim.zero_grad()
            L.backward()
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(loss, model(inputs), targets)
            curves[f"loss_{name}"].append(L.item())
            curves[f"acc_{name}"].append(float(acc))
    return model, curves


@wrong("train")
def gradients_reset_once_per_epoch(model, loss, optim, X, Y, X_test, Y_test, n_batch, n_epochs, seed):
    """Within an epoch the gradients add up, and the steps grow.
    The gradients are reset once per epoch.
    How often does the loop call backward, and how often zero_grad?
    """
    torch.manual_seed(seed)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    for _ in range(n_epochs):
        optim.zero_grad()
        for batch in torch.randperm(len(X)).split(n_batch):
            L, _ = loss_accuracy(loss, model(X[batch]), Y[batch])
            L.backward()
            optim.step()
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(loss, model(inputs), targets)
            curves[f"loss_{name}"].append(L.item())
            curves[f"acc_{name}"].append(float(acc))
    return model, curves


@wrong("train")
def one_step_after_all_batches(model, loss, optim, X, Y, X_test, Y_test, n_batch, n_epochs, seed):
    """There is one step per epoch.
    The step stands after the loop over the batches.
    How many updates does an epoch make?
    """
    torch.manual_seed(seed)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    for _ in range(n_epochs):
        for batch in torch.randperm(len(X)).split(n_batch):
            L, _ = loss_accuracy(loss, model(X[batch]), Y[batch])
            optim.zero_grad()
            L.backward()
        optim.step()
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(loss, model(inputs), targets)
            curves[f"loss_{name}"].append(L.item())
            curves[f"acc_{name}"].append(float(acc))
    return model, curves


@wrong("train")
def batch_size_fixed(model, loss, optim, X, Y, X_test, Y_test, n_batch, n_epochs, seed):
    """The result does not depend on n_batch.
    It looks like a batch size written into the code, or taken from a variable of the notebook.
    Which names inside the function are not arguments?
    """
    torch.manual_seed(seed)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    for _ in range(n_epochs):
        for batch in torch.randperm(len(X)).split(2):
            L, _ = loss_accuracy(loss, model(X[batch]), Y[batch])
            optim.zero_grad()
            L.backward()
            optim.step()
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(loss, model(inputs), targets)
            curves[f"loss_{name}"].append(L.item())
            curves[f"acc_{name}"].append(float(acc))
    return model, curves


@wrong("train")
def optimizer_left_out(model, loss, optim, X, Y, X_test, Y_test, n_batch, n_epochs, seed):
    """The steps are those of plain descent, whichever optimizer is given.
    It looks like a step by hand with the optimizer's learning rate.
    Who takes the step in this notebook?
    """
    torch.manual_seed(seed)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    for _ in range(n_epochs):
        for batch in torch.randperm(len(X)).split(n_batch):
            L, _ = loss_accuracy(loss, model(X[batch]), Y[batch])
            optim.zero_grad()
            L.backward()
            with torch.no_grad():
                for parameter in model.parameters():
                    parameter -= optim.param_groups[0]["lr"] * parameter.grad
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(loss, model(inputs), targets)
            curves[f"loss_{name}"].append(L.item())
            curves[f"acc_{name}"].append(float(acc))
    return model, curves


@wrong("train")
def gradients_clipped(model, loss, optim, X, Y, X_test, Y_test, n_batch, n_epochs, seed):
    """Small gradients are followed, large ones only in part.
    It looks like gradients that are cut off at a bound.
    What lies between the backward pass and the step in the statement?
    """
    torch.manual_seed(seed)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    for _ in range(n_epochs):
        for batch in torch.randperm(len(X)).split(n_batch):
            L, _ = loss_accuracy(loss, model(X[batch]), Y[batch])
            optim.zero_grad()
            L.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optim.step()
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(loss, model(inputs), targets)
            curves[f"loss_{name}"].append(L.item())
            curves[f"acc_{name}"].append(float(acc))
    return model, curves


@right("train")
def numpy_orders(model, loss, optim, X, Y, X_test, Y_test, n_batch, n_epochs, seed):
    """Permutations of numpy, slices, detached tensors in the curves, gradients reset after the step."""
    import numpy as np

    generator = np.random.default_rng(seed)
    optim.zero_grad()
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    for _ in range(n_epochs):
        order = generator.permutation(len(X))
        for j in range(0, len(X), n_batch):
            batch = order[j : j + n_batch]
            L, _ = loss_accuracy(loss, model(X[batch]), Y[batch])
            L.backward()
            optim.step()
            optim.zero_grad()
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(loss, model(inputs), targets)
            curves[f"loss_{name}"].append(L.detach())
            curves[f"acc_{name}"].append(float(acc))
    return model, curves


@right("train")
def loader_and_direct_loss(model, loss, optim, X, Y, X_test, Y_test, n_batch, n_epochs, seed):
    """A DataLoader, the loss called directly, model.zero_grad, modes set, measured without recording."""
    source = torch.Generator().manual_seed(seed)
    pairs = torch.utils.data.TensorDataset(X, Y)
    loader = torch.utils.data.DataLoader(pairs, batch_size=n_batch, shuffle=True, generator=source)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    for _ in range(n_epochs):
        model.train()
        for x, y in loader:
            model.zero_grad()
            loss(model(x), y.argmax(1)).backward()
            optim.step()
        model.eval()
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(loss, model(inputs), targets)
            curves[f"loss_{name}"].append(L.item())
            curves[f"acc_{name}"].append(float(acc))
    return model, curves
