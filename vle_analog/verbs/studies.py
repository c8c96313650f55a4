"""The studies that ship with the kit, with their titles."""

from dataclasses import dataclass
from pathlib import Path

from vle_analog.resources import shipped_studies
from vle_analog.study.document import load


@dataclass(frozen=True)
class ShippedStudy:
    """One of them: its name on the command line, its title and its file."""

    name: str
    title: str
    file: Path


def list_studies() -> tuple[ShippedStudy, ...]:
    """The shipped studies in alphabetical order."""
    return tuple(ShippedStudy(name, load(path).data["title"], path) for name, path in shipped_studies().items())
