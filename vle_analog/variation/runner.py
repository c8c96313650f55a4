"""Chunks of samples simulated by whoever is there, each put onto the disk as it comes.

What is written does not depend on the number of workers, on the order in which they finish, or on interruptions.
"""

import functools
import platform
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError, Future
from itertools import islice
from typing import TYPE_CHECKING

from vle_analog.api import Progress
from vle_analog.errors import InputError, Problem, SimulatorError
from vle_analog.provenance import kit_version
from vle_analog.variation.chunk import Chunk, Work, missing
from vle_analog.variation.folder import RunFolder
from vle_analog.variation.schedulers import Crew, crew
from vle_analog.variation.table import merged

if TYPE_CHECKING:
    import pandas as pd

    Stop = Callable[[pd.DataFrame], bool]

GROWTH = 64  # `stop` is asked again when the samples have grown by one part in this many

Outcome = tuple[Chunk, float, float]
"""A chunk, and the seconds of CPU and of the clock on the wall that it took."""


def run_chunks(
    work: Work,
    chunks: Iterable[range],
    folder: RunFolder,
    *,
    workers: int = 1,
    scheduler: str | None = None,
    progress: Progress | None = None,
    stop: "Stop | None" = None,
) -> None:
    """Simulates all samples of `chunks` that the folder does not have yet.

    **Arguments:**

    - `chunks`: must not depend on the number of workers.
    - `folder`: open; afterwards it consists of the samples of `chunks`, or of those up to where `stop` said so.
    - `workers`: threads, each with one chunk at a time. `scheduler`: address of a Dask scheduler, whose workers do it.
    - `stop`: whether the rows of the first chunks are enough; asked for more and more chunks in their order, whichever
      are finished first.

    **Raises:** what the work raised, `SimulatorError` where workers are lost again and again, `InputError` where the
    disk is full or the scheduler does not answer. Every chunk finished by then is kept, also after Ctrl-C.
    """
    if workers < 1:
        raise InputError(Problem("there must be at least one worker", "--workers", got=str(workers), expected=">= 1"))
    run = _Run(work, chunks, folder, stop)
    report = functools.partial(progress or (lambda *_: None), "samples")
    report(run.fraction)
    if run.enough() or not run.parts:
        return
    with crew(workers, scheduler, folder.say) as hands:
        try:
            for _ in run.steps(hands):
                report(run.fraction)
        except KeyboardInterrupt:
            run.keep_finished()
            raise
        finally:
            run.cancel()


class _Run:
    """What is finished, in flight and to be done; belongs to the main thread."""

    def __init__(self, work: Work, chunks: Iterable[range], folder: RunFolder, stop: "Stop | None"):
        self.work, self.folder, self.stop = work, folder, stop
        self.wanted = sorted((chunk for chunk in chunks if len(chunk)), key=lambda chunk: chunk.start)
        folder.consist(self.wanted)
        held = [range(first, first + count) for first, count in sorted(folder.done().items())]
        self.parts = {part: chunk for chunk in self.wanted for part in missing(chunk, held)}
        self.left = dict.fromkeys(self.wanted, 0)  # samples of each chunk that are not finished
        for part, chunk in self.parts.items():
            self.left[chunk] += len(part)
        self.total, self.open = sum(map(len, self.wanted)), sum(self.left.values())
        self.prefix = 0  # chunks from the first one on that `stop` was told of
        self.asked = 0  # how many rows it saw when it was last asked
        self.rows = merged([])
        self.lost: Counter[range] = Counter()
        self.flying: dict[Future[Outcome], range] = {}

    @property
    def fraction(self) -> float:
        """Of the samples, finished."""
        return 1 - self.open / self.total if self.total else 1.0

    def steps(self, hands: Crew) -> Iterator[None]:
        """Does it all; comes up for air after every chunk."""
        queue = iter(self.parts)
        while True:
            for part in islice(queue, hands.room(len(self.flying))):
                self._send(hands, part)
            if not self.flying:
                return
            failed: list[BaseException] = []
            for future in sorted(hands.finished(self.flying), key=self._place):
                error = CancelledError() if future.cancelled() else future.exception()
                if error is None:
                    self._write(future)
                    yield
                elif isinstance(error, hands.lost):
                    self._again(hands, future, error)
                else:
                    failed.append(error)
                del self.flying[future]
            if failed:
                self.keep_finished()
                raise failed[0]
            if self.enough():
                return

    def enough(self) -> bool:
        """Asks `stop` about every new prefix of finished chunks, in order; the run ends with the one that will do."""
        while self.stop is not None and self.prefix < len(self.wanted) and not self.left[self.wanted[self.prefix]]:
            self.rows = merged([self.rows, self.folder.rows([self.wanted[self.prefix]])])
            self.prefix += 1
            if self.rows.num_rows * GROWTH >= self.asked * (GROWTH + 1):
                self.asked = self.rows.num_rows
                if self.stop(self.rows.to_pandas()):
                    self.folder.consist(self.wanted[: self.prefix])
                    return True
        return False

    def keep_finished(self) -> None:
        """Writes what is finished and was not looked at yet."""
        for future in sorted(self.flying, key=self._place):
            if future.done() and not future.cancelled() and future.exception() is None:
                self._write(future)

    def cancel(self) -> None:
        """Takes back what is in flight."""
        for future in self.flying:
            future.cancel()

    def _send(self, hands: Crew, part: range) -> None:
        self.flying[hands.submit(_far if hands.far else _near, self.work, kit_version(), part)] = part

    def _write(self, future: "Future[Outcome]") -> None:
        part, (chunk, cpu, wall) = self.flying[future], future.result()
        if chunk.samples != part:
            raise ValueError(f"the work gave {chunk.samples} where it was asked for {part}")
        self.folder.write(chunk, chunk.seconds if chunk.seconds is not None else cpu, wall)
        self.left[self.parts[part]] -= len(part)
        self.open -= len(part)

    def _again(self, hands: Crew, future: "Future[Outcome]", error: BaseException) -> None:
        part = self.flying[future]
        self.lost[part] += 1
        if self.lost[part] > hands.retries:
            raise SimulatorError(Problem(
                f"the workers that simulated samples {part[0]} to {part[-1]} were lost again and again",
                str(self.folder.path), got=f"{type(error).__name__}: {error}".splitlines()[0],
                hint="look at the logs of the workers (memory?); run the same command again: what is finished is kept",
            ))  # fmt: skip
        self.folder.say(f"a worker was lost: samples {part[0]} to {part[-1]} are simulated again")
        self._send(hands, part)

    def _place(self, future: "Future[Outcome]") -> int:
        return self.flying[future].start


def _near(work: Work, _: str, samples: range) -> Outcome:
    """The work in a thread of this process."""
    wall, cpu = time.perf_counter(), time.thread_time()
    chunk = work(samples)
    return chunk, time.thread_time() - cpu, time.perf_counter() - wall


def _far(work: Work, kit: str, samples: range) -> Outcome:
    """The work on a machine that must have the same kit; of an error only what can travel."""
    if kit_version() != kit:
        raise InputError(Problem(
            "a worker has another version of the kit", f"worker on {platform.node()}", got=kit_version(), expected=kit,
            hint=f"pip install vle-analog=={kit} where the workers run",
        ))  # fmt: skip
    try:
        return _near(work, kit, samples)
    except SimulatorError as error:
        raise SimulatorError(error.problem) from None
    except InputError as error:
        raise InputError(*error.problems) from None
