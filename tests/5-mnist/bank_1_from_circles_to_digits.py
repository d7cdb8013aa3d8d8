"""Named wrong answers and odd but right ones of the step from circles to digits."""

from grader.checks import right, wrong

# init_model


@wrong("init_model")
def softmax_at_the_end(nx, nh, ny, eta):
    """Every row of the model's output sums to one.
    It looks like a softmax at the end of the model: the loss applies one as well.
    The model gives logits.
    """
    model = torch.nn.Sequential(
        torch.nn.Linear(nx, nh), torch.nn.Tanh(), torch.nn.Linear(nh, ny), torch.nn.Softmax(dim=1)
    )
    return model, torch.nn.CrossEntropyLoss(), torch.optim.SGD(model.parameters(), lr=eta)


@wrong("init_model")
def activation_missing(nx, nh, ny, eta):
    """The network is affine.
    It looks like two linear layers with nothing between them.
    What stands between the layers?
    """
    model = torch.nn.Sequential(torch.nn.Linear(nx, nh), torch.nn.Linear(nh, ny))
    return model, torch.nn.CrossEntropyLoss(), torch.optim.SGD(model.parameters(), lr=eta)


@wrong("init_model")
def sigmoid_for_tanh(nx, nh, ny, eta):
    """The logits differ, as if hidden values were all positive.
    It looks like a sigmoid in the hidden layer.
    Which activation does the statement name?
    """
    model = torch.nn.Sequential(torch.nn.Linear(nx, nh), torch.nn.Sigmoid(), torch.nn.Linear(nh, ny))
    return model, torch.nn.CrossEntropyLoss(), torch.optim.SGD(model.parameters(), lr=eta)


@wrong("init_model")
def relu_for_tanh(nx, nh, ny, eta):
    """The logits differ, as if some hidden units were off.
    It looks like a ReLU in the hidden layer.
    Which activation does the statement name?
    """
    model = torch.nn.Sequential(torch.nn.Linear(nx, nh), torch.nn.ReLU(), torch.nn.Linear(nh, ny))
    return model, torch.nn.CrossEntropyLoss(), torch.optim.SGD(model.parameters(), lr=eta)


@wrong("init_model")
def tanh_at_the_end_too(nx, nh, ny, eta):
    """All logits are between -1 and 1.
    It looks like an activation after the last layer.
    What comes out of the model?
    """
    model = torch.nn.Sequential(
        torch.nn.Linear(nx, nh), torch.nn.Tanh(), torch.nn.Linear(nh, ny), torch.nn.Tanh()
    )
    return model, torch.nn.CrossEntropyLoss(), torch.optim.SGD(model.parameters(), lr=eta)


@wrong("init_model")
def summed_cross_entropy(nx, nh, ny, eta):
    """The loss is as many times too large as there are examples.
    It looks like a sum over the batch.
    The loss is a mean.
    """
    model = torch.nn.Sequential(torch.nn.Linear(nx, nh), torch.nn.Tanh(), torch.nn.Linear(nh, ny))
    return model, torch.nn.CrossEntropyLoss(reduction="sum"), torch.optim.SGD(model.parameters(), lr=eta)


@wrong("init_model")
def squared_error(nx, nh, ny, eta):
    """The loss is no cross-entropy.
    It looks like a mean squared error between logits and one-hot rows.
    Which loss belongs to classes?
    """
    model = torch.nn.Sequential(torch.nn.Linear(nx, nh), torch.nn.Tanh(), torch.nn.Linear(nh, ny))
    return model, torch.nn.MSELoss(), torch.optim.SGD(model.parameters(), lr=eta)


@wrong("init_model")
def learning_rate_fixed(nx, nh, ny, eta):
    """The steps do not depend on eta.
    It looks like a rate that is written in the function: every column of a grid would be the same.
    Where does eta enter?
    """
    model = torch.nn.Sequential(torch.nn.Linear(nx, nh), torch.nn.Tanh(), torch.nn.Linear(nh, ny))
    return model, torch.nn.CrossEntropyLoss(), torch.optim.SGD(model.parameters(), lr=0.03)


@wrong("init_model")
def with_momentum(nx, nh, ny, eta):
    """The first step is right, the later ones are too long.
    It looks like momentum.
    Plain descent has none.
    """
    model = torch.nn.Sequential(torch.nn.Linear(nx, nh), torch.nn.Tanh(), torch.nn.Linear(nh, ny))
    return model, torch.nn.CrossEntropyLoss(), torch.optim.SGD(model.parameters(), lr=eta, momentum=0.9)


@wrong("init_model")
def adam_for_descent(nx, nh, ny, eta):
    """All numbers move by about eta, whatever their gradients are.
    It looks like Adam.
    Which optimizer does the statement name?
    """
    model = torch.nn.Sequential(torch.nn.Linear(nx, nh), torch.nn.Tanh(), torch.nn.Linear(nh, ny))
    return model, torch.nn.CrossEntropyLoss(), torch.optim.Adam(model.parameters(), lr=eta)


@wrong("init_model")
def optimizer_of_another_model(nx, nh, ny, eta):
    """The optimizer steps, and the model does not move.
    It looks like an optimizer that holds the parameters of another model.
    Whose parameters does it get?
    """
    layers = [torch.nn.Linear(nx, nh), torch.nn.Tanh(), torch.nn.Linear(nh, ny)]
    optim = torch.optim.SGD(torch.nn.Sequential(*layers).parameters(), lr=eta)
    model = torch.nn.Sequential(torch.nn.Linear(nx, nh), torch.nn.Tanh(), torch.nn.Linear(nh, ny))
    return model, torch.nn.CrossEntropyLoss(), optim


@wrong("init_model")
def without_biases(nx, nh, ny, eta):
    """The model has half as many parameters as expected.
    It looks like layers without biases.
    Count the parameters by hand.
    """
    model = torch.nn.Sequential(
        torch.nn.Linear(nx, nh, bias=False), torch.nn.Tanh(), torch.nn.Linear(nh, ny, bias=False)
    )
    return model, torch.nn.CrossEntropyLoss(), torch.optim.SGD(model.parameters(), lr=eta)


@wrong("init_model")
def only_the_last_layer_learns(nx, nh, ny, eta):
    """Only two of the four parameters move.
    It looks like an optimizer that holds the last layer alone.
    Whose parameters does it get?
    """
    model = torch.nn.Sequential(torch.nn.Linear(nx, nh), torch.nn.Tanh(), torch.nn.Linear(nh, ny))
    return model, torch.nn.CrossEntropyLoss(), torch.optim.SGD(model[-1].parameters(), lr=eta)


@wrong("init_model")
def constant_weights(nx, nh, ny, eta):
    """All hidden units start with the same weights.
    It looks like constant initial weights: the units stay equal for ever.
    Leave the layers their own initial weights.
    """
    model = torch.nn.Sequential(torch.nn.Linear(nx, nh), torch.nn.Tanh(), torch.nn.Linear(nh, ny))
    for p in model.parameters():
        torch.nn.init.constant_(p, 0.1)
    return model, torch.nn.CrossEntropyLoss(), torch.optim.SGD(model.parameters(), lr=eta)


@right("init_model")
def module_of_its_own(nx, nh, ny, eta=0.03):
    """An own class with its layers in another order, log-probabilities and their loss."""

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.last = torch.nn.Linear(nh, ny)
            self.first = torch.nn.Linear(nx, nh)

        def forward(self, x):
            return torch.nn.functional.log_softmax(self.last(torch.tanh(self.first(x))), dim=1)

    def loss(Yhat, Y):
        return -(Yhat * Y).sum(1).mean()

    net = Net()
    return (
        net,
        loss,
        torch.optim.SGD([*net.first.parameters(), *net.last.parameters()], lr=eta, weight_decay=0),
    )


@right("init_model")
def blocks_by_name(nx, nh, ny, eta):
    """A Sequential with names, parameter groups, weights of its own."""
    from collections import OrderedDict

    layers = OrderedDict(inner=torch.nn.Linear(nx, nh), act=torch.nn.Tanh(), outer=torch.nn.Linear(nh, ny))
    model = torch.nn.Sequential(layers)
    for layer in (model.inner, model.outer):
        torch.nn.init.normal_(layer.weight, std=0.3)
        torch.nn.init.zeros_(layer.bias)
    groups = [{"params": model.inner.parameters()}, {"params": model.outer.parameters()}]
    print(model)
    return model, torch.nn.CrossEntropyLoss(reduction="mean"), torch.optim.SGD(groups, lr=eta)


# train_epoch


@wrong("train_epoch")
def gradients_not_reset(model, loss, optim, X, Y, batch_size):
    """The first update is right, the later ones are not.
    It looks like gradients that add up from batch to batch.
    When are they forgotten?
    """
    for rows in torch.randperm(len(X)).split(batch_size):
        loss(model(X[rows]), Y[rows]).backward()
        optim.step()


@wrong("train_epoch")
def not_shuffled(model, loss, optim, X, Y, batch_size):
    """Every epoch visits the examples from the first to the last.
    It looks like a loop without a random order.
    Where is the order drawn?
    """
    for k in range(0, len(X), batch_size):
        optim.zero_grad()
        loss(model(X[k : k + batch_size]), Y[k : k + batch_size]).backward()
        optim.step()


@wrong("train_epoch")
def always_the_same_seed(model, loss, optim, X, Y, batch_size):
    """Every epoch visits the examples in the same order.
    It looks like a seed that is set inside the function.
    When is the order drawn, and from what?
    """
    torch.manual_seed(0)
    for rows in torch.randperm(len(X)).split(batch_size):
        optim.zero_grad()
        loss(model(X[rows]), Y[rows]).backward()
        optim.step()


@wrong("train_epoch")
def rest_dropped(model, loss, optim, X, Y, batch_size):
    """Examples are left out when batch_size does not divide their number.
    It looks like a whole number of full batches.
    What happens to the rest?
    """
    order = torch.randperm(len(X))
    for k in range(len(X) // batch_size):
        rows = order[k * batch_size : (k + 1) * batch_size]
        optim.zero_grad()
        loss(model(X[rows]), Y[rows]).backward()
        optim.step()


@wrong("train_epoch")
def with_replacement(model, loss, optim, X, Y, batch_size):
    """In an epoch some examples come twice and others never.
    It looks like rows that are drawn with replacement.
    How is the order of the rows made?
    """
    for rows in torch.randint(0, len(X), (len(X),)).split(batch_size):
        optim.zero_grad()
        loss(model(X[rows]), Y[rows]).backward()
        optim.step()


@wrong("train_epoch")
def pairs_broken(model, loss, optim, X, Y, batch_size):
    """Inputs come with the targets of other examples.
    It looks like inputs that are shuffled while the targets stay.
    Use the same row numbers for both.
    """
    order = torch.randperm(len(X))
    for k in range(0, len(X), batch_size):
        optim.zero_grad()
        loss(model(X[order[k : k + batch_size]]), Y[k : k + batch_size]).backward()
        optim.step()


@wrong("train_epoch")
def one_update_an_epoch(model, loss, optim, X, Y, batch_size):
    """There is one update in an epoch.
    It looks like a step outside the loop over the batches.
    How far is step() indented?
    """
    optim.zero_grad()
    for rows in torch.randperm(len(X)).split(batch_size):
        loss(model(X[rows]), Y[rows]).backward()
    optim.step()


@wrong("train_epoch")
def whole_set_at_once(model, loss, optim, X, Y, batch_size):
    """Every update uses all examples.
    It looks like a batch that is cut out and never used.
    Which rows does the loss see?
    """
    for _ in torch.randperm(len(X)).split(batch_size):
        optim.zero_grad()
        loss(model(X), Y).backward()
        optim.step()


@wrong("train_epoch")
def number_of_batches(model, loss, optim, X, Y, batch_size):
    """The batches have sizes of their own.
    It looks like batch_size taken for the number of batches.
    What does the second argument of the split mean?
    """
    for rows in torch.chunk(torch.randperm(len(X)), batch_size):
        optim.zero_grad()
        loss(model(X[rows]), Y[rows]).backward()
        optim.step()


@wrong("train_epoch")
def step_forgotten(model, loss, optim, X, Y, batch_size):
    """The optimizer never makes a step.
    It looks like a loop that computes gradients and stops there.
    Who changes the weights?
    """
    for rows in torch.randperm(len(X)).split(batch_size):
        optim.zero_grad()
        loss(model(X[rows]), Y[rows]).backward()


@wrong("train_epoch")
def step_before_backward(model, loss, optim, X, Y, batch_size):
    """The first update does nothing; later ones use the gradient of the batch before.
    It looks like a step that stands before backward().
    In which order do the three lines stand?
    """
    for rows in torch.randperm(len(X)).split(batch_size):
        L = loss(model(X[rows]), Y[rows])
        optim.step()
        optim.zero_grad()
        L.backward()


@wrong("train_epoch")
def even_chunks(model, loss, optim, X, Y, batch_size):
    """The batches are as even as possible instead of full ones and a rest.
    It looks like torch.chunk with the number of batches rounded up.
    9 rows in batches of 4 are 4, 4 and 1.
    """
    for rows in torch.chunk(torch.randperm(len(X)), -(-len(X) // batch_size)):
        optim.zero_grad()
        loss(model(X[rows]), Y[rows]).backward()
        optim.step()


@wrong("train_epoch")
def neighbours_stay_together(model, loss, optim, X, Y, batch_size):
    """Examples that are neighbours in the data stay together in every batch.
    It looks like blocks of rows that are shuffled, or like an order that is only turned round.
    What is shuffled: batches or rows?
    """
    starts = range(0, len(X), batch_size)
    for i in torch.randperm(len(starts)):
        rows = slice(starts[i], starts[i] + batch_size)
        optim.zero_grad()
        loss(model(X[rows]), Y[rows]).backward()
        optim.step()


@wrong("train_epoch")
def gradients_clipped(model, loss, optim, X, Y, batch_size):
    """Small updates are right, large ones are too short.
    It looks like gradients that are clipped.
    Plain descent takes the gradient as it is.
    """
    for rows in torch.randperm(len(X)).split(batch_size):
        optim.zero_grad()
        loss(model(X[rows]), Y[rows]).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optim.step()


@right("train_epoch")
def loss_with_keywords(model, loss, optim, X, Y, batch_size):
    """The loss with the names of its arguments, a closure for the step."""
    order = torch.argsort(torch.rand(len(X)))
    for k in range(0, len(X), batch_size):
        rows = order[k : k + batch_size]

        def closure():
            optim.zero_grad()
            L = loss(target=Y[rows], input=model(X[rows]))
            L.backward()
            return L

        optim.step(closure)


@right("train_epoch")
def shuffled_copies(model, loss, optim, X, Y, batch_size):
    """Shuffled copies, gradients set to None by hand, the mean loss returned."""
    model.train()
    order = torch.randperm(X.shape[0])
    Xs, Ys, total = X[order], Y[order], 0.0
    for i in range(0, Xs.shape[0], batch_size):
        Yhat = model(Xs[i : i + batch_size])
        L = loss(Yhat, Ys[i : i + batch_size])
        for p in model.parameters():
            p.grad = None
        L.backward()
        optim.step()
        total += L.item()
    print("loss", total)
    return total


@right("train_epoch")
def loader_and_index_targets(model, loss, optim, X, Y, batch_size=100):
    """A DataLoader, class numbers as targets."""
    dataset = torch.utils.data.TensorDataset(X, Y.argmax(1))
    for inputs, classes in torch.utils.data.DataLoader(dataset, batch_size, shuffle=True):
        optim.zero_grad(set_to_none=False)
        L = loss(model(inputs), classes)
        L.backward()
        optim.step()
    return model


# evaluate


@wrong("evaluate")
def accuracy_in_percent(model, loss, X, Y):
    """The accuracy is exactly 100 times the expected.
    It looks like a percentage.
    Accuracies are fractions in this course.
    """
    with torch.no_grad():
        Yhat = model(X)
        return loss(Yhat, Y).item(), 100 * (Yhat.argmax(1) == Y.argmax(1)).float().mean().item()


@wrong("evaluate")
def graph_kept(model, loss, X, Y):
    """The loss still requires gradients.
    It looks like a loss tensor with its whole graph.
    A curve needs the number only.
    """
    Yhat = model(X)
    return loss(Yhat, Y), (Yhat.argmax(1) == Y.argmax(1)).float().mean().item()


@wrong("evaluate")
def tables_compared(model, loss, X, Y):
    """The accuracy counts zeros that agree.
    It looks like one-hot tables that are compared element by element.
    Compare classes, not tables.
    """
    with torch.no_grad():
        Yhat = model(X)
        table = torch.nn.functional.one_hot(Yhat.argmax(1), Y.shape[1])
        return loss(Yhat, Y).item(), (table == Y).float().mean().item()


@wrong("evaluate")
def softmax_before_the_loss(model, loss, X, Y):
    """The accuracy is right, the loss is not.
    It looks like probabilities that are given to a loss of logits.
    Where is the softmax applied?
    """
    with torch.no_grad():
        Yhat = torch.softmax(model(X), 1)
        return loss(Yhat, Y).item(), (Yhat.argmax(1) == Y.argmax(1)).float().mean().item()


@wrong("evaluate")
def number_of_right_ones(model, loss, X, Y):
    """The accuracy is as many times too large as there are examples.
    It looks like a count.
    What is it divided by?
    """
    with torch.no_grad():
        Yhat = model(X)
        return loss(Yhat, Y).item(), (Yhat.argmax(1) == Y.argmax(1)).sum().item()


@wrong("evaluate")
def mean_divided_again(model, loss, X, Y):
    """The loss is as many times too small as there are examples.
    It looks like a mean that is divided by the number of examples again.
    What does the loss return?
    """
    with torch.no_grad():
        Yhat = model(X)
        return loss(Yhat, Y).item() / len(X), (Yhat.argmax(1) == Y.argmax(1)).float().mean().item()


@wrong("evaluate")
def loss_of_its_own(model, loss, X, Y):
    """The loss is not that of the function that was given.
    It looks like a loss that is written into the function.
    Which loss does the caller ask for?
    """
    with torch.no_grad():
        Yhat = model(X)
        L = torch.nn.functional.cross_entropy(Yhat, Y).item()
        return L, (Yhat.argmax(1) == Y.argmax(1)).float().mean().item()


@wrong("evaluate")
def classes_over_the_examples(model, loss, X, Y):
    """The accuracy compares rows, not classes.
    It looks like a maximum that is taken over the examples.
    Along which axis are the classes?
    """
    with torch.no_grad():
        Yhat = model(X)
        return loss(Yhat, Y).item(), (Yhat.argmax(0) == Y.argmax(0)).float().mean().item()


@wrong("evaluate")
def results_exchanged(model, loss, X, Y):
    """Loss and accuracy stand in each other's place.
    It looks like a return line in the wrong order.
    Which comes first?
    """
    with torch.no_grad():
        Yhat = model(X)
        return (Yhat.argmax(1) == Y.argmax(1)).float().mean().item(), loss(Yhat, Y).item()


@wrong("evaluate")
def mean_of_batch_means(model, loss, X, Y):
    """The loss is right for small sets, and slightly off for large ones.
    It looks like a mean of batch means: the examples of a short batch count too much.
    Sum over the examples, divide once.
    """
    losses, shares = [], []
    with torch.no_grad():
        for inputs, targets in zip(X.split(64), Y.split(64)):
            Yhat = model(inputs)
            losses.append(loss(Yhat, targets).item())
            shares.append((Yhat.argmax(1) == targets.argmax(1)).float().mean().item())
    return sum(losses) / len(losses), sum(shares) / len(shares)


@wrong("evaluate")
def first_examples_only(model, loss, X, Y):
    """Small sets are measured rightly, large ones are not.
    It looks like a measure of the first examples.
    Loss and accuracy are those of the whole set.
    """
    X, Y = X[:500], Y[:500]
    with torch.no_grad():
        Yhat = model(X)
        return loss(Yhat, Y).item(), (Yhat.argmax(1) == Y.argmax(1)).float().mean().item()


@right("evaluate")
def batches_by_their_sizes(model, loss, X, Y):
    """Batches whose means are weighted by their sizes; the loss with the names of its arguments."""
    L = n_right = 0.0
    with torch.no_grad():
        for rows in torch.arange(len(X)).split(100):
            Yhat = model(X[rows])
            L += loss(input=Yhat, target=Y[rows]).item() * len(rows) / len(X)
            n_right += (Yhat.argmax(1) == Y[rows].argmax(1)).sum().item()
    return L, n_right / len(X)


@right("evaluate")
def tensors_without_a_graph(model, loss, X, Y):
    """0-d tensors, detached after the fact; accuracy in float64."""
    Yhat = model(X).detach()
    _, said = torch.max(Yhat, dim=1)
    right = torch.eq(said, torch.argmax(Y, dim=-1))
    return loss(Yhat, Y).detach(), right.double().mean()


@right("evaluate")
def with_a_count(model, loss, X, Y):
    """Inference mode, a count divided at the end, softmax for the accuracy only."""
    with torch.inference_mode():
        Yhat = model(X)
        n_right = 0
        for row, target in zip(torch.softmax(Yhat, dim=1), Y):
            n_right += int(row.argmax() == target.argmax())
        L = float(loss(Yhat, Y))
    return L, n_right / X.shape[0]
