"""Result folders that appear whole or not at all: everything is written beside the target and moved in at the end."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vle_analog.errors import InputError, Problem

MARK = "run.json"


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """A folder to write into, which becomes `target` when the block ends without an error.

    What stood at `target` is replaced if it is a result folder. Results of the same study and settings that this run
    did not write again are kept.

    **Raises:** `InputError` where the folder cannot be written, the disk is full, or `target` holds something else.
    """
    target = target.absolute()
    _check_free(target)
    stage: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        stage = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
        stage.chmod(0o755)
        yield stage
        _publish(stage, target)
    except OSError as error:
        raise InputError(_cannot_write(target, error)) from None
    finally:
        if stage is not None and stage.exists():
            shutil.rmtree(stage, ignore_errors=True)


def write_json(path: Path, value: object) -> None:
    """Readable, stable JSON with a newline at the end."""
    path.write_text(json.dumps(value, indent=2, sort_keys=False, allow_nan=False) + "\n", encoding="utf-8")


def _check_free(target: Path) -> None:
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise InputError(Problem("the output is not a folder", "--output", got=str(target)))
    if target.is_dir() and any(target.iterdir()) and not (target / MARK).is_file():
        raise InputError(Problem(
            "the output folder holds something that is not a result of this kit", "--output", got=str(target),
            expected=f"a new or empty folder, or one with a {MARK}", hint="choose another folder",
        ))  # fmt: skip


def _publish(stage: Path, target: Path) -> None:
    if not target.exists():
        stage.rename(target)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{target.name}.old.", dir=target.parent))
    replaced = old / "results"
    target.rename(replaced)
    try:
        if _digest(replaced) == _digest(stage):
            for entry in replaced.iterdir():
                if not (stage / entry.name).exists():
                    entry.rename(stage / entry.name)
        stage.rename(target)
    except OSError:
        if not target.exists():
            replaced.rename(target)
        raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


def _digest(folder: Path) -> str | None:
    try:
        return json.loads((folder / MARK).read_text(encoding="utf-8")).get("digest")
    except (OSError, ValueError, AttributeError):
        return None


def _cannot_write(target: Path, error: OSError) -> Problem:
    import errno

    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    return Problem(
        "the disk is full" if full else "the output folder cannot be written", "--output",
        got=f"{target}: {os.strerror(error.errno) if error.errno else error}",
        hint="free some space; nothing was left half-written" if full else "choose a folder that you may write to",
    )  # fmt: skip
