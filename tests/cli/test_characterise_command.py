"""The verb `characterise`: a table, one JSON object, a folder, the library's file, and what it refuses."""

import json
import math
import shutil
from pathlib import Path

import pytest

from vle_analog.cells.fitted import fitted, fitted_text
from vle_analog.cells.library import cell
from vle_analog.cli import run

GENERIC = ["--process", "generic180"]


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder of cells with an ota in it."""
    folder = tmp_path / "cells" / "ota"
    folder.mkdir(parents=True)
    shutil.copy(cell("ota").file("transistor.cir"), folder)
    return folder.parent


def test_a_table_a_folder_and_the_library(capsys, tmp_path: Path, own: Path):
    folder = tmp_path / "results"
    arguments = ["characterise", "ota", *GENERIC, "--samples", "12", "--cells", str(own), "--write"]
    assert run([*arguments, "--output", str(folder)]) == 0
    printed = capsys.readouterr().out
    for words in ("gain / bias current", "output range", "pole", "gate area", "12 draws", "corners", "temperatures"):
        assert words in printed
    assert "nan" not in printed
    names = {"generic180.toml", "characterise.json", "run.json"}
    assert {path.name for path in folder.iterdir()} == names | {
        f"{picture}.{kind}" for picture in ("transfer", "mismatch") for kind in ("svg", "png")
    }
    written = fitted("ota", "generic180", own)
    assert (folder / "generic180.toml").read_text() == fitted_text(written)
    assert written.conditions["samples"] == 12
    assert json.loads((folder / "run.json").read_text())["command"].startswith("vle-analog characterise ota --process")
    # the same cell, but for the draws the same numbers as those that ship
    assert written.macromodel == pytest.approx(fitted("ota", "generic180").macromodel, rel=1e-3, abs=1e-9)


def test_one_json_object_and_no_draws(capsys, tmp_path: Path):
    assert run(["characterise", "common_mode", *GENERIC, "--samples", "0", "--json", "-o", str(tmp_path / "out")]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    found = json.loads(printed.out)
    assert (found["cell"], found["process"], found["mismatch"]) == ("common_mode", "generic180", {})
    assert all(math.isfinite(value) for value in found["macromodel"].values())
    heights = found["measured"]["swept_common_mode"]
    assert heights == sorted(heights)


def test_the_switch(capsys, tmp_path: Path):
    assert run(["characterise", "hold_switch", *GENERIC, "-o", str(tmp_path / "out")]) == 0
    assert "conductance, on" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["otta", *GENERIC], "'otta' is not a primitive cell"),
        (["membrane_lead", *GENERIC], "'membrane_lead' is not a primitive cell"),
        (["ota", "--process", "generic"], "there is no process 'generic'"),
        (["ota", *GENERIC, "--samples", "1"], "a standard deviation needs samples"),
        (["ota", *GENERIC, "--samples", "-3"], "a standard deviation needs samples"),
        (["ota", *GENERIC, "--unit-current", "1e-3"], "a unit current outside the sweep"),
        (["ota", *GENERIC, "--cells", "nowhere"], "there is no such folder"),
    ],
)
def test_what_it_refuses(capsys, tmp_path: Path, arguments: list[str], message: str):
    assert run(["characterise", *arguments, "--output", str(tmp_path / "out")]) == 2
    printed = capsys.readouterr()
    assert message in printed.err
    assert "Traceback" not in printed.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "old, new, message",
    [
        ("inp inn out", "inn inp out", "the pins differ from the cell's"),
        ("X1 a inp t vss nch", "X1 a inp t vss nfet", "a device that no process has"),
        ("m={k}", "m={q}", "parameter 'q' is not declared"),
    ],
)
def test_own_cells_that_do_not_fit(capsys, tmp_path: Path, own: Path, old: str, new: str, message: str):
    path = own / "ota" / "transistor.cir"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    arguments = ["characterise", "ota", *GENERIC, "--cells", str(own), "--samples", "0"]
    assert run([*arguments, "--output", str(tmp_path / "out")]) == 2
    printed = capsys.readouterr().err
    assert message in printed
    assert str(path) in printed


def test_an_own_cell_with_exchanged_inputs(capsys, tmp_path: Path, own: Path):
    path = own / "ota" / "transistor.cir"
    text = (
        path.read_text().replace("X1 a inp", "X1 a other").replace("X2 b inn", "X2 b inp").replace("a other", "a inn")
    )
    path.write_text(text)
    arguments = ["characterise", "ota", *GENERIC, "--cells", str(own), "--samples", "0"]
    assert run([*arguments, "--output", str(tmp_path / "out")]) == 2
    printed = capsys.readouterr().err
    assert "the output of the cell falls where its law rises" in printed
    assert str(path) in printed


def test_an_own_cell_that_cannot_be_simulated(capsys, tmp_path: Path, own: Path):
    path = own / "ota" / "transistor.cir"
    path.write_text(path.read_text().replace("* pair", "Vloop out cm 0.1\n* pair"))
    arguments = ["characterise", "ota", *GENERIC, "--cells", str(own), "--samples", "0"]
    assert run([*arguments, "--output", str(tmp_path / "out")]) == 3
    printed = capsys.readouterr().err
    assert "the equations are singular" in printed
    assert str(path) in printed
    assert "Traceback" not in printed
