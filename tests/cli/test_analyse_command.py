"""`vle-analog analyse`, and what the other verbs say of loops."""

import json
from pathlib import Path

import pytest

from vle_analog.cli import run

UNSTABLE = [
    "--set",
    "network.populations.pair.tau_r=0.05",
    "--set",
    "network.projections.loop.weights=[[0.15,-0.6],[0.6,0.15]]",
    "--set",
    "duration=5",
    "--set",
    "simulate.points=101",
]


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "results"


def test_analyse_prints_one_json_object(capsys, output: Path):
    assert run(["analyse", "recurrent_pair", "--set", "duration=5", "--json", "--output", str(output)]) == 0
    printed = capsys.readouterr()
    found = json.loads(printed.out)
    assert printed.err == ""
    assert found["verdict"] == "stable"
    assert found["poles"] == {"time_constant": pytest.approx(4e-4), "nodes": ["U", "h", "e"], "assumed": True}
    assert {loop["loop"]["kind"] for loop in found["loops"]} == {"forward", "error"}
    assert len(found["slow_poles"]) == 4
    assert found["eigenvalue"]["re"] < 0
    response = found["frequency_response"]
    neuron = response["neurons"]["pair[0]"]
    assert len(neuron["local"]["phase"]) == len(response["omega"]) == len(neuron["gain_ratio"])
    assert neuron["local"]["phase"] == pytest.approx(neuron["exact"]["phase"], abs=1e-12)
    stored = json.loads((output / "analysis.json").read_text())
    assert stored == {key: value for key, value in found.items() if key not in ("seconds", "folder")}
    names = {path.name for path in output.iterdir()}
    assert names >= {f"{name}.{end}" for name in ("bode", "error_path", "eigenvalues") for end in ("png", "svg")}


def test_analyse_of_an_unstable_study_says_what_and_how_to_cure_it(capsys, output: Path):
    assert run(["analyse", "recurrent_pair", *UNSTABLE, "--output", str(output)]) == 1
    text = capsys.readouterr().out
    assert "the error loop of pair (along loop) is unstable: eigenvalue +" in text
    assert "tau_m / tau_r at most" in text
    assert "slow poles" in text


def test_analyse_of_a_network_without_loops(capsys, output: Path):
    assert run(["analyse", "two_layer", "--set", "duration=2", "--output", str(output)]) == 0
    assert "no loops" in capsys.readouterr().out
    assert not (output / "eigenvalues.png").exists()
    assert (output / "bode.svg").is_file()


def test_simulate_refuses_and_netlist_warns(capsys, output: Path):
    assert run(["simulate", "recurrent_pair", *UNSTABLE, "--output", str(output)]) == 2
    said = capsys.readouterr().err
    assert "error loop of pair" in said
    assert "eigenvalue" in said
    assert not output.exists()
    assert run(["netlist", "recurrent_pair", *UNSTABLE, "--output", str(output)]) == 0
    assert "warning: the error loop of pair" in capsys.readouterr().err
    assert (output / "testbench.cir").is_file()


def test_compare_reports_the_loops(capsys, output: Path):
    short = ["--set", "duration=2", "--set", "simulate.points=101"]
    assert run(["compare", "recurrent_pair", *short, "--json", "--output", str(output)]) == 0
    found = json.loads(capsys.readouterr().out)["stability"]
    assert found["verdict"] == "stable"
    page = (output / "report.html").read_text()
    assert "Loops and frequency response" in page
    assert (output / "figures" / "bode.png").is_file()
    assert (output / "figures" / "eigenvalues.png").is_file()
