"""From the text of a kernel to compiled functions, remembered on disk under the digest of the text.

The file is written once and whole; numba keeps what it compiled beside it, and finds it again in another process.
"""

import contextlib
import functools
import hashlib
import importlib
import importlib.util
import os
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

from vle_analog import cache
from vle_analog.errors import InputError, Problem


@functools.cache
def available() -> bool:
    """True where compiled solutions are possible: numba is installed, and agrees with the NumPy that is there."""
    try:
        importlib.import_module("numba")
    except ImportError:
        return False
    return True


def load(text: str) -> ModuleType:
    """The module of a kernel.

    **Raises:** `InputError` where numba is not installed.
    """
    if not available():
        raise InputError(Problem(
            "the compiled engine needs numba", got="numba is not installed, or cannot be imported",
            hint="pip install 'vle-analog[fast]', or go without: the same equations are solved by NumPy",
        ))  # fmt: skip
    digest = hashlib.sha256(f"{_compiler()}\n{text}".encode()).hexdigest()[:20]
    return _module(text, f"kernel_{digest}", cache.folder().parent / "engine")


@functools.cache
def _compiler() -> str:
    """The version of numba: looked up in the package's metadata, on disk."""
    return version("numba")


@functools.cache
def _module(text: str, name: str, folder: Path) -> ModuleType:
    try:
        path = _written(text, name, folder)
    except OSError:  # a folder that cannot be written costs compiling once more, and nothing else
        path = _written(text, name, Path(tempfile.mkdtemp(prefix="vle-analog-")))
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no module")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # numba looks there for what a compiled function was made from
    spec.loader.exec_module(module)
    return module


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
