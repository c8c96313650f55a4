"""The lock of a run: one writing process at a time; the system releases it when that process ends."""

import errno
import fcntl
import os
import platform
from collections.abc import Callable
from pathlib import Path

from vle_analog.errors import InputError, Problem

LOCKLESS = (errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)


class Lock:
    """A lock file that exists and is locked while a run is written; it contains the id of the process.

    **Arguments:** `report`: called where a terminated process left the lock behind, and where the file system has no
    locks.
    """

    def __init__(self, path: Path, report: Callable[[str], None]):
        self._path, self._report = path, report
        self._handle: int | None = None

    def acquire(self) -> None:
        """Acquire the lock.


        **Raises:** `InputError` where another process is writing the run.
        """
        while self._handle is None:
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
            try:
                self._take(handle)
            except BaseException:
                os.close(handle)
                raise
            if _is_at(handle, self._path):
                self._handle = handle
            else:  # the previous owner removed the file in the meantime
                os.close(handle)
        if left := os.pread(self._handle, 200, 0).decode(errors="replace").strip():
            self._report(f"the run was left by {left}, which ended in the middle; its lock is replaced")
        os.ftruncate(self._handle, 0)
        os.pwrite(self._handle, f"process {os.getpid()} on {platform.node()}\n".encode(), 0)

    def release(self) -> None:
        """Release the lock; can be called repeatedly."""
        if self._handle is not None:
            self._path.unlink(missing_ok=True)  # while locked: no process can lock a file about to vanish
            os.close(self._handle)
            self._handle = None

    def _take(self, handle: int) -> None:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(handle, 200, 0).decode(errors="replace").strip()
            raise InputError(
                Problem(
                    "another process is writing this run",
                    str(self._path.parent),
                    got=holder or "a process just begun",
                    hint="wait until it has finished, or choose another folder (--output)",
                )
            ) from None
        except OSError as error:
            if error.errno not in LOCKLESS:
                raise
            self._report(f"{self._path.parent}: this file system has no locks: let only one process write the run")


def _is_at(handle: int, path: Path) -> bool:
    try:
        there = path.stat()
    except FileNotFoundError:
        return False
    return os.path.samestat(os.fstat(handle), there)
