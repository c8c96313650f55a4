"""Samples of a stimulus from a csv or npy file, checked cell by cell: a gap is reported with file, line and column."""

import re
from pathlib import Path

import numpy as np

from vle_analog.errors import InputError, Problem
from vle_analog.network.stimuli import Samples
from vle_analog.study.arrays import frozen
from vle_analog.study.coverage import exact, subtraction
from vle_analog.study.findings import plainly, shown
from vle_analog.study.keys import LARGEST
from vle_analog.study.number_files import cell, csv_lines, decimal_commas, is_header, npy_array, regular_bytes

USABLE = f"a finite number of at most {LARGEST:g} in size"
_CALENDAR = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}.*|.*\d{1,2}:\d{2}.*")  # a date, or a time of day


def read_samples(path: Path) -> tuple[Samples, bytes]:
    """Read the samples of a file.

    **Arguments:**

    - `path`: a `.csv` (time, then one column per channel; one header line allowed) or `.npy` file of the same columns.

    **Returns:** the samples, and the bytes of the file.

    **Raises:** `InputError` where the file cannot be read, or has gaps, text, NaN, one row only, or times that do not
    increase.
    """
    label = plainly(str(path))
    readers = {".csv": _csv, ".npy": _npy}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise InputError(Problem("unknown kind of file", label, shown(path.suffix), "a file named *.csv or *.npy"))
    content = regular_bytes(path, label, "a csv or npy file")
    return samples(reader(content, label), label), content


def samples(table: np.ndarray, label: str) -> Samples:
    """Build samples from rows of time and channels, shape `(n, 1 + channels)`.

    **Arguments:** `label`: the source, for messages.

    **Raises:** `InputError` where the rows cannot be used.
    """
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


def _csv(content: bytes, label: str) -> np.ndarray:
    lines = csv_lines(content, label)
    start = 1 if lines and is_header(lines[0]) else 0
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
            row = [cell(text) for text in cells]
            bad = next((index for index, value in enumerate(row) if not abs(value) <= LARGEST), None)
            if bad is not None:
                hole = not cells[bad].strip()
                what = "a value is missing" if hole else "the cell is not a usable number"
                got = "an empty cell" if hole else shown(cells[bad].strip())
                cure = _cure(bad, row[bad], np.array([cell(other.split(",")[0]) for other in lines[start:]]))
                if _CALENDAR.fullmatch(cells[bad].strip()):
                    cure = "write times as numbers of model time that count from the begin of the run"
                problems.append(Problem(what, f"{where}, column {bad + 1}", got, USABLE, hint or cure))
                if cure:  # the same holds for every line
                    break
            elif rows and row[0] <= rows[-1][0]:
                got = f"{row[0]:g} after {rows[-1][0]:g}"
                problems.append(Problem("the times do not increase", where, got, "later than the line before"))
            rows.append(row)
        if len(problems) == 5:
            break
    if problems:
        raise InputError(*(decimal_commas(lines, label) or problems))
    return np.array(rows)


def _cure(column: int, value: float, times: np.ndarray) -> str:
    """Return a hint where a time is too large for a study, as in milliseconds of a calendar.

    **Arguments:** `column`: of the value that is too large. `times`: all of them; nan where one cannot be read.
    """
    first, last = float(times[0]), float(times[-1])
    if column or not np.isfinite(value) or not abs(last - first) <= LARGEST:
        return ""
    return f"{subtraction(first)}: a run begins at 0"


def _npy(content: bytes, label: str) -> np.ndarray:
    return npy_array(content, label, "a table of numbers with time in the first column", (2,))
