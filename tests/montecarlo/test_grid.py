"""The points of a grid: every value has a text, a folder and a setting of its own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vle_analog.errors import InputError
from vle_analog.montecarlo.grid import GridPoint, points


def test_values_that_differ_in_the_last_digits_are_points_of_their_own():
    grid = points({"supply": [1.80000001, 1.80000002]})
    assert [point.name for point in grid] == ["supply_1.80000001", "supply_1.80000002"]
    assert [point.overrides for point in grid] == [["circuit.supply=1.80000001"], ["circuit.supply=1.80000002"]]


@pytest.mark.parametrize("value, text", [(0.5, "0.5"), (27.0, "27"), (-40.0, "-40"), (2, "2"), (1e-7, "1e-07")])
def test_ordinary_values_have_short_texts(value, text):
    assert GridPoint({"scale": value}).name == f"scale_{text}"


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_the_text_of_a_value_gives_it_back(value):
    (override,) = GridPoint({"scale": value}).overrides
    assert float(override.removeprefix("variation.scale=")) == value


def test_a_value_that_is_given_twice_is_refused():
    with pytest.raises(InputError, match="twice"):
        points({"scale": [0.5, 1.0, 0.5]})
