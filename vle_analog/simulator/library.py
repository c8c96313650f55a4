"""The location of libngspice and the ngspice program; nothing is loaded, as a crash must not affect the parent."""

import ctypes.util
import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from vle_analog.errors import Problem, SimulatorError

VARIABLE = "NGSPICE_LIBRARY_PATH"
FOLDERS = (
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/usr/local/lib64",
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/opt/homebrew/lib",
    "/opt/homebrew/opt/libngspice/lib",
    "/usr/local/opt/libngspice/lib",
)
PATTERNS = ("libngspice.so", "libngspice.so.*", "libngspice.dylib", "libngspice.*.dylib")
INSTALL = (
    "apt install libngspice0 ngspice (Debian, Ubuntu), brew install libngspice ngspice (macOS), or "
    "conda install -c conda-forge ngspice-lib ngspice"
)


def find_library() -> str:
    """Return the absolute path of libngspice, or a name that the loader resolves.

    Debian's `libngspice0` holds only `libngspice.so.0`, while PySpice opens `libngspice.so`; so it is searched for
    here.

    **Raises:** `SimulatorError` with what was searched and what to install.
    """
    named = os.environ.get(VARIABLE)
    if named:
        path = Path(named).expanduser().absolute()  # a worker runs in another folder
        if not path.is_file():
            raise SimulatorError(
                Problem(
                    what="libngspice is not at the path given by the environment",
                    where=VARIABLE,
                    got=named,
                    expected="the path of an existing file",
                    hint=f"unset {VARIABLE}, or point it at the library",
                )
            )
        return str(path)
    own, system = _environment_folders(), tuple(Path(folder) for folder in FOLDERS)
    path = next(_candidates(own), None) or _from_loader(system) or next(_candidates(system), None)
    if path is None:
        raise SimulatorError(
            Problem(
                what="libngspice was not found",
                got=f"searched {VARIABLE}, the system's loader, and {', '.join(map(str, own + system))}",
                expected=" or ".join(PATTERNS[:3]),
                hint=INSTALL,
            )
        )
    return str(path)


def _environment_folders() -> tuple[Path, ...]:
    """Return the library folders of the active Python, conda and Homebrew, which precede those of the system."""
    prefixes = (os.environ.get("CONDA_PREFIX"), sys.prefix, os.environ.get("HOMEBREW_PREFIX"))
    return tuple(dict.fromkeys(Path(prefix).absolute() / "lib" for prefix in prefixes if prefix))


def _from_loader(folders: Iterable[Path]) -> Path | str | None:
    """Return the result of the system's loader; the name alone where the folder is not one of these."""
    name = ctypes.util.find_library("ngspice")
    if name is None:
        return None
    return next((folder / name for folder in folders if (folder / name).is_file()), name)


def find_ngspice_program() -> str | None:
    """Return the absolute path of the ngspice program, or `None`."""
    found = shutil.which("ngspice")
    return None if found is None else str(Path(found).absolute())  # PATH may contain relative folders


def _candidates(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        for pattern in PATTERNS:
            yield from sorted(folder.glob(pattern))
