"""Overrides `KEY=VALUE`, which change single keys of a study before it is checked."""

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from vle_analog.errors import InputError, Problem
from vle_analog.study.document import MAX_DEPTH, plain
from vle_analog.study.file_arrays import ARRAYS
from vle_analog.study.findings import KeyPath, key_text, near, plainly, typed

# A part may be quoted, or contain brackets as in circuit.levels.hidden[0].
_PART = re.compile(r'"([^"\n]+)"|([^\s."=]+)')
# Keys that name a file or folder; None is any name.
_FILES = (("circuit", "cells"), ("stimuli", None, "file"), ("target", "file"), *((*key, "file") for key in ARRAYS))
_NAMED = (("network", "populations"), ("network", "projections"), ("stimuli",))


def apply_overrides(data: dict[str, Any], overrides: Iterable[str]) -> tuple[dict[str, Any], list[tuple[KeyPath, str]]]:
    """Apply every override to the data.

    **Arguments:**

    - `data`: changed in place.
    - `overrides`: texts such as `network.beta=0.5`; the value is TOML, a bare word is a string. Files and folders are
      relative to the working directory, and become absolute.

    **Returns:** the data, and `(key path, text)` of each override.

    **Raises:** `InputError` with all malformed texts, and keys that lead nowhere.
    """
    problems, applied = [], []
    for text in overrides:
        try:
            path, value = parse_override(text)
            applied.append((_assign(data, path, _anchored(path, value), text), text))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(*problems)
    return data, applied


def parse_override(text: str) -> tuple[tuple[str, ...], Any]:
    """Parse `network.beta=0.5` into `(("network", "beta"), 0.5)`."""
    where = typed(text)
    key, equals, value = text.partition("=")
    if '"' in key:  # a quoted part may contain an equals sign
        quoted = re.match(r'((?:[^="]|"[^"]*")*)=(.*)', text, re.DOTALL)
        key, equals, value = (quoted.group(1), "=", quoted.group(2)) if quoted else (key, "", "")
    if not equals or not value.strip():
        what = "there is no '='" if not equals else "there is no value"
        raise InputError(Problem(what, where, expected="KEY=VALUE", hint="for example --set network.beta=0.5"))
    return _parts(key.strip(), where), _value(value.strip(), where)


def _parts(key: str, where: str) -> tuple[str, ...]:
    path, position = [], 0
    while match := _PART.match(key, position):
        path.append(match.group(1) or match.group(2))
        position = match.end()
        if position == len(key) and len(path) <= MAX_DEPTH:
            return tuple(path)
        if key[position : position + 1] != ".":
            break
        position += 1
    raise InputError(
        Problem("this is not a key", where, plainly(key), "names joined by dots", "for example network.rule")
    )


def _value(text: str, where: str) -> Any:
    try:
        parsed = tomllib.loads(f"value = {text}")
        if list(parsed) == ["value"]:
            return plain(parsed, where)["value"]
    except (ValueError, RecursionError):
        pass
    if text[0] in "[{\"'" or not text.isprintable():
        raise InputError(
            Problem("the value is not TOML", where, plainly(text), "a number, true, false, text, [list] or {table}")
        )
    return text


def _anchored(path: KeyPath, value: Any) -> Any:
    """Return the value with the file names in it made absolute."""
    if isinstance(value, dict):
        return {key: _anchored((*path, key), item) for key, item in value.items()}
    fits = (len(keys) == len(path) and all(a in (None, b) for a, b in zip(keys, path, strict=True)) for keys in _FILES)
    return str(Path.cwd() / value) if isinstance(value, str) and value and any(fits) else value


def _assign(data: dict[str, Any], path: tuple[str, ...], value: Any, text: str) -> KeyPath:
    """Set the value; return the key, or the outermost table that had to be created for it."""
    where = typed(text)
    table, made = data, path
    for depth, part in enumerate(path[:-1]):
        if path[:depth] in _NAMED and part not in table:
            raise InputError(Problem(f"there is no {key_text((*path[:depth], part))}", where, hint=near(part, table)))
        if part not in table:
            made = made if len(made) <= depth else path[: depth + 1]
        table = table.setdefault(part, {})
        if not isinstance(table, dict):
            raise InputError(Problem(f"{key_text(path[: depth + 1])} is not a table", where, hint="set it as a whole"))
    table[path[-1]] = value
    return made
