"""Cell folders that are wrong: an `InputError` that names the file, and the line where there is one."""

import re
import shutil
from pathlib import Path

import pytest

from vle_analog.cells.library import cell
from vle_analog.errors import InputError

LIBRARY = Path(__file__).resolve().parents[2] / "circuits"


@pytest.fixture
def library(tmp_path):
    shutil.copytree(LIBRARY / "membrane_lead", tmp_path / "membrane_lead")
    shutil.copytree(LIBRARY / "synapse_forward", tmp_path / "synapse_forward")
    return tmp_path


def message(library, name="membrane_lead", level="behavioural"):
    with pytest.raises(InputError) as caught:
        cell(name, library).subcircuit(level)
    return str(caught.value)


def edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


# what is changed in behavioural.cir, from what, to what: the line that is named, and a word of the message
CARDS = {
    "unknown parameter": ("{rs}", "{rx}", 3, "rx"),
    "too few words": ("Rs n u {rs}", "Rs n u", 3, "cannot be read"),
    "unknown letter": ("Rs n u {rs}", "Zs n u {rs}", 3, "cannot be read"),
    "control block": ("Rs n u {rs}", ".control", 3, "outside"),
    "include": ("Rs n u {rs}", ".include /etc/passwd", 3, "outside"),
    "ground": ("Cm u cm", "Cm u 0", 4, "'0' is not a node name"),
    "no number as default": ("rs=1e7", "rs=10k", 1, "'rs'"),
    "default without value": ("rs=1e7", "rs", 1, "'rs'"),
    "two subcircuits": ("Rs n u {rs}", ".subckt other a b", 3, "one subcircuit"),
    "no name": (".subckt membrane_lead n cm vdd vss hold", ".subckt", 1, "header"),
    "card before the header": (".subckt membrane_lead", "R1 a b 1k\n.subckt membrane_lead", 1, "outside"),
    "card after the end": (".ends membrane_lead", ".ends membrane_lead\nR1 a b 1k", 6, "outside"),
}


@pytest.mark.parametrize("case", CARDS)
def test_a_card_that_cannot_be_used_is_named_by_file_and_line(library, case):
    old, new, line, word = CARDS[case]
    path = library / "membrane_lead" / "behavioural.cir"
    edit(path, old, new)
    said = message(library)
    assert f"{path}:{line}" in said
    assert word in said


FILES = {
    "pin missing": ("n cm vdd vss hold params", "cm vdd vss hold params", "pins differ"),
    "pins in another order": ("n cm vdd vss hold params", "cm n vdd vss hold params", "pins differ"),
    "pin too many": ("n cm vdd vss hold params", "n x cm vdd vss hold params", "pins differ"),
    "parameter of no description": ("u0=0", "u0=0 extra=1", "'extra'"),
    "no end": (".ends membrane_lead", "", "no complete"),
}


@pytest.mark.parametrize("case", FILES)
def test_a_netlist_that_is_not_the_cells_is_named_by_its_file(library, case):
    old, new, word = FILES[case]
    path = library / "membrane_lead" / "behavioural.cir"
    edit(path, old, new)
    said = message(library)
    assert str(path) in said
    assert word in said


DESCRIPTIONS = {
    "not TOML": ('summary = "', 'summary = ""', "not TOML"),
    "no pins": ("pins =", "legs =", "'pins'"),
    "no equation": ("equation =", "equations =", "'equation'"),
    "no law": ("[law]", "[laws]", "'law'"),
    "no summary": ("summary =", "title =", "'summary'"),
    "pins without the common ones": ('"cm", "vdd", "vss", "hold"', '"cm", "vss", "vdd", "hold"', "common"),
    "parameter without unit": ('unit = "S", ', "", "unit"),
    "parameter with an unknown key": ('unit = "S",', 'unit = "S", units = "S",', "units"),
}


@pytest.mark.parametrize("case", DESCRIPTIONS)
def test_a_description_that_is_wrong_is_named(library, case):
    old, new, word = DESCRIPTIONS[case]
    path = library / "membrane_lead" / "cell.toml"
    edit(path, old, new)
    said = message(library)
    assert str(path) in said
    assert word in said


def test_unbalanced_parentheses_after_a_function(library):
    path = library / "synapse_forward" / "behavioural.cir"
    edit(path, "phi(V(pre,cm)/{vu})", "phi(V(pre,cm)/{vu}")
    said = message(library, "synapse_forward")
    assert f"{path}:2" in said
    assert "parentheses" in said


def test_a_missing_level_names_the_file_and_what_there_is(library):
    said = message(library, level="transistor")
    assert str(library / "membrane_lead" / "transistor.cir") in said
    assert re.search(r"expected: +behavioural", said)


def test_a_cell_that_is_not_there_names_those_that_are(library):
    with pytest.raises(InputError, match="membrane_lead, synapse_forward") as caught:
        cell("membrane", library)
    assert str(library / "membrane" / "cell.toml") in str(caught.value)


def test_a_netlist_that_is_not_text(library):
    path = library / "membrane_lead" / "behavioural.cir"
    path.write_bytes(b".subckt \xff\xfe\n")
    assert str(path) in message(library)


def test_comments_and_continuations_are_read(library):
    path = library / "membrane_lead" / "behavioural.cir"
    edit(path, "Rs n u {rs}", "* a remark\n\nRs n ; the upper end\n+ u\n+ {rs}")
    subcircuit = cell("membrane_lead", library).subcircuit("behavioural")
    assert [card.name for card in subcircuit.cards] == ["Gleak", "Rs", "Cm"]
    assert subcircuit.cards[1].line == 5
    assert subcircuit.internal == ("u",)
