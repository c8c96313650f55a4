"""The folder of the user's own cells: its path, and its content for the study's digest.

Its files override the shipped ones one by one, so a folder of a shipped cell's name needs only one file.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from vle_analog.levels import LEVELS
from vle_analog.resources import shipped
from vle_analog.study.findings import Findings, KeyPath, closest, plainly, shown

PATTERNS = ("*/cell.toml", "*/*.cir", "*/fitted/*.toml")
_NETLISTS = (*(f"*/{level}.cir" for level in LEVELS), "*/composed.cir", "*/composed_*.cir")
_PATH: KeyPath = ("circuit", "cells")
_FOLDERS = "a folder with one folder per cell"


def own_cells(name: str, folder: Path, findings: Findings) -> tuple[str, bytes]:
    """Return the folder's path, and a digest of the cells in it; both empty where there is none.

    **Arguments:** `name`: as in the study. `folder`: where relative names start.
    """
    if not name:
        return "", b""
    path = folder / name
    try:
        if not path.is_dir():
            hint = "a relative one starts at the study's folder, with --set at the working directory"
            findings.add(_PATH, "there is no such folder", plainly(str(path.absolute()), 1000), _FOLDERS, hint)
            return "", b""
        files = sorted(file for pattern in PATTERNS for file in path.glob(pattern) if file.is_file())
        parts = [(str(file.relative_to(path)).encode(), hashlib.sha256(file.read_bytes()).digest()) for file in files]
        known = own_names(path)
        strange = [cell for cell in _holding(path, _NETLISTS) if cell not in known]
    except (OSError, ValueError):  # unreadable, a name too long, or with a NUL in it
        findings.add(_PATH, "the folder cannot be read", shown(name), _FOLDERS)
        return "", b""
    for cell in strange:
        what = f"{plainly(cell, 60)} is not a shipped cell, and the folder of a new one needs a cell.toml"
        findings.add(_PATH, what, plainly(str((path / cell).absolute()), 1000), hint=closest(cell, _shipped()))
    if not known and not strange:
        expected = "NAME/*.cir for a shipped cell, with NAME/cell.toml for any other"
        findings.add(_PATH, "there are no cells in this folder", plainly(str(path.absolute()), 1000), expected)
    return str(path), b"".join(name + digest for name, digest in parts)


def own_names(folder: Path) -> tuple[str, ...]:
    """Return the names of cells of which the folder has a file: with a description there, or with the shipped one."""
    described = _holding(folder, ("*/cell.toml",))
    parts = _holding(folder, (*_NETLISTS, "*/fitted/*.toml"))
    return tuple(sorted(described | (parts & _shipped())))


def _holding(folder: Path, patterns: Iterable[str]) -> set[str]:
    files = (file for pattern in patterns for file in folder.glob(pattern) if file.is_file())
    return {file.relative_to(folder).parts[0] for file in files}


def _shipped() -> set[str]:
    return _holding(shipped("circuits"), ("*/cell.toml",))
