"""The interface of simulators for the other packages, and their construction by name."""

from collections.abc import Iterable
from concurrent.futures import Future
from typing import Protocol, Self

from vle_analog.errors import InputError, Problem
from vle_analog.progress import Progress
from vle_analog.simulator.batch import BatchBackend
from vle_analog.simulator.job import Job
from vle_analog.simulator.pool import WorkerPool
from vle_analog.simulator.result import SimulationResult


class Backend(Protocol):
    """A simulator that runs jobs; a context manager that ends every process it started."""

    name: str

    def run(self, job: Job, progress: Progress | None = None) -> SimulationResult:
        """Run one job and wait for it; raises `SimulationError`."""
        ...

    def submit(self, job: Job, progress: Progress | None = None) -> Future[SimulationResult]:
        """Queue one job."""
        ...

    def map(self, jobs: Iterable[Job]) -> list[SimulationResult]:
        """Run jobs over all workers, results in order."""
        ...

    def close(self) -> None:
        """Kill running simulations and refuse further jobs."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


BACKENDS: dict[str, type[WorkerPool] | type[BatchBackend]] = {
    WorkerPool.name: WorkerPool,
    BatchBackend.name: BatchBackend,
}


def open_backend(name: str = WorkerPool.name, workers: int = 1) -> Backend:
    """Open a backend by name: `libngspice` (PySpice, in worker processes) or `ngspice` (the program, `ngspice -b`).

    **Raises:** `InputError` for another name or no workers, `SimulatorError` where the ngspice program is missing.
    """
    if name not in BACKENDS:
        raise InputError(Problem(what="there is no such simulator backend", got=name, expected=" or ".join(BACKENDS)))
    if workers < 1:
        raise InputError(Problem(what="a simulator needs a worker", got=f"{workers} workers", expected="1 or more"))
    return BACKENDS[name](workers)
