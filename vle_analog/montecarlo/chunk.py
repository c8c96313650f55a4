"""Chunks of samples: the result of a worker, and the samples of a run that are still to be simulated."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

Value = float | int | str | bool | None


@dataclass(frozen=True, eq=False)
class Chunk:
    """The results of consecutive samples; can be pickled.

    **Arguments:**

    - `first`: the first sample.
    - `rows`: one per chip; row k is sample first + k, also given under `sample`. None and NaN: no value.
    - `traces`: float32, shape (samples, signals, times), of all its chips, of the first ones, or None.
    - `seconds`: CPU time, where the clock of the thread does not cover it, as with an external simulator.
    """

    first: int
    rows: tuple[Mapping[str, Value], ...]
    traces: np.ndarray | None = None
    seconds: float | None = None

    @property
    def samples(self) -> range:
        """The samples of the rows."""
        return range(self.first, self.first + len(self.rows))


Work = Callable[[range], Chunk]
"""A function that simulates samples; picklable and stateless, so that a row depends on its sample alone."""


def missing(samples_planned: range, held: Sequence[range]) -> list[range]:
    """Return the parts of `samples_planned` that are not in a finished chunk.

    **Arguments:** `held`: the samples of the finished chunks, which do not overlap, in order.

    **Returns:** ranges of samples, in order.
    """
    parts, start = [], samples_planned.start
    for chunk in overlapping(samples_planned, held):
        if chunk.start > start:
            parts.append(range(start, chunk.start))
        start = chunk.stop
    return [*parts, range(start, samples_planned.stop)] if start < samples_planned.stop else parts


def overlapping(samples_planned: range, held: Sequence[range]) -> Sequence[range]:
    """Return the finished chunks that share samples with `samples_planned`, in order."""
    begin = bisect_right(held, samples_planned.start, key=lambda chunk: chunk.stop)
    return held[begin : bisect_left(held, samples_planned.stop, key=lambda chunk: chunk.start)]


def joined(parts: Iterable[range]) -> tuple[range, ...]:
    """Merge ranges into as few as possible, in order.

    **Raises:** `ValueError` where parts overlap.
    """
    whole: list[range] = []
    for part in sorted((part for part in parts if len(part)), key=lambda part: part.start):
        if part.step != 1:
            raise ValueError(f"the samples of a chunk must follow each other, not {part}")
        if whole and part.start < whole[-1].stop:
            raise ValueError(f"{part} overlaps {whole[-1]}")
        if whole and part.start == whole[-1].stop:
            whole[-1] = range(whole[-1].start, part.stop)
        else:
            whole.append(part)
    return tuple(whole)
