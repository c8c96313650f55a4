"""The results of a command that does not finish: everything that was simulated or solved, in `DIR-failed`.

Where that folder cannot be written, as on a full disk, it goes into the folder of temporary files.
"""

import io
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vle_analog.errors import InputError, Problem
from vle_analog.network import Traces
from vle_analog.output import MARK, whole_folder, write_json

if TYPE_CHECKING:
    from vle_analog.netlist.deck import Deck
    from vle_analog.simulator.result import SimulationResult

Write = Callable[[Path], object]
Files = Mapping[str, Write]
"""Name of a file -> what writes it, at the path that it is given."""


@contextmanager
def kept(
    folder: Path, files: Callable[[BaseException], Files], marked: Callable[[BaseException], dict[str, Any]]
) -> Iterator[None]:
    """Keeps files of a block that fails or is interrupted; `marked`: the content of their `run.json`.

    **Raises:** `InputError` where `folder` has no name; else what the block raises, with a note.
    """
    whole = folder if folder.name else folder.absolute()
    if not whole.name:
        raise InputError(Problem("the output folder is the root of the file system", "--output", got=str(folder)))
    try:
        yield
    except BaseException as failure:
        if there := files(failure):
            failure.add_note(_keep(whole.with_name(whole.name + "-failed"), there, marked(failure)))
            if isinstance(traces := getattr(failure, "traces", None), Traces):
                extent = f"{len(traces.time)} points in time, to model time {traces.time[-1]:.6g}"
                failure.add_note(f"            the signals up to there, {extent}")
        raise


def _keep(folder: Path, files: Files, entries: dict[str, Any]) -> str:
    """Write the files, into a temporary folder where they do not fit; return a line with their place."""
    places: list[Callable[[], Path]] = [
        lambda: folder,
        lambda: Path(tempfile.mkdtemp(prefix="vle-analog-")) / folder.name,
    ]
    problems = []
    for place in places:
        try:
            kept_in = place()
            with whole_folder(kept_in) as stage:
                for name, write in files.items():
                    (stage / name).parent.mkdir(parents=True, exist_ok=True)
                    write(stage / name)
                write_json(stage / MARK, entries)
        except (InputError, OSError) as problem:
            problems.append(str(problem))
        else:
            first = f" ({problems[0].splitlines()[0]})" if problems else ""
            names = dict.fromkeys(name.partition("/")[0] for name in files)
            return f"  kept:     {', '.join(str(kept_in / name) for name in names)}{first}"
    return "  kept:     nothing: " + "; ".join(problems)


def deck_files(deck: "Deck", log: str) -> Files:
    """A deck with the data that it reads, and what ngspice printed."""
    texts = {"deck.cir": deck.text().encode(), **deck.files, "ngspice.log": log.encode()}
    return {name: bytes_file(content) for name, content in texts.items()}


def run_files(runs: "list[tuple[Deck, SimulationResult]] | tuple[()]") -> Files:
    """Deck, log and vectors of every one of many runs."""
    files: dict[str, Write] = {}
    for number, (deck, result) in enumerate(runs):
        vectors = io.BytesIO()
        arrays: dict[str, Any] = {**{name: result.vectors[name] for name in deck.saves}, "time": result.time}
        np.savez(vectors, **arrays)
        own = {**deck_files(deck, result.log), "vectors.npz": bytes_file(vectors.getvalue())}
        files |= {f"runs/{number:03d}/{name}": write for name, write in own.items()}
    return files


def bytes_file(content: bytes) -> Write:
    """Writes these bytes."""
    return lambda path: path.write_bytes(content)


def traces_file(traces: Traces) -> Write:
    """Return a function that writes what `traces.to_xarray().to_netcdf(path)` does, without loading xarray."""

    def write(path: Path) -> None:
        from scipy.io import netcdf_file

        with netcdf_file(path, "w", version=2) as file:
            file.createDimension("time", len(traces.time))
            rows = [("time", traces.time, {"units": "model time", "long_name": "time"})]
            named = zip(traces.signals, traces.values, strict=True)
            rows += [(str(s), row, {"units": "1", "kind": s.kind, "owner": s.owner}) for s, row in named]
            for name, values, attributes in rows:
                variable = file.createVariable(name, "f8", ("time",))
                variable[:] = values
                for key, text in attributes.items():
                    setattr(variable, key, text)

    return write
