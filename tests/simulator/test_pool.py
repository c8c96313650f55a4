"""Jobs in worker processes: results, time-outs, crashes, order."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from vle_analog.netlist.deck import Deck, Transient
from vle_analog.simulator.failure import SimulationError
from vle_analog.simulator.job import Job
from vle_analog.simulator.pool import WorkerPool


def test_an_rc_follows_its_closed_form(pool: WorkerPool):
    deck = Deck("discharge", ("R1 b 0 1k", "C1 b 0 10n ic=1"), {"reltol": 1e-6}, Transient(1e-7, 5e-5, 1e-7), ("b",))
    result = pool.run(Job(deck))
    np.testing.assert_allclose(result.vectors["b"], np.exp(-result.time / 1e-5), atol=2e-5)
    assert result.time[-1] == pytest.approx(5e-5)
    assert result.simulator.startswith("ngspice ")
    assert result.simulator.endswith(" (libngspice)")
    assert 0 < result.cpu_seconds < 5
    assert "using transient initial conditions" in result.log.lower()
    assert [attempt.outcome for attempt in result.attempts] == ["ok"]


def test_vectors_are_called_as_in_the_deck(pool: WorkerPool):
    cards = (".subckt cell n", "R1 n n_0 1k", "C1 n_0 0 1n ic=0", ".ends", "V1 a 0 1", "Xdut a cell")
    saves = ("xdut.n_0", "v1#branch", "a")
    result = pool.run(Job(Deck("hierarchy", cards, {}, Transient(1e-7, 1e-5, 1e-7), saves)))
    assert tuple(result.vectors) == saves
    np.testing.assert_allclose(result.vectors["v1#branch"], (result.vectors["xdut.n_0"] - 1) / 1e3, atol=1e-9)


def test_data_files_are_found_by_bare_name_and_removed(pool: WorkerPool):
    samples = b"0 0\n1e-5 1\n2e-5 -1\n"
    cards = (
        "A1 %v([a]) source",
        '.model source filesource (file="samples.txt" amploffset=[0] amplscale=[1])',
        "R1 a 0 1k",
    )
    deck = Deck("samples", cards, {}, Transient(1e-7, 2e-5, 1e-7), ("a",), {"samples.txt": samples})
    result = pool.run(Job(deck))
    expected = np.interp(result.time, [0, 1e-5, 2e-5], [0, 1, -1])
    np.testing.assert_allclose(result.vectors["a"], expected, atol=1e-9)
    (worker,) = pool.processes()
    folder = Path(f"/proc/{worker}/cwd")
    if folder.exists():
        assert [path.name for path in folder.iterdir()] == [".spiceinit"]


def test_a_missing_data_file_is_an_error_and_not_zeros(pool: WorkerPool, recorded_deck: Callable[[str], Deck]):
    with pytest.raises(SimulationError, match=r"the data file nosuch\.txt cannot be read"):
        pool.run(Job(recorded_deck("missing_data_file")))


def test_the_same_deck_gives_the_same_bytes(pool: WorkerPool, rc_deck: Callable[..., Deck]):
    first, second = pool.run(Job(rc_deck())), pool.run(Job(rc_deck()))
    assert first.vectors["b"].tobytes() == second.vectors["b"].tobytes()
    assert first.log == second.log


def test_progress_grows_to_the_end(pool: WorkerPool, rc_deck: Callable[..., Deck]):
    seen: list[float] = []
    pool.run(Job(rc_deck(0.2)), seen.append)
    assert seen == sorted(seen)
    assert len(seen) >= 2
    assert all(0 <= fraction <= 1 for fraction in seen)


def test_an_endless_simulation_ends_at_its_timeout(rc_deck: Callable[..., Deck], is_gone: Callable[[int], bool]):
    with WorkerPool() as pool:
        pool.run(Job(rc_deck()))
        (worker,) = pool.processes()
        start = time.monotonic()
        with pytest.raises(SimulationError) as caught:
            pool.run(Job(rc_deck(100.0), timeout=0.7))
        assert time.monotonic() - start < 5
        assert caught.value.code == "timeout"
        assert "of 100 s) was done" in caught.value.problem.got
        assert "stopped by the time-out" in caught.value.attempts[-1].outcome
        assert is_gone(worker)
        assert pool.run(Job(rc_deck())).time.size > 100


def test_a_worker_killed_in_the_middle_is_replaced_and_its_job_run_again(rc_deck: Callable[..., Deck]):
    killed: list[int] = []

    def kill_once(_: float) -> None:
        if not killed:
            killed.extend(pool.processes())
            os.kill(killed[0], signal.SIGKILL)

    with WorkerPool() as pool:
        result = pool.run(Job(rc_deck(0.3)), kill_once)
        assert [attempt.outcome for attempt in result.attempts] == ["the simulator process died (signal 9)", "ok"]
        assert pool.processes() != tuple(killed)


def test_a_second_crash_is_an_error_that_keeps_the_deck(rc_deck: Callable[..., Deck]):
    deck = rc_deck(0.5)
    with WorkerPool() as pool:
        with pytest.raises(SimulationError, match="crashed twice") as caught:
            pool.run(Job(deck), lambda _: os.kill(pool.processes()[0], signal.SIGKILL))
        assert (caught.value.code, caught.value.deck) == ("crash", deck)
        assert len(caught.value.attempts) == 2
        assert pool.run(Job(rc_deck())).time.size > 100


@pytest.mark.parametrize("name", ["undef_param", "undef_subckt", "missing_include", "bexpr", "no_analysis", "div0"])
def test_the_next_job_runs_after_a_bad_one(
    pool: WorkerPool, recorded_deck: Callable[[str], Deck], rc_deck: Callable[..., Deck], name: str
):
    before = pool.run(Job(rc_deck()))
    if name == "div0":
        assert pool.run(Job(recorded_deck(name))).time.size > 0
    else:
        with pytest.raises(SimulationError) as caught:
            pool.run(Job(recorded_deck(name)))
        assert caught.value.code == "netlist"
    assert np.array_equal(pool.run(Job(rc_deck())).vectors["b"], before.vectors["b"])


def test_map_keeps_the_order_over_several_workers(rc_deck: Callable[..., Deck]):
    stops = [1e-4, 2e-2, 3e-4, 1e-2, 5e-4, 6e-4]
    with WorkerPool(workers=2) as pool:
        results = pool.map([Job(rc_deck(stop)) for stop in stops])
        assert len(pool.processes()) == 2
    np.testing.assert_allclose([result.time[-1] for result in results], stops)


def test_map_raises_the_error_of_the_job_that_failed(
    pool: WorkerPool, rc_deck: Callable[..., Deck], recorded_deck: Callable[[str], Deck]
):
    with pytest.raises(SimulationError, match="there is no function tanhh"):
        pool.map([Job(rc_deck()), Job(recorded_deck("bexpr")), Job(rc_deck())])


def test_a_closed_pool_refuses_and_leaves_no_process(rc_deck: Callable[..., Deck], is_gone: Callable[[int], bool]):
    pool = WorkerPool()
    pool.run(Job(rc_deck()))
    (worker,) = pool.processes()
    pool.close()
    pool.close()
    assert is_gone(worker)
    with pytest.raises(RuntimeError, match="closed"):
        pool.run(Job(rc_deck()))


def test_closing_ends_what_runs_in_other_threads(rc_deck: Callable[..., Deck], is_gone: Callable[[int], bool]):
    running = threading.Event()
    pool = WorkerPool()
    future = pool.submit(Job(rc_deck(100.0)), lambda _: running.set())
    assert running.wait(10)
    (worker,) = pool.processes()
    pool.close()
    assert is_gone(worker)
    assert isinstance(future.exception(5), RuntimeError)


def test_the_parent_never_imports_pyspice(pool: WorkerPool, rc_deck: Callable[..., Deck]):
    pool.run(Job(rc_deck()))
    assert "PySpice" not in sys.modules


@pytest.mark.parametrize("name", ["../x", "a/b", "", "..", "a\\b"])
def test_data_files_cannot_leave_the_folder(name: str):
    with pytest.raises(ValueError, match="bare name"):
        Job(Deck("x", (), {}, None, (), {name: b""}))


def test_saves_are_lower_case_and_time_is_positive():
    with pytest.raises(ValueError, match="lower case"):
        Job(Deck("x", (), {}, None, ("A",)))
    with pytest.raises(ValueError, match="positive"):
        Job(Deck("x", (), {}, None, ()), timeout=0)
