"""libngspice is found, or the message says what to do."""

import ctypes.util
from pathlib import Path

import pytest

from vle_analog.errors import SimulatorError
from vle_analog.netlist.deck import Deck
from vle_analog.simulator import Job, library, open_backend

POINT = Deck("operating point", ("V1 a 0 1", "R1 a 0 1k", ".op"), {}, None, ("a",))


def test_found_on_this_machine():
    assert Path(library.find_library()).name.startswith("libngspice")


def test_the_environment_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    file = tmp_path / "mine.so"
    file.touch()
    monkeypatch.setenv(library.VARIABLE, str(file))
    assert library.find_library() == str(file)


def test_a_relative_path_counts_from_here(monkeypatch: pytest.MonkeyPatch):
    """A worker runs in another folder."""
    monkeypatch.delenv(library.VARIABLE, raising=False)
    real = Path(library.find_library()).resolve()
    if not real.is_file():
        pytest.skip("the loader alone knows where libngspice is")
    monkeypatch.chdir(real.parent)
    monkeypatch.setenv(library.VARIABLE, real.name)
    assert library.find_library() == str(real)
    with open_backend() as backend:
        assert backend.run(Job(POINT)).vectors["a"][0] == 1


def test_a_program_on_a_relative_search_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    program = library.find_ngspice_program()
    assert program is not None
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "ngspice").symlink_to(program)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", "bin")
    assert library.find_ngspice_program() == str(tmp_path / "bin" / "ngspice")
    with open_backend("ngspice") as backend:
        assert backend.run(Job(POINT)).vectors["a"][0] == 1


def test_a_wrong_path_in_the_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(library.VARIABLE, "/nowhere/libngspice.so")
    with pytest.raises(SimulatorError, match="not at the path given by the environment") as caught:
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
