"""The verb `size`: table, JSON object, netlist with the corrected values, and what it says of ideal cells."""

import json
from pathlib import Path

import pytest

from vle_analog.cli import run

STUDY = ["size", "online_chain", "--set", "duration=5"]


def test_a_table_and_a_folder(capsys: pytest.CaptureFixture, tmp_path: Path):
    assert run([*STUDY, "--level", "macromodel", "-o", str(tmp_path / "out")]) == 0
    printed = capsys.readouterr().out
    for words in ("hidden_neuron", "series", "tau_r", "200 us", "update", "pA", "pF", "all within 1 %"):
        assert words in printed
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"online_chain.cir", "testbench.cir", "sizes.json", "run.json"} <= names
    assert "corrected on a bench in ngspice" in (tmp_path / "out" / "online_chain.cir").read_text()
    assert json.loads((tmp_path / "out" / "run.json").read_text())["simulator"].startswith("ngspice")


def test_one_object(capsys: pytest.CaptureFixture, tmp_path: Path):
    arguments = [*STUDY, "--level", "macromodel", "--json", "-o", str(tmp_path / "out")]
    assert run(arguments) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["outside"] == 0
    assert all(row["within"] for row in found["rows"])
    weights = [entry for entry in found["sizes"] if entry["cell"] == "weight"]
    assert all(9e-12 < entry["after"] < 1e-11 and entry["units"] == 0 for entry in weights)


def test_ideal_cells_have_no_sizes(capsys: pytest.CaptureFixture, tmp_path: Path):
    assert run([*STUDY, "-o", str(tmp_path / "out")]) == 0
    assert "all cells are ideal elements" in capsys.readouterr().out
