"""Files that are there whole or not at all, whenever the process, the machine or the disk gives up."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vle_analog.errors import InputError, Problem

PART = ".part"


def write_whole(path: Path, content: bytes) -> None:
    """Writes a file beside its place, onto the disk, and moves it in."""
    draft = path.with_name(f".{path.name}{PART}")
    try:
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:  # an interrupt leaves nothing behind either
        draft.unlink(missing_ok=True)
        raise


def settle(folder: Path) -> None:
    """Brings the names in a folder onto the disk: what follows must never be there without them."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def told(folder: Path) -> Iterator[None]:
    """What the system says about a folder, as an `InputError` that names it and tells what is kept."""
    try:
        yield
    except OSError as error:
        raise InputError(_problem(folder, error)) from None


def _problem(folder: Path, error: OSError) -> Problem:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        what = "the disk is full"
        hint = "free some space and run the same command again: every finished chunk is kept, it goes on from there"
    else:
        what, hint = "the folder of the run cannot be used", "choose a folder that you may write to (--output)"
    return Problem(what, str(folder), got=os.strerror(error.errno) if error.errno else str(error), hint=hint)
