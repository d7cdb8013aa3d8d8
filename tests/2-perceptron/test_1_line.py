"""Hidden checks of the line between two classes."""

import re

import numpy as np
import pytest

from grader.checks import check_close, exercise, expect, side_condition

NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d+\.\d*|\.\d+|\d+)(?:[eE][-+]?\d+)?(?![\w])")


@exercise("two_points")
class TestTwoPoints:
    def printed(self, student, reference, source):
        """The numbers that the cell prints, in order."""
        student.define(
            "def check_printed(code, X, y):\n"
            "    import ast, contextlib, io\n"
            "    lines = [x for x in code.splitlines() if not x.lstrip().startswith(('%', '!'))]\n"
            "    tree, names = ast.parse('\\n'.join(lines)), {**globals(), 'X': X, 'y': y}\n"
            "    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None\n"
            "    out = io.StringIO()\n"
            "    with contextlib.redirect_stdout(out):\n"
            "        exec(compile(tree, '<cell>', 'exec'), names)\n"
            "        value = eval(compile(ast.Expression(last.value), '<cell>', 'eval'), names) if last else None\n"
            "        if value is not None:\n"
            "            print(value)\n"
            "    return out.getvalue()\n"
        )
        text = student.check_printed(source, reference.get("X"), reference.get("y"))
        text = re.sub(r"np\.\w+\(([^()]*)\)", r"\1", str(text)).replace("\N{MINUS SIGN}", "-")
        return [float(found) for found in NUMBER.findall(text)]

    def places(self, numbers, reference):
        """Where the four coordinates stand among the numbers; None when one is missing."""
        found, start = [], 0
        for coordinate in reference.get("X")[:2].ravel():
            near = [i for i in range(start, len(numbers)) if abs(numbers[i] - coordinate) < 0.011]
            if not near:
                return None
            found.append(near[0])
            start = near[0] + 1
        return found

    def test_coordinates(self, student, reference, source):
        """the coordinates of both points are printed"""
        numbers = self.printed(student, reference, source)
        expect(
            self.places(numbers, reference) is not None,
            f"The cell prints {len(numbers)} numbers; the four coordinates are not among them in their order.",
            "It looks like other points, a column instead of a row, or fewer than two decimals.",
            "Row number i of X is point number i.",
        )

    def test_classes(self, student, reference, source):
        """the classes of both points are printed"""
        numbers = self.printed(student, reference, source)
        places = self.places(numbers, reference)
        expect(
            places is not None, "Without the coordinates it is not clear which class belongs to which point."
        )
        first, second = (float(label) for label in reference.get("y")[:2])
        before, middle, after = (
            numbers[: places[0]],
            numbers[places[1] + 1 : places[2]],
            numbers[places[3] + 1 :],
        )
        fits = (
            (middle[:1] == [first] and after[:1] == [second])
            or (not middle and after[:2] == [first, second])
            or (not after and before[-1:] == [first] and middle[-1:] == [second])
            or (not middle and before[-2:] == [first, second])
        )
        expect(
            fits,
            "The classes of the two points are missing or do not belong to them.",
            "It looks like classes that are exchanged, or of other points.",
            "y has one entry for each row of X.",
        )


@exercise("pred_linear")
class TestPredLinear:
    def classes(self, student, a, b, points):
        got = [student.pred_linear(a, b, float(x1), float(x2)) for x1, x2 in points]
        got = [v.item() if isinstance(v, np.ndarray) and v.ndim == 0 else v for v in got]
        for value in got:
            number = isinstance(value, bool | int | float | np.number | np.bool_)
            expect(
                number and value in (0, 1),
                f"The result is {value if number else 'of the kind ' + type(value).__name__}.",
                "It should be the number 0 or 1.",
                "Look at the return line.",
            )
        return [float(value) for value in got]

    @pytest.mark.parametrize(("a", "b"), [(0.5, 0.25), (-1.5, 2.0), (0.0, -1.0), (3.0, 0.0)])
    def test_sides(self, student, reference, a, b):
        """points on both sides of a line"""
        points = np.random.default_rng(0).uniform(-3, 3, size=(12, 2))
        got = self.classes(student, a, b, points)
        expected = [reference.pred_linear(a, b, x1, x2) for x1, x2 in points.tolist()]
        wrong = sum(g != e for g, e in zip(got, expected, strict=True))
        expect(
            wrong == 0,
            f"{wrong} of 12 points are on the wrong side.",
            "It looks like classes that are exchanged." if wrong == 12 else "",
            "Draw the line and one of the points on paper.",
        )

    def test_near_the_line(self, student):
        """points closely above and below the line"""
        points = [(x1, 0.5 * x1 + 0.25 + off) for x1 in (-2.0, 0.0, 1.0) for off in (5e-4, -5e-4)]
        expect(
            self.classes(student, 0.5, 0.25, points) == [0, 1] * 3,
            "A point near the line is on the wrong side.",
            "It looks like a comparison with a tolerance, or of rounded numbers.",
            "A point is below the line or it is not.",
        )

    @side_condition
    def test_on_the_line(self, student):
        """points exactly on the line"""
        got = self.classes(student, 0.5, 0.25, [(1, 0.75), (-2, -0.75), (0, 0.25)])
        expect(
            got == [0, 0, 0],
            "A point on the line is not of class 0.",
            "It looks like <= where < is meant.",
            "Read again what holds for points on the line.",
        )


@exercise("accuracy")
class TestAccuracy:
    TRUE, PREDICTED = [0, 1, 1, 2, 0, 2, 1], [0, 1, 0, 2, 2, 2, 2]

    @pytest.mark.parametrize("kinds", ["lists", "arrays", "array and list", "list and array"])
    def test_kinds(self, student, kinds):
        """lists and arrays"""
        makers = {"lists": (list, list), "arrays": (np.array, np.array), "array and list": (np.array, list)}
        first, second = makers.get(kinds, (list, np.array))
        got = student.accuracy(first(self.TRUE), second(self.PREDICTED))
        check_close(got, 4 / 7, what="the accuracy", sizes={"the number of predictions": 7})

    @pytest.mark.parametrize(
        ("y_true", "y_pred", "expected"),
        [
            ([1, 0, 1], [1, 0, 1], 1.0),
            ([1, 0, 0], [0, 1, 0], 1 / 3),
            ([0, 0, 0, 1, 1], [0, 0, 1, 1, 1], 0.8),
            ([5], [5], 1.0),
        ],
    )
    def test_values(self, student, y_true, y_pred, expected):
        """some predictions of two classes"""
        got = student.accuracy(y_true, y_pred)
        check_close(got, expected, what="the accuracy", sizes={"the number of predictions": len(y_true)})


@exercise("line_by_hand")
class TestLineByHand:
    def test_accuracy(self, student, reference):
        """at least 80 % of the points are on the right side"""
        a, b = (v.item() if np.size(v) == 1 and hasattr(v, "item") else v for v in map(student.get, "ab"))
        expect(
            all(isinstance(v, int | float) and not isinstance(v, bool) for v in (a, b)),
            "a and b are not both numbers.",
            "They are not chosen yet, or texts.",
            "Set both in the cell.",
        )
        X, y = reference.get("X"), reference.get("y")
        classes = np.array([reference.pred_linear(float(a), float(b), *x) for x in X.tolist()])
        right = np.mean(classes == y)
        expect(
            bool(right >= 0.8),
            f"{right:.1%} of the points are on the right side of your line.",
            "It looks like a line that lies elsewhere or has another slope.",
            "Draw it over the points.",
            misconception=self.guess(float(a), np.mean(classes)),
        )

    def guess(self, a, below):
        """The bank's name for a line, from its slope and the share of points below it."""
        if not 0.1 < below < 0.9:
            return "all_points_on_one_side"
        if a < 0:
            return "slope_with_the_wrong_sign"
        if a > 2:
            return "line_too_steep"
        return "line_too_low" if below < 0.5 else "line_too_high"


@exercise("logistic")
class TestLogistic:
    def ask(self, student, X):
        student.define(
            "def check_logistic(X):\n"
            "    from sklearn.linear_model import LogisticRegressionCV\n"
            "    last = logistic[-1] if hasattr(logistic, 'named_steps') else logistic\n"
            "    share = logistic.predict_proba(X)[:, 1].mean() if hasattr(logistic, 'predict_proba') else None\n"
            "    return isinstance(last, LogisticRegressionCV), logistic.predict(X), share\n"
        )
        expect(
            student.get("logistic") is not None,
            "logistic is None.",
            "It is not trained yet, or the result of something that returns nothing was kept.",
            "Look at the cell.",
        )
        return student.check_logistic(X)

    def test_model(self, student, reference):
        """it is a LogisticRegressionCV"""
        is_one, _, _ = self.ask(student, reference.get("X"))
        expect(is_one is True, "logistic is another kind of model.", "", "Which class is asked for?")

    def test_predictions(self, student, reference):
        """it is fitted on all points"""
        X, y = reference.get("X"), reference.get("y")
        _, predicted, share = self.ask(student, X)
        expected = reference.get("logistic").call("predict", X)
        agree = np.mean(np.asarray(predicted) == expected) if np.shape(predicted) == y.shape else 0.0
        expect(
            bool(agree >= 0.98),
            f"Its predictions agree with those of a model fitted on X and y for {agree:.0%} of the points.",
            "It looks like a model that was fitted on something else.",
            "What is given to fit?",
        )
        expect(  # the intercept has no penalty: at the minimum the two are equal for the points of the training
            share is not None and bool(abs(share - np.mean(y)) < 2e-3),
            "The mean of its probabilities of class 1 is not the share of class 1 in y.",
            "It looks like a model that was fitted on a part of the points.",
            "What is given to fit?",
        )


@exercise("line_from_logistic")
class TestLineFromLogistic:
    @pytest.mark.parametrize("coefficients", [(1.5, -4.0, 0.5), (-2.0, -0.25, 3.0), (0.75, 1.25, -2.0)])
    def test_border(self, student, reference, coefficients):
        """slope and intercept of a border"""
        coef, intercept = np.array([coefficients[:2]]), np.array(coefficients[2:])
        got = student.line_from_logistic(coef, intercept)
        expect(
            isinstance(got, tuple | list | np.ndarray) and len(got) == 2,
            "Two values should be returned: a and b.",
            "",
            "Look at the return line.",
        )
        a, b = (float(np.reshape(v, ())) if np.size(v) == 1 else v for v in got)
        expected = reference.line_from_logistic(coef, intercept)
        check_close({"a": a, "b": b}, dict(zip("ab", expected, strict=True)), what="the line", rtol=1e-6)
