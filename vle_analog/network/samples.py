"""Samples of a stimulus from a csv or npy file, checked cell by cell: a hole is named by file, line and column."""

import ast
import math
import os
import re
import stat
from pathlib import Path

import numpy as np

from vle_analog.errors import InputError, Problem
from vle_analog.network.arrays import frozen
from vle_analog.network.coverage import exact, subtraction
from vle_analog.network.findings import plainly, shown
from vle_analog.network.keys import LARGEST
from vle_analog.network.stimuli import Samples

MAX_BYTES = 256 * 2**20
MAX_HEADER = 10_000
MAX_VALUES = 10_000_000
USABLE = f"a finite number of at most {LARGEST:g} in size"
_COMMA = r'"?[+-]?\d[\d.]*(,\d+)?([eE][+-]?\d+)?"?'
_DECIMAL_COMMAS = re.compile(rf"(?=.*\d,\d)\s*{_COMMA}(\s*[;\t ]\s*{_COMMA})+\s*;?\s*")
_CALENDAR = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}.*|.*\d{1,2}:\d{2}.*")  # a date, or a time of day
_NUMBER = re.compile(r"[+-]?((\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|inf(inity)?|nan)", re.ASCII | re.IGNORECASE)


def read_samples(path: Path) -> tuple[Samples, bytes]:
    """The samples of a file, and its bytes.

    **Arguments:**

    - `path`: a `.csv` (time, then one column per channel; one header line allowed) or `.npy` file of the same columns.

    **Raises:**

    - `InputError`: the file cannot be read, or has holes, text, NaN, one row only, or times that do not increase.
    """
    label = plainly(str(path))
    readers = {".csv": _csv, ".npy": _npy}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise InputError(Problem("unknown kind of file", label, shown(path.suffix), "a file named *.csv or *.npy"))
    content = _bytes(path, label)
    return samples(reader(content, label), label), content


def samples(table: np.ndarray, label: str) -> Samples:
    """Samples from rows of time and channels, shape `(n, 1 + channels)`; `label` says where they are from."""
    problems = []
    if table.shape[0] < 2:
        problems.append(Problem("one row is not enough", label, f"{table.shape[0]} rows", "at least two times"))
    if table.shape[1] < 2:
        problems.append(Problem("there is no channel", label, "1 column", "time, then one column per channel"))
    bad = np.argwhere(~(np.abs(table) <= LARGEST))
    if len(bad):
        row, column = bad[0]
        where, value = f"{label}, row {row + 1}, column {column + 1}", float(table[row, column])
        problems.append(
            Problem("a value is not usable", where, exact(value), USABLE, _cure(int(column), value, table[:, 0]))
        )
    steps = np.flatnonzero(~(np.diff(table[:, 0]) > 0))
    if len(steps) and not len(bad):
        row = int(steps[0]) + 1
        where = f"{label}, row {row + 1}"
        got = f"{table[row, 0]:g} after {table[row - 1, 0]:g}"
        problems.append(Problem("the times do not increase", where, got, "each time later than the one before"))
    if problems:
        raise InputError(*problems)
    return Samples(frozen(table[:, 0].copy()), frozen(table[:, 1:].copy()))


def _bytes(path: Path, label: str) -> bytes:
    try:
        # Without O_NONBLOCK opening a pipe would wait for its other end.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise InputError(Problem("this is not a regular file", label, expected="a csv or npy file"))
            if status.st_size > MAX_BYTES:
                raise InputError(
                    Problem("the file is too large", label, f"{status.st_size} bytes", f"at most {MAX_BYTES} bytes")
                )
            return file.read()
    except OSError as error:
        hint = (
            "file names are relative to the study, with --set to the working directory"
            if isinstance(error, FileNotFoundError)
            else ""
        )
        raise InputError(Problem("the file cannot be read", label, error.strerror or "", hint=hint)) from None
    except ValueError:
        raise InputError(Problem("this is not a file name", label)) from None


def _csv(content: bytes, label: str) -> np.ndarray:
    try:
        lines = re.split(r"\r\n|\n|\r", content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise InputError(Problem("the file is not text in UTF-8", label, hint="save it as UTF-8")) from None
    while lines and not lines[-1].strip():
        lines.pop()
    start = 1 if lines and _is_header(lines[0]) else 0
    if len(lines) == start:
        raise InputError(
            Problem("the file has no rows of numbers", label, expected="time, then one column per channel")
        )
    width, rows, problems = lines[start].count(",") + 1, [], []
    for number, line in enumerate(lines[start:], start + 1):
        cells = line.split(",")
        where = f"{label}:{number}"
        hint = "separate columns by commas" if ";" in line or "\t" in line else ""
        if len(cells) != width:
            what = "an empty line" if not line.strip() else "wrong number of columns"
            problems.append(Problem(what, where, f"{len(cells)} columns", f"{width}, as in the first row", hint))
        else:
            row = [_cell(cell) for cell in cells]
            bad = next((index for index, value in enumerate(row) if not abs(value) <= LARGEST), None)
            if bad is not None:
                hole = not cells[bad].strip()
                what = "there is a hole" if hole else "the cell is not a usable number"
                got = "an empty cell" if hole else shown(cells[bad].strip())
                cure = _cure(bad, row[bad], np.array([_cell(other.split(",")[0]) for other in lines[start:]]))
                if _CALENDAR.fullmatch(cells[bad].strip()):
                    cure = "write times as numbers of model time that count from the begin of the run"
                problems.append(Problem(what, f"{where}, column {bad + 1}", got, USABLE, hint or cure))
                if cure:  # the same would be said of every line
                    break
            elif rows and row[0] <= rows[-1][0]:
                got = f"{row[0]:g} after {rows[-1][0]:g}"
                problems.append(Problem("the times do not increase", where, got, "later than the line before"))
            rows.append(row)
        if len(problems) == 5:
            break
    if problems:
        raise InputError(*(_decimal_commas(lines, label) or problems))
    return np.array(rows)


def _decimal_commas(lines: list[str], label: str) -> list[Problem]:
    """The one problem of a file that writes 0,5 for 0.5; none of another file."""
    for number, line in enumerate(lines, 1):
        if _DECIMAL_COMMAS.fullmatch(line):
            columns = (column.strip('"') for column in re.split(r"\s*[;\t ]\s*", line.strip(" \t;")))
            wanted = ",".join(column.replace(".", "").replace(",", ".") for column in columns)
            expected = f"decimal points, and commas between the columns: {shown(wanted)}"
            hint = "replace the commas by points, then what stands between the columns by commas"
            return [Problem("the file has decimal commas", f"{label}:{number}", shown(line.strip()), expected, hint)]
    return []


def _cure(column: int, value: float, times: np.ndarray) -> str:
    """Advice where a time is too large for a study, as in milliseconds of a calendar, and the samples are not too long.

    **Arguments:** `column`: of the value that is too large. `times`: all of them; nan where one cannot be read.
    """
    first, last = float(times[0]), float(times[-1])
    if column or not np.isfinite(value) or not abs(last - first) <= LARGEST:
        return ""
    return f"{subtraction(first)}: a run begins at 0"


def _is_header(line: str) -> bool:
    cells = [cell.strip() for cell in line.split(",")]
    return any(cells) and all(math.isnan(_cell(cell)) and cell.lower() != "nan" for cell in cells if cell)


def _cell(text: str) -> float:
    # Python's own reader would also take 1_000 and digits of other scripts
    return float(text) if _NUMBER.fullmatch(text.strip(" \t")) else math.nan


def _npy(content: bytes, label: str) -> np.ndarray:
    # The header is read here: NumPy's own reader lets half a dozen kinds of exceptions through when it is damaged,
    # and makes room for whatever shape the header promises.
    expected = "a table of numbers with time in the first column"
    if content[:6] != b"\x93NUMPY" or len(content) < 12:
        raise InputError(Problem("this is not a npy file", label, expected=expected))
    start = 10 if content[6] == 1 else 12
    end = start + int.from_bytes(content[8:start], "little")
    try:
        header = ast.literal_eval(content[start : min(end, MAX_HEADER)].decode("ascii").strip())
        descr, order, shape = header["descr"], header["fortran_order"], header["shape"]
    except (ValueError, SyntaxError, TypeError, KeyError, MemoryError, RecursionError):
        raise InputError(Problem("the header of this npy file is damaged", label, expected=expected)) from None
    numbers = isinstance(descr, str) and re.fullmatch(r"[<>|=]?(f[248]|[iu][1248])", descr)
    table = isinstance(shape, tuple) and len(shape) == 2 and all(type(n) is int and n >= 0 for n in shape)
    if not (numbers and table):
        raise InputError(
            Problem("the array cannot be used", label, f"shape {shown(shape)} of {shown(descr)}", expected)
        )
    dtype, size = np.dtype(descr), shape[0] * shape[1]
    if size * dtype.itemsize > len(content) - end or size > MAX_VALUES:
        raise InputError(Problem("the array is incomplete or too large", label, f"shape {shape}", expected))
    flat = np.frombuffer(content, dtype, size, end).astype(float)
    return flat.reshape(shape, order="F" if order else "C")
