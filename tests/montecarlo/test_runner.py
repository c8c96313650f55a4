"""The same results for every number of workers, order and interruption."""

import threading
import time
from concurrent.futures.process import BrokenProcessPool

import pytest

from tests.support.toy_runs import Toy, chunks, opened, results, toy_run
from vle_analog.errors import InputError, Problem, SimulatorError
from vle_analog.montecarlo.folder import RunFolder
from vle_analog.montecarlo.runner import run_chunks


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    """The results of a run that nothing disturbed."""
    path = tmp_path_factory.mktemp("reference") / "run"
    toy_run(path)
    return results(path)


@pytest.mark.parametrize("workers", [2, 5])
def test_any_number_of_workers_gives_the_same_bytes(tmp_path, reference, workers):
    toy_run(tmp_path / "run", Toy(0.002), workers=workers)
    assert results(tmp_path / "run") == reference


def test_few_chunks_are_in_flight_and_the_disk_is_never_waited_for(tmp_path):
    begun, written, ahead = [], [], []

    def work(samples):
        begun.append(samples)
        ahead.append(len(begun) - len(written))
        return Toy(0.001)(samples)

    with opened(tmp_path / "run") as folder:
        run_chunks(work, chunks(), folder, workers=2, progress=lambda *_: written.append(0))
    assert max(ahead) <= 4
    assert len(begun) == len(chunks())


def test_progress_goes_from_nothing_to_all(tmp_path):
    heard = []
    toy_run(tmp_path / "run", progress=lambda name, fraction: heard.append((name, fraction)))
    assert [name for name, _ in heard] == ["samples"] * len(heard)
    assert [fraction for _, fraction in heard] == pytest.approx([k / 12 for k in range(13)])


def test_an_interrupt_keeps_what_is_finished(tmp_path, reference):
    def interrupt(_, fraction):
        if fraction > 0.4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        toy_run(tmp_path / "run", progress=interrupt)
    assert len(RunFolder(tmp_path / "run").done()) >= 5
    toy_run(tmp_path / "run")
    assert results(tmp_path / "run") == reference


def test_an_interrupt_does_not_wait_for_chunks_that_take_long(tmp_path):
    release = threading.Event()

    def work(samples):
        if samples.start:
            release.wait(20)
        return Toy()(samples)

    def interrupt(_, fraction):
        if fraction:
            raise KeyboardInterrupt

    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        toy_run(tmp_path / "run", work, workers=2, progress=interrupt)
    release.set()
    assert time.monotonic() - start < 10
    assert RunFolder(tmp_path / "run").done() == {0: 5}


@pytest.mark.parametrize("error", [InputError(Problem("no such cell")), SimulatorError(Problem("ngspice is gone"))])
def test_an_error_of_the_work_is_passed_on_after_what_was_finished(tmp_path, reference, error):
    def work(samples):
        if samples.start == 25:
            raise error
        return Toy()(samples)

    with pytest.raises(type(error)) as caught:
        toy_run(tmp_path / "run", work)
    assert caught.value is error
    assert set(RunFolder(tmp_path / "run").done()) >= {0, 5, 10, 15, 20}
    toy_run(tmp_path / "run")
    assert results(tmp_path / "run") == reference


def test_the_chunk_of_a_lost_worker_is_done_again_and_said(tmp_path, reference):
    losses = []

    def work(samples):
        if samples.start == 10 and len(losses) < 2:
            losses.append(samples)
            raise BrokenProcessPool("a process was killed")
        return Toy()(samples)

    folder = toy_run(tmp_path / "run", work)
    assert [message for message in folder.messages if "samples 10 to 14" in message] == folder.messages
    assert len(folder.messages) == 2
    assert results(tmp_path / "run") == reference


def test_workers_lost_again_and_again_are_an_error(tmp_path):
    def work(_):
        raise BrokenProcessPool("a process was killed")

    with pytest.raises(SimulatorError, match="lost again and again"):
        toy_run(tmp_path / "run", work)


def test_auto_stop_ends_at_the_same_chip_for_every_number_of_workers(tmp_path):
    def enough(table):
        return len(table) >= 17 and (table.status == "ok").mean() > 0.8

    for workers in (1, 3):
        asked = []
        toy_run(
            tmp_path / str(workers), Toy(0.002), workers=workers, stop=lambda t, a=asked: a.append(len(t)) or enough(t)
        )
        assert asked == [5, 10, 15, 20]
    assert results(tmp_path / "1") == results(tmp_path / "3")
    assert len(RunFolder(tmp_path / "3").table()) == 20


def test_a_stopped_run_can_be_gone_on_with(tmp_path, reference):
    toy_run(tmp_path / "run", workers=2, stop=lambda table: len(table) >= 20)
    again = []
    toy_run(tmp_path / "run", lambda samples: again.append(samples) or Toy()(samples), stop=lambda t: len(t) >= 20)
    assert again == []
    toy_run(tmp_path / "run")
    assert results(tmp_path / "run") == reference


def test_at_least_one_worker(tmp_path):
    with opened(tmp_path / "run") as folder, pytest.raises(InputError, match="at least one worker"):
        run_chunks(Toy(), chunks(), folder, workers=0)
