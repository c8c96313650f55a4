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
    for name in ("membrane_lead", "synapse_forward", "ota"):
        shutil.copytree(LIBRARY / name, tmp_path / "cells" / name)
    return tmp_path / "cells"


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
    "instance": ("Rs n u {rs}", "Xs n u cm vdd vss hold floating_resistor g=1", 3, "no instances"),
    "expression": ("{rs}", "{2*rs}", 3, "braces"),
    "open brace": ("{rs}", "{rs", 3, "unbalanced"),
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


LOAD = "Xload cm n n cm vdd vss hold ota_linear gm={load_gm} ib={load_ib} k={load_k}"
# what is changed in composed.cir, from what, to what, and a word of the message; the line is that of the change
PIECES = {
    "unknown cell": ("ota_linear", "ota_liner", "did you mean 'ota_linear'"),
    "no primitive": ("ota_linear gm", "membrane_sum gm", "is not a primitive"),
    "too few nodes": ("Xload cm n n", "Xload cm n", "does not fit the pins"),
    "too many nodes": ("Xload cm n n", "Xload cm n n n", "does not fit the pins"),
    "common pins in another order": ("cm vdd vss hold ota", "cm vss vdd hold ota", "does not fit the pins"),
    "parameter that the primitive lacks": ("gm={load_gm}", "g={load_gm}", "no parameter 'g'"),
    "parameter that is not declared": ("{load_gm}", "{load_go}", "'load_go' is not declared"),
    "rule of names": ("gm={load_gm}", "gm={series_g}", "rule of names"),
    "number for a parameter": ("gm={load_gm}", "gm=1e-8", "not a parameter of the cell"),
    "expression": ("gm={load_gm}", "gm={2*load_gm}", "not a parameter of the cell"),
    "parameter missing": (" ib={load_ib}", "", "does not set ib"),
    "parameter twice": ("k={load_k}", "k={load_k} k={load_k}", "twice"),
    "element that is no capacitor": (LOAD, "Gload n cm n cm {load_gm}", "one of C V X"),
    "ground": ("Xload cm n n", "Xload 0 n n", "'0' is not a node name"),
}


@pytest.mark.parametrize("case", PIECES)
def test_an_instance_that_is_not_right_is_named_by_file_and_line(library, case):
    old, new, word = PIECES[case]
    path = library / "membrane_lead" / "composed.cir"
    assert path.read_text().splitlines()[2] == LOAD
    path.write_text(path.read_text().replace(LOAD, LOAD.replace(old, new)))
    with pytest.raises(InputError) as caught:
        cell("membrane_lead", library).composition()
    assert f"{path}:3" in str(caught.value)
    assert word in str(caught.value)


def test_a_composition_with_a_parameter_of_nothing(library):
    path = library / "membrane_lead" / "composed.cir"
    edit(path, "u0=0", "u0=0 extra=1")
    with pytest.raises(InputError, match="'extra'") as caught:
        cell("membrane_lead", library).composition()
    assert str(path) in str(caught.value)


def test_a_composition_without_a_formula(library):
    edit(library / "membrane_lead" / "cell.toml", 'load_gm = "g"', 'load_g = "g"')
    with pytest.raises(InputError, match=r"(?s)composed\.cir:3.*no formula for load_gm.*\[composed\]"):
        cell("membrane_lead", library).composition()


def test_a_start_value_of_nothing(library):
    edit(library / "membrane_lead" / "cell.toml", 'u = "u0"', 'w = "u0"')
    with pytest.raises(InputError, match=r"(?s)start value.*w = u0"):
        cell("membrane_lead", library)


def test_a_cell_without_a_composition_says_so():
    with pytest.raises(InputError, match="no transistor version of membrane_plastic"):
        cell("membrane_plastic").composition()
    with pytest.raises(InputError, match="no transistor version of slope for 'logistic'"):
        cell("slope").composition("logistic")


# what is changed in transistor.cir of a primitive
DEVICES = {
    "unknown device": ("vss vss nch", "vss vss nmos", "no process has"),
    "three terminals": ("Xb vb vb vss vss nch", "Xb vb vb vss nch", "no process has"),
    "unknown parameter of a device": ("m={k}", "nf={k}", "no process has"),
    "name that is not declared": ("m={k}", "m={kk}", "'kk' is not declared"),
    "name in an expression": ("m={k}", "m={2*kk}", "'kk' is not declared"),
    "no expression": ("m={k}", "m={2k*}", "braces"),
    "unknown function": ("m={k}", "m={system(k)}", "braces"),
    "unbalanced": ("m={k}", "m={(k}", "unbalanced"),
    "include": ("Ib vdd vb {ib}", ".include /etc/passwd", "outside"),
    "control": ("Ib vdd vb {ib}", ".control", "outside"),
}


@pytest.mark.parametrize("case", DEVICES)
def test_a_primitive_that_cannot_be_used_is_named_by_file_and_line(library, case):
    old, new, word = DEVICES[case]
    path = library / "ota" / "transistor.cir"
    lines = path.read_text().splitlines()
    line = next(k for k, text in enumerate(lines) if old in text and not text.startswith("."))
    lines[line] = lines[line].replace(old, new)
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(InputError) as caught:
        cell("ota", library).subcircuit("transistor")
    assert f"{path}:{line + 1}" in str(caught.value)
    assert word in str(caught.value)


def test_a_macromodel_may_derive_numbers(library):
    path = library / "ota" / "macromodel.cir"
    path.write_text(
        ".subckt ota inp inn out cm vdd vss hold params: gm=1e-8 ib=1e-9 k=1 s=1 vos=0\n"
        ".param top={2u*sqrt(ib/k)+4.7meg*(1-s)}\nGout cm out inp inn {gm*top}\n.ends ota\n"
    )
    assert cell("ota", library).subcircuit("macromodel").parameters["vos"] == 0
    edit(path, "{2u*", "{2x*")
    with pytest.raises(InputError, match="braces") as caught:
        cell("ota", Path(shutil.copytree(library, library.parent / "again"))).subcircuit("macromodel")
    assert "macromodel.cir:2" in str(caught.value)


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
    with pytest.raises(
        InputError, match=r"(?s)membrane_lead, .*synapse_forward.*did you mean 'membrane_sum'"
    ) as caught:
        cell("membrane", library)
    assert str(library / "membrane" / "cell.toml") in str(caught.value)


def test_a_folder_of_ones_own_is_looked_at_before_the_shipped_one_file_by_file(library):
    assert cell("membrane_lead", library).file("behavioural.cir") == library / "membrane_lead" / "behavioural.cir"
    assert cell("membrane_sum", library).file("behavioural.cir") == LIBRARY / "membrane_sum" / "behavioural.cir"
    shutil.rmtree(library / "ota")
    (library / "ota").mkdir()
    shutil.copy(LIBRARY / "ota_linear" / "transistor.cir", library / "ota" / "transistor.cir")
    mine = cell("ota", library)
    assert mine.subcircuit("transistor").name == "ota_linear"
    assert mine.subcircuit("behavioural").name == "ota"
    assert cell("ota").subcircuit("transistor").name == "ota"


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
