"""The reader of ngspice's binary raw files: a text header, then one row of doubles per point."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

MARK = b"Binary:\n"


@dataclass(frozen=True)
class RawPlot:
    """One plot: names of vectors as in `Deck.saves` (the scale first), and values, shape (points, names)."""

    names: tuple[str, ...]
    values: np.ndarray


def read_raw(path: Path) -> RawPlot | None:
    """Read the first plot of a raw file, with all complete points.

    **Returns:** `None` where there is no such file, or no header in it yet (nothing was computed).
    """
    if not path.is_file():
        return None
    content = path.read_bytes()
    start = content.find(MARK)
    if start < 0:
        return None
    header = content[:start].decode(errors="replace")
    names = tuple(vector_name(row.split("\t")[2]) for row in header.split("Variables:\n", 1)[1].splitlines() if row)
    kind = np.dtype("<c16" if re.search(r"^Flags:.*complex", header, re.MULTILINE) else "<f8")
    points = (len(content) - start - len(MARK)) // (kind.itemsize * len(names))
    stated = re.search(r"^No\. Points:\s*(\d+)", header, re.MULTILINE)
    if stated and int(stated[1]):
        points = min(points, int(stated[1]))
    values = np.frombuffer(content, dtype=kind, count=points * len(names), offset=start + len(MARK))
    return RawPlot(names, values.reshape(points, len(names)))


def vector_name(printed: str) -> str:
    """Convert `v(x)` to `x`, `i(v1)` to `v1#branch`; other names are unchanged."""
    match = re.fullmatch(r"([vi])\((.*)\)", printed, re.IGNORECASE)
    if match is None:
        return printed
    return match[2] if match[1].lower() == "v" else f"{match[2]}#branch"
