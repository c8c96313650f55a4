"""The characterised numbers that ship with the kit, and how their files are read."""

from dataclasses import replace
from pathlib import Path

import pytest

from vle_analog.cells.fitted import Fitted, fitted, fitted_path, fitted_text, read_fitted
from vle_analog.cells.library import cell
from vle_analog.cells.measured_texts import text_digests
from vle_analog.characterise.characterise import gate_area
from vle_analog.characterise.laws import LAWS
from vle_analog.characterise.primitives import PRIMITIVES
from vle_analog.errors import InputError
from vle_analog.process.process import process as find_process

PROCESSES = ("generic180", "gf180mcu", "sky130")  # those whose numbers ship


@pytest.mark.parametrize("process", PROCESSES)
@pytest.mark.parametrize("name", PRIMITIVES)
def test_shipped_numbers_belong_to_the_shipped_transistors(name: str, process: str):
    found = fitted(name, process)
    assert (found.cell, found.process) == (name, process)
    assert {"cell", "macromodel", "replica", "process", "devices"} <= found.made_by.keys()
    for text, digest in text_digests(cell(name), find_process(process)).items():
        assert found.made_by[text] == digest
    assert set(found.macromodel) <= set(cell(name).subcircuit("macromodel").parameters)
    assert set(found.mismatch) == set(PRIMITIVES[name].drawn)


@pytest.mark.parametrize("process", PROCESSES)
@pytest.mark.parametrize("name", LAWS)
def test_shipped_macromodels_follow_their_transistors(name: str, process: str):
    found = fitted(name, process)
    assert found.measured["fit_error"] <= 0.02
    assert found.conditions["samples"] >= 400
    assert found.measured["sigma_ratio_low"] >= 0.85
    assert found.measured["sigma_ratio_high"] <= 1.15
    assert found.sizing.unit_currents[0] < found.sizing.unit_current <= found.sizing.unit_current_max
    assert found.gain(found.sizing.unit_current) > 0


def test_a_file_comes_back_as_it_was(tmp_path: Path):
    found = fitted("multiplier", "generic180")
    path = tmp_path / "numbers.toml"
    path.write_text(fitted_text(found))
    assert read_fitted(path) == found
    assert fitted_text(read_fitted(path)) == fitted_path("multiplier", "generic180").read_text()


@pytest.mark.parametrize("process", PROCESSES)
@pytest.mark.parametrize("name", LAWS)
def test_a_file_names_what_makes_it_again(name: str, process: str):
    path = fitted_path(name, process)
    command = path.read_text().splitlines()[0].split("vle-analog ")[1].split()
    assert command[:4] == ["characterise", name, "--process", process]
    assert float(command[command.index("--unit-current") + 1]) == read_fitted(path).conditions["unit_current"]
    assert fitted_text(read_fitted(path)) == path.read_text()


def test_numbers_that_are_missing_say_how_to_make_them():
    with pytest.raises(InputError, match="vle-analog characterise ota --process sg13g2 --write"):
        fitted("ota", "sg13g2")


def test_own_transistors_need_own_numbers(tmp_path: Path):
    assert fitted("ota", "generic180", tmp_path) == fitted("ota", "generic180")
    (tmp_path / "ota").mkdir()
    (tmp_path / "ota" / "transistor.cir").write_text(cell("ota").file("transistor.cir").read_text())
    assert fitted("ota", "generic180", tmp_path) == fitted("ota", "generic180")  # the same text has the same numbers
    path = fitted_path("ota", "generic180", tmp_path)
    path.parent.mkdir()
    own = replace(fitted("ota", "generic180"), mismatch={"vos": 1e-3})
    path.write_text(fitted_text(own))
    assert fitted("ota", "generic180", tmp_path) == own


@pytest.mark.parametrize(
    "change, message",
    [
        (("[sizing]", "[size]"), "not complete"),
        (("gain_per_amp = [", "gain_per_amp = [1.0, "), "differ in length"),
        (("vos = ", "vos = zero"), "cannot be read"),
        (("unit_current_max", "largest"), "not complete"),
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, change: tuple[str, str], message: str):
    path = tmp_path / "ota.toml"
    path.write_text(fitted_path("ota", "generic180").read_text().replace(*change, 1))
    with pytest.raises(InputError, match=message) as caught:
        read_fitted(path)
    assert str(path) in str(caught.value)


def test_gate_area_is_the_sum_of_the_drawn_gates(tmp_path: Path):
    (tmp_path / "ota").mkdir()
    (tmp_path / "ota" / "transistor.cir").write_text(
        ".subckt ota inp inn out cm vdd vss hold params: gm=1e-8 ib=1e-9 k=1 s=1\n"
        "Ib vdd b {ib}\nX1 b b vss vss nch w={2u*s} l=3e-6 m={4*k}\nX2 out inp b vss nch w=1u l=1u\n.ends\n"
    )
    read = cell("ota", tmp_path).subcircuit("transistor")
    assert gate_area(read, Path("ota")) == pytest.approx(2e-6 * 3e-6 * 4 + 1e-12)


def test_numbers_are_frozen():
    found: Fitted = fitted("ota", "generic180")
    with pytest.raises(AttributeError):
        found.cell = "other"  # pyright: ignore[reportAttributeAccessIssue]
