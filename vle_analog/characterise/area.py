"""Gate area of a cell's netlist, and the hash of what was measured."""

import hashlib
import re
from collections.abc import Iterable

from vle_analog.cells.formula import evaluate
from vle_analog.errors import InputError, Problem
from vle_analog.netlist.circuit import Subcircuit

_ENTRY = re.compile(r"\b([wlm])=(\{[^{}]*\}|\S+)", re.IGNORECASE)
_SUFFIXED = re.compile(r"(?<![\w.])(\d+\.?\d*(?:e[-+]?\d+)?)(meg|[tgkmunpf])\b", re.IGNORECASE)
_SCALES = {"t": 1e12, "g": 1e9, "meg": 1e6, "k": 1e3, "m": 1e-3, "u": 1e-6, "n": 1e-9, "p": 1e-12, "f": 1e-15}


def gate_area(subcircuit: Subcircuit, where: str) -> float:
    """Sum of w l m over the transistors of a cell with one unit, m^2.

    **Raises:** `InputError` naming `where` for a size that cannot be read.
    """
    values = {**subcircuit.parameters, "k": 1.0}
    total = 0.0
    texts = [text for text in subcircuit.source if not text.startswith(".")]  # `.param` lines are no cards
    for card, text in zip(subcircuit.cards, texts, strict=True):
        if card.name[0].upper() != "X":
            continue
        sizes = {key.lower(): value for key, value in _ENTRY.findall(text)}
        if not {"w", "l"} <= sizes.keys():
            raise InputError(Problem("a transistor without width and length", f"{where}:{card.line}", got=text))
        width, length, parallel = (_number(sizes.get(key, "1"), values, f"{where}:{card.line}") for key in "wlm")
        total += width * length * parallel
    return total


def _number(text: str, values: dict[str, float], where: str) -> float:
    plain = _SUFFIXED.sub(lambda match: f"({match[1]}*{_SCALES[match[2].lower()]:g})", text.strip("{}"))
    return float(evaluate(plain, where, lambda name: values[name]))


def digest(lines: Iterable[str]) -> str:
    """The first sixteen characters of a SHA-256."""
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def cell_digest(read: Subcircuit) -> str:
    """The digest of a cell's netlist: comments do not count."""
    parameters = (f"{key}={value}" for key, value in read.parameters.items())
    return digest([" ".join(read.pins), *parameters, *read.source])
