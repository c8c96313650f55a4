"""The documentation does what it says: its examples run, its generated pages are the generated ones."""

import re
import shlex
from pathlib import Path

import pytest

from vle_analog import Study
from vle_analog.cli import run

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(language: str) -> list[tuple[str, str]]:
    """(page, code) of every fenced block of a language."""
    fence = re.compile(rf"^```{language}\n(.*?)^```", re.DOTALL | re.MULTILINE)
    return [(page.name, code) for page in PAGES for code in fence.findall(page.read_text(encoding="utf-8"))]


def commands() -> dict[str, str]:
    """Command -> the pages that show it: the same command is run once."""
    found: dict[str, str] = {}
    for page, code in blocks("console"):
        for line in code.splitlines():
            if line.startswith("$ vle-analog"):
                command = line.removeprefix("$ ").split("#")[0].strip()
                found[command] = f"{found[command]}, {page}" if command in found else page
    return found


COMMANDS = commands()


def test_there_are_examples():
    assert len(blocks("python")) >= 1
    assert len(COMMANDS) >= 6


@pytest.mark.parametrize("page, code", blocks("python"))
def test_python_examples_run(page: str, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    exec(compile(code, page, "exec"), {})  # noqa: S102 - running the examples is the point


@pytest.mark.parametrize("command", COMMANDS)
def test_console_examples_run(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys):
    monkeypatch.chdir(tmp_path)
    words = shlex.split(command)[1:]
    assert run(words) == 0, COMMANDS[command]
    assert capsys.readouterr().out


def test_the_derivation_page_is_what_derive_prints():
    page = (ROOT / "docs" / "derivation.md").read_text(encoding="utf-8")
    assert page.rstrip() == Study.load("online_chain").derive().to_markdown().rstrip()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path):
    for link in re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / link).exists(), link


def test_every_benchmark_has_its_section_of_the_page():
    source = (ROOT / "benchmarks" / "__main__.py").read_text(encoding="utf-8")
    names = re.findall(r'^    "(\w+)": \w+\.main,$', source, re.MULTILINE)
    page = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
    assert len(names) >= 11
    assert [name for name in names if f"<!-- begin {name} -->" not in page] == []
