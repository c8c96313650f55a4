"""The parsing of a cell's `cell.toml`: every key is checked for its type."""

import math
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vle_analog.cells.card_values import NAME
from vle_analog.cells.key_line import key_line
from vle_analog.errors import InputError, Problem
from vle_analog.netlist.circuit import COMMON_PINS
from vle_analog.netlist.formula import parse

FUNCTIONS = ("phi", "slope")  # that placement binds to an activation
_NEEDED = ("summary", "pins", "equation", "law")
_TEXT, _LINE = "a text", "one line of printable ASCII: it becomes a comment of the netlist"
_NAMES, _TABLE = "a list of names in small letters", "a table of texts"
_KINDS = {
    "summary": _TEXT,
    "equation": _LINE,
    "pins": _NAMES,
    "internal": _NAMES,
    "functions": _NAMES,
    **dict.fromkeys(("law", "law_macromodel", "sizing", "composed", "start"), _TABLE),
}
_CHECKS: dict[str, Callable[[Any], bool]] = {
    _TEXT: lambda value: isinstance(value, str),
    _LINE: lambda value: isinstance(value, str) and value.isascii() and value.isprintable(),
    _NAMES: lambda value: isinstance(value, list) and all(map(_is_name, value)) and len({*value}) == len(value),
    _TABLE: lambda value: isinstance(value, dict) and all(isinstance(text, str) for text in value.values()),
}


@dataclass(frozen=True)
class Parameter:
    """A parameter of a cell; SI units."""

    unit: str
    default: float
    description: str


def read_description(path: Path) -> dict[str, Any]:
    """Read a `cell.toml` as plain data, `parameters` as `Parameter`; optional keys are present, if empty.

    **Raises:** `InputError` naming the file, and where there is one the line, of a missing or invalid key.
    """
    try:
        document: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(Problem("the cell's description is not TOML", str(path), got=str(error))) from None
    if missing := [key for key in _NEEDED if key not in document]:
        raise InputError(Problem(f"the cell's description lacks {missing[0]!r}", str(path)))
    found = {key: document.get(key, [] if kind is _NAMES else {}) for key, kind in _KINDS.items()}
    for key, value in found.items():
        if not _CHECKS[_KINDS[key]](value):
            what = f"{key} of a cell is not {_KINDS[key].partition(':')[0]}"
            raise InputError(Problem(what, key_line(path, key), f"{value!r}"[:80], _KINDS[key]))
    for table in ("law", "law_macromodel", "sizing", "composed"):
        for key, text in found[table].items():
            _check_formula(path, f"{table}.{key}", text)
    if strange := [name for name in found["functions"] if name not in FUNCTIONS]:
        raise InputError(Problem("no such function", key_line(path, "functions"), strange[0], " | ".join(FUNCTIONS)))
    pins = tuple(found["pins"])
    if pins[-len(COMMON_PINS) :] != COMMON_PINS:
        expected = "... " + " ".join(COMMON_PINS)
        what = "a cell's pins end with the common ones"
        raise InputError(Problem(what, key_line(path, "pins"), got=" ".join(pins), expected=expected))
    parameters = _parameters(document.get("parameters", {}), path)
    for node, parameter in found["start"].items():
        if node not in (*pins, *found["internal"]) or parameter not in parameters:
            nodes, names = ", ".join((*pins, *found["internal"])), ", ".join(parameters)
            expected = f"a node ({nodes}) = a parameter ({names})"
            what = "a start value of no node or parameter"
            raise InputError(Problem(what, str(path), f"{node} = {parameter}", expected))
    return {**found, "parameters": parameters}


def _check_formula(path: Path, key: str, text: str) -> None:
    try:
        parse(text, "")
    except InputError:
        parse(text, key_line(path, key))  # the line number is searched only for a message


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and NAME.match(value) is not None and value == value.lower()


def _parameters(table: Any, path: Path) -> dict[str, Parameter]:
    try:
        found = {key: Parameter(**value) for key, value in table.items()}
    except (TypeError, AttributeError) as error:
        what = "a parameter needs unit, default and description"
        raise InputError(Problem(what, str(path), got=str(error))) from None
    for key, parameter in found.items():
        if not _is_name(key):
            expected = "small letters, digits and underscores"
            raise InputError(Problem("not the name of a parameter", f"{path}: parameters", key, expected))
        default = parameter.default
        if isinstance(default, bool) or not isinstance(default, int | float) or not math.isfinite(default):
            what = f"the default of parameter {key!r} is not a number"
            raise InputError(Problem(what, key_line(path, f"parameters.{key}"), repr(default)))
    return found
