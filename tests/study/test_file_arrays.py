"""Numbers from files: any array gives the study that the same numbers in the study file give."""

import contextlib
import functools
import io
import json
import os
import pickle
import re
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hn

from vle_analog.api import Study
from vle_analog.errors import InputError
from vle_analog.study import read_study, study_from_document
from vle_analog.study.file_arrays import ARRAYS
from vle_analog.study.overrides import apply_overrides

HIDDEN, INPUTS = 3, 2


def document() -> dict:
    """A study in which every array that can be in a file is in the place of its defaults."""
    return {
        "duration": 4.0,
        "network": {
            "output": "out",
            "feedback": "random",
            "populations": {
                "hid": {"size": HIDDEN, "tau_m": 1.0, "tau_r": 0.3, "activation": "tanh", "bias": 0.1},
                "out": {"size": 1, "tau_m": 0.5, "tau_r": 0.5, "activation": "linear"},
            },
            "projections": {
                "up": {"source": "drive", "target": "hid", "weights": {"init": "normal"}},
                "back": {"source": "hid", "target": "out", "weights": {"init": "normal"}},
            },
        },
        "stimuli": {"drive": {"kind": "sines", "channels": [[{"amplitude": 1.0, "omega": 1.0}]] * INPUTS}},
        "target": {"kind": "teacher"},
    }


PLACES = {
    "network.populations.hid.tau_m": (HIDDEN,),
    "network.populations.hid.tau_r": (HIDDEN,),
    "network.populations.hid.bias": (HIDDEN,),
    "network.projections.up.weights": (HIDDEN, INPUTS),
    "network.projections.back.weights": (1, HIDDEN),
    "network.projections.back.feedback_weights": (1, HIDDEN),
    "stimuli.drive.offsets": (INPUTS,),
    "target.weights.up": (HIDDEN, INPUTS),
    "target.biases.hid": (HIDDEN,),
    "target.tau_m.hid": (HIDDEN,),
    "target.tau_r.hid": (HIDDEN,),
}


def put(data: dict, key: str, value: object) -> dict:
    """The document with this value at this key."""
    *tables, last = key.split(".")
    functools.reduce(lambda table, name: table.setdefault(name, {}), tables, data)[last] = value
    return data


def written(folder: Path, kind: str, array: np.ndarray) -> dict[str, str]:
    """Writes the array and says where it is, as a study does."""
    if kind == "npz":
        np.savez(folder / "w.npz", other=np.zeros(2), W0=array)
        return {"file": "w.npz", "key": "W0"}
    if kind == "npy":
        np.save(folder / "w.npy", array)
    else:
        rows = np.atleast_2d(array).tolist()
        (folder / "w.csv").write_text("\n".join(",".join(map(repr, row)) for row in rows) + "\n")
    return {"file": f"w.{kind}"}


@st.composite
def numbers(draw: st.DrawFn) -> tuple[str, np.ndarray]:
    """A key and an array that fits it."""
    key = draw(st.sampled_from(sorted(PLACES)))
    dtype = draw(st.sampled_from(["<f8", ">f8", "<f4", "<f2", "<i4", ">i8", "u1"]))
    low = 1 if "tau" in key else 0 if dtype == "u1" else -100
    if np.dtype(dtype).kind == "f":
        elements = st.floats(low, 100, width=8 * np.dtype(dtype).itemsize)
    else:
        elements = st.integers(low, 100)
    array = draw(hn.arrays(np.dtype(dtype), PLACES[key], elements=elements))
    return key, np.asfortranarray(array) if draw(st.booleans()) else array


@pytest.mark.parametrize("kind", ["npz", "npy", "csv"])
@given(found=numbers())
def test_a_file_gives_the_study_of_the_same_numbers(
    kind: str, found: tuple[str, np.ndarray], tmp_path_factory: pytest.TempPathFactory
):
    key, array = found
    folder = tmp_path_factory.mktemp("study")
    inline = study_from_document(put(document(), key, array), "one", folder)
    from_file = study_from_document(put(document(), key, written(folder, kind, array)), "one", folder)
    assert from_file.digest == inline.digest
    assert json.dumps(from_file.document) == json.dumps(
        study_from_document(put(document(), key, array.astype(float)), "one", folder).document
    )


@pytest.mark.parametrize("kind", ["npz", "npy", "csv"])
def test_one_number_is_that_of_all_neurons(kind: str, tmp_path: Path):
    place = written(tmp_path, kind, np.array(0.7))
    read = study_from_document(put(document(), "network.populations.hid.tau_m", place), "one", tmp_path)
    assert read.network.population("hid").tau_m.tolist() == [0.7] * HIDDEN


def test_every_place_for_an_array_is_tried_here():
    tried = {tuple(key.split(".")) for key in PLACES}
    assert all(
        any(len(key) == len(place) and all(a in (None, b) for a, b in zip(place, key, strict=True)) for key in tried)
        for place in ARRAYS
        if place[-1] != "initials" and place != ("target", "offsets")
    )


def test_numbers_that_change_change_the_digest_and_a_name_does_not(tmp_path: Path):
    def digest(name: str, value: float) -> str:
        np.save(tmp_path / name, np.full((HIDDEN, INPUTS), value))
        return study_from_document(
            put(document(), "network.projections.up.weights", {"file": name}), "one", tmp_path
        ).digest

    assert digest("a.npy", 0.1) == digest("b.npy", 0.1) != digest("a.npy", 0.2)


def test_what_is_kept_of_a_study_needs_the_file_no_more(tmp_path: Path):
    place = written(tmp_path, "npz", np.full((HIDDEN, INPUTS), 0.3))
    read = study_from_document(put(document(), "network.projections.up.weights", place), "one", tmp_path)
    (tmp_path / "w.npz").unlink()
    kept = json.loads(json.dumps(read.document))
    assert study_from_document(kept, read.name, read.folder).digest == read.digest
    assert Study(read).with_(duration=5).spec.network.projections[0].weights.tolist() == [[0.3] * INPUTS] * HIDDEN


def test_names_are_relative_to_the_study_and_of_an_override_to_the_working_directory(tmp_path: Path, monkeypatch):
    beside, elsewhere = tmp_path / "beside", tmp_path / "elsewhere"
    for number, folder in enumerate((beside, elsewhere), 1):
        folder.mkdir()
        np.save(folder / "tau.npy", np.array([float(number)]))
    source = read_study("online_chain")
    text = Path(source.source).read_text().replace("tau_m = 1.0", 'tau_m = { file = "tau.npy" }')
    (beside / "mine.toml").write_text(text)
    monkeypatch.chdir(elsewhere)
    hidden = functools.partial(lambda spec: spec.network.population("hidden").tau_m.tolist())
    assert hidden(read_study("../beside/mine.toml")) == [1.0]
    override = 'network.populations.hidden.tau_m={ file = "tau.npy" }'
    assert hidden(read_study("../beside/mine.toml", [override])) == [2.0]
    assert apply_overrides(source.document | {}, [override])[1]


def refusal(folder: Path, place: object, key: str = "network.projections.up.weights") -> InputError:
    with pytest.raises(InputError) as refused:
        study_from_document(put(document(), key, place), "one", folder)
    return refused.value


def test_every_fault_is_one_problem_that_names_the_file_and_the_key(tmp_path: Path):
    (problem,) = refusal(tmp_path, {"file": "missing.npz"}).problems
    assert problem.what == "the file cannot be read"
    assert problem.where == str(tmp_path / "missing.npz")
    assert "network.projections.up.weights.file" in problem.hint


def test_a_missing_key_is_answered_with_the_keys(tmp_path: Path):
    np.savez(tmp_path / "w.npz", W0=np.zeros((HIDDEN, INPUTS)), W1=np.zeros(2))
    (problem,) = refusal(tmp_path, {"file": "w.npz", "key": "W10"}).problems
    assert (problem.what, problem.expected) == ("the file holds no array of this key", "one of W0, W1")
    assert "did you mean" in problem.hint
    (problem,) = refusal(tmp_path, {"file": "w.npz"}).problems
    assert (problem.got, problem.expected) == ("no key", "one of W0, W1")
    assert "for example key = 'W0'" in problem.hint


def test_the_only_array_needs_no_key(tmp_path: Path):
    np.savez_compressed(tmp_path / "w.npz", np.full((HIDDEN, INPUTS), 0.5))
    read = study_from_document(put(document(), "network.projections.up.weights", {"file": "w.npz"}), "one", tmp_path)
    assert (read.network.projections[0].weights == 0.5).all()


@pytest.mark.parametrize("shape", [(INPUTS, HIDDEN), (HIDDEN, INPUTS + 1), (HIDDEN,), (1, HIDDEN, INPUTS), ()])
def test_a_matrix_of_another_shape_is_refused_with_the_file(tmp_path: Path, shape: tuple[int, ...]):
    np.savez(tmp_path / "w.npz", W0=np.zeros(shape))
    (problem,) = refusal(tmp_path, {"file": "w.npz", "key": "W0"}).problems
    assert re.search("wrong shape|cannot be used", problem.what)
    assert "w.npz: W0" in problem.where


@pytest.mark.parametrize("shape", [(HIDDEN + 1,), (HIDDEN, 1), (1, HIDDEN), (0,)])
def test_a_list_of_another_shape_is_refused_with_the_file(tmp_path: Path, shape: tuple[int, ...]):
    np.save(tmp_path / "w.npy", np.zeros(shape))
    (problem,) = refusal(tmp_path, {"file": "w.npy"}, "network.populations.hid.bias").problems
    assert re.search("wrong shape|wrong number of values", problem.what)
    assert "w.npy" in problem.where


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e10])
@pytest.mark.parametrize("kind", ["npz", "npy", "csv"])
def test_a_number_that_is_none_for_a_study_is_named_by_element_and_file(tmp_path: Path, kind: str, value: float):
    array = np.zeros((HIDDEN, INPUTS))
    array[1, 1] = value
    (problem,) = refusal(tmp_path, written(tmp_path, kind, array)).problems
    assert re.search("not finite|out of range", problem.what)
    assert f"network.projections.up.weights[1][1] (of {tmp_path / 'w'}.{kind}" in problem.where


def test_a_time_constant_of_zero_is_refused(tmp_path: Path):
    place = written(tmp_path, "npy", np.array([1.0, 0.0, 1.0]))
    (problem,) = refusal(tmp_path, place, "network.populations.hid.tau_m").problems
    assert problem.what == "the number must be positive"
    assert "tau_m[1]" in problem.where


@pytest.mark.parametrize("kind", ["npz", "npy"])
@pytest.mark.parametrize(
    "array",
    [np.array([["a", "b"]] * HIDDEN), np.zeros((HIDDEN, INPUTS), complex), np.zeros((HIDDEN, INPUTS), bool)],
    ids=["text", "complex", "bool"],
)
def test_what_is_no_array_of_numbers_is_refused(tmp_path: Path, kind: str, array: np.ndarray):
    (problem,) = refusal(tmp_path, written(tmp_path, kind, array)).problems
    assert problem.what == "the array cannot be used"


class Trap:
    """Leaves a mark where it is unpickled."""

    def __init__(self, mark: Path):
        self.mark = mark

    def __reduce__(self):
        return os.mkdir, (str(self.mark),)


@pytest.mark.parametrize("kind", ["npz", "npy"])
def test_pickled_objects_are_refused_and_never_loaded(tmp_path: Path, kind: str):
    array = np.array([[Trap(tmp_path / "sprung")] * INPUTS] * HIDDEN, dtype=object)
    (problem,) = refusal(tmp_path, written(tmp_path, kind, array)).problems
    assert "pickled Python objects" in problem.hint
    assert not (tmp_path / "sprung").exists()
    (tmp_path / "bare.npy").write_bytes(pickle.dumps(Trap(tmp_path / "sprung")))
    assert refusal(tmp_path, {"file": "bare.npy"}).problems[0].what == "this is not a npy file"
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize(
    "text, what, where",
    [
        ("0,5;1,5\n2,5;3,5\n0,1;0,2\n", "the file has decimal commas", "w.csv:1"),
        ("1,2\n3,x\n5,6\n", "the cell is no number", "w.csv:2, column 2"),
        ("1,2\n3,\n5,6\n", "there is a hole", "w.csv:2, column 2"),
        ("1,2\n3\n5,6\n", "wrong number of columns", "w.csv:2"),
        ("1,2\n\n5,6\n", "an empty line", "w.csv:2"),
        ("1 2\n3 4\n5 6\n", "the cell is no number", "w.csv:1, column 1"),
        ("a,b\n", "the file has no rows of numbers", "w.csv"),
        ("", "the file has no rows of numbers", "w.csv"),
        ("1_0,2\n3,4\n5,6\n", "the cell is no number", "w.csv:1, column 1"),
    ],
)
def test_a_csv_file_is_checked_cell_by_cell(tmp_path: Path, text: str, what: str, where: str):
    (tmp_path / "w.csv").write_text(text)
    problem = refusal(tmp_path, {"file": "w.csv"}).problems[0]
    assert (problem.what, problem.where) == (what, str(tmp_path / where))


def test_a_csv_file_may_have_a_line_of_names(tmp_path: Path):
    (tmp_path / "w.csv").write_text("left,right\r\n1,2\r\n3,4\r\n5,6\r\n")
    read = study_from_document(put(document(), "network.projections.up.weights", {"file": "w.csv"}), "one", tmp_path)
    assert read.network.projections[0].weights.tolist() == [[1, 2], [3, 4], [5, 6]]


@pytest.mark.parametrize(
    "place, what",
    [
        ({"file": "w.txt"}, "unknown kind of file"),
        ({"file": "w.npy", "key": "W0"}, "only an npz file holds arrays by key"),
        ({"file": 3}, "wrong type"),
        ({"file": "w.npz", "key": 3}, "wrong type"),
        ({"file": "w.npz", "kye": "W0"}, "unknown key"),
        ({"file": "w.npz", "init": "normal"}, "unknown key"),
        ({"file": "a\0b.npy"}, "this is not a file name"),
        ({"file": "folder.npy"}, "the file cannot be read"),
    ],
)
def test_a_place_that_is_none_is_refused(tmp_path: Path, place: dict, what: str):
    (tmp_path / "folder.npy").mkdir()
    for key in ("network.projections.up.weights", "network.populations.hid.bias", "target.weights.up"):
        assert [problem.what for problem in refusal(tmp_path, place, key).problems] == [what]


@given(
    content=st.binary(max_size=200),
    kind=st.sampled_from(["npz", "npy", "csv"]),
    cut=st.integers(0, 400),
    at=st.integers(0, 400),
)
def test_whatever_is_in_a_file_gives_a_study_or_an_input_error(
    content: bytes, kind: str, cut: int, at: int, tmp_path_factory: pytest.TempPathFactory
):
    folder = tmp_path_factory.mktemp("study")
    written(folder, kind, np.ones((HIDDEN, INPUTS)))
    path = folder / f"w.{kind}"
    whole = path.read_bytes()
    for damaged in (content, whole[:cut], whole[:at] + content + whole[at + len(content) :]):
        path.write_bytes(damaged)
        with contextlib.suppress(InputError):
            study_from_document(put(document(), "network.projections.up.weights", {"file": path.name}), "one", folder)


def test_a_member_that_unpacks_to_very_much_is_not_unpacked(tmp_path: Path, monkeypatch):
    monkeypatch.setattr("vle_analog.study.file_arrays.MAX_BYTES", 1000)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("W0.npy", bytes(100_000))
    (tmp_path / "w.npz").write_bytes(buffer.getvalue())
    assert refusal(tmp_path, {"file": "w.npz"}).problems[0].what == "the array is too large"


def test_a_chip_is_replayed_without_the_file(tmp_path: Path):
    from vle_analog.api import nominal
    from vle_analog.montecarlo.replay import replay

    place = written(tmp_path, "npz", np.array([[0.5]]))
    chain = Study.load("online_chain", {"duration": 2, "simulate.points": 51, "circuit.level": "macromodel"})
    data = put(json.loads(json.dumps(chain.spec.document)), "network.projections.drive_hidden.weights", place)
    study = Study.from_document(data, "chain", tmp_path)
    run = study.montecarlo(2, tmp_path / "run")
    (tmp_path / "w.npz").unlink()
    again = replay(run.folder, 1, nominal)
    assert again.lot.spec.digest == study.spec.digest
    shutil.rmtree(tmp_path / "run")
