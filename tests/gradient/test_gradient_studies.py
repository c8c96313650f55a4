"""Every shipped study has a gradient, and finite differences of the loss agree with the exact one."""

import pytest

from vle_analog import Study
from vle_analog.resources import shipped_studies

BOUNDS = {"W": 1e-6, "b": 1e-6, "tau_m": 1e-4, "tau_r": 1e-4}
SPAN = 2.0  # model time looked at, as the whole is the same again


@pytest.mark.parametrize("name", shipped_studies())
def test_shipped_studies(name: str):
    whole = Study.load(name).spec.duration
    found = Study.load(name, {"duration": min(whole, SPAN)}).gradient()
    errors = found.finite_difference_error
    assert found.loss > 0
    assert errors is not None
    assert {kind for kind in BOUNDS if not errors[kind] <= BOUNDS[kind]} == set(), errors
