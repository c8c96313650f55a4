"""The position of a key of a cell's description, for messages: `FILE:LINE: key`."""

from pathlib import Path


def key_line(path: Path, key: str) -> str:
    """Return the file, the line and the key.

    **Arguments:** `key`: as in `law.out` or `pins`; without a line where the file has no such line.
    """
    table, _, name = key.rpartition(".")
    inside = ""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        lines = []
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if text.startswith("["):
            inside = text.strip("[]").strip()
        elif inside == table and text.partition("=")[0].strip().strip("\"'") == name:
            return f"{path}:{number}: {key}"
    return f"{path}: {key}"
