"""The finished chunks of a run on disk.


A chunk is valid once its record exists, which is written last and contains the checksums of its files; damaged chunks
are detected by them and removed.
"""

import contextlib
import hashlib
import io
import json
import re
from bisect import insort
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vle_analog.errors import InputError, Problem
from vle_analog.montecarlo.atomic import reported_errors, settle
from vle_analog.montecarlo.chunk import Chunk, overlapping
from vle_analog.montecarlo.table import from_parquet, merged, to_parquet, to_table
from vle_analog.output import PART, write_whole

if TYPE_CHECKING:
    import pyarrow as pa

OURS = re.compile(r"(\d{6,})\.(json|parquet|npy)")


class ChunkStore:
    """The files of the chunks: `NNNNNN.parquet`, `NNNNNN.npy` (traces) and `NNNNNN.json` (the record), by first sample.

    **Arguments:** `key`: of the run; chunks of another one are no part of it.
    """

    def __init__(self, folder: Path, key: str):
        self.folder, self.key = folder, key
        self._records = {record["first"]: record for record in self._read()}
        self.held = [range(first, first + self._records[first]["samples"]) for first in sorted(self._records)]

    def verify(self, report: Callable[[str], None]) -> bool:
        """Check every file; remove and report damaged chunks, and remove incomplete files of a killed process.

        **Returns:** whether no chunk was damaged.
        """
        good = {first: record for first, record in self._records.items() if self._whole(record)}
        with reported_errors(self.folder.parent):
            names = {path: OURS.fullmatch(path.name) for path in sorted(self.folder.iterdir())}
            useless = [path for path, name in names.items() if name and int(name[1]) not in good]
            damaged = [path for path in useless if path.suffix == ".json"]
            for path in damaged:  # before their files: a remaining record alone would count as a valid chunk
                path.unlink()
                report(f"chunk {path.stem} of {self.folder.parent} is damaged: its samples are simulated again")
            for path in [*useless, *(path for path in names if path.name.endswith(PART))]:
                path.unlink(missing_ok=True)
        self._records = good
        self.held = [held for held in self.held if held.start in good]
        return not damaged

    def write(self, chunk: Chunk) -> None:
        """Write a finished chunk to disk, the record last.

        **Raises:** `InputError` where the disk is full; the chunks that are there stay.
        """
        stem = f"{chunk.first:06d}"
        files = {f"{stem}.parquet": to_parquet(to_table(chunk.rows))}
        if chunk.traces is not None:
            files[f"{stem}.npy"] = _npy(chunk.traces)
        record: dict[str, Any] = {
            "first": chunk.first,
            "samples": len(chunk.rows),
            "key": self.key,
            "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
        }
        with reported_errors(self.folder.parent):
            for name, content in files.items():
                write_whole(self.folder / name, content)
            settle(self.folder)
            write_whole(self.folder / f"{stem}.json", (json.dumps(record | {"seal": _seal(record)}) + "\n").encode())
            settle(self.folder)
        if chunk.first not in self._records:
            insort(self.held, chunk.samples, key=lambda held: held.start)
        self._records[chunk.first] = record

    def table(self, samples: range) -> "pa.Table":
        """Return the available rows of these samples.

        **Raises:** `InputError` where a chunk was damaged since it was checked.
        """
        tables = []
        for held in overlapping(samples, self.held):
            begin, end = max(samples.start, held.start), min(samples.stop, held.stop)
            tables.append(from_parquet(self._content(held.start)).slice(begin - held.start, end - begin))
        return merged(tables)

    def traces(self, samples: range) -> Iterator[tuple[range, np.ndarray]]:
        """Yield the samples that have traces, with their traces, shape (samples, signals, times), read on demand."""
        for held in overlapping(samples, self.held):
            path = self.folder / f"{held.start:06d}.npy"
            if path.name in self._records[held.start]["files"]:
                with reported_errors(self.folder.parent):
                    values = np.load(path, mmap_mode="r")
                begin, end = max(samples.start, held.start), min(samples.stop, held.start + len(values))
                if begin < end:
                    yield range(begin, end), values[begin - held.start : end - held.start]

    def _content(self, first: int) -> bytes:
        path = self.folder / f"{first:06d}.parquet"
        with reported_errors(self.folder.parent):
            content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != self._records[first]["files"][path.name]:
            raise InputError(
                Problem(
                    "a chunk of the run is damaged",
                    str(path),
                    got="bytes that differ from its checksum",
                    hint="run montecarlo on the folder again: it simulates these samples again, and only these",
                )
            )
        return content

    def _read(self) -> Iterator[dict[str, Any]]:
        """Return the valid records of this run; of overlapping ones, which this program does not write, the first."""
        end = -1
        for path in sorted(self.folder.glob("*.json"), key=lambda path: (len(path.name), path.name)):
            name = OURS.fullmatch(path.name)
            try:
                record = json.loads(path.read_text(encoding="utf-8"))
            except (OSError, ValueError):
                continue
            if not name or not isinstance(record, dict) or record.pop("seal", None) != _seal(record):
                continue
            if record["key"] == self.key and record["first"] == int(name[1]) and record["first"] >= end:
                end = record["first"] + record["samples"]
                yield record

    def _whole(self, record: dict[str, Any]) -> bool:
        try:
            for name, digest in record["files"].items():
                with (self.folder / name).open("rb") as file:
                    if hashlib.file_digest(file, "sha256").hexdigest() != digest:
                        return False
        except OSError:
            return False
        return True


def keys_in(folder: Path) -> set[str]:
    """Return the keys of the runs that have finished chunks in this folder."""
    keys = set()
    for path in folder.glob("*.json"):
        with contextlib.suppress(OSError, ValueError):
            record = json.loads(path.read_text(encoding="utf-8"))
            if isinstance(record, dict) and record.pop("seal", None) == _seal(record):
                keys.add(str(record.get("key")))
    return keys


def _seal(record: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()


def _npy(values: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.ascontiguousarray(values, np.float32), allow_pickle=False)
    return buffer.getvalue()
