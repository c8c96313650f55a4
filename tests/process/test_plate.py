"""Plates of capacitors: sides on the grid, farads that follow from them, and how near they come to what is asked."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vle_analog.process.plate import NARROWEST, PlateLaw
from vle_analog.process.process import process, process_names

names = st.sampled_from(process_names())
sides = st.integers(500, 40_000)


@st.composite
def asked(draw) -> tuple[str, float]:
    """A process, and a capacitance that it can draw."""
    name = draw(names)
    limits = process(name).capacitor
    exponent = draw(st.floats(np.log10(limits.minimum), np.log10(limits.maximum)))
    return name, 10**exponent


@given(asked())
def test_farads_follow_from_sides_on_the_grid(case: tuple[str, float]):
    name, farads = case
    made = process(name)
    plate, drawn = made.plates.plate(farads), float(made.on_grid(farads))
    for side in (plate.width, plate.length):
        assert side / made.grid == pytest.approx(round(side / made.grid), abs=1e-6)
    edge = 2 * made.plates.perimeter * (plate.width + plate.length)
    assert drawn == pytest.approx(made.plates.density * plate.width * plate.length + edge, rel=1e-12)
    assert drawn == pytest.approx(farads, rel=3e-5 if farads < 1e-12 else 3e-6)
    assert NARROWEST**2 * 0.99 <= plate.width / plate.length <= 1.01
    assert made.plates.area(drawn) == pytest.approx(plate.width * plate.length, rel=0.01)


@given(asked())
def test_what_is_drawn_already_stays(case: tuple[str, float]):
    made = process(case[0])
    once = made.on_grid(case[1])
    assert made.on_grid(once) == once
    assert made.plates.plate(float(once)) == made.plates.plate(case[1])


@given(sides, st.floats(NARROWEST + 0.01, 1.0), names)
def test_a_plate_of_any_such_sides_is_found_again(long: int, part: float, name: str):
    law = process(name).plates
    wide = max(round(part * long), long - 400)
    farads = law.grid**2 * law.density * wide * long + 2 * law.perimeter * law.grid * (wide + long)
    assert law.nearest(farads) == pytest.approx(farads, rel=1e-10)


def test_an_array_is_as_its_entries_one_by_one():
    law, farads = PlateLaw(5e-9, 2e-3, 1.5e-10), np.geomspace(5e-14, 1e-10, 12).reshape(3, 4)
    assert law.nearest(farads).shape == (3, 4)
    assert law.nearest(farads).ravel().tolist() == [float(law.nearest(value)) for value in farads.flat]


def test_a_coarse_grid_draws_at_least_one_step():
    law = PlateLaw(1e-6, 1e-3, 0.0)
    assert law.nearest(1e-18) == pytest.approx(1e-15)
    assert law.plate(1.02e-13).width == pytest.approx(10e-6)
