"""A study as plain data, before it is checked: bytes of a file -> nested tables, lists and scalars.

For any bytes, the outcome is plain data of bounded depth with 64-bit integers, or an `InputError`.
"""

import difflib
import re
import stat
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vle_analog.errors import InputError, Problem
from vle_analog.resources import shipped_studies
from vle_analog.study.findings import KeyPath, key_text, plainly, shown

MAX_BYTES = 64 * 2**20
MAX_DEPTH = 16


@dataclass(frozen=True, eq=False)
class Document:
    """Plain data and its source.

    **Arguments:**

    - `data`: nested dict of str, bool, int, float, list, dict (and dates, which no key accepts).
    - `label`: the file, as shown to the user.
    - `folder`: where relative file names start.
    - `text`: the file itself, to find lines in; empty where there is no file.
    """

    data: dict[str, Any]
    label: str
    folder: Path
    text: str = ""


def locate(path_or_name: str | Path) -> Path:
    """Return the file of a path, or of the name of a shipped study (which precedes a file of the same name).

    **Raises:** `InputError` where there is neither.
    """
    studies = shipped_studies()
    requested = str(path_or_name)
    if isinstance(path_or_name, str) and requested in studies:
        return studies[requested]
    path = Path(requested)
    try:
        if path.exists():
            return path
    except (OSError, ValueError):  # a name too long for the file system, or with a NUL in it
        pass
    near = difflib.get_close_matches(path.stem, studies, n=1)
    raise InputError(
        Problem(
            "no such study",
            where=plainly(requested),
            expected="a TOML file, or a shipped study: " + ", ".join(studies),
            hint=f"did you mean {near[0]}?" if near else "check the path",
        )
    )


def load(path: Path) -> Document:
    """Read one TOML file.

    **Raises:** `InputError` where it cannot be read, is too large, or is not TOML.
    """
    label = plainly(str(path))
    text = _text(path, label)
    try:
        data = tomllib.loads(text)
    except RecursionError:
        raise InputError(_too_deep(label)) from None
    except ValueError as error:  # TOMLDecodeError, or an integer of thousands of digits
        raise InputError(_syntax(error, text, label)) from None
    return Document(plain(data, label), label, path.parent, text)


def plain(data: Any, label: str) -> dict[str, Any]:
    """Copy data to dict, list, str, bool, int and float only; NumPy arrays and scalars become lists and numbers.

    **Raises:** `InputError` for data that is not a table, too deep, or too large an integer.
    """
    if not isinstance(data, dict):
        raise InputError(Problem("a study is a table", where=label, got=type(data).__name__, expected="a dict"))
    return _plain(data, (), label)


def _plain(value: Any, path: KeyPath, label: str) -> Any:
    if len(path) > MAX_DEPTH:
        raise InputError(_too_deep(f"{label}, {key_text(path[:4])}..."))
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                raise InputError(Problem("keys are texts", where=f"{label}, {key_text(path)}", got=shown(key)))
        return {key: _plain(item, (*path, key), label) for key, item in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [
            item if type(item) is float else _plain(item, (*path, index), label) for index, item in enumerate(value)
        ]
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise InputError(
            Problem(
                "the integer is too large",
                where=f"{label}, {key_text(path)}",
                got=f"an integer of {value.bit_length()} bits",
                expected="at most 64 bits",
                hint="write it as a float, such as 1e30",
            )
        )
    return value


def _text(path: Path, label: str) -> str:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            got = "a folder" if stat.S_ISDIR(status.st_mode) else "not a regular file"
            raise InputError(Problem("this is not a file", where=label, got=got, expected="a TOML file"))
        if status.st_size > MAX_BYTES:
            raise InputError(
                Problem(
                    "the file is too large for a study",
                    where=label,
                    got=f"{status.st_size} bytes",
                    expected=f"at most {MAX_BYTES} bytes",
                    hint="give large weights as {file = ...} or {init = ..., seed = ...}, and samples as a file",
                )
            )
        return path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except OSError as error:
        raise InputError(Problem("the file cannot be read", where=label, got=error.strerror or "")) from None
    except UnicodeDecodeError as error:
        raise InputError(
            Problem(
                "the file is not text in UTF-8",
                where=label,
                got=f"byte 0x{error.object[error.start]:02x} at position {error.start}",
                hint="save it as UTF-8",
            )
        ) from None


def _syntax(error: ValueError, text: str, label: str) -> Problem:
    message = str(error)
    found = re.search(r"\(at line (\d+), column \d+\)", message)
    if found is None:
        got = "an integer of thousands of digits" if "digits" in message else message
        return Problem("the file is not TOML", where=label, got=plainly(got), hint="see toml.io")
    number = int(found.group(1))
    line = text.split("\n")[number - 1]
    return Problem(
        f"the file is not TOML: {plainly(message[: found.start()].strip())}",
        where=f"{label}:{number}",
        got=plainly(line.strip(), 80),
        hint="texts need quotes, tables are [like.this], lists are [1, 2]; see toml.io",
    )


def _too_deep(where: str) -> Problem:
    return Problem("tables and lists are nested too deeply", where=where, expected=f"at most {MAX_DEPTH} levels")
