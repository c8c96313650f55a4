"""What can be wrong with `montecarlo` and `replay`: one message, exit code 2, and nothing of a run is lost."""

import json
import shutil
from pathlib import Path

import pytest

from vle_analog import Study
from vle_analog.cli import run
from vle_analog.errors import InputError

STUDY = ["online_chain", "--set", "duration=1", "--set", "simulate.points=51"]
SMALL = ["montecarlo", *STUDY, "--samples", "2", "--engine", "ngspice", "--traces", "0", "--workers", "1"]
CASES = {
    "no chips": (["--samples", "0"], "--samples: a run needs chips got: 0 expected: 1 or more, as --samples 200"),
    "half a chip": (["--samples", "3.5"], "--samples or -n: this is not a whole number got: 3.5 expected: a whole"),
    "chips that are a word": (["--samples", "many"], "got: many expected: a whole number, as --samples 8 try: vle-ana"),
    "fewer than none": (["--samples", "-3"], "expected: 1 or more"),
    "first before the first": (["--first", "-1"], "--first: chips are numbered from 0"),
    "a seed that is a word": (["--seed", "x"], "--seed: this is not a whole number got: x"),
    "a seed that is no integer": (["--set", "variation.seed=1.5"], "variation.seed"),
    "a negative seed": (["--seed", "-1"], "variation.seed"),
    "an engine that is none": (["--engine", "spectre"], "auto | ngspice | compiled"),
    "transistors for the compiled engine": (["--engine", "compiled", "--level", "transistor"], "--level macromodel"),
    "ideal cells": (["--level", "behavioural"], "mismatch has no effect in a circuit of ideal cells"),
    "variations that are none": (["--variations", "corners"], "variation.variations"),
    "sampling that is none": (["--sampling", "lhs"], "one of random, latin, sobol"),
    "a Sobol sequence of three": (["--sampling", "sobol", "--samples", "3"], "a power of two"),
    "a part of a hypercube": (["--sampling", "latin", "--until", "0.1"], "a part of a Latin hypercube is not balanced"),
    "a fixed set that begins later": (["--sampling", "sobol", "--first", "2"], "which begins with chip 0"),
    "a half-width that is a word": (["--until", "soon"], "this is not a number got: soon expected: a number"),
    "half-width of one": (["--until", "1"], "between 0 and 0.5"),
    "no workers": (["--workers", "0"], "a run needs a worker"),
    "a scale that is a word": (["--scale", "1,big"], "--scale: this is not a list of numbers"),
    "a negative scale": (["--scale", "-1"], "variation.scale"),
    "a value twice": (["--scale", "1,1"], "--scale: a value is given twice"),
    "an unknown corner": (["--corner", "tt,xx", "--level", "transistor"], "generic180 has no corner 'xx'"),
    "corners of macromodels": (["--corner", "ss"], "process corners apply only to transistor-level cells"),
    "temperatures of macromodels": (
        ["--temp", "27,85"],
        "--temp: corners and temperatures apply only to transistor-level cells",
    ),
    "a base that is no power of two": (["--sobol", "100"], "--sobol: the base of Sobol indices is a power of two"),
    "a base too small to tell": (["--sobol", "4"], "8 to 1048576"),
    "a negative base": (["--sobol", "-1"], "--sobol"),
    "a negative check": (["--referees", "-1"], "--referees: ngspice checks some chips or none"),
    "more chips than there is room for": (["--samples", "99999999999999999999"], "at most 10000000"),
    "a hundred of a Sobol sequence": (["--sampling", "sobol", "--samples", "100"], "as 64 or 128"),
    "devices drawn twice": (["--level", "transistor", "--set", "circuit.mismatch_seed=1"], "circuit.mismatch_seed"),
    "a scheduler that is no address": (["--scheduler", "nowhere"], "invalid address of a scheduler"),
    "a scheduler that does not answer": (["--scheduler", "tcp://127.0.0.1:9"], "the scheduler does not answer"),
    "the same over a grid": (["--scheduler", "tcp://127.0.0.1:9", "--scale", "1,2"], "the scheduler does not answer"),
    "a study that is none": (["--set", "network.beta=two"], "network.beta"),
    "no circuit": (["--set", "network.rule=adjoint"], "it has no circuit"),
}


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of two chips."""
    folder = tmp_path_factory.mktemp("runs") / "run"
    assert run([*SMALL, "--quiet", "-o", str(folder)]) == 0
    return folder


def refused(words: list[str], capsys: pytest.CaptureFixture) -> str:
    """What a command says that ends with code 2."""
    assert run(words) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("error: ")
    assert "Traceback" not in printed.err
    return printed.err


@pytest.mark.parametrize("case", CASES)
def test_a_run_that_cannot_be(case: str, tmp_path: Path, capsys: pytest.CaptureFixture):
    words, said = CASES[case]
    usual = [] if "--samples" in words else ["--samples", "2"]
    engine = [] if "--engine" in words else ["--engine", "ngspice"]
    folder = tmp_path / "out"
    message = refused(["montecarlo", *STUDY, *usual, *engine, *words, "--quiet", "-o", str(folder)], capsys)
    assert said in " ".join(message.split())
    assert not folder.exists()


@pytest.mark.parametrize("grid", [[], ["--scale", "1,2"]])
@pytest.mark.parametrize("case", ["transistors for the compiled engine", "ideal cells", "devices drawn twice"])
def test_what_the_circuit_rules_out_is_refused_before_the_ideal_is_solved(
    case: str, grid: list[str], tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    forbid_solving(monkeypatch)
    words, said = CASES[case]
    command = ["montecarlo", *STUDY, "--samples", "2", *words, *grid, "--quiet", "-o", str(tmp_path / "out")]
    assert said in " ".join(refused(command, capsys).split())


def test_a_study_refuses_them_as_early(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    forbid_solving(monkeypatch)
    with pytest.raises(InputError, match="no transistors"):
        Study.load("online_chain", {"circuit.level": "transistor"}).montecarlo(2, tmp_path / "out", engine="compiled")
    with pytest.raises(InputError, match="mismatch has no effect"):
        Study.load("online_chain", {"circuit.level": "behavioural"}).montecarlo(2, tmp_path / "out")


def forbid_solving(monkeypatch: pytest.MonkeyPatch) -> None:
    def unwanted(*_: object) -> None:
        raise AssertionError("solved")

    monkeypatch.setattr(Study, "ideal", unwanted)
    monkeypatch.setattr(Study, "encoded_ideal", unwanted)


def test_without_a_number_of_samples(capsys: pytest.CaptureFixture):
    assert "--samples" in refused(["montecarlo", "online_chain"], capsys)


@pytest.mark.parametrize(
    "words, said",
    [
        (["--seed", "2"], "differs in seed"),
        (["--scale", "2"], "differs in scale"),
        (["--set", "network.beta=2"], "differs in network.beta"),
        (["--sampling", "latin"], "differs in sampling"),
        (["--variations", "all"], "differs in variations"),
    ],
)
def test_the_folder_of_another_run(words: list[str], said: str, done: Path, capsys: pytest.CaptureFixture):
    before = (done / "run.json").read_bytes()
    message = refused([*SMALL, *words, "--quiet", "-o", str(done)], capsys)
    assert said in message
    assert "--output" in message
    assert (done / "run.json").read_bytes() == before


def test_another_bound_simulates_nothing_again(done: Path, tmp_path: Path, capsys: pytest.CaptureFixture):
    other = shutil.copytree(done, tmp_path / "run")
    times = (other / "times.csv").read_bytes()
    for bound, working in (("1e-9", 2), ("1e9", 0)):
        assert run([*SMALL, "--set", f"variation.loss_ratio={bound}", "--json", "-o", str(other)]) == 0
        assert json.loads(capsys.readouterr().out)["works"] == working
    assert (other / "times.csv").read_bytes() == times


def test_a_setting_is_named_and_not_its_hashes(done: Path, capsys: pytest.CaptureFixture):
    message = " ".join(refused([*SMALL, "--set", "duration=3", "--quiet", "-o", str(done)], capsys).split())
    assert "differs in duration got: duration = 3 expected: duration = 1, as the run has it" in message
    other = ["montecarlo", "two_layer", *SMALL[2:]]
    assert "a run of another study" in refused([*other, "--quiet", "-o", str(done)], capsys)


def test_a_damaged_record_is_written_anew_from_the_chunks(done: Path, tmp_path: Path, capsys: pytest.CaptureFixture):
    other = shutil.copytree(done, tmp_path / "run")
    whole, times = (other / "run.json").read_bytes(), (other / "times.csv").read_bytes()
    (other / "run.json").write_bytes(whole[: len(whole) // 2])
    assert "run.json of this run is damaged" in refused(["replay", str(other), "--sample", "0"], capsys)
    assert "chunks are of other settings" in refused([*SMALL, "--seed", "2", "--quiet", "-o", str(other)], capsys)
    assert run([*SMALL, "-o", str(other)]) == 0
    printed = capsys.readouterr()
    assert "was damaged and is written anew" in printed.err
    assert "2 chips were there, 0 simulated" in printed.out
    assert (other / "run.json").read_bytes() == whole
    assert (other / "times.csv").read_bytes() == times


def test_a_comparison_into_a_run(done: Path, capsys: pytest.CaptureFixture):
    words = ["compare", *STUDY, "--level", "behavioural", "--quiet", "-o", str(done)]
    assert "the output folder holds a Monte Carlo run" in refused(words, capsys)


def test_an_interrupt_says_what_is_finished(done: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch):
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("vle_analog.verbs.montecarlo.montecarlo_study", interrupted)
    assert run([*SMALL, "--samples", "6", "-o", str(done)]) == 130
    assert capsys.readouterr().err.startswith("2 of 6 chips are finished; the same command goes on")


def test_a_replay_says_first_whether_the_row_came_out_again(
    done: Path, tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("vle_analog.report.write_report", lambda *_: None)  # its pictures are shown elsewhere
    assert run(["replay", str(done), "--sample", "1", "-o", str(tmp_path / "chip")]) == 0
    first, *rest = capsys.readouterr().out.splitlines()
    assert first == "chip 1: its row of the run came out again to the last bit (ngspice)"
    assert any("circuit against ideal" in line for line in rest)
    assert {path.name for path in (tmp_path / "chip").glob("*.cir")} == {"deck.cir"}  # which is the chip's netlist


def test_chips_that_all_fail_and_one_of_them_again(tmp_path: Path, capsys: pytest.CaptureFixture):
    folder = tmp_path / "run"
    assert run([*SMALL, "--set", "simulate.timeout=0.001", "-o", str(folder)]) == 0
    assert "note: all chips failed: " in capsys.readouterr().err
    assert run(["replay", str(folder), "--sample", "1"]) == 0
    assert "chip 1: failed as in its row: " in capsys.readouterr().out


def test_chips_of_which_nothing_varies(tmp_path: Path, capsys: pytest.CaptureFixture):
    assert run([*SMALL, "--variations", "none", "-o", str(tmp_path / "run")]) == 0
    printed = capsys.readouterr()
    assert "note: all chips are the same" in printed.err
    assert "worst chips" not in printed.out


def test_the_folder_of_another_version(done: Path, tmp_path: Path, capsys: pytest.CaptureFixture):
    other = shutil.copytree(done, tmp_path / "run")
    record = json.loads((other / "run.json").read_text())
    record["manifest"]["kit"] = "vle-analog 0.0.1"
    (other / "run.json").write_text(json.dumps(record))
    assert "differs in kit" in refused([*SMALL, "--quiet", "-o", str(other)], capsys)


def test_a_folder_that_holds_something_else(tmp_path: Path, capsys: pytest.CaptureFixture):
    (tmp_path / "thesis.tex").write_text("chapter one")
    assert "thesis.tex" in refused([*SMALL, "--quiet", "-o", str(tmp_path)], capsys)
    grid = refused([*SMALL, "--scale", "1,2", "--quiet", "-o", str(tmp_path)], capsys)
    assert "something that is no grid of runs" in grid
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_grid_into_a_single_run(done: Path, capsys: pytest.CaptureFixture):
    assert "a single run" in refused([*SMALL, "--scale", "1,2", "--quiet", "-o", str(done)], capsys)


def test_a_damaged_chunk_is_simulated_again_and_that_is_said(done: Path, tmp_path: Path, capsys: pytest.CaptureFixture):
    other = shutil.copytree(done, tmp_path / "run")
    chunk = next((other / "chunks").glob("*.parquet"))
    chunk.write_bytes(chunk.read_bytes()[:-7] + b"garbage")
    assert run([*SMALL, "--json", "-o", str(other)]) == 0
    printed = capsys.readouterr()
    assert "is damaged: its samples are simulated again" in printed.err
    assert json.loads(printed.out)["samples"] == 2
    assert (other / "results.parquet").read_bytes() == (done / "results.parquet").read_bytes()


@pytest.mark.parametrize(
    "words, said",
    [
        (["--sample", "2"], "has no such chip"),
        (["--sample", "-1"], "expected: 0 to 1"),
        (["--sample", "x"], "--sample or -k: this is not a whole number"),
    ],
)
def test_a_chip_that_is_not_there(words: list[str], said: str, done: Path, capsys: pytest.CaptureFixture):
    assert said in " ".join(refused(["replay", str(done), *words, "--quiet"], capsys).split())


def test_a_replay_of_no_run(tmp_path: Path, done: Path, capsys: pytest.CaptureFixture):
    words = ["--sample", "0", "--quiet"]
    assert "not the folder of a Monte Carlo run" in refused(["replay", str(tmp_path), *words], capsys)
    assert "this is the nominal part of a run" in refused(["replay", str(done / "nominal"), *words], capsys)


def test_a_replay_with_another_study(done: Path, tmp_path: Path, capsys: pytest.CaptureFixture):
    other = shutil.copytree(done, tmp_path / "run")
    record = json.loads((other / "run.json").read_text())
    record["manifest"]["document"]["network"]["beta"] = 0.5
    (other / "run.json").write_text(json.dumps(record))
    message = refused(["replay", str(other), "--sample", "0", "--quiet"], capsys)
    assert "the study of this run has changed since" in message
