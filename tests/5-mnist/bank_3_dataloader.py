"""Named wrong answers and odd but right ones of dataset, module and the two loops."""

import torch.nn as nn
from torch.utils.data import Dataset

from grader.checks import right, wrong

# NumpyToTorchDataset


@wrong("NumpyToTorchDataset")
class inputs_stay_double(Dataset):
    """Inputs come out in the precision of the array.
    It looks like a conversion to a tensor that keeps the type.
    Which precision do layers have?
    """

    def __init__(self, data, target, transform=None):
        self.data, self.target, self.transform = (
            torch.from_numpy(data),
            torch.from_numpy(target).long(),
            transform,
        )

    def __len__(self):
        return len(self.data)

    def __getitem__(self, index):
        x = self.data[index]
        return (self.transform(x) if self.transform else x), self.target[index]


@wrong("NumpyToTorchDataset")
class transform_not_used(Dataset):
    """Inputs are not transformed.
    It looks like a function that is stored and never called.
    When is transform applied?
    """

    def __init__(self, data, target, transform=None):
        self.data, self.target = torch.tensor(data).float(), torch.tensor(target).long()
        self.transform = transform

    def __len__(self):
        return len(self.data)

    def __getitem__(self, index):
        return self.data[index], self.target[index]


@wrong("NumpyToTorchDataset")
class transform_of_the_array(Dataset):
    """transform is given an array, not a tensor.
    It looks like a conversion that comes after the transform.
    In which order are the two made?
    """

    def __init__(self, data, target, transform=None):
        self.data, self.target, self.transform = data, target, transform

    def __len__(self):
        return len(self.data)

    def __getitem__(self, index):
        x = self.data[index]
        if self.transform:
            x = self.transform(x)
        return torch.tensor(x, dtype=torch.float32), int(self.target[index])


@wrong("NumpyToTorchDataset")
class classes_as_floats(Dataset):
    """Classes come out as floating-point numbers.
    It looks like one conversion for inputs and classes.
    What type does the loss of class numbers need?
    """

    def __init__(self, data, target, transform=None):
        self.data, self.target, self.transform = (
            torch.tensor(data).float(),
            torch.tensor(target).float(),
            transform,
        )

    def __len__(self):
        return len(self.data)

    def __getitem__(self, index):
        x = self.data[index]
        return (self.transform(x) if self.transform else x), self.target[index]


@wrong("NumpyToTorchDataset")
class length_of_an_input(Dataset):
    """The length is the number of inputs of an example.
    It looks like the wrong axis of the data.
    How many examples are there?
    """

    def __init__(self, data, target, transform=None):
        self.data, self.target, self.transform = (
            torch.tensor(data).float(),
            torch.tensor(target).long(),
            transform,
        )

    def __len__(self):
        return self.data.shape[1]

    def __getitem__(self, index):
        x = self.data[index]
        return (self.transform(x) if self.transform else x), self.target[index]


@wrong("NumpyToTorchDataset")
class class_of_the_next_example(Dataset):
    """The classes are those of other examples.
    It looks like an index that is shifted.
    Which index do both parts of an item have?
    """

    def __init__(self, data, target, transform=None):
        self.data, self.target, self.transform = (
            torch.tensor(data).float(),
            torch.tensor(target).long(),
            transform,
        )

    def __len__(self):
        return len(self.data)

    def __getitem__(self, index):
        x = self.data[index]
        return (self.transform(x) if self.transform else x), self.target[index - 1]


@wrong("NumpyToTorchDataset")
class transform_called_when_missing(Dataset):
    """Without a transform no example can be read.
    It looks like None that is called.
    What is transform when none is given?
    """

    def __init__(self, data, target, transform=None):
        self.data, self.target, self.transform = (
            torch.tensor(data).float(),
            torch.tensor(target).long(),
            transform,
        )

    def __len__(self):
        return len(self.data)

    def __getitem__(self, index):
        return self.transform(self.data[index]), self.target[index]


@wrong("NumpyToTorchDataset")
class class_transformed_too(Dataset):
    """With a transform the classes change.
    It looks like a transform that is applied to both parts of an item.
    What is transform for?
    """

    def __init__(self, data, target, transform=None):
        self.data, self.target, self.transform = (
            torch.tensor(data).float(),
            torch.tensor(target).long(),
            transform,
        )

    def __len__(self):
        return len(self.data)

    def __getitem__(self, index):
        x, y = self.data[index], self.target[index]
        return (self.transform(x), self.transform(y)) if self.transform else (x, y)


@wrong("NumpyToTorchDataset")
class transformed_again_each_time(Dataset):
    """An example that is asked for twice is transformed twice.
    It looks like a transformed input that is stored in the dataset.
    What is kept for the next time?
    """

    def __init__(self, data, target, transform=None):
        self.data, self.target, self.transform = (
            torch.tensor(data).float(),
            torch.tensor(target).long(),
            transform,
        )

    def __len__(self):
        return len(self.data)

    def __getitem__(self, index):
        if self.transform:
            self.data[index] = self.transform(self.data[index])
        return self.data[index], self.target[index]


@wrong("NumpyToTorchDataset")
class one_hot_classes(Dataset):
    """A class comes out as a row, not as a number.
    It looks like one-hot rows.
    What does the table say about the second part of an item?
    """

    def __init__(self, data, target, transform=None):
        self.data, self.transform = torch.tensor(data).float(), transform
        self.target = torch.nn.functional.one_hot(torch.tensor(target).long(), 5)

    def __len__(self):
        return len(self.data)

    def __getitem__(self, index):
        x = self.data[index]
        return (self.transform(x) if self.transform else x), self.target[index]


@right("NumpyToTorchDataset")
class converted_item_by_item(Dataset):
    """Arrays are kept; conversion in __getitem__, the class as an int."""

    def __init__(self, data, target, transform=None):
        super().__init__()
        self.data, self.target, self.transform = data, target, transform

    def __len__(self):
        return self.data.shape[0]

    def __getitem__(self, index):
        x = torch.as_tensor(self.data[index], dtype=torch.float32)
        if self.transform is not None:
            x = self.transform(x)
        return x, int(self.target[index])


@right("NumpyToTorchDataset")
class without_a_base_class:
    """No base class; from_numpy on a float32 copy; the pair as a list."""

    def __init__(self, data, target, transform=None, verbose=False):
        self.X = torch.from_numpy(np.array(data, dtype=np.float32))
        self.y = torch.from_numpy(np.array(target, dtype=np.int64))
        self.transform = transform if transform is not None else (lambda x: x)

    def __len__(self):
        return self.X.size(0)

    def __getitem__(self, index):
        return [self.transform(self.X[index]), self.y[index]]


# TwoLayerMLP


@wrong("TwoLayerMLP")
class no_activation(nn.Module):
    """Half-way between two inputs the logits are half-way as well.
    It looks like two linear layers with nothing between them: one linear layer.
    What stands between the layers?
    """

    def __init__(self, d_in, d_hidden, d_out):
        super().__init__()
        self.a, self.b = nn.Linear(d_in, d_hidden), nn.Linear(d_hidden, d_out)

    def forward(self, X):
        return self.b(self.a(X.flatten(1)))


@wrong("TwoLayerMLP")
class probabilities_returned(nn.Module):
    """Every row of the outputs sums to one.
    It looks like a softmax at the end: the loss applies one as well.
    The module gives logits.
    """

    def __init__(self, d_in, d_hidden, d_out):
        super().__init__()
        self.a, self.b = nn.Linear(d_in, d_hidden), nn.Linear(d_hidden, d_out)

    def forward(self, X):
        return torch.softmax(self.b(torch.relu(self.a(X.flatten(1)))), 1)


@wrong("TwoLayerMLP")
class not_flattened(nn.Module):
    """Only inputs that are flat already go through.
    It looks like a module that leaves the shape to its user.
    What shape has a batch of images?
    """

    def __init__(self, d_in, d_hidden, d_out):
        super().__init__()
        self.a, self.b = nn.Linear(d_in, d_hidden), nn.Linear(d_hidden, d_out)

    def forward(self, X):
        return self.b(torch.relu(self.a(X)))


@wrong("TwoLayerMLP")
class batch_flattened_away(nn.Module):
    """A batch of several examples does not go through.
    It looks like a flattening that takes in the examples too.
    Which axis must stay?
    """

    def __init__(self, d_in, d_hidden, d_out):
        super().__init__()
        self.a, self.b = nn.Linear(d_in, d_hidden), nn.Linear(d_hidden, d_out)

    def forward(self, X):
        return self.b(torch.relu(self.a(X.flatten())))[None]


@wrong("TwoLayerMLP")
class relu_at_the_end(nn.Module):
    """No output is negative.
    It looks like an activation after the last layer.
    Logits can have any sign.
    """

    def __init__(self, d_in, d_hidden, d_out):
        super().__init__()
        self.a, self.b = nn.Linear(d_in, d_hidden), nn.Linear(d_hidden, d_out)

    def forward(self, X):
        return torch.relu(self.b(torch.relu(self.a(X.flatten(1)))))


@wrong("TwoLayerMLP")
class layers_without_biases(nn.Module):
    """There are two parameters instead of four.
    It looks like layers without biases.
    Count the parameters by hand.
    """

    def __init__(self, d_in, d_hidden, d_out):
        super().__init__()
        self.a = nn.Linear(d_in, d_hidden, bias=False)
        self.b = nn.Linear(d_hidden, d_out, bias=False)

    def forward(self, X):
        return self.b(torch.relu(self.a(X.flatten(1))))


@wrong("TwoLayerMLP")
class base_class_not_set_up(nn.Module):
    """The module cannot be made.
    It looks like layers that are assigned before the base class is set up.
    What must be the first line of __init__?
    """

    def __init__(self, d_in, d_hidden, d_out):
        self.a, self.b = nn.Linear(d_in, d_hidden), nn.Linear(d_hidden, d_out)

    def forward(self, X):
        return self.b(torch.relu(self.a(X.flatten(1))))


@wrong("TwoLayerMLP")
class sizes_of_the_digits(nn.Module):
    """The module has the sizes of the digits, whatever it is asked for.
    It looks like numbers that are written in the class.
    Where do the arguments enter?
    """

    def __init__(self, d_in, d_hidden, d_out):
        super().__init__()
        self.a, self.b = nn.Linear(784, 50), nn.Linear(50, 10)

    def forward(self, X):
        return self.b(torch.relu(self.a(X.flatten(1))))


@wrong("TwoLayerMLP")
class layers_in_a_list(nn.Module):
    """The module has no parameters.
    It looks like layers in a plain list, which the module does not see.
    How does a module learn of its layers?
    """

    def __init__(self, d_in, d_hidden, d_out):
        super().__init__()
        self.layers = [nn.Linear(d_in, d_hidden), nn.Linear(d_hidden, d_out)]

    def forward(self, X):
        return self.layers[1](torch.relu(self.layers[0](X.flatten(1))))


@wrong("TwoLayerMLP")
class layers_made_in_forward(nn.Module):
    """The module forgets: its layers are new in every call.
    It looks like layers that are made in forward.
    What belongs into __init__?
    """

    def __init__(self, d_in, d_hidden, d_out):
        super().__init__()
        self.sizes = d_in, d_hidden, d_out

    def forward(self, X):
        d_in, d_hidden, d_out = self.sizes
        return nn.Linear(d_hidden, d_out)(torch.relu(nn.Linear(d_in, d_hidden)(X.flatten(1))))


@wrong("TwoLayerMLP")
class activation_before_the_first_layer(nn.Module):
    """Negative inputs make no difference.
    It looks like an activation in front of the first layer.
    The activation stands between the layers, and nowhere else.
    """

    def __init__(self, d_in, d_hidden, d_out):
        super().__init__()
        self.a, self.b = nn.Linear(d_in, d_hidden), nn.Linear(d_hidden, d_out)

    def forward(self, X):
        return self.b(torch.relu(self.a(torch.relu(X.flatten(1)))))


@wrong("TwoLayerMLP")
class inputs_scaled_again(nn.Module):
    """The first layer does not see the inputs as they are.
    It looks like a division by 255 in forward.
    The grey values are in [0, 1] already.
    """

    def __init__(self, d_in, d_hidden, d_out):
        super().__init__()
        self.a, self.b = nn.Linear(d_in, d_hidden), nn.Linear(d_hidden, d_out)

    def forward(self, X):
        return self.b(torch.relu(self.a(X.flatten(1) / 255)))


@right("TwoLayerMLP")
class matrices_on_their_side(nn.Module):
    """Parameters of its own, shaped (inputs, outputs)."""

    def __init__(self, d_in, d_hidden, d_out):
        super().__init__()
        self.W1 = nn.Parameter(torch.randn(d_in, d_hidden) / d_in**0.5)
        self.b1 = nn.Parameter(torch.zeros(d_hidden))
        self.W2 = nn.Parameter(torch.randn(d_hidden, d_out) / d_hidden**0.5)
        self.b2 = nn.Parameter(torch.zeros(d_out))

    def forward(self, X):
        return torch.tanh(X.flatten(1) @ self.W1 + self.b1) @ self.W2 + self.b2


@right("TwoLayerMLP")
class sequential_inside(nn.Module):
    """One Sequential with Flatten and Tanh."""

    def __init__(self, d_in, d_hidden, d_out, activation=nn.Tanh):
        super(TwoLayerMLP, self).__init__()
        self.net = nn.Sequential(
            nn.Flatten(), nn.Linear(d_in, d_hidden), activation(), nn.Dropout(0.1), nn.Linear(d_hidden, d_out)
        )

    def forward(self, images):
        return self.net(images)


@right("TwoLayerMLP")
class with_view_and_sigmoid(nn.Module):
    """view, a sigmoid, and log-probabilities, which a cross-entropy takes as logits."""

    def __init__(self, d_in, d_hidden, d_out):
        super().__init__()
        self.d_in = d_in
        self.linear2 = nn.Linear(d_hidden, d_out)
        self.linear1 = nn.Linear(d_in, d_hidden)

    def forward(self, X):
        X = X.reshape(-1, self.d_in)
        X = torch.sigmoid(self.linear1(X))
        return F.log_softmax(self.linear2(X), dim=1)


# train


@wrong("train")
def gradients_not_reset(model, train_loader, optimizer):
    """The first update is right, the later ones are not.
    It looks like gradients that add up from batch to batch.
    When are they forgotten?
    """
    model.train()
    for X, y in train_loader:
        F.cross_entropy(model(X), y).backward()
        optimizer.step()


@wrong("train")
def mode_not_set(model, train_loader, optimizer):
    """The model was in evaluation mode while it learned.
    It looks like the mode that a test before left behind.
    Who sets the mode?
    """
    for X, y in train_loader:
        optimizer.zero_grad()
        F.cross_entropy(model(X), y).backward()
        optimizer.step()


@wrong("train")
def summed_cross_entropy(model, train_loader, optimizer):
    """The updates grow with the size of the batch.
    It looks like a sum over the batch.
    Which mean does the statement ask for?
    """
    model.train()
    for X, y in train_loader:
        optimizer.zero_grad()
        F.cross_entropy(model(X), y, reduction="sum").backward()
        optimizer.step()


@wrong("train")
def softmax_before_the_loss(model, train_loader, optimizer):
    """The updates are too small.
    It looks like probabilities that are given to a loss of logits.
    Where is the softmax applied?
    """
    model.train()
    for X, y in train_loader:
        optimizer.zero_grad()
        F.cross_entropy(torch.softmax(model(X), 1), y).backward()
        optimizer.step()


@wrong("train")
def negative_likelihood_of_logits(model, train_loader, optimizer):
    """The updates do not know the other classes.
    It looks like a loss of log-probabilities that is given logits.
    Which loss takes logits?
    """
    model.train()
    for X, y in train_loader:
        optimizer.zero_grad()
        F.nll_loss(model(X), y).backward()
        optimizer.step()


@wrong("train")
def one_step_at_the_end(model, train_loader, optimizer):
    """There is one update in an epoch.
    It looks like a step outside the loop.
    How far is step() indented?
    """
    model.train()
    optimizer.zero_grad()
    for X, y in train_loader:
        F.cross_entropy(model(X), y).backward()
    optimizer.step()


@wrong("train")
def first_batch_only(model, train_loader, optimizer):
    """Only the first batch is seen.
    It looks like a return inside the loop.
    Where does the function end?
    """
    model.train()
    for X, y in train_loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(X), y)
        loss.backward()
        optimizer.step()
        return loss.item()


@wrong("train")
def step_left_out(model, train_loader, optimizer):
    """The weights do not move.
    It looks like a step that is missing, or one that finds no gradients.
    Who changes the weights, and from what?
    """
    model.train()
    for X, y in train_loader:
        optimizer.zero_grad()
        F.cross_entropy(model(X), y).backward()


@wrong("train")
def short_batch_skipped(model, train_loader, optimizer):
    """The short last batch is not learned from.
    It looks like a test for full batches.
    Every batch of the loader counts.
    """
    model.train()
    size = train_loader.batch_size
    for X, y in train_loader:
        if len(X) < size:
            continue
        optimizer.zero_grad()
        F.cross_entropy(model(X), y).backward()
        optimizer.step()


@wrong("train")
def optimizer_left_aside(model, train_loader, optimizer):
    """The first update is right, the later ones are too short.
    It looks like an update of its own with the optimizer's learning rate: its momentum is lost.
    The optimizer makes the update, whatever its rule.
    """
    model.train()
    for X, y in train_loader:
        optimizer.zero_grad()
        F.cross_entropy(model(X), y).backward()
        with torch.no_grad():
            for p in model.parameters():
                p -= optimizer.param_groups[0]["lr"] * p.grad


@wrong("train")
def evaluation_mode_at_the_end(model, train_loader, optimizer):
    """After the epoch the model is in evaluation mode.
    It looks like an eval() in the training.
    Who sets which mode?
    """
    model.train()
    for X, y in train_loader:
        optimizer.zero_grad()
        F.cross_entropy(model(X), y).backward()
        optimizer.step()
    model.eval()


@right("train")
def with_a_log(model, train_loader, optimizer, epoch=1, log_interval=10):
    """Extra arguments, prints, a list of losses returned, log_softmax with nll_loss."""
    model.train(True)
    losses = []
    for i, batch in enumerate(train_loader):
        data, target = batch
        optimizer.zero_grad(set_to_none=True)
        output = F.log_softmax(model(data), dim=1)
        loss = F.nll_loss(output, target)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if i % log_interval == 0:
            print(f"epoch {epoch}, batch {i} of {len(train_loader)}: {loss.item():.4f}")
    return model, losses


@right("train")
def cleared_through_the_model(model, train_loader, optimizer):
    """A loss module, gradients cleared after the step through the model."""
    criterion = nn.CrossEntropyLoss()
    model = model.train()
    model.zero_grad()
    for X, y in iter(train_loader):
        criterion(model(X), y).backward()
        optimizer.step()
        model.zero_grad()


# test


@wrong("test")
def mean_of_batch_means(model, test_loader):
    """The loss depends on how the examples are cut into batches.
    It looks like a mean of batch means: the examples of a short batch count too much.
    Sum over the examples, divide once.
    """
    model.eval()
    losses, n_right, n = [], 0, 0
    with torch.no_grad():
        for X, y in test_loader:
            logits = model(X)
            losses.append(F.cross_entropy(logits, y).item())
            n_right += (logits.argmax(1) == y).sum().item()
            n += len(y)
    return sum(losses) / len(losses), n_right / n


@wrong("test")
def batch_means_summed(model, test_loader):
    """The loss is far too small.
    It looks like batch means that are summed and then divided by the number of examples.
    What does the loss function return for a batch?
    """
    model.eval()
    total, n_right, n = 0.0, 0, 0
    with torch.no_grad():
        for X, y in test_loader:
            logits = model(X)
            total += F.cross_entropy(logits, y).item()
            n_right += (logits.argmax(1) == y).sum().item()
            n += len(y)
    return total / n, n_right / n


@wrong("test")
def tested_in_training_mode(model, test_loader):
    """The model was in training mode while it was tested.
    It looks like the mode that the training left behind: dropout would be at work.
    Who sets the mode?
    """
    total, n_right, n = 0.0, 0, 0
    with torch.no_grad():
        for X, y in test_loader:
            logits = model(X)
            total += F.cross_entropy(logits, y, reduction="sum").item()
            n_right += (logits.argmax(1) == y).sum().item()
            n += len(y)
    return total / n, n_right / n


@wrong("test")
def graph_built(model, test_loader):
    """While the model was tested, autograd kept a graph.
    It looks like a loop that is not told that nothing will be differentiated.
    Measuring needs no gradients.
    """
    model.eval()
    total, n_right, n = 0.0, 0, 0
    for X, y in test_loader:
        logits = model(X)
        total += F.cross_entropy(logits, y, reduction="sum").item()
        n_right += (logits.argmax(1) == y).sum().item()
        n += len(y)
    return total / n, n_right / n


@wrong("test")
def last_batch_only(model, test_loader):
    """Loss and accuracy are those of the last batch.
    It looks like values that are overwritten in every turn of the loop.
    What is added up?
    """
    model.eval()
    with torch.no_grad():
        for X, y in test_loader:
            logits = model(X)
            loss = F.cross_entropy(logits, y).item()
            accuracy = (logits.argmax(1) == y).float().mean().item()
    return loss, accuracy


@wrong("test")
def percentage(model, test_loader):
    """The accuracy is exactly 100 times the expected.
    It looks like a percentage.
    Accuracies are fractions in this course.
    """
    model.eval()
    total, n_right, n = 0.0, 0, 0
    with torch.no_grad():
        for X, y in test_loader:
            logits = model(X)
            total += F.cross_entropy(logits, y, reduction="sum").item()
            n_right += (logits.argmax(1) == y).sum().item()
            n += len(y)
    return total / n, 100.0 * n_right / n


@wrong("test")
def likelihood_of_logits(model, test_loader):
    """The loss can be negative.
    It looks like a loss of log-probabilities that is given logits.
    Which loss takes logits?
    """
    model.eval()
    total, n_right, n = 0.0, 0, 0
    with torch.no_grad():
        for X, y in test_loader:
            logits = model(X)
            total += F.nll_loss(logits, y, reduction="sum").item()
            n_right += (logits.argmax(1) == y).sum().item()
            n += len(y)
    return total / n, n_right / n


@wrong("test")
def divided_by_the_batches(model, test_loader):
    """Loss and accuracy are too large, by the same factor.
    It looks like sums over the examples that are divided by the number of batches.
    What is the length of a loader?
    """
    model.eval()
    total, n_right = 0.0, 0
    with torch.no_grad():
        for X, y in test_loader:
            logits = model(X)
            total += F.cross_entropy(logits, y, reduction="sum").item()
            n_right += (logits.argmax(1) == y).sum().item()
    return total / len(test_loader), n_right / len(test_loader)


@wrong("test")
def accuracy_first(model, test_loader):
    """Loss and accuracy stand in each other's place.
    It looks like a return line in the wrong order.
    Which comes first?
    """
    model.eval()
    total, n_right, n = 0.0, 0, 0
    with torch.no_grad():
        for X, y in test_loader:
            logits = model(X)
            total += F.cross_entropy(logits, y, reduction="sum").item()
            n_right += (logits.argmax(1) == y).sum().item()
            n += len(y)
    return n_right / n, total / n


@wrong("test")
def learns_while_testing(model, test_loader):
    """The gradients of the model change while it is tested.
    It looks like a backward() in the test.
    Measuring is not training.
    """
    model.eval()
    total, n_right, n = 0.0, 0, 0
    for X, y in test_loader:
        logits = model(X)
        loss = F.cross_entropy(logits, y, reduction="sum")
        loss.backward()
        total += loss.item()
        n_right += (logits.argmax(1) == y).sum().item()
        n += len(y)
    return total / n, n_right / n


@right("test")
def everything_collected(model, test_loader):
    """All logits first, then one loss; 0-d tensors."""
    model.train(False)
    outputs, targets = [], []
    with torch.inference_mode():
        for X, y in test_loader:
            outputs.append(model(X))
            targets.append(y)
        outputs, targets = torch.cat(outputs), torch.cat(targets)
        return F.cross_entropy(outputs, targets), outputs.argmax(1).eq(targets).double().mean()


@right("test")
def weighted_means(model, test_loader, verbose=True):
    """Batch means weighted by their sizes; the size of the dataset; a function with a decorator inside."""
    model.eval()
    n = len(test_loader.dataset)

    @torch.no_grad()
    def measured(X, y):
        logp = torch.log_softmax(model(X), dim=-1)
        return F.nll_loss(logp, y) * len(X) / n, (logp.max(1)[1] == y).sum() / n

    parts = [measured(X, y) for X, y in test_loader]
    loss, accuracy = (sum(values) for values in zip(*parts))
    if verbose:
        print(f"loss {loss:.4f}, accuracy {accuracy:.1%}")
    return float(loss), float(accuracy)
