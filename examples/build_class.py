"""Build a class of invented students: their submissions to a lab, made from the released notebooks.

    python examples/build_class.py 3-backprop FOLDER     writes FOLDER/<student>/3-backprop/*.ipynb

Right answers come from the instructor's solution cells, mistakes and unusual right ways from the lab's bank of
known answers (tests/<lab>/bank_*.py). Every student is a function below that says what is special.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from draft import Draft, bank

from grader.course import Course, Lab, course_root

Student = Callable[[Draft], None]
CIRCLES = "3-backprop"
BY_HAND, AUTOGRAD = "1-by-hand", "2-autograd"


# The class of the circles lab. ------------------------------------------------------------------------------------


def ada(draft: Draft) -> None:
    """Everything right, the questions answered."""
    draft.solve()
    draft.discuss(
        "Without the tanh two layers are one affine map, so the boundary is a line.\n\n"
        r"From $\ell = -\sum_i y_i \tilde y_i + \log \sum_j e^{\tilde y_j}$ follows "
        r"$\nabla_{\tilde y} \ell = \hat y - y$, and the rest by the chain rule."
    )


def bruno(draft: Draft) -> None:
    """Right in other ways: einsum, float64 inside, rebinding, more keys than asked for, a percent magic."""
    draft.solve()
    draft.take("forward", "einsum_and_functional", BY_HAND)
    draft.take("loss_accuracy", "picked_by_index", BY_HAND)
    draft.take("backward", "in_float64", BY_HAND)
    draft.take("sgd", "four_lines", BY_HAND)
    draft.take("train", "numpy_orders", BY_HAND)
    draft.take("init_params", "torch_parameters", AUTOGRAD)
    draft.take("sgd", "new_leaves", AUTOGRAD)
    draft.insert(
        "check-sgd",
        "%timeit -n 1 -r 1 sum(range(1000))\n%config InlineBackend.figure_format = 'png'",
        BY_HAND,
    )


def carla(draft: Draft) -> None:
    """The most frequent mistake: gradients that are not averaged over the batch."""
    draft.solve()
    draft.take("backward", "gradient_not_averaged", BY_HAND)


def dimitri(draft: Draft) -> None:
    """The loss is averaged over the classes, too."""
    draft.solve()
    draft.take("loss_accuracy", "loss_averaged_over_all_entries", BY_HAND)


def elena(draft: Draft) -> None:
    """The softmax runs over the batch."""
    draft.solve()
    draft.take("forward", "softmax_over_the_batch", BY_HAND)


def farid(draft: Draft) -> None:
    """The derivative of tanh is missing, and the accuracy is a percentage."""
    draft.solve()
    draft.take("backward", "tanh_derivative_missing", BY_HAND)
    draft.take("loss_accuracy", "accuracy_in_percent", BY_HAND)


def greta(draft: Draft) -> None:
    """A transpose that runs only when the batch is as large as the hidden layer."""
    draft.solve()
    draft.take("backward", "transpose_that_needs_equal_sizes", BY_HAND)


def hugo(draft: Draft) -> None:
    """With autograd, the gradients are never reset."""
    draft.solve()
    draft.take("sgd", "gradients_not_reset", AUTOGRAD)


def ines(draft: Draft) -> None:
    """With autograd, the parameters are scaled after they asked for gradients: they are no leaves."""
    draft.solve()
    draft.take("init_params", "not_a_leaf", AUTOGRAD)


def jonas(draft: Draft) -> None:
    """Half finished, the second notebook not handed in."""
    draft.solve("init_params", "forward", "loss_accuracy", notebook=BY_HAND)
    del draft.books[AUTOGRAD]


def kim(draft: Draft) -> None:
    """A cell in the middle that Python cannot read."""
    draft.solve()
    draft.write(
        "sgd",
        "def sgd(params, grads, eta):\n    for name in params\n        params[name] -= eta * grads[name]",
        BY_HAND,
    )


def lena(draft: Draft) -> None:
    """A loop without end in one exercise."""
    draft.solve()
    draft.write(
        "sgd",
        "def sgd(params, grads, eta):\n"
        "    step = 0\n"
        "    while step < 10:  # ten small steps instead of a large one\n"
        "        params = {name: params[name] - eta / 10 * grads[name] for name in params}\n"
        "    return params",
        BY_HAND,
    )


def malik(draft: Draft) -> None:
    """One exercise crashes the Python interpreter."""
    draft.solve()
    draft.write(
        "loss_accuracy",
        "import ctypes\n\n\n"
        "def loss_accuracy(Yhat, Y):\n"
        "    # reads memory by hand, to be faster\n"
        "    first = ctypes.string_at(8)\n"
        "    return float(first), 1.0",
        BY_HAND,
    )


def nora(draft: Draft) -> None:
    """Replaces the comparisons of torch, so that every check would pass that trusted them."""
    draft.write(
        "init_params",
        "def always(*args, **kwargs):\n    return True\n\n\n"
        "torch.allclose = torch.equal = torch.isclose = torch.testing.assert_close = always\n"
        "torch.Tensor.allclose = torch.Tensor.equal = torch.Tensor.__eq__ = always\n\n\n"
        "def init_params(nx, nh, ny):\n"
        '    return {"Wh": torch.ones(nh, nx), "bh": torch.ones(nh), "Wy": torch.ones(ny, nh), "by": torch.ones(ny)}',
        BY_HAND,
    )
    draft.write("sgd", "def sgd(params, grads, eta):\n    return params", BY_HAND)


def oscar(draft: Draft) -> None:
    """Right answers in a damaged notebook: one check cell copied, another one deleted."""
    draft.solve()
    draft.insert("check-forward", "", BY_HAND).update(draft.cell("check-forward", BY_HAND).copy())
    draft.delete("check-sgd", BY_HAND)


def petra(draft: Draft) -> None:
    """An upload that went wrong: the files are empty."""
    draft.raw = {name: b"" for name in draft.books}


def quentin(draft: Draft) -> None:
    """Several mistakes at once."""
    draft.solve()
    draft.take("init_params", "weights_not_scaled", BY_HAND)
    draft.take("loss_accuracy", "loss_summed_over_the_batch", BY_HAND)
    draft.take("sgd", "step_uphill", BY_HAND)
    draft.take("train", "same_order_every_epoch", BY_HAND)


def rosa(draft: Draft) -> None:
    """Nothing written yet."""


CLASS: list[Student] = [
    ada, bruno, carla, dimitri, elena, farid, greta, hugo, ines, jonas, kim, lena, malik, nora, oscar, petra,
    quentin, rosa,
]  # fmt: skip


# A smaller class for every other lab: two with the mistakes that its teachers see every year. ----------------------

Mistakes = list[tuple[str, str, str]]  # notebook, exercise, the answer's name in the bank

TYPICAL: dict[str, tuple[Mistakes, Mistakes]] = {
    "1-gradient-descent": (
        [("1-numpy", "mse_gradients", "gradients_not_averaged"), ("2-torch", "perform_one_update", "gradients_not_reset")],
        [("2-torch", "train_with_minibatchSGD", "pairs_broken_in_batches"), ("3-classifiers", "softmax", "overflow_for_large_scores")],
    ),
    "2-perceptron": (
        [("1-line", "accuracy", "lists_compared_as_a_whole"), ("2-network", "train_model", "gradients_summed")],
        [("2-network", "forward_function", "hidden_sigmoid_forgotten"), ("3-digits", "train_validation_split", "not_shuffled")],
    ),
    "4-regression-ladder": (
        [("1-iris", "two_layer_regression_numpy_train", "second_weights_already_updated"),
         ("1-iris", "two_layer_regression_autograd_train", "gradients_not_reset")],
        [("1-iris", "two_layer_regression_autograd_train", "validation_with_training_targets"),
         ("1-iris", "two_layer_regression_nn_train", "own_initial_weights")],
    ),
    "5-mnist": (
        [("1-from-circles-to-digits", "init_model", "softmax_at_the_end"), ("3-dataloader", "TwoLayerMLP", "no_activation")],
        [("1-from-circles-to-digits", "evaluate", "tables_compared"), ("3-dataloader", "test", "mean_of_batch_means")],
    ),
    "6-svm": (
        [("1-svm", "accuracy_against_C", "judged_on_the_training_set"), ("1-svm", "hinge_loss", "margin_forgotten")],
        [("1-svm", "fit_kernel", "degree_forgotten"), ("1-svm", "hinge_loss", "mean_of_the_slacks")],
    ),
    "7-optimizers": (
        [("1-variants", "OptimAdam", "no_bias_correction"), ("1-variants", "train_with_minibatchSGD", "gradients_not_reset")],
        [("1-variants", "OptimMomentum", "moving_average"), ("1-variants", "OptimNesterov", "heavy_ball")],
    ),
}  # fmt: skip


def right(draft: Draft) -> None:
    """Everything right."""
    draft.solve()


def right_in_other_ways(draft: Draft) -> None:
    """For each exercise the first unusual right answer of the bank."""
    draft.solve()
    for name in draft.books:
        for entry in reversed([e for e in bank(draft.lab, name) if e.kind == "right"]):
            draft.write(entry.exercise, entry.source, name)


def with_mistakes(mistakes: Mistakes) -> Student:
    """A student who is right but for these mistakes."""

    def student(draft: Draft) -> None:
        """Some typical mistakes."""
        draft.solve()
        for notebook, exercise, tag in mistakes:
            draft.take(exercise, tag, notebook)

    return student


def mistakes_of(lab: Lab) -> tuple[Mistakes, Mistakes]:
    """The mistakes of the two students; of a lab that is not in the list, the first two of its bank."""
    known = [
        (n.name, e.exercise, e.tag) for n in lab.notebooks for e in bank(lab, n.name) if e.kind == "wrong"
    ]
    return TYPICAL.get(lab.name, (known[:1], known[1:2]))


def students(lab: Lab) -> dict[str, Student]:
    """The class of a lab by name."""
    if lab.name == CIRCLES:
        return {student.__name__: student for student in CLASS}
    first, second = mistakes_of(lab)
    return {
        "ada": right,
        "bruno": right_in_other_ways,
        "carla": with_mistakes(first),
        "dimitri": with_mistakes(second),
        "rosa": rosa,
    }


def build_class(lab: Lab, folder: Path) -> list[str]:
    """Write every student's submission to folder/<student>/<lab>; gives the students' names."""
    for name, student in students(lab).items():
        draft = Draft(lab)
        student(draft)
        draft.save(folder / name / lab.name)
    return list(students(lab))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    print("\n".join(build_class(Course(course_root()).lab(sys.argv[1]), Path(sys.argv[2]))))
