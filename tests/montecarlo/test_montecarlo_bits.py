"""A real study comes out the same to the last bit whoever runs it, also where the command is killed or interrupted."""

import json
import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from vle_analog import Study
from vle_analog.cli import run
from vle_analog.montecarlo.engines import chunks
from vle_analog.montecarlo.folder import RunFolder

CHIPS = 600  # three chunks of the compiled engine
ENDED = 40  # ten chunks of ngspice: more than are in flight when the command is ended
KEYS = {"circuit.level": "macromodel", "duration": 2.0, "simulate.points": 101, "variation.loss_ratio": 1.0}
OPTIONS = {"engine": "compiled", "traces": 300}  # these end inside of a chunk
COMMAND = [
    "montecarlo",
    "online_chain",
    "--engine",
    "ngspice",
    "--level",
    "macromodel",
    "--set",
    "duration=0.5",
    "--set",
    "simulate.points=21",
    "--samples",
    str(ENDED),
    "--traces",
    "5",
    "--workers",
    "2",
]


def results(folder: Path) -> dict[str, bytes]:
    """All that a run leaves as its results: its table, its summary and its traces."""
    stores = [path for path in (folder / "traces.zarr").rglob("*") if path.is_file()]
    files = sorted([folder / "results.parquet", folder / "run.json", *stores])
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def study() -> Study:
    return Study.load("online_chain", KEYS)


@pytest.fixture(scope="module")
def alone(study: Study, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What one worker makes."""
    found = study.montecarlo(CHIPS, tmp_path_factory.mktemp("alone"), workers=1, **OPTIONS)
    assert set(found.table["status"]) == {"ok"}
    assert len(RunFolder(found.folder).done()) == 3
    return results(found.folder)


def test_two_workers_give_the_same_bits(study: Study, alone: dict[str, bytes], tmp_path: Path):
    study.montecarlo(CHIPS, tmp_path, workers=2, **OPTIONS)
    assert results(tmp_path) == alone


def test_a_dask_cluster_gives_the_same_bits(study: Study, alone: dict[str, bytes], tmp_path: Path):
    distributed = pytest.importorskip("distributed")
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    options = {"n_workers": 1, "threads_per_worker": 2, "processes": False, "dashboard_address": ":0"}
    with distributed.LocalCluster(protocol="tcp", **options) as cluster:
        study.montecarlo(CHIPS, tmp_path, scheduler=cluster.scheduler_address, **OPTIONS)
    assert results(tmp_path) == alone


def test_however_a_run_grows_its_traces_and_rows_are_the_same(study: Study, alone: dict[str, bytes], tmp_path: Path):
    for count in (290, CHIPS):  # cuts the second chunk where it is not cut otherwise
        study.montecarlo(count, tmp_path, **OPTIONS)
    assert results(tmp_path) == alone
    assert len(RunFolder(tmp_path).done()) == 4
    assert list(RunFolder(tmp_path).traced()) == list(range(300))


def test_what_happened_on_the_way_is_said_and_is_no_result(study: Study, alone: dict[str, bytes], tmp_path: Path):
    study.montecarlo(CHIPS, tmp_path, **OPTIONS)
    chunk = tmp_path / "chunks" / "000256.parquet"
    chunk.write_bytes(chunk.read_bytes()[:-9])
    found = study.montecarlo(CHIPS, tmp_path, **OPTIONS)
    assert any("is damaged" in sentence for sentence in found.sentences)
    assert results(tmp_path) == alone


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What the command makes when it is left alone."""
    folder = tmp_path_factory.mktemp("untouched")
    assert run([*COMMAND, "--quiet", "-o", str(folder)]) == 0
    return results(folder)


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_command_that_is_ended_goes_on_where_it_was(how: signal.Signals, untouched: dict[str, bytes], tmp_path: Path):
    """By -9 to it and all that it started, or by Ctrl-C: what was finished is there, and the end is the same."""
    words = [*COMMAND, "--quiet", "-o", str(tmp_path)]
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background is deaf to it
    with subprocess.Popen(
        [sys.executable, "-m", "vle_analog", *words], stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        signal.signal(signal.SIGINT, before)
        until = time.monotonic() + 60
        while not finished(tmp_path):
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.005)
        if how == signal.SIGKILL:
            os.killpg(process.pid, how)
        else:
            process.send_signal(how)
        _, said = process.communicate(timeout=30)
    there = finished(tmp_path)
    assert 0 < len(there) < len(chunks(range(ENDED), 4))
    assert json.loads((tmp_path / "run.json").read_text())["state"] == "running"
    if how == signal.SIGINT:
        assert process.returncode == 130
        assert "Traceback" not in said
    times = {path: path.stat().st_mtime_ns for path in there}
    assert run(words) == 0
    assert {path: path.stat().st_mtime_ns for path in there} == times
    assert results(tmp_path) == untouched


def finished(folder: Path) -> list[Path]:
    """The records of the chunks that are there."""
    return sorted((folder / "chunks").glob("*.json"))
