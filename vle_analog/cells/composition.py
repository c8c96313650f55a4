"""The rules for composed cells: primitives, matched by their pins and parameters, named by one rule.

An instance Xname receives the ideal parameter of its primitive (gm, i or g), `ib` and `k` from the cell's parameters
name_gm (name_i, name_g), name_ib and name_k.
"""

import difflib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from vle_analog.cells.key_line import key_line
from vle_analog.errors import InputError, Problem
from vle_analog.netlist.circuit import COMMON_PINS, Piece, Subcircuit

if TYPE_CHECKING:
    from vle_analog.cells.library import Cell

IDEAL = ("gm", "i", "g")  # ideal gain of a primitive; its bias current and number of units follow
NAMED = (*IDEAL, "ib", "k")  # parameters that follow the rule of names
SCALES = ("vx", "vy", "vn")  # volts that follow from the process


class UnknownCellError(InputError):
    """A cell name that is not in the library."""


def check_pieces(cell: "Cell", read: Subcircuit, path: Path, find: Callable[[str], "Cell"]) -> None:
    """Check the primitives of a composed cell.

    **Raises:** `InputError` naming file and line of the first instance that breaks a rule.
    """
    formulas, named = {}, set()
    for piece in read.pieces:
        where = f"{path}:{piece.line}"
        primitive = _primitive(piece, where, find)
        if len(piece.nodes) != len(primitive.pins) or piece.nodes[-len(COMMON_PINS) :] != COMMON_PINS:
            given = key_line(primitive.folder / "cell.toml", "pins")
            raise InputError(
                Problem(
                    f"X{piece.name} does not fit the pins of {piece.cell}",
                    where,
                    " ".join(piece.nodes),
                    " ".join(primitive.pins),
                    f"a node for every pin ({given}); the last ones are {' '.join(COMMON_PINS)}",
                )
            )
        _check_parameters(piece, primitive, where)
        named |= {piece.given[key] for key in NAMED if key in piece.given}
        formulas |= {piece.given[key]: where for key in IDEAL if key in piece.given}
    unknown = [key for key in read.parameters if key not in {*cell.parameters, *named, *SCALES}]
    if unknown:
        expected = ", ".join([*cell.parameters, *sorted(named), *SCALES])
        raise InputError(
            Problem(f"parameter {unknown[0]!r} is not the cell's", f"{path}:{read.line}", expected=expected)
        )
    for name, where in formulas.items():
        if name not in cell.composed:
            hint = f'{cell.folder / "cell.toml"}: [composed] needs a line {name} = "..."'
            raise InputError(
                Problem(f"there is no formula for {name}", where, expected=f"[composed] {name}", hint=hint)
            )


def _primitive(piece: Piece, where: str, find: Callable[[str], "Cell"]) -> "Cell":
    try:
        found = find(piece.cell)
    except UnknownCellError as error:
        raise InputError(*(Problem(p.what, where, piece.cell, p.expected, p.hint) for p in error.problems)) from None
    if not found.primitive:
        raise InputError(Problem(f"{piece.cell} is not a primitive", where, expected="a cell with a transistor.cir"))
    return found


def _check_parameters(piece: Piece, primitive: "Cell", where: str) -> None:
    for key, parameter in piece.given.items():
        if key not in primitive.parameters:
            near = difflib.get_close_matches(key, primitive.parameters, n=1)
            raise InputError(
                Problem(
                    f"{piece.cell} has no parameter {key!r}",
                    where,
                    expected=", ".join(primitive.parameters),
                    hint=f"did you mean {near[0]!r}?" if near else "",
                )
            )
        if key in NAMED and parameter != f"{piece.name}_{key}":
            raise InputError(
                Problem(
                    f"{key} of X{piece.name} breaks the rule of names",
                    where,
                    got=f"{key}={{{parameter}}}",
                    expected=f"{key}={{{piece.name}_{key}}}",
                )
            )
    needed = (*NAMED, *SCALES, "v")  # all others have a suitable default
    missing = [key for key in primitive.parameters if key in needed and key not in piece.given]
    if missing:
        raise InputError(
            Problem(f"X{piece.name} does not set {missing[0]}", where, expected=" ".join(primitive.parameters))
        )
