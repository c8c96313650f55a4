"""The search for a design kit in the folders that open_pdks and ciel install: `PDK_ROOT/VARIANT/libs.tech/...`."""

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
    """Return the existing model files of a process at a corner.

    **Raises:** `InputError` naming the variable, the path, the variant or the file at fault.
    """
    devices = process.devices
    word = devices.corners[corner or process.corners[0]]
    entries = [[part.format(corner=word) for part in entry] for entry in devices.files]
    folder = _folder(process, tuple(dict.fromkeys(entry[0] for entry in entries)))
    return tuple(ModelFile(folder / entry[0], entry[1] if len(entry) > 1 else "") for entry in entries)


def pdk_root(process: Process) -> Path:
    """Return the folder that the variable names.

    **Raises:** `InputError` where the variable is not set, or is not a folder.
    """
    value = os.environ.get(VARIABLE, "")
    example = f"a folder that contains {' or '.join(process.devices.variants[:2])}"
    if not value:
        raise InputError(
            Problem(
                f"process {process.name} needs its design kit, and {VARIABLE} is not set",
                "environment",
                expected=f"{VARIABLE} = {example}",
                hint="install the kit with ciel or open_pdks and set the variable, or use generic180",
            )
        )
    root = Path(value).expanduser()
    if not root.is_dir():
        raise InputError(Problem(f"{VARIABLE} is not a folder", str(root), expected=example))
    return root


def _folder(process: Process, names: tuple[str, ...]) -> Path:
    """Return the first folder that has all the files.

    **Raises:** `InputError` for the folder that has most of them.
    """
    root, devices = pdk_root(process), process.devices
    variants = [root / name for name in devices.variants if (root / name).is_dir()]
    if not variants:
        found = sorted(path.name for path in root.iterdir() if path.is_dir())[:8]
        raise InputError(
            Problem(
                f"{VARIABLE} contains no design kit of {process.name}",
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
            f"the design kit of {process.name} has no model files in the expected places",
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
