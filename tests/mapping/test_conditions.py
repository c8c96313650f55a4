"""Conditions that no cell was characterised for are said before a run; the range is that of the fitted files."""

import json
import re
import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.learning_studies import document
from vle_analog import Study
from vle_analog.cells.fitted import fitted
from vle_analog.cli import run
from vle_analog.resources import shipped

SHORT = ["--set", "duration=1", "--set", "simulate.points=21"]


def said(level: str = "macromodel", **circuit) -> list[str]:
    return [w.what for w in Study.from_document(document() | {"circuit": {"level": level, **circuit}}).warnings]


@given(
    st.integers(-60, 200), st.sampled_from(["generic180", "gf180mcu"]), st.sampled_from(["macromodel", "transistor"])
)
def test_a_temperature_outside_the_measured_ones_is_said(degrees: int, made_for: str, level: str):
    measured = [float(name) for name in fitted("ota_linear", made_for).temperatures]
    found = said(level, process=made_for, temperature=float(degrees))
    assert bool(found) == (not min(measured) <= degrees <= max(measured))
    assert all("temperature" in what for what in found)


@given(st.floats(1.0, 1.98))
def test_a_supply_other_than_the_measured_one_is_said(volts: float):
    assert bool(said(supply=volts)) == (abs(volts / 1.8 - 1) > 1e-6)


def test_all_conditions_are_said_with_key_value_and_range():
    study = Study.load(
        "online_chain", {"circuit.level": "transistor", "circuit.supply": 1.2, "circuit.temperature": 125.0}
    )
    supply, temperature = study.warnings
    assert supply.where.endswith("circuit.supply")
    assert supply.got == "1.2 V"
    assert supply.expected.startswith("1.8 V")
    assert temperature.got == "125 degrees Celsius"
    assert temperature.expected.startswith("0 to 85 degrees Celsius")


def test_the_nominal_condition_and_measured_corners_are_silent():
    assert said() == []
    for corner in ("tt", "ff", "ss", "fs", "sf"):
        assert said("transistor", corner=corner) == []


def test_ideal_cells_have_no_such_range():
    assert said("behavioural", supply=1.2, temperature=125.0) == []
    assert said("behavioural", supply=1.2, levels={"hidden[0]": "macromodel"})


def test_a_gain_that_moves_far_within_the_range_is_said():
    (what,) = said(process="sky130", temperature=85.0, time_unit=1e-2)
    assert "update_multiplier" in what
    assert said(process="sky130", temperature=30.0, time_unit=1e-2) == []


def test_the_range_is_that_of_the_file(tmp_path):
    shutil.copytree(shipped("circuits") / "ota_linear", tmp_path / "ota_linear")
    path = tmp_path / "ota_linear" / "fitted" / "generic180.toml"
    text = path.read_text()
    path.write_text(
        text.replace('[temperature."85"]', '[temperature."50"]').replace('[temperature."60"]', '[temperature."40"]')
    )
    study = document() | {"circuit": {"level": "macromodel", "temperature": 60.0, "cells": str(tmp_path)}}
    (warning,) = Study.from_document(study).warnings
    assert "ota_linear" in warning.what
    assert "0 to 50 degrees" in warning.expected
    path.write_text(re.sub(r"\[corners\.ss\].*?\n\n", "", text, flags=re.DOTALL))
    study["circuit"] = {"level": "transistor", "corner": "ss", "cells": str(tmp_path)}
    (warning,) = Study.from_document(study).warnings
    assert "corner" in warning.what


@pytest.mark.parametrize("verb", ["netlist", "simulate", "compare"])
def test_every_verb_has_them(verb, capsys, tmp_path):
    words = [verb, "online_chain", "--level", "macromodel", "--set", "circuit.temperature=125", *SHORT]
    run([*words, "--json", "-o", str(tmp_path / "out")])
    (warning,) = json.loads(capsys.readouterr().out)["warnings"]
    assert warning["got"] == "125 degrees Celsius"
    if verb == "compare":
        assert "125 degrees Celsius" in (tmp_path / "out" / "report.html").read_text()
