"""Samples from files: a hole is named by file, line and column."""

import io
import os
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vle_analog.errors import InputError
from vle_analog.network import Samples
from vle_analog.study import read_study
from vle_analog.study.samples import _csv, _npy, read_samples, samples


def outcome(read: Callable[[], Any]) -> Any:
    """What `read` returns, or the `InputError` that it raises; anything else goes through."""
    try:
        return read()
    except InputError as error:
        return error


FROM_FILE = '[stimuli.drive]\nkind = "samples"\nfile = "drive.csv"\n'


@pytest.fixture
def with_csv(good, study_file, tmp_path):
    """Reads the good study with its stimulus in a csv file."""

    def read(content: bytes | str):
        (tmp_path / "drive.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_study(study_file(re.sub(r"(?ms)^\[stimuli\.drive\].*?(?=^\[)", FROM_FILE, good)))

    return read


@pytest.mark.parametrize(
    "content",
    [
        "0,1\n1,2\n2,0\n",
        "time,drive\n0,1\n1,2\n2,0",
        "\ufefft, x\r\n0, 1\r\n1, 2\r\n2, 0\r\n\r\n",
        "0.0,1e0\n1,+2\n2,-0",
    ],
)
def test_csv_is_read(content, with_csv):
    drive = with_csv(content).network.stimuli["drive"]
    assert isinstance(drive, Samples)
    np.testing.assert_array_equal(drive.times, [0, 1, 2])
    np.testing.assert_array_equal(drive(np.array([0.5, 1.5, 99.0])), [[1.5, 1.0, 0.0]])


@pytest.mark.parametrize(
    "content, place, said",
    [
        ("0,1\n1,\n2,0\n", ":2, column 2", "a value is missing"),
        ("t,x\n0,1\n,2\n2,0\n", ":3, column 1", "a value is missing"),
        ("0,1\n1\n2,0\n", ":2", "wrong number of columns"),
        ("0,1\n\n2,0\n", ":2", "an empty line"),
        ("0,1\n1,x\n2,0\n", ":2, column 2", "not a usable number"),
        ("0,1\n1,nan\n2,0\n", ":2, column 2", "not a usable number"),
        ("0,1\n1,inf\n2,0\n", ":2, column 2", "not a usable number"),
        ("0,1\n1,1e300\n2,0\n", ":2, column 2", "not a usable number"),
        ("0,1\n1,2\n1,0\n", ":3", "the times do not increase"),
        ("0,1\n1,2\n0.5,0\n", ":3", "0.5 after 1"),
        ("0,1\n", "", "one row is not enough"),
        ("0\n1\n", "", "there is no channel"),
        ("", "", "no rows of numbers"),
        ("time,drive\n", "", "no rows of numbers"),
        ("0,nan\n1,2\n", ":1, column 2", "not a usable number"),
        ("0;1\n1;2\n", ":2, column 1", "separate columns by commas"),
        ("0,1\n1;2\n", ":2", "separate columns by commas"),
        (b"\xff\xfe0,1", "", "not text in UTF-8"),
        (b"0,1\n1,\x00\n", ":2, column 2", "not a usable number"),
    ],
)
def test_csv_that_cannot_be_used(content, place, said, with_csv):
    with pytest.raises(InputError) as caught:
        with_csv(content)
    assert said in str(caught.value)
    assert f"drive.csv{place}" in caught.value.problems[0].where
    assert "stimuli.drive.file" in caught.value.problems[0].hint


def test_wrong_number_of_channels_is_a_wrong_shape_of_weights(with_csv):
    with pytest.raises(InputError, match="wrong shape"):
        with_csv("0,1,2\n1,2,3\n")


def test_bytes_of_the_file_are_part_of_the_digest(with_csv):
    first = with_csv("0,1\n1,2\n").digest
    assert with_csv("0,1\n1,2\n").digest == first
    assert with_csv("0,1\n1,2.5\n").digest != first


def test_npy_is_read(tmp_path):
    table = np.array([[0, 1, 2], [1, 2, 3]], dtype=np.int32)
    np.save(tmp_path / "x.npy", table)
    read, content = read_samples(tmp_path / "x.npy")
    np.testing.assert_array_equal(read.values, [[1, 2], [2, 3]])
    np.testing.assert_array_equal(read.times, [0, 1])
    assert content == (tmp_path / "x.npy").read_bytes()


@pytest.mark.parametrize("dtype", ["<f8", ">f8", "<f4", ">i2", "u1"])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_npy_in_every_layout(version, order, dtype, tmp_path):
    table = np.array([[0, 1, 2], [1, 2, 3], [2, 3, 4], [3, 4, 9]]).astype(dtype, order=order)
    with (tmp_path / "x.npy").open("wb") as file:
        np.lib.format.write_array(file, table, version=version)
    read, _ = read_samples(tmp_path / "x.npy")
    np.testing.assert_array_equal(np.column_stack([read.times, read.values]), table)


@pytest.mark.parametrize(
    "table",
    [np.zeros(3), np.zeros((2, 2), complex), np.zeros((2, 2), bool), np.array([["a", "b"]]), np.zeros((2, 2, 2))],
)
def test_npy_of_another_kind_is_refused(table, tmp_path):
    np.save(tmp_path / "x.npy", table)
    with pytest.raises(InputError, match="the array cannot be used"):
        read_samples(tmp_path / "x.npy")


def test_npy_with_objects_is_refused_and_not_executed(tmp_path):
    np.save(tmp_path / "x.npy", np.array([[{}, {}]], dtype=object), allow_pickle=True)
    with pytest.raises(InputError, match="the array cannot be used"):
        read_samples(tmp_path / "x.npy")


def test_npy_that_promises_more_than_it_holds(tmp_path):
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"descr": "<f8", "fortran_order": False, "shape": (10**12, 2)})
    (tmp_path / "x.npy").write_bytes(file.getvalue() + b"\0" * 64)
    with pytest.raises(InputError, match="incomplete or too large"):
        read_samples(tmp_path / "x.npy")


def test_files_that_are_none(tmp_path):
    (tmp_path / "folder.csv").mkdir()
    os.mkfifo(tmp_path / "pipe.csv")
    for name, said in [
        ("missing.csv", "relative to the study"),
        ("folder.csv", "regular file|cannot be read"),
        ("pipe.csv", "regular file"),
        ("x.txt", r"\*\.csv or \*\.npy"),
        ("a\0b.csv", "not a file name"),
        ("x" * 5000 + ".csv", "cannot be read"),
    ]:
        with pytest.raises(InputError, match=said):
            read_samples(tmp_path / name)


@given(st.binary(max_size=200))
def test_any_bytes_are_samples_or_refused(content):
    for reader in (_csv, _npy):
        result = outcome(lambda reader=reader: samples(reader(content, "x"), "x"))
        if isinstance(result, InputError):
            assert result.problems
        else:
            assert np.isfinite(result.values).all()
            assert (np.diff(result.times) > 0).all()


@given(st.integers(0, 200), st.integers(0, 255))
def test_any_damage_to_a_npy_file_is_noticed_or_harmless(position, byte):
    file = io.BytesIO()
    np.save(file, np.array([[0.0, 1.0], [1.0, 2.0]]))
    content = bytearray(file.getvalue())
    content[position % len(content)] = byte
    result = outcome(lambda: samples(_npy(bytes(content), "x"), "x"))
    assert result.problems if isinstance(result, InputError) else np.isfinite(result.values).all()


@pytest.mark.parametrize(
    "content",
    [
        "0,5;1,2\n1,0;3,4\n",
        "t;x\n0;1\n0,5;1,2\n",
        '"0,5";"1,2"\n"1,5";"2"\n',
        "0,5\t1,2\n1\t2\n",
        "1.000,5;1\n1.001;2\n",
    ],
)
def test_decimal_commas_are_called_so(content, with_csv):
    with pytest.raises(InputError) as caught:
        with_csv(content)
    (problem,) = caught.value.problems
    assert "decimal commas" in problem.what
    assert "decimal points" in problem.expected


@pytest.mark.parametrize("first", [1700000000.0, 1700000000123.5])
def test_calendar_times_are_refused_with_the_limit_and_the_subtraction(first, with_csv):
    rows = [(first + k, 0.1 * k) for k in range(11)]
    for read in (
        lambda: with_csv("\n".join(f"{time!r},{value!r}" for time, value in rows)),
        lambda: samples(np.array(rows), "here"),
    ):
        with pytest.raises(InputError) as caught:
            read()
        (problem,) = caught.value.problems
        assert "1e+09" in problem.expected
        assert f"subtract {first!r}".removesuffix(".0") in problem.hint
    moved = with_csv("\n".join(f"{time - first!r},{value!r}" for time, value in rows))
    assert moved.network.stimuli["drive"].times[0] == 0.0


def test_a_value_that_is_too_large_is_not_called_a_time(with_csv):
    with pytest.raises(InputError) as caught:
        with_csv("0,1e10\n1,2\n")
    assert "subtract" not in str(caught.value)


@pytest.mark.parametrize("cell", ["2026-01-01T00:00:00", "12:00:00", "01.02.2026", "1/2/2026 3:04"])
def test_dates_and_times_of_day_are_named(cell, with_csv):
    with pytest.raises(InputError, match="numbers of model time that count from the begin of the run"):
        with_csv(f"{cell},1\n{cell},2\n")
