"""The cache of SymPy's results on disk, keyed by the source of the package, SymPy's version and the question.

A damaged entry, or a folder without write permission, only causes a second derivation.
"""

import contextlib
import functools
import hashlib
import os
import pickle
import sys
from collections import OrderedDict
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

Result = TypeVar("Result")


def folder() -> Path:
    """Return the cache folder: `VLE_ANALOG_CACHE`, or the user's cache folder of this system.

    **Raises:** `RuntimeError` where the user has no home folder.
    """
    if chosen := os.environ.get("VLE_ANALOG_CACHE"):
        return Path(chosen).expanduser() / "theory"
    given = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    elif given.is_absolute():  # a relative path is to be ignored according to the standard
        base = given
    else:
        base = Path.home() / ".cache"
    return base / "vle-analog" / "theory"


@functools.cache
def source_digest() -> bytes:
    """Hash every source file of the package."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.digest()


def remembered(question: object, answer: Callable[[], Result]) -> Result:
    """Return the cached answer to a question, or compute and cache it.

    **Arguments:** `question`: an object whose `repr` contains everything the answer depends on.
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


def by_value(most: int) -> Callable[[Callable[..., Result]], Callable[..., Result]]:
    """Keep the last `most` results of a function in memory, by the values of its arguments, which can be pickled."""

    def decorated(function: Callable[..., Result]) -> Callable[..., Result]:
        known: OrderedDict[bytes, Result] = OrderedDict()

        @functools.wraps(function)
        def found(*arguments: Any) -> Result:
            key = hashlib.sha256(pickle.dumps(arguments)).digest()
            result = known.pop(key) if key in known else function(*arguments)
            known[key] = result
            if len(known) > most:
                known.popitem(last=False)
            return result

        return found

    return decorated


def _read(path: Path) -> Any:
    """Read the object of an entry, or None; the leading digest prevents unpickling a damaged entry."""
    try:
        entry = path.read_bytes()
    except OSError:
        return None
    digest, body = entry[:32], entry[32:]
    if hashlib.sha256(body).digest() != digest:
        return None
    return pickle.loads(body)  # noqa: S301 (an entry written by this package, in the user's own folder)


def _write(path: Path, body: bytes) -> None:
    """Write atomically; a folder without write permission is no error."""
    draft = path.with_suffix(f".{os.getpid()}.draft")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft.write_bytes(hashlib.sha256(body).digest() + body)
        draft.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            draft.unlink()
