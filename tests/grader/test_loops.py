"""The reader of training loops: it follows a right training, names what a wrong one did, and takes no loss for granted."""

import math

import numpy as np
import pytest
import torch

from grader.checks import classifier as net
from grader.checks.loops import check_new_orders, check_seed, check_visits
from utils.compare import CheckFailed

ETA, BATCH = 0.5, 3


@pytest.fixture
def problem():
    return net.draw_problem(torch.Generator().manual_seed(5), n=4, n_test=3)


def losses_of(problem, orders):
    """The training losses after epochs that visit the examples in these orders."""
    loop, state, losses = net.loop(problem, ETA, BATCH), problem[0], []
    for order in orders:
        state = loop.after(state, np.array([order]))
        losses.append(loop.whole(state).item())
    return losses


def test_a_step_is_that_of_the_formulas(problem):
    params, X, Y = problem[:3]
    rows, targets = np.array([[0, 2, 3], [1, 1, 0]]), np.array([[1, 2, 3], [0, 3, 2]])
    loop = net.loop(problem, ETA, BATCH)
    found = loop.step(params, rows, targets)
    again = loop.step(found, rows, targets)
    for way in range(2):
        before = params
        for states in (found, again):
            grads = net.gradients(before, X[rows[way]], Y[targets[way]])
            before = {name: value - ETA * grads[name] for name, value in before.items()}
            for name, value in before.items():
                np.testing.assert_allclose(states[name][way], value.numpy(), rtol=1e-12)
        assert loop.whole(again)[way] == pytest.approx(net.cross_entropy(before, X, Y), rel=1e-12)


def test_any_order_of_an_epoch_is_followed(problem):
    losses = losses_of(problem, [[2, 0, 3, 1], [1, 3, 0, 2], [3, 2, 1, 0]])
    check_visits(net.loop(problem, ETA, BATCH), problem[0], losses, 3)
    check_new_orders(net.loop(problem, ETA, BATCH), problem[0], losses, 3)


def test_one_order_for_all_epochs_is_named(problem):
    losses = losses_of(problem, 3 * [[2, 0, 3, 1]])
    with pytest.raises(CheckFailed) as found:
        check_new_orders(net.loop(problem, ETA, BATCH), problem[0], losses, 3)
    assert found.value.misconception == "same_order_every_epoch"


def test_whole_batches_in_another_sequence_are_no_new_order():
    problem = net.draw_problem(torch.Generator().manual_seed(6), n=6, n_test=3)
    losses = losses_of(problem, [[3, 4, 5, 0, 1, 2], [0, 1, 2, 3, 4, 5], [3, 4, 5, 0, 1, 2]])
    with pytest.raises(CheckFailed) as found:
        check_new_orders(net.loop(problem, ETA, BATCH), problem[0], losses, 3)
    assert found.value.misconception == "batches_shuffled_instead_of_examples"
    losses = losses_of(problem, [[3, 4, 5, 0, 1, 2], [0, 1, 3, 2, 4, 5], [3, 4, 5, 0, 1, 2]])
    check_new_orders(net.loop(problem, ETA, BATCH), problem[0], losses, 3)


@pytest.mark.parametrize("first", [[0, 1, 2, 3], [2, 0, 3, 1]])
def test_a_first_epoch_in_the_order_that_is_given_is_named(problem, first):
    later = {11: [2, 0, 3, 1], 12: [1, 2, 3, 0]}
    curves = {seed: {"loss_train": losses_of(problem, [first, order])} for seed, order in later.items()}
    loop = net.loop(problem, ETA, BATCH)
    if first != sorted(first):
        check_seed(curves.__getitem__, loop, problem[0], 2)
        return
    with pytest.raises(CheckFailed) as found:
        check_seed(curves.__getitem__, loop, problem[0], 2)
    assert found.value.misconception == "first_epoch_not_shuffled"


def test_a_batch_that_is_left_out_is_named(problem):
    losses = losses_of(problem, [[2, 0, 3], [1, 3, 0]])
    with pytest.raises(CheckFailed) as found:
        check_visits(net.loop(problem, ETA, BATCH), problem[0], losses, 2)
    assert found.value.misconception == "short_batch_dropped"


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan, 1e300])
def test_a_loss_that_no_epoch_leaves_is_no_visit(problem, value):
    for check in (check_visits, check_new_orders):
        with pytest.raises(CheckFailed):
            check(net.loop(problem, ETA, BATCH), problem[0], [value, value], 2)
