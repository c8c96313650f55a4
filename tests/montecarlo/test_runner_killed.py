"""A run that is killed with -9 again and again ends with the results of one that was left alone."""

import multiprocessing
import random
import time
from pathlib import Path

from tests.support.toy_runs import LONG, results, slow_run, toy_run

KILLS = 10


def test_ten_sudden_ends_lose_nothing_that_was_finished(tmp_path, monkeypatch):
    toy_run(tmp_path / "fresh", count=LONG)
    run = tmp_path / "run"
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    context = multiprocessing.get_context("forkserver")  # each process begins with everything loaded
    context.set_forkserver_preload(["tests.support.toy_runs"])
    moments = random.Random(5)
    there = records(run)
    for _ in range(KILLS):
        process = context.Process(target=slow_run, args=(run,))
        process.start()
        while process.is_alive() and records(run) <= there:
            time.sleep(0.002)
        time.sleep(moments.uniform(0.0, 0.04))
        process.kill()
        process.join()
        assert process.exitcode == -9
        process.close()
        assert records(run) > there
        there = records(run)
    assert len(there) < LONG
    folder = toy_run(run, count=LONG)
    assert results(run) == results(tmp_path / "fresh")
    assert not any("damaged" in message for message in folder.messages)
    assert "its lock is replaced" in folder.messages[0]
    assert not list(run.rglob("*.part"))


def records(run):
    """The chunks that are finished."""
    return {path.name for path in (run / "chunks").glob("*.json")}
