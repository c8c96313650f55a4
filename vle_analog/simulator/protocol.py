"""The messages between the parent and a worker: two lengths, a JSON header, raw bytes; no pickle, nothing executable.

Arrays are sent as one block after a header that lists name, type and length of each.
"""

import json
import struct
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

LENGTHS = struct.Struct("<QQ")
EMPTY = np.empty(0)

Header = dict[str, Any]
Reader = Callable[[int], bytearray]
"""A function that reads exactly the given number of bytes or raises an error."""


def frame(header: Mapping[str, Any], blocks: Iterable[bytes | memoryview] = ()) -> list[bytes | memoryview]:
    """Return the pieces to write for one message, in order."""
    text = json.dumps(header).encode()
    body = list(blocks)
    return [LENGTHS.pack(len(text), sum(len(block) for block in body)), text, *body]


def read_frame(read: Reader) -> tuple[Header, bytearray]:
    """Read one message and return its header and its block of bytes."""
    header_length, block_length = LENGTHS.unpack(read(LENGTHS.size))
    header = json.loads(read(header_length))
    return header, read(block_length)


def pack_files(files: Mapping[str, bytes]) -> tuple[list[list[Any]], list[bytes]]:
    """Return the table of (name, length) and the blocks of some data files."""
    return [[name, len(content)] for name, content in files.items()], list(files.values())


def unpack_files(table: Iterable[tuple[str, int]], block: bytearray) -> dict[str, memoryview]:
    """Invert `pack_files`."""
    view, files, start = memoryview(block), {}, 0
    for name, length in table:
        files[name] = view[start : start + length]
        start += length
    return files


def pack_arrays(arrays: Mapping[str, np.ndarray]) -> tuple[list[list[Any]], list[memoryview]]:
    """Return the table of (name, dtype, length) and the blocks of some one-dimensional arrays."""
    table = [[name, array.dtype.str, array.size] for name, array in arrays.items()]
    return table, [np.ascontiguousarray(array).data.cast("B") for array in arrays.values() if array.size]


def unpack_arrays(table: Iterable[tuple[str, str, int]], block: bytearray) -> dict[str, np.ndarray]:
    """Invert `pack_arrays`; the arrays are views of the block."""
    arrays, start = {}, 0
    for name, dtype, length in table:
        arrays[name] = np.frombuffer(block, dtype=dtype, count=length, offset=start)
        start += arrays[name].nbytes
    return arrays
