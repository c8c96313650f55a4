"""The cell library: reads `circuits/`, one folder per cell, one `.cir` file per level, and the processes."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from vle_analog.cells.subcircuit import read_subcircuit
from vle_analog.errors import InputError, Problem
from vle_analog.netlist.circuit import COMMON_PINS, Subcircuit
from vle_analog.resources import shipped

_read_subcircuit = cache(read_subcircuit)
LEVELS = ("behavioural", "macromodel", "transistor")


@dataclass(frozen=True)
class Parameter:
    """A parameter of a cell; SI units."""

    unit: str
    default: float
    description: str


@dataclass(frozen=True)
class Cell:
    """A cell of the library.

    **Arguments:**

    - `pins`: the same at every level; the last four are cm (reference of all signals), vdd, vss, and hold, high while
      cells that store a start value are held at it.
    - `equation`: what the cell computes, in model units.
    - `law`: per pin the current that the cell sends into the net, per inner node the current that must vanish.
    - `functions`: names in the law and the cards that placement binds to an activation.
    - `sizing`: per parameter the formula that makes it from the network's numbers, the units and the process.
    - `composed`: per ideal parameter of the primitives in the cell's composition its formula in the cell's parameters.
    """

    name: str
    summary: str
    pins: tuple[str, ...]
    internal: tuple[str, ...]
    functions: tuple[str, ...]
    equation: str
    law: Mapping[str, str]
    parameters: Mapping[str, Parameter]
    sizing: Mapping[str, str]
    composed: Mapping[str, str]
    folder: Path

    @property
    def levels(self) -> tuple[str, ...]:
        """Levels that this cell has a netlist for."""
        return tuple(level for level in LEVELS if (self.folder / f"{level}.cir").is_file())

    def subcircuit(self, level: str) -> Subcircuit:
        """The cell's netlist at one level.

        **Raises:** `InputError` where the level is missing, or its pins or parameters are not the cell's.
        """
        return _subcircuit(self, level)


def cell(name: str, library: Path | None = None) -> Cell:
    """The cell called `name`; **raises** `InputError` where its folder is not right."""
    return _read(name, library or shipped("circuits"))


def cell_names(library: Path | None = None) -> tuple[str, ...]:
    """Names of all cells of the library."""
    folder = library or shipped("circuits")
    return tuple(sorted(path.parent.name for path in folder.glob("*/cell.toml")))


@cache
def _read(name: str, library: Path) -> Cell:
    path = library / name / "cell.toml"
    try:
        document: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise InputError(
            Problem(f"there is no cell {name!r}", str(path), expected=", ".join(cell_names(library)))
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(Problem("the cell's description is not TOML", str(path), got=str(error))) from None
    missing = [key for key in ("summary", "pins", "equation", "law") if key not in document]
    if missing:
        raise InputError(Problem(f"the cell's description lacks {missing[0]!r}", str(path)))
    pins = tuple(document["pins"])
    if pins[-len(COMMON_PINS) :] != COMMON_PINS:
        raise InputError(
            Problem(
                "a cell's pins end with the common ones",
                str(path),
                got=" ".join(pins),
                expected="... " + " ".join(COMMON_PINS),
            )
        )
    try:
        parameters = {key: Parameter(**value) for key, value in document.get("parameters", {}).items()}
    except TypeError as error:
        raise InputError(
            Problem("a parameter needs unit, default and description", str(path), got=str(error))
        ) from None
    return Cell(
        name,
        document["summary"],
        pins,
        tuple(document.get("internal", ())),
        tuple(document.get("functions", ())),
        document["equation"],
        document["law"],
        parameters,
        document.get("sizing", {}),
        document.get("composed", {}),
        path.parent,
    )


def _subcircuit(cell: Cell, level: str) -> Subcircuit:
    path = cell.folder / f"{level}.cir"
    if not path.is_file():
        raise InputError(
            Problem(
                f"cell {cell.name} has no level {level!r}",
                str(path),
                expected=" or ".join(cell.levels) or "a .cir file",
                hint='set level = "behavioural" in [circuit]',
            )
        )
    read = _read_subcircuit(path, cell.functions)
    if read.pins != cell.pins:
        raise InputError(
            Problem("the pins differ from the cell's", str(path), got=" ".join(read.pins), expected=" ".join(cell.pins))
        )
    unknown = [key for key in read.parameters if key not in cell.parameters]
    if unknown:
        raise InputError(
            Problem(f"parameter {unknown[0]!r} is not the cell's", str(path), expected=", ".join(cell.parameters))
        )
    return read
