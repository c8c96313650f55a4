"""`vle-analog verify`: a table and 0 where all is proven, what is left and 1 where it is not."""

import json
import shutil
from pathlib import Path

import pytest

from vle_analog.cli import run

LIBRARY = Path(__file__).resolve().parents[2] / "circuits"
SHORT = ["--set", "duration=1"]


@pytest.fixture
def wrong_cell(tmp_path):
    """A library with one cell of the user's own: a lead cell with half its leak."""
    shutil.copytree(LIBRARY / "membrane_lead", tmp_path / "membrane_lead")
    path = tmp_path / "membrane_lead" / "cell.toml"
    text = path.read_text()
    assert 'n = "-g*v(n)' in text
    path.write_text(text.replace('n = "-g*v(n)', 'n = "-0.5*g*v(n)'))
    return tmp_path


def test_a_proven_study(capsys):
    assert run(["verify", "online_chain", *SHORT]) == 0
    said = capsys.readouterr().out
    assert "hidden_neuron" in said
    assert "laws and netlists agree" in said
    assert "all proven" in said
    assert "FAILS" not in said


def test_one_json_object(capsys):
    assert run(["verify", "nudged_linear", *SHORT, "--json"]) == 0
    printed = capsys.readouterr()
    found = json.loads(printed.out)
    assert printed.err == ""
    assert found["holds"] is True
    assert all(s["residual"] == "0" and s["latex"] for s in found["statements"])
    assert found["covers"]["hidden_neuron"] == ["hidden[0]"]


def test_a_wrong_cell_of_the_users_own_is_told_with_what_is_left(capsys, wrong_cell):
    assert run(["verify", "online_chain", *SHORT, "--set", f"circuit.cells={wrong_cell}"]) == 1
    said = capsys.readouterr().out
    assert "FAILS" in said
    assert "membrane_lead" in said
    assert "do not hold" in said


def test_an_unreadable_law_is_bad_input(capsys, wrong_cell):
    path = wrong_cell / "membrane_lead" / "cell.toml"
    path.write_text(path.read_text().replace("-0.5*g*v(n)", "-0.5*g*v(n"))
    assert run(["verify", "online_chain", *SHORT, "--set", f"circuit.cells={wrong_cell}"]) == 2
    assert f"{path}:10: law.n: a formula that cannot be read" in capsys.readouterr().err


def test_the_adjoint_has_no_circuit_to_verify(capsys):
    assert run(["verify", "online_chain", *SHORT, "--set", "network.rule=adjoint"]) == 2
    assert "backwards in time" in capsys.readouterr().err
