"""The lab on backpropagation reaches its numbers, and its stages agree on the same weights."""

import pytest
import torch

from grader.checks.reference import Reference
from grader.course import Course, course_root
from utils import CirclesData

SHAPES = {"Wh": (5, 3), "bh": (5,), "Wy": (2, 5), "by": (2,)}


@pytest.fixture(scope="module")
def stages():
    """Namespace of each notebook's solutions, by its number."""
    lab = Course(course_root()).lab("3-backprop")
    return {int(n.name[0]): Reference(n).namespace() for n in lab.notebooks}


@pytest.fixture(scope="module")
def problem():
    source = torch.Generator().manual_seed(5)
    params = {k: torch.randn(s, generator=source, dtype=torch.float64) for k, s in SHAPES.items()}
    X = torch.randn(7, 3, generator=source, dtype=torch.float64)
    return params, X, torch.eye(2, dtype=torch.float64)[[0, 1, 1, 0, 1, 1, 1]]


def with_weights(model, params):
    with torch.no_grad():
        for parameter in model.double().parameters():
            parameter.copy_(next(v for v in params.values() if v.shape == parameter.shape))
    return model


def test_by_hand_autograd_nn_and_optim_agree_in_loss_and_gradients(stages, problem):
    params, X, Y = problem
    yhat, outputs = stages[1]["forward"](params, X)
    loss_by_hand = float(stages[1]["loss_accuracy"](yhat, Y)[0])
    by_hand = stages[1]["backward"](params, outputs, Y)

    leaves = {k: v.clone().requires_grad_() for k, v in params.items()}
    L, _ = stages[2]["loss_accuracy"](stages[2]["forward"](leaves, X)[0], Y)
    L.backward()
    assert float(L.detach()) == pytest.approx(loss_by_hand, abs=1e-12)
    for key, grad in by_hand.items():
        assert torch.allclose(leaves[key].grad, grad, atol=1e-12)

    for number, extra in ((3, ()), (4, (0.1,))):
        model, loss, *_ = stages[number]["init_model"](3, 5, 2, *extra)
        L, _ = stages[number]["loss_accuracy"](loss, with_weights(model, params)(X), Y)
        L.backward()
        assert float(L.detach()) == pytest.approx(loss_by_hand, abs=1e-12)
        for parameter in model.parameters():
            grad = next(g for g in by_hand.values() if g.shape == parameter.shape)
            assert torch.allclose(parameter.grad, grad, atol=1e-12)


def test_a_step_by_hand_and_a_step_of_the_optimizer_are_the_same(stages, problem):
    params, X, Y = problem
    moved = stages[1]["sgd"](
        params, stages[1]["backward"](params, stages[1]["forward"](params, X)[1], Y), 0.3
    )
    model, loss, optim = stages[4]["init_model"](3, 5, 2, 0.3)
    stages[4]["loss_accuracy"](loss, with_weights(model, params)(X), Y)[0].backward()
    optim.step()
    for parameter in model.parameters():
        expected = next(v for v in moved.values() if v.shape == parameter.shape)
        assert torch.allclose(parameter.detach(), expected, atol=1e-12)


def circles(stage, seed, eta, n_epochs=150):
    data = CirclesData()
    torch.manual_seed(seed)
    params = stage["init_params"](2, 10, 2)
    _, curves = stage["train"](
        params, data.Xtrain, data.Ytrain, data.Xtest, data.Ytest, eta, 10, n_epochs, seed
    )
    return curves


def test_by_hand_the_circles_are_learnt_to_the_reference_accuracy(stages):
    curves = [circles(stages[1], seed, eta=0.3) for seed in range(3)]
    accuracy = sum(c["acc_test"][-1] for c in curves) / 3
    assert accuracy == pytest.approx(0.936, abs=0.02)
    assert max(c["loss_test"][-1] for c in curves) < 0.25


def test_training_begins_near_the_loss_of_equal_probabilities(stages):
    assert circles(stages[1], 0, eta=0.01, n_epochs=1)["loss_train"][0] == pytest.approx(0.6931, abs=0.02)


def test_without_activation_half_of_the_circles_are_guessed(stages):
    def affine(params, X):
        htilde = X @ params["Wh"].T + params["bh"]
        return torch.softmax(htilde @ params["Wy"].T + params["by"], dim=1)

    data = CirclesData()
    params = {k: v.requires_grad_() for k, v in stages[1]["init_params"](2, 10, 2).items()}
    for _ in range(300):
        L, acc = stages[1]["loss_accuracy"](affine(params, data.Xtrain), data.Ytrain)
        grads = torch.autograd.grad(L, list(params.values()))
        params = {
            k: (v.detach() - 0.3 * g).requires_grad_()
            for (k, v), g in zip(params.items(), grads, strict=True)
        }
    _, acc = stages[1]["loss_accuracy"](affine(params, data.Xtest), data.Ytest)
    assert float(acc) == pytest.approx(0.53, abs=0.06)


def test_networks_have_the_known_numbers_of_parameters(stages):
    for sizes, count in (((2, 10, 2), 52), ((784, 100, 10), 79510)):
        model, _ = stages[3]["init_model"](*sizes)
        assert sum(p.numel() for p in model.parameters()) == count
