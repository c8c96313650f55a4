"""Who simulates: threads of this process, or the workers of a Dask scheduler; both as `concurrent.futures`."""

import asyncio
import contextlib
import functools
import logging
import queue
import threading
import time
import warnings
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

from vle_analog.errors import InputError, Problem, SimulatorError
from vle_analog.provenance import kit_version

AHEAD = 2  # calls beyond the number of workers that are handed over, so that none waits for the disk
ANSWER_SECONDS = 5.0  # how long a scheduler may take to answer
WORKERS_SECONDS = 30.0  # how long its workers may take to load the kit
LOOK_SECONDS = 1.0  # how often it is asked whether there are workers, while nothing is finished
DESERTED_SECONDS = 300.0  # how long there may be none, once there were some: a cluster may bring others


@dataclass(frozen=True)
class Crew:
    """An executor and what is to be known about it.

    **Arguments:**

    - `width`: how many calls run at the same time, now.
    - `lost`: errors which say that a worker is gone, not that the work failed.
    - `retries`: how often a call is handed to another worker after its own is gone.
    - `far`: whether the workers may be on other machines.
    - `deserted`: for how many seconds all workers have been gone, if there ever were any.
    """

    executor: Executor
    width: Callable[[], int]
    lost: tuple[type[BaseException], ...]
    retries: int
    far: bool
    deserted: Callable[[], float]

    def room(self, flying: int) -> int:
        """How many calls more may be handed over, so that no worker ever waits and memory stays flat.

        **Raises:** `SimulatorError` where the scheduler is gone.
        """
        with self._told():
            return max(0, self.width() + AHEAD - flying)

    def submit(self, call: Callable[..., Any], *arguments: Any) -> Future:
        """Hands a call over.

        **Raises:** `SimulatorError` where there is nobody any more to hand it to.
        """
        with self._told():
            return self.executor.submit(call, *arguments)

    def finished(self, calls: Collection[Future]) -> set[Future]:
        """Those that are finished; waits for one.

        **Raises:** `SimulatorError` where the scheduler is gone, or all workers and no other comes.
        """
        while not (done := wait(calls, LOOK_SECONDS if self.far else None, FIRST_COMPLETED).done):
            with self._told():
                seconds = self.deserted()
            if seconds > DESERTED_SECONDS:
                raise SimulatorError(Problem(
                    "all workers of the scheduler are gone, and no other came", "--scheduler",
                    got=f"none for {seconds:.0f} s",
                    hint="look at their logs (memory?), start others with `dask worker`, and run the same command "
                         "again: what is finished is kept",
                ))  # fmt: skip
        return done

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (RuntimeError, OSError, *self.lost) as error:
            raise SimulatorError(Problem(
                "the connection to the scheduler was lost", "--scheduler", got=_line(error),
                hint="start it again and run the same command: what is finished is kept",
            )) from None  # fmt: skip


@contextmanager
def crew(workers: int, scheduler: str | None, say: Callable[[str], None]) -> Iterator[Crew]:
    """Threads, or with `scheduler` the workers of Dask, until the block ends; calls still running are left alone.

    **Raises:** `InputError` where `distributed` is not installed or the scheduler does not answer.
    """
    if scheduler is None:
        threads = DaemonThreads(workers)
        try:
            yield Crew(threads, lambda: workers, (BrokenExecutor,), retries=3, far=False, deserted=lambda: 0.0)
        finally:
            threads.shutdown(wait=False)
    else:
        with _quiet(), _dask(scheduler, workers, say) as dask:
            yield dask


class DaemonThreads(Executor):
    """Threads that never hold up an interrupt or the end of Python, unlike those of `ThreadPoolExecutor`."""

    def __init__(self, workers: int):
        self._workers = workers
        self._calls: queue.SimpleQueue[tuple[Future, Callable[[], Any]] | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future:
        """Queues a call."""
        future: Future = Future()
        self._calls.put((future, lambda: fn(*args, **kwargs)))
        if len(self._threads) < self._workers:
            thread = threading.Thread(target=self._serve, daemon=True)
            self._threads.append(thread)
            thread.start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Lets each thread end after what is queued."""
        while cancel_futures and not self._calls.empty():
            if call := self._calls.get():
                call[0].cancel()
        for _ in self._threads:
            self._calls.put(None)
        for thread in self._threads if wait else ():
            thread.join()

    def _serve(self) -> None:
        while (item := self._calls.get()) is not None:
            future, call = item
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(call())
            except BaseException as error:  # noqa: BLE001 - whatever it is, it belongs to the one who waits for it
                future.set_exception(error)
            del future, call, item  # a thread that waits must not keep the last result alive


@contextmanager
def _dask(address: str, workers: int, say: Callable[[str], None]) -> Iterator[Crew]:
    greet(address)
    import distributed
    from distributed.comm.core import CommClosedError

    with _answers(address):
        client = distributed.Client(address, timeout=ANSWER_SECONDS, set_as_default=False)
    threads = cast("Callable[[], dict[str, int]]", client.nthreads)  # of every worker; no coroutine of this client
    try:
        if not threads():
            say(f"{address} has no workers yet: waiting for them (`dask worker {address}` starts one)")
        _check_kit(client)
        lost = BrokenExecutor, CancelledError, distributed.KilledWorker, CommClosedError
        executor = client.get_executor(pure=False)
        # once: Dask has tried a few workers itself before it says so
        yield Crew(executor, lambda: max(workers, sum(threads().values())), lost, retries=1, far=True,
                   deserted=_watch(threads, say))  # fmt: skip
    finally:
        with contextlib.suppress(OSError):
            client.close(timeout=ANSWER_SECONDS)


def _watch(threads: Callable[[], Collection[str]], say: Callable[[str], None]) -> Callable[[], float]:
    """For how many seconds there have been no workers, where there were some before."""
    seen = time.monotonic() if threads() else None
    told = False

    def deserted() -> float:
        nonlocal seen, told
        now, there = time.monotonic(), bool(threads())
        if there or seen is None:
            seen, told = now if there else None, False
            return 0.0
        if not told:
            say(f"all workers are gone: waiting {DESERTED_SECONDS:g} s for another")
            told = True
        return now - seen

    return deserted


def greet(address: str | None) -> None:
    """Looks whether a scheduler is there, without starting anything.

    **Raises:** `InputError` where `distributed` is not installed or the scheduler does not answer.
    """
    if address is None:
        return
    try:
        import distributed  # noqa: F401 - only whether it is there
    except ModuleNotFoundError:
        raise InputError(Problem(
            "Dask distributed is not installed", "--scheduler", got=address, hint="pip install 'vle-analog[cluster]'"
        )) from None  # fmt: skip
    with _quiet(), _answers(address):
        _within(2 * ANSWER_SECONDS, functools.partial(asyncio.run, _greet(address)))


@contextmanager
def _answers(address: str) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, TypeError, RuntimeError, ImportError) as error:
        raise InputError(Problem(
            "the scheduler does not answer", "--scheduler", got=f"{address}: {_line(error)}",
            expected="the address that `dask scheduler` prints, as tcp://host:8786",
            hint="start `dask scheduler` and `dask worker ADDRESS`; is a firewall between? Or leave --scheduler out",
        )) from None  # fmt: skip


async def _greet(address: str) -> None:
    """Shakes hands. A client would wait for ever for what takes its connection and says nothing."""
    from distributed.comm.core import connect

    comm = await asyncio.wait_for(connect(address, timeout=ANSWER_SECONDS), ANSWER_SECONDS + 1)
    await comm.close()


def _check_kit(client: Any) -> None:
    """A worker that cannot load the work would hang and not say why.

    **Raises:** `InputError` where the kit is missing.
    """
    try:
        _within(WORKERS_SECONDS, functools.partial(client.run, kit_version))
    except TimeoutError:
        return  # a worker that is busy, or still starting: it is asked again with every chunk
    except (ImportError, AttributeError) as error:
        raise InputError(Problem(
            "a worker of the scheduler does not have this kit", "--scheduler", got=_line(error),
            hint=f"pip install vle-analog=={kit_version()} where the workers run",
        )) from None  # fmt: skip


def _within(seconds: float, call: Callable[[], Any]) -> Any:
    """What the call gives, unless it takes longer: then a TimeoutError."""
    thread = DaemonThreads(1)
    try:
        return thread.submit(call).result(seconds)
    except TimeoutError as error:
        raise TimeoutError(str(error) or "no answer in time") from None
    finally:
        thread.shutdown(wait=False)


def _line(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0]


@contextmanager
def _quiet() -> Iterator[None]:
    """Keeps what Dask logs and warns about off the user's screen: what matters is said by the runner."""
    import importlib.util

    if importlib.util.find_spec("distributed") is not None:
        import distributed  # noqa: F401 - it sets its loggers up when it is loaded
    loggers = [logging.getLogger(name) for name in logging.root.manager.loggerDict if name.split(".")[0] in NOISY]
    levels = [logger.level for logger in loggers]
    try:
        for logger in loggers:
            logger.setLevel(logging.CRITICAL + 1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


NOISY = ("distributed", "tornado", "asyncio")
