"""The atomic creation of result folders: everything is written beside the target and moved in at the end."""

import errno
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from vle_analog.errors import InputError, Problem

MARK = "run.json"
PART = ".part"  # ends the names of files that are being written
PLACE = "a folder, or a path where one can be made"


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """Provide a folder to write into, which becomes `target` when the block ends without an error.

    An existing result folder is replaced: earlier results are removed, unless they belong to the same study and
    settings and were not written again by this run; other files are kept.

    **Raises:** `InputError` where the folder cannot be written, the disk is full, or `target` is no result folder.
    """
    stage: Path | None = None
    try:
        target = target.absolute()
        _check_free(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        stage = Path(tempfile.mkdtemp(prefix=f".{target.name[:100]}.", dir=target.parent))
        stage.chmod(0o755)
        yield stage
        _publish(stage, target)
    except OSError as error:
        raise InputError(_cannot_write(target, error)) from None
    finally:
        if stage is not None and stage.exists():
            shutil.rmtree(stage, ignore_errors=True)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file to a temporary name on the disk, then rename it."""
    draft = path.with_name(f".{path.name}{PART}")
    try:
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:  # an interrupt must not leave a temporary file behind
        draft.unlink(missing_ok=True)
        raise


def write_json(path: Path, value: object) -> None:
    """Write readable, stable JSON with a newline at the end."""
    path.write_text(json.dumps(value, indent=2, sort_keys=False, allow_nan=False) + "\n", encoding="utf-8")


def check_place(target: Path) -> None:
    """Check that a path can be a folder.


    **Raises:** `InputError` where the path or one of its parents is not a folder.
    """
    above = next(path for path in (target, *target.parents) if os.path.lexists(path))
    if not above.is_dir():
        what = "the output is" if above == target else "the output would lie in what is"
        what = f"{what} not a folder but {_kind(above)}"
        raise InputError(Problem(what, "--output", got=str(above), expected=PLACE, hint="choose another folder"))


def _kind(path: Path) -> str:
    """Describe the object at a path."""
    if path.is_symlink():
        return f"a link to {_kind(Path(os.path.realpath(path)))}" if path.exists() else "a link to nothing"
    kinds = (
        ("a folder", path.is_dir()),
        ("a file", path.is_file()),
        ("a named pipe", path.is_fifo()),
        ("a socket", path.is_socket()),
        ("a device", path.exists()),
    )
    return next(kind for kind, is_so in kinds if is_so)


def _check_free(target: Path) -> None:
    check_place(target)
    if target.is_symlink():  # the rename at the end would replace the link
        raise InputError(
            Problem(
                f"the output is {_kind(target)}",
                "--output",
                got=f"{target} -> {target.readlink()}",
                expected=PLACE,
                hint=f"name the folder itself: --output {os.path.realpath(target)}",
            )
        )
    if target.is_dir() and any(target.iterdir()) and _mark(target) is None:
        what = "a Monte Carlo run" if _holds_chips(target) else "something that is not a result of vle-analog"
        raise InputError(
            Problem(
                f"the output folder holds {what}",
                "--output",
                got=str(target),
                expected=f"a new or empty folder, or one with the {MARK} of an earlier run",
                hint="choose another folder",
            )
        )


def _publish(stage: Path, target: Path) -> None:
    """Replace `target` by `stage`, together with the files to be kept of an earlier run and of others."""
    mark = _mark(stage) or {}
    written = {entry.name for entry in stage.iterdir()}
    earlier = (_mark(target) if target.is_dir() else None) or {"files": []}
    there = {entry.name for entry in target.iterdir()} if target.is_dir() else set()
    ours = there & {*earlier["files"], MARK}
    stays = there - written - (set() if earlier.get("digest") == mark.get("digest") else ours)
    write_json(stage / MARK, mark | {"files": sorted(written | (stays & ours))})
    if not target.exists():
        stage.rename(target)
    elif target.is_mount():
        _move_in(stage, target, there - stays)
    else:
        _swap(stage, target, stays)


def _swap(stage: Path, target: Path, stays: set[str]) -> None:
    aside = Path(tempfile.mkdtemp(prefix=f".{target.name[:100]}.old.", dir=target.parent))
    old = aside / "results"
    try:
        target.rename(old)
        for name in stays:
            (old / name).rename(stage / name)
        stage.rename(target)
    except BaseException:  # an interrupt between the two renames must not lose the previous folder
        if old.exists() and not target.exists():
            for name in stays:
                if not (old / name).exists():
                    (stage / name).rename(old / name)
            old.rename(target)
        raise
    finally:
        if target.exists():  # otherwise the moved folder is the only copy
            shutil.rmtree(aside, ignore_errors=True)


def _move_in(stage: Path, target: Path, goes: set[str]) -> None:
    """Move entry by entry, the mark last, into a folder that cannot be renamed, such as a mounted one."""
    (target / MARK).unlink(missing_ok=True)
    for name in goes - {MARK}:
        gone = target / name
        shutil.rmtree(gone) if gone.is_dir() and not gone.is_symlink() else gone.unlink()
    for entry in sorted(stage.iterdir(), key=lambda entry: entry.name == MARK):
        shutil.move(entry, target / entry.name)


def _mark(folder: Path) -> dict[str, Any] | None:
    """Return the content of `run.json`, or `None` where this package did not write it."""
    try:
        mark = json.loads((folder / MARK).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(mark, dict) or not str(mark.get("kit", "")).startswith("vle-analog "):
        return None
    files = mark.get("files", [])
    return mark | {"files": [name for name in files if isinstance(name, str) and Path(name).name == name]}


def _holds_chips(folder: Path) -> bool:
    """Return whether the folder has a Monte Carlo run or a grid, which must not be replaced because of its cost."""
    return (folder / "grid.json").is_file() or ((folder / "chunks").is_dir() and (folder / MARK).is_file())


def _cannot_write(target: Path, error: OSError) -> Problem:
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    return Problem(
        "the disk is full" if full else "the output folder cannot be written",
        "--output",
        got=f"{target}: {os.strerror(error.errno) if error.errno else error}",
        hint="free some space; nothing was left half-written" if full else "choose a folder that you may write to",
    )
