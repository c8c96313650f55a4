"""libngspice is found, or the message says what to do."""

import ctypes.util
from pathlib import Path

import pytest

from vle_analog.errors import SimulatorError
from vle_analog.simulator import library


def test_found_on_this_machine():
    assert Path(library.find_library()).name.startswith("libngspice")


def test_the_environment_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    file = tmp_path / "mine.so"
    file.touch()
    monkeypatch.setenv(library.VARIABLE, str(file))
    assert library.find_library() == str(file)


def test_a_wrong_path_in_the_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(library.VARIABLE, "/nowhere/libngspice.so")
    with pytest.raises(SimulatorError, match="not where the environment says") as caught:
        library.find_library()
    assert caught.value.problem.where == library.VARIABLE


def test_the_active_environment_comes_before_the_system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "libngspice.0.dylib").touch()
    monkeypatch.delenv(library.VARIABLE, raising=False)
    monkeypatch.setenv("CONDA_PREFIX", str(tmp_path))
    assert library.find_library() == str(tmp_path / "lib" / "libngspice.0.dylib")


def test_missing_says_where_it_was_searched_and_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.delenv(library.VARIABLE, raising=False)
    monkeypatch.setattr(ctypes.util, "find_library", lambda _: None)
    monkeypatch.setattr(library, "FOLDERS", (str(tmp_path),))
    with pytest.raises(SimulatorError) as caught:
        library.find_library()
    text = str(caught.value)
    assert str(tmp_path) in text
    assert all(word in text for word in ("apt install libngspice0", "brew install", "conda install"))


def test_program():
    path = library.find_ngspice_program()
    assert path is not None
    assert Path(path).name == "ngspice"
