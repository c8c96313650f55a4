"""Whatever ends a command after something was simulated, that is kept, and it is said where."""

import json
import os
import signal
import tempfile
from pathlib import Path

import numpy as np
import pytest
from scipy.io import netcdf_file

from vle_analog import api
from vle_analog.characterise import folder
from vle_analog.cli import run
from vle_analog.errors import InputError, Problem
from vle_analog.ideal.limits import UnsolvedError
from vle_analog.mapping import closed_loop
from vle_analog.network import Signal, Traces

SHORT = ["--set", "duration=1", "--set", "simulate.points=51"]
RUN = {"deck.cir", "ngspice.log", "circuit.nc", "ideal.nc", "run.json"}


def disk_is_full(*_: object, **__: object) -> None:
    with Path("/dev/full").open("wb", buffering=0) as device:
        device.write(b"all of it")


def plotting_fails(*_: object, **__: object) -> None:
    raise RuntimeError("no such font")


def interrupted(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGINT)


def ideal_diverges(*_: object, **__: object) -> None:
    traces = Traces(np.array([0.0, 0.1]), (Signal("hidden", "u", (0,)),), np.array([[0.0, np.inf]]))
    raise UnsolvedError(Problem("the equations diverge"), traces, "network")


def refused(*_: object, **__: object) -> None:
    raise InputError(Problem("something that was found out too late"))


ENDS = {disk_is_full: 2, plotting_fails: 4, interrupted: 130, ideal_diverges: 2, refused: 2}


def names(place: Path) -> set[str]:
    return {path.name for path in place.iterdir()}


@pytest.mark.parametrize(
    "verb, late, end",
    [
        *(("compare", "vle_analog.report.write_report", end) for end in ENDS),
        ("compare", "vle_analog.pipeline.compared", refused),
        ("simulate", "vle_analog.verbs.simulate.write_json", interrupted),
    ],
)
def test_a_run_of_the_circuit_is_kept(
    capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, verb: str, late: str, end
):
    monkeypatch.setattr(late, end)
    assert run([verb, "depth", *SHORT, "-o", str(tmp_path / "o")]) == ENDS[end]
    said, kept = capsys.readouterr().err, tmp_path / "o-failed"
    assert f"kept:     {kept}" in said
    assert names(kept) >= RUN - ({"ideal.nc"} if verb == "simulate" else set())
    assert names(tmp_path) == {"o-failed"}
    with netcdf_file(kept / "circuit.nc", mmap=False) as file:
        assert file.variables["time"][-1] == 1.0
        assert all(np.isfinite(variable[:]).all() for variable in file.variables.values())


def test_where_the_disk_is_full_it_is_kept_elsewhere(
    capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "elsewhere"))
    write = Path.write_bytes
    full = lambda path, data: disk_is_full() if (tmp_path / "here") in path.parents else write(path, data)  # noqa: E731
    monkeypatch.setattr(Path, "write_bytes", full)
    assert run(["simulate", "depth", *SHORT, "-o", str(tmp_path / "here" / "o")]) == 2
    said = capsys.readouterr().err
    assert "disk is full" in said
    (kept,) = (tmp_path / "elsewhere").glob("*/o-failed")
    assert f"kept:     {kept}" in said
    assert names(kept) >= RUN - {"ideal.nc"}
    assert names(tmp_path / "here") == set()


@pytest.mark.parametrize(
    "verb, arguments, late, kept, end",
    [
        ("gradient", ["lagline"], "vle_analog.report.gradient.gradient_picture", {"gradient.json"}, plotting_fails),
        ("analyse", ["recurrent_pair"], "vle_analog.report.bode.stability_pictures", {"analysis.json"}, interrupted),
        ("size", ["depth", "--level", "macromodel"], "vle_analog.api.Study.deck", {"sizes.json"}, interrupted),
        ("solve", ["depth"], "vle_analog.verbs.solve.brief", {"ideal.nc"}, plotting_fails),
        ("analyse", ["recurrent_pair"], "vle_analog.pipeline.resolve_target", {"ideal.nc"}, ideal_diverges),
        ("montecarlo", ["depth", "-n", "2"], "vle_analog.pipeline.resolve_target", {"ideal.nc"}, ideal_diverges),
    ],
)
def test_every_verb_keeps_its_numbers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, verb: str, arguments: list[str], late: str, kept: set[str], end
):
    monkeypatch.setattr(late, end)
    assert run([verb, *arguments, *SHORT, "-o", str(tmp_path / "o")]) == ENDS[end]
    assert names(tmp_path / "o-failed") >= kept | {"run.json"}


def test_a_failed_simulation_of_size_keeps_its_deck_and_the_runs_before(
    capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    measured, calls = closed_loop.measured, []

    def fails_later(simulator, circuit, leaves, cases):
        calls.append(1)
        if len(calls) == 3:
            cases = [api.replace(case, parameters=dict.fromkeys(case.parameters, "no_number")) for case in cases]
        return measured(simulator, circuit, leaves, cases)

    monkeypatch.setattr(closed_loop, "measured", fails_later)
    monkeypatch.setattr("vle_analog.characterise.cell_bench.number", str)
    assert run(["size", "depth", "--level", "macromodel", *SHORT, "-o", str(tmp_path / "o")]) == 3
    kept = tmp_path / "o-failed"
    assert str(kept / "deck.cir") in capsys.readouterr().err
    assert "no_number" in (kept / "deck.cir").read_text()
    assert (kept / "ngspice.log").stat().st_size
    first = np.load(kept / "runs" / "000" / "vectors.npz")
    assert all(np.isfinite(first[name]).all() for name in first)


@pytest.mark.parametrize("end", [plotting_fails, disk_is_full], ids=lambda end: end.__name__)
def test_a_characterisation_that_cannot_be_drawn_keeps_its_numbers(monkeypatch, tmp_path: Path, end):
    monkeypatch.setattr("vle_analog.characterise.picture.transfer_figure", end)
    arguments = ["characterise", "hold_switch", "--process", "generic180", "--samples", "0"]
    assert run([*arguments, "-o", str(tmp_path / "o")]) == ENDS[end]
    assert "[macromodel]" in (tmp_path / "o-failed" / "generic180.toml").read_text()
    assert folder.MARK in names(tmp_path / "o-failed")


def test_a_characterisation_that_is_interrupted_keeps_its_runs(monkeypatch, tmp_path: Path):
    monkeypatch.setattr("vle_analog.characterise.characterise.fit_shape", interrupted)
    arguments = ["characterise", "ota_linear", "--process", "generic180", "--samples", "0"]
    assert run([*arguments, "-o", str(tmp_path / "o")]) == 130
    runs = sorted((tmp_path / "o-failed" / "runs").iterdir())
    assert runs
    assert names(runs[0]) == {"deck.cir", "ngspice.log", "vectors.npz"}


def test_what_ngspice_reached_before_it_gave_up_is_kept(
    capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    """A current without bounds from model time 0.5 on: the step becomes too small."""
    from vle_analog.simulator import batch

    class Broken(batch.BatchBackend):
        def engine(self, deck, seconds, progress):
            runaway = "B0 0 hidden_0_u I=time>0.5m?exp(1e6*(time-0.5m))*1e-9*(1+v(hidden_0_u)*v(hidden_0_u)):0"
            return super().engine(api.replace(deck, cards=(*deck.cards, runaway)), seconds, progress)

    monkeypatch.setitem(batch_backends(), "ngspice", Broken)
    arguments = ["simulate", "online_chain", *SHORT, "--set", "simulate.backend=ngspice", "--set", "duration=2"]
    assert run([*arguments, "-o", str(tmp_path / "o")]) == 3
    with netcdf_file(tmp_path / "o-failed" / "circuit.nc", mmap=False) as file:
        time = file.variables["time"][:]
    assert 0.4 < time[-1] < 2.0
    assert f"to model time {time[-1]:.6g}" in capsys.readouterr().err


def batch_backends() -> dict:
    from vle_analog.simulator.backend import BACKENDS

    return BACKENDS


def test_vectors_that_are_not_finite_are_kept_as_they_are(monkeypatch, tmp_path: Path):
    from vle_analog.simulator.worker_process import WorkerProcess

    ran = WorkerProcess.run

    def broken(self, *arguments):
        output = ran(self, *arguments)
        name = next(iter(output.vectors))
        output.vectors[name] = np.where(np.arange(output.time.size) > 20, np.nan, output.vectors[name])
        return output

    monkeypatch.setattr(WorkerProcess, "run", broken)
    assert run(["simulate", "depth", *SHORT, "-o", str(tmp_path / "o")]) == 3
    with netcdf_file(tmp_path / "o-failed" / "circuit.nc", mmap=False) as file:
        finite = [bool(np.isfinite(variable[:]).all()) for variable in file.variables.values()]
    assert finite.count(False) == 1


def test_nothing_is_kept_of_what_never_ran(tmp_path: Path):
    assert run(["simulate", "depth", "--set", "circuit.supply=0.1", "-o", str(tmp_path / "o")]) == 2
    assert names(tmp_path) == set()


def test_python_has_the_run_although_the_comparison_failed(monkeypatch: pytest.MonkeyPatch):
    study = api.Study.load("depth", {"duration": 1, "simulate.points": 51})
    monkeypatch.setattr("vle_analog.pipeline.compared", plotting_fails)
    with pytest.raises(RuntimeError):
        study.compare()
    monkeypatch.setattr(
        "vle_analog.compare.simulated.simulate_circuit", plotting_fails
    )  # and it is not simulated again
    assert study.simulate().traces.time[-1] == 1.0
    assert json.loads(json.dumps(study.simulate().result.simulator)).startswith("ngspice")
