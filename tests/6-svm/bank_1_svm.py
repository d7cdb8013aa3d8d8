"""Named wrong answers and odd but right ones of the support vector machines."""

from grader.checks import right, wrong

# fit_linear


@wrong("fit_linear")
def default_kernel(X, y):
    """The boundary is not straight.
    It looks like SVC with its usual kernel.
    Which kernel has SVC when none is named?
    """
    return SVC().fit(X, y)


@wrong("fit_linear")
def logistic_regression(X, y):
    """What is returned is a linear classifier, but no support vector machine.
    It looks like logistic regression.
    Which class of scikit-learn is asked for?
    """
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression().fit(X, y)


@wrong("fit_linear")
def not_fitted(X, y):
    """The machine has not seen any data.
    It looks like a machine that is made but never fitted.
    Which method learns?
    """
    return LinearSVC()


@wrong("fit_linear")
def classes_exchanged(X, y):
    """Nearly all points get the other class.
    It looks like classes that were exchanged before the fit.
    Give y to the machine as it is.
    """
    return LinearSVC().fit(X, 1 - y)


@wrong("fit_linear")
def without_intercept(X, y):
    """A boundary that does not pass through the origin is not found.
    It looks like a line without an intercept.
    Leave the settings as they are.
    """
    return LinearSVC(fit_intercept=False).fit(X, y)


@wrong("fit_linear")
def fitted_to_the_circles(X, y):
    """The machine has other inputs than it was given.
    It looks like a fit to the notebook's data instead of the arguments.
    Which names does the function use?
    """
    return LinearSVC().fit(X_train, y_train)


@wrong("fit_linear")
def predictions_returned(X, y):
    """An array comes back where a machine is asked for.
    It looks like the predictions for the training points.
    What does the table say is returned?
    """
    return LinearSVC().fit(X, y).predict(X)


@wrong("fit_linear")
def price_of_one_thousand(X, y):
    """The boundary follows single points on the wrong side.
    It looks like a C that was raised.
    The usual settings are asked for.
    """
    return LinearSVC(C=1000, max_iter=100_000).fit(X, y)


@wrong("fit_linear")
def fitted_to_the_first_half(X, y):
    """The machine has not seen all points.
    It looks like a fit to the first half of X and y.
    The validation set is already apart: fit to X and y as they are.
    """
    return LinearSVC().fit(X[: len(X) // 2], y[: len(y) // 2])


@right("fit_linear")
def svc_with_a_linear_kernel(X, y):
    """The other class."""
    machine = SVC(kernel="linear", random_state=42)
    machine.fit(X, y)
    return machine


@right("fit_linear")
def scaled_first(X, y):
    """A pipeline that standardizes, with another solver setting."""
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    print("fitting")
    return make_pipeline(StandardScaler(), LinearSVC(dual=False, max_iter=5000)).fit(X, y)


# fit_kernel


@wrong("fit_kernel")
def degree_forgotten(X, y, kernel):
    """poly2 draws a cubic boundary.
    It looks like the usual degree of scikit-learn.
    The name of the kernel holds two settings.
    """
    return SVC(kernel="poly" if kernel.startswith("poly") else kernel).fit(X, y)


@wrong("fit_kernel")
def degree_always_two(X, y, kernel):
    """poly3 draws a conic.
    It looks like a degree that is fixed.
    The name of the kernel holds two settings.
    """
    return SVC(kernel="poly" if kernel.startswith("poly") else kernel, degree=2).fit(X, y)


@wrong("fit_kernel")
def kernel_ignored(X, y, kernel):
    """All machines have the same kernel.
    It looks like an argument that is never used.
    Where does `kernel` enter?
    """
    return SVC().fit(X, y)


@wrong("fit_kernel")
def degree_without_its_kernel(X, y, kernel):
    """Polynomial machines behave like rbf machines.
    It looks like a degree that is set while the kernel is not.
    Which setting says that the kernel is a polynomial?
    """
    if kernel.startswith("poly"):
        return SVC(degree=int(kernel[-1])).fit(X, y)
    return SVC(kernel=kernel).fit(X, y)


@wrong("fit_kernel")
def sigmoid_as_linear(X, y, kernel):
    """With sigmoid the boundary is a straight line.
    It looks like a linear kernel under another name.
    scikit-learn has a kernel of this name.
    """
    if kernel.startswith("poly"):
        return SVC(kernel="poly", degree=int(kernel[-1])).fit(X, y)
    return SVC(kernel="linear" if kernel == "sigmoid" else kernel).fit(X, y)


@wrong("fit_kernel")
def names_handed_on(X, y, kernel):
    """scikit-learn does not know poly2 and poly3.
    It looks like names of this lab that are handed on as they are.
    What is the kernel called there, and which setting is missing?
    """
    return SVC(kernel=kernel).fit(X, y)


@wrong("fit_kernel")
def machine_without_data(X, y, kernel):
    """The machine has not seen any data.
    It looks like a machine that is made but never fitted.
    Which method learns?
    """
    if kernel.startswith("poly"):
        return SVC(kernel="poly", degree=int(kernel[-1]))
    return SVC(kernel=kernel)


@wrong("fit_kernel")
def degrees_exchanged(X, y, kernel):
    """poly2 draws a cubic boundary and poly3 a conic.
    It looks like the two degrees in each other's place.
    Compare the names with the settings.
    """
    settings = {"poly2": {"kernel": "poly", "degree": 3}, "poly3": {"kernel": "poly", "degree": 2}}
    return SVC(**settings.get(kernel, {"kernel": kernel})).fit(X, y)


@wrong("fit_kernel")
def signs_for_classes(X, y, kernel):
    """The machine predicts classes that it was not given.
    It looks like classes recoded as -1 and 1 before the fit.
    Give y to the machine as it is.
    """
    if kernel.startswith("poly"):
        return SVC(kernel="poly", degree=int(kernel[-1])).fit(X, 2 * y - 1)
    return SVC(kernel=kernel).fit(X, 2 * y - 1)


@wrong("fit_kernel")
def cubes_and_squares_as_rbf(X, y, kernel):
    """Only linear is what its name says.
    It looks like one flexible kernel for everything else.
    Each name has its own kernel.
    """
    return SVC(kernel="linear" if kernel == "linear" else "rbf", gamma=2.0).fit(X, y)


@wrong("fit_kernel")
def constant_term_added(X, y, kernel):
    """The polynomials have lower terms, and poly3 draws what poly2 should.
    It looks like coef0 = 1.
    Compare the formulas of the table with the settings: where would a constant stand?
    """
    if kernel.startswith("poly"):
        return SVC(kernel="poly", degree=int(kernel[-1]), coef0=1).fit(X, y)
    return SVC(kernel=kernel).fit(X, y)


@wrong("fit_kernel")
def price_of_one_hundred(X, y, kernel):
    """All kernels are right, and the decisions follow single points on the wrong side.
    It looks like a C that was raised.
    The other settings are the usual ones.
    """
    degree = int(kernel[-1]) if kernel.startswith("poly") else 3
    return SVC(kernel=kernel.rstrip("23"), degree=degree, C=100).fit(X, y)


@wrong("fit_kernel")
def scaled_before(X, y, kernel):
    """The decisions are those for other inputs, and the support vectors are hidden.
    It looks like a pipeline that standardizes first.
    Return an SVC that is fitted to X as it is.
    """
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    degree = int(kernel[-1]) if kernel.startswith("poly") else 3
    return make_pipeline(StandardScaler(), SVC(kernel=kernel.rstrip("23"), degree=degree)).fit(X, y)


@right("fit_kernel")
def table_of_settings(X, y, kernel="rbf"):
    """A dictionary, an explicit C and gamma, a seed."""
    settings = {
        "linear": dict(kernel="linear"),
        "poly2": dict(kernel="poly", degree=2, gamma="scale"),
        "poly3": dict(kernel="poly", degree=3),
        "sigmoid": dict(kernel="sigmoid"),
        "rbf": dict(kernel="rbf", C=1.0),
    }[kernel]
    machine = SVC(random_state=0, **settings)
    return machine.fit(X, y)


@right("fit_kernel")
def kernels_as_functions(X, y, kernel):
    """Polynomial kernels written out, with the usual scale."""
    if kernel in ("poly2", "poly3"):
        scale, power = 1 / (X.shape[1] * X.var()), int(kernel[4])
        return SVC(kernel=lambda A, B: (scale * A @ B.T) ** power).fit(X, y)
    machine = SVC(kernel=kernel, cache_size=100, probability=False)
    machine.fit(X, y)
    return machine


# accuracy_against_C


@wrong("accuracy_against_C")
def judged_on_the_training_set(X, y, X_val, y_val, Cs):
    """The accuracies grow with C; they are those on the training set.
    It looks like a machine that is judged on what it has seen.
    Which examples are for choosing?
    """
    models = [SVC(C=C).fit(X, y) for C in Cs]
    return [model.score(X, y) for model in models], [len(model.support_) for model in models]


@wrong("accuracy_against_C")
def percentages(X, y, X_val, y_val, Cs):
    """Every accuracy is exactly 100 times the expected.
    It looks like percentages.
    Accuracies are fractions in this course.
    """
    models = [SVC(C=C).fit(X, y) for C in Cs]
    return [100 * model.score(X_val, y_val) for model in models], [len(model.support_) for model in models]


@wrong("accuracy_against_C")
def class_by_class(X, y, X_val, y_val, Cs):
    """There are two numbers of support vectors for each C.
    It looks like a count for each class.
    Both classes count together.
    """
    models = [SVC(C=C).fit(X, y) for C in Cs]
    return [model.score(X_val, y_val) for model in models], [model.n_support_ for model in models]


@wrong("accuracy_against_C")
def first_class_only(X, y, X_val, y_val, Cs):
    """The accuracies are right, the numbers of support vectors are too small.
    It looks like the count of one class.
    Both classes count together.
    """
    models = [SVC(C=C).fit(X, y) for C in Cs]
    return [model.score(X_val, y_val) for model in models], [int(model.n_support_[0]) for model in models]


@wrong("accuracy_against_C")
def C_not_used(X, y, X_val, y_val, Cs):
    """All results are the same.
    It looks like a machine that never learns its C.
    Where does C enter?
    """
    models = [SVC().fit(X, y) for C in Cs]
    return [model.score(X_val, y_val) for model in models], [len(model.support_) for model in models]


@wrong("accuracy_against_C")
def strength_instead_of_price(X, y, X_val, y_val, Cs):
    """The number of support vectors grows with C.
    It looks like C taken for the strength of the regularization.
    In scikit-learn C is the price of slack.
    """
    models = [SVC(C=1 / C).fit(X, y) for C in Cs]
    return [model.score(X_val, y_val) for model in models], [len(model.support_) for model in models]


@wrong("accuracy_against_C")
def fitted_to_the_validation_set(X, y, X_val, y_val, Cs):
    """The machines have as many support vectors as the validation set allows.
    It looks like a fit to the validation examples.
    Which examples does the machine learn from?
    """
    models = [SVC(C=C).fit(X_val, y_val) for C in Cs]
    return [model.score(X_val, y_val) for model in models], [len(model.support_) for model in models]


@wrong("accuracy_against_C")
def fitted_to_everything(X, y, X_val, y_val, Cs):
    """There are too many support vectors, and the accuracies are too good.
    It looks like a fit to training and validation examples together.
    Which examples does the machine learn from?
    """
    A, b = np.concatenate([X, X_val]), np.concatenate([y, y_val])
    models = [SVC(C=C).fit(A, b) for C in Cs]
    return [model.score(X_val, y_val) for model in models], [len(model.support_) for model in models]


@wrong("accuracy_against_C")
def straight_machines(X, y, X_val, y_val, Cs):
    """Both lists belong to machines with a straight boundary.
    It looks like a linear kernel.
    Which kernel does the statement name?
    """
    models = [SVC(C=C, kernel="linear").fit(X, y) for C in Cs]
    return [model.score(X_val, y_val) for model in models], [len(model.support_) for model in models]


@wrong("accuracy_against_C")
def sorted_first(X, y, X_val, y_val, Cs):
    """Right for growing values of C, wrong in any other order.
    It looks like a list that is sorted first.
    The results come in the order of Cs.
    """
    models = [SVC(C=C).fit(X, y) for C in sorted(Cs)]
    return [model.score(X_val, y_val) for model in models], [len(model.support_) for model in models]


@wrong("accuracy_against_C")
def numbers_of_right_answers(X, y, X_val, y_val, Cs):
    """Every accuracy is as many times too large as there are validation examples.
    It looks like a count of right answers.
    What is it divided by?
    """
    models = [SVC(C=C).fit(X, y) for C in Cs]
    return [(model.predict(X_val) == y_val).sum() for model in models], [
        len(model.support_) for model in models
    ]


@wrong("accuracy_against_C")
def results_exchanged(X, y, X_val, y_val, Cs):
    """The accuracies are whole numbers, and the numbers of support vectors below one.
    It looks like the two results in each other's place.
    Which comes first?
    """
    models = [SVC(C=C).fit(X, y) for C in Cs]
    return [len(model.support_) for model in models], [model.score(X_val, y_val) for model in models]


@right("accuracy_against_C")
def with_a_loop(X, y, X_val, y_val, Cs):
    """A loop, arrays in the end, the sum over the classes."""
    accuracies, counts = np.zeros(len(Cs)), np.zeros(len(Cs), dtype=int)
    for i, C in enumerate(Cs):
        machine = SVC(kernel="rbf", C=C, random_state=42)
        machine.fit(X, y)
        accuracies[i] = np.sum(machine.predict(X_val) == y_val) / len(y_val)
        counts[i] = machine.n_support_.sum()
        print(C, accuracies[i])
    return accuracies, counts


@right("accuracy_against_C")
def with_generators(X, y, X_val, y_val, Cs):
    """Tuples from generators, the score method, rows of the support vectors."""
    fitted = [SVC(C=float(C), gamma="scale").fit(X, y) for C in Cs]
    return tuple(m.score(X_val, y_val) for m in fitted), tuple(m.support_vectors_.shape[0] for m in fitted)


# hinge_loss


@wrong("hinge_loss")
def margin_forgotten(w, b, X, y, C):
    """w = 0 and b = 0 costs nothing.
    It looks like points that cost nothing as soon as they are on the right side.
    How far beyond the line must a point be?
    """
    return 0.5 * w @ w + C * np.maximum(0, -y * (X @ w + b)).sum()


@wrong("hinge_loss")
def half_forgotten(w, b, X, y, C):
    """The part that does not depend on C is twice too large.
    It looks like the squared norm without its factor.
    Compare the first term with the statement.
    """
    return w @ w + C * np.maximum(0, 1 - y * (X @ w + b)).sum()


@wrong("hinge_loss")
def mean_of_the_slacks(w, b, X, y, C):
    """All points given twice cost no more.
    It looks like a mean of the slacks.
    Is every violation paid, or the average one?
    """
    return 0.5 * w @ w + C * np.maximum(0, 1 - y * (X @ w + b)).mean()


@wrong("hinge_loss")
def norm_not_squared(w, b, X, y, C):
    """The part that does not depend on C grows with the norm of w instead of its square.
    It looks like half the norm.
    Compare the first term with the statement.
    """
    return 0.5 * np.linalg.norm(w) + C * np.maximum(0, 1 - y * (X @ w + b)).sum()


@wrong("hinge_loss")
def slacks_squared(w, b, X, y, C):
    """Large violations cost too much, small ones too little.
    It looks like squared slacks, the usual loss of LinearSVC.
    The statement sums the slacks as they are.
    """
    return 0.5 * w @ w + C * (np.maximum(0, 1 - y * (X @ w + b)) ** 2).sum()


@wrong("hinge_loss")
def price_on_the_norm(w, b, X, y, C):
    """C multiplies the norm, not the slacks.
    It looks like C taken for the strength of the regularization.
    Which of the two terms is paid with C?
    """
    return C * 0.5 * w @ w + np.maximum(0, 1 - y * (X @ w + b)).sum()


@wrong("hinge_loss")
def negative_slacks(w, b, X, y, C):
    """Points far on the right side lower the loss.
    It looks like slacks that can be negative.
    What does a point outside the margin cost?
    """
    return 0.5 * w @ w + C * (1 - y * (X @ w + b)).sum()


@wrong("hinge_loss")
def intercept_penalized(w, b, X, y, C):
    """The loss is too large by half the square of b.
    It looks like an intercept that takes part in the norm.
    Whose norm is in the first term?
    """
    return 0.5 * (w @ w + b**2) + C * np.maximum(0, 1 - y * (X @ w + b)).sum()


@wrong("hinge_loss")
def intercept_forgotten(w, b, X, y, C):
    """Right for b = 0 only.
    It looks like a line through the origin.
    What is f(x)?
    """
    return 0.5 * w @ w + C * np.maximum(0, 1 - y * (X @ w)).sum()


@wrong("hinge_loss")
def classes_zero_and_one(w, b, X, y, C):
    """Every point of the class -1 costs exactly C, wherever it lies.
    It looks like classes recoded as 0 and 1.
    The statement codes the classes as -1 and 1.
    """
    return 0.5 * w @ w + C * np.maximum(0, 1 - (y > 0) * (X @ w + b)).sum()


@wrong("hinge_loss")
def maximum_of_the_sum(w, b, X, y, C):
    """Points on the right side pay for others on the wrong side.
    It looks like a maximum that is taken once, over the sum.
    Each point has its own slack.
    """
    return 0.5 * w @ w + C * max(0, (1 - y * (X @ w + b)).sum())


@wrong("hinge_loss")
def wrong_side_is_right(w, b, X, y, C):
    """Points on the right side pay, those on the wrong side do not.
    It looks like a turned sign in the slack.
    Put a point far on the right side: what does it cost?
    """
    return 0.5 * w @ w + C * np.maximum(0, 1 + y * (X @ w + b)).sum()


@wrong("hinge_loss")
def slacks_alone(w, b, X, y, C):
    """Points outside the margin cost nothing, and neither does w.
    It looks like the second term alone.
    The loss has two terms.
    """
    return C * np.maximum(0, 1 - y * (X @ w + b)).sum()


@right("hinge_loss")
def point_by_point(w, b, X, y, C=1.0):
    """A loop in plain Python."""
    total = 0.0
    for x, sign in zip(X, y):
        f = sum(wi * xi for wi, xi in zip(w, x)) + b
        if sign * f < 1:
            total += 1 - sign * f
    return np.linalg.norm(w) ** 2 / 2 + C * total


@right("hinge_loss")
def with_where(w, b, X, y, C):
    """np.where, dot, an array of no dimension as result."""
    margins = y * (np.dot(X, w) + b)
    slacks = np.where(margins < 1, 1 - margins, 0.0)
    return np.array(np.sum(w * w) / 2 + np.sum(C * slacks))
