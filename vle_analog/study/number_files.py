"""Files of numbers, csv and npy, as bytes and cells: whatever is in them, the outcome is numbers or an `InputError`."""

import ast
import math
import os
import re
import stat
from pathlib import Path

import numpy as np

from vle_analog.errors import InputError, Problem
from vle_analog.study.findings import shown

MAX_BYTES = 256 * 2**20
MAX_HEADER = 10_000
MAX_VALUES = 10_000_000
_COMMA = r'"?[+-]?\d[\d.]*(,\d+)?([eE][+-]?\d+)?"?'
_DECIMAL_COMMAS = re.compile(rf"(?=.*\d,\d)\s*{_COMMA}(\s*[;\t ]\s*{_COMMA})+\s*;?\s*")
_NUMBER = re.compile(r"[+-]?((\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|inf(inity)?|nan)", re.ASCII | re.IGNORECASE)


def regular_bytes(path: Path, label: str, kinds: str) -> bytes:
    """The content of a file; `kinds`: what it may be.

    **Raises:** `InputError` where it is no regular file, too large, or cannot be read.
    """
    try:
        # Without O_NONBLOCK opening a pipe would wait for its other end.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise InputError(Problem("this is not a regular file", label, expected=kinds))
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


def csv_lines(content: bytes, label: str) -> list[str]:
    """The lines of a csv file, without empty ones at the end."""
    try:
        lines = re.split(r"\r\n|\n|\r", content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise InputError(Problem("the file is not text in UTF-8", label, hint="save it as UTF-8")) from None
    while lines and not lines[-1].strip():
        lines.pop()
    return lines


def decimal_commas(lines: list[str], label: str) -> list[Problem]:
    """The one problem of a file that writes 0,5 for 0.5; none of another file."""
    for number, line in enumerate(lines, 1):
        if _DECIMAL_COMMAS.fullmatch(line):
            columns = (column.strip('"') for column in re.split(r"\s*[;\t ]\s*", line.strip(" \t;")))
            wanted = ",".join(column.replace(".", "").replace(",", ".") for column in columns)
            expected = f"decimal points, and commas between the columns: {shown(wanted)}"
            hint = "replace the commas by points, then what stands between the columns by commas"
            return [Problem("the file has decimal commas", f"{label}:{number}", shown(line.strip()), expected, hint)]
    return []


def is_header(line: str) -> bool:
    """True for a line of csv with names and no number."""
    cells = [text.strip() for text in line.split(",")]
    return any(cells) and all(math.isnan(cell(text)) and text.lower() != "nan" for text in cells if text)


def cell(text: str) -> float:
    """A number in decimal digits; nan for everything else."""
    return float(text) if is_number(text) else math.nan


def is_number(text: str) -> bool:
    """True for decimal digits, inf and nan; Python's own reader would also take 1_000 and digits of other scripts."""
    return _NUMBER.fullmatch(text.strip(" \t")) is not None


def npy_array(content: bytes, label: str, expected: str, dimensions: tuple[int, ...]) -> np.ndarray:
    """The array in the bytes of a npy file, as floats.

    **Arguments:** `expected`: what it should hold, in words. `dimensions`: how many it may have.

    **Raises:** `InputError` where it is damaged or incomplete, or holds something else than numbers.
    """
    # The header is read here: NumPy's own reader lets half a dozen kinds of exceptions through when it is damaged,
    # and makes room for whatever shape the header promises.
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
    table = isinstance(shape, tuple) and len(shape) in dimensions and all(type(n) is int and n >= 0 for n in shape)
    if not (numbers and table):
        got = f"shape {shown(shape)} of {shown(descr)}"
        objects = isinstance(descr, str) and "O" in descr
        hint = "it holds pickled Python objects, which are not loaded: save array.astype(float)" if objects else ""
        raise InputError(Problem("the array cannot be used", label, got, expected, hint))
    dtype, size = np.dtype(descr), math.prod(shape)
    if size * dtype.itemsize > len(content) - end or size > MAX_VALUES:
        raise InputError(Problem("the array is incomplete or too large", label, f"shape {shape}", expected))
    flat = np.frombuffer(content, dtype, size, end).astype(float)
    return flat.reshape(shape, order="F" if order else "C")
