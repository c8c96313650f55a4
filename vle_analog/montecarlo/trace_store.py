"""The traces of all chips as a Zarr store for `xarray.open_zarr`: trace(sample, signal, time)."""

import hashlib
import shutil
import warnings
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

Piece = tuple[range, np.ndarray]
"""Samples and their traces, shape (samples, signals, times)."""

BLOCK = 1024  # samples per chunk of the store; with one signal and all times a few megabytes, the unit of a fan plot


def write_traces(path: Path, pieces: Iterable[Piece], signals: Sequence[str], times: np.ndarray) -> None:
    """Write the store to a temporary name, then rename it; at most one signal of a block is in memory.

    **Arguments:** `signals`: names; `times`: model time.
    """
    import zarr

    stage = path.with_name(f".{path.name}.part")
    shutil.rmtree(stage, ignore_errors=True)
    try:
        root = zarr.create_group(stage, zarr_format=3)
        trace = root.create_array(
            "trace",
            shape=(0, len(signals), len(times)),
            chunks=(BLOCK, 1, len(times)),
            dtype="float32",
            fill_value=np.nan,
            dimension_names=("sample", "signal", "time"),
            attributes={"units": "model units"},
        )
        samples: list[int] = []
        for block in _blocks(pieces):
            start = len(samples)
            samples += [sample for held, _ in block for sample in held]
            trace.resize((len(samples), len(signals), len(times)))
            for k in range(len(signals)):
                trace[start:, k, :] = np.concatenate([values[:, k] for _, values in block])
        for name, values, units in (
            ("sample", np.array(samples, np.int64), "1"),
            ("signal", np.array(signals, object), "1"),
            ("time", np.asarray(times, float), "model time"),
        ):
            kind = str if name == "signal" else values.dtype
            axis = root.create_array(
                name, shape=values.shape, dtype=kind, dimension_names=(name,), attributes={"units": units}
            )
            axis[:] = values
        with warnings.catch_warnings():  # read first by xarray; other readers may ignore it
            warnings.filterwarnings("ignore", message="Consolidated metadata")
            zarr.consolidate_metadata(root.store)
        remove(path)
        stage.rename(path)
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def digest(path: Path) -> str | None:
    """Hash names and contents of all files of the store; `None` where it cannot be read."""
    total = hashlib.sha256()
    try:
        for file in sorted(each for each in path.rglob("*") if not each.is_dir()):
            with file.open("rb") as content:
                found = hashlib.file_digest(content, "sha256").hexdigest()
            total.update(f"{found} {file.relative_to(path).as_posix()}\n".encode())
    except OSError:
        return None
    return total.hexdigest()


def remove(path: Path) -> None:
    """Remove the store, or any file of its name."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def stacked(pieces: Iterable[Piece], signals: int, times: int) -> np.ndarray:
    """Return all traces in memory, shape (samples, signals, times)."""
    return np.concatenate([np.zeros((0, signals, times), np.float32), *(values for _, values in pieces)])


def _blocks(pieces: Iterable[Piece]) -> Iterator[list[Piece]]:
    """Yield pieces regrouped into blocks of `BLOCK` samples; the last block has the remainder."""
    block: list[Piece] = []
    room = BLOCK
    for held, values in pieces:
        while len(held):
            block.append((held[:room], values[:room]))
            held, values = held[room:], values[room:]
            room -= len(block[-1][0])
            if room == 0:
                yield block
                block, room = [], BLOCK
    if block:
        yield block
