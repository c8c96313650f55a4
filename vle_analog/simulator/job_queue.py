"""A queue of jobs for a few threads, each of which waits for a simulator process."""

import queue
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future

from vle_analog.progress import Progress
from vle_analog.simulator.job import Job
from vle_analog.simulator.result import SimulationResult

Run = Callable[[Job, Progress | None], SimulationResult]
Task = tuple[Job, Progress | None, "Future[SimulationResult]"]


class JobQueue:
    """A queue with the methods `submit` and `map` of a backend; its threads are daemons and do not delay the end of
    Python."""

    def __init__(self, workers: int, run: Run):
        self._size, self._run = workers, run
        self._tasks: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []

    def submit(self, job: Job, progress: Progress | None = None) -> "Future[SimulationResult]":
        """Queue one job; the future gives its result or raises its error."""
        future: Future[SimulationResult] = Future()
        self._tasks.put((job, progress, future))
        if len(self._threads) < self._size:
            thread = threading.Thread(target=self._serve, daemon=True)
            self._threads.append(thread)
            thread.start()
        return future

    def map(self, jobs: Iterable[Job]) -> list[SimulationResult]:
        """Run jobs side by side; results in the order of the jobs.

        **Raises:** the error of the first job that failed, or the interrupt; jobs not yet begun are cancelled.
        """
        futures = [self.submit(job) for job in jobs]
        try:
            return [future.result() for future in futures]
        except BaseException:  # an interrupt, too, must not leave jobs waiting
            for future in futures:
                future.cancel()
            raise

    def dismiss(self) -> None:
        """Let every thread end after its current job."""
        for _ in self._threads:
            self._tasks.put(None)

    def _serve(self) -> None:
        while (task := self._tasks.get()) is not None:
            job, progress, future = task
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(self._run(job, progress))
            except BaseException as error:  # noqa: BLE001 - any error is passed to the caller that waits for the result
                future.set_exception(error)
