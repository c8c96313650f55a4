"""The executors of simulations: threads of this process, or workers of a Dask scheduler, as `concurrent.futures`."""

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

AHEAD = 2  # calls submitted beyond the number of workers, so that none waits for the disk
ANSWER_SECONDS = 5.0  # s, time limit for the response of a scheduler
WORKERS_SECONDS = 30.0  # s, time limit for its workers to load the program
LOOK_SECONDS = 1.0  # s, interval of checks for workers while no call finishes
DESERTED_SECONDS = 300.0  # s, time limit without workers after there were some: a cluster may start others


@dataclass(frozen=True)
class TaskPool:
    """A pool of workers with its properties.

    **Arguments:**

    - `width`: current number of simultaneous calls.
    - `lost`: error types of a lost worker, in contrast to failed work.
    - `retries`: number of resubmissions of a call whose worker was lost.
    - `remote`: whether the workers may be on other machines.
    - `deserted`: number of seconds without workers, after there were some.
    """

    executor: Executor
    width: Callable[[], int]
    lost: tuple[type[BaseException], ...]
    retries: int
    remote: bool
    deserted: Callable[[], float]

    def room(self, flying: int) -> int:
        """Return how many more calls to submit, so that no worker waits and memory use stays constant.

        **Raises:** `SimulatorError` where the scheduler is gone.
        """
        with self._connection_errors():
            return max(0, self.width() + AHEAD - flying)

    def submit(self, call: Callable[..., Any], *arguments: Any) -> Future:
        """Submit a call.

        **Raises:** `SimulatorError` where no worker is left.
        """
        with self._connection_errors():
            return self.executor.submit(call, *arguments)

    def finished(self, calls: Collection[Future]) -> set[Future]:
        """Wait for at least one of the calls and return the finished ones.

        **Raises:** `SimulatorError` where the scheduler or all workers are lost.
        """
        while not (done := wait(calls, LOOK_SECONDS if self.remote else None, FIRST_COMPLETED).done):
            with self._connection_errors():
                seconds = self.deserted()
            if seconds > DESERTED_SECONDS:
                raise SimulatorError(
                    Problem(
                        "all workers of the scheduler are gone, and no other came",
                        "--scheduler",
                        got=f"none for {seconds:.0f} s",
                        hint="look at their logs (memory?), start others with `dask worker`, and run the same command "
                        "again: what is finished is kept",
                    )
                )
        return done

    @contextmanager
    def _connection_errors(self) -> Iterator[None]:
        try:
            yield
        except (RuntimeError, OSError, *self.lost) as error:
            raise SimulatorError(
                Problem(
                    "the connection to the scheduler was lost",
                    "--scheduler",
                    got=_line(error),
                    hint="start it again and run the same command: what is finished is kept",
                )
            ) from None


@contextmanager
def task_pool(workers: int, scheduler: str | None, say: Callable[[str], None]) -> Iterator[TaskPool]:
    """Provide threads, or with `scheduler` the workers of Dask, until the block ends; running calls are not
    interrupted.

    **Raises:** `InputError` where `distributed` is not installed or the scheduler does not answer.
    """
    if scheduler is None:
        threads = DaemonThreads(workers)
        try:
            yield TaskPool(threads, lambda: workers, (BrokenExecutor,), retries=3, remote=False, deserted=lambda: 0.0)
        finally:
            threads.shutdown(wait=False)
    else:
        with _quiet(), _dask(scheduler, workers, say) as dask:
            yield dask


class DaemonThreads(Executor):
    """Threads that do not delay an interrupt or the end of Python, unlike those of `ThreadPoolExecutor`."""

    def __init__(self, workers: int):
        self._workers = workers
        self._calls: queue.SimpleQueue[tuple[Future, Callable[[], Any]] | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future:
        """Queue a call."""
        future: Future = Future()
        self._calls.put((future, lambda: fn(*args, **kwargs)))
        if len(self._threads) < self._workers:
            thread = threading.Thread(target=self._serve, daemon=True)
            self._threads.append(thread)
            thread.start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Let each thread end after the queued calls."""
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
            except BaseException as error:  # noqa: BLE001 - any error is passed to the caller that waits for the result
                future.set_exception(error)
            del future, call, item  # a waiting thread must not keep the last result alive


@contextmanager
def _dask(address: str, workers: int, say: Callable[[str], None]) -> Iterator[TaskPool]:
    check_scheduler(address)
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
        # once: Dask has already retried on several workers
        yield TaskPool(
            executor,
            lambda: max(workers, sum(threads().values())),
            lost,
            retries=1,
            remote=True,
            deserted=_watch(threads, say),
        )
    finally:
        with contextlib.suppress(OSError):
            client.close(timeout=ANSWER_SECONDS)


def _watch(threads: Callable[[], Collection[str]], say: Callable[[str], None]) -> Callable[[], float]:
    """Return a function for the number of seconds without workers, after there were some."""
    last_contact = time.monotonic() if threads() else None
    reported = False

    def deserted() -> float:
        nonlocal last_contact, reported
        now, there = time.monotonic(), bool(threads())
        if there or last_contact is None:
            last_contact, reported = now if there else None, False
            return 0.0
        if not reported:
            say(f"all workers are gone: waiting {DESERTED_SECONDS:g} s for another")
            reported = True
        return now - last_contact

    return deserted


def check_scheduler(address: str | None) -> None:
    """Check whether a scheduler responds, without starting anything.

    **Raises:** `InputError` where `distributed` is not installed or the scheduler does not answer.
    """
    if address is None:
        return
    try:
        import distributed  # noqa: F401 - only to check that it is installed
    except ModuleNotFoundError:
        raise InputError(
            Problem(
                "Dask distributed is not installed",
                "--scheduler",
                got=address,
                hint="pip install 'vle-analog[cluster]'",
            )
        ) from None
    with _quiet(), _answers(address):
        _within(2 * ANSWER_SECONDS, functools.partial(asyncio.run, _check_scheduler(address)))


@contextmanager
def _answers(address: str) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, TypeError, RuntimeError, ImportError) as error:
        raise InputError(
            Problem(
                "the scheduler does not answer",
                "--scheduler",
                got=f"{address}: {_line(error)}",
                expected="the address that `dask scheduler` prints, as tcp://host:8786",
                hint="start `dask scheduler` and `dask worker ADDRESS`; is a firewall between? "
                "Or leave --scheduler out",
            )
        ) from None


async def _check_scheduler(address: str) -> None:
    """Open a connection with a handshake; a client would wait forever on a service that accepts and stays silent."""
    from distributed.comm.core import connect

    comm = await asyncio.wait_for(connect(address, timeout=ANSWER_SECONDS), ANSWER_SECONDS + 1)
    await comm.close()


def _check_kit(client: Any) -> None:
    """Check that the workers can import the program; otherwise calls would hang without a message.

    **Raises:** `InputError` where the package is missing.
    """
    try:
        _within(WORKERS_SECONDS, functools.partial(client.run, kit_version))
    except TimeoutError:
        return  # a busy or starting worker is checked again with every chunk
    except (ImportError, AttributeError) as error:
        raise InputError(
            Problem(
                "a worker of the scheduler does not have this package",
                "--scheduler",
                got=_line(error),
                hint=f"pip install vle-analog=={kit_version()} where the workers run",
            )
        ) from None


def _within(seconds: float, call: Callable[[], Any]) -> Any:
    """Return the result of the call, or raise `TimeoutError` after the given time."""
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
    """Suppress the logs and warnings of Dask; the runner reports what matters."""
    import importlib.util

    if importlib.util.find_spec("distributed") is not None:
        import distributed  # noqa: F401 - its import configures its loggers
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
