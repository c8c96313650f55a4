"""A job: one deck to simulate, how long it may take, and how its names read to a person."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath

from vle_analog.netlist.deck import Deck


@dataclass(frozen=True)
class Job:
    """One simulation; a pure value, so it can be run again, elsewhere, or kept.

    **Arguments:**

    - `deck`: the complete text with its options, saved vectors and data files.
    - `timeout`: wall-clock seconds for the whole job, all attempts together.
    - `names`: node or device name in the deck -> the instance or signal of the study; used in diagnostics.
    """

    deck: Deck
    timeout: float = 300.0
    names: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.timeout > 0:
            raise ValueError(f"a job needs a positive time-out, not {self.timeout}")
        if wrong := [name for name in self.deck.saves if name != name.lower()]:
            raise ValueError(f"ngspice returns vectors in lower case: {wrong}")
        if wrong := [name for name in self.deck.files if not _is_bare(name)]:
            raise ValueError(f"data files are written beside the deck, by bare name: {wrong}")


def _is_bare(name: str) -> bool:
    return name not in ("", ".", "..") and PurePath(name).name == name and "\\" not in name
