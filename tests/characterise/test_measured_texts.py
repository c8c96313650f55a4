"""Numbers count for the texts that they were measured on: what changes a text, what does not, and what is said."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vle_analog import Study
from vle_analog.cells.fitted import Fitted, check_measured, fitted, fitted_path, fitted_text
from vle_analog.cells.library import cell
from vle_analog.cells.measured_texts import TEXTS, digest, models_digest, process_digest, text_digests
from vle_analog.characterise.primitives import PRIMITIVES
from vle_analog.cli import run
from vle_analog.errors import InputError
from vle_analog.process import process as module
from vle_analog.process.process import process

LIBRARY = Path(__file__).resolve().parents[2] / "circuits"
MADE = process("generic180")


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A copy of the shipped amplifier and its replica, numbers included."""
    for name in ("ota_linear", "common_mode"):
        shutil.copytree(LIBRARY / name, tmp_path / "mine" / name)
    return tmp_path / "mine"


def counted(name: str, process_name: str, library: Path | None = None) -> Fitted:
    """The numbers of a primitive, where they count."""
    check_measured([name], process(process_name), library, [name])
    return fitted(name, process_name, library)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


# file, what is changed in it from what to what, and the text that has changed by it
CHANGES = {
    "width": ("ota_linear/transistor.cir", "s1 vss nch w={4e-06*s}", "s1 vss nch w={2e-06*s}", "cell"),
    "node": ("ota_linear/transistor.cir", "X1 a inp s1 vss", "X1 a inp s1 s1", "cell"),
    "default": ("ota_linear/transistor.cir", "ib=1e-9", "ib=2e-9", "cell"),
    "card that is gone": ("ota_linear/transistor.cir", "Xd2 s2 s2 t1", "* Xd2 s2 s2 t1", "cell"),
    "macromodel": ("ota_linear/macromodel.cir", "1-0.3*V(y,cm)", "1-0.4*V(y,cm)", "macromodel"),
    "law": ("ota_linear/cell.toml", '"gm*(v(inp)', '"2*gm*(v(inp)', "macromodel"),
    "law of the macromodel": ("ota_linear/cell.toml", "+ ios*ib", "+ 2*ios*ib", "macromodel"),
    "replica": ("common_mode/transistor.cir", "w={4e-06*s} l={4e-06*s}", "w={4e-06*s} l={8e-06*s}", "replica"),
}


@pytest.mark.parametrize("case", CHANGES)
@pytest.mark.parametrize("numbers", ["shipped", "copied"])
def test_a_changed_text_has_no_numbers(mine: Path, case: str, numbers: str):
    file, old, new, text = CHANGES[case]
    edit(mine / file, old, new)
    if numbers == "shipped":
        shutil.rmtree(mine / "ota_linear" / "fitted")
    with pytest.raises(InputError) as caught:
        counted("ota_linear", "generic180", mine)
    (problem,) = caught.value.problems
    assert problem.where == str(fitted_path("ota_linear", "generic180", mine if numbers == "copied" else None))
    assert problem.got == "changed since: " + TEXTS[text].format(cell="ota_linear", process="generic180")
    assert problem.hint == f"run vle-analog characterise ota_linear --process generic180 --write --cells {mine}"
    edit(mine / file, new, old)
    assert counted("ota_linear", "generic180", mine) == fitted("ota_linear", "generic180")


VERBS = {
    "netlist": ("--level", "transistor", "-o", "{out}"),
    "compare": ("--level", "macromodel", "-o", "{out}"),
    "verify": ("--level", "transistor"),
    "size": ("--set", "circuit.level=transistor", "-o", "{out}"),
    "montecarlo": ("--samples", "2", "--set", "circuit.level=macromodel", "-o", "{out}"),
}


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_refuses_it(mine: Path, verb: str, tmp_path: Path, capsys: pytest.CaptureFixture):
    edit(mine / "ota_linear" / "transistor.cir", "w={4e-06*s} l={2e-06*s} m={4*k}", "w={2e-06*s} l={2e-06*s} m={4*k}")
    words = [verb, "online_chain", "--quiet", "--set", f"circuit.cells={mine}", "--set", "duration=1"]
    assert run([*words, *(word.format(out=tmp_path / "out") for word in VERBS[verb])]) == 2
    said = capsys.readouterr().err
    assert "numbers of ota_linear on generic180 were measured on other texts" in said
    assert f"vle-analog characterise ota_linear --process generic180 --write --cells {mine}" in said
    assert not (tmp_path / "out").exists()


def test_comments_spaces_and_capitals_do_not_matter(mine: Path):
    path = mine / "ota_linear" / "transistor.cir"
    lines = path.read_text().splitlines()
    changed = [re.sub(r" l=", "  ; of the device\n+  l=", line) if "X" in line[:1] else line for line in lines]
    changed = [line.replace(" nch w={", " NCH W = { ").replace("* s}", "*S}") for line in changed]
    path.write_text("* an amplifier\n\n" + "\n* between\n".join(changed) + "\n")
    assert counted("ota_linear", "generic180", mine) == fitted("ota_linear", "generic180")
    edit(mine / "ota_linear" / "cell.toml", "[law]", "# what it does\n[law]")
    edit(mine / "ota_linear" / "cell.toml", 'summary = "Trans', 'summary = "My trans')
    assert counted("ota_linear", "generic180", mine) == fitted("ota_linear", "generic180")


@given(st.lists(st.text("abxXM019=. ", min_size=1), min_size=1), st.data())
def test_a_digest_is_that_of_words_whatever_their_spaces(lines: list[str], data: st.DataObject):
    spread = [re.sub(" ", lambda _: data.draw(st.sampled_from([" ", "  ", "\t"])), line).swapcase() for line in lines]
    assert digest(lines) == digest(spread)
    at = data.draw(st.integers(0, len(lines) - 1))
    assert digest(lines) != digest([*lines[:at], lines[at] + "7", *lines[at + 1 :]])


# what a bench depends on in the description of a process, from what to what
PROCESS = {
    "supply": ("nominal = 1.8 ", "nominal = 1.7 "),
    "temperature": ("nominal = 27.0", "nominal = 37.0"),
    "replica": ("replica = 1e-9", "replica = 2e-9"),
    "corner": ("ff = { n_slower = -0.03", "ff = { n_slower = -0.04"),
    "matching": ("{ n = 3.5,", "{ n = 3.6,"),
    "models": ("vth0={0.45+n_slower}", "vth0={0.46+n_slower}"),
}


@pytest.mark.parametrize("case", PROCESS)
def test_a_changed_process_has_no_numbers(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    old, new = PROCESS[case]
    shutil.copytree(LIBRARY / "processes", tmp_path / "circuits" / "processes")
    monkeypatch.setattr(module, "shipped", lambda folder: tmp_path / folder)
    assert counted("ota", "generic180").cell == "ota"
    edit(tmp_path / "circuits" / "processes" / f"generic180.{'cir' if case == 'models' else 'toml'}", old, new)
    with pytest.raises(InputError, match=r"changed since: the supply, the temperature, the corners or the devices"):
        counted("ota", "generic180")


@pytest.mark.parametrize("old, new", [("grid = 5e-9", "grid = 1e-9"), ("[supply]", "# volts\n[supply]")])
def test_what_no_bench_depends_on_does_not_matter(old: str, new: str, tmp_path: Path):
    shutil.copytree(LIBRARY / "processes", tmp_path / "processes")
    edit(tmp_path / "processes" / "generic180.toml", old, new)
    assert process_digest(module.read_process(tmp_path / "processes" / "generic180.toml")) == process_digest(MADE)


def test_a_design_kit_with_other_models_is_noticed(mine: Path, monkeypatch: pytest.MonkeyPatch):
    check_measured(["ota", "ota_linear"], MADE, mine, ["ota", "ota_linear"])
    monkeypatch.setattr("vle_analog.cells.fitted.models_digest", lambda _: "another")
    with pytest.raises(InputError) as caught:
        check_measured(["ota", "ota_linear"], MADE, mine, ["ota", "ota_linear"])
    assert [problem.got for problem in caught.value.problems] == [
        "changed since: the transistor models of generic180"
    ] * 2
    assert models_digest(MADE) == fitted("ota", "generic180").made_by["devices"]


def test_numbers_of_another_cell_or_process_are_refused(mine: Path):
    (mine / "ota" / "fitted").mkdir(parents=True)
    shutil.copy(fitted_path("ota_linear", "generic180"), mine / "ota" / "fitted")
    with pytest.raises(InputError, match=r"(?s)numbers of another cell or process.*ota_linear on generic180"):
        fitted("ota", "generic180", mine)
    shutil.copy(fitted_path("ota_linear", "generic180"), mine / "ota_linear" / "fitted" / "sky130.toml")
    with pytest.raises(InputError, match=r"(?s)numbers of another cell or process.*ota_linear on generic180"):
        fitted("ota_linear", "sky130", mine)


def test_an_edited_file_is_read_again_at_once(mine: Path):
    path = mine / "ota_linear" / "transistor.cir"
    before = cell("ota_linear", mine).subcircuit("transistor")
    edit(path, "l={1.6e-05*s}", "l={1.7e-05*s}")
    assert cell("ota_linear", mine).subcircuit("transistor") != before
    edit(mine / "ota_linear" / "cell.toml", "i(out) = gm", "i(out) = gm *")
    assert cell("ota_linear", mine).equation == "i(out) = gm * v(inp, inn)"


def test_the_hint_works_and_its_numbers_are_used(mine: Path, tmp_path: Path):
    edit(mine / "ota_linear" / "transistor.cir", "w={4e-06*s} l={2e-06*s} m={4*k}", "w={5e-06*s} l={2e-06*s} m={4*k}")
    words = ["characterise", "ota_linear", "--process", "generic180", "--write", "--cells", str(mine), "--quiet"]
    assert run([*words, "--samples", "0", "--output", str(tmp_path / "out")]) == 0
    found = fitted("ota_linear", "generic180", mine)
    assert found.made_by["cell"] == text_digests(cell("ota_linear", mine), MADE)["cell"]
    assert found.sizing.gate_area != fitted("ota_linear", "generic180").sizing.gate_area
    settings = {"circuit.cells": str(mine), "duration": 1.0}
    assert Study.load("depth", settings | {"circuit.level": "transistor"}).circuit().devices
    with pytest.raises(InputError, match=r"(?s)mismatch of ota_linear on generic180 was not measured.*--samples 0"):
        Study.load("depth", settings | {"circuit.level": "macromodel"}).montecarlo(2, tmp_path / "chips")


def test_a_macromodel_that_is_not_the_law_of_the_fit_is_refused(mine: Path, tmp_path: Path, capsys):
    edit(mine / "ota_linear" / "macromodel.cir", "Bout cm out I=({gm*(1+dg)/4})", "Bout cm out I=({gm*(1+dg)/2})")
    words = ["characterise", "ota_linear", "--process", "generic180", "--cells", str(mine), "--samples", "0"]
    assert run([*words, "--quiet", "--output", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert "the macromodel does not compute the law to which its numbers are fitted" in said
    assert str(mine / "ota_linear" / "macromodel.cir") in said


@pytest.mark.parametrize("name", PRIMITIVES)
def test_numbers_come_back_with_their_digests(name: str, tmp_path: Path):
    found = fitted(name, "generic180")
    path = fitted_path(name, "generic180", tmp_path)
    path.parent.mkdir(parents=True)
    path.write_text(fitted_text(replace(found, made_by={**found.made_by, "cell": "0" * 16})))
    with pytest.raises(InputError, match=f"changed since: the transistors of {name}"):
        counted(name, "generic180", tmp_path)
