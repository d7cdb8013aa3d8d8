"""The proof of the checks: every wrong answer fails under its own name, every right one passes.

`prove` runs a notebook's checks on the reference, on the stub and on every entry of its bank, in this process
and through the same codec as a student's answers.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from grader.boundary.proxy import local_student
from grader.checks.bank import Entry, load_bank
from grader.checks.diagnosis import Outcome, name_failures, settle
from grader.checks.plugin import reference_of
from grader.checks.rules import violation
from grader.checks.suite import Suite, run_in_session
from grader.course import Exercise, Notebook
from grader.release import released_notebook

IDLE = {
    "returns None": "def {name}(*args, **kwargs):\n    return None",
    "returns its first argument": "def {name}(*args, **kwargs):\n    return args[0] if args else None",
    "returns its arguments": "def {name}(*args, **kwargs):\n    return args",
    "returns 0": "def {name}(*args, **kwargs):\n    return 0.0",
    "returns an empty dictionary": "def {name}(*args, **kwargs):\n    return {{}}",
}


@dataclass
class Proof:
    """What the proof of one exercise found; `problems` is empty when its checks hold."""

    exercise: str
    checks: int = 0
    wrong: int = 0
    right: int = 0
    killed: int = 0
    problems: list[str] = field(default_factory=list)


def prove(notebook: Notebook) -> list[Proof]:
    """A Proof for every exercise of the notebook that has hidden checks."""
    return run_in_session([notebook.checks], lambda suite: _Prover(suite, notebook).prove())


class _Prover:
    def __init__(self, suite: Suite, notebook: Notebook) -> None:
        self.suite, self.notebook = suite, notebook
        self.entries = load_bank(notebook.bank)
        self.exercises = [e for e in notebook.exercises if not e.manual]
        self.reference = reference_of(notebook.checks)

    def prove(self) -> list[Proof]:
        """All exercises, then the entries that name none of them."""
        proofs = [self._exercise(exercise) for exercise in self.exercises]
        names = {e.name for e in self.exercises}
        for entry in self.entries:
            if entry.exercise not in names:
                proofs.append(Proof(entry.exercise, problems=[f"{entry.tag}: there is no such exercise"]))
        return proofs

    def _exercise(self, exercise: Exercise) -> Proof:
        proof = Proof(exercise.name)
        outcomes = self._run(exercise.name)
        proof.checks = len(outcomes)
        proof.problems += [
            f"the reference fails {o.name!r}: {o.message} {o.detail}"
            for o in outcomes
            if o.outcome != "passed"
        ]
        self._stub(exercise, proof)
        self._idle(exercise.name, proof)
        self._lent(exercise, proof)
        for entry in (e for e in self.entries if e.exercise == exercise.name):
            if entry.kind == "wrong":
                self._wrong(entry, proof)
            else:
                self._right(entry, proof)
        return proof

    def _run(
        self, exercise: str, answered: str = "", source: str = "", lent: Collection[str] | None = None
    ) -> list[Outcome]:
        answers = {answered: source} if answered else {}
        student = local_student(self.reference.namespace(answers))
        text = source if answered == exercise else self.reference.solutions[exercise]
        return list(self.suite.each(self.notebook, exercise, student, text, lent))

    def _stub(self, exercise: Exercise, proof: Proof) -> None:
        cells = released_notebook(self.notebook.source).cells
        stub = next(
            c.source for c in cells if c.metadata.get("nbgrader", {}).get("grade_id") == exercise.solution
        )
        outcomes = self._run(exercise.name, exercise.name, stub)
        settle(outcomes)
        passed = [o.name for o in outcomes if o.outcome == "passed"]
        if passed:
            proof.problems.append(f"the released stub passes {passed}")

    def _idle(self, name: str, proof: Proof) -> None:
        """Answers that do nothing earn nothing, side conditions ("the arguments stay as they are") included."""
        if not callable(self.reference.namespace().get(name)):
            return
        for what, body in IDLE.items():
            outcomes = self._run(name, name, body.format(name=name))
            settle(outcomes)
            passed = [o.name for o in outcomes if o.outcome == "passed"]
            if passed:
                proof.problems.append(f"a function that {what} passes {passed}")

    def _lent(self, exercise: Exercise, proof: Proof) -> None:
        """Where a function is lent by the reference, an own version that only raises costs nothing."""
        for name in self.suite.declared(self.notebook, exercise.name).uses:
            broken = f"def {name}(*args, **kwargs):\n    raise RuntimeError('not the one that was lent')"
            lost = [o.name for o in self._run(exercise.name, name, broken) if o.outcome != "passed"]
            if lost:
                proof.problems.append(f"a broken {name} costs {lost}, although it is lent")

    def _wrong(self, entry: Entry, proof: Proof) -> None:
        proof.wrong += 1
        if self._breaks_rule(entry):
            proof.killed += 1
            return
        known = self.suite.known(self.notebook, entry.exercise)
        mine = next(k for k in known if k.tag == entry.tag)
        keys = [item.name for item in self.suite.checks(self.notebook, entry.exercise)]
        outcomes = [replace(mine.outcome(key)) for key in keys]
        if not any(o.failed for o in outcomes):
            proof.problems.append(f"{entry.tag} passes every check")
            return
        if not any(o.failed for o in self._run(entry.exercise, entry.exercise, entry.source, lent=())):
            proof.problems.append(
                f"{entry.tag} passes every check with own functions in the place of lent ones"
            )
            return
        proof.killed += 1
        name_failures(outcomes, known)
        named = [o.misconception for o in outcomes if o.failed]
        if entry.tag not in named or any(n not in (entry.tag, None) for n in named):
            said = "; ".join(
                f"{o.name}: {o.misconception or o.message.splitlines()[0]}" for o in outcomes if o.failed
            )
            proof.problems.append(f"{entry.tag} is not told by its name, but: {said}")
        self._others(entry, proof)

    def _right(self, entry: Entry, proof: Proof) -> None:
        proof.right += 1
        if self._breaks_rule(entry):
            proof.problems.append(f"{entry.tag} is right, but said to break the rule of the exercise")
            return
        for outcome in self._run(entry.exercise, entry.exercise, entry.source):
            if outcome.outcome != "passed":
                proof.problems.append(
                    f"{entry.tag} is right, but fails {outcome.name!r}: {outcome.message} {outcome.detail}"
                )
        self._others(entry, proof)

    def _breaks_rule(self, entry: Entry) -> bool:
        rules = self.suite.declared(self.notebook, entry.exercise).rules
        others = [c.source for c in self.notebook.source.cells if c.cell_type == "code"]
        return rules is not None and violation(rules, entry.source, others) is not None

    def _others(self, entry: Entry, proof: Proof) -> None:
        """A mistake is lost once: exercises that could call this one keep their full marks."""
        for other in self.exercises:
            if (
                other.name == entry.exercise
                or other.name in entry.also
                or not self._mentions(other, entry.exercise)
                or entry.exercise in self.suite.declared(self.notebook, other.name).uses  # see `_lent`
            ):
                continue
            for outcome in self._run(other.name, entry.exercise, entry.source):
                if outcome.outcome != "passed":
                    proof.problems.append(
                        f"{entry.tag} also costs {other.name} ({outcome.name}: {outcome.message})"
                    )
                    break

    def _mentions(self, other: Exercise, name: str) -> bool:
        """Whether the solution of another exercise, or what it calls, uses the name."""
        return name in reached_names(self.reference.solutions, other.name)


def reached_names(solutions: dict[str, str], start: str) -> set[str]:
    """Every name that a solution uses, directly or through other solutions."""
    reached: set[str] = set()
    queue = [start]
    while queue:
        for node in ast.walk(ast.parse(_python(solutions[queue.pop()]))):
            if isinstance(node, ast.Name) and node.id not in reached:
                reached.add(node.id)
                if node.id in solutions:
                    queue.append(node.id)
    return reached - {start}


def _python(source: str) -> str:
    return "\n".join(line for line in source.splitlines() if not line.lstrip().startswith(("%", "!")))


def table(rows: Sequence[tuple[str, Proof]]) -> str:
    """The proofs as a Markdown table."""
    lines = [
        "| notebook | exercise | checks | wrong answers | caught | right variants |",
        "|---|---|---:|---:|---:|---:|",
    ]
    for notebook, p in rows:
        lines.append(f"| {notebook} | {p.exercise} | {p.checks} | {p.wrong} | {p.killed} | {p.right} |")
    total = [sum(getattr(p, k) for _, p in rows) for k in ("checks", "wrong", "killed", "right")]
    lines.append(f"| all | {len(rows)} exercises | {' | '.join(map(str, total))} |")
    return "\n".join(lines)
