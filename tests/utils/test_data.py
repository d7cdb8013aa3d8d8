"""The data of the labs: the law, the shapes, no network, and clear words where something is missing."""

import socket

import numpy as np
import pytest
import torch
from sklearn.datasets import make_circles

from utils import CirclesData, MNISTData
from utils import data as module


def test_the_same_seed_gives_the_same_circles_and_another_seed_others():
    assert torch.equal(CirclesData(3).Xtest, CirclesData(3).Xtest)
    assert not torch.equal(CirclesData(3).Xtest, CirclesData(4).Xtest)


@pytest.mark.parametrize("part", ["train", "val", "test"])
def test_circles_have_200_points_of_two_equal_classes(part):
    data = CirclesData()
    X, Y = getattr(data, f"X{part}"), getattr(data, f"Y{part}")
    assert X.shape == (200, 2)
    assert X.dtype == Y.dtype == torch.float32
    assert Y.sum(dim=0).tolist() == [100, 100]
    outer, inner = (X[Y[:, k] == 1].norm(dim=1).mean() for k in (0, 1))
    assert outer > 2 * inner


@pytest.mark.parametrize("seed", [0, 1, 42])
def test_circles_are_those_of_scikit_learn(seed):
    source, data = np.random.RandomState(seed), CirclesData(seed)
    for part in ("train", "val", "test"):
        X, labels = make_circles(200, noise=0.2, factor=0.3, random_state=source)
        np.testing.assert_array_equal(getattr(data, f"_X{part}"), X.astype(np.float32))
        np.testing.assert_array_equal(getattr(data, f"_Y{part}").argmax(axis=1), labels)


def test_training_validation_and_test_points_differ():
    data = CirclesData()
    points = torch.cat([data.Xtrain, data.Xval, data.Xtest])
    assert len(points.unique(dim=0)) == 600


def test_the_grid_is_40_by_40_from_minus_2_to_1_9_with_x_fastest():
    grid = CirclesData().Xgrid
    assert grid.shape == (1600, 2)
    assert torch.allclose(grid[0], torch.tensor([-2.0, -2.0]))
    assert torch.allclose(grid[39], torch.tensor([1.9, -2.0]))
    assert torch.allclose(grid[-1], torch.tensor([1.9, 1.9]))


def test_numpy_twins_share_the_memory_of_the_tensors():
    data = CirclesData()
    assert isinstance(data._Ytrain, np.ndarray)
    assert np.shares_memory(data._Xtrain, data.Xtrain.numpy())


def test_an_unknown_attribute_raises_and_lists_the_known_ones():
    with pytest.raises(AttributeError, match="Xgrid"):
        CirclesData().Xgird  # noqa: B018
    with pytest.raises(AttributeError, match="MNISTData has no 'Xgrid'"):
        MNISTData().Xgrid  # noqa: B018


def test_digits_come_without_a_network(monkeypatch):
    monkeypatch.setattr(socket, "socket", lambda *a, **k: pytest.fail("a connection was opened"))
    data = MNISTData()
    assert data.Xtrain.shape == (4000, 784)
    assert data.Ytest.shape == (1000, 10)
    assert data.Xtrain.min() == 0
    assert data.Xtrain.max() == 1


def test_digits_are_shuffled_and_every_class_is_in_both_sets():
    data = MNISTData()
    assert (data.Ytrain.sum(dim=0) > 350).all()
    assert (data.Ytest.sum(dim=0) > 70).all()
    assert len(data.Ytrain[:50].argmax(dim=1).unique()) > 5


def test_a_validation_set_is_taken_from_the_training_set_only():
    plain, split = MNISTData(), MNISTData(n_val=500)
    assert split.Xtrain.shape == (3500, 784)
    assert torch.equal(torch.cat([split.Xtrain, split.Xval]), plain.Xtrain)
    assert torch.equal(split.Xtest, plain.Xtest)
    with pytest.raises(ValueError, match="n_val"):
        MNISTData(n_val=4000)


def test_the_full_set_without_a_network_says_what_to_do(monkeypatch, tmp_path):
    def unreachable(*args, **kwargs):
        raise OSError("name resolution failed")

    monkeypatch.setattr(module, "DATA_FOLDER", tmp_path)
    monkeypatch.setattr("sklearn.datasets.fetch_openml", unreachable)
    with pytest.raises(ConnectionError, match="without full=True"):
        MNISTData(full=True)


def test_the_full_set_is_read_from_the_cache(monkeypatch, tmp_path):
    monkeypatch.setattr(module, "DATA_FOLDER", tmp_path)
    (tmp_path / "cache").mkdir()
    X, labels = np.zeros((70_000, 784), np.uint8), np.arange(70_000) % 10
    np.savez_compressed(tmp_path / "cache" / "mnist_784.npz", X=X, labels=labels)
    data = MNISTData(full=True)
    assert data.Xtrain.shape == (60_000, 784)
    assert data.Ytest.argmax(dim=1)[:3].tolist() == [0, 1, 2]
