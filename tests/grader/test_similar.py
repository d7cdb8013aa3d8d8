"""Similar answers: copies are found however they are dressed, honest classes are left alone, and the page is safe."""

import json
import random
import re

import pytest

from grader.course import Course
from grader.similar import write_similar
from grader.similar.page import given_statements, read_answers
from grader.similar.pairs import Answer, marked_lines, similar_pairs, weight
from grader.similar.passages import statements
from tests.grader import tiny_course
from tests.grader.tiny_course import LAB

PLACE = ("1-double", "double")
COPIED = '''
def backward(params, outputs, Y):
    """Gradients of the mean loss."""
    n_batch = Y.shape[0]
    delta_y = (outputs["yhat"] - Y) / n_batch
    grads = {}
    grads["Wy"] = delta_y.T @ outputs["h"]
    grads["by"] = delta_y.sum(0, keepdim=True)
    slope = 1 - torch.square(outputs["h"])
    delta_h = torch.einsum("bo,oh->bh", delta_y, params["Wy"]) * slope
    grads["Wh"] = torch.einsum("bh,bx->hx", delta_h, outputs["X"])
    grads["bh"] = torch.ones(1, n_batch) @ delta_h
    for name, value in grads.items():
        if value.shape != params[name].reshape(value.shape).shape:
            raise ValueError(f"gradient of {name} is off")
    return {name: value.reshape(params[name].shape) for name, value in grads.items()}
'''
DRESSED = """
def backward(p, o, target):
    # first I count the batch
    m = target.shape[0]
    g = {}
    err = ((o["yhat"] - target) / m)   # error of the output

    dtanh = 1 - torch.square(o["h"])
    g["by"] = err.sum(0, keepdim=True)
    g["Wy"] = err.T @ o["h"]
    back = torch.einsum("bo,oh->bh", err, p["Wy"]) * dtanh
    g["bh"] = torch.ones(1, m) @ back
    g["Wh"] = torch.einsum("bh,bx->hx", back, o["X"])
    for k, v in g.items():
        # is it all right?
        if v.shape != p[k].reshape(v.shape).shape:
            raise ValueError(f"gradient of {k} is off")
    return {k: v.reshape(p[k].shape) for k, v in g.items()}
"""
# What people write by themselves: each step in one of its usual forms, the first ones more often.
STEPS = (
    ("{n} = Y.shape[0]", "{n} = len(Y)", "{n} = Y.size(0)", "{n}, _ = Y.shape"),
    (
        '{d} = (outputs["yhat"] - Y) / {n}',
        '{d} = outputs["yhat"] - Y\n    {d} /= {n}',
        '{d} = (outputs["yhat"] - Y) * (1 / {n})',
    ),
    (
        '{w} = {d}.T @ outputs["h"]',
        '{w} = torch.matmul({d}.T, outputs["h"])',
        '{w} = torch.mm({d}.t(), outputs["h"])',
    ),
    ("{b} = {d}.sum(0)", "{b} = {d}.sum(dim=0)", "{b} = torch.sum({d}, dim=0)", "{b} = torch.sum({d}, 0)"),
    (
        '{e} = {d} @ params["Wy"] * (1 - outputs["h"] ** 2)',
        '{e} = ({d} @ params["Wy"]) * (1 - outputs["h"] * outputs["h"])',
        '{e} = {d} @ params["Wy"]\n    {e} = {e} * (1 - outputs["h"].pow(2))',
        '{e} = torch.matmul({d}, params["Wy"])\n    {e} *= 1 - outputs["h"] ** 2',
    ),
    (
        '{v} = {e}.T @ outputs["X"]',
        '{v} = torch.matmul({e}.T, outputs["X"])',
        '{v} = torch.mm({e}.t(), outputs["X"])',
    ),
    ("{c} = {e}.sum(0)", "{c} = {e}.sum(dim=0)", "{c} = torch.sum({e}, dim=0)"),
    (
        'return {{"Wh": {v}, "bh": {c}, "Wy": {w}, "by": {b}}}',
        'grads = {{"Wy": {w}, "by": {b}, "Wh": {v}, "bh": {c}}}\n    return grads',
        "grads = dict(Wh={v}, bh={c}, Wy={w}, by={b})\n    return grads",
    ),
)
NAMES = {
    "n": ("n", "n_batch", "m", "N", "batch"), "d": ("delta", "dy", "d_out", "delta_y", "err", "dZ2"),
    "w": ("dWy", "gWy", "grad_Wy", "Wy_grad"), "b": ("dby", "gby", "grad_by", "by_grad"),
    "e": ("delta_h", "dh", "d_hidden", "dZ1", "back"), "v": ("dWh", "gWh", "grad_Wh", "Wh_grad"),
    "c": ("dbh", "gbh", "grad_bh", "bh_grad"),
}  # fmt: skip


def honest(number):
    """What one of many students writes alone."""
    dice = random.Random(number)
    names = {key: dice.choice(known) for key, known in NAMES.items()}
    lines = ["def backward(params, outputs, Y):"]
    for forms in STEPS:
        weights = [1 / (i + 1) for i in range(len(forms))]
        if dice.random() < 0.2:
            lines.append(
                f"    # {dice.choice(('output layer', 'the hidden layer', 'error', 'now the gradients'))}"
            )
        lines.append("    " + dice.choices(forms, weights)[0].format(**names))
    return "\n".join(lines)


def whole_lab(number):
    """Six exercises of one student, each written alone."""
    sources = [honest(f"{number} {exercise}") for exercise in range(6)]
    return {
        ("n", str(i)): Answer(source, statements(source, is_code=True)) for i, source in enumerate(sources)
    }


def answer(source):
    return {PLACE: Answer(source, statements(source, is_code=True))}


def room(count, **others):
    """A class of honest students and these."""
    alone = {f"s{i:03}": answer(honest(i)) for i in range(count)}
    return alone | {name: answer(source) for name, source in others.items()}


def found(answers, given=()):
    return [pair.students for pair in similar_pairs(answers, given)]


@pytest.mark.parametrize("count", [5, 20, 60, 300])
def test_an_honest_class_is_left_alone(count):
    assert found(room(count)) == []


def test_chance_does_not_add_up_over_a_long_lab():
    assert found({f"s{i}": whole_lab(i) for i in range(60)}) == []


@pytest.mark.parametrize("count", [0, 5, 60, 300])
def test_a_copy_with_new_names_comments_spacing_and_order_is_found(count):
    assert found(room(count, ann=COPIED, bob=DRESSED)) == [("ann", "bob")]


def test_a_ring_is_found_in_a_class():
    ring = {f"r{i}": DRESSED.replace("err", f"e{i}").replace("back", f"b{i}") for i in range(6)}
    pairs = found(room(120, **ring))
    assert set(pairs) == {(f"r{i}", f"r{j}") for i in range(6) for j in range(i + 1, 6)}


def test_the_shared_lines_are_marked_and_the_others_are_not():
    answers = room(60, ann=COPIED, bob=DRESSED + "\n\ndef more(x):\n    return [y for y in x if y > 17]\n")
    for places in answers.values():
        places["1-double", "limit"] = Answer("limit = 3 * 14.0", statements("limit = 3 * 14.0", is_code=True))
    (pair,) = similar_pairs(answers, ())
    marked = marked_lines(answers["bob"][PLACE], pair)
    lines = answers["bob"][PLACE].source.split("\n")
    assert 'back = torch.einsum("bo,oh->bh", err, p["Wy"]) * dtanh' in [lines[i].strip() for i in marked]
    assert not any("17" in lines[i] for i in marked)
    assert marked_lines(answers["bob"]["1-double", "limit"], pair) == set()


def test_what_the_course_gave_or_knows_counts_for_nobody():
    assert found(room(20, ann=COPIED, bob=DRESSED), statements(COPIED, is_code=True)) == []


def test_a_short_exercise_with_one_natural_solution_accuses_nobody():
    answers = {name: answer("def double(x):\n    return x + x") for name in ("ann", "bob", "cid")}
    assert found(answers) == []


def test_the_same_words_in_a_usual_solution_are_found_by_its_names_and_comments():
    natural = honest(3)
    own = "\n".join(
        f"{line}  # {words}"
        for line, words in zip(
            natural.split("\n"),
            ["backwards we go", "how many rows", "prof said divide here", "weights out there", "biases summed up",
             "chain rule gives this one", "weights inside hidden", "biases of hidden summed", "back to the caller", "x"],
            strict=False,
        )
    )  # fmt: skip
    pairs = similar_pairs(room(60, ann=own, bob=own.replace("  #", " #")), ())
    assert [pair.students for pair in pairs] == [("ann", "bob")]
    assert pairs[0].view == "wording"


def test_copied_text_is_found_and_usual_text_is_not():
    copied = (
        "Larger batches average the noise of single images away, hence steps differ less between seeds. "
        "My second plot shows exactly this effect near epoch seven, while accuracy hardly moves at all. "
        "I would therefore choose sixty-four images because memory of my laptop allows nothing beyond that."
    )
    usual = "The gradient is averaged over the batch."
    texts = {"ann": copied, "bob": copied.replace(". ", ".\n"), "cid": usual, "dot": usual}
    answers = {
        name: {("n", "q"): Answer(text, statements(text, is_code=False))} for name, text in texts.items()
    }
    assert found(answers) == [("ann", "bob")]


def test_code_that_is_no_python_is_compared_all_the_same():
    broken = COPIED.replace("grads = {}", "grads = {]\n    %%magic here").replace(
        "return {name", "return ((name"
    )
    assert found(room(20, ann=COPIED, bob=broken)) == [("ann", "bob")]


@pytest.mark.parametrize(
    "source",
    ["", "(", "'''", "def f(:\n x\n  y\n z", "\t x\n    y", "é = ½", "\x00", "x = 1\\", "!ls\n%time f()\n?x"],
)
def test_nothing_that_a_student_writes_stops_the_reading(source):
    assert isinstance(statements(source, is_code=True), list)


def test_what_few_wrote_weighs_more():
    values = [weight(holders, 100) for holders in (2, 3, 10, 50, 100)]
    assert values == sorted(values, reverse=True)
    assert values[0] == 1.0
    assert values[-1] < 0.01


@pytest.fixture
def course(tmp_path):
    """Graded notebooks of a small class; two share an answer with markup in it."""
    course = tiny_course.build_files(tmp_path / "course")
    hostile = DRESSED.replace("is off", "</pre><script>alert(1)</script>\u202e")
    for student, source in {
        "ann": hostile,
        "bob": hostile,
        "<b>x": honest(1),
        "dot": tiny_course.DOUBLE,
    }.items():
        notebook = tiny_course.first_notebook()
        notebook.cells[2].source = source
        tiny_course.write(notebook, course.root / "autograded" / student / LAB / "1-double.ipynb")
    folder = course.root / "autograded" / "eve" / LAB
    folder.mkdir(parents=True)
    (folder / "1-double.ipynb").write_text(json.dumps({"cells": 3}))
    return Course(course.root)


def test_the_page_shows_pairs_side_by_side_and_runs_nothing(course):
    ((path, count),) = write_similar(course, [LAB])
    page = path.read_text()
    assert path == course.root / "reports" / f"{LAB}-similar.html"
    assert count == 1
    assert "Nothing here says that somebody copied." in page
    assert "default-src 'none'" in page
    assert "<script" not in page
    assert "\u202e" not in page
    assert "&lt;/pre&gt;&lt;script&gt;alert(1)" in page
    assert page.count("<mark>") >= 20
    assert "In a class of 4, rare and usual cannot be told apart well" in page
    assert len(re.findall(r'<div class="sides">', page)) == 1


def test_the_reference_and_the_released_text_are_left_out(course):
    answers = read_answers(course.lab(LAB))
    assert set(answers) == {"ann", "bob", "<b>x", "dot"}
    reference = {passage for s in given_statements(course.lab(LAB)) for passage in s.shape}
    assert {passage for s in statements(tiny_course.DOUBLE, True) for passage in s.shape} <= reference
