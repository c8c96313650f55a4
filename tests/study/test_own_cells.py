"""The user's own cells and other files that a study names: where they are looked for, and what is enough."""

from pathlib import Path

import pytest

from vle_analog.errors import InputError
from vle_analog.study import read_study
from vle_analog.study.own_cells import own_names

CELLS = 'cells = "mine"'


@pytest.fixture
def asking(good: str, study_file) -> Path:
    """A study that names the folder `mine` beside it."""
    return study_file(good.replace("voltage_unit = 0.02", CELLS))


def put(folder: Path, *files: str) -> Path:
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("")
    return folder


@pytest.mark.parametrize("file", ["ota/transistor.cir", "ota/fitted/generic180.toml", "new/cell.toml"])
def test_one_file_of_a_cell_is_enough(asking: Path, file: str):
    put(asking.parent / "mine", file)
    assert read_study(asking).circuit.cells == str(asking.parent / "mine")
    assert own_names(asking.parent / "mine") == (Path(file).parts[0],)


@pytest.mark.parametrize("file", ["notes.txt", "ota/notes.txt", "new/circuit.cir"])
def test_a_folder_without_cells(asking: Path, file: str):
    put(asking.parent / "mine", file)
    with pytest.raises(InputError, match="there are no cells in this folder"):
        read_study(asking)


def test_a_cell_that_is_not_shipped_needs_a_description(asking: Path):
    put(asking.parent / "mine", "ota/transistor.cir", "otta/transistor.cir")
    with pytest.raises(InputError, match=r"(?s)otta is not a shipped cell.*mine/otta.*did you mean ota\?"):
        read_study(asking)


def test_set_names_folders_from_the_working_directory(good, study_file, tmp_path: Path, monkeypatch):
    here = put(tmp_path / "here", "mine/ota/transistor.cir")
    monkeypatch.chdir(here)
    for text in ("circuit.cells=mine", 'circuit={cells="mine"}', f"circuit.cells={here / 'mine'}"):
        study = read_study(study_file(good), [text])
        assert study.circuit.cells == study.document["circuit"]["cells"] == str(here / "mine")
    assert read_study(study_file(good), ['circuit.cells=""']).circuit.cells == ""
    with pytest.raises(InputError, match=rf"(?s)no such folder.*{here / 'nowhere'}\n.*working directory"):
        read_study(study_file(good), ["circuit.cells=nowhere"])


def test_set_names_samples_from_the_working_directory(good, study_file, tmp_path: Path, monkeypatch):
    here = put(tmp_path / "here", "drive.csv")
    (here / "drive.csv").write_text("0,0\n1,1\n")
    monkeypatch.chdir(here)
    study = read_study(study_file(good), ['stimuli.drive={kind="samples", file="drive.csv"}'])
    assert study.document["stimuli"]["drive"]["file"] == str(here / "drive.csv")
    again = read_study(study_file(good), ['target={kind="samples"}', "target.file=drive.csv"])
    assert again.document["target"]["file"] == str(here / "drive.csv")
