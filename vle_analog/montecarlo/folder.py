"""The folder of a run: its dependencies, its finished chunks, and finally its table, traces and summary.

`run.json` describes the run; `chunks/` contains finished chunks; `times.csv` has the CPU times, separate from the
results.
"""

import contextlib
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vle_analog.errors import InputError, Problem
from vle_analog.montecarlo.atomic import reported_errors
from vle_analog.montecarlo.chunk import Chunk, joined
from vle_analog.montecarlo.lock import Lock
from vle_analog.montecarlo.manifest import as_written, differences, key_of, plain, texts, understood
from vle_analog.montecarlo.store import ChunkStore, keys_in
from vle_analog.montecarlo.table import from_parquet, merged, to_parquet
from vle_analog.montecarlo.trace_store import Piece, digest, remove, stacked, write_traces
from vle_analog.output import MARK, PART, check_place, write_whole
from vle_analog.provenance import kit_version

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

FAMILY = "vle-analog montecarlo "
FORMAT = f"{FAMILY}1"
CHUNKS, LOCK, AXES, TIMES = "chunks", "lock", "axes.json", "times.csv"
TABLE, TRACES = "results.parquet", "traces.zarr"
OURS = {CHUNKS, LOCK, AXES, TIMES}  # entries of a run that may precede its mark


class RunFolder:
    """A run on disk: `open` for writing; `table`, `traces` and `record` also for reading without it.

    **Arguments:** `report`: called with every message; they are also kept in `messages`.

    ```python
    with RunFolder("out/mc").open({"study": digest, "seed": 1, "samples": 1000}, signals, times) as folder:
        run_chunks(work, chunks, folder)
        folder.finish({"yield": 0.97})
    ```
    """

    def __init__(self, path: str | Path, report: Callable[[str], None] | None = None):
        self.path = Path(path).absolute()
        self.messages: list[str] = []
        self._listener = report
        self._lock = Lock(self.path / LOCK, self.report)
        self._store: ChunkStore | None = None
        self._mark: dict[str, Any] = {}
        self._samples: tuple[range, ...] | None = None  # samples of the run; None: all finished ones
        self._stored: tuple[range, ...] | None = None  # samples whose traces the Zarr store contains
        self._traces: str | None = None  # their checksum
        self._new = False  # whether the folder was empty before

    def report(self, message: str) -> None:
        """Record a message for the user and pass it on."""
        self.messages.append(message)
        if self._listener is not None:
            self._listener(message)

    def open(
        self, manifest: Mapping[str, Any], signals: Sequence[object] = (), times: Sequence[float] | np.ndarray = ()
    ) -> "RunFolder":
        """Begin a run or continue it, with exclusive write access until `close`.

        **Arguments:**

        - `manifest`: everything a row depends on, in JSON types. Only `samples` may differ between calls.
        - `signals`, `times`: names and model times of the traces.

        **Raises:** `InputError` where the folder holds another run (nothing is touched then), is being written, or
        cannot be written.
        """
        axes = json.dumps({"signals": [str(signal) for signal in signals], "times": [float(time) for time in times]})
        traces = f"{len(signals)} signals, {len(times)} times, {hashlib.sha256(axes.encode()).hexdigest()}"
        manifest = plain({"kit": f"vle-analog {kit_version()}", **manifest, "traces": traces})
        self._check(manifest)
        try:
            with reported_errors(self.path):
                self.path.mkdir(parents=True, exist_ok=True)
                self._lock.acquire()
                there = self._check(manifest)  # checked again, as another process may have been faster
                if not there and (self.path / MARK).exists():
                    self.report(f"{MARK} of {self.path} was damaged and is written anew; the finished chunks are kept")
                (self.path / CHUNKS).mkdir(exist_ok=True)
                write_whole(self.path / AXES, (axes + "\n").encode())
                self._mark = {"format": FORMAT, "state": "running", "key": key_of(manifest), "manifest": manifest}
                write_whole(self.path / MARK, _json(self._mark))
            self._store = ChunkStore(self.path / CHUNKS, self._mark["key"])
            intact = self._store.verify(self.report)
            written = there.get("files", {}).get(TRACES)
            self._traces = digest(self.path / TRACES) if written else None
            if self._traces != written:
                self.report(f"{TRACES} of {self.path} was damaged and is written anew from the finished chunks")
            self._stored = _ranges(there) if intact and written and self._traces == written else None
            self._new = not there and not self._store.held
        except BaseException:
            self.close()
            raise
        return self

    def close(self) -> None:
        """Release the write access; can be called repeatedly."""
        with reported_errors(self.path):
            self._lock.release()
        self._store = None

    def __enter__(self) -> "RunFolder":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None and self._new and self._store is not None and not self._store.held:
            self._undo()
        self.close()

    def _undo(self) -> None:
        """Undo the beginning of a run that failed; files of others in the folder stay."""
        with contextlib.suppress(OSError):
            for name in (MARK, AXES, TIMES):
                (self.path / name).unlink(missing_ok=True)
            (self.path / CHUNKS).rmdir()
            self._lock.release()
            self.path.rmdir()

    def record(self) -> dict[str, Any]:
        """Return the content of `run.json`: `state` (running or complete), `manifest`, and once complete `samples` and
        `summary`.

        **Raises:** `InputError` where this is not the folder of a run, or one of another version of the format.
        """
        mark = self._read_mark("name the folder of one")
        if mark is None:
            raise InputError(
                Problem(
                    "not the folder of a Monte Carlo run",
                    str(self.path),
                    expected=f"a folder with {MARK}",
                    hint="vle-analog montecarlo makes one",
                )
            )
        if not mark:
            raise InputError(
                Problem(
                    f"{MARK} of this run is damaged",
                    str(self.path),
                    hint="the montecarlo command that made the run writes it anew, from the finished chunks",
                )
            )
        return mark

    def done(self) -> dict[int, int]:
        """Return first sample and number of samples of every finished chunk; those of an open run were checked."""
        return {held.start: len(held) for held in self._chunks().held}

    def consist(self, samples: Iterable[range]) -> None:
        """Set the samples of the run; others of a longer run may exist and are kept."""
        self._samples = joined(samples)

    def write(self, chunk: Chunk, cpu: float = 0.0, wall: float = 0.0) -> None:
        """Write a finished chunk to the disk; from then on it is never lost.

        **Arguments:** `cpu`, `wall`: seconds for the chunk.
        **Raises:** `InputError` where the disk is full.
        """
        numbers = [row["sample"] for row in chunk.rows]
        if not numbers or numbers != list(chunk.samples):
            raise ValueError(f"rows of a chunk must be the samples from {chunk.first} on, not {numbers}")
        if chunk.traces is not None and (
            len(chunk.traces) > len(numbers) or chunk.traces.shape[1:] != tuple(map(len, self._axes()))
        ):
            raise ValueError(f"traces of shape {chunk.traces.shape} do not fit {len(numbers)} samples and the axes")
        self._chunks().write(chunk)
        self._stored = None
        with reported_errors(self.path), (self.path / TIMES).open("a", encoding="utf-8") as file:
            title = "" if file.tell() else "first,samples,cpu_seconds,wall_seconds\n"
            file.write(f"{title}{chunk.first},{len(numbers)},{cpu:.6f},{wall:.6f}\n")

    def rows(self, samples: Iterable[range] | None = None) -> "pa.Table":
        """The rows of the run, or of these samples, as far as they are finished, sorted by sample.

        **Raises:** `InputError` where a chunk was damaged since it was checked.
        """
        store = self._chunks()
        return merged(store.table(part) for part in (self._parts() if samples is None else joined(samples)))

    def table(self) -> "pd.DataFrame":
        """One row per finished chip of the run, sorted by sample."""
        complete = self._store is None and self.record()["state"] == "complete"
        return (self._results() if complete else self.rows()).to_pandas()

    def traces(self) -> tuple[Any, tuple[str, ...], np.ndarray]:
        """Traces of shape (samples, signals, times), names of the signals, model times; see `traced`.

        For a complete run a Zarr array, read on demand; otherwise a NumPy array.

        **Raises:** `InputError` where the store was damaged since it was written.
        """
        signals, times = self._axes()
        mark = self.record() if self._store is None else self._mark
        if written := mark.get("files", {}).get(TRACES):
            import zarr

            if digest(self.path / TRACES) != written:
                raise _damaged("traces", "are", self.path / TRACES)
            return zarr.open_array(self.path / TRACES / "trace", mode="r"), signals, times
        return stacked(self._pieces(), len(signals), len(times)), signals, times

    def traced(self) -> np.ndarray:
        """Return the samples whose traces are kept, in the order of `traces`."""
        return np.array([sample for held, _ in self._pieces() for sample in held], dtype=int)

    def finish(self, summary: Mapping[str, Any] | None = None) -> None:
        """Write the table, the traces and the summary, which completes the run; chunks stay for a continuation.

        **Raises:** `InputError` where the disk is full; the chunks are kept.
        """
        parts, content = self._parts(), to_parquet(self.rows())
        with reported_errors(self.path):
            write_whole(self.path / TABLE, content)
            if any(True for _ in self._pieces()):
                if self._stored != parts:
                    signals, times = self._axes()
                    write_traces(self.path / TRACES, self._pieces(), signals, times)
                    self._traces = digest(self.path / TRACES)
            else:
                remove(self.path / TRACES)
                self._traces = None
            files = {TABLE: hashlib.sha256(content).hexdigest()} | ({TRACES: self._traces} if self._traces else {})
            self._mark |= {
                "state": "complete",
                "samples": [[part.start, part.stop] for part in parts],
                "files": files,
                "summary": plain(summary or {}),
            }
            write_whole(self.path / MARK, _json(self._mark))
        self._stored = parts

    def _chunks(self) -> ChunkStore:
        return self._store or ChunkStore(self.path / CHUNKS, self.record()["key"])

    def _parts(self) -> tuple[range, ...]:
        """Return the samples of the run."""
        whole = _ranges(self.record()) if self._store is None else self._samples
        return joined(self._chunks().held) if whole is None else whole

    def _pieces(self) -> Iterator[Piece]:
        store = self._chunks()
        return (piece for part in self._parts() for piece in store.traces(part))

    def _results(self) -> "pa.Table":
        path = self.path / TABLE
        with reported_errors(self.path):
            content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != self.record()["files"][TABLE]:
            raise _damaged("table", "is", path)
        return from_parquet(content)

    def _axes(self) -> tuple[tuple[str, ...], np.ndarray]:
        with reported_errors(self.path):
            axes = json.loads((self.path / AXES).read_text(encoding="utf-8"))
        return tuple(axes["signals"]), np.array(axes["times"], dtype=float)

    def _check(self, manifest: dict[str, Any]) -> dict[str, Any]:
        """Return the content of `run.json`, empty for a new run; refuse the folder of any other run."""
        check_place(self.path)
        mark = self._read_mark("choose another folder (--output)")
        if not mark and (keys := keys_in(self.path / CHUNKS)):
            if key_of(manifest) not in keys:
                raise InputError(
                    Problem(
                        f"{MARK} of the run in this folder is {'missing' if mark is None else 'damaged'}, and its "
                        "finished chunks are of other settings",
                        str(self.path),
                        hint="the very command that made the run goes on with it; "
                        "for another one choose another folder",
                    )
                )
            return {}
        if mark is not None and not mark:
            raise InputError(
                Problem(
                    f"{MARK} in this folder is damaged, and there is no finished chunk beside it",
                    str(self.path),
                    hint="choose another folder (--output)",
                )
            )
        if mark is None:
            others = [p.name for p in _entries(self.path) if p.name not in OURS and not p.name.endswith(PART)]
            if others:
                raise InputError(
                    Problem(
                        "the folder holds something that is not a Monte Carlo run",
                        str(self.path),
                        got=min(others),
                        expected="a new or empty folder, or one with a run to go on with",
                        hint="choose another folder",
                    )
                )
            return {}
        if (
            not as_written(mark)
            and mark["manifest"].get("kit") == manifest["kit"]
            and key_of(manifest) in keys_in(self.path / CHUNKS)
        ):
            return {}  # the chunks identify the run reliably
        if found := differences(mark["manifest"], manifest):
            studies = [each["study"] for each in (manifest, mark["manifest"]) if isinstance(each.get("study"), str)]
            if len({*studies}) > 1:
                raise InputError(
                    Problem(
                        "the folder holds a run of another study",
                        str(self.path),
                        *studies,
                        hint="choose another folder (--output)",
                    )
                )
            names, there, now = texts(found)
            raise InputError(
                Problem(
                    f"the folder holds a run that differs in {names}",
                    str(self.path),
                    got=now,
                    expected=f"{there}, as the run has it",
                    hint="choose another folder (--output), or the settings of the run that is there, to go on with it",
                )
            )
        return mark

    def _read_mark(self, hint: str) -> dict[str, Any] | None:
        """Return the content of `run.json`; `None` without the file, empty if it is damaged."""
        path = self.path / MARK
        try:
            with reported_errors(self.path):
                mark = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
        except ValueError:
            return {}
        if mark is None:
            return None
        if not isinstance(mark, dict) or not str(mark.get("format", "")).startswith(FAMILY):
            if keys_in(self.path / CHUNKS):  # only this program writes such chunks
                return {}
            raise InputError(Problem("this does not describe a Monte Carlo run", str(path), hint=hint))
        if mark["format"] != FORMAT:
            raise InputError(
                Problem(
                    "the folder holds a run in another format",
                    str(path),
                    got=str(mark["format"]),
                    expected=FORMAT,
                    hint=f"{hint}, or use the version of the program that made it",
                )
            )
        return mark if understood(mark, TABLE) else {}


def _ranges(mark: Mapping[str, Any]) -> tuple[range, ...] | None:
    """Return the samples of a complete run."""
    if mark.get("state") != "complete":
        return None
    return tuple(range(start, stop) for start, stop in mark["samples"])


def _damaged(what: str, verb: str, path: Path) -> InputError:
    return InputError(
        Problem(
            f"the {what} of the run {verb} damaged",
            str(path),
            got="bytes that differ from the checksum",
            hint=f"run montecarlo on the folder again: it writes the {what} anew from the chunks",
        )
    )


def _entries(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []


def _json(value: Mapping[str, Any]) -> bytes:
    return (json.dumps(value, indent=2, allow_nan=False) + "\n").encode()
