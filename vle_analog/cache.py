"""What SymPy found, kept on disk: keyed by the source of the kit, SymPy's version and what was asked for.

An entry that is damaged, or a folder that cannot be written, costs a second derivation and nothing else.
"""

import contextlib
import functools
import hashlib
import os
import pickle
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

Result = TypeVar("Result")


def folder() -> Path:
    """Where entries lie: `VLE_ANALOG_CACHE`, or the user's cache folder of this system.

    **Raises:** `RuntimeError` where there is no such folder, since the user has no home.
    """
    if chosen := os.environ.get("VLE_ANALOG_CACHE"):
        return Path(chosen).expanduser() / "theory"
    given = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    elif given.is_absolute():  # the standard has a relative one ignored
        base = given
    else:
        base = Path.home() / ".cache"
    return base / "vle-analog" / "theory"


@functools.cache
def source_digest() -> bytes:
    """A digest of every source file of the kit."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.digest()


def remembered(question: object, answer: Callable[[], Result]) -> Result:
    """The answer to a question, from disk where it is there and whole.

    **Arguments:** `question`: anything whose `repr` says all that the answer depends on.
    """
    about = f"{version('sympy')} {sys.version_info[:2]} {question!r}".encode()
    try:
        place = folder()
    except RuntimeError:
        return answer()
    path = place / f"{hashlib.sha256(source_digest() + about).hexdigest()}.pickle"
    stored = _read(path)
    if stored is not None:
        return stored
    result = answer()
    _write(path, pickle.dumps(result))
    return result


def _read(path: Path) -> Any:
    """The object in an entry, or None. The digest in front keeps a damaged entry from ever being unpickled."""
    try:
        entry = path.read_bytes()
    except OSError:
        return None
    digest, body = entry[:32], entry[32:]
    if hashlib.sha256(body).digest() != digest:
        return None
    return pickle.loads(body)  # noqa: S301 (an entry this kit wrote, in the user's own folder)


def _write(path: Path, body: bytes) -> None:
    """Write whole or not at all; a folder that cannot be written is no error."""
    draft = path.with_suffix(f".{os.getpid()}.draft")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft.write_bytes(hashlib.sha256(body).digest() + body)
        draft.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            draft.unlink()
