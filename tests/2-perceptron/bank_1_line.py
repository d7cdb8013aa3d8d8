"""Known wrong answers, and odd but right ones, of the line between two classes."""
# ruff: noqa: F821

import numpy as np
from sklearn.linear_model import LogisticRegressionCV

from grader.checks import right, wrong


@wrong("two_points", cell=True)
def a_column_instead_of_a_row():
    """The numbers are the first coordinates of two points.
    It looks like a column of X.
    Which index counts the points?
    """
    print(f"The first point {X[0, 0]:.3f}, {X[1, 0]:.3f} has class {y[0]}")
    print(f"The second point {X[0, 1]:.3f}, {X[1, 1]:.3f} has class {y[1]}")


@wrong("two_points", cell=True)
def the_same_point_twice():
    """The second line shows the first point again.
    It looks like an index that was copied.
    Which number has the second element?
    """
    print(f"The first point ({X[0][0]:.3f}, {X[0][1]:.3f}) has class {y[0]}")
    print(f"The second point ({X[0][0]:.3f}, {X[0][1]:.3f}) has class {y[0]}")


@wrong("two_points", cell=True)
def counted_from_one():
    """The lines show the second and the third point.
    It looks like counting from one.
    Which index has the first element in Python?
    """
    for i in (1, 2):
        print(f"point {X[i, 0]:.3f}, {X[i, 1]:.3f} class {y[i]}")


@wrong("two_points", cell=True)
def classes_missing():
    """The coordinates are there, the classes are not.
    It looks like a print of X alone.
    Where are the classes kept?
    """
    print(X[:2])


@wrong("two_points", cell=True)
def classes_exchanged():
    """Each point has the class of the other.
    It looks like indices that do not agree.
    Use the same index for X and y.
    """
    print("first", X[0].round(3), "class", y[1])
    print("second", X[1].round(3), "class", y[0])


@right("two_points", cell=True)
def slices():
    """Two slices."""
    print(X[:2], y[:2])


@right("two_points", cell=True)
def last_expression():
    """No print, the value of the last line."""
    [(tuple(point), int(label)) for point, label in zip(X[:2], y[:2])]


@right("two_points", cell=True)
def labels_first():
    """Other words, the class in front, two decimals."""
    for i, name in enumerate(["One", "Two"]):
        print(f"{name}: y = {y[i]} at x1={X[i, 0]:.2f} x2={X[i, 1]:.2f}")


@wrong("pred_linear")
def classes_exchanged_by_the_side(a, b, x1, x2):
    """All classes are exchanged.
    It looks like above where below is meant.
    Of which class is a point far below the line?
    """
    return 1 if x2 > a * x1 + b else 0


@wrong("pred_linear")
def on_the_line_is_one(a, b, x1, x2):
    """A point on the line gets class 1.
    It looks like <= where < is meant.
    Read again what holds for points on the line.
    """
    return 1 if x2 <= a * x1 + b else 0


@wrong("pred_linear")
def coordinates_exchanged(a, b, x1, x2):
    """Slope and height are taken from the other coordinate.
    It looks like x1 and x2 exchanged.
    Which coordinate is the height of a point?
    """
    return 1 if x1 < a * x2 + b else 0


@wrong("pred_linear")
def intercept_forgotten(a, b, x1, x2):
    """The line always goes through the origin.
    It looks like an intercept that is not used.
    Which argument is missing?
    """
    return 1 if x2 < a * x1 else 0


@wrong("pred_linear")
def slope_and_intercept_exchanged(a, b, x1, x2):
    """The line has another slope.
    It looks like a and b exchanged.
    Which of the two is multiplied by x1?
    """
    return 1 if x2 < b * x1 + a else 0


@wrong("pred_linear")
def distance_instead_of_class(a, b, x1, x2):
    """The results are other numbers than 0 and 1.
    It looks like the height of the line over the point.
    Which two values are asked for?
    """
    return a * x1 + b - x2


@wrong("pred_linear")
def far_below_the_line_only(a, b, x1, x2):
    """Points closely below the line get class 0.
    It looks like a comparison with a tolerance, or of rounded numbers.
    A point is below the line or it is not.
    """
    return 1 if a * x1 + b - x2 > 0.1 else 0


@right("pred_linear")
def choice_by_numpy(a, b, x1, x2):
    """np.where, an array without axes."""
    return np.where(x2 < a * x1 + b, 1, 0)


@right("pred_linear")
def a_truth_value(a, b, x1, x2):
    """True and False are 1 and 0."""
    return a * x1 + b > x2


@right("pred_linear")
def through_a_sign(a: float, b: float, x1: float, x2: float):
    """A numpy integer from a comparison."""
    print("looking at", x1, x2)
    return np.int64(np.sign(a * x1 - x2 + b) == 1)


@wrong("accuracy")
def lists_compared_as_a_whole(y_true, y_pred):
    """Arrays are fine, lists are not.
    It looks like == between two lists, which is one single truth value.
    Go through the pairs.
    """
    return np.mean(y_true == y_pred)


@wrong("accuracy")
def a_percentage(y_true, y_pred):
    """The accuracy is 100 times what is asked for.
    It looks like a percentage.
    A fraction lies between 0 and 1.
    """
    return 100 * sum(t == p for t, p in zip(y_true, y_pred)) / len(y_true)


@wrong("accuracy")
def a_count(y_true, y_pred):
    """The result grows with the number of predictions.
    It looks like the number of right predictions.
    By what is it divided?
    """
    return sum(int(t == p) for t, p in zip(y_true, y_pred))


@wrong("accuracy")
def the_error_rate(y_true, y_pred):
    """A perfect prediction gets 0.
    It looks like the share of wrong predictions.
    Which pairs are counted?
    """
    return sum(t != p for t, p in zip(y_true, y_pred)) / len(y_true)


@wrong("accuracy")
def only_class_one_counts(y_true, y_pred):
    """Right predictions of other classes do not count.
    It looks like products of labels instead of comparisons.
    Two zeros are equal as well.
    """
    return sum(int(t == 1 and p == 1) for t, p in zip(y_true, y_pred)) / len(y_true)


@wrong("accuracy")
def sums_compared(y_true, y_pred):
    """Errors of opposite kinds cancel.
    It looks like a comparison of sums.
    Compare pair by pair.
    """
    return 1 - abs(sum(y_true) - sum(y_pred)) / len(y_true)


@wrong("accuracy")
def whole_division(y_true, y_pred):
    """The result is 0 or 1 only.
    It looks like a whole division.
    Which of / and // is meant?
    """
    return sum(t == p for t, p in zip(y_true, y_pred)) // len(y_true)


@right("accuracy")
def as_arrays(y_true, y_pred):
    """Both turned into arrays."""
    return (np.array(y_true) == np.array(y_pred)).mean()


@right("accuracy")
def from_scikit_learn(y_true, y_pred):
    """The library's function."""
    from sklearn.metrics import accuracy_score

    return accuracy_score(y_true, y_pred)


@right("accuracy")
def by_index(y_true, y_pred):
    """A loop over the positions."""
    right = 0
    for i in range(len(y_true)):
        if y_true[i] == y_pred[i]:
            right += 1
    return np.float32(right / len(y_true))


@wrong("line_by_hand", cell=True)
def all_points_on_one_side():
    """Nearly all points are on one side of the line.
    It looks like a line far above or far below them.
    Draw it over the points.
    """
    a, b = 42, 42


@wrong("line_by_hand", cell=True)
def slope_with_the_wrong_sign():
    """The line falls where the border between the moons rises.
    It looks like a slope with the wrong sign.
    Draw it over the points.
    """
    a, b = -0.8, 0.3


@wrong("line_by_hand", cell=True)
def line_too_low():
    """Most points of class 1 are above the line.
    It looks like an intercept that is too small.
    Move the line up.
    """
    a, b = 0.28, -0.6


@wrong("line_by_hand", cell=True)
def line_too_high():
    """Many points of class 0 are below the line.
    It looks like an intercept that is too large.
    Move the line down.
    """
    a, b = 0.28, 0.6


@wrong("line_by_hand", cell=True)
def line_too_steep():
    """The line separates left from right.
    It looks like a slope that is too large.
    Draw it over the points.
    """
    a, b = 8.0, -3.0


@right("line_by_hand", cell=True)
def a_flat_line():
    """Flat, and still good enough."""
    a = np.float64(0.2)
    b = 0.2


@right("line_by_hand", cell=True)
def searched():
    """Found by a search."""
    best = 0
    for slope in np.arange(0, 1, 0.1):
        for height in np.arange(-0.5, 0.6, 0.1):
            share = np.mean((X[:, 1] < slope * X[:, 0] + height) == y)
            if share > best:
                best, a, b = share, slope, height


@wrong("logistic", cell=True)
def not_fitted():
    """The model has no coefficients yet.
    It looks like a model that was made and not trained.
    Which method trains?
    """
    logistic = LogisticRegressionCV(l1_ratios=(0,), scoring="accuracy", use_legacy_attributes=False)


@wrong("logistic", cell=True)
def fitted_on_exchanged_classes():
    """The predictions are those for the other class.
    It looks like classes that were exchanged before training.
    What is given to fit?
    """
    logistic = LogisticRegressionCV(l1_ratios=(0,), scoring="accuracy", use_legacy_attributes=False).fit(
        X, 1 - y
    )


@wrong("logistic", cell=True)
def fitted_on_ten_points():
    """The line differs from the one for all points.
    It looks like a model fitted on a small part of the points.
    What is given to fit?
    """
    logistic = LogisticRegressionCV(
        cv=2, l1_ratios=(0,), scoring="accuracy", use_legacy_attributes=False
    ).fit(X[:10], y[:10])


@wrong("logistic", cell=True)
def fitted_on_the_training_part():
    """The line differs a little from the one for all points.
    It looks like a model that was fitted on the larger part of a split.
    What is given to fit?
    """
    logistic = LogisticRegressionCV(l1_ratios=(0,), scoring="accuracy", use_legacy_attributes=False).fit(
        X[:240], y[:240]
    )


@wrong("logistic", cell=True)
def predictions_kept_instead():
    """The variable holds predictions, not a model.
    It looks like the result of predict.
    What is kept in the variable?
    """
    logistic = (
        LogisticRegressionCV(l1_ratios=(0,), scoring="accuracy", use_legacy_attributes=False)
        .fit(X, y)
        .predict(X)
    )


@wrong("logistic", cell=True)
def another_model():
    """The model is of another class.
    It looks like LogisticRegression without the choice of its penalty.
    Which class is asked for?
    """
    from sklearn.linear_model import LogisticRegression

    logistic = LogisticRegression().fit(X, y)


@right("logistic", cell=True)
def default_settings():
    """Default settings, fitted in a second line."""
    logistic = LogisticRegressionCV()
    logistic.fit(X, y)


@right("logistic", cell=True)
def other_settings():
    """Other folds and other strengths."""
    logistic = LogisticRegressionCV(
        Cs=[0.1, 1.0, 10.0],
        cv=3,
        max_iter=500,
        l1_ratios=(0,),
        scoring="accuracy",
        use_legacy_attributes=False,
    ).fit(X, y)


@wrong("line_from_logistic")
def signs_forgotten(coef, intercept):
    """Slope and intercept have the wrong sign.
    It looks like terms that were moved to the other side without a change of sign.
    Solve for x2 on paper.
    """
    return coef[0, 0] / coef[0, 1], intercept[0] / coef[0, 1]


@wrong("line_from_logistic")
def divided_by_the_other_coefficient(coef, intercept):
    """The line is written as x1 in terms of x2.
    It looks like a division by the first coefficient.
    For which coordinate is the equation solved?
    """
    return -coef[0, 1] / coef[0, 0], -intercept[0] / coef[0, 0]


@wrong("line_from_logistic")
def coefficients_as_they_are(coef, intercept):
    """The result is not the line but the score's coefficients.
    It looks like coefficients that are taken over unchanged.
    Where is the score zero?
    """
    return coef[0, 0], intercept[0]


@wrong("line_from_logistic")
def intercept_not_divided(coef, intercept):
    """a is right, b is not.
    It looks like an intercept that was not divided.
    Divide the whole equation.
    """
    return -coef[0, 0] / coef[0, 1], -intercept[0]


@wrong("line_from_logistic")
def slope_and_intercept_exchanged_in_the_result(coef, intercept):
    """The intercept comes first.
    It looks like the two results exchanged.
    Read what is returned.
    """
    return -intercept[0] / coef[0, 1], -coef[0, 0] / coef[0, 1]


@right("line_from_logistic")
def flattened(coef, intercept):
    """Through flat arrays, results as arrays of one number."""
    c = np.ravel(coef)
    return [np.array([-c[0] / c[1]]), -np.asarray(intercept) / c[1]]


@right("line_from_logistic")
def through_two_points(coef, intercept):
    """The heights of the border at 0 and at 1."""

    def height(x1):
        return -(coef[0][0] * x1 + float(intercept[0])) / coef[0][1]

    return height(1) - height(0), height(0)
