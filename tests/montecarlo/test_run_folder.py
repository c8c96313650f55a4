"""A run on disk: what is finished stays, what is damaged is done again, what belongs to another run is refused."""

import errno
import json
import os
import shutil

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import toy_runs
from tests.support.toy_runs import SIGNALS, TIMES, Toy, chunks, opened, results, toy_run
from vle_analog.errors import InputError
from vle_analog.montecarlo.chunk import joined, missing
from vle_analog.montecarlo.folder import RunFolder
from vle_analog.montecarlo.replay import replay
from vle_analog.montecarlo.runner import run_chunks


def test_one_row_per_chip_with_all_columns_and_no_value_where_there_is_none(tmp_path):
    toy_run(tmp_path / "run")
    table = pq.read_table(tmp_path / "run" / "results.parquet")
    assert table.column_names == ["sample", "status", "loss", "steps", "draw.multiplier.offset"]
    assert table["sample"].to_pylist() == list(range(60))
    assert [str(field.type) for field in table.schema] == ["int64", "string", "double", "int64", "double"]
    assert table["status"][6].as_py() == "no convergence"
    assert table["loss"][6].as_py() is None
    assert table["draw.multiplier.offset"].null_count == 30
    frame = RunFolder(tmp_path / "run").table()
    assert frame.loss[1] == Toy()(range(1, 2)).rows[0]["loss"]


def test_traces_open_with_xarray_and_are_those_of_the_chips(tmp_path):
    import xarray

    toy_run(tmp_path / "run")
    with xarray.open_zarr(tmp_path / "run" / "traces.zarr") as data:
        assert data.trace.dims == ("sample", "signal", "time")
        assert data.time.attrs["units"] == "model time"
        one = data.trace.sel(signal=SIGNALS[1], sample=17)
        assert np.array_equal(one, Toy()(range(17, 18)).traces[0, 1])
    traces, names, times = RunFolder(tmp_path / "run").traces()
    assert (traces.shape, names) == ((60, 2, 5), SIGNALS)
    assert np.array_equal(times, TIMES)


def test_traces_may_be_kept_of_the_first_chips_only(tmp_path):
    folder = toy_run(tmp_path / "run", Toy(traced=12))
    assert list(folder.traced()) == list(range(12))
    assert folder.traces()[0].shape[0] == 12


def test_an_unfinished_run_can_be_looked_at(tmp_path):
    with opened(tmp_path / "run") as folder:
        folder.write(Toy()(range(5, 10)))
        folder.write(Toy()(range(5)))
        seen = RunFolder(tmp_path / "run")
        assert list(seen.table()["sample"]) == list(range(10))
        assert np.array_equal(seen.traces()[0], Toy()(range(10)).traces)
        assert seen.record()["state"] == "running"


@pytest.mark.parametrize(
    "name, harm",
    [
        ("000010.parquet", "flipped"),
        ("000010.npy", "short"),
        ("000010.npy", "gone"),
        ("000010.json", "flipped"),
        ("000010.json", "gone"),
    ],
)
def test_a_damaged_chunk_is_found_said_and_done_again(tmp_path, name, harm):
    toy_run(tmp_path / "run", count=20)
    whole = results(tmp_path / "run")
    path = tmp_path / "run" / "chunks" / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    {
        "flipped": lambda: path.write_bytes(content),
        "short": lambda: path.write_bytes(content[:-9]),
        "gone": path.unlink,
    }[harm]()
    again = []
    with opened(tmp_path / "run", samples=20) as folder:
        run_chunks(lambda samples: again.append(samples) or Toy()(samples), chunks(20), folder)
        folder.finish({"yield": 0.9})
    assert again == [range(10, 15)]
    if (harm, path.suffix) != ("gone", ".json"):  # without its record a chunk was never finished
        assert any("000010" in message and "damaged" in message for message in folder.messages)
    assert results(tmp_path / "run") == whole


def test_damage_under_a_reader_is_told(tmp_path):
    toy_run(tmp_path / "run")
    path = tmp_path / "run" / "results.parquet"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(InputError, match="damaged"):
        RunFolder(tmp_path / "run").table()


@pytest.mark.parametrize("harm", ["a block gone", "garbage", "an array gone", "gone", "a file in its place"])
def test_damaged_traces_are_told_and_made_anew_from_the_chunks(tmp_path, harm):
    toy_run(tmp_path / "run")
    whole, store = results(tmp_path / "run"), tmp_path / "run" / "traces.zarr"
    match harm:
        case "a block gone":
            (store / "trace" / "c" / "0" / "1" / "0").unlink()
        case "garbage":
            for path in [path for path in store.rglob("*") if path.is_file()]:
                path.write_text("garbage")
        case "an array gone":
            shutil.rmtree(store / "trace")
        case _:
            shutil.rmtree(store)
    if harm == "a file in its place":
        store.write_text("mine")
    with pytest.raises(InputError, match="traces of the run are damaged"):
        RunFolder(tmp_path / "run").traces()
    folder = toy_run(tmp_path / "run", lambda samples: pytest.fail(f"{samples} are there"))
    assert [message for message in folder.messages if "traces.zarr" in message and "damaged" in message]
    assert results(tmp_path / "run") == whole
    assert toy_run(tmp_path / "run").messages == []


RECORDS = {
    "samples": lambda record: record | {"samples": "abc"},
    "reversed samples": lambda record: record | {"samples": [[60, 0]]},
    "no files": lambda record: {name: value for name, value in record.items() if name != "files"},
    "no document": lambda record: record | {"manifest": {"engine": "compiled", "kit": record["manifest"]["kit"]}},
    "engine": lambda record: record | {"manifest": record["manifest"] | {"engine": "foo"}},
    "not a number": lambda record: record | {"manifest": record["manifest"] | {"seed": float("nan")}},
    "state": lambda record: record | {"state": 3},
    "list": lambda _: [],
    "format": lambda record: record | {"format": 3},
}


@pytest.mark.parametrize("harm", RECORDS.values(), ids=RECORDS)
def test_a_record_that_cannot_be_understood_is_refused_by_readers_and_written_anew(tmp_path, harm):
    toy_run(tmp_path / "run")
    whole, path = results(tmp_path / "run"), tmp_path / "run" / "run.json"
    path.write_text(json.dumps(harm(json.loads(path.read_text()))))
    with pytest.raises(InputError, match=r"run.json of this run is damaged|has changed since in its run.json"):
        replay(tmp_path / "run", 3, lambda _: pytest.fail("nothing may be made"))
    folder = toy_run(tmp_path / "run", lambda samples: pytest.fail(f"{samples} are there"))
    assert "run.json" in folder.messages[0]
    assert "written anew" in folder.messages[0]
    assert results(tmp_path / "run") == whole


def test_only_a_run_of_a_study_can_be_replayed(tmp_path):
    toy_run(tmp_path / "run")
    with pytest.raises(InputError, match="cannot be made again"):
        replay(tmp_path / "run", 3, lambda _: pytest.fail("nothing may be made"))


def test_what_a_killed_process_left_half_written_goes(tmp_path):
    folder = tmp_path / "run" / "chunks"
    folder.mkdir(parents=True)
    for name in ("000000.parquet", ".000005.npy.part"):
        (folder / name).write_bytes(b"half")
    (folder / "notes.txt").write_text("mine")
    with opened(tmp_path / "run") as opened_folder:
        assert sorted(path.name for path in folder.iterdir()) == ["notes.txt"]
        assert not opened_folder.messages


@pytest.mark.parametrize(
    "changes, named",
    [
        ({"seed": 8}, "seed"),
        ({"study": {"name": "toy", "beta": 2.0}}, "study.beta"),
        ({"variations": "all", "corner": "ss"}, "variations, corner"),
        ({"kit": "vle-analog 99"}, "kit"),
    ],
)
def test_a_folder_of_another_run_is_refused_and_not_touched(tmp_path, changes, named):
    toy_run(tmp_path / "run", count=10)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    with pytest.raises(InputError, match=f"differs in {named}"):
        opened(tmp_path / "run", **changes)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_other_signals_are_another_run(tmp_path):
    toy_run(tmp_path / "run", count=10)
    with pytest.raises(InputError, match="differs in traces"):
        RunFolder(tmp_path / "run").open(toy_runs.MANIFEST, SIGNALS[:1], TIMES)


@pytest.mark.parametrize(
    "content, message",
    [
        ('{"format": "vle-analog montecarlo 99"}', "another format"),
        ('{"kit": "vle-analog 0.1.0", "files": []}', "not describe a Monte Carlo run"),
        ('{"format": "vle-an', "damaged, and there is no finished chunk"),
    ],
)
def test_a_folder_in_another_format_is_refused(tmp_path, content, message):
    (tmp_path / "run.json").write_text(content)
    with pytest.raises(InputError, match=message):
        opened(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]


def test_a_folder_of_somebody_else_is_refused(tmp_path):
    (tmp_path / "thesis.tex").write_text("")
    with pytest.raises(InputError, match="not a Monte Carlo run"):
        opened(tmp_path)
    with pytest.raises(InputError, match="not the folder of a Monte Carlo run"):
        RunFolder(tmp_path).table()


def test_a_longer_run_simulates_only_the_new_chips_and_is_like_one_made_at_once(tmp_path):
    toy_run(tmp_path / "run", count=13)
    again = []
    with opened(tmp_path / "run") as folder:
        run_chunks(lambda samples: again.append(samples) or Toy()(samples), chunks(), folder)
        folder.finish({"yield": 0.9})
    assert again == [range(13, 15), *chunks()[3:]]
    toy_run(tmp_path / "fresh")
    assert results(tmp_path / "run") == results(tmp_path / "fresh")


def test_a_shorter_run_shows_its_own_chips_and_loses_none(tmp_path):
    toy_run(tmp_path / "run")
    toy_run(tmp_path / "run", count=13)
    toy_run(tmp_path / "fresh", count=13)
    assert results(tmp_path / "run") == results(tmp_path / "fresh")
    with opened(tmp_path / "run") as folder:
        assert sum(folder.done().values()) == 60


def test_a_full_disk_is_told_and_costs_nothing_that_was_finished(tmp_path, monkeypatch):
    room = [40]

    def fsync(handle, fsync=os.fsync):
        room[0] -= 1
        if room[0] < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        fsync(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(InputError, match="disk is full"):
        toy_run(tmp_path / "run")
    monkeypatch.undo()
    kept = len(RunFolder(tmp_path / "run").done())
    assert 5 <= kept <= 8
    assert not list((tmp_path / "run").rglob("*.part"))
    toy_run(tmp_path / "run")
    toy_run(tmp_path / "fresh")
    assert results(tmp_path / "run") == results(tmp_path / "fresh")


def test_two_processes_cannot_write_one_run(tmp_path):
    with opened(tmp_path / "run"):
        with pytest.raises(InputError, match="another process") as error:
            opened(tmp_path / "run")
        assert str(os.getpid()) in str(error.value)
    with opened(tmp_path / "run") as folder:
        assert folder.messages == []
    assert not (tmp_path / "run" / "lock").exists()


def test_the_lock_of_a_dead_process_is_taken_over_and_said(tmp_path):
    (tmp_path / "lock").write_text("process 4711 on elsewhere\n")
    with opened(tmp_path) as folder:
        assert "process 4711 on elsewhere" in folder.messages[0]


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="not a folder"):
        opened(tmp_path / "file")
    with pytest.raises(InputError, match="would lie in what is not a folder but a file"):
        opened(tmp_path / "file" / "run")


@given(st.sets(st.integers(0, 30)), st.integers(0, 30), st.integers(0, 12))
def test_missing_is_what_is_wanted_and_not_held(held, start, length):
    wanted = range(start, start + length)
    parts = missing(wanted, joined(range(sample, sample + 1) for sample in held))
    assert [sample for part in parts for sample in part] == [sample for sample in wanted if sample not in held]
    assert all(len(part) for part in parts)
