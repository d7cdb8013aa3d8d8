"""Named wrong answers and odd but right ones of scikit-learn's network."""

from grader.checks import right, wrong


@wrong("fit_mlp")
def default_solver(X, y, seed=0, n_epochs=10):
    """The network is trained with Adam.
    It looks like the usual solver of scikit-learn.
    Compare with the table of settings.
    """
    return MLPClassifier(
        (50,), batch_size=64, learning_rate_init=0.01, momentum=0.9, max_iter=n_epochs, random_state=seed
    ).fit(X, y)


@wrong("fit_mlp")
def default_batch_size(X, y, seed=0, n_epochs=10):
    """The batch size is not 64.
    It looks like the usual batch size of scikit-learn.
    Compare with the table of settings.
    """
    return MLPClassifier(
        (50,), solver="sgd", learning_rate_init=0.01, momentum=0.9, max_iter=n_epochs, random_state=seed
    ).fit(X, y)


@wrong("fit_mlp")
def momentum_of_one_half(X, y, seed=0, n_epochs=10):
    """The momentum is 0.5.
    It looks like the setting of another program.
    Compare with the table of settings.
    """
    return MLPClassifier(
        (50,),
        solver="sgd",
        batch_size=64,
        learning_rate_init=0.01,
        momentum=0.5,
        max_iter=n_epochs,
        random_state=seed,
    ).fit(X, y)


@wrong("fit_mlp")
def two_hidden_layers(X, y, seed=0, n_epochs=10):
    """There are two hidden layers.
    It looks like one number too many in the sizes.
    How many hidden layers does the table have?
    """
    return MLPClassifier(
        (50, 50), solver="sgd", batch_size=64, learning_rate_init=0.01, max_iter=n_epochs, random_state=seed
    ).fit(X, y)


@wrong("fit_mlp")
def default_size(X, y, seed=0, n_epochs=10):
    """The hidden layer has 100 units.
    It looks like the usual size of scikit-learn.
    Compare with the table of settings.
    """
    return MLPClassifier(
        solver="sgd", batch_size=64, learning_rate_init=0.01, max_iter=n_epochs, random_state=seed
    ).fit(X, y)


@wrong("fit_mlp")
def epochs_ignored(X, y, seed=0, n_epochs=10):
    """The network is trained for 200 epochs, or until it stops by itself.
    It looks like a number of epochs that is not handed on.
    Which setting bounds the epochs?
    """
    return MLPClassifier((50,), solver="sgd", batch_size=64, learning_rate_init=0.01, random_state=seed).fit(
        X, y
    )


@wrong("fit_mlp")
def seed_ignored(X, y, seed=0, n_epochs=10):
    """Two calls with the same seed give different networks.
    It looks like random numbers that nobody seeds.
    Which setting takes the seed?
    """
    import os

    return MLPClassifier(
        (50,), solver="sgd", batch_size=64, learning_rate_init=0.01, max_iter=n_epochs,
        random_state=int.from_bytes(os.urandom(3), "big"),
    ).fit(X, y)  # fmt: skip


@wrong("fit_mlp")
def seed_written_in(X, y, seed=0, n_epochs=10):
    """Two seeds give the same network.
    It looks like a seed that is written in the function.
    Where does `seed` enter?
    """
    return MLPClassifier(
        (50,), solver="sgd", batch_size=64, learning_rate_init=0.01, max_iter=n_epochs, random_state=1
    ).fit(X, y)


@wrong("fit_mlp")
def network_not_fitted(X, y, seed=0, n_epochs=10):
    """The network has no weights yet.
    It looks like a network that is made but never fitted.
    Which method learns?
    """
    return MLPClassifier(
        (50,), solver="sgd", batch_size=64, learning_rate_init=0.01, max_iter=n_epochs, random_state=seed
    )


@wrong("fit_mlp")
def without_nesterov(X, y, seed=0, n_epochs=10):
    """The momentum is not in Nesterov's form.
    It looks like a setting that was switched off.
    Compare with the table of settings.
    """
    return MLPClassifier(
        (50,), solver="sgd", batch_size=64, learning_rate_init=0.01, nesterovs_momentum=False, max_iter=n_epochs,
        random_state=seed,
    ).fit(X, y)  # fmt: skip


@wrong("fit_mlp")
def stopped_early(X, y, seed=0, n_epochs=10):
    """The training ends before the epochs that were asked for.
    It looks like a stop as soon as little is gained.
    As many epochs as asked for, not more and not fewer.
    """
    return MLPClassifier(
        (50,), solver="sgd", batch_size=64, learning_rate_init=0.01, max_iter=n_epochs, random_state=seed,
        tol=1e9, n_iter_no_change=1,
    ).fit(X, y)  # fmt: skip


@wrong("fit_mlp")
def default_learning_rate(X, y, seed=0, n_epochs=10):
    """The initial learning rate is 0.001.
    It looks like the usual rate of scikit-learn.
    Compare with the table of settings.
    """
    return MLPClassifier((50,), solver="sgd", batch_size=64, max_iter=n_epochs, random_state=seed).fit(X, y)


@wrong("fit_mlp")
def linear_units(X, y, seed=0, n_epochs=10):
    """The hidden units are linear.
    It looks like another activation than scikit-learn's own.
    What is not in the table stays as it is.
    """
    return MLPClassifier(
        (50,), solver="sgd", batch_size=64, learning_rate_init=0.01, max_iter=n_epochs, random_state=seed,
        activation="identity",
    ).fit(X, y)  # fmt: skip


@wrong("fit_mlp")
def fitted_to_three_quarters(X, y, seed=0, n_epochs=10):
    """An epoch sees three quarters of the examples.
    It looks like a split inside the function.
    The validation set is already apart: fit to X and y as they are.
    """
    from sklearn.model_selection import train_test_split

    X, _, y, _ = train_test_split(X, y, random_state=seed)
    return MLPClassifier(
        (50,), solver="sgd", batch_size=64, learning_rate_init=0.01, max_iter=n_epochs, random_state=seed
    ).fit(X, y)


@wrong("fit_mlp")
def behind_a_scaler(X, y, seed=0, n_epochs=10):
    """What is returned is a pipeline, which has no loss_curve_ and no coefs_.
    It looks like a scaler in front of the network.
    The pixels are in [0, 1] already: which object does the table ask for?
    """
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    network = MLPClassifier(
        (50,), solver="sgd", batch_size=64, learning_rate_init=0.01, max_iter=n_epochs, random_state=seed
    )
    return make_pipeline(StandardScaler(), network).fit(X, y)


@right("fit_mlp")
def all_settings_written(X, y, seed=0, n_epochs=10):
    """Every setting spelt out, a list for the sizes, fitted in a second statement."""
    network = MLPClassifier(
        hidden_layer_sizes=[50], activation="relu", solver="sgd", alpha=1e-4, batch_size=64,
        learning_rate="constant", learning_rate_init=0.01, momentum=0.9, nesterovs_momentum=True,
        max_iter=n_epochs, shuffle=True, random_state=seed, tol=0.0, verbose=False,
    )  # fmt: skip
    network.fit(X, y)
    print("epochs", network.n_iter_)
    return network


@right("fit_mlp")
def random_state_object(X, y, seed=0, n_epochs=10, rate=1e-2):
    """A RandomState, a number for the sizes, never stopping by itself."""
    return MLPClassifier(
        hidden_layer_sizes=50, solver="sgd", batch_size=64, learning_rate_init=rate,
        max_iter=n_epochs, n_iter_no_change=n_epochs + 1, random_state=np.random.RandomState(seed),
    ).fit(X, y)  # fmt: skip
