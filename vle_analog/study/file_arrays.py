"""Arrays of numbers from npy, npz and csv files: `{ file = "w.npz", key = "W0" }` in the place of the numbers.

The numbers take the place of the table before a study is checked. So a study is the same, digest included, whether its
numbers are written in it or in a file, and what is kept of it (for workers, for replay) needs the file no more.
"""

import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from vle_analog.errors import InputError, Problem
from vle_analog.study.build import MAX_SYNAPSES
from vle_analog.study.findings import Findings, KeyPath, closest, near, plainly, shown
from vle_analog.study.number_files import (
    MAX_BYTES,
    cell,
    csv_lines,
    decimal_commas,
    is_header,
    is_number,
    npy_array,
    regular_bytes,
)

KINDS = "a file named *.npz, *.npy or *.csv"
_KEYS = ("file", "key")
MOST_PROBLEMS = 5
_STARTS_AS_NUMBER = re.compile(r"\s*[+-]?[.\d]")  # a line of numbers in another format is no line of names
ARRAYS: tuple[tuple[str | None, ...], ...] = (
    *(("network", "populations", None, key) for key in ("tau_m", "tau_r", "bias")),
    *(("network", "projections", None, key) for key in ("weights", "feedback_weights")),
    *(("target", key, None) for key in ("weights", "biases", "tau_m", "tau_r")),
    *((*owner, key) for owner in (("stimuli", None), ("target",)) for key in ("offsets", "initials")),
)
"""Keys that hold an array of numbers; None is any name."""


def with_numbers(data: dict[str, Any], folder: Path, findings: Findings) -> dict[str, Any]:
    """A study's data with the numbers of files in the place of the tables that name them.

    A table whose file cannot be used is left as it is, and its problem recorded.
    """
    for pattern in ARRAYS:
        data = _replaced(data, pattern, (), folder, findings)
    return data


def _replaced(node: Any, pattern: tuple[str | None, ...], path: KeyPath, folder: Path, findings: Findings) -> Any:
    if not pattern:
        return _numbers(node, path, folder, findings) if isinstance(node, dict) and "file" in node else node
    if not isinstance(node, dict):
        return node
    names = [name for name in node if pattern[0] in (None, name)]
    return node | {name: _replaced(node[name], pattern[1:], (*path, name), folder, findings) for name in names}


def _numbers(table: Mapping[str, Any], path: KeyPath, folder: Path, findings: Findings) -> Any:
    """The numbers that a table names; the table itself after recording why it cannot be used."""
    dimensions = (2,) if "weights" in path or "feedback_weights" in path else (0, 1)
    before = len(findings.problems)
    for name in table:
        if name not in _KEYS:
            findings.add((*path, name), "unknown key", hint=near(name, _KEYS))
    for name in _KEYS:
        if name in table and not isinstance(table[name], str):
            findings.add((*path, name), "wrong type", shown(table[name]), "a text")
    if len(findings.problems) > before:
        return table
    where = (*path, "file")
    try:
        numbers, label = read_numbers(folder / table["file"], table.get("key"), dimensions)
    except InputError as error:
        findings.extend(where, error, hint=f"the file is named in {findings.where(where)}")
        return table
    findings.read_from[path] = label
    return numbers


def read_numbers(path: Path, key: str | None, dimensions: tuple[int, ...]) -> tuple[Any, str]:
    """The array of a file as nested lists of floats, and where it is from.

    **Arguments:** `key`: of the array in a `.npz` file; not needed where it holds only one. `dimensions`: how many the
    array may have; 0 is a single number, as in a csv file of one cell.

    **Raises:** `InputError` where the file cannot be read, has no such array, or holds something else than numbers.
    """
    label, kind = plainly(str(path)), path.suffix.lower()
    expected = "a matrix of numbers" if 2 in dimensions else "a number, or a list of numbers: one dimension"
    if kind not in (".npz", ".npy", ".csv"):
        raise InputError(Problem("unknown kind of file", label, shown(path.suffix), KINDS))
    if key is not None and kind != ".npz":
        what = "only an npz file holds arrays by key"
        raise InputError(Problem(what, label, f"key = {shown(key)}", hint="drop the key"))
    content = regular_bytes(path, label, KINDS)
    if kind == ".csv":
        array = _csv(content, label)
        if 2 not in dimensions:  # one column, or one row
            array = array.reshape(() if array.size == 1 else -1) if 1 in array.shape else array
    else:
        content, label = _member(content, key, label) if kind == ".npz" else (content, label)
        array = npy_array(content, label, expected, (0, 1, 2))
    if array.ndim not in dimensions:
        hint = "save array.ravel()" if 2 not in dimensions else "save array.reshape(rows, columns)"
        raise InputError(Problem("the array has the wrong shape", label, f"shape {array.shape}", expected, hint))
    if array.size > MAX_SYNAPSES:
        raise InputError(Problem("the array is too large", label, f"shape {array.shape}", f"at most {MAX_SYNAPSES}"))
    return array.tolist(), label


def _member(content: bytes, key: str | None, label: str) -> tuple[bytes, str]:
    """The npy file of an array in an npz file, and its label."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = {name.removesuffix(".npy"): name for name in archive.namelist()}
            if key is None and len(members) == 1:
                key = next(iter(members))
            if key is None or key not in members:
                raise InputError(_no_array(key, list(members), label))
            label = f"{label}: {plainly(key, 60)}"
            with archive.open(members[key]) as member:
                inner = member.read(MAX_BYTES + 1)
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError, ValueError) as error:
        what, expected = "this is no npz file, or it is damaged", "a file that numpy.savez wrote"
        raise InputError(Problem(what, label, plainly(str(error), 80), expected)) from None
    if len(inner) > MAX_BYTES:
        raise InputError(Problem("the array is too large", label, expected=f"at most {MAX_BYTES} bytes"))
    return inner, label


def _no_array(key: str | None, keys: list[str], label: str) -> Problem:
    there = "one of " + ", ".join(plainly(name, 60) for name in keys[:30]) if keys else "at least one array"
    if key is None:
        hint = f"for example key = {shown(keys[0])}" if keys else ""
        what = "a key names the array of the file" if keys else "the file holds no array"
        return Problem(what, label, "no key", there, hint)
    return Problem("the file holds no array of this key", label, shown(key), there, closest(key, keys))


def _csv(content: bytes, label: str) -> np.ndarray:
    """The rows of a csv file, shape `(rows, columns)`; one line of names may come first."""
    lines = csv_lines(content, label)
    start = 1 if lines and is_header(lines[0]) and not _STARTS_AS_NUMBER.match(lines[0]) else 0
    if len(lines) == start:
        raise InputError(Problem("the file has no rows of numbers", label, expected="numbers, separated by commas"))
    problems, rows, width = [], [], lines[start].count(",") + 1
    for number, line in enumerate(lines[start:], start + 1):
        cells, where = line.split(","), f"{label}:{number}"
        bad = next((index for index, text in enumerate(cells) if not is_number(text)), None)
        split = len(line.split()) > len(cells) or ";" in line
        hint = "separate columns by commas" if split else ""
        if bad is not None and line.strip():
            what = "the cell is no number" if cells[bad].strip() else "there is a hole"
            got = shown(cells[bad].strip()) if cells[bad].strip() else "an empty cell"
            problems.append(Problem(what, f"{where}, column {bad + 1}", got, "a number", hint))
        elif len(cells) != width or bad is not None:
            what = "wrong number of columns" if line.strip() else "an empty line"
            got = f"{len(cells)} columns" if line.strip() else ""
            problems.append(Problem(what, where, got, f"{width}, as in the first row", hint))
        if len(problems) == MOST_PROBLEMS:
            break
        rows.append([cell(text) for text in cells])
    if problems:
        raise InputError(*(decimal_commas(lines, label) or problems))
    return np.array(rows)
