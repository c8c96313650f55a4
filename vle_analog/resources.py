"""The location of the files distributed with the package: studies (`sim`) and the cell library (`circuits`).

In a checkout they are at the top level, in an installed wheel inside the package; only this module depends on that.
"""

from functools import cache
from pathlib import Path

from vle_analog.errors import InputError, Problem

# Runs too long for a circuit in tests, pages and netlists: name -> overrides that shorten it.
PART_FOR_CIRCUIT = {"lagline": {"duration": 10.0}}

_PACKAGE = Path(__file__).resolve().parent


def shipped(folder: str) -> Path:
    """Return the folder `sim` or `circuits` of this installation.

    **Raises:**

    - `InputError`: the installation is incomplete.
    """
    return _found(_PACKAGE, folder)


@cache
def _found(package: Path, folder: str) -> Path:
    candidates = (package / "_data" / folder, package.parent / folder)
    for candidate in candidates:
        if candidate.is_dir():
            return candidate
    raise InputError(
        Problem(
            f"the folder '{folder}' of the package is missing",
            where=str(candidates[0]),
            hint="install the package again, or run from a complete checkout",
        )
    )


def shipped_studies() -> dict[str, Path]:
    """Return name -> file of every shipped study, in alphabetical order."""
    return {path.stem: path for path in sorted(shipped("sim").glob("*.toml"))}
