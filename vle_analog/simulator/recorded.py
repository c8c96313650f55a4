"""A backend that records its runs, so that a computation of many runs can be interrupted without losing them."""

from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field

from vle_analog.netlist.deck import Deck
from vle_analog.progress import Progress
from vle_analog.simulator.backend import Backend
from vle_analog.simulator.job import Job
from vle_analog.simulator.result import SimulationResult


@dataclass(eq=False)
class Recorded:
    """A recording wrapper of a backend; `runs` are deck and result of every finished job, in order."""

    backend: Backend
    runs: list[tuple[Deck, SimulationResult]] = field(default_factory=list)

    name: str = field(init=False)

    def __post_init__(self) -> None:
        self.name = self.backend.name

    def run(self, job: Job, progress: Progress | None = None) -> SimulationResult:
        """Run one job and wait for it; raises `SimulationError`."""
        result = self.backend.run(job, progress)
        self.runs.append((job.deck, result))
        return result

    def submit(self, job: Job, progress: Progress | None = None) -> Future[SimulationResult]:
        """Queue one job."""
        future = self.backend.submit(job, progress)
        future.add_done_callback(lambda done: done.exception() or self.runs.append((job.deck, done.result())))
        return future

    def map(self, jobs: Iterable[Job]) -> list[SimulationResult]:
        """Run jobs over all workers, results in order."""
        asked = list(jobs)
        results = self.backend.map(asked)
        self.runs += [(job.deck, result) for job, result in zip(asked, results, strict=True)]
        return results

    def close(self) -> None:
        """Kill running simulations and refuse further jobs."""
        self.backend.close()

    def __enter__(self) -> "Recorded":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
