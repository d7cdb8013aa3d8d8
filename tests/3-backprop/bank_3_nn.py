"""Answers to the lab with torch.nn: wrong ones with what gives them away, and right ones that look different."""

# ruff: noqa: F821  (the functions live in the notebook's namespace; a docstring is a message of three lines)

from grader.checks import right, wrong

# ---------------------------------------------------------- init_model


@wrong("init_model")
def softmax_in_the_model(nx, nh, ny):
    """The rows of the model's output sum to 1.
    The model ends with a softmax, and the loss will take another one.
    Models return logits.
    """
    model = torch.nn.Sequential(
        torch.nn.Linear(nx, nh), torch.nn.Tanh(), torch.nn.Linear(nh, ny), torch.nn.Softmax(dim=1)
    )
    return model, torch.nn.CrossEntropyLoss()


@wrong("init_model")
def no_activation(nx, nh, ny):
    """The model is affine: the output changes in proportion to the input.
    There is nothing between the two layers.
    What could two affine layers compute that one cannot?
    """
    model = torch.nn.Sequential(torch.nn.Linear(nx, nh), torch.nn.Linear(nh, ny))
    return model, torch.nn.CrossEntropyLoss()


@wrong("init_model")
def relu_for_tanh(nx, nh, ny):
    """The hidden units are not bounded, and 0 for half of the inputs.
    It looks like a ReLU.
    Which activation does the statement ask for?
    """
    model = torch.nn.Sequential(torch.nn.Linear(nx, nh), torch.nn.ReLU(), torch.nn.Linear(nh, ny))
    return model, torch.nn.CrossEntropyLoss()


@wrong("init_model")
def sigmoid_for_tanh(nx, nh, ny):
    """The hidden units lie between 0 and 1.
    It looks like a sigmoid.
    Which activation does the statement ask for, and what is its value at 0?
    """
    model = torch.nn.Sequential(torch.nn.Linear(nx, nh), torch.nn.Sigmoid(), torch.nn.Linear(nh, ny))
    return model, torch.nn.CrossEntropyLoss()


@wrong("init_model")
def biases_missing(nx, nh, ny):
    """The model has two parameters.
    The layers have no biases.
    Count the parameters of part 1.
    """
    model = torch.nn.Sequential(
        torch.nn.Linear(nx, nh, bias=False), torch.nn.Tanh(), torch.nn.Linear(nh, ny, bias=False)
    )
    return model, torch.nn.CrossEntropyLoss()


@wrong("init_model")
def tanh_after_the_output(nx, nh, ny):
    """The outputs lie between -1 and 1.
    There is an activation after the last layer.
    What range do logits have?
    """
    model = torch.nn.Sequential(
        torch.nn.Linear(nx, nh), torch.nn.Tanh(), torch.nn.Linear(nh, ny), torch.nn.Tanh()
    )
    return model, torch.nn.CrossEntropyLoss()


@wrong("init_model")
def a_layer_too_many(nx, nh, ny):
    """The model has six parameters.
    It has a second hidden layer.
    Count the layers of part 1.
    """
    model = torch.nn.Sequential(
        torch.nn.Linear(nx, nh),
        torch.nn.Tanh(),
        torch.nn.Linear(nh, nh),
        torch.nn.Tanh(),
        torch.nn.Linear(nh, ny),
    )
    return model, torch.nn.CrossEntropyLoss()


@wrong("init_model")
def hidden_size_fixed(nx, nh, ny):
    """The shapes do not follow nh.
    It looks like a size written into the code, or taken from a variable of the notebook.
    Which names inside the function are not arguments?
    """
    model = torch.nn.Sequential(torch.nn.Linear(nx, 10), torch.nn.Tanh(), torch.nn.Linear(10, ny))
    return model, torch.nn.CrossEntropyLoss()


@wrong("init_model")
def loss_summed(nx, nh, ny):
    """The loss and every gradient are the batch size times too large.
    The loss is a sum over the batch.
    Which reduction does the loss take?
    """
    model = torch.nn.Sequential(torch.nn.Linear(nx, nh), torch.nn.Tanh(), torch.nn.Linear(nh, ny))
    return model, torch.nn.CrossEntropyLoss(reduction="sum")


@wrong("init_model")
def squared_error(nx, nh, ny):
    """The loss of a batch is not a cross-entropy.
    It looks like a mean squared error of the logits.
    Which loss does a classification need?
    """
    model = torch.nn.Sequential(torch.nn.Linear(nx, nh), torch.nn.Tanh(), torch.nn.Linear(nh, ny))
    return model, torch.nn.MSELoss()


@wrong("init_model")
def binary_cross_entropy(nx, nh, ny):
    """The loss of a batch is the number of classes times too small, and more.
    It treats each logit as a yes-or-no question of its own.
    How many classes does one example have?
    """
    model = torch.nn.Sequential(torch.nn.Linear(nx, nh), torch.nn.Tanh(), torch.nn.Linear(nh, ny))
    return model, torch.nn.BCEWithLogitsLoss()


@wrong("init_model")
def label_smoothing(nx, nh, ny):
    """The loss is a little too large even for sure predictions.
    The targets are softened.
    Which options of the loss are not those of the statement?
    """
    model = torch.nn.Sequential(torch.nn.Linear(nx, nh), torch.nn.Tanh(), torch.nn.Linear(nh, ny))
    return model, torch.nn.CrossEntropyLoss(label_smoothing=0.1)


@wrong("init_model")
def constant_weights(nx, nh, ny):
    """All weights of a layer are equal.
    It looks like weights that are set to a constant.
    What do two hidden units with equal weights learn? Leave the layers their own weights.
    """
    model = torch.nn.Sequential(torch.nn.Linear(nx, nh), torch.nn.Tanh(), torch.nn.Linear(nh, ny))
    for parameter in model.parameters():
        torch.nn.init.zeros_(parameter)
    return model, torch.nn.CrossEntropyLoss()


@wrong("init_model")
def weights_too_large(nx, nh, ny):
    """The weights have a standard deviation of 1 and more.
    It looks like weights that are drawn anew, and far too large.
    Leave the layers their own weights.
    """
    model = torch.nn.Sequential(torch.nn.Linear(nx, nh), torch.nn.Tanh(), torch.nn.Linear(nh, ny))
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter)
    return model, torch.nn.CrossEntropyLoss()


@wrong("init_model")
def seed_set_inside(nx, nh, ny):
    """Two calls give the same weights.
    It looks like a seed that is set inside the function.
    Who sets the seed, and what do five runs with five seeds show then?
    """
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(nx, nh), torch.nn.Tanh(), torch.nn.Linear(nh, ny))
    return model, torch.nn.CrossEntropyLoss()


@wrong("init_model")
def model_made_once(nx, nh, ny, made={}):
    """Two calls give the same weights.
    It looks like a model that is made once and returned again.
    What does the next network start from?
    """
    if (nx, nh, ny) not in made:
        made[nx, nh, ny] = torch.nn.Sequential(
            torch.nn.Linear(nx, nh), torch.nn.Tanh(), torch.nn.Linear(nh, ny)
        )
    return made[nx, nh, ny], torch.nn.CrossEntropyLoss()


@right("init_model")
def own_module(nx, nh, ny):
    """A module of its own, cross-entropy as a function."""

    class Network(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.hidden = torch.nn.Linear(nx, nh)
            self.out = torch.nn.Linear(nh, ny)

        def forward(self, x):
            return self.out(self.hidden(x).tanh())

    model = Network()
    return model, torch.nn.functional.cross_entropy


@right("init_model")
def log_softmax_with_nll(nx, nh, ny):
    """The logarithm of the softmax in the model, negative log-likelihood as the loss."""
    model = torch.nn.Sequential(
        torch.nn.Linear(nx, nh), torch.nn.Tanh(), torch.nn.Linear(nh, ny), torch.nn.LogSoftmax(dim=1)
    )
    return model, torch.nn.NLLLoss()


@right("init_model")
def added_layer_by_layer(nx, nh, ny):
    """Layers added one by one, own initial values, a print."""
    model = torch.nn.Sequential()
    model.add_module("first", torch.nn.Linear(nx, nh))
    model.add_module("activation", torch.nn.Tanh())
    model.add_module("second", torch.nn.Linear(nh, ny))
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    print(model)
    return model, torch.nn.CrossEntropyLoss(reduction="mean")


# ------------------------------------------------------- loss_accuracy


@wrong("loss_accuracy")
def softmax_before_the_loss(loss, Yhat, Y):
    """The loss never comes near 0.
    A softmax is applied to the logits before the loss, which takes one itself.
    What does the loss expect: logits or probabilities?
    """
    return loss(torch.softmax(Yhat, dim=1), Y), (Yhat.argmax(1) == Y.argmax(1)).float().mean()


@wrong("loss_accuracy")
def loss_without_graph(loss, Yhat, Y):
    """The loss cannot be differentiated.
    It is a plain number, or cut off from its graph.
    What does .item() or .detach() leave of a tensor?
    """
    return loss(Yhat, Y).item(), (Yhat.argmax(1) == Y.argmax(1)).float().mean()


@wrong("loss_accuracy")
def given_loss_ignored(loss, Yhat, Y):
    """The result does not depend on the loss object.
    The loss is written out, or taken from a variable of the notebook.
    Which loss should the function use?
    """
    return torch.nn.CrossEntropyLoss()(Yhat, Y), (Yhat.argmax(1) == Y.argmax(1)).float().mean()


@wrong("loss_accuracy")
def loss_divided_again(loss, Yhat, Y):
    """The loss is the batch size times too small.
    A mean is taken of a mean.
    What has the loss object done already?
    """
    return loss(Yhat, Y) / len(Y), (Yhat.argmax(1) == Y.argmax(1)).float().mean()


@wrong("loss_accuracy")
def loss_times_the_batch(loss, Yhat, Y):
    """The loss is the batch size times too large.
    The mean of the loss object is undone.
    What is asked for: a mean or a sum?
    """
    return loss(Yhat, Y) * len(Y), (Yhat.argmax(1) == Y.argmax(1)).float().mean()


@wrong("loss_accuracy")
def accuracy_in_percent(loss, Yhat, Y):
    """The accuracy is exactly 100 times the expected; the loss is right.
    It is a percentage where a fraction is asked for.
    Between which two numbers does the statement put the accuracy?
    """
    return loss(Yhat, Y), 100 * (Yhat.argmax(1) == Y.argmax(1)).float().mean()


@wrong("loss_accuracy")
def accuracy_as_a_count(loss, Yhat, Y):
    """The accuracy is the number of right predictions; the loss is right.
    It is a count where a share is asked for.
    Between which two numbers does the statement put the accuracy?
    """
    return loss(Yhat, Y), (Yhat.argmax(1) == Y.argmax(1)).float().sum()


@wrong("loss_accuracy")
def accuracy_by_entries(loss, Yhat, Y):
    """The accuracy is too high with more than two classes.
    It looks like a comparison entry by entry: most entries of a one-hot row are 0 whatever the class.
    Compare one class number per example.
    """
    rounded = torch.eye(Y.shape[1], dtype=Y.dtype)[Yhat.argmax(1)]
    return loss(Yhat, Y), (rounded == Y).float().mean()


@wrong("loss_accuracy")
def accuracy_by_a_threshold(loss, Yhat, Y):
    """Some predictions count as wrong although the largest logit is the right one, or the other way round.
    It looks like logits compared with a threshold.
    Is a logit a probability?
    """
    return loss(Yhat, Y), ((Yhat > 0.5) == Y.bool()).all(dim=1).float().mean()


@wrong("loss_accuracy")
def accuracy_over_the_examples(loss, Yhat, Y):
    """The accuracy compares one number per class, not per example.
    It looks like the largest entry along the wrong axis.
    Along which axis are the classes?
    """
    return loss(Yhat, Y), (Yhat.argmax(0) == Y.argmax(0)).float().mean()


@right("loss_accuracy")
def named_arguments(loss, Yhat, Y):
    """The arguments of the loss by their names."""
    return loss(target=Y, input=Yhat), (Yhat.argmax(1) == Y.argmax(1)).float().mean()


@right("loss_accuracy")
def one_hot_targets(loss, Yhat, Y):
    """One-hot targets, accuracy as a plain number, a print."""
    acc = (Yhat.argmax(1) == Y.argmax(1)).float().mean().item()
    print(acc)
    return loss(Yhat, Y), acc


@right("loss_accuracy")
def class_numbers_in_float64(loss, Yhat, Y):
    """Class numbers as targets, accuracy in float64 by counting."""
    _, targets = torch.max(Y, 1)
    _, predicted = torch.max(Yhat.softmax(dim=1), 1)
    return loss(Yhat, targets), torch.eq(predicted, targets).sum().double() / Y.size(0)


# ----------------------------------------------------------------- sgd


@wrong("sgd")
def gradients_not_reset(model, eta):
    """The second step is too long: after three steps the parameters moved six times one step.
    Gradients of earlier batches are still in .grad, and each backward pass adds to them.
    What must .grad be when the next backward pass begins?
    """
    with torch.no_grad():
        for parameter in model.parameters():
            parameter -= eta * parameter.grad


@wrong("sgd")
def gradients_reset_first(model, eta):
    """The parameters do not move.
    The gradients are set to zero before they are used.
    In which order do the step and the reset come?
    """
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.grad.zero_()
            parameter -= eta * parameter.grad


@wrong("sgd")
def only_a_local_name_moves(model, eta):
    """The parameters do not move.
    A local name gets the new tensor, the model keeps the old one.
    Which tensors does the model hold after the loop?
    """
    with torch.no_grad():
        for parameter in model.parameters():
            parameter = parameter - eta * parameter.grad


@wrong("sgd")
def step_uphill(model, eta):
    """The parameters move the wrong way.
    The gradient is added.
    Where does the gradient point: up or down?
    """
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += eta * parameter.grad
    model.zero_grad()


@wrong("sgd")
def learning_rate_forgotten(model, eta):
    """The step does not depend on eta.
    The whole gradient is subtracted.
    Where does eta enter?
    """
    with torch.no_grad():
        for parameter in model.parameters():
            parameter -= parameter.grad
    model.zero_grad()


@wrong("sgd")
def first_layer_only(model, eta):
    """Only the parameters of the first layer move.
    The step does not go through the whole model.
    How many parameters does the model have?
    """
    with torch.no_grad():
        for parameter in model[0].parameters():
            parameter -= eta * parameter.grad
    model.zero_grad()


@wrong("sgd")
def biases_not_updated(model, eta):
    """The weights are right, the biases stay as they were.
    Only matrices are updated.
    Which parameters have gradients?
    """
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter -= eta * parameter.grad
    model.zero_grad()


@wrong("sgd")
def in_place_while_recording(model, eta):
    """It raises an error about a leaf that is used in an in-place operation.
    The tensor is changed while autograd records.
    Which block says that nothing is recorded?
    """
    for parameter in model.parameters():
        parameter -= eta * parameter.grad
    model.zero_grad()


@right("sgd")
def through_data(model, eta):
    """Through .data, gradients zeroed in place, the model returned."""
    for parameter in model.parameters():
        parameter.data -= eta * parameter.grad.data
        parameter.grad.zero_()
    return model


@right("sgd")
def by_an_optimizer(model, eta):
    """An optimizer made for the one step, in the other order of the two lines."""
    optimizer = torch.optim.SGD(model.parameters(), lr=eta)
    optimizer.step()
    optimizer.zero_grad(set_to_none=False)


# --------------------------------------------------------------- train


@wrong("train")
def short_batch_dropped(model, loss, X, Y, X_test, Y_test, eta, n_batch, n_epochs, seed):
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
            L.backward()
            sgd(model, eta)
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(loss, model(inputs), targets)
            curves[f"loss_{name}"].append(L.item())
            curves[f"acc_{name}"].append(float(acc))
    return model, curves


@wrong("train")
def pairs_broken(model, loss, X, Y, X_test, Y_test, eta, n_batch, n_epochs, seed):
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
            L.backward()
            sgd(model, eta)
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(loss, model(inputs), targets)
            curves[f"loss_{name}"].append(L.item())
            curves[f"acc_{name}"].append(float(acc))
    return model, curves


@wrong("train")
def same_order_every_epoch(model, loss, X, Y, X_test, Y_test, eta, n_batch, n_epochs, seed):
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
            L.backward()
            sgd(model, eta)
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(loss, model(inputs), targets)
            curves[f"loss_{name}"].append(L.item())
            curves[f"acc_{name}"].append(float(acc))
    return model, curves


@wrong("train")
def first_epoch_not_shuffled(model, loss, X, Y, X_test, Y_test, eta, n_batch, n_epochs, seed):
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
            L.backward()
            sgd(model, eta)
        order = torch.randperm(len(X))
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(loss, model(inputs), targets)
            curves[f"loss_{name}"].append(L.item())
            curves[f"acc_{name}"].append(float(acc))
    return model, curves


@wrong("train")
def batches_shuffled_instead_of_examples(model, loss, X, Y, X_test, Y_test, eta, n_batch, n_epochs, seed):
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
            L.backward()
            sgd(model, eta)
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(loss, model(inputs), targets)
            curves[f"loss_{name}"].append(L.item())
            curves[f"acc_{name}"].append(float(acc))
    return model, curves


@wrong("train")
def stops_when_the_loss_stays(model, loss, X, Y, X_test, Y_test, eta, n_batch, n_epochs, seed):
    """The curves are shorter than the number of epochs that was asked for.
    It looks like a loop that ends when the loss hardly changes.
    How many epochs does the caller ask for, and how many numbers does each list get?
    """
    torch.manual_seed(seed)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    for _ in range(n_epochs):
        for batch in torch.randperm(len(X)).split(n_batch):
            L, _ = loss_accuracy(loss, model(X[batch]), Y[batch])
            L.backward()
            sgd(model, eta)
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(loss, model(inputs), targets)
            curves[f"loss_{name}"].append(L.item())
            curves[f"acc_{name}"].append(float(acc))
        if len(curves["loss_train"]) > 1 and abs(curves["loss_train"][-1] - curves["loss_train"][-2]) < 1e-6:
            break
    return model, curves


@wrong("train")
def drawn_with_replacement(model, loss, X, Y, X_test, Y_test, eta, n_batch, n_epochs, seed):
    """The training loss is not one that an epoch over the whole set can leave.
    It looks as if an example was visited twice in an epoch, and another one not at all.
    Draw an order of all examples once per epoch, and cut it into batches.
    """
    torch.manual_seed(seed)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    for _ in range(n_epochs):
        for batch in torch.randint(len(X), (len(X),)).split(n_batch):
            L, _ = loss_accuracy(loss, model(X[batch]), Y[batch])
            L.backward()
            sgd(model, eta)
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(loss, model(inputs), targets)
            curves[f"loss_{name}"].append(L.item())
            curves[f"acc_{name}"].append(float(acc))
    return model, curves


@wrong("train")
def graph_kept_in_the_curves(model, loss, X, Y, X_test, Y_test, eta, n_batch, n_epochs, seed):
    """The values of the curves still require gradients.
    The tensors are stored with the graph that computed them.
    What has to be stored for a curve: a number or its history?
    """
    torch.manual_seed(seed)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    for _ in range(n_epochs):
        for batch in torch.randperm(len(X)).split(n_batch):
            L, _ = loss_accuracy(loss, model(X[batch]), Y[batch])
            L.backward()
            sgd(model, eta)
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(loss, model(inputs), targets)
            curves[f"loss_{name}"].append(L)
            curves[f"acc_{name}"].append(float(acc))
    return model, curves


@wrong("train")
def measured_before_the_epoch(model, loss, X, Y, X_test, Y_test, eta, n_batch, n_epochs, seed):
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
            L.backward()
            sgd(model, eta)
    return model, curves


@wrong("train")
def average_of_the_batches(model, loss, X, Y, X_test, Y_test, eta, n_batch, n_epochs, seed):
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
            L.backward()
            sgd(model, eta)
            seen.append(L.item())
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(loss, model(inputs), targets)
            curves[f"loss_{name}"].append(L.item())
            curves[f"acc_{name}"].append(float(acc))
        curves["loss_train"][-1] = sum(seen) / len(seen)
    return model, curves


@wrong("train")
def test_curves_on_the_training_set(model, loss, X, Y, X_test, Y_test, eta, n_batch, n_epochs, seed):
    """The curves of the test set equal those of the training set.
    Both are measured on the training set.
    Which examples does each of the four lists look at?
    """
    torch.manual_seed(seed)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    for _ in range(n_epochs):
        for batch in torch.randperm(len(X)).split(n_batch):
            L, _ = loss_accuracy(loss, model(X[batch]), Y[batch])
            L.backward()
            sgd(model, eta)
        for name, (inputs, targets) in {"train": (X, Y), "test": (X, Y)}.items():
            L, acc = loss_accuracy(loss, model(inputs), targets)
            curves[f"loss_{name}"].append(L.item())
            curves[f"acc_{name}"].append(float(acc))
    return model, curves


@wrong("train")
def one_epoch_too_many(model, loss, X, Y, X_test, Y_test, eta, n_batch, n_epochs, seed):
    """The curves have one number more than there are epochs, and the parameters moved once more.
    It looks like a loop that runs one time too often.
    Count the epochs for n_epochs = 1.
    """
    torch.manual_seed(seed)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    for _ in range(n_epochs + 1):
        for batch in torch.randperm(len(X)).split(n_batch):
            L, _ = loss_accuracy(loss, model(X[batch]), Y[batch])
            L.backward()
            sgd(model, eta)
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(loss, model(inputs), targets)
            curves[f"loss_{name}"].append(L.item())
            curves[f"acc_{name}"].append(float(acc))
    return model, curves


@wrong("train")
def seed_ignored(model, loss, X, Y, X_test, Y_test, eta, n_batch, n_epochs, seed):
    """Two trainings with the same seed have different curves.
    It looks like an order that does not come from the seed.
    Where does the argument enter?
    """
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    for _ in range(n_epochs):
        for batch in torch.randperm(len(X)).split(n_batch):
            L, _ = loss_accuracy(loss, model(X[batch]), Y[batch])
            L.backward()
            sgd(model, eta)
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(loss, model(inputs), targets)
            curves[f"loss_{name}"].append(L.item())
            curves[f"acc_{name}"].append(float(acc))
    return model, curves


@wrong("train")
def seed_fixed(model, loss, X, Y, X_test, Y_test, eta, n_batch, n_epochs, seed):
    """Two trainings with different seeds have the same curves.
    It looks like a seed written into the code.
    Where does the argument enter?
    """
    torch.manual_seed(42)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    for _ in range(n_epochs):
        for batch in torch.randperm(len(X)).split(n_batch):
            L, _ = loss_accuracy(loss, model(X[batch]), Y[batch])
            L.backward()
            sgd(model, eta)
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(loss, model(inputs), targets)
            curves[f"loss_{name}"].append(L.item())
            curves[f"acc_{name}"].append(float(acc))
    return model, curves


@wrong("train")
def softmax_in_the_loop(model, loss, X, Y, X_test, Y_test, eta, n_batch, n_epochs, seed):
    """The loss never comes near 0, and the steps are too short.
    A softmax is applied to the logits before the loss, which takes one itself.
    What does the loss expect: logits or probabilities?
    """
    torch.manual_seed(seed)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    for _ in range(n_epochs):
        for batch in torch.randperm(len(X)).split(n_batch):
            L, _ = loss_accuracy(loss, torch.softmax(model(X[batch]), dim=1), Y[batch])
            L.backward()
            sgd(model, eta)
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(loss, torch.softmax(model(inputs), dim=1), targets)
            curves[f"loss_{name}"].append(L.item())
            curves[f"acc_{name}"].append(float(acc))
    return model, curves


@wrong("train")
def one_step_after_all_batches(model, loss, X, Y, X_test, Y_test, eta, n_batch, n_epochs, seed):
    """There is one step per epoch, with the gradients of all batches added up.
    The step stands after the loop over the batches.
    What happens to .grad between two backward passes without a step?
    """
    torch.manual_seed(seed)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    for _ in range(n_epochs):
        for batch in torch.randperm(len(X)).split(n_batch):
            L, _ = loss_accuracy(loss, model(X[batch]), Y[batch])
            L.backward()
        sgd(model, eta)
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(loss, model(inputs), targets)
            curves[f"loss_{name}"].append(L.item())
            curves[f"acc_{name}"].append(float(acc))
    return model, curves


@wrong("train")
def settings_fixed(model, loss, X, Y, X_test, Y_test, eta, n_batch, n_epochs, seed):
    """The result does not depend on eta and n_batch.
    It looks like settings written into the code, or taken from variables of the notebook.
    Which names inside the function are not arguments?
    """
    torch.manual_seed(seed)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    for _ in range(n_epochs):
        for batch in torch.randperm(len(X)).split(10):
            L, _ = loss_accuracy(loss, model(X[batch]), Y[batch])
            L.backward()
            sgd(model, 0.03)
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(loss, model(inputs), targets)
            curves[f"loss_{name}"].append(L.item())
            curves[f"acc_{name}"].append(float(acc))
    return model, curves


@right("train")
def numpy_orders(model, loss, X, Y, X_test, Y_test, eta, n_batch, n_epochs, seed):
    """Permutations of numpy, slices, detached tensors in the curves, a key more."""
    import numpy as np

    generator = np.random.default_rng(seed)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    for _ in range(n_epochs):
        order = generator.permutation(len(X))
        for j in range(0, len(X), n_batch):
            batch = order[j : j + n_batch]
            L, _ = loss_accuracy(loss, model(X[batch]), Y[batch])
            L.backward()
            sgd(model, eta)
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(loss, model(inputs), targets)
            curves[f"loss_{name}"].append(L.detach())
            curves[f"acc_{name}"].append(float(acc))
    curves["epochs"] = n_epochs
    return model, curves


@right("train")
def loader_and_optimizer(model, loss, X, Y, X_test, Y_test, eta, n_batch, n_epochs, seed):
    """A DataLoader and an optimizer, the loss called directly, modes set."""
    torch.manual_seed(seed)
    pairs = torch.utils.data.TensorDataset(X, Y)
    loader = torch.utils.data.DataLoader(pairs, batch_size=n_batch, shuffle=True)
    optimizer = torch.optim.SGD(model.parameters(), lr=eta)
    curves = {name: [] for name in ("loss_train", "acc_train", "loss_test", "acc_test")}
    for _ in range(n_epochs):
        model.train()
        for x, y in loader:
            optimizer.zero_grad()
            loss(model(x), y).backward()
            optimizer.step()
        model.eval()
        for name, (inputs, targets) in {"train": (X, Y), "test": (X_test, Y_test)}.items():
            L, acc = loss_accuracy(loss, model(inputs), targets)
            curves[f"loss_{name}"].append(L.item())
            curves[f"acc_{name}"].append(float(acc))
    return model, curves
