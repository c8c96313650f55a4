"""One chip of a run made again: drawn from the run's seed and its number, simulated, and held against its row."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vle_analog.errors import InputError, Problem
from vle_analog.network import StudySpec, VariationSettings, study_from_document
from vle_analog.output import MARK
from vle_analog.variation.engines import CompiledWork, NgspiceWork
from vle_analog.variation.folder import RunFolder
from vle_analog.variation.lot import Lot, Nominal, on_grid
from vle_analog.variation.manifest import as_written
from vle_analog.variation.montecarlo import manifest_of
from vle_analog.variation.summary import plain

if TYPE_CHECKING:
    import pandas as pd

ENGINES = {"compiled": CompiledWork, "ngspice": NgspiceWork}
REPRODUCED = 1e-7  # relative
NOTHING = 1e-12  # a number below this, in model units, is rounding
SAME = ("digest", "deck")  # of study and nominal circuit: what must not have changed since the run


@dataclass(frozen=True, eq=False)
class Replay:
    """A chip made again by the engine of its run.

    **Arguments:**

    - `lot`, `engine`, `sample`: which chip of which run. `z`: its standard normals, shape `(sites,)`.
    - `row`: as it is in the run; `again`: as it came out now.
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
        """Whether the row came out again."""
        return self.row["status"] == self.again["status"] and self.difference <= REPRODUCED


def replay(folder: Path, sample: int, make: Callable[[StudySpec], Nominal]) -> Replay:
    """Makes one chip of a run again.

    **Raises:** `InputError` where there is no such run or chip, or the study or the kit has changed since.
    """
    run = RunFolder(folder)
    record = run.record()
    manifest = record["manifest"]
    if not as_written(record):
        raise InputError(Problem(
            f"the study of this run has changed since in its {MARK}", str(folder),
            hint="the montecarlo command that made the run writes it anew, from the finished chunks",
        ))  # fmt: skip
    if manifest.get("part"):
        raise InputError(Problem(
            f"this is the {manifest['part']} part of a run", str(folder), hint=f"replay {folder.absolute().parent}"
        ))  # fmt: skip
    engine = str(manifest.get("engine"))
    if engine not in ENGINES or not isinstance(manifest.get("document"), dict):
        raise InputError(Problem(
            "the chips of this run cannot be made again", str(folder), got=f"a run of engine {engine}",
            expected=f"a run of a study by {' or '.join(ENGINES)}", hint="vle-analog montecarlo makes one",
        ))  # fmt: skip
    row = row_of(run.table(), sample, folder)
    lot = lot_of(manifest, make)
    now = plain(manifest_of(lot, engine))
    changed = [key for key in SAME if manifest.get(key) != now[key]]
    if changed:
        raise InputError(Problem(
            "the study of this run has changed since, or the kit that made it", str(folder),
            got=f"{changed[0]} {str(now[changed[0]])[:12]}", expected=f"{changed[0]} {str(manifest[changed[0]])[:12]}",
            hint="run montecarlo anew, in another folder",
        ))  # fmt: skip
    z = lot.draws([sample])
    again = ENGINES[engine](lot).chips(range(sample, sample + 1), z).rows[0]
    difference, column = largest_difference(row, again)
    return Replay(lot, engine, sample, z[:, 0], row, again, difference, column)


def lot_of(manifest: Mapping[str, Any], make: Callable[[StudySpec], Nominal]) -> Lot:
    """The lot that a run is of."""
    spec = study_from_document(manifest["document"], manifest["study"], manifest["folder"])
    names = {entry.name for entry in fields(VariationSettings)} & {*manifest}
    variation = replace(spec.variation, **{name: manifest[name] for name in names})
    return Lot(on_grid(replace(spec, variation=variation)), make, manifest.get("total"))


def row_of(table: "pd.DataFrame", sample: int, folder: Path) -> dict[str, Any]:
    """The row of a chip.

    **Raises:** `InputError` where the run has no such chip.
    """
    found = table[table["sample"] == sample]
    if not len(found):
        numbers = table["sample"]
        there = f"{numbers.min()} to {numbers.max()}" if len(numbers) else "none yet"
        raise InputError(Problem(f"the run {folder} has no such chip", "--sample", str(sample), there))
    return found.iloc[0].to_dict()


def largest_difference(first: Mapping[str, Any], second: Mapping[str, Any]) -> tuple[float, str]:
    """The largest relative difference of the numbers of two rows, and its column; infinite where one is missing."""
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
