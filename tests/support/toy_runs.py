"""Runs of a toy chip that takes a few milliseconds: its numbers depend on the sample alone."""

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.random
import pandas  # noqa: F401 - with these a forked process begins at once
import pyarrow.parquet  # noqa: F401

from vle_analog.montecarlo.chunk import Chunk
from vle_analog.montecarlo.folder import RunFolder
from vle_analog.montecarlo.runner import run_chunks

SIGNALS, TIMES = ("hidden.u[0]", "hidden_readout.W[0,0]"), np.linspace(0.0, 2.0, 5)
MANIFEST = {"study": {"name": "toy", "beta": 1.0}, "seed": 7, "variations": "mismatch", "samples": 60}


@dataclass(frozen=True)
class Toy:
    """Odd chips have a column that even ones lack, every seventh fails; the first `traced` samples have traces."""

    pause: float = 0.0
    traced: int = 1000

    def __call__(self, samples: range) -> Chunk:
        time.sleep(self.pause * (1 + samples.start % 3))
        rows, traces = [], []
        for sample in samples:
            random = np.random.default_rng(sample)
            row = {"sample": sample, "status": "ok", "loss": random.normal(), "steps": sample * 10}
            if sample % 7 == 6:
                row |= {"status": "no convergence", "loss": np.nan, "steps": None}
            if sample % 2:
                row["draw.multiplier.offset"] = random.normal()
            rows.append(row)
            traces.append(random.normal(size=(len(SIGNALS), len(TIMES))).astype(np.float32))
        kept = traces[: max(0, self.traced - samples.start)]
        return Chunk(samples.start, tuple(rows), np.stack(kept) if kept else None)


def chunks(count: int = 60, size: int = 5) -> list[range]:
    return [range(first, min(first + size, count)) for first in range(0, count, size)]


def opened(path: Path, **changes) -> RunFolder:
    return RunFolder(path).open(MANIFEST | changes, SIGNALS, TIMES)


def toy_run(path: Path, work=None, count: int = 60, size: int = 5, **options) -> RunFolder:
    """A whole run; returns its closed folder with its messages."""
    with opened(path, samples=count) as folder:
        run_chunks(work or Toy(), chunks(count, size), folder, **options)
        folder.finish({"yield": 0.9})
    return folder


LONG = 150


def slow_run(path: Path) -> None:
    """What the test of sudden ends starts, and kills."""
    toy_run(path, Toy(0.01), LONG, 1, workers=2)


def results(path: Path) -> dict[str, bytes]:
    """All files that a run leaves as its results, by name."""
    stores = sorted(file for file in (path / "traces.zarr").rglob("*") if file.is_file())
    files = [path / "results.parquet", path / "run.json", *stores]
    return {str(file.relative_to(path)): file.read_bytes() for file in files}
