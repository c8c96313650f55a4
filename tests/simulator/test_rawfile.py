"""Binary raw files are read, also those of a run that was cut short."""

from pathlib import Path

import numpy as np
import pytest

from vle_analog.simulator.rawfile import read_raw, vector_name

HEADER = """Title: * x
Date: today
Plotname: Transient Analysis
Flags: {flags}
No. Variables: 3
No. Points: {points}
Variables:
\t0\ttime\ttime
\t1\tv(b)\tvoltage
\t2\ti(v1)\tcurrent
Binary:
"""


def write(path: Path, values: np.ndarray, points: int, flags: str = "real") -> Path:
    path.write_bytes(HEADER.format(points=points, flags=flags).encode() + values.tobytes())
    return path


@pytest.mark.parametrize("flags, kind", [("real", "<f8"), ("complex", "<c16")])
def test_whole_file(tmp_path: Path, flags: str, kind: str):
    values = np.arange(12).reshape(4, 3).astype(kind)
    plot = read_raw(write(tmp_path / "a.raw", values, 4, flags))
    assert plot is not None
    assert plot.names == ("time", "b", "v1#branch")
    np.testing.assert_array_equal(plot.values, values)


def test_a_file_cut_in_the_middle_of_a_row_gives_the_whole_rows(tmp_path: Path):
    path = write(tmp_path / "a.raw", np.arange(11.0), 0)
    plot = read_raw(path)
    assert plot is not None
    assert plot.values.shape == (3, 3)


def test_no_file_and_no_header(tmp_path: Path):
    assert read_raw(tmp_path / "none.raw") is None
    (tmp_path / "half.raw").write_text("Title: * x\n")
    assert read_raw(tmp_path / "half.raw") is None


@pytest.mark.parametrize(
    "printed, name",
    [("v(x)", "x"), ("V(1)", "1"), ("i(v1)", "v1#branch"), ("v(xdut.n_0)", "xdut.n_0"), ("frequency", "frequency")],
)
def test_vector_names(printed: str, name: str):
    assert vector_name(printed) == name
