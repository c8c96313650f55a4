"""The execution of chunks of samples by workers; each chunk is written to disk as it finishes.

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

from vle_analog.errors import InputError, Problem, SimulatorError
from vle_analog.montecarlo.chunk import Chunk, Work, missing
from vle_analog.montecarlo.folder import RunFolder
from vle_analog.montecarlo.schedulers import TaskPool, task_pool
from vle_analog.montecarlo.table import merged
from vle_analog.progress import StageProgress
from vle_analog.provenance import kit_version

if TYPE_CHECKING:
    import pandas as pd

    Stop = Callable[[pd.DataFrame], bool]

GROWTH = 64  # `stop` is evaluated when the samples have grown by one part in this many

ChunkTimes = tuple[Chunk, float, float]
"""A chunk with its CPU and elapsed seconds."""


def run_chunks(
    work: Work,
    chunks: Iterable[range],
    folder: RunFolder,
    *,
    workers: int = 1,
    scheduler: str | None = None,
    progress: StageProgress | None = None,
    stop: "Stop | None" = None,
) -> None:
    """Simulate all samples of `chunks` that are not in the folder yet.

    **Arguments:**

    - `chunks`: must not depend on the number of workers.
    - `folder`: open; afterwards it contains the samples of `chunks`, or those up to the stop.
    - `workers`: threads, each with one chunk at a time. `scheduler`: address of a Dask scheduler whose workers are used
      instead.
    - `stop`: whether the rows of the first chunks suffice; evaluated for growing prefixes in the order of the chunks.

    **Raises:** errors of the work, `SimulatorError` where workers are lost again and again, `InputError` where the
    disk is full or the scheduler does not respond. Every chunk finished by then is kept, also after Ctrl-C.
    """
    if workers < 1:
        raise InputError(Problem("there must be at least one worker", "--workers", got=str(workers), expected=">= 1"))
    run = _Run(work, chunks, folder, stop)
    report = functools.partial(progress or (lambda *_: None), "samples")
    report(run.fraction)
    if run.can_stop() or not run.parts:
        return
    with task_pool(workers, scheduler, folder.report) as pool:
        try:
            for _ in run.steps(pool):
                report(run.fraction)
        except KeyboardInterrupt:
            run.keep_finished()
            raise
        finally:
            run.cancel()


class _Run:
    """The finished, submitted and pending samples of a run; used by the main thread only."""

    def __init__(self, work: Work, chunks: Iterable[range], folder: RunFolder, stop: "Stop | None"):
        self.work, self.folder, self.stop = work, folder, stop
        self.wanted = sorted((chunk for chunk in chunks if len(chunk)), key=lambda chunk: chunk.start)
        folder.consist(self.wanted)
        held = [range(first, first + count) for first, count in sorted(folder.done().items())]
        self.parts = {part: chunk for chunk in self.wanted for part in missing(chunk, held)}
        self.left = dict.fromkeys(self.wanted, 0)  # pending samples of each chunk
        for part, chunk in self.parts.items():
            self.left[chunk] += len(part)
        self.total, self.open = sum(map(len, self.wanted)), sum(self.left.values())
        self.prefix = 0  # chunks, from the first, passed to `stop`
        self.evaluated = 0  # rows at its last evaluation
        self.rows = merged([])
        self.lost: Counter[range] = Counter()
        self.flying: dict[Future[ChunkTimes], range] = {}

    @property
    def fraction(self) -> float:
        """The finished fraction of the samples."""
        return 1 - self.open / self.total if self.total else 1.0

    def steps(self, pool: TaskPool) -> Iterator[None]:
        """Process all chunks; yields after every finished one."""
        queue = iter(self.parts)
        while True:
            for part in islice(queue, pool.room(len(self.flying))):
                self._send(pool, part)
            if not self.flying:
                return
            failed: list[BaseException] = []
            for future in sorted(pool.finished(self.flying), key=self._place):
                error = CancelledError() if future.cancelled() else future.exception()
                if error is None:
                    self._write(future)
                    yield
                elif isinstance(error, pool.lost):
                    self._again(pool, future, error)
                else:
                    failed.append(error)
                del self.flying[future]
            if failed:
                self.keep_finished()
                raise failed[0]
            if self.can_stop():
                return

    def can_stop(self) -> bool:
        """Return whether the run can stop: evaluate `stop` on every new prefix of finished chunks, in order."""
        while self.stop is not None and self.prefix < len(self.wanted) and not self.left[self.wanted[self.prefix]]:
            self.rows = merged([self.rows, self.folder.rows([self.wanted[self.prefix]])])
            self.prefix += 1
            if self.rows.num_rows * GROWTH >= self.evaluated * (GROWTH + 1):
                self.evaluated = self.rows.num_rows
                if self.stop(self.rows.to_pandas()):
                    self.folder.consist(self.wanted[: self.prefix])
                    return True
        return False

    def keep_finished(self) -> None:
        """Write finished chunks that have not been processed yet."""
        for future in sorted(self.flying, key=self._place):
            if future.done() and not future.cancelled() and future.exception() is None:
                self._write(future)

    def cancel(self) -> None:
        """Cancel submitted chunks."""
        for future in self.flying:
            future.cancel()

    def _send(self, pool: TaskPool, part: range) -> None:
        self.flying[pool.submit(_remote if pool.remote else _local, self.work, kit_version(), part)] = part

    def _write(self, future: "Future[ChunkTimes]") -> None:
        part, (chunk, cpu, wall) = self.flying[future], future.result()
        if chunk.samples != part:
            raise ValueError(f"the work returned {chunk.samples} for {part}")
        self.folder.write(chunk, chunk.seconds if chunk.seconds is not None else cpu, wall)
        self.left[self.parts[part]] -= len(part)
        self.open -= len(part)

    def _again(self, pool: TaskPool, future: "Future[ChunkTimes]", error: BaseException) -> None:
        part = self.flying[future]
        self.lost[part] += 1
        if self.lost[part] > pool.retries:
            raise SimulatorError(
                Problem(
                    f"the workers that simulated samples {part[0]} to {part[-1]} were lost again and again",
                    str(self.folder.path),
                    got=f"{type(error).__name__}: {error}".splitlines()[0],
                    hint="look at the logs of the workers (memory?); "
                    "run the same command again: what is finished is kept",
                )
            )
        self.folder.report(f"a worker was lost: samples {part[0]} to {part[-1]} are simulated again")
        self._send(pool, part)

    def _place(self, future: "Future[ChunkTimes]") -> int:
        return self.flying[future].start


def _local(work: Work, _: str, samples: range) -> ChunkTimes:
    """Simulate samples in a thread of this process."""
    wall, cpu = time.perf_counter(), time.thread_time()
    chunk = work(samples)
    return chunk, time.thread_time() - cpu, time.perf_counter() - wall


def _remote(work: Work, kit: str, samples: range) -> ChunkTimes:
    """Simulate samples on a machine with the same program version; errors are reduced to picklable ones."""
    if kit_version() != kit:
        raise InputError(
            Problem(
                "a worker has another version of the package",
                f"worker on {platform.node()}",
                got=kit_version(),
                expected=kit,
                hint=f"pip install vle-analog=={kit} where the workers run",
            )
        )
    try:
        return _local(work, kit, samples)
    except SimulatorError as error:
        raise SimulatorError(error.problem) from None
    except InputError as error:
        raise InputError(*error.problems) from None
