"""The folder with the user's own cells, as a study names it: where it is, and what it holds, for the study's digest."""

import hashlib
from pathlib import Path

from vle_analog.network.findings import Findings, KeyPath, shown

PATTERNS = ("*/cell.toml", "*/*.cir", "*/fitted/*.toml")
_PATH: KeyPath = ("circuit", "cells")


def own_cells(name: str, folder: Path, findings: Findings) -> tuple[str, bytes]:
    """The folder as a path, and a digest of the cells in it; two empty ones where there is none.

    **Arguments:**

    - `name`: as the study has it. `folder`: where relative names start.
    """
    if not name:
        return "", b""
    path = folder / name
    try:
        if not path.is_dir():
            findings.add(_PATH, "there is no such folder", shown(name), "a folder with one folder per cell")
            return "", b""
        files = sorted(file for pattern in PATTERNS for file in path.glob(pattern) if file.is_file())
        parts = [(str(file.relative_to(path)).encode(), hashlib.sha256(file.read_bytes()).digest()) for file in files]
    except (OSError, ValueError):  # not to be read, a name too long, or with a NUL in it
        findings.add(_PATH, "the folder cannot be read", shown(name), "a folder with one folder per cell")
        return "", b""
    if not any(file.name == "cell.toml" for file in files):
        expected = "NAME/cell.toml and NAME/*.cir for every cell"
        findings.add(_PATH, "there are no cells in this folder", shown(name), expected)
    return str(path), b"".join(name + digest for name, digest in parts)
