"""Shared parts of the sections of docs/results/fidelity.md: claims, entries of the results, numbers as text."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Found = Mapping[str, Mapping[str, Any]]
"""Section -> name of a run -> what was measured."""
STUDIES = ("online_chain", "two_layer", "depth")
PROCESSES = ("generic180", "gf180mcu", "sky130")
JUDGED = ("generic180", "gf180mcu")
"""The third process is for information where its bound is not named."""


@dataclass(frozen=True)
class Claim:
    """A claim with its bound and the measured value; `met` is `None` where nothing was measured."""

    what: str
    bound: str
    found: str
    met: bool | None


def verdict(met: bool | None) -> str:
    """Write the last column."""
    return "not measured" if met is None else "met" if met else "**not met**"


def entry(found: Found, section: str, name: str) -> dict[str, Any] | None:
    """Return a measured entry; `None` where it was not measured."""
    kept = found.get(section, {}).get(name)
    return None if kept is None or "refused" in kept else kept


def percent(value: float) -> str:
    """Write `1.2 %`."""
    return f"{100 * value:.2g} %"
