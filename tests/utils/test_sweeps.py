"""A sweep trains all cells at once and gives the numbers of the plain loop."""

import numpy as np
import pytest
import torch

from utils import CirclesData, sweep
from utils.stacked import record
from utils.sweeps import module_functions

SMALL = {"batch_sizes": [32, 100], "learning_rates": [0.1, 0.5], "seeds": [0, 1, 2], "n_epochs": 4}


@pytest.fixture(scope="module")
def sets():
    data = CirclesData()
    return (data.Xtrain[:90], data.Ytrain[:90]), (data.Xval, data.Yval)


def init():
    zeros = torch.zeros
    return {"Wh": torch.randn(4, 2), "bh": zeros(4), "Wy": torch.randn(2, 4), "by": zeros(2)}


def predict(params, X):
    h = torch.tanh(X @ params["Wh"].T + params["bh"])
    return h, torch.softmax(h @ params["Wy"].T + params["by"], dim=1)


def step(params, X, Y, eta):
    h, yhat = predict(params, X)
    delta = (yhat - Y) / len(X)
    hidden = delta @ params["Wy"] * (1 - h**2)
    grads = {"Wh": hidden.T @ X, "bh": hidden.sum(0), "Wy": delta.T @ h, "by": delta.sum(0)}
    return {name: value - eta * grads[name] for name, value in params.items()}


def step_in_place(params, X, Y, eta):
    for name, value in step(params, X, Y, eta).items():
        params[name] -= params[name] - value
    return params


def step_that_prints_a_number(params, X, Y, eta):
    float(X.sum())
    return step(params, X, Y, eta)


def measure(params, X, Y):
    _, yhat = predict(params, X)
    return -(Y * yhat.log()).sum(1).mean(), (yhat.argmax(1) == Y.argmax(1)).float().mean().item()


@pytest.mark.parametrize("one_step", [step, step_in_place])
def test_all_cells_at_once_equal_one_after_another(sets, one_step):
    at_once = sweep(init, one_step, measure, *sets, **SMALL)
    in_turn = sweep(init, one_step, measure, *sets, **SMALL, at_once=False)
    assert at_once.at_once
    assert not in_turn.at_once
    for name, table in at_once.values.items():
        assert table.shape == (2, 2, 3)
        assert np.allclose(table, in_turn.values[name], atol=1e-5), name


def test_a_step_that_cannot_be_mapped_is_trained_in_turn(sets):
    result = sweep(init, step_that_prints_a_number, measure, *sets, **SMALL)
    expected = sweep(init, step, measure, *sets, **SMALL)
    assert not result.at_once
    assert np.allclose(result.values["loss_val"], expected.values["loss_val"], atol=1e-5)


def test_a_step_that_remembers_is_trained_in_turn(sets):
    calls = []

    def step_that_counts(params, X, Y, eta):
        calls.append(eta)
        return step(params, X, Y, eta / len(calls))

    assert not sweep(init, step_that_counts, measure, *sets, **SMALL).at_once


def test_a_recorded_step_is_the_mapped_step(sets):
    (X, Y), _ = sets
    torch.manual_seed(0)
    params = {name: torch.stack([value, -value]) for name, value in init().items()}
    arguments = (params, X[:14].view(2, 7, 2), Y[:14].view(2, 7, 2), torch.tensor([0.1, 0.7]))
    expected = torch.func.vmap(step)(*arguments)
    got = record(step, *arguments)(*arguments)
    assert all(torch.equal(got[name], expected[name]) for name in params)


def test_models_of_torch_nn_are_trained_as_an_optimizer_would(sets):
    def make():
        model = torch.nn.Sequential(torch.nn.Linear(2, 4), torch.nn.Tanh(), torch.nn.Linear(4, 2))
        return model, torch.nn.CrossEntropyLoss()

    def judge(loss, Yhat, Y):
        return loss(Yhat, Y), (Yhat.argmax(1) == Y.argmax(1)).double().mean()

    (X, Y), _ = sets
    one = {"batch_sizes": [len(X)], "learning_rates": [0.5], "seeds": [3], "n_epochs": 5}
    result = sweep(*module_functions(make, judge), *sets, **one)
    torch.manual_seed(3)
    model, loss = make()
    optim = torch.optim.SGD(model.parameters(), lr=0.5)
    for _ in range(5):
        optim.zero_grad()
        loss(model(X), Y).backward()
        optim.step()
    assert result.values["loss_train"][0, 0, 0] == pytest.approx(float(loss(model(X), Y).detach()), abs=1e-5)


def test_every_cell_starts_anew(sets):
    untrained = sweep(init, step, measure, *sets, **{**SMALL, "learning_rates": [0.0, 0.0]})
    assert np.ptp(untrained.values["loss_train"], axis=(0, 1)) == pytest.approx([0, 0, 0], abs=1e-6)
    assert np.ptp(untrained.values["loss_train"], axis=2).min() > 1e-3


def test_mean_and_spread_are_over_the_seeds(sets):
    result = sweep(init, step, measure, *sets, **SMALL)
    assert result.mean()["acc_val"].shape == result.spread()["acc_val"].shape == (2, 2)
    assert result.mean()["loss_val"][0, 0] == pytest.approx(result.values["loss_val"][0, 0].mean())


def test_a_sweep_does_not_run_while_grading(sets, monkeypatch, capsys):
    monkeypatch.setenv("GRADING", "1")
    result = sweep(init, step, measure, *sets, **SMALL)
    result.plot("nothing to draw")
    assert capsys.readouterr().out == "The sweep is not run while grading.\n"
    assert result.mean() == {}


def test_a_sweep_prints_nothing_to_stderr(sets, capsys):
    sweep(init, step, measure, *sets, **{**SMALL, "batch_sizes": [45]})
    assert capsys.readouterr().err == ""
