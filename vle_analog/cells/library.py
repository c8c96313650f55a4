"""The cell library: reads `circuits/`, one folder per cell, one `.cir` file per level.

A network cell is behavioural, or composed of primitives; a primitive has a netlist for every level. Files of the user's
own folder override the shipped ones.
"""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from vle_analog.cells.card_values import Kind
from vle_analog.cells.composition import IDEAL, UnknownCellError, check_pieces
from vle_analog.cells.description import Parameter, read_description
from vle_analog.cells.key_line import key_line
from vle_analog.cells.subcircuit import read_subcircuit
from vle_analog.errors import InputError, Problem
from vle_analog.levels import LEVELS
from vle_analog.netlist.circuit import Subcircuit
from vle_analog.resources import shipped
from vle_analog.stamp import stamp

COMPOSED = LEVELS[1:]  # levels at which a network cell is made of primitives
COMPOSED_ACTIVATIONS = ("tanh", "linear")  # the curve of a pair of transistors, plain or linearised


@dataclass(frozen=True)
class Cell:
    """A cell of the library.

    **Arguments:**

    - `pins`: the same at every level; the last four are cm (reference of all signals), vdd, vss, and hold, high while
      cells that store a start value are held at it.
    - `equation`: of the cell, in model units.
    - `law`: per pin the current from the cell into the net, per inner node the current that must vanish.
    - `law_macromodel`: the same of the macromodel of a primitive, with its deviations, and `pole`, a time constant.
    - `functions`: names in the law and the cards that placement binds to an activation.
    - `sizing`: per parameter its formula in quantities of the network, the units and the process.
    - `composed`: per ideal parameter of the primitives in the cell's composition its formula in the cell's parameters.
    - `folder`: of the cell's description. `own`: the user's library, which overrides it.
    - `start`: per node that stores a value, the parameter with its voltage at the start.
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
    own: Path | None = None
    start: Mapping[str, str] = field(default_factory=dict)
    law_macromodel: Mapping[str, str] = field(default_factory=dict)

    def file(self, name: str) -> Path:
        """Return a file of the cell: the user's own where it exists, otherwise the shipped path."""
        own = None if self.own is None else self.own / self.name / name
        return own if own is not None and own.is_file() else shipped("circuits") / self.name / name

    @property
    def primitive(self) -> bool:
        """True for a cell with transistors, or with a model of them, of which composed cells are made."""
        return any(self.file(f"{level}.cir").is_file() for level in COMPOSED)

    @property
    def gain(self) -> str:
        """Name of the ideal parameter of a primitive; empty where it has none."""
        return next((key for key in IDEAL if key in self.parameters), "")

    @property
    def levels(self) -> tuple[str, ...]:
        """Levels of this cell; a composed network cell, if only for one activation, has all of them."""
        if not self.primitive and any(self._composed(activation) for activation in ("", *COMPOSED_ACTIVATIONS)):
            return LEVELS
        return self._files

    @property
    def _files(self) -> tuple[str, ...]:
        return tuple(level for level in LEVELS if self.file(f"{level}.cir").is_file())

    def subcircuit(self, level: str) -> Subcircuit:
        """Return the cell's own netlist at one level.

        A macromodel has additional parameters, one for each of its deviations.

        **Raises:** `InputError` where the level is missing, or its pins or parameters differ from the cell's.
        """
        path = self.file(f"{level}.cir")
        if not path.is_file():
            raise InputError(
                Problem(
                    f"cell {self.name} has no level {level!r}",
                    str(self.folder / path.name),
                    expected=" or ".join(self._files) or "a .cir file",
                    hint='set level = "behavioural" in [circuit]',
                )
            )
        kind: Kind = "primitive" if self.primitive else "behavioural"
        return self._checked(path, kind, None if level == "macromodel" else set(self.parameters))

    def composes(self, activation: str) -> bool:
        """True where there is a composition for this activation."""
        return self._composed(activation) is not None

    def composition(self, activation: str = "") -> Subcircuit:
        """Return the composition of the cell; its `pieces` are primitives, at any level.

        **Raises:** `InputError` where there is no composition, or where it does not fit the primitives.
        """
        path = self._composed(activation)
        if path is None:
            raise InputError(
                Problem(
                    f"there is no transistor version of {self.name}{f' for {activation!r}' if activation else ''}",
                    str(self.folder / "composed.cir"),
                )
            )
        read = self._checked(path, "composed", None)
        check_pieces(self, read, path, lambda name: cell(name, self.own))
        return read

    def _composed(self, activation: str) -> Path | None:
        names = (f"composed_{activation}.cir", "composed.cir") if activation else ("composed.cir",)
        return next((path for path in map(self.file, names) if path.is_file()), None)

    def _checked(self, path: Path, kind: Kind, known: set[str] | None) -> Subcircuit:
        read = _read_subcircuit(path, stamp(path), self.functions, kind)
        if read.pins != self.pins:
            got, expected = " ".join(read.pins), " ".join(self.pins)
            where, hint = f"{path}:{read.line}", f"the cell's are in {key_line(self.folder / 'cell.toml', 'pins')}"
            raise InputError(Problem("the pins differ from the cell's", where, got, expected, hint))
        unknown = [key for key in read.parameters if known is not None and key not in known]
        if unknown:
            expected = ", ".join(self.parameters)
            where = f"{path}:{read.line}"
            raise InputError(Problem(f"parameter {unknown[0]!r} is not the cell's", where, expected=expected))
        return read


def cell(name: str, own: Path | None = None) -> Cell:
    """Return the cell called `name`.

    **Arguments:** `own`: the user's library, which overrides the shipped one.

    **Raises:** `InputError` where there is no such cell, or its folder is invalid.
    """
    folders = [folder for folder in (own, shipped("circuits")) if folder is not None]
    path = next((p for p in (folder / name / "cell.toml" for folder in folders) if p.is_file()), None)
    if path is None:
        near = difflib.get_close_matches(name, cell_names(own), n=1)
        where, hint = str(folders[0] / name / "cell.toml"), f"did you mean {near[0]!r}?" if near else ""
        what, expected = f"there is no cell {name!r}", ", ".join(cell_names(own))
        raise UnknownCellError(Problem(what, where, expected=expected, hint=hint))
    return _read(name, own, path, stamp(path))


def cell_names(own: Path | None = None) -> tuple[str, ...]:
    """List the names of all cells of the library, sorted."""
    folders = (shipped("circuits"), *([own] if own else []))
    return tuple(sorted({path.parent.name for folder in folders for path in folder.glob("*/cell.toml")}))


@cache  # `state` is part of the key
def _read_subcircuit(path: Path, state: tuple[int, ...], functions: tuple[str, ...], kind: Kind) -> Subcircuit:  # noqa: ARG001
    return read_subcircuit(path, functions, kind)


@cache  # `state` is part of the key
def _read(name: str, own: Path | None, path: Path, state: tuple[int, ...]) -> Cell:  # noqa: ARG001
    found = read_description(path)
    return Cell(
        name,
        found["summary"],
        tuple(found["pins"]),
        tuple(found["internal"]),
        tuple(found["functions"]),
        found["equation"],
        found["law"],
        found["parameters"],
        found["sizing"],
        found["composed"],
        path.parent,
        own,
        found["start"],
        found["law_macromodel"],
    )
