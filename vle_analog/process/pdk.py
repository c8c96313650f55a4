"""Finds a design kit in the folders that open_pdks and ciel install: `PDK_ROOT/VARIANT/libs.tech/...`."""

import os
from dataclasses import dataclass
from pathlib import Path

from vle_analog.errors import InputError, Problem
from vle_analog.process.process import Process

VARIABLE = "PDK_ROOT"


@dataclass(frozen=True)
class ModelFile:
    """A model file of a design kit, and the `.lib` section of it that is in use (empty: all of it)."""

    path: Path
    section: str


def model_files(process: Process, corner: str | None = None) -> tuple[ModelFile, ...]:
    """The model files of a process at a corner, all of them there.

    **Raises:** `InputError` that says what is wrong where: the variable, the path, the variant or the file.
    """
    devices = process.devices
    word = devices.corners[corner or process.corners[0]]
    wanted = [[part.format(corner=word) for part in entry] for entry in devices.files]
    folder = _folder(process, tuple(dict.fromkeys(entry[0] for entry in wanted)))
    return tuple(ModelFile(folder / entry[0], entry[1] if len(entry) > 1 else "") for entry in wanted)


def pdk_root(process: Process) -> Path:
    """The folder that the variable names."""
    value = os.environ.get(VARIABLE, "")
    example = f"a folder that holds {' or '.join(process.devices.variants[:2])}"
    if not value:
        raise InputError(
            Problem(
                f"process {process.name} needs its design kit, and {VARIABLE} is not set",
                "environment",
                expected=f"{VARIABLE} = {example}",
                hint="install the kit with ciel or open_pdks and set the variable, or take generic180",
            )
        )
    root = Path(value).expanduser()
    if not root.is_dir():
        raise InputError(Problem(f"{VARIABLE} is not a folder", str(root), expected=example))
    return root


def _folder(process: Process, names: tuple[str, ...]) -> Path:
    """The first folder that has all the files; else the error of the folder that has most of them."""
    root, devices = pdk_root(process), process.devices
    variants = [root / name for name in devices.variants if (root / name).is_dir()]
    if not variants:
        found = sorted(path.name for path in root.iterdir() if path.is_dir())[:8]
        raise InputError(
            Problem(
                f"{VARIABLE} holds no design kit of {process.name}",
                str(root),
                got=", ".join(found) or "an empty folder",
                expected=" | ".join(devices.variants),
            )
        )
    places = [variant / folder for variant in variants for folder in devices.folders]
    missing = {place: [name for name in names if not (place / name).is_file()] for place in places}
    best = min(missing, key=lambda place: len(missing[place]))
    if not missing[best]:
        return best
    if len(missing[best]) == len(names):
        problem = Problem(
            f"the design kit of {process.name} has no model files where they are known to be",
            str(variants[0]),
            expected=f"{names[0]} in " + " or ".join(devices.folders),
            hint="an incomplete or an old design kit: install a newer one with ciel or open_pdks",
        )
    else:
        problem = Problem(
            f"the design kit of {process.name} is not complete",
            str(best / missing[best][0]),
            got="no such file",
            hint="install the kit again",
        )
    raise InputError(problem)
