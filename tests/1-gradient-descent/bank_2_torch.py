"""Known wrong answers, and odd but right ones, of gradient descent with PyTorch."""
# ruff: noqa: F821

import numpy as np
import torch

from grader.checks import right, wrong


@wrong("make_model")
def bias_forgotten(w, b):
    """The predictions for a row of zeros are zero.
    It looks like a model without bias.
    Which of the two tensors is not used?
    """

    def model(inputs):
        return inputs @ w.T

    return model


@wrong("make_model")
def bias_subtracted(w, b):
    """The predictions move down when the bias grows.
    It looks like a bias with the wrong sign.
    Try inputs of zero.
    """
    return lambda inputs: inputs @ w.T - b


@wrong("make_model")
def bias_doubled(w, b):
    """The bias counts twice.
    It looks like a bias that is added in two places.
    Try inputs of zero.
    """

    def model(inputs):
        predictions = inputs @ w.T + b
        return predictions + b

    return model


@wrong("make_model")
def transpose_forgotten(w, b):
    """The product does not fit, or gives another result when the sizes happen to agree.
    It looks like a transpose that is missing.
    Write the two shapes side by side: the inner sizes must agree.
    """
    return lambda inputs: inputs @ w + b


@wrong("make_model")
def frozen_copies(w, b):
    """The model does not follow when w and b change.
    It looks like copies that were made with the model.
    The inner function must use the tensors themselves.
    """
    w, b = w.clone(), b.clone()
    return lambda inputs: inputs @ w.T + b


@wrong("make_model")
def cut_from_the_graph(w, b):
    """The predictions are right, but no gradient reaches w and b.
    It looks like a detach or a no_grad inside the model.
    Autograd needs the operations to be recorded.
    """

    def model(inputs):
        with torch.no_grad():
            return inputs @ w.T + b

    return model


@wrong("make_model")
def tensors_kept_outside(w, b):
    """Two models give the same predictions.
    It looks like tensors that are kept outside the two functions, where the second model replaces them.
    Look for names that are not arguments.
    """
    globals().update(weights=w, bias=b)
    return lambda inputs: inputs @ weights.T + bias


@right("make_model")
def functional_linear(w, b):
    """The library's affine function."""
    return lambda inputs: torch.nn.functional.linear(inputs, w, b)


@right("make_model")
def callable_object(w, b):
    """An object with __call__ instead of a closure."""

    class Model:
        def __call__(self, inputs):
            print("inputs", tuple(inputs.shape))
            return torch.einsum("ni,oi->no", inputs, w).add(b.reshape(1, -1))

    return Model()


@wrong("mse")
def summed_over_all_elements(t1, t2):
    """The loss is too large by a factor: the number of elements.
    It looks like a sum.
    What does the first letter of MSE stand for?
    """
    return (t1 - t2).square().sum()


@wrong("mse")
def summed_over_the_columns(t1, t2):
    """The loss is too large by a factor: the number of columns.
    It looks like a sum over the outputs and a mean over the rows.
    How many numbers does each of the two matrices hold?
    """
    return (t1 - t2).square().sum(dim=1).mean()


@wrong("mse")
def divided_by_the_columns_only(t1, t2):
    """The loss is too large by a factor: the number of rows.
    It looks like a sum over the rows and a mean over the columns.
    Divide by the number of all elements.
    """
    return (t1 - t2).square().sum() / t1.shape[1]


@wrong("mse")
def not_reduced(t1, t2):
    """The loss is a matrix.
    It looks like squared differences that were not averaged.
    backward() needs one single number.
    """
    return (t1 - t2).square()


@wrong("mse")
def absolute_differences(t1, t2):
    """Large differences count too little.
    It looks like the mean absolute error.
    What makes the differences positive here?
    """
    return (t1 - t2).abs().mean()


@wrong("mse")
def a_python_number(t1, t2):
    """The loss has the right value, but no history.
    It looks like .item() or float() inside the loss.
    Convert where you print, not here.
    """
    return (t1 - t2).square().mean().item()


@wrong("mse")
def root_taken(t1, t2):
    """The loss is the root of what is asked for.
    It looks like the root mean squared error.
    Compare with the statement.
    """
    return (t1 - t2).square().mean().sqrt()


@wrong("mse")
def second_tensor_cut_off(t1, t2):
    """The loss has the right value, but no gradient reaches the second tensor.
    It looks like a detach of one of the two.
    The predictions may stand in either place.
    """
    return (t1 - t2.detach()).square().mean()


@right("mse")
def library_loss(t1, t2):
    """The library's function."""
    return torch.nn.functional.mse_loss(t1, t2)


@right("mse")
def sum_over_numel(t1, t2):
    """A sum divided by the number of elements."""
    difference = t2 - t1
    return torch.sum(difference * difference) / difference.numel()


@wrong("perform_one_update")
def step_uphill(inputs, targets, w, b, lr):
    """The parameters move in the wrong direction.
    It looks like += where -= is meant.
    Which way does the gradient point?
    """
    mse(make_model(w, b)(inputs), targets).backward()
    with torch.no_grad():
        w += lr * w.grad
        b += lr * b.grad
    w.grad, b.grad = None, None


@wrong("perform_one_update")
def gradients_not_reset(inputs, targets, w, b, lr):
    """The first update is right; gradients are left behind, and the second update uses their sum.
    It looks like a reset that is missing.
    What does backward() do to a gradient that is there already?
    """
    mse(make_model(w, b)(inputs), targets).backward()
    with torch.no_grad():
        w -= lr * w.grad
        b -= lr * b.grad


@wrong("perform_one_update")
def only_w_is_reset(inputs, targets, w, b, lr):
    """w is right after two updates, b is not.
    It looks like a reset of one of the two gradients.
    How many parameters have a gradient?
    """
    mse(make_model(w, b)(inputs), targets).backward()
    with torch.no_grad():
        w -= lr * w.grad
        b -= lr * b.grad
        w.grad.zero_()


@wrong("perform_one_update")
def reset_before_the_step(inputs, targets, w, b, lr):
    """The parameters do not move at all.
    It looks like gradients that are set to zero before they are used.
    In which order are step and reset?
    """
    mse(make_model(w, b)(inputs), targets).backward()
    w.grad.zero_()
    b.grad.zero_()
    with torch.no_grad():
        w -= lr * w.grad
        b -= lr * b.grad


@wrong("perform_one_update")
def bias_not_updated(inputs, targets, w, b, lr):
    """w is right, b has not moved.
    It looks like an update of the weights only.
    How many parameters does the model have?
    """
    mse(make_model(w, b)(inputs), targets).backward()
    with torch.no_grad():
        w -= lr * w.grad
    w.grad, b.grad = None, None


@wrong("perform_one_update")
def fixed_learning_rate(inputs, targets, w, b, lr):
    """The size of the step does not depend on lr.
    It looks like a number in the place of the argument.
    Where is lr used?
    """
    mse(make_model(w, b)(inputs), targets).backward()
    with torch.no_grad():
        w -= 1e-5 * w.grad
        b -= 1e-5 * b.grad
    w.grad, b.grad = None, None


@wrong("perform_one_update")
def new_tensors_instead_of_the_given(inputs, targets, w, b, lr):
    """The tensors that were given have not changed.
    It looks like names that were bound to new tensors.
    What is the difference between w = w - step and w -= step?
    """
    mse(make_model(w, b)(inputs), targets).backward()
    with torch.no_grad():
        w = w - lr * w.grad
        b = b - lr * b.grad
    return w, b


@wrong("perform_one_update")
def update_is_recorded(inputs, targets, w, b, lr):
    """The update itself is recorded by autograd, which refuses it.
    It looks like an update in place outside torch.no_grad().
    Which lines belong inside the with block?
    """
    mse(make_model(w, b)(inputs), targets).backward()
    w -= lr * w.grad
    b -= lr * b.grad
    w.grad, b.grad = None, None


@wrong("perform_one_update")
def summed_loss(inputs, targets, w, b, lr):
    """The step is too large by a factor: the number of elements of the targets.
    It looks like a loss that is summed.
    Use the loss of this notebook.
    """
    (make_model(w, b)(inputs) - targets).square().sum().backward()
    with torch.no_grad():
        w -= lr * w.grad
        b -= lr * b.grad
    w.grad, b.grad = None, None


@wrong("perform_one_update")
def divided_by_the_batch_again(inputs, targets, w, b, lr):
    """The step is too small by a factor: the number of examples.
    It looks like a mean that is taken twice.
    The loss is a mean already.
    """
    mse(make_model(w, b)(inputs), targets).backward()
    with torch.no_grad():
        w -= lr * w.grad / len(inputs)
        b -= lr * b.grad / len(inputs)
    w.grad, b.grad = None, None


@wrong("perform_one_update")
def two_steps_at_once(inputs, targets, w, b, lr):
    """The parameters have moved twice.
    It looks like a loop, or the update written two times.
    One call is one update.
    """
    for _ in range(2):
        mse(make_model(w, b)(inputs), targets).backward()
        with torch.no_grad():
            w -= lr * w.grad
            b -= lr * b.grad
        w.grad, b.grad = None, None


@right("perform_one_update")
def optimizer_of_the_library(inputs, targets, w, b, lr):
    """torch.optim.SGD does the step."""
    optimizer = torch.optim.SGD([w, b], lr=lr)
    optimizer.zero_grad()
    loss = mse(make_model(w, b)(inputs), targets)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad(set_to_none=False)
    return loss.item()


@right("perform_one_update")
def autograd_grad_and_data(inputs, targets, w, b, lr):
    """Gradients without .grad, update through .data."""
    grad_w, grad_b = torch.autograd.grad(mse(inputs @ w.t() + b, targets), [w, b])
    w.data = w.data - lr * grad_w
    b.data.sub_(grad_b, alpha=lr)


@right("perform_one_update")
def reset_first(inputs, targets, w, b, lr):
    """The gradients are reset before and after."""
    for p in (w, b):
        if p.grad is not None:
            p.grad.zero_()
    mse(make_model(w, b)(inputs), targets).backward()
    with torch.no_grad():
        for p in (w, b):
            p.copy_(p - lr * p.grad)
            p.grad.detach_()
            p.grad.zero_()


@wrong("train_with_GD")
def one_epoch_too_many(inputs, targets, w, b, epochs, lr):
    """There is one update too many.
    It looks like a range that starts one earlier or ends one later.
    How many numbers are in your range?
    """
    for _ in range(epochs + 1):
        perform_one_update(inputs, targets, w, b, lr)


@wrong("train_with_GD")
def one_epoch_too_few(inputs, targets, w, b, epochs, lr):
    """There is one update too few.
    It looks like a range that starts at one.
    How many numbers are in your range?
    """
    for _ in range(1, epochs):
        perform_one_update(inputs, targets, w, b, lr)


@wrong("train_with_GD")
def one_epoch_only(inputs, targets, w, b, epochs, lr):
    """There is one update, however many epochs are asked for.
    It looks like a loop that is missing or ends early.
    Where is epochs used?
    """
    perform_one_update(inputs, targets, w, b, lr)


@wrong("train_with_GD")
def one_update_per_example(inputs, targets, w, b, epochs, lr):
    """Each epoch makes as many updates as there are examples.
    It looks like the next exercise.
    Here every update uses all examples.
    """
    for _ in range(epochs):
        for i in range(len(inputs)):
            perform_one_update(inputs[i : i + 1], targets[i : i + 1], w, b, lr)


@wrong("train_with_GD")
def trains_a_copy(inputs, targets, w, b, epochs, lr):
    """w and b are the same as before the training.
    It looks like copies that were trained.
    The tensors that were given must change.
    """
    w, b = w.detach().clone().requires_grad_(), b.detach().clone().requires_grad_()
    for _ in range(epochs):
        perform_one_update(inputs, targets, w, b, lr)
    return w, b


@wrong("train_with_GD")
def learning_rate_of_the_old_sheet(inputs, targets, w, b, epochs, lr):
    """The size of the steps does not depend on lr.
    It looks like a number in the place of the argument.
    Where is lr used?
    """
    for _ in range(epochs):
        perform_one_update(inputs, targets, w, b, 1e-5)


@wrong("train_with_GD")
def stops_when_the_loss_stays(inputs, targets, w, b, epochs, lr):
    """There are fewer updates than epochs where the loss hardly changes.
    It looks like a break out of the loop.
    epochs says how many updates are made.
    """
    last = float("inf")
    for _ in range(epochs):
        perform_one_update(inputs, targets, w, b, lr)
        loss = mse(make_model(w, b)(inputs), targets).item()
        if abs(last - loss) < 1e-6:
            break
        last = loss


@right("train_with_GD")
def whole_steps_inside(inputs, targets, w, b, epochs, lr):
    """The update is written out."""
    for _ in range(epochs):
        loss = mse(make_model(w, b)(inputs), targets)
        gradients = torch.autograd.grad(loss, (w, b))
        with torch.no_grad():
            for p, g in zip((w, b), gradients):
                p -= lr * g
    return w, b


@right("train_with_GD")
def while_loop(inputs, targets, w, b, epochs=100, lr=1e-5):
    """A while loop, with defaults."""
    while epochs > 0:
        perform_one_update(inputs, targets, w, b, lr)
        epochs -= 1


@wrong("train_with_SGD")
def pairs_broken(inputs, targets, w, b, epochs, lr):
    """Parameters that fit every example exactly move: inputs meet the targets of other examples.
    It looks like a shuffle of the inputs alone, or of inputs and targets separately.
    Draw one order and use it for both.
    """
    for _ in range(epochs):
        shuffled = inputs[torch.randperm(len(inputs))]
        for i in range(len(inputs)):
            perform_one_update(shuffled[i : i + 1], targets[i : i + 1], w, b, lr)


@wrong("train_with_SGD")
def never_shuffled(inputs, targets, w, b, epochs, lr):
    """Every epoch visits the examples in the order of the table.
    It looks like a shuffle that is missing.
    Where is an order drawn?
    """
    for _ in range(epochs):
        for i in range(len(inputs)):
            perform_one_update(inputs[i : i + 1], targets[i : i + 1], w, b, lr)


@wrong("train_with_SGD")
def shuffled_once(inputs, targets, w, b, epochs, lr):
    """Every epoch visits the examples in the same random order.
    It looks like an order that is drawn before the loop over the epochs.
    What belongs inside that loop?
    """
    order = torch.randperm(len(inputs))
    for _ in range(epochs):
        for i in order:
            perform_one_update(inputs[i : i + 1], targets[i : i + 1], w, b, lr)


@wrong("train_with_SGD")
def drawn_with_replacement(inputs, targets, w, b, epochs, lr):
    """Some examples are visited twice in an epoch, others not at all.
    It looks like a new random index for each update.
    How can you draw an order in which each index stands once?
    """
    for _ in range(epochs):
        for _ in range(len(inputs)):
            i = int(torch.randint(len(inputs), ()))
            perform_one_update(inputs[i : i + 1], targets[i : i + 1], w, b, lr)


@wrong("train_with_SGD")
def one_update_with_all_examples(inputs, targets, w, b, epochs, lr):
    """Each epoch makes one update with all examples.
    It looks like full-batch gradient descent, shuffled.
    How many updates does an epoch have here?
    """
    for _ in range(epochs):
        order = torch.randperm(len(inputs))
        perform_one_update(inputs[order], targets[order], w, b, lr)


@wrong("train_with_SGD")
def all_examples_in_each_update(inputs, targets, w, b, epochs, lr):
    """Each epoch makes as many updates as there are examples, each with all of them.
    It looks like an index that is drawn and then not used.
    What is passed to perform_one_update?
    """
    for _ in range(epochs):
        for _ in torch.randperm(len(inputs)):
            perform_one_update(inputs, targets, w, b, lr)


@wrong("train_with_SGD")
def the_last_example_is_left_out(inputs, targets, w, b, epochs, lr):
    """One example is missing in each epoch.
    It looks like a range that ends one too early.
    How many indices does an epoch visit?
    """
    for _ in range(epochs):
        for i in torch.randperm(len(inputs))[:-1]:
            perform_one_update(inputs[i : i + 1], targets[i : i + 1], w, b, lr)


@wrong("train_with_SGD")
def one_epoch_only_of_many(inputs, targets, w, b, epochs, lr):
    """There is one pass over the examples, however many epochs are asked for.
    It looks like a loop over the epochs that is missing.
    Where is epochs used?
    """
    for i in torch.randperm(len(inputs)):
        perform_one_update(inputs[i : i + 1], targets[i : i + 1], w, b, lr)


@wrong("train_with_SGD")
def tensor_shuffled_by_numpy(inputs, targets, w, b, epochs, lr):
    """The inputs that were given have changed, and rows are lost.
    It looks like np.random.shuffle on a tensor.
    Shuffle indices, not tensors.
    """
    for _ in range(epochs):
        np.random.shuffle(inputs)
        for i in range(len(inputs)):
            perform_one_update(inputs[i : i + 1], targets[i : i + 1], w, b, lr)


@wrong("train_with_SGD")
def trains_a_copy_in_vain(inputs, targets, w, b, epochs, lr):
    """w and b are the same as before the training.
    It looks like copies that were trained.
    The tensors that were given must change.
    """
    w, b = w.detach().clone().requires_grad_(), b.detach().clone().requires_grad_()
    for _ in range(epochs):
        for i in torch.randperm(len(inputs)):
            perform_one_update(inputs[i : i + 1], targets[i : i + 1], w, b, lr)
    return w, b


@wrong("train_with_SGD")
def first_epoch_not_shuffled(inputs, targets, w, b, epochs, lr):
    """The first epoch always visits the examples in the order of the table.
    It looks like a shuffle at the end of the epoch, or like an order that is turned instead of drawn.
    Where in the epoch is its order drawn?
    """
    order = torch.arange(len(inputs))
    for _ in range(epochs):
        for i in order:
            perform_one_update(inputs[i : i + 1], targets[i : i + 1], w, b, lr)
        order = torch.randperm(len(inputs))


@wrong("train_with_SGD")
def number_of_examples_fixed(inputs, targets, w, b, epochs, lr):
    """Some examples of a larger table are left out.
    It looks like a number in the place of the number of rows.
    How many rows do the inputs have that are given?
    """
    for _ in range(epochs):
        for i in torch.randperm(15):
            perform_one_update(inputs[i : i + 1], targets[i : i + 1], w, b, lr)


@right("train_with_SGD")
def numpy_permutation_and_rows(inputs, targets, w, b, epochs, lr):
    """numpy draws the order, rows have one dimension."""
    generator = np.random.default_rng(7)
    for _ in range(epochs):
        for i in generator.permutation(len(inputs)):
            perform_one_update(inputs[i], targets[i], w, b, lr)


@right("train_with_SGD")
def python_shuffle_of_indices(inputs, targets, w, b, epochs, lr):
    """random.shuffle on a list of indices, [i] as an index."""
    import random

    indices = list(range(inputs.shape[0]))
    for epoch in range(epochs):
        random.shuffle(indices)
        for i in indices:
            perform_one_update(inputs[[i]], targets[[i]], w, b, lr)
        print("epoch", epoch)
    return w, b


@right("train_with_SGD")
def own_step_on_shuffled_copies(inputs, targets, w, b, epochs, lr):
    """Shuffled copies of both, the step written out."""
    for _ in range(epochs):
        order = torch.argsort(torch.rand(len(inputs)))
        for x, t in zip(inputs[order], targets[order]):
            ((x @ w.T + b - t) ** 2).mean().backward()
            with torch.no_grad():
                w.sub_(lr * w.grad)
                b.sub_(lr * b.grad)
            w.grad.zero_()
            b.grad.zero_()


@wrong("train_with_minibatchSGD")
def last_batch_dropped(inputs, targets, w, b, epochs, lr, bs):
    """The last, shorter batch of an epoch is missing.
    It looks like a whole division of the number of examples by the batch size.
    Which examples are never visited in your last batch?
    """
    for _ in range(epochs):
        order = torch.randperm(len(inputs))
        for k in range(len(inputs) // bs):
            batch = order[k * bs : (k + 1) * bs]
            perform_one_update(inputs[batch], targets[batch], w, b, lr)


@wrong("train_with_minibatchSGD")
def number_of_batches_instead_of_size(inputs, targets, w, b, epochs, lr, bs):
    """The batches have other sizes than bs.
    It looks like an order that is cut into a number of equal pieces.
    Print the sizes of the batches for 15 examples and bs = 4.
    """
    for _ in range(epochs):
        for batch in torch.randperm(len(inputs)).chunk(max(1, len(inputs) // bs)):
            perform_one_update(inputs[batch], targets[batch], w, b, lr)


@wrong("train_with_minibatchSGD")
def pairs_broken_in_batches(inputs, targets, w, b, epochs, lr, bs):
    """Parameters that fit every example exactly move: inputs meet the targets of other examples.
    It looks like a shuffle of the inputs alone, or of inputs and targets separately.
    Draw one order and use it for both.
    """
    for _ in range(epochs):
        order, other = torch.randperm(len(inputs)), torch.randperm(len(inputs))
        for k in range(0, len(inputs), bs):
            perform_one_update(inputs[order[k : k + bs]], targets[other[k : k + bs]], w, b, lr)


@wrong("train_with_minibatchSGD")
def never_shuffled_batches(inputs, targets, w, b, epochs, lr, bs):
    """Every epoch uses the same batches, in the order of the table.
    It looks like a shuffle that is missing.
    Where is an order drawn?
    """
    for _ in range(epochs):
        for k in range(0, len(inputs), bs):
            perform_one_update(inputs[k : k + bs], targets[k : k + bs], w, b, lr)


@wrong("train_with_minibatchSGD")
def batches_shuffled_once(inputs, targets, w, b, epochs, lr, bs):
    """Every epoch uses the same random batches.
    It looks like an order that is drawn before the loop over the epochs.
    What belongs inside that loop?
    """
    order = torch.randperm(len(inputs))
    for _ in range(epochs):
        for batch in order.split(bs):
            perform_one_update(inputs[batch], targets[batch], w, b, lr)


@wrong("train_with_minibatchSGD")
def one_batch_with_all_examples(inputs, targets, w, b, epochs, lr, bs):
    """Each epoch makes one update with all examples.
    It looks like full-batch gradient descent.
    Where is bs used?
    """
    for _ in range(epochs):
        perform_one_update(inputs, targets, w, b, lr)


@wrong("train_with_minibatchSGD")
def one_example_at_a_time(inputs, targets, w, b, epochs, lr, bs):
    """Each update uses one example.
    It looks like the exercise before.
    Where is bs used?
    """
    for _ in range(epochs):
        for i in torch.randperm(len(inputs)):
            perform_one_update(inputs[i : i + 1], targets[i : i + 1], w, b, lr)


@wrong("train_with_minibatchSGD")
def first_batch_only(inputs, targets, w, b, epochs, lr, bs):
    """Each epoch makes one update, with bs examples.
    It looks like a loop over the batches that is missing.
    How many examples does an epoch visit?
    """
    for _ in range(epochs):
        batch = torch.randperm(len(inputs))[:bs]
        perform_one_update(inputs[batch], targets[batch], w, b, lr)


@wrong("train_with_minibatchSGD")
def batches_drawn_with_replacement(inputs, targets, w, b, epochs, lr, bs):
    """Some examples are visited twice in an epoch, others not at all.
    It looks like random indices that are drawn anew for each batch.
    How can you draw an order in which each index stands once?
    """
    for _ in range(epochs):
        for k in range(0, len(inputs), bs):
            batch = torch.randint(len(inputs), (min(bs, len(inputs) - k),))
            perform_one_update(inputs[batch], targets[batch], w, b, lr)


@wrong("train_with_minibatchSGD")
def slices_of_the_table_by_drawn_starts(inputs, targets, w, b, epochs, lr, bs):
    """The batches overlap: they are neighbours in the table that start at a random row.
    It looks like a drawn index that is used as the start of a slice.
    A batch is a part of the drawn order, not of the table.
    """
    for _ in range(epochs):
        order = torch.randperm(len(inputs))
        for k in range(0, len(inputs), bs):
            start = int(order[k])
            perform_one_update(inputs[start : start + bs], targets[start : start + bs], w, b, lr)


@wrong("train_with_minibatchSGD")
def batches_of_the_first_epoch_not_shuffled(inputs, targets, w, b, epochs, lr, bs):
    """The batches of the first epoch always follow the order of the table.
    It looks like a shuffle at the end of the epoch, or like an order that is turned instead of drawn.
    Where in the epoch is its order drawn?
    """
    order = torch.arange(len(inputs))
    for _ in range(epochs):
        for batch in order.split(bs):
            perform_one_update(inputs[batch], targets[batch], w, b, lr)
        order = torch.randperm(len(inputs))


@right("train_with_minibatchSGD")
def loader_of_the_library(inputs, targets, w, b, epochs, lr, bs):
    """A DataLoader that shuffles."""
    data = torch.utils.data.TensorDataset(inputs, targets)
    loader = torch.utils.data.DataLoader(data, batch_size=bs, shuffle=True)
    for _ in range(epochs):
        for x, t in loader:
            perform_one_update(x, t, w, b, lr)


@right("train_with_minibatchSGD")
def list_of_indices(inputs, targets, w, b, epochs=100, lr=1e-5, bs=4):
    """Indices in a list, popped until none is left."""
    import random

    for _ in range(epochs):
        left = list(range(len(inputs)))
        random.shuffle(left)
        while left:
            batch, left = left[:bs], left[bs:]
            perform_one_update(inputs[batch], targets[batch], w, b, lr)


@right("train_with_minibatchSGD")
def fixed_seed_inside(inputs, targets, w, b, epochs, lr, bs):
    """A generator with a seed of its own, np.array_split at the multiples of bs."""
    generator = np.random.RandomState(42)
    n = inputs.size(0)
    for _ in range(epochs):
        order = generator.permutation(n)
        for batch in np.split(order, range(bs, n, bs)):
            index = torch.as_tensor(batch)
            perform_one_update(inputs.index_select(0, index), targets.index_select(0, index), w, b, lr)
