"""Where the files that travel with the kit are: studies (`sim`) and the cell library (`circuits`).

In a checkout they lie at the top level, in an installed wheel inside the package; nothing else may depend on which.
"""

from pathlib import Path

from vle_analog.errors import InputError, Problem

# Runs too long for a circuit in tests, pages and netlists: name -> overrides that leave a part of it.
PART_FOR_CIRCUIT = {"lagline": {"duration": 10.0}}

_PACKAGE = Path(__file__).resolve().parent


def shipped(folder: str) -> Path:
    """The folder `sim` or `circuits` that belongs to this installation.

    **Raises:**

    - `InputError`: the installation is incomplete.
    """
    candidates = (_PACKAGE / "_data" / folder, _PACKAGE.parent / folder)
    for candidate in candidates:
        if candidate.is_dir():
            return candidate
    raise InputError(
        Problem(
            f"the folder '{folder}' that belongs to the kit is missing",
            where=str(candidates[0]),
            hint="install the package again, or run from a complete checkout",
        )
    )


def shipped_studies() -> dict[str, Path]:
    """Name -> file of every study that ships with the kit, in alphabetical order."""
    return {path.stem: path for path in sorted(shipped("sim").glob("*.toml"))}
