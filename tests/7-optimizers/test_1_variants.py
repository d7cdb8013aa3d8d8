"""Hidden checks of the optimizers: each class moves its parameters exactly as torch.optim does."""

import itertools
import math
from typing import Any

import pytest
import torch

from grader.checks import Rules, check_close, exercise, expect, note_chance

# The first optimizer of a process loads half of torch: better once, here, than in every examiner.
torch.optim.SGD([torch.zeros(1)], lr=1.0)

FOLLOW = '''
import torch as checks_torch


def checks_follow(name, start, gradients, hyper, changes=(), as_iterator=False):
    """The parameters after each step, when the given gradients arrive (None: no gradient); `changes` of the settings come
    before the steps.
    """
    params = [p.clone().requires_grad_() for p in start]
    optim = globals()[name](iter(params) if as_iterator else params, **hyper)
    places = []
    for k, step_gradients in enumerate(gradients):
        for setting, value in changes[k].items() if changes else ():
            setattr(optim, setting, value)
        for p, g in zip(params, step_gradients):
            p.grad = None if g is None else g.clone()
        optim.step()
        places.append([p.detach().clone() for p in params])
    return places


def checks_gradients_after(name, start, gradients, hyper):
    """The gradients as they are after each step, without anything that clears them."""
    params = [p.clone().requires_grad_() for p in start]
    optim, after = globals()[name](params, **hyper), []
    for step_gradients in gradients:
        for p, g in zip(params, step_gradients):
            p.grad = g.clone()
        optim.step()
        after.append([None if p.grad is None else p.grad.clone() for p in params])
    return after


def checks_two_optimizers(name, start, gradients, hyper):
    """What a second optimizer does after a first one has made its steps, and while both are in use."""
    checks_follow(name, start, gradients, hyper)
    one, two = ([p.clone().requires_grad_() for p in start] for _ in range(2))
    optims = [globals()[name](params, **hyper) for params in (one, two)]
    places = []
    for step_gradients in gradients:
        for optim, params, factor in zip(optims, (one, two), (1.0, -3.0)):
            for p, g in zip(params, step_gradients):
                p.grad = factor * g
            optim.step()
        places.append([p.detach().clone() for p in one])
    return places


def checks_train(name, X, Y, w, b, hyper, n_steps):
    """The weights of a linear model after each step with autograd, and whether they still are what they were."""
    w, b = w.clone().requires_grad_(), b.clone().requires_grad_()
    optim, places = globals()[name]([w, b], **hyper), []
    for _ in range(n_steps):
        optim.zero_grad()
        ((X @ w.T + b - Y) ** 2).mean().backward()
        optim.step()
        places.append([w.detach().clone(), b.detach().clone()])
    return places, all(p.is_leaf and p.requires_grad for p in (w, b))


def checks_zero_grad(name, hyper):
    """The gradients after a step and zero_grad()."""
    params = [checks_torch.ones(2, requires_grad=True), checks_torch.ones(3, requires_grad=True)]
    optim = globals()[name](params, **hyper)
    params[0].grad = checks_torch.ones(2)
    optim.step()
    optim.zero_grad()
    return [None if p.grad is None else p.grad.clone() for p in params]
'''

MADE_BY_TORCH = {
    "OptimSGD": lambda params, gamma=0, **hyper: torch.optim.SGD(params, **hyper),
    "OptimMomentum": lambda params, gamma, **hyper: torch.optim.SGD(params, momentum=gamma, **hyper),
    "OptimNesterov": lambda params, gamma, **hyper: torch.optim.SGD(
        params, momentum=gamma, nesterov=True, **hyper
    ),
    "OptimAdam": lambda params, **hyper: torch.optim.Adam(params, **hyper),
}


def by_torch(
    name: str, start: list, gradients: list, hyper: dict, changes: tuple = ()
) -> list[list[torch.Tensor]]:
    """The parameters after each step of torch's own optimizer."""
    params = [p.clone().requires_grad_() for p in start]
    optim = MADE_BY_TORCH[name](params, **hyper)
    places = []
    for k, step_gradients in enumerate(gradients):
        optim.param_groups[0].update(changes[k] if changes else {})
        for p, g in zip(params, step_gradients, strict=True):
            p.grad = None if g is None else g.clone()
        optim.step()
        places.append([p.detach().clone() for p in params])
    return places


def numbers(*values: float, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    """A vector."""
    return torch.tensor(values, dtype=dtype)


def problem(rng: torch.Generator, n_steps: int = 6, dtype: torch.dtype = torch.float64) -> tuple[list, list]:
    """Three parameters of different shapes and gradients that change in sign and size."""
    shapes = [(3, 2), (4,), (1,)]
    start = [torch.randn(shape, generator=rng, dtype=dtype) for shape in shapes]
    scales = [1.0, 30.0, 0.02, 5.0, 0.3, 100.0]
    gradients = [
        [scales[k % 6] * torch.randn(shape, generator=rng, dtype=dtype) for shape in shapes]
        for k in range(n_steps)
    ]
    return start, gradients


class Steps:
    """What every optimizer must do; `name` and `hyper` come from the class of the exercise."""

    name = ""
    hyper: dict[str, Any] = {}
    other: dict[str, Any] = {}

    def compare(self, student: Any, start: list, gradients: list, hyper: dict, changes: tuple = ()) -> None:
        """Both optimizers on the same gradients, parameter by parameter."""
        student.define(FOLLOW)
        got = student.checks_follow(self.name, start, gradients, hyper, changes)
        for k, (mine, theirs) in enumerate(
            zip(got, by_torch(self.name, start, gradients, hyper, changes), strict=True)
        ):
            moved = [a - b for a, b in zip(mine, start, strict=True)] if k == 0 else mine
            wanted = [a - b for a, b in zip(theirs, start, strict=True)] if k == 0 else theirs
            what = "the first step" if k == 0 else f"the position after step {k + 1}"
            for i, (a, b) in enumerate(zip(moved, wanted, strict=True)):
                check_close(a, b, what=f"{what} of parameter {i + 1}", atol=0 if b.abs().max() else 1e-12)

    def test_constant_gradient(self, student):
        """a constant gradient, then none"""
        gradients = [[numbers(g)] for g in (1.0, 1.0, 1.0, 1.0, 0.0, 0.0)]
        self.compare(student, [numbers(0.0)], gradients, {**self.hyper, "lr": 1.0})

    def test_alternating_gradient(self, student):
        """a gradient that changes its sign"""
        gradients = [[numbers(g)] for g in (1.0, -1.0, 1.0, 2.0)]
        self.compare(student, [numbers(0.0)], gradients, {**self.hyper, "lr": 1.0})

    def test_large_and_tiny_gradients(self, student):
        """very large and very small gradients"""
        sizes = (1e7, 2.0, 0.1, 1e-4, 1e-8)
        gradients = [[numbers(factor * g) for g in sizes] for factor in (1.0, 1.0, 0.01)]
        self.compare(student, [numbers(0.0)] * 5, gradients, {**self.hyper, "lr": 0.5})

    def test_zero_gradient(self, student):
        """gradients that are zero in places"""
        gradients = [[numbers(0.0, 1.0)], [numbers(0.0, 0.0)], [numbers(0.0, -2.0)]]
        self.compare(student, [numbers(1.0, 2.0)], gradients, {**self.hyper, "lr": 0.1})

    @pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=["float64", "float32"])
    def test_several_parameters(self, student, rng, dtype):
        """several parameters, six steps"""
        start, gradients = problem(rng, dtype=dtype)
        self.compare(student, start, gradients, {**self.hyper, "lr": 0.05})

    def test_other_settings(self, student, rng):
        """other settings than the usual ones"""
        start, gradients = problem(rng)
        self.compare(student, start, gradients, {**self.hyper, **self.other, "lr": 0.3})

    @pytest.mark.parametrize(
        ("setting", "values"), [("lr", (0.1, 0.1, 0.01, 0.5)), ("weight_decay", (0.0, 0.0, 0.5, 0.2))]
    )
    def test_setting_changes(self, student, rng, setting, values):
        """`lr` or `weight_decay` is changed between the steps"""
        start, gradients = problem(rng, n_steps=4)
        changes = tuple({setting: value} for value in values)
        self.compare(student, start, gradients, {**self.hyper, "lr": 0.1}, changes)

    @pytest.mark.parametrize("start", [2.0, 0.2])
    def test_only_weight_decay(self, student, start):
        """weight decay of a parameter whose gradient is zero, beside one at zero with a gradient"""
        gradients = [[numbers(0.0), numbers(1.0)]] * 3
        places = [numbers(start), numbers(0.0)]
        self.compare(student, places, gradients, {**self.hyper, "lr": 0.1, "weight_decay": 0.5})

    def test_weight_decay_of_every_parameter(self, student, rng):
        """weight decay of matrices and vectors"""
        start, gradients = problem(rng)
        self.compare(student, start, gradients, {**self.hyper, "lr": 0.05, "weight_decay": 0.7})

    def test_gradients_stay(self, student, rng):
        """a step leaves the gradients as they are"""
        student.define(FOLLOW)
        start, gradients = problem(rng, n_steps=3)
        hyper = {**self.hyper, "lr": 0.05, "weight_decay": 0.7}
        after = student.checks_gradients_after(self.name, start, gradients, hyper)
        same = all(
            a is not None and torch.equal(a, b)
            for mine, given in zip(after, gradients, strict=True)
            for a, b in zip(mine, given, strict=True)
        )
        expect(
            same,
            "After step() a gradient is no longer what backward() made it.",
            "It looks like an operation in place on p.grad, or on something that shares its memory.",
            "Look for +=, -=, add_ or mul_ whose left side is, or was once set to, the gradient.",
        )

    def test_no_gradient(self, student, rng):
        """a parameter without a gradient stays"""
        start, gradients = problem(rng, n_steps=3)
        gradients = [[first, None, last] for first, _, last in gradients]
        self.compare(student, start, gradients, {**self.hyper, "lr": 0.05, "weight_decay": 0.1})

    def test_two_optimizers(self, student, rng):
        """two optimizers do not disturb each other"""
        student.define(FOLLOW)
        start, gradients = problem(rng, n_steps=3)
        hyper = {**self.hyper, "lr": 0.05}
        got = student.checks_two_optimizers(self.name, start, gradients, hyper)
        check_close(
            got, by_torch(self.name, start, gradients, hyper), what="the positions of the first optimizer"
        )

    def test_with_autograd(self, student, rng):
        """a linear model trained with backward()"""
        student.define(FOLLOW)
        X, Y = (torch.randn(shape, generator=rng, dtype=torch.float64) for shape in ((5, 3), (5, 2)))
        w, b = (torch.randn(shape, generator=rng, dtype=torch.float64) for shape in ((2, 3), (2,)))
        hyper = {**self.hyper, "lr": 0.05, "weight_decay": 0.1}
        places, leaves = student.checks_train(self.name, X, Y, w, b, hyper, n_steps=4)
        expect(
            leaves,
            "After some steps a parameter is no longer a leaf that requires gradients.",
            "It looks like an update that autograd has recorded, or a new tensor in the place of the parameter.",
            "Look at how the parameter is changed.",
        )
        w, b, wanted = w.requires_grad_(), b.requires_grad_(), []
        optim = MADE_BY_TORCH[self.name]([w, b], **hyper)
        for _ in range(4):
            optim.zero_grad()
            ((X @ w.T + b - Y) ** 2).mean().backward()
            optim.step()
            wanted.append([w.detach().clone(), b.detach().clone()])
        check_close(places, wanted, what="the weights")

    def test_zero_grad(self, student):
        """zero_grad() clears the gradients"""
        student.define(FOLLOW)
        after = student.checks_zero_grad(self.name, {**self.hyper, "lr": 0.1})
        expect(
            all(g is None or not g.any() for g in after),
            "After zero_grad() there is a gradient left.",
            "",
            "Look at which gradients zero_grad() clears.",
        )

    def test_any_iterable(self, student, rng):
        """parameters given as model.parameters() gives them"""
        student.define(FOLLOW)
        start, gradients = problem(rng, n_steps=3)
        hyper = {**self.hyper, "lr": 0.05}
        got = student.checks_follow(self.name, start, gradients, hyper, as_iterator=True)
        check_close(got, by_torch(self.name, start, gradients, hyper), what="the positions")


OPTIMIZERS = (
    "SGD",
    "ASGD",
    "Adam",
    "AdamW",
    "Adamax",
    "NAdam",
    "RAdam",
    "RMSprop",
    "sgd",
    "adam",
    "_functional",
)
OWN = Rules(
    "all four are yours: no optimizer of torch.optim",
    forbidden=tuple(f"torch.optim.{name}" for name in OPTIMIZERS),
    guards=("torch.optim.SGD.step", "torch.optim.Adam.step", "torch.optim.AdamW.step"),
)


@exercise("OptimSGD", rules=OWN)
class TestOptimSGD(Steps):
    name = "OptimSGD"


@exercise("OptimMomentum", rules=OWN)
class TestOptimMomentum(Steps):
    name = "OptimMomentum"
    hyper = {"gamma": 0.9}
    other = {"gamma": 0.35}


@exercise("OptimNesterov", rules=OWN)
class TestOptimNesterov(Steps):
    name = "OptimNesterov"
    hyper = {"gamma": 0.9}
    other = {"gamma": 0.35}


@exercise("OptimAdam", rules=OWN)
class TestOptimAdam(Steps):
    name = "OptimAdam"
    other = {"betas": (0.6, 0.8), "eps": 0.25}

    def test_many_steps(self, student, rng):
        """forty steps"""
        start = [torch.randn(3, generator=rng, dtype=torch.float64)]
        gradients = [[torch.randn(3, generator=rng, dtype=torch.float64)] for _ in range(40)]
        self.compare(student, start, gradients, {"lr": 0.02})


FACTORY = '''
checks_made = globals().get("checks_made", [])


def checks_stand_in(name, signature):
    """A class of that name which only notes what it was made with."""
    source = f"""
class {name}:
    def __init__(self, params, {signature}):
        settings = dict(locals())
        del settings["self"], settings["params"]
        self.made_with = (list(params), settings)
    def zero_grad(self): pass
    def step(self): pass
"""
    exec(source, globals())


def checks_factory(method, hyper):
    """The class that was made, whether it holds the given tensors, and its settings."""
    for name, signature in (
        ("OptimSGD", "lr, weight_decay=0"),
        ("OptimMomentum", "lr, gamma, weight_decay=0"),
        ("OptimNesterov", "lr, gamma, weight_decay=0"),
        ("OptimAdam", "lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0"),
    ):
        checks_stand_in(name, signature)
    params = [torch.zeros(2, requires_grad=True), torch.zeros(3, requires_grad=True)]
    optim = optim_factory(method, params, **hyper)
    fresh = all(optim is not other for other in checks_made)
    checks_made.append(optim)
    if hasattr(optim, "made_with"):
        held, settings = optim.made_with
    else:
        held = list(getattr(optim, "params", params))
        settings = {name: getattr(optim, name) for name in hyper if hasattr(optim, name)}
    same = len(held) == len(params) and all(a is b for a, b in zip(held, params))
    return type(optim).__name__, same, settings, fresh
'''


@exercise("optim_factory")
class TestOptimFactory:
    @staticmethod
    def made(student: Any, method: str, hyper: dict[str, Any]) -> dict[str, Any]:
        """The settings of the optimizer that the factory makes, which must be of the right class."""
        student.define(FACTORY)
        name, same, settings, fresh = student.checks_factory(method, hyper)
        wanted = f"Optim{'SGD' if method == 'sgd' else method.capitalize()}"
        expect(
            name == wanted,
            f"For {method!r} the factory gives an object of the class {name}.",
            "",
            "Compare the names of the methods with those of the classes.",
        )
        expect(
            same,
            "The optimizer does not hold the tensors that the factory was given.",
            "It looks like copies of the parameters, or only some of them.",
            "Look at what is handed to the class.",
        )
        return {**settings, "fresh": fresh}

    @pytest.mark.parametrize(
        ("method", "hyper"),
        [
            ("sgd", {"lr": 0.37}),
            ("momentum", {"lr": 0.37, "gamma": 0.61}),
            ("nesterov", {"lr": 0.21, "gamma": 0.83}),
            ("adam", {"lr": 0.05}),
            ("sgd", {"lr": 0.4, "weight_decay": 0.3}),
            ("momentum", {"lr": 0.4, "gamma": 0.2, "weight_decay": 0.3}),
            ("nesterov", {"lr": 0.4, "gamma": 0.2, "weight_decay": 0.3}),
            ("adam", {"lr": 0.4, "betas": (0.7, 0.8), "eps": 0.01, "weight_decay": 0.3}),
        ],
        ids=[
            "sgd",
            "momentum",
            "nesterov",
            "adam",
            "sgd, all",
            "momentum, all",
            "nesterov, all",
            "adam, all",
        ],
    )
    def test_class_and_settings(self, student, method, hyper):
        """the class for a name, and its settings"""
        settings = self.made(student, method, hyper)
        known = [name for name in hyper if name in settings]  # a class of one's own may store some elsewhere
        got = {name: settings[name] for name in known}
        check_close(got, {name: hyper[name] for name in known}, what="the settings of the optimizer")

    def test_new_each_time(self, student):
        """every call makes a new optimizer"""
        self.made(student, "sgd", {"lr": 0.1})
        expect(
            self.made(student, "sgd", {"lr": 0.1})["fresh"],
            "A second call gives the same optimizer again.",
            "It looks like optimizers that are kept.",
            "Where is the optimizer made?",
        )


TRAIN = '''
class ChecksRecorder:
    """Notes the gradients at every step; moves the parameters by lr times the gradient."""

    def __init__(self, params, lr):
        self.params, self.lr, self.seen = params, lr, []

    def zero_grad(self):
        for p in self.params:
            p.grad = None

    def step(self):
        self.seen.append([None if p.grad is None else p.grad.detach().clone() for p in self.params])
        for p, g in zip(self.params, self.seen[-1]):
            if g is not None:
                p.data.sub_(self.lr * g)


def checks_train(inputs, targets, w, b, epochs, bs, lr):
    """The gradients at every step, the weights at the end, and whether the data are as they were."""
    w, b = w.clone().requires_grad_(), b.clone().requires_grad_()
    recorder = ChecksRecorder([w, b], lr)
    given = inputs.clone(), targets.clone()
    train_with_minibatchSGD(inputs, targets, w, b, epochs, bs, recorder)
    kept = bool((given[0] == inputs).all()) and bool((given[1] == targets).all())
    return recorder.seen, w.detach().clone(), b.detach().clone(), kept
'''
BASE = 17.0  # targets 17**i: the mean of a batch tells its rows, digit by digit


def rows_of(gradient: float, n_rows: int) -> list[int] | None:
    """The rows of the batch whose targets have the mean -gradient (two outputs, zero predictions)."""
    for size in range(1, n_rows + 1):
        total = -gradient * size
        if total <= 0 or abs(total - round(total)) > 1e-2:
            continue
        digits, rest = [], round(total)
        while rest:
            rest, digit = divmod(rest, int(BASE))
            digits.append(digit)
        if sum(digits) == size and len(digits) <= n_rows:
            return [i for i, digit in enumerate(digits) for _ in range(digit)]
    return None


class Visit:
    """One training at zero weights that do not move: which rows came when."""

    def __init__(self, student: Any, n_rows: int, bs: int, epochs: int) -> None:
        student.define(TRAIN)
        generator = torch.Generator().manual_seed(n_rows)
        self.inputs = torch.randn(n_rows, 3, generator=generator, dtype=torch.float64)
        self.targets = torch.randn(n_rows, 2, generator=generator, dtype=torch.float64)
        self.targets[:, 0] = BASE ** torch.arange(n_rows, dtype=torch.float64)
        w, b = torch.zeros(2, 3, dtype=torch.float64), torch.zeros(2, dtype=torch.float64)
        self.n_rows, self.epochs = n_rows, epochs
        seen, self.w, self.b, self.kept = student.checks_train(
            self.inputs, self.targets, w, b, epochs, bs, lr=0.0
        )
        expect(
            bool(seen),
            "optim.step() was never called.",
            "It looks like an update that is made without the optimizer.",
            "Who changes the weights?",
        )
        missing = [name for k, name in enumerate(("w", "b")) if any(pair[k] is None for pair in seen)]
        expect(
            len(missing) != 1,
            f"At a step {' '.join(missing)} has no gradient, the other parameter has one.",
            "It looks like predictions that do not depend on it.",
            "Which model is trained?",
        )
        expect(
            not missing,
            "At a step neither w nor b has a gradient.",
            "It looks like gradients that are cleared, or never computed, before the step.",
            "In which order do the lines of an update stand?",
        )
        note_chance(0.0)  # what was seen is compared with itself, whatever the order
        self.seen = seen
        self.batches = self._decoded([float(pair[1][0]) for pair in seen])

    def _decoded(self, gradients: list[float]) -> list[list[int]]:
        batches = [rows_of(g, self.n_rows) for g in gradients]
        if all(rows is not None for rows in batches):
            return [rows for rows in batches if rows is not None]
        steps = [b - a for a, b in itertools.pairwise(gradients)]
        summed = batches[0] is not None and len(steps) > 0 and all(rows_of(g, self.n_rows) for g in steps)
        expect(
            not summed,
            "The second gradient is the sum of those of the first two batches.",
            "Old gradients are still there when new ones arrive.",
            "Which line forgets them, and when?",
            misconception="gradients_not_reset",
        )
        expect(
            False,
            "At a step the gradient is not that of the mean squared error over some rows of the data.",
            "It looks like another loss, or like predictions and targets of different rows or shapes.",
            "Look at the loss of a batch: its mean is over all elements.",
        )
        return []

    def by_epoch(self) -> list[list[int]]:
        """The rows of each epoch in the order in which they came."""
        rows = [row for batch in self.batches for row in batch]
        expect(
            len(rows) == self.epochs * self.n_rows,
            f"In {self.epochs} epochs over {self.n_rows} rows, {len(rows)} rows were visited.",
            "It looks like rows that are left out, or epochs too many or too few.",
            "What happens to the last rows when bs does not divide the number of rows?",
        )
        return [rows[k * self.n_rows : (k + 1) * self.n_rows] for k in range(self.epochs)]


@exercise("train_with_minibatchSGD")
class TestTrain:
    @pytest.mark.parametrize(("n_rows", "bs"), [(10, 1), (10, 3), (9, 4), (8, 4)])
    def test_every_row_once(self, student, n_rows, bs):
        """every row once in every epoch"""
        for rows in Visit(student, n_rows, bs, epochs=3).by_epoch():
            expect(
                sorted(rows) == list(range(n_rows)),
                "In an epoch some rows came more than once and others never.",
                "It looks like drawing with replacement, or like a shuffle that overwrites rows.",
                "How is the order of the rows made?",
            )

    @pytest.mark.parametrize(("n_rows", "bs"), [(10, 3), (9, 4), (10, 10), (7, 50)])
    def test_batch_sizes(self, student, n_rows, bs):
        """batches of bs rows, the rest in the last one"""
        visit = Visit(student, n_rows, bs, epochs=2)
        wanted = [bs] * (n_rows // bs) + [n_rows % bs] * (n_rows % bs > 0)
        got = [len(batch) for batch in visit.batches]
        half = got[: len(got) // 2]
        expect(
            sorted(half) == sorted(wanted) and sorted(got) == sorted(wanted * 2),
            f"{n_rows} rows with bs = {bs} came in batches of {half}.",
            "It looks like a number of batches where their size is asked for, or like a rest that is dropped.",
            "How many rows has a batch, and what is left for the last one?",
        )

    def test_new_order(self, student):
        """a new order in every epoch"""
        epochs = [
            tuple(frozenset(rows[k : k + 2]) for k in range(0, 10, 2))
            for rows in Visit(student, 10, 2, epochs=4).by_epoch()
        ]
        note_chance(7 / (math.factorial(10) / 2**5))  # six pairs of epochs, and the first one alone
        expect(
            len(set(epochs)) == 4,
            "Two epochs visited the rows in the same order.",
            "It looks like an order that is made once, before the loop over the epochs.",
            "When is the order drawn?",
        )
        expect(
            any((max(batch) - min(batch)) not in (1, 9) for batches in epochs for batch in batches),
            "Rows that are neighbours in the data stay together in every batch.",
            "It looks like blocks of rows that are shuffled, or like an order that is only turned round.",
            "How is the order of the rows made?",
            misconception="neighbours_stay_together",
        )
        expect(
            epochs[0] != tuple(frozenset({k, k + 1}) for k in range(0, 10, 2)),
            "The first epoch visited the rows from the first to the last.",
            "It looks like a shuffle at the end of an epoch.",
            "When is the order drawn?",
        )
        expect(
            len({frozenset(batches) for batches in epochs}) > 1,
            "All epochs have the same batches, one after the other in another order.",
            "It looks like batches that are cut once.",
            "What is shuffled: batches or rows?",
        )

    @pytest.mark.parametrize("bs", [1, 4])
    def test_pairs(self, student, bs):
        """each row of inputs with its row of targets"""
        visit = Visit(student, 9, bs, epochs=2)
        for rows, (grad_w, _) in zip(visit.batches, visit.seen, strict=True):
            wanted = -visit.targets[rows].T @ visit.inputs[rows] / len(rows)
            expect(
                bool((grad_w - wanted).abs().max() <= 1e-8 * wanted.abs().max()),
                "The gradient of w does not belong to the rows whose targets were used.",
                "It looks like inputs and targets in different orders.",
                "Use the same row numbers for both.",
            )

    def test_data_stay(self, student):
        """inputs, targets and the weights are changed by nobody but the optimizer"""
        visit = Visit(student, 8, 3, epochs=2)
        expect(
            visit.kept,
            "inputs or targets are not what they were before the training.",
            "It looks like rows that are shuffled in place.",
            "Shuffle row numbers, not the rows.",
        )
        expect(
            not visit.w.any() and not visit.b.any(),
            "The weights moved although the optimizer did not move them.",
            "It looks like an update in the loop besides that of the optimizer.",
            "Who changes the weights?",
        )

    @pytest.mark.parametrize(("n_outputs", "distance"), [(2, 1.0), (1, 1.0), (2, 1e-5)])
    def test_weights(self, student, rng, n_outputs, distance):
        """the weights after training on whole batches, far from the minimum and near it"""
        student.define(TRAIN)
        X, Y = (torch.randn(s, generator=rng, dtype=torch.float64) for s in ((5, 3), (5, n_outputs)))
        w, b = (torch.randn(s, generator=rng, dtype=torch.float64) for s in ((n_outputs, 3), (n_outputs,)))
        Y = distance * Y + (1 - distance) * (X @ w.T + b)
        lr = 0.1 if distance == 1 else 0.0
        seen, got_w, got_b, _ = student.checks_train(X, Y, w, b, 6, 5, lr)
        expect(
            len(seen) == 6,
            f"5 rows in one batch, 6 epochs: {len(seen)} steps.",
            "It looks like a training that stops by itself, or like other batches.",
            "Who decides how many epochs there are?",
        )
        for _ in range(6):
            error = 2 * (X @ w.T + b - Y) / Y.numel()
            w, b = w - lr * error.T @ X, b - lr * error.sum(0)
        check_close({"w": got_w, "b": got_b}, {"w": w, "b": b}, what="the trained weights")

    def test_weights_in_batches(self, student, rng):
        """the weights follow from batch to batch"""
        student.define(TRAIN)
        X, Y = (torch.randn(s, generator=rng, dtype=torch.float64) for s in ((7, 3), (7, 2)))
        w, b = (torch.randn(s, generator=rng, dtype=torch.float64) for s in ((2, 3), (2,)))
        seen, got_w, got_b, _ = student.checks_train(X, Y, w, b, 2, 1, lr=0.1)
        expect(
            len(seen) == 14,
            f"7 rows in batches of one, 2 epochs: {len(seen)} steps.",
            "",
            "Count the batches.",
        )
        for k, (grad_w, grad_b) in enumerate(seen):
            fits = [
                bool(
                    torch.allclose(torch.outer(e, x), grad_w, rtol=1e-7)
                    and torch.allclose(e, grad_b, rtol=1e-7)
                )
                for e, x in zip(X @ w.T + b - Y, X, strict=True)
            ]
            expect(
                any(fits),
                f"The gradient at step {k + 1} is that of no row at the present weights.",
                "It looks like gradients that are computed before the weights have moved, or that add up.",
                "Each batch sees the weights that the batch before it left.",
            )
            w, b = w - 0.1 * grad_w, b - 0.1 * grad_b
        check_close({"w": got_w, "b": got_b}, {"w": w, "b": b}, what="the trained weights")
