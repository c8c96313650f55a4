"""The state of a file on disk, as a cache key, so that an edited file is read again."""

from pathlib import Path


def stamp(path: Path) -> tuple[int, ...]:
    """Return times, size and number of a file; empty where there is none."""
    try:
        found = path.stat()
    except (OSError, ValueError):  # ValueError: a name with a NUL in it
        return ()
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino
