"""Activations: their derivatives, and that they hold far out."""

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from vle_analog.errors import InputError
from vle_analog.theory import ACTIVATIONS, activation
from vle_analog.theory.symbols import x

NAMES = sorted(ACTIVATIONS)


def numbers(expression):
    return sp.lambdify(x, expression, "numpy")


@pytest.mark.parametrize("name", NAMES)
@given(point=st.floats(-20, 20))
def test_slope_and_curvature_are_the_derivatives(name, point):
    own, step = ACTIVATIONS[name], 1e-4
    for function, derivative in ((own.rate, own.slope), (own.slope, own.curvature)):
        f, g = numbers(function), numbers(derivative)
        assert g(point) == pytest.approx((f(point + step) - f(point - step)) / (2 * step), abs=1e-7)


@pytest.mark.parametrize("name", NAMES)
def test_slope_is_exactly_the_derivative_by_sympy(name):
    own = ACTIVATIONS[name]
    difference = (own.rate.diff(x) - own.slope).rewrite(sp.exp)
    assert sp.simplify(difference) == 0


@pytest.mark.parametrize("name", NAMES)
def test_far_out_nothing_overflows(name):
    far = np.linspace(-500, 500, 2001)
    own = ACTIVATIONS[name]
    with np.errstate(all="raise", under="ignore"):
        for expression in (own.rate, own.slope, own.curvature):
            assert np.isfinite(numbers(expression)(far)).all()


def test_softplus_is_positive_and_ends_as_a_line():
    rate = numbers(ACTIVATIONS["softplus"].rate)
    assert rate(-500.0) >= 0
    assert rate(500.0) == 500.0


def test_logistic_is_the_slope_of_softplus():
    assert sp.expand(ACTIVATIONS["softplus"].slope - ACTIVATIONS["logistic"].rate) == 0


def test_at_puts_an_argument_in_place():
    U = sp.Symbol("U")
    assert activation("tanh").at(U).slope == 1 - sp.tanh(U) ** 2


def test_unknown_activation_names_the_near_match():
    with pytest.raises(InputError, match="did you mean 'logistic'"):
        activation("logistik")
