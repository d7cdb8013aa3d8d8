"""The solutions of the notebooks reach the numbers that the course states."""

import numpy as np
import pytest
import torch
from scipy.special import i0e
from sklearn.datasets import make_circles
from sklearn.svm import SVC

from grader.checks.reference import Reference
from grader.course import Course, course_root
from utils import CirclesData, MNISTData, sweep

COURSE = Course(course_root())


def solutions(lab, notebook):
    return Reference(COURSE.lab(lab).notebook(notebook)).namespace()


def test_crops_end_in_the_known_ranges():
    names, variants = solutions("1-gradient-descent", "2-torch"), solutions("7-optimizers", "1-variants")
    inputs, targets = names["all_inputs"], names["all_targets"]

    def losses(train, seeds=5):
        ends = []
        for seed in range(seeds):
            torch.manual_seed(seed)
            w, b = names["fresh_parameters"](seed)
            train(w, b)
            ends.append(names["mse"](names["make_model"](w, b)(inputs), targets).item())
        return min(ends), max(ends)

    def with_momentum(w, b):
        optim = variants["optim_factory"]("momentum", [w, b], lr=1e-5, gamma=0.9)
        variants["train_with_minibatchSGD"](inputs, targets, w, b, 100, 4, optim)

    full = losses(lambda w, b: names["train_with_GD"](inputs, targets, w, b, 100, 1e-5))
    single = losses(lambda w, b: names["train_with_SGD"](inputs, targets, w, b, 100, 1e-5))
    fours = losses(lambda w, b: names["train_with_minibatchSGD"](inputs, targets, w, b, 100, 1e-5, 4))
    momentum = losses(with_momentum)
    assert 250 < full[0] < full[1] < 1500
    assert 2 < single[0] < single[1] < 35
    assert 20 < fours[0] < fours[1] < 260
    assert 0.9 < momentum[0] < momentum[1] < 2.5

    columns = np.hstack([inputs.numpy(), np.ones((15, 1))]).astype(float)
    best = np.linalg.lstsq(columns, targets.numpy().astype(float), rcond=None)[0]
    assert np.mean((columns @ best - targets.numpy()) ** 2) == pytest.approx(0.909, abs=5e-4)


def test_logistic_regression_draws_the_known_line():
    names = solutions("2-perceptron", "1-line")
    logistic = names["logistic"]
    assert np.mean(logistic.predict(names["X"]) == names["y"]) == pytest.approx(0.8567, abs=5e-5)
    line = names["line_from_logistic"](logistic.coef_, logistic.intercept_)
    assert np.round(np.array(line, dtype=float), 4).tolist() == [0.2793, 0.1123]


def grid_of_circles(**settings):
    """The grid of the notebook by hand, measured on the test set: metric -> (batch sizes, rates, seeds)."""
    names, data = solutions("3-backprop", "1-by-hand"), CirclesData()

    def step(params, X, Y, eta):
        return names["sgd"](params, names["backward"](params, names["forward"](params, X)[1], Y), eta)

    def measure(params, X, Y):
        return names["loss_accuracy"](names["forward"](params, X)[0], Y)

    sets = (data.Xtrain, data.Ytrain), (data.Xtest, data.Ytest)
    return sweep(lambda: names["init_params"](2, 10, 2), step, measure, *sets, **settings).values


def test_a_small_rate_reaches_less_on_the_circles_with_more_spread():
    values = grid_of_circles(batch_sizes=[10], learning_rates=[0.03, 0.3])
    small, large = values["acc_val"][0]
    assert small.mean() == pytest.approx(0.906, abs=0.05)
    assert large.mean() == pytest.approx(0.936, abs=0.02)
    assert small.std() > large.std()
    assert values["loss_val"][0, 1].mean() == pytest.approx(0.160, abs=0.03)


def test_no_classifier_of_the_circles_is_better_than_the_best_possible():
    X, inside = make_circles(200_000, noise=0.2, factor=0.3, random_state=0)
    radius = np.hypot(*X.T)

    def log_density(of_circle):
        """Of a point at `radius`, up to a constant: Gaussian noise around a circle, all angles alike."""
        return np.log(i0e(radius * of_circle / 0.04)) - (radius - of_circle) ** 2 / 0.08

    best = np.mean((log_density(0.3) > log_density(1.0)) == inside)
    assert best == pytest.approx(0.956, abs=0.003)


def test_the_honest_grid_has_the_known_accuracies():
    got = grid_of_circles()["acc_val"].mean(axis=2)
    known = [
        [0.655, 0.92, 0.955, 0.955],
        [0.64, 0.77, 0.86, 0.955],
        [0.575, 0.64, 0.655, 0.80],
        [0.545, 0.595, 0.635, 0.65],
    ]
    assert np.abs(got - known).max() < 0.12


def test_kernels_reach_the_known_accuracies_on_the_circles():
    names, data = solutions("6-svm", "1-svm"), CirclesData()
    train = data._Xtrain, data._Ytrain.argmax(1)
    test = data._Xtest, data._Ytest.argmax(1)
    known = {"linear": 0.62, "poly3": 0.545, "poly2": 0.955, "sigmoid": 0.65, "rbf": 0.94}
    got = {kernel: names["fit_kernel"](*train, kernel).score(*test) for kernel in known}
    assert got == pytest.approx(known, abs=0.06)
    assert names["fit_linear"](*train).score(*test) == pytest.approx(0.53, abs=0.06)
    counts = names["accuracy_against_C"](*train, *test, [1e-3, 1e2])[1]
    assert counts[0] == 200
    assert counts[1] == pytest.approx(23, abs=8)
    assert isinstance(names["fit_kernel"](*train, "rbf"), SVC)


@pytest.mark.parametrize(
    ("network", "accuracy", "loss"),
    [("tanh", 0.916, None), ("affine", 0.908, None), ("softmax", 0.904, 1.58)],
)
def test_the_digits_are_learnt_to_the_known_accuracies(network, accuracy, loss):
    names, data = solutions("5-mnist", "1-from-circles-to-digits"), MNISTData()
    torch.manual_seed(0)
    model, cross_entropy, optim = names["init_model"](784, 100, 10, 0.1)
    if network == "affine":
        model[1] = torch.nn.Identity()
    if network == "softmax":
        model.append(torch.nn.Softmax(dim=1))
    for _ in range(30):
        names["train_epoch"](model, cross_entropy, optim, data.Xtrain, data.Ytrain, 100)
    reported, reached = names["evaluate"](model, cross_entropy, data.Xtest, data.Ytest)
    assert reached == pytest.approx(accuracy, abs=0.015)
    if loss is not None:
        assert reported == pytest.approx(loss, abs=0.02)
