"""Own cells in a circuit: one file of a shipped cell is enough, and a folder that is not used is refused."""

from dataclasses import replace
from pathlib import Path

import pytest

from vle_analog import Study
from vle_analog.cells.fitted import fitted, fitted_path, fitted_text
from vle_analog.cells.library import cell as find
from vle_analog.cells.measured_texts import text_digests
from vle_analog.errors import InputError
from vle_analog.process.process import process
from vle_analog.resources import shipped


def study(tmp_path: Path, cell: str, level: str) -> Study:
    """Of linear neurons, with transistors of its own in one cell, and the numbers of the shipped ones as theirs."""
    (tmp_path / cell / "fitted").mkdir(parents=True)
    text = (shipped("circuits") / cell / "transistor.cir").read_text()
    (tmp_path / cell / "transistor.cir").write_text(text.replace("w={4e-06*s} l={2e-06*s}", "w={5e-06*s} l={2e-06*s}"))
    made_by = {**fitted(cell, "generic180").made_by, **text_digests(find(cell, tmp_path), process("generic180"))}
    numbers = replace(fitted(cell, "generic180"), made_by=made_by)
    fitted_path(cell, "generic180", tmp_path).write_text(fitted_text(numbers))
    return Study.load("nudged_linear", {"circuit.level": level, "circuit.cells": str(tmp_path), "duration": 1.0})


def test_own_transistors_of_a_shipped_cell(tmp_path: Path):
    files = study(tmp_path, "ota_linear", "transistor").netlist()
    assert b"w={5e-06*s}" in files["nudged_linear.cir"]


def test_cells_that_are_not_in_the_circuit_are_refused(tmp_path: Path):
    with pytest.raises(InputError, match=r"(?s)no cell of this folder.*got: +ota\n.*expected: .*ota_linear"):
        study(tmp_path, "ota", "transistor").circuit()


def test_primitives_are_not_in_ideal_circuits(tmp_path: Path):
    with pytest.raises(InputError, match=r"(?s)no cell of this folder.*--level transistor"):
        study(tmp_path, "ota_linear", "behavioural").circuit()
