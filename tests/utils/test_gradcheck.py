"""Finite differences against gradients that are known."""

import numpy as np
import pytest
import torch

from utils import CheckFailed, check_gradients, numerical_gradients


def loss(params):
    return (params["a"] ** 3).sum() + (params["a"] * params["b"]).sum()


def params():
    return {"a": torch.tensor([[1.0, -2.0]]), "b": torch.tensor([[0.5, 3.0]])}


def grads(p):
    return {"a": 3 * p["a"] ** 2 + p["b"], "b": p["a"].clone()}


def test_the_derivatives_of_a_cube_and_a_product():
    found = numerical_gradients(loss, params())
    assert torch.allclose(found["a"], torch.tensor([[3.5, 15.0]], dtype=torch.float64), atol=1e-8)
    assert torch.allclose(found["b"], torch.tensor([[1.0, -2.0]], dtype=torch.float64), atol=1e-8)


def test_the_parameters_stay_as_they_are():
    given = params()
    numerical_gradients(loss, given)
    assert torch.equal(given["a"], params()["a"])


def test_arrays_are_differentiated_as_tensors_are():
    arrays = {key: value.numpy() for key, value in params().items()}
    assert np.allclose(numerical_gradients(loss, arrays)["a"], [[3.5, 15.0]])


def test_right_gradients_pass_and_the_differences_are_printed(capsys):
    check_gradients(loss, params(), grads(params()))
    assert "grads['b']: largest difference from finite differences" in capsys.readouterr().out


def test_a_constant_factor_is_named():
    wrong = {key: 4 * value for key, value in grads(params()).items()}
    with pytest.raises(CheckFailed, match="4 is the batch size"):
        check_gradients(loss, params(), wrong, sizes={"the batch size": 4})


def test_a_missing_gradient_is_named():
    with pytest.raises(CheckFailed, match=r"grads\['b'\] is None"):
        check_gradients(loss, params(), {"a": grads(params())["a"]})


def test_parameters_that_require_gradients_can_be_checked():
    leaves = {key: value.requires_grad_(True) for key, value in params().items()}
    check_gradients(loss, leaves, grads(params()))
