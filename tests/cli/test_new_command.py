"""The verbs `new` and `studies`: a study to start from, and those that are there."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vle_analog.api import Study
from vle_analog.cli import run
from vle_analog.errors import InputError
from vle_analog.resources import shipped_studies
from vle_analog.study.names import study_name
from vle_analog.verbs.new import new_study


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("here")
def test_the_starter_passes_its_comparison_as_it_is(capsys):
    assert run(["new", "mine"]) == 0
    assert capsys.readouterr().out.startswith("mine.toml: run it with vle-analog compare mine.toml")
    assert run(["compare", "mine.toml", "--json"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["study"] == "mine"
    assert summary["passed"]
    assert summary["warnings"] == []


def test_the_starter_has_its_name_and_comments_everywhere(here: Path):
    text = new_study("mine").read_text()
    assert 'title = "mine"' in text
    assert "NAME" not in text
    assert "FILE" not in text
    assert text.count("#") > 20
    assert Study.load(here / "mine.toml").spec.title == "mine"


def test_json_names_the_file(here: Path, capsys):
    assert run(["new", "mine", "--output", "a/b", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"study": "mine", "file": str(Path("a/b/mine.toml"))}
    assert (here / "a" / "b" / "mine.toml").is_file()


def test_output_may_be_the_file_itself(here: Path):
    assert new_study("mine", Path("x y/other.toml")) == Path("x y/other.toml")
    assert "vle-analog compare 'x y/other.toml'" in (here / "x y" / "other.toml").read_text()


def test_what_is_there_is_never_written_over(here: Path, capsys):
    (here / "mine.toml").write_text("my work")
    assert run(["new", "mine"]) == 2
    assert "exists already" in capsys.readouterr().err
    assert (here / "mine.toml").read_text() == "my work"
    (here / "link.toml").symlink_to("nowhere.toml")
    assert run(["new", "link"]) == 2
    assert not (here / "nowhere.toml").exists()


def test_a_folder_in_what_is_none_is_refused(here: Path, capsys):
    (here / "file").write_text("")
    assert run(["new", "mine", "--output", "file"]) == 2
    assert run(["new", "mine", "--output", "file/deeper"]) == 2
    assert "not a folder but a file" in capsys.readouterr().err


@pytest.mark.parametrize(
    "name, hint",
    [("Mine", "mine"), ("mine.toml", "mine"), ("a/b c", "b_c"), ("../x", "x"), ("2nd", "my_study"), ("", "my_study")],
)
def test_a_name_that_no_study_can_have_is_refused_with_one_that_it_can(here: Path, name: str, hint: str):
    with pytest.raises(InputError) as refused:
        new_study(name)
    assert refused.value.problems[0].hint == f"for example {hint}"
    assert list(here.iterdir()) == []
    assert new_study(hint).is_file()


@given(name=st.text(max_size=50))
def test_only_names_that_stay_as_they_are_are_accepted(name: str, tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("studies")
    try:
        path = new_study(name, folder)
    except InputError:
        assert study_name(name) != name or name in shipped_studies()
        assert list(folder.iterdir()) == []
    else:
        assert Study.load(path).spec.name == name


@pytest.mark.parametrize("name", sorted(shipped_studies()))
def test_the_name_of_a_shipped_study_is_taken(here: Path, name: str, capsys):
    assert run(["new", name]) == 2
    assert "a shipped study has this name" in capsys.readouterr().err
    assert list(here.iterdir()) == []


def test_studies_lists_every_shipped_study_on_a_line_with_its_title(capsys):
    assert run(["studies"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(shipped_studies())
    assert all(line.endswith(Study.load(line.split()[0]).spec.title) for line in lines)


def test_studies_as_json_name_their_files(capsys):
    assert run(["studies", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["studies"]
    assert {one["name"]: Path(one["file"]) for one in found} == shipped_studies()
    assert all(one["title"] for one in found)
