"""Atomic file operations: after a crash of process or machine a file is either complete or absent."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vle_analog.errors import InputError, Problem


def settle(folder: Path) -> None:
    """Flush the names in a folder to the disk, so that later files never exist without them."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def reported_errors(folder: Path) -> Iterator[None]:
    """Convert operating-system errors about a folder to an `InputError` that names it and the data that are kept."""
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
