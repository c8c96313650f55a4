"""The results of the verb: a folder with the numbers, the figures and their provenance; and the cell's own file."""

import hashlib
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

from vle_analog.cells.fitted import fitted_path, fitted_text
from vle_analog.characterise.characterise import Characterisation
from vle_analog.errors import InputError, Problem
from vle_analog.output import MARK, whole_folder, write_json

PACKAGES = ("numpy", "scipy", "PySpice")


def summary(found: Characterisation) -> dict[str, Any]:
    """Return the JSON object of the verb."""
    fitted = found.fitted
    return {
        "cell": fitted.cell,
        "process": fitted.process,
        "made_by": dict(fitted.made_by),
        "conditions": dict(fitted.conditions),
        "sizing": dict(vars(fitted.sizing)),
        "macromodel": dict(fitted.macromodel),
        "mismatch": dict(fitted.mismatch),
        "measured": dict(fitted.measured),
        "corners": {name: dict(row) for name, row in fitted.corners.items()},
        "temperatures": {name: dict(row) for name, row in fitted.temperatures.items()},
    }


def command(found: Characterisation) -> str:
    """Return the command that reproduces these numbers."""
    fitted = found.fitted
    return (
        f"vle-analog characterise {fitted.cell} --process {fitted.process} --samples {fitted.conditions['samples']} "
        f"--unit-current {fitted.sizing.unit_current:g}"
    )


def write_folder(found: Characterisation, folder: Path) -> None:
    """Write numbers (`PROCESS.toml`, `characterise.json`), figures and `run.json`."""
    from vle_analog.characterise.picture import histogram_figure, transfer_figure
    from vle_analog.style import write_picture

    text = fitted_text(found.fitted)
    figures = {"transfer": transfer_figure(found), "mismatch": histogram_figure(found)}
    with whole_folder(folder) as stage:
        (stage / f"{found.fitted.process}.toml").write_text(text, encoding="utf-8")
        write_json(stage / "characterise.json", summary(found))
        for name, figure in figures.items():
            if figure is not None:
                write_picture(stage / name, figure)
        write_json(
            stage / MARK,
            {
                "cell": found.fitted.cell,
                "process": found.fitted.process,
                "digest": hashlib.sha256(text.encode()).hexdigest(),
                **found.fitted.made_by,
                "python": platform.python_version(),
                **{package: version(package) for package in PACKAGES},
                "command": command(found),
            },
        )


def write_library(found: Characterisation, library: Path | None) -> Path:
    """Write the numbers into the library from which netlists read them.

    **Returns:** the file.

    **Raises:** `InputError` where it cannot be written.
    """
    path = fitted_path(found.fitted.cell, found.fitted.process, library)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(fitted_text(found.fitted), encoding="utf-8")
    except OSError as error:
        raise InputError(
            Problem(
                "the numbers cannot be written into the library",
                str(path),
                got=error.strerror or str(error),
                hint="leave --write out, or give a folder of your own with --cells",
            )
        ) from None
    return path
