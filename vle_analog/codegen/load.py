"""The loading of compiled functions from the text of a kernel, cached on disk under the digest of the text.

The file is written once and whole; numba keeps what it compiled beside it, and finds it again in another process.
Processes that need the same kernel at the same time compile it in one of them: the others wait, and find it.
"""

import contextlib
import fcntl
import functools
import hashlib
import importlib
import importlib.util
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

from vle_analog import cache
from vle_analog.errors import InputError, Problem


@functools.cache
def available() -> bool:
    """Return whether compiled solutions are possible: numba is installed and compatible with the installed NumPy."""
    try:
        importlib.import_module("numba")
    except ImportError:
        return False
    return True


def load(text: str) -> ModuleType:
    """Return the module of a kernel.

    **Raises:** `InputError` where numba is not installed.
    """
    if not available():
        raise InputError(
            Problem(
                "the compiled engine needs numba",
                got="numba is not installed, or cannot be imported",
                hint="pip install 'vle-analog[fast]', or run without it: the same equations are then solved by NumPy",
            )
        )
    digest = hashlib.sha256(f"{_compiler()}\n{text}".encode()).hexdigest()[:20]
    return _module(text, f"kernel_{digest}", cache.folder().parent / "engine")


@functools.cache
def _compiler() -> str:
    """Return the version of numba from the metadata of the package."""
    return version("numba")


@functools.cache
def _module(text: str, name: str, folder: Path) -> ModuleType:
    try:
        path = _written(text, name, folder)
    except OSError:  # without a writable folder the text is compiled anew in every process
        path = _written(text, name, Path(tempfile.mkdtemp(prefix="vle-analog-")))
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no module")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # numba looks there for what a compiled function was made from
    with _alone(path):  # laws are compiled when their module is loaded, see `compiled.text`
        spec.loader.exec_module(module)
    for function in getattr(module, "ENTRIES", ()):  # and these when they are first called
        function.compile = _compiled_alone(function.compile, path)
    return module


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """No other process or thread is in here for this kernel; where files cannot be locked, they may be."""
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):
            lock = stack.enter_context(path.with_suffix(".lock").open("w"))
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _compiled_alone(compiled: Callable[..., Any], path: Path) -> Callable[..., Any]:
    def alone(signature: Any) -> Any:
        with _alone(path):
            return compiled(signature)

    return alone


def _written(text: str, name: str, folder: Path) -> Path:
    path = folder / f"{name}.py"
    if path.is_file() and path.read_text(encoding="utf-8") == text and os.access(folder, os.W_OK):
        return path
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = folder / f"{name}.{os.getpid()}.draft"
    try:
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    finally:
        with contextlib.suppress(OSError):
            draft.unlink()
    return path
