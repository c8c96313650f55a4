"""The result of a benchmark: a table, bounds, and machine-dependent figures."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Check:
    """A figure and its upper bound."""

    what: str
    value: float
    bound: float

    @property
    def passed(self) -> bool:
        """True where the bound is met."""
        return self.value <= self.bound

    def __str__(self) -> str:
        return f"{self.what}: {self.value:.2f}, at most {self.bound:.2f}: {'met' if self.passed else '**not met**'}"


@dataclass(frozen=True)
class Result:
    """The outcome of one benchmark.

    **Arguments:**

    - `columns`, `rows`: ratios and other figures that carry over to another machine.
    - `checks`: figures with their bounds.
    - `details`: lines for the terminal, with seconds of this machine.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    checks: tuple[Check, ...] = ()
    details: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """True where every bound is met."""
        return all(check.passed for check in self.checks)

    def to_markdown(self) -> str:
        """Return the table and the checks."""
        widths = [max(map(len, column)) for column in zip(self.columns, *self.rows, strict=True)]

        def line(cells: tuple[str, ...]) -> str:
            padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
            return f"| {' | '.join(padded)} |"

        rule = "|".join("-" * (width + 2) for width in widths)
        table = [line(self.columns), f"|{rule}|", *map(line, self.rows)]
        checks = [f"- {check}" for check in self.checks]
        return "\n".join([*table, *([""] if checks else []), *checks])

    def to_json(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return asdict(self) | {"checks": [asdict(check) | {"passed": check.passed} for check in self.checks]}


def write_section(page: Path, name: str, text: str) -> None:
    """Replace the text between the markers of `name` in a page.

    **Raises:** `ValueError` where the page has no such markers.
    """
    begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
    before, found_begin, rest = page.read_text(encoding="utf-8").partition(begin)
    _, found_end, after = rest.partition(end)
    if not (found_begin and found_end):
        raise ValueError(f"{page} has no {begin} ... {end}")
    page.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")
