"""Frames survive the way through a pipe."""

import io

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

from vle_analog.simulator import protocol

TEXTS = st.text(max_size=20)


def through_pipe(header, blocks):
    stream = io.BytesIO(b"".join(bytes(piece) for piece in protocol.frame(header, blocks)))
    return protocol.read_frame(lambda length: bytearray(stream.read(length)))


@given(st.dictionaries(TEXTS, st.binary(max_size=50), max_size=5))
def test_files(files: dict[str, bytes]):
    table, blocks = protocol.pack_files(files)
    header, block = through_pipe({"files": table}, blocks)
    assert {name: bytes(view) for name, view in protocol.unpack_files(header["files"], block).items()} == files


@given(st.dictionaries(TEXTS, nps.arrays(st.sampled_from(["<f8", "<c16"]), st.integers(0, 20)), max_size=5))
def test_arrays(arrays: dict[str, np.ndarray]):
    table, blocks = protocol.pack_arrays(arrays)
    header, block = through_pipe({"arrays": table}, blocks)
    found = protocol.unpack_arrays(header["arrays"], block)
    assert list(found) == list(arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array)


def test_a_strided_array():
    table, blocks = protocol.pack_arrays({"x": np.arange(10.0)[::2]})
    header, block = through_pipe({"arrays": table}, blocks)
    np.testing.assert_array_equal(protocol.unpack_arrays(header["arrays"], block)["x"], [0, 2, 4, 6, 8])
