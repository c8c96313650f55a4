"""The descriptions of the processes: consistent, complete, and what each of them refuses."""

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vle_analog import InputError
from vle_analog.process.process import process, process_names, read_process


@pytest.mark.parametrize("name", process_names())
def test_process_is_consistent(name: str):
    made = process(name)
    assert 0 < made.swing(made.supply) < made.supply / 2
    for limits in (made.current, made.capacitor, made.resistor):
        assert 0 < limits.minimum <= limits.nominal <= limits.maximum
    assert made.grid == 5e-9
    assert made.weight_capacitor == made.on_grid(made.weight_capacitor)
    for side in (*made.devices.width, *made.devices.length):
        made.check_grid(side, side, "M1")
    assert made.corners == ("tt", "ff", "ss", "fs", "sf")
    assert set(made.devices.corners) == set(made.corners)
    assert made.area_overhead >= 1
    assert 0 < made.capacitor_spread < 0.1
    for law in made.matching.values():
        assert 1e-9 < law.threshold < 1e-8  # 1 to 10 mV um
        assert 0 <= law.beta < 2e-8
    for least, most in (made.devices.width, made.devices.length):
        assert 0 < least < 2e-6 < most


def test_there_are_these_processes():
    assert process_names() == ("generic180", "gf180mcu", "sg13g2", "sky130")


def test_an_unknown_process_names_the_nearest():
    with pytest.raises(InputError, match=r"(?s)circuit\.process.*did you mean generic180"):
        process("generic18")


@pytest.mark.parametrize("name", process_names())
def test_sizes_within_the_limits_pass(name: str):
    made = process(name)
    for w in made.devices.width:
        for length in made.devices.length:
            made.check_size(w, length, "M1")


@pytest.mark.parametrize("w, length, wrong", [(1e-9, 2e-6, "0.001 um wide"), (2e-6, 1.0, "1e+06 um long")])
def test_a_size_outside_the_limits_is_refused(w: float, length: float, wrong: str):
    with pytest.raises(InputError) as caught:
        process("gf180mcu").check_size(w, length, "ota.M1")
    (problem,) = caught.value.problems
    assert wrong in problem.what
    assert problem.where == "ota.M1"
    assert ("0.22 to 100 um" if w < 1e-6 else "0.28 to 50 um") in problem.expected
    assert "gf180mcu.toml" in problem.hint


def test_a_size_that_is_wrong_both_ways_says_both():
    with pytest.raises(InputError) as caught:
        process("sky130").check_size(math.nan, -1e-6, "M1")
    assert len(caught.value.problems) == 2


@given(st.integers(1, 200_000), st.integers(1, 200_000), st.sampled_from([0.0, 0.1, 0.5, -0.4]))
def test_a_size_off_the_grid_is_refused_with_the_step(wide: int, long: int, off: float):
    made = process("generic180")
    if off == 0:
        made.check_grid(wide * made.grid, long * made.grid, "M1")
        return
    with pytest.raises(InputError, match=r"a width off the drawing grid of generic180") as caught:
        made.check_grid((wide + off) * made.grid, long * made.grid, "ota/transistor.cir:4: M1")
    (problem,) = caught.value.problems
    assert problem.where == "ota/transistor.cir:4: M1"
    assert problem.expected == "multiples of 0.005 um"


@given(st.floats(1e-9, 1e-2), st.floats(1e-9, 1e-2))
def test_a_size_is_refused_exactly_outside(w: float, length: float):
    made = process("sky130")
    inside = made.devices.width[0] <= w <= made.devices.width[1] and (
        made.devices.length[0] <= length <= made.devices.length[1]
    )
    try:
        made.check_size(w, length, "M1")
    except InputError:
        assert not inside
    else:
        assert inside


@pytest.mark.parametrize(
    "old, new, words",
    [
        ("density", "thickness", "lacks the key 'density'"),
        ("grid = ", "raster = ", "lacks the key 'grid'"),
        ("[supply]", "[supply", "cannot be read"),
        ("threshold = { n = 3.5, p = 4.5 }", "threshold = 3.5", "wrong type"),
        ('kind = "card"', 'kind = "pdk"', "lacks the key 'n'"),
    ],
)
def test_a_description_that_is_wrong_names_file_and_key(old: str, new: str, words: str, tmp_path: Path):
    text = process("generic180").file.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "mine.toml"
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(InputError, match=words) as caught:
        read_process(path)
    assert str(path) in str(caught.value)
