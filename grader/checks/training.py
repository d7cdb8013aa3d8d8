"""The checks of a function `train` for the classifier of `grader.checks.classifier`: parameters, curves, order, seed.

An exercise inherits them and says how its own `train` is called:

    @exercise("train")
    class TestTrain(TrainChecks):
        def train(self, student, problem, eta, n_batch, n_epochs, seed): ...
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Generator
from torch.nn.functional import one_hot

from grader.boundary.proxy import Student
from grader.checks import check_close, expect
from grader.checks import classifier as net
from grader.checks.loops import check_new_orders, check_seed, check_visits

Trained = tuple[net.Params, Mapping[str, Sequence[Any]]]


class TrainChecks:
    """What the labs ask of every `train`: it returns the parameters and a dict of four curves, one number per epoch."""

    def train(
        self, student: Student, problem: net.Problem, eta: float, n_batch: int, n_epochs: int, seed: int
    ) -> Trained:
        """Call the student's function: the trained parameters by name, and the curves."""
        return student.train(*problem, eta, n_batch, n_epochs, seed)

    def test_full_batch(self, student: Student, rng: Generator) -> None:
        """one batch that holds everything: parameters and curves, while the test loss grows"""
        params, X, Y, X_test, _ = net.draw_problem(rng, n=5, n_test=40)
        first_guesses = net.outputs_of(params, X_test)[1].argmax(1)
        problem = params, X, Y, X_test, one_hot(first_guesses, Y.shape[1]).to(Y)
        params, curves = self.train(student, problem, 0.4, 5, 3, 1)
        expected_params, expected = net.descend(problem, 0.4, 3)
        check_close(params, expected_params, what="the trained parameters", sizes={"the batch size": 5})
        check_close(net.as_numbers(curves), expected, what="curves", rtol=1e-6)

    def test_curves(self, student: Student, rng: Generator) -> None:
        """four lists of numbers, one per epoch, without a graph"""
        curves = self.check_lengths(student, net.draw_problem(rng, n=3, n_test=4))
        kept = [name for name in net.CURVES if any(getattr(v, "requires_grad", False) for v in curves[name])]
        expect(
            not kept,
            f"The values of {', '.join(kept)} still require gradients.",
            "The tensors are stored with the graph that computed them.",
            "What has to be stored for a curve: a number or its history?",
            misconception="graph_kept_in_the_curves",
        )

    def check_lengths(self, student: Student, problem: net.Problem) -> Mapping[str, Sequence[Any]]:
        """The curves of a training whose steps are of length zero, after which no epoch is left out."""
        _, curves = self.train(student, problem, 0.0, 2, 4, 0)
        lengths = {name: len(curves[name]) for name in net.CURVES}
        check_close(lengths, dict.fromkeys(net.CURVES, 4), what="the lengths of curves")
        return curves

    def test_visits(self, student: Student, rng: Generator) -> None:
        """every example once in an epoch, with its own target"""
        problem = net.draw_problem(rng, n=4, n_test=3)
        _, curves = self.train(student, problem, 0.5, 3, 2, 3)
        check_visits(net.loop(problem, eta=0.5, n_batch=3), problem[0], curves["loss_train"], 2)

    def test_new_order(self, student: Student, rng: Generator) -> None:
        """a new order in every epoch"""
        problem = net.draw_problem(rng, n=10, n_test=3)
        _, curves = self.train(student, problem, 0.4, 5, 3, 2)
        check_new_orders(net.loop(problem, eta=0.4, n_batch=5), problem[0], curves["loss_train"], 3)

    def test_seed(self, student: Student, rng: Generator) -> None:
        """the order comes from the seed"""
        problem = net.draw_problem(rng, n=12, n_test=3)
        check_seed(
            lambda seed: net.as_numbers(self.train(student, problem, 0.5, 6, 2, seed)[1]),
            net.loop(problem, eta=0.5, n_batch=6),
            problem[0],
            n_epochs=2,
        )
