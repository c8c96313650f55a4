"""Sizes of the transistors in a primitive as numbers: the expressions of its file, evaluated."""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from vle_analog.errors import InputError, Problem
from vle_analog.netlist.circuit import Card, Subcircuit
from vle_analog.netlist.deck import number
from vle_analog.netlist.formula import function, names

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
Formula = Callable[[Mapping[str, float]], float]
_SUFFIXED = re.compile(r"(?<![\w.])(\d+\.?\d*(?:e[-+]?\d+)?|\.\d+(?:e[-+]?\d+)?)(meg|[tgkmunpfa])(?!\w)", re.IGNORECASE)
_BRACES = re.compile(r"\{([^{}]*)\}")
_GIVEN = re.compile(r"(?<!\S)(\w+)=(\{[^{}]*\}|\S+)")
_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "abs": abs,
    "exp": math.exp,
    "ln": math.log,
    "log": math.log,
    "max": max,
    "min": min,
    "pow": math.pow,
    "sqrt": math.sqrt,
    "tanh": math.tanh,
    "cosh": math.cosh,
    "sinh": math.sinh,
    "atan": math.atan,
    "ceil": math.ceil,
    "floor": math.floor,
    "nint": round,
}


@dataclass(frozen=True)
class DeviceSize:
    """The size of one transistor.

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
    """Yield the size of every transistor of a primitive.

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
    """Return the parameters on which sizes of transistors depend, directly or through a `.param` line."""
    used: set[str] = set()
    for where, name, text in _lines(subcircuit, path):
        given = dict(_GIVEN.findall(text))
        expressions = [given[key] for key in SIZES if key in given] if name else list(given.values())
        used |= {word for expression in expressions for word in names(_plain(expression), where)}
    return tuple(key for key in subcircuit.parameters if key in used)


def numbered_cards(subcircuit: Subcircuit, given: Iterable[str]) -> "NumberedCards":
    """Return the cards of a primitive as numbers, except for values that depend on the parameters `given` per instance.

    **Raises:** `InputError` naming cell and line of an expression that has no value or cannot be read.
    """
    values, free = dict(subcircuit.parameters), {*given}
    derived: list[tuple[str, Formula]] = []
    for where, name, text in _lines(subcircuit, Path(subcircuit.name)):
        for key, expression in () if name else _GIVEN.findall(text):
            if free.isdisjoint(names(_plain(expression), where)):
                values[key] = _value(expression, where, values)
            else:
                free.add(key)
                derived.append((key, _formula(expression, where)))
    fields: dict[str, tuple[str, str, Formula]] = {}

    def field(found: re.Match[str], where: str) -> str:
        inside = found[1]
        if inside.isidentifier() and not inside.startswith("p_"):  # the path, or a node `n_...`
            return found[0]
        expression = inside.removeprefix("p_") if inside.isidentifier() else inside
        if free.isdisjoint(names(_plain(expression), where)):
            return _text(_value(expression, where, values), expression, where)
        if expression not in fields:
            fields[expression] = (f"v_{len(fields)}", where, _formula(expression, where))
        return f"{{{fields[expression][0]}}}"

    templates = tuple(
        (card, _BRACES.sub(lambda found, line=card.line: field(found, f"{subcircuit.name}:{line}"), card.template))
        for card in subcircuit.cards
    )
    return NumberedCards(templates, values, tuple(derived), fields)


@dataclass(frozen=True)
class NumberedCards:
    """Cards in which all values are numbers except those that depend on given parameters.

    **Arguments:**

    - `templates`: every card, and its template: `{path}` and the nodes `{n_...}` remain, and `{v_...}` stands for a
      number that depends on given parameters.
    - `values`: of all other parameters. `derived`: names that `.param` lines define for such numbers.
    - `fields`: expression -> its field, its position, and its function.
    """

    templates: tuple[tuple[Card, str], ...]
    values: Mapping[str, float]
    derived: tuple[tuple[str, Formula], ...]
    fields: Mapping[str, tuple[str, str, Formula]]

    def texts(self, given: Mapping[str, float]) -> dict[str, str]:
        """Evaluate the numbers of one instance: `v_...` -> text.

        **Raises:** `InputError` naming cell and line of an expression that has no value.
        """
        values = {**self.values, **given}
        for key, formula in self.derived:
            values[key] = formula(values)
        return {
            key: _text(formula(values), expression, where) for expression, (key, where, formula) in self.fields.items()
        }


def _text(value: float, expression: str, where: str) -> str:
    if not math.isfinite(value):
        raise InputError(Problem("an expression without a value", where, got=expression))
    return number(value)


def _lines(subcircuit: Subcircuit, path: Path) -> Iterator[tuple[str, str, str]]:
    """Yield (where, name of the element, text) of every line; a `.param` line has no name."""
    cards = iter(subcircuit.cards)
    for text in subcircuit.source:
        if text.lower().startswith(".param"):
            yield str(path), "", re.sub(r"\s*=\s*", "=", text)
        else:
            card = next(cards)
            yield f"{path}:{card.line}", card.name, text


def _plain(expression: str) -> str:
    """Return an expression without braces, and with unit suffixes written out."""
    inside = expression.removeprefix("{").removesuffix("}")
    return _SUFFIXED.sub(lambda found: repr(float(found[1]) * SUFFIXES[found[2].lower()]), inside)


def _value(expression: str, where: str, values: Mapping[str, float]) -> float:
    return _formula(expression, where)(values)


@cache
def _formula(expression: str, where: str) -> Formula:
    found = function(_plain(expression), where, _FUNCTIONS)

    def value(values: Mapping[str, float]) -> float:
        try:
            return float(found(values))
        except KeyError as missing:
            problem = Problem(f"unknown name {str(missing.args[0])!r}", where, got=repr(expression))
            raise InputError(problem) from None
        except (ArithmeticError, ValueError, TypeError):  # no such number; refused by the caller
            return math.nan

    return value
