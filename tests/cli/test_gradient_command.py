"""The verb `gradient`: one JSON object, a table, a folder, and what it refuses."""

import json
import math
from pathlib import Path

import pytest

from vle_analog import Study
from vle_analog.cli import run

SHORT = ["--set", "duration=0.5", "--set", "target.spacing=0.25"]
DRAWN = "two_layer"


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "results"


def numbers(value) -> list[float]:
    if isinstance(value, list):
        return [number for item in value for number in numbers(item)]
    return [value]


def test_one_json_object(capsys, output: Path):
    assert run(["gradient", DRAWN, *SHORT, "--json", "--output", str(output)]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    summary = json.loads(printed.out)
    assert summary["loss"] > 0
    assert set(summary["finite_difference_error"]) == {"W", "b", "tau_m", "tau_r"}
    assert summary["finite_difference_parameters"]["W"] == {"checked": 9, "of": 9}
    network = Study.load(DRAWN).spec.network
    for rule in ("exact", "local", "le", "instantaneous"):
        assert set(summary[rule]) == {"W", "b", "tau_m", "tau_r"}
        assert set(summary[rule]["W"]) == {q.name for q in network.projections}
        for kind in ("b", "tau_m", "tau_r"):
            assert set(summary[rule][kind]) == {p.name for p in network.populations}
        for owners in summary[rule].values():
            for entry in owners.values():
                assert set(entry) == {"value", "cosine", "ratio", "relative_error"}
                assert all(math.isfinite(number) for number in numbers(entry["value"]))
    assert len(summary["exact"]["W"]["drive_hidden"]["value"]) == 3
    assert summary["exact"]["W"]["drive_hidden"]["cosine"] == pytest.approx(1.0)
    assert summary["exact"]["W"]["drive_hidden"]["relative_error"] == 0.0


def test_a_table_and_a_folder(capsys, output: Path):
    assert run(["gradient", DRAWN, *SHORT, "--output", str(output)]) == 0
    printed = capsys.readouterr().out
    assert "hidden_readout" in printed
    assert "finite differences" in printed
    assert "instantaneous backprop" in printed
    assert "nan" not in printed
    assert {path.name for path in output.iterdir()} == {
        "gradient.json",
        "gradient.svg",
        "gradient.png",
        "run.json",
        "times.json",
    }
    assert json.loads((output / "gradient.json").read_text())["study"] == DRAWN
    assert json.loads((output / "run.json").read_text())["digest"]


@pytest.mark.pictures
def test_the_same_run_twice_leaves_the_same_bytes(output: Path):
    folders = [output / "a", output / "b"]
    for folder in folders:
        assert run(["gradient", "nudged_linear", "--set", "duration=0.5", "--quiet", "--output", str(folder)]) == 0
    for name in ("gradient.json", "gradient.svg", "gradient.png"):
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes()


def test_a_study_of_the_adjoint_has_a_gradient(capsys, output: Path):
    rule = ["--set", "network.rule=adjoint", "--quiet"]
    assert run(["gradient", "nudged_linear", "--set", "duration=0.5", *rule, "--output", str(output)]) == 0
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    "words, said",
    [
        (["no_such_study"], "no such study"),
        ([DRAWN, "--set", "network.gama=1"], "gama"),
        ([DRAWN, "--set", "network.rule=nonsense"], "rule"),
        ([DRAWN, "--set", "duration=0"], "duration"),
        ([DRAWN, "--unknown"], "--unknown"),
    ],
)
def test_bad_input_is_exit_code_2(capsys, output: Path, words: list[str], said: str):
    assert run(["gradient", *words, "--output", str(output)]) == 2
    assert said in capsys.readouterr().err
    assert not output.exists()


def test_a_network_that_diverges_is_exit_code_2(capsys, output: Path):
    unstable = ["--set", "network.projections.loop.weights=[[1.5, 0.0], [0.0, 1.5]]", "--set", "duration=60"]
    linear = ["--set", "network.populations.pair.activation=linear"]
    assert run(["gradient", "recurrent_pair", *unstable, *linear, "--output", str(output)]) == 2
    said = capsys.readouterr().err
    assert "at model time" in said
    assert "Traceback" not in said
    assert not output.exists()
