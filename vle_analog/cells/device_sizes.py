"""Sizes of the transistors in a primitive as numbers: the expressions of its file, evaluated."""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vle_analog.cells.formula import evaluate, names
from vle_analog.errors import InputError, Problem
from vle_analog.netlist.circuit import Card, Subcircuit
from vle_analog.netlist.deck import number

SIZES = ("w", "l")
SUFFIXES = {
    "t": 1e12,
    "g": 1e9,
    "meg": 1e6,
    "k": 1e3,
    "m": 1e-3,
    "u": 1e-6,
    "n": 1e-9,
    "p": 1e-12,
    "f": 1e-15,
    "a": 1e-18,
}
_SUFFIXED = re.compile(r"(?<![\w.])(\d+\.?\d*(?:e[-+]?\d+)?|\.\d+(?:e[-+]?\d+)?)(meg|[tgkmunpfa])(?!\w)", re.IGNORECASE)
_BRACES = re.compile(r"\{([^{}]*)\}")
_GIVEN = re.compile(r"(?<!\S)(\w+)=(\{[^{}]*\}|\S+)")
_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "abs": abs, "exp": math.exp, "ln": math.log, "log": math.log, "max": max, "min": min, "pow": math.pow,
    "sqrt": math.sqrt, "tanh": math.tanh, "cosh": math.cosh, "sinh": math.sinh, "atan": math.atan, "ceil": math.ceil,
    "floor": math.floor,
}  # fmt: skip


@dataclass(frozen=True)
class DeviceSize:
    """One transistor.

    **Arguments:** `name`: of its card. `where`: `FILE:LINE`. `width`, `length`: metres, of each of its `parallel`
    devices. `model`: `nch` or `pch`.
    """

    name: str
    where: str
    width: float
    length: float
    parallel: float = 1.0
    model: str = ""

    @property
    def area(self) -> float:
        """W L m, square metres."""
        return self.width * self.length * self.parallel


def device_sizes(subcircuit: Subcircuit, given: Mapping[str, float], path: Path) -> Iterator[DeviceSize]:
    """Every transistor of a primitive whose size its file says.

    **Arguments:**

    - `given`: values of the parameters; others have their defaults. `path`: the file, for messages.

    **Raises:** `InputError` naming file and line of an expression that has no value.
    """
    values: dict[str, float] = {**subcircuit.parameters, **given}
    for where, name, text in _lines(subcircuit, path):
        found = dict(_GIVEN.findall(text))
        if not name:
            values |= {key: _value(expression, where, values) for key, expression in found.items()}
        elif name[0] in "xX" and all(key in found for key in SIZES):
            width, length, parallel = (_value(found.get(key, "1"), where, values) for key in (*SIZES, "m"))
            yield DeviceSize(name, where, width, length, parallel, text.split()[5])


def deciding(subcircuit: Subcircuit, path: Path) -> tuple[str, ...]:
    """The parameters that sizes of transistors hang on, if by way of a `.param` line."""
    used: set[str] = set()
    for where, name, text in _lines(subcircuit, path):
        given = dict(_GIVEN.findall(text))
        expressions = [given[key] for key in SIZES if key in given] if name else list(given.values())
        used |= {word for expression in expressions for word in names(_plain(expression), where)}
    return tuple(key for key in subcircuit.parameters if key in used)


def plain_templates(subcircuit: Subcircuit, given: Mapping[str, float]) -> tuple[tuple[Card, str], ...]:
    """Every card of a primitive, and its template with numbers for all parameters and expressions; `{path}` and the
    nodes `{n_...}` stay.

    **Raises:** `InputError` naming cell and line of an expression that has no value.
    """
    values: dict[str, float] = {**subcircuit.parameters, **given}
    for where, name, text in _lines(subcircuit, Path(subcircuit.name)):
        if not name:
            values |= {key: _value(expression, where, values) for key, expression in _GIVEN.findall(text)}
    return tuple(
        (
            card,
            _BRACES.sub(lambda found, line=card.line: _evaluated(found, subcircuit.name, line, values), card.template),
        )
        for card in subcircuit.cards
    )


def _evaluated(found: re.Match[str], cell: str, line: int, values: Mapping[str, float]) -> str:
    inside, where = found[1], f"{cell}:{line}"
    plain = inside.isidentifier()  # then it is the path, a node `n_...` or a parameter or number `p_...`
    if plain and not inside.startswith("p_"):
        return found[0]
    value = _value(inside.removeprefix("p_") if plain else inside, where, values)
    if not math.isfinite(value):
        raise InputError(Problem("an expression without a value", where, got=inside))
    return number(value)


def _lines(subcircuit: Subcircuit, path: Path) -> Iterator[tuple[str, str, str]]:
    """(where, name of the element, text) of every line; a `.param` line has no name."""
    cards = iter(subcircuit.cards)
    for text in subcircuit.source:
        if text.lower().startswith(".param"):
            yield str(path), "", re.sub(r"\s*=\s*", "=", text)
        else:
            card = next(cards)
            yield f"{path}:{card.line}", card.name, text


def _plain(expression: str) -> str:
    """Without braces, and unit suffixes written out."""
    inside = expression.removeprefix("{").removesuffix("}")
    return _SUFFIXED.sub(lambda found: repr(float(found[1]) * SUFFIXES[found[2].lower()]), inside)


def _value(expression: str, where: str, values: Mapping[str, float]) -> float:
    def call(function: str, arguments: Sequence[Any], inner: Callable[[Any], Any]) -> float:
        return _FUNCTIONS[function](*map(inner, arguments))

    try:
        return float(evaluate(_plain(expression), where, values.__getitem__, call))
    except (ArithmeticError, ValueError, TypeError):  # no such number; whoever asks refuses it as a size
        return math.nan
