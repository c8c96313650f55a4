"""Every size that is drawn is on the grid of the process: capacitors and transistors of random studies and areas."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.support.learning_studies import document
from vle_analog import InputError, Study
from vle_analog.cells.fitted import fitted, fitted_path, fitted_text
from vle_analog.cells.library import cell
from vle_analog.cells.measured_texts import text_digests
from vle_analog.mapping.trim import device_capacitance
from vle_analog.netlist.circuit import Circuit
from vle_analog.netlist.device_sizes import device_sizes
from vle_analog.netlist.placed import placed, placed_capacitors
from vle_analog.process.process import process
from vle_analog.resources import shipped

BUILT = [
    ("generic180", "behavioural", 1e-3),
    ("generic180", "transistor", 1e-3),
    ("gf180mcu", "macromodel", 2e-3),
    ("sky130", "macromodel", 1e-2),  # its weak inversion ends early: small currents, many units
    ("sg13g2", "behavioural", 1e-3),
]
constants = st.lists(st.floats(0.15, 2.0), min_size=2, max_size=2)


def on_grid(side: float, grid: float) -> bool:
    return side / grid == pytest.approx(round(side / grid), abs=1e-6)


def check_drawn(circuit: Circuit, own: Path | None = None) -> int:
    """How many sizes of transistors were looked at; all of them, and those of all capacitors, are on the grid."""
    technology, seen = process(circuit.process), 0
    for path, farads in placed_capacitors(circuit, behavioural=True):
        plate, law = technology.plates.plate(farads), technology.plates
        value = law.density * plate.width * plate.length + 2 * law.perimeter * (plate.width + plate.length)
        assert farads == pytest.approx(value, rel=1e-9), path
        assert on_grid(plate.width, technology.grid)
        assert on_grid(plate.length, technology.grid)
    for primitive in placed(circuit):
        if primitive.level == "transistor":
            file = cell(primitive.cell, own).file("transistor.cir")
            for device in device_sizes(primitive.leaf.subcircuit, primitive.parameters, file):
                assert on_grid(device.width, technology.grid), device
                assert on_grid(device.length, technology.grid), device
                assert device.parallel == round(device.parallel)
                seen += 1
    return seen


@pytest.mark.parametrize("made_for, level, second", BUILT)
@settings(max_examples=6)
@given(tau_m=constants, tau_r=constants, times=st.floats(0.8, 2.0), area=st.floats(0.8, 2.0))
def test_random_studies_are_drawn_on_the_grid(made_for, level, second, tau_m, tau_r, times, area):
    study = document(hidden={"tau_m": tau_m, "tau_r": tau_r}, duration=1.0) | {
        "circuit": {"process": made_for, "level": level, "time_unit": times * second, "area": area}
    }
    try:
        circuit = Study.from_document(study).circuit()
    except InputError:  # a time constant, a bias current or an area that cannot be made
        assume(False)
        raise
    seen = check_drawn(circuit)
    assert seen > 100 or level != "transistor"


def test_a_trimmed_capacitor_keeps_its_time_constant():
    """Drawn plate and device capacitance add up to the capacitor asked for, to a few parts per million."""
    ideal = Study.load("wide", {"duration": 1.0}).circuit()
    circuit = Study.load("wide", {"duration": 1.0, "circuit.level": "macromodel"}).circuit()
    asked, nets = dict(placed_capacitors(ideal, behavioural=True)), device_capacitance(circuit).nets
    weights = [(path, farads) for path, farads in placed_capacitors(circuit) if path[1] == "weight"]
    assert len(weights) == 64
    for path, farads in weights:
        assert farads + nets[f"{path[0]}.w"] == pytest.approx(asked[path], rel=3e-6)


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    shutil.copytree(shipped("circuits") / "ota_linear", tmp_path / "mine" / "ota_linear")
    return tmp_path / "mine"


def changed(mine: Path, old: str, new: str) -> Path:
    path = mine / "ota_linear" / "transistor.cir"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    return path


def measured(mine: Path) -> None:
    """Writes the shipped numbers as if they had been measured on the transistors of one's own."""
    found, made = fitted("ota_linear", "generic180"), process("generic180")
    made_by = {**found.made_by, **text_digests(cell("ota_linear", mine), made)}
    fitted_path("ota_linear", "generic180", mine).write_text(fitted_text(replace(found, made_by=made_by)))


def own_circuit(mine: Path, **circuit) -> Circuit:
    return Study.load(
        "depth",
        {f"circuit.{key}": value for key, value in {"level": "transistor", "cells": str(mine), **circuit}.items()},
    ).circuit()


@pytest.mark.parametrize("written", ["w=2.003e-06", "w={2.003e-06*s}", "w=2.003u"])
def test_a_size_of_ones_own_off_the_grid_is_refused_with_file_and_line(mine: Path, written: str):
    path = changed(mine, "w={2e-06*s}", written)
    with pytest.raises(InputError, match="off the drawing grid of generic180") as caught:
        own_circuit(mine)
    problem = caught.value.problems[0]
    assert problem.where == f"{path}:4: Xb"
    assert problem.got == "w = 2.003 um, l = 4 um"
    assert "nint" in problem.hint


def test_the_hint_works(mine: Path):
    changed(mine, "w={2e-06*s}", "w={5e-09*nint(2.003e-06*s/5e-09)}")
    measured(mine)
    assert check_drawn(own_circuit(mine), mine)


def test_sizes_of_ones_own_cells_are_rounded_where_the_area_scales_them(mine: Path):
    changed(mine, "w={2e-06*s}", "w={2.005e-06*s}")
    measured(mine)
    assert check_drawn(own_circuit(mine, area=1.7), mine)


def test_the_netlist_says_the_drawn_sizes():
    text = Study.load("online_chain", {"circuit.level": "transistor", "circuit.area": 2.0}).netlist()
    assert "w={5e-09*nint((2e-06*s)/5e-09)}" in text["online_chain.cir"].decode()
    plain = Study.load("online_chain", {"circuit.level": "transistor"}).netlist()
    assert "nint" not in plain["online_chain.cir"].decode()
