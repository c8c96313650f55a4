"""The same results on Dask, also where a worker is killed in the middle; a scheduler that is not there is told."""

import logging
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.toy_runs import Toy, chunks, opened, results, toy_run
from vle_analog.errors import InputError, Problem, SimulatorError
from vle_analog.montecarlo import schedulers
from vle_analog.montecarlo.runner import run_chunks

distributed = pytest.importorskip("distributed")


def failing(_):
    raise SimulatorError(Problem("no convergence at all", hint="another seed"))


def start_worker(address):
    """A worker in a process of its own, which finds the toy."""
    options = ["--no-nanny", "--no-dashboard", "--nthreads=2"]
    return subprocess.Popen(
        [sys.executable, "-m", "distributed.cli.dask_worker", address, *options],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@pytest.fixture
def cluster():
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    options = {"n_workers": 1, "threads_per_worker": 2, "processes": False, "dashboard_address": ":0"}
    with distributed.LocalCluster(protocol="tcp", **options) as it:
        yield it


def test_dask_gives_the_same_bytes_and_its_errors_arrive_in_words(tmp_path, cluster, capfd):
    toy_run(tmp_path / "here")
    toy_run(tmp_path / "there", Toy(0.002), scheduler=cluster.scheduler_address)
    assert results(tmp_path / "there") == results(tmp_path / "here")
    with opened(tmp_path / "failed") as folder, pytest.raises(SimulatorError, match="no convergence at all") as caught:
        run_chunks(failing, [range(5)], folder, scheduler=cluster.scheduler_address)
    assert caught.value.problem.hint == "another seed"
    assert capfd.readouterr() == ("", "")


def test_a_worker_that_is_killed_costs_nothing(tmp_path, cluster):
    toy_run(tmp_path / "here")
    worker = start_worker(cluster.scheduler_address)
    try:
        with distributed.Client(cluster, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=60)

        def kill(_, fraction):
            if fraction > 0.3:
                worker.kill()

        toy_run(tmp_path / "there", Toy(0.02), scheduler=cluster.scheduler_address, progress=kill)
        assert worker.wait(10) == -9
    finally:
        worker.kill()
        worker.wait()
    assert results(tmp_path / "there") == results(tmp_path / "here")


def test_a_run_whose_workers_are_all_gone_ends_and_keeps_what_is_finished(tmp_path, monkeypatch):
    monkeypatch.setattr(schedulers, "LOOK_SECONDS", 0.1)
    monkeypatch.setattr(schedulers, "DESERTED_SECONDS", 0.5)
    options = {"n_workers": 0, "processes": False, "dashboard_address": ":0", "protocol": "tcp"}
    with distributed.LocalCluster(**options) as nobody:
        worker = start_worker(nobody.scheduler_address)
        try:
            with distributed.Client(nobody, set_as_default=False) as client:
                client.wait_for_workers(1, timeout=60)

            def kill(_, fraction):
                if fraction > 0.3:
                    worker.kill()

            with opened(tmp_path / "run") as folder:
                with pytest.raises(SimulatorError, match="all workers of the scheduler are gone") as caught:
                    run_chunks(Toy(0.02), chunks(), folder, scheduler=nobody.scheduler_address, progress=kill)
                kept = sum(folder.done().values())
        finally:
            worker.kill()
            worker.wait()
    assert "dask worker" in str(caught.value)
    assert 0.3 * 60 < kept < 60
    toy_run(tmp_path / "run")
    toy_run(tmp_path / "here")
    assert results(tmp_path / "run") == results(tmp_path / "here")


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "carrier-pigeon://127.0.0.1:8786", ""])
def test_a_scheduler_that_is_not_there_is_told_within_seconds(tmp_path, monkeypatch, capfd, address):
    monkeypatch.setattr(schedulers, "ANSWER_SECONDS", 0.3)
    with pytest.raises(InputError, match="does not answer") as caught:
        toy_run(tmp_path / "run", scheduler=address)
    assert address in str(caught.value)
    assert "dask scheduler" in str(caught.value)
    assert capfd.readouterr() == ("", "")
    assert not (tmp_path / "run").exists()


def test_something_else_that_listens_there_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(schedulers, "ANSWER_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(InputError, match="does not answer"):
        toy_run(tmp_path / "run", scheduler=f"tcp://127.0.0.1:{silent.getsockname()[1]}")


def test_without_dask_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match=r"vle-analog\[cluster\]"):
        toy_run(tmp_path / "run", scheduler="tcp://127.0.0.1:8786")
