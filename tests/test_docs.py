"""Checks of the documentation: its examples run, its generated pages are up to date, its links lead somewhere."""

import csv
import re
import shlex
import subprocess
import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest

from scripts.commands_page import commands_page
from vle_analog import Study
from vle_analog.cli import run

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(path for path in DOCS.rglob("*.md") if "versions/" not in path.as_posix())]
LANGUAGES = {"console", "csv", "json", "python", "sh", "spice", "text", "toml"}


class Block(NamedTuple):
    """A fenced block: the page it is on, its language, the file name in its title, and its text."""

    page: str
    language: str
    file: str
    text: str


def blocks() -> list[Block]:
    """Every fenced block of all pages."""
    fence = re.compile(r'^```(\w*)(?: title="([^"]*)")?[^\n]*\n(.*?)^```$', re.DOTALL | re.MULTILINE)
    return [
        Block(path.relative_to(ROOT).as_posix(), *found)
        for path in PAGES
        for found in fence.findall(path.read_text(encoding="utf-8"))
    ]


BLOCKS = blocks()


def of(language: str) -> list[Block]:
    """The blocks of a language."""
    return [block for block in BLOCKS if block.language == language]


def commands() -> dict[str, str]:
    """Command -> the first page that shows it: the same command is run once."""
    found: dict[str, str] = {}
    for block in of("console"):
        for line in block.text.splitlines():
            if line.startswith("$ vle-analog"):
                found.setdefault(line.removeprefix("$ ").split("#")[0].strip(), block.page)
    return found


COMMANDS = commands()


def write_files(page: str, folder: Path) -> None:
    """Writes the blocks of a page that have a file name: its commands and examples use these files."""
    for block in BLOCKS:
        if block.page == page and block.file:
            (folder / block.file).write_text(block.text, encoding="utf-8")


def test_there_are_examples():
    assert len(of("python")) >= 6
    assert len(COMMANDS) >= 15
    assert {block.language for block in BLOCKS} <= LANGUAGES  # a new one needs a check of its own


@pytest.mark.parametrize("block", of("python"), ids=lambda block: block.page)
def test_python_examples_run(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    write_files(block.page, tmp_path)
    exec(compile(block.text, block.page, "exec"), {})  # noqa: S102 - running the examples is the point


@pytest.mark.parametrize("command", COMMANDS, ids=str)
def test_console_examples_run(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys):
    monkeypatch.chdir(tmp_path)
    write_files(COMMANDS[command], tmp_path)
    words = shlex.split(command)[1:]
    assert run(words) == 0, COMMANDS[command]
    assert capsys.readouterr().out


@pytest.mark.parametrize("block", of("console"), ids=lambda block: block.page)
def test_console_examples_have_a_prompt(block: Block):
    """A command without `$ ` would be taken for output, and never be run."""
    assert [line for line in block.text.splitlines() if line.startswith("vle-analog")] == []


@pytest.mark.parametrize("block", of("sh"), ids=lambda block: block.page)
def test_shell_examples_are_shell_and_use_existing_options(block: Block, capsys):
    assert subprocess.run(["/bin/sh", "-n"], input=block.text, text=True, check=False).returncode == 0
    for line in block.text.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        if words[:1] != ["vle-analog"]:
            continue
        assert run([words[1], "--help"]) == 0
        shown = capsys.readouterr().out
        assert [word for word in words[2:] if word.startswith("-") and word not in shown] == []


def test_data_examples_can_be_read():
    studies = [tomllib.loads(block.text) for block in of("toml")]
    assert [study["network"]["output"] for study in studies if "network" in study]
    for block in of("csv"):
        _, *rows = csv.reader(block.text.splitlines())
        assert [[float(value) for value in row] for row in rows]


def test_the_derivation_page_is_what_derive_prints():
    page = (DOCS / "explanation" / "derivation.md").read_text(encoding="utf-8")
    assert page.rstrip() == Study.load("online_chain").derive().to_markdown().rstrip()


def test_the_page_of_commands_is_current():
    page = (DOCS / "reference" / "command_line.md").read_text(encoding="utf-8")
    assert page == commands_page(), "run: python scripts/make_docs.py commands"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path):
    """Links of pages of the site have anchors too, which the build of the site checks; the README is not part of it."""
    for link in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
        target = page.parent / link
        assert target.exists() or target.with_suffix(".ipynb").exists(), link


def test_every_shipped_study_is_on_the_start_page():
    page = (DOCS / "index.md").read_text(encoding="utf-8")
    names = [path.stem for path in (ROOT / "sim").glob("*.toml")]
    assert names
    assert [name for name in names if f"| `{name}` |" not in page] == []


def test_every_benchmark_has_its_section_of_the_page():
    source = (ROOT / "benchmarks" / "__main__.py").read_text(encoding="utf-8")
    names = re.findall(r'^    "(\w+)": \w+\.main,$', source, re.MULTILINE)
    page = (DOCS / "results" / "performance.md").read_text(encoding="utf-8")
    assert len(names) >= 11
    assert [name for name in names if f"<!-- begin {name} -->" not in page] == []
