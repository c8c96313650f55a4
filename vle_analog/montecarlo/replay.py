"""The repetition of one chip of a run: drawn from the run's seed and its number, simulated, compared with its row."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vle_analog.errors import InputError, Problem
from vle_analog.montecarlo.engines import CompiledWork, NgspiceWork
from vle_analog.montecarlo.folder import RunFolder
from vle_analog.montecarlo.lot import Lot, Nominal, on_grid
from vle_analog.montecarlo.manifest import as_written
from vle_analog.montecarlo.run import manifest_of
from vle_analog.montecarlo.summary import plain
from vle_analog.output import MARK
from vle_analog.study import StudySpec, VariationSettings, study_from_document

if TYPE_CHECKING:
    import pandas as pd

ENGINES = {"compiled": CompiledWork, "ngspice": NgspiceWork}
REPRODUCED = 1e-7  # relative
NOTHING = 1e-12  # numbers below this, in model units, are rounding errors
SAME = ("digest", "deck")  # digests of study and nominal circuit, which must not have changed since the run


@dataclass(frozen=True, eq=False)
class Replay:
    """The repetition of one chip by the engine of its run.

    **Arguments:**

    - `lot`, `engine`, `sample`: which chip of which run. `z`: its standard normals, shape `(sites,)`.
    - `row`: the row of the run; `again`: the repeated one.
    - `difference`: the largest relative difference of two numbers of the rows; `column`: where.
    """

    lot: Lot
    engine: str
    sample: int
    z: np.ndarray
    row: Mapping[str, Any]
    again: Mapping[str, Any]
    difference: float
    column: str

    @property
    def reproduced(self) -> bool:
        """True where the row was reproduced."""
        return self.row["status"] == self.again["status"] and self.difference <= REPRODUCED


def replay(folder: Path, sample: int, make: Callable[[StudySpec], Nominal]) -> Replay:
    """Repeat one chip of a run.

    **Raises:** `InputError` where there is no such run or chip, or the study or the program has changed since.
    """
    run = RunFolder(folder)
    record = run.record()
    manifest = record["manifest"]
    if not as_written(record):
        raise InputError(
            Problem(
                f"the study of this run has changed since in its {MARK}",
                str(folder),
                hint="the montecarlo command that made the run writes it anew, from the finished chunks",
            )
        )
    if manifest.get("part"):
        raise InputError(
            Problem(
                f"this is the {manifest['part']} part of a run", str(folder), hint=f"replay {folder.absolute().parent}"
            )
        )
    engine = str(manifest.get("engine"))
    if engine not in ENGINES or not isinstance(manifest.get("document"), dict):
        raise InputError(
            Problem(
                "the chips of this run cannot be made again",
                str(folder),
                got=f"a run of engine {engine}",
                expected=f"a run of a study by {' or '.join(ENGINES)}",
                hint="vle-analog montecarlo makes one",
            )
        )
    row = row_of(run.table(), sample, folder)
    lot = lot_of(manifest, make)
    now = plain(manifest_of(lot, engine))
    changed = [key for key in SAME if manifest.get(key) != now[key]]
    if changed:
        raise InputError(
            Problem(
                "the study of this run, or the version of the program, has changed since",
                str(folder),
                got=f"{changed[0]} {str(now[changed[0]])[:12]}",
                expected=f"{changed[0]} {str(manifest[changed[0]])[:12]}",
                hint="run montecarlo anew, in another folder",
            )
        )
    z = lot.draws([sample])
    again = ENGINES[engine](lot).chips(range(sample, sample + 1), z).rows[0]
    difference, column = largest_difference(row, again)
    return Replay(lot, engine, sample, z[:, 0], row, again, difference, column)


def lot_of(manifest: Mapping[str, Any], make: Callable[[StudySpec], Nominal]) -> Lot:
    """Return the lot of a run."""
    spec = study_from_document(manifest["document"], manifest["study"], manifest["folder"])
    names = {entry.name for entry in fields(VariationSettings)} & {*manifest}
    variation = replace(spec.variation, **{name: manifest[name] for name in names})
    return Lot(on_grid(replace(spec, variation=variation)), make, manifest.get("total"))


def row_of(table: "pd.DataFrame", sample: int, folder: Path) -> dict[str, Any]:
    """Return the row of a chip.

    **Raises:** `InputError` where the run has no such chip.
    """
    found = table[table["sample"] == sample]
    if not len(found):
        numbers = table["sample"]
        there = f"{numbers.min()} to {numbers.max()}" if len(numbers) else "none yet"
        raise InputError(Problem(f"the run {folder} has no such chip", "--sample", str(sample), there))
    return found.iloc[0].to_dict()


def largest_difference(first: Mapping[str, Any], second: Mapping[str, Any]) -> tuple[float, str]:
    """Return the largest relative difference of two rows and its column; infinite where a value is missing."""
    worst, where = 0.0, ""
    for column in first:
        if column in ("sample", "status"):
            continue
        one, other = (float("nan") if row.get(column) is None else float(row[column]) for row in (first, second))
        if np.isnan(one) or np.isnan(other):
            apart = 0.0 if np.isnan(one) and np.isnan(other) else np.inf
        elif one == other or max(abs(one), abs(other)) < NOTHING:
            apart = 0.0
        else:
            apart = abs(one - other) / max(abs(one), abs(other))
        if apart > worst:
            worst, where = apart, column
    return float(worst), where
