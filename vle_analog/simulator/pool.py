"""The default backend: libngspice through PySpice, in a few worker processes."""

import atexit
import contextlib
import queue
from collections.abc import Iterable
from concurrent.futures import Future

from vle_analog.netlist.deck import Deck
from vle_analog.progress import Progress
from vle_analog.simulator.job import Job
from vle_analog.simulator.job_queue import JobQueue
from vle_analog.simulator.result import Output, SimulationResult
from vle_analog.simulator.solve import solve
from vle_analog.simulator.worker_process import WorkerProcess

CLOSE_SECONDS = 5.0  # time limit for a thread to notice the end of its worker


class WorkerPool:
    """A backend with a number of workers; safe to use from several threads.

    Workers start when first needed, and end when the pool is closed, its `with` block is left, or Python ends.
    """

    name = "libngspice"

    def __init__(self, workers: int = 1):
        self._workers = tuple(WorkerProcess() for _ in range(workers))
        self._free: queue.LifoQueue[WorkerProcess] = queue.LifoQueue()
        for worker in self._workers:
            self._free.put(worker)
        self._queue = JobQueue(workers, self.run)
        self._closed = False
        atexit.register(self.close)

    def run(self, job: Job, progress: Progress | None = None) -> SimulationResult:
        """Run one job in the calling thread; waits for a free worker.

        **Raises:** `SimulationError`; `KeyboardInterrupt` is passed on after the worker was killed.
        """
        self._check_open()
        worker = self._free.get()
        try:

            def engine(deck: Deck, seconds: float, progress: Progress | None) -> Output:
                self._check_open()
                return worker.run(deck, seconds, progress)

            return solve(job, engine, progress)
        finally:
            self._free.put(worker)

    def submit(self, job: Job, progress: Progress | None = None) -> "Future[SimulationResult]":
        """Queue one job; the future gives its result or raises its error."""
        self._check_open()
        return self._queue.submit(job, progress)

    def map(self, jobs: Iterable[Job]) -> list[SimulationResult]:
        """Run jobs over all workers; results in the order of the jobs. An interrupt kills all workers and closes."""
        self._check_open()
        try:
            return self._queue.map(jobs)
        except KeyboardInterrupt:
            self.close()
            raise

    def processes(self) -> tuple[int, ...]:
        """The process ids of the running workers."""
        return tuple(worker.pid for worker in self._workers if worker.pid is not None)

    def close(self) -> None:
        """Kill the workers and refuse further jobs; can be called repeatedly."""
        if self._closed:
            return
        self._closed = True
        atexit.unregister(self.close)
        self._queue.dismiss()
        for worker in self._workers:
            worker.interrupt()
        idle: list[WorkerProcess] = []
        with contextlib.suppress(queue.Empty):
            while len(idle) < len(self._workers):
                idle.append(self._free.get(timeout=CLOSE_SECONDS))
        for worker in idle:
            worker.kill()
            self._free.put(worker)

    def __enter__(self) -> "WorkerPool":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _check_open(self) -> None:
        if self._closed:
            raise RuntimeError("the backend is closed")
