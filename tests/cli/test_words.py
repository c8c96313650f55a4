"""Words of the command line: errors name the option that was typed, the list of verbs is whole, outputs are named."""

import os
import re
import socket
from pathlib import Path

import pytest

from vle_analog.cli import run
from vle_analog.cli.app import VERBS

SHORT = ["--set", "duration=0.1"]


def error(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run(list(arguments)) == 2
    return capsys.readouterr().err


@pytest.mark.parametrize("verb", ["compare", "simulate", "netlist", "size", "verify"])
def test_the_level(capsys: pytest.CaptureFixture[str], verb: str):
    text = error(capsys, verb, "online_chain", "--level", "transitor")
    assert text.startswith("error: --level transitor: unknown level\n")
    assert "did you mean transistor?" in text


@pytest.mark.parametrize(
    "options, typed, listed",
    [
        (["--level", "transitor"], "--level transitor", "transistor"),
        (["--variations", "mismach"], "--variations mismach", "mismatch"),
        (["--sampling", "latn"], "--sampling latn", "latin"),
        (["--seed", "-1"], "--seed -1", ">= 0"),
        (["--corner", "Typical", "--level", "transistor"], "--corner typical", "tt | ff | ss | fs | sf"),
        (["--corner", "TT,xx", "--level", "transistor"], "--corner xx", "tt | ff | ss | fs | sf"),
        (["--temp", "-300"], "--temp -300", "> -273.15"),
        (["--supply", "-1"], "--supply -1", "positive"),
        (["--area", "1,1e6"], "--area 1e+06", "<= 100"),
        (["--scale", "-1"], "--scale -1", "negative"),
        (["--engine", "Spectre"], "--engine", "compiled"),
        (["--set", "variation.sampling=latn"], "--set variation.sampling=latn", "latin"),
    ],
)
def test_options_of_montecarlo(capsys, tmp_path: Path, options: list[str], typed: str, listed: str):
    text = error(capsys, "montecarlo", "online_chain", "--samples", "2", "-o", str(tmp_path / "run"), *SHORT, *options)
    assert text.startswith(f"error: {typed}")
    assert listed in text


@pytest.mark.parametrize(
    "arguments, typed, listed",
    [
        (["derive", "--rule", "vlee"], "--rule", "vle"),
        (["characterise", "ota", "--process", "generic"], "--process", "generic180"),
        (["mnist1d", "--size", "43k"], "--size", "42k"),
    ],
)
def test_other_options(capsys, arguments: list[str], typed: str, listed: str):
    text = error(capsys, *arguments)
    assert text.startswith(f"error: {typed}: ")
    assert listed in text


@pytest.mark.parametrize("arguments", [["--rule", "LE"], ["--rule", "Vle", "--format", "LaTeX"]])
def test_words_in_any_case(capsys, arguments: list[str]):
    assert run(["derive", *arguments]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("width", [40, 60, 80, 100, 200])
def test_the_list_of_verbs_is_whole(capsys, monkeypatch: pytest.MonkeyPatch, width: int):
    monkeypatch.setenv("COLUMNS", str(width))
    assert run(["--help"]) == 0
    printed = capsys.readouterr().out
    assert "..." not in printed.split("Commands:")[1]
    listed = re.sub(r"\s+", " ", printed)
    for verb in VERBS:
        assert f"{verb.__name__} {summary(verb)}" in listed


def test_summaries_fit_one_line_of_80_columns():
    widest = max(len(verb.__name__) for verb in VERBS)
    assert [summary(verb) for verb in VERBS if 2 + widest + 2 + len(summary(verb)) > 78] == []


def summary(verb) -> str:
    return verb.__doc__.splitlines()[0]


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    for name, end in (("link", "folder"), ("file_link", "file"), ("dangling", "gone"), ("a", "b"), ("b", "a")):
        (tmp_path / name).symlink_to(end)
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
    return tmp_path


OUTPUTS = {
    "file": "the output is not a folder but a file",
    "file_link": "the output is not a folder but a link to a file",
    "dangling": "the output is not a folder but a link to nothing",
    "a": "the output is not a folder but a link to nothing",
    "pipe": "the output is not a folder but a named pipe",
    "socket": "the output is not a folder but a socket",
    "/dev/null": "the output is not a folder but a device",
    "file/results": "the output would lie in what is not a folder but a file",
    "dangling/results/deep": "the output would lie in what is not a folder but a link to nothing",
}


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize(
    "verb", [["solve", "depth"], ["montecarlo", "online_chain", "--samples", "2", "--referees", "0"]]
)
def test_an_output_that_is_no_folder(capsys, places: Path, output: str, verb: list[str]):
    assert f"--output: {OUTPUTS[output]}\n" in error(capsys, *verb, *SHORT, "--output", output)
    assert not (places / "gone").exists()


def test_a_link_to_a_folder(capsys, places: Path):
    text = error(capsys, "solve", "depth", *SHORT, "--output", "link")
    assert "--output: the output is a link to a folder\n" in text
    hint = text.split("--output ")[-1].strip()
    assert Path(hint) == (places / "folder").resolve()
    assert run(["solve", "depth", *SHORT, "--output", hint]) == 0


def test_a_folder_behind_a_link(places: Path):
    assert run(["solve", "depth", *SHORT, "--output", "link/results"]) == 0
    assert (places / "folder" / "results" / "run.json").is_file()


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_folder_without_permission(capsys, places: Path):
    (places / "folder").chmod(0o500)
    assert "cannot be written" in error(capsys, "solve", "depth", *SHORT, "--output", "folder/results")
