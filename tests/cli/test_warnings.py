"""Warnings of a study: before the run on standard error, in the report, and in every JSON object."""

import json
from pathlib import Path

import pytest

from vle_analog.cli import run

LATE = ["--set", "stimuli.drive={kind = 'samples', times = [86400.0, 86402.0], values = [0.1, 0.2]}"]
SHORT = [*LATE, "--set", "duration=2", "--set", "simulate.points=21"]
SAID = "no part of the samples lies in the run"
VERBS = ("compare", "simulate", "netlist", "solve", "gradient", "analyse", "size", "verify")


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_them_in_its_json(verb, capsys, tmp_path: Path):
    folder = [] if verb == "verify" else ["--output", str(tmp_path / "out")]
    run([verb, "depth", *SHORT, "--json", *folder])
    printed = capsys.readouterr()
    (warning,) = json.loads(printed.out)["warnings"]
    assert SAID in warning["what"]
    assert set(warning) == {"what", "where", "got", "expected", "hint"}
    assert printed.err == ""


def test_the_terminal_and_the_report_have_them(capsys, tmp_path: Path):
    assert run(["compare", "depth", *SHORT, "--output", str(tmp_path / "out")]) == 0
    printed = capsys.readouterr()
    assert printed.err.startswith("warning: ")
    assert SAID in printed.err
    assert "try:      subtract 86400" in printed.err
    assert SAID in (tmp_path / "out" / "report.html").read_text()
    assert SAID in (tmp_path / "out" / "results.json").read_text()


def test_quiet_is_quiet(capsys, tmp_path: Path):
    assert run(["solve", "depth", *SHORT, "--quiet", "--output", str(tmp_path / "out")]) == 0
    printed = capsys.readouterr()
    assert printed.out == printed.err == ""


def test_a_study_without_warnings_says_so(capsys, tmp_path: Path):
    assert run(["solve", "online_chain", "--set", "duration=2", "--json", "--output", str(tmp_path / "out")]) == 0
    assert json.loads(capsys.readouterr().out)["warnings"] == []


def test_chips_have_them_and_so_has_one_of_them(capsys, tmp_path: Path):
    folder = tmp_path / "chips"
    run(["montecarlo", "depth", *SHORT, "-n", "4", "--scale", "0.5,1", "--referees", "0", "--output", str(folder)])
    assert capsys.readouterr().err.count(SAID) == 1, "once for all points of the grid"
    assert SAID in (folder / "report.html").read_text()
    (warning,) = json.loads((folder / "grid.json").read_text())["warnings"]
    assert SAID in warning["what"]
    run(["replay", str(folder / "scale_1"), "--sample", "2", "--json"])
    (warning,) = json.loads(capsys.readouterr().out)["warnings"]
    assert SAID in warning["what"]
