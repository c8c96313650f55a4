"""Cards as designers write them: every card is understood as it was meant, or refused with its line and a remedy.

No card reaches a deck of which a word was not understood: texts are drawn from a grammar of what is found in netlists,
and all that are accepted run in ngspice together.
"""

import random
import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vle_analog.cells.library import cell
from vle_analog.cells.subcircuit import read_subcircuit
from vle_analog.characterise.bench import definition
from vle_analog.errors import InputError
from vle_analog.netlist.circuit import Subcircuit
from vle_analog.process.devices import device_cards
from vle_analog.process.process import process

HEAD = ".subckt mine inp inn out cm vdd vss hold params: gm=1e-8 ib=1e-9 k=1 s=1"
END = ".ends mine"
CORE = "X1 out inp vss vss nch w=2u l=4u"


def read(folder: Path, *cards: str, kind="primitive", head: str = HEAD, end: str = END) -> Subcircuit:
    path = folder / "transistor.cir"
    path.write_text("\n".join([head, *cards, end, ""]))
    return read_subcircuit(path, (), kind)


# a card of a primitive -> what it is for the deck
UNDERSTOOD = {
    "X1 out inp vss vss NCH W=2u L={4u*s} M=2": "X1 out inp vss vss nch w=2u l={4u*s} m=2",
    "X1 out inp vss vss nch w = 2u l = 4u": "X1 out inp vss vss nch w=2u l=4u",
    "X1 OUT INP VSS VSS pch w={ 2u * S } l={(4u)}": "X1 out inp vss vss pch w={2u*s} l={(4u)}",
    "X1 out inp vss vss nch params: w=2u l=4u": "X1 out inp vss vss nch w=2u l=4u",
    "X1 out inp vss vss nch w=2U l=.4e-5 $ a remark": "X1 out inp vss vss nch w=2u l=.4e-5",
    "X1 out inp vss vss nch w=2u l=4u ; a remark": "X1 out inp vss vss nch w=2u l=4u",
    "X1 out inp vss vss nch w=2u l=4u // a remark": "X1 out inp vss vss nch w=2u l=4u",
    "X1 out inp\n* between\n+ vss vss nch\n\n+ w=2u l=4u": "X1 out inp vss vss nch w=2u l=4u",
    "Ib vdd out DC {ib}": "Ib vdd out {ib}",
    "R1 out cm r=1MEG": "R1 out cm 1meg",
    "C1 out cm 1p IC=0": "C1 out cm 1p ic=0",
    "B1 out cm i = v(INP, inn) * {GM} m = 2": "B1 out cm I=V(inp,inn)*{gm} m=2",
    "E1 out cm inp inn -1e3": "E1 out cm inp inn -1e3",
}


@pytest.mark.parametrize("card", UNDERSTOOD)
def test_what_is_understood(card: str, tmp_path: Path):
    assert read(tmp_path, card).source == (UNDERSTOOD[card],)


WRITE = "write X1 out inp vss vss nch w=2u l=4u"
# a card of a primitive -> what is said of it
REFUSED = {
    "M1 out inp vss vss nch w=2u l=4u": ("cannot be read", WRITE),
    "Mt1 out inp vss vss nfet_03v3 W=2u L=4u nf=2": ("cannot be read", "Xt1 out inp vss vss nch w={2u/2} l=4u m=2"),
    "X1 out inp vss vss nfet_03v3 w=2u l=4u": ("a device that no process has", WRITE),
    "X1 out inp vdd vdd pfet_03v3 w=2u l=4u": ("a device that no process has", "vdd vdd pch w=2u l=4u"),
    "X1 out inp vss vss sky130_fd_pr__nfet_01v8 w=2 l=4": ("a device that no process has", "nch w=2 l=4"),
    "X1 out inp vdd vdd sky130_fd_pr__pfet_01v8_lvt w=2 l=4": ("a device that no process has", "vdd vdd pch w=2 l=4"),
    "X1 out inp vss nch w=2u l=4u": ("a device that no process has", "d g s b nch"),
    "X1 out inp vss vss nch w=2u l=4u nf=4": ("nf", "m is the number of parallel devices, each with w / nf"),
    "X1 out inp vss vss nch w={2*s} l=4u nf={k}": ("nf", "w={(2*s)/k} l=4u m={k}"),
    "X1 out inp vss vss nch w=2u l=4u mult=3": ("mult", "nch w=2u l=4u m=3"),
    **{
        f"X1 out inp vss vss nch w=2u l=4u {key}=1e-12": (key, f"leave {key} out")
        for key in ("ad", "as", "pd", "ps", "nrd", "nrs", "sa", "sb", "sd", "delvto")
    },
    "X1 out inp vss vss nch w=2u l=4u AD=1e-12": ("on nch and pch: ad", "leave ad out"),
    "X1 out inp vss vss nch l=4u": ("without w=", ""),
    "X1 out inp vss vss nch 2u 4u": ("'2u' is not a node name", ""),
    "X1 out inp vss vss nch w=2u w=4u l=4u": ("given twice", ""),
    "X1 out inp vss vss nch w='2u*s' l=4u": ("neither a number nor", "write {2u*s}"),
    "X1 out inp vss vss nch w=2u*s l=4u": ("neither a number nor", "write {2u*s}"),
    "X1 out inp vss vss nch w=wn l=4u": ("neither a number nor", "write {wn}"),
    "X1 out inp vss vss nch w=4um l=4u": ("neither a number nor", ""),
    "X1 out inp vss vss nch w=0x10 l=4u": ("neither a number nor", ""),
    "X1 out inp vss vss nch w={1_0} l=4u": ("braces", ""),
    "X1 out inp vss vss nch w={wn} l=4u": ("'wn' is not declared", ""),
    "X1 out inp vss vss nch w={time} l=4u": ("'time' is not declared", ""),
    "X1 out inp vss vss nch w={1--s} l=4u": ("a sign after '-'", ""),
    "X1 out inp vss vss nch w={2*+s} l=4u": ("a sign after '*'", ""),
    "X1 out inp vss vss nch w={pow(s)} l=4u": ("pow has 2 arguments, not 1", ""),
    "X1 out inp vss vss nch w={(s,2)} l=4u": ("a comma outside a function", ""),
    "X1 out inp vss vss nch w={s^2} l=4u": ("braces", ""),
    "X1 out 0 vss vss nch w=2u l=4u": ("'0' is not a node name", "refer to cm"),
    "X1 out gnd vss vss nch w=2u l=4u": ("'gnd' is not a node name", "refer to cm"),
    "X1 out a! vss vss nch w=2u l=4u": ("'a!' is not a node name", ""),
    "D1 out cm diode": ("cannot be read", "gate on its drain"),
    "Q1 out inp cm npn": ("cannot be read", ""),
    "H1 out cm V1 2": ("cannot be read", "B card"),
    "S1 out cm inp cm sw": ("cannot be read", "hold_switch"),
    "A1 [inp] [out] adc": ("cannot be read", ""),
    "K1 L1 L2 0.9": ("cannot be read", ""),
    "R1 out cm 1k tc1=1e-3": ("'tc1=1e-3' on a card of R", "leave it out"),
    "R1 out cm rpoly 1k": ("neither a number nor", ""),
    "G1 out cm POLY(1) inp cm 0 1": ("not a node name", ""),
    "G1 out cm value={V(inp)}": ("cannot be read", ""),
    "V1 out cm PULSE(0 1 1u)": ("neither a number nor", ""),
    "V1 out cm 0 ac 1": ("'ac' on a card of V", ""),
    "B1 out cm I=V(nowhere)": ("no card is at node 'nowhere'", "out, cm"),
    "B1 out cm I=V(inp)*gm": ("a parameter must be in braces", ""),
    "B1 out cm I=V(inp)*sgn(2)": ("no function 'sgn'", ""),
    "B1 out cm I=I(V1)": ("no function 'i'", ""),
    "B1 out cm I=V(inp)>0?1:0": ("cannot be read", ""),
    "B1 out cm I=V(inp) tc1=2": ("'tc1=2' on a card of B", ""),
    "B1 out cm V(inp)": ("cannot be read", "I=... or V=..."),
    ".model mine nmos level=1": (".model belongs outside", "nch and pch"),
    ".lib 'sm141064.ngspice' typical": (".lib belongs outside", "nch and pch"),
    ".include models.cir": (".include belongs outside", "nch and pch"),
    ".options scale=1u": (".options belongs outside", ""),
    ".control": (".control belongs outside", ""),
    ".end": (".end belongs outside", "ends with .ends"),
    ".param w1=2u": (".param line", ".param NAME={...}"),
    ".param w1={2u} w2={3u}": (".param line", ""),
    ".param s={2*k}": ("'s' is given twice", ""),
    ".param max={2}": ("cannot be the name", ""),
    "x2out inp cm": ("a device that no process has", ""),
    "#1 out cm 2": ("cannot be read", ""),
    "X1 out inp vss vss nch w=2u l=4u \\": ("a device that no process has", ""),
}


@pytest.mark.parametrize("card", REFUSED)
def test_what_is_refused(card: str, tmp_path: Path):
    what, hint = REFUSED[card]
    with pytest.raises(InputError) as caught:
        read(tmp_path, "* an amplifier", "R9 inp cm 1k", card)
    (problem,) = caught.value.problems
    assert problem.where == f"{tmp_path / 'transistor.cir'}:4"
    said = str(problem)
    assert what in said
    assert hint in said


HEADS = {
    ".subckt mine a b gm=1e-8": None,
    ".SUBCKT mine A b PARAMS: GM = 1e-8": None,
    ".subckt mine a a": "a pin is given twice",
    ".subckt mine a b params: gm=1n": "without a unit suffix",
    ".subckt mine a b params: gm=nan": "is not a number",
    ".subckt mine a b params: gm=1_0": "is not a number",
    ".subckt mine a b params: gm=1 GM=2": "'GM' is given twice",
    ".subckt mine a b params: is=1": "cannot be the name",
    ".subckt mine a b params: exp=1": "cannot be the name",
    ".subckt mine a.b": "header",
    ".subckt mine é": "header",
}


@pytest.mark.parametrize("head", HEADS)
def test_headers(head: str, tmp_path: Path):
    if HEADS[head] is None:
        found = read(tmp_path, "R1 a b {gm}", head=head)
        assert (found.pins, dict(found.parameters), found.source) == (("a", "b"), {"gm": 1e-8}, ("R1 a b {gm}",))
        return
    with pytest.raises(InputError, match=HEADS[head]) as caught:
        read(tmp_path, "R1 a b 1k", head=head)
    assert f"{tmp_path / 'transistor.cir'}:1" in str(caught.value)


def test_names_that_only_differ_in_capitals_are_one(tmp_path: Path):
    with pytest.raises(InputError, match=r"(?s)transistor.cir:3.*two elements 'x1'"):
        read(tmp_path, CORE, "x1 out inn vss vss nch w=2u l=4u")
    with pytest.raises(InputError, match="end of another"):
        read(tmp_path, CORE, end=".ends other")
    assert read(tmp_path, CORE, end=".ENDS").pins[0] == "inp"
    (tmp_path / "bom.cir").write_text(f"\ufeff{HEAD}\r\n{CORE}\r\n{END}\r\n")
    assert read_subcircuit(tmp_path / "bom.cir", (), "primitive").source == (CORE,)


@pytest.mark.parametrize("name", ["f_x", "p_x", "n_a", "v_0", "path", "c_ota"])
def test_any_name_of_a_parameter_reaches_its_place(name: str, tmp_path: Path):
    found = read(tmp_path, f"R1 a b {{{name}}}", kind="behavioural", head=f".subckt mine a b params: {name}=1")
    assert found.cards[0].template == f"R{{path}}1 {{n_a}} {{n_b}} {{p_{name}}}"


DESCRIPTIONS = {
    "equation": ('equation = "', 'equation = "x\\n.control\\n', "equation of a cell is not one line"),
    "pins": ('pins = ["inp",', 'pins = ["inp inn",', "pins of a cell is not a list of names"),
    "pins of numbers": ('pins = ["inp",', "pins = [1,", "pins of a cell is not a list of names"),
    "law": ('out = "gm*(v', 'out = 3 # "gm*(v', "law of a cell is not a table of texts"),
    "parameters": ("[parameters]", "[[parameters]]", "a parameter needs unit"),
    "default": ("default = 1e-8", 'default = "1e-8"', "default of parameter 'gm' is not a number"),
    "infinite": ("default = 1e-8", "default = inf", "default of parameter 'gm' is not a number"),
    "name": ("gm = { unit", '"g m" = { unit', "not the name of a parameter"),
    "functions": ("summary", 'functions = ["system"]\nsummary', "no such function"),
}


@pytest.mark.parametrize("case", DESCRIPTIONS)
def test_descriptions(case: str, tmp_path: Path):
    old, new, said = DESCRIPTIONS[case]
    text = (cell("ota").folder / "cell.toml").read_text()
    (tmp_path / "ota").mkdir()
    (tmp_path / "ota" / "cell.toml").write_text(text.replace(old, new, 1))
    assert old in text
    with pytest.raises(InputError, match=said) as caught:
        cell("ota", tmp_path)
    assert str(tmp_path / "ota" / "cell.toml") in str(caught.value)


# -- texts drawn from what is found in netlists ---------------------------------------------------------------------

GOOD = {
    "node": ["inp", "inn", "out", "cm", "vdd", "vss", "a", "n1", "OUT"],
    "number": ["1k", "2u", "4e-06", "0.5", "1MEG", "3", "{k}", "{2u*s}", "{ (4u + s*1e-9)/2 }", "{max(k, 2)}"],
    "device": ["nch", "pch", "NCH"],
    "key": ["m"],
    "dot": [],
    "law": ["V(inp,inn)*{gm}", "{gm}*tanh(V(inp, cm)/0.05)", "-V(out)*1e-9", "{ib*(1+k)}*(V(a,cm)-1)**2"],
}
ODD = {
    "node": ["0", "gnd", "a!", "x.y", "2", "$a", "[a]", "é"],
    "number": ["4um", "'2u*s'", "{wn}", "{k", "{2*+s}", "{1--s}", "{}", "wn", "0x1", "nan", "{pow(s)}", "{s^2}"],
    "device": ["nfet_03v3", "sky130_fd_pr__nfet_01v8", "nmos", "pfet_03v3", "npn", ""],
    "key": ["nf", "mult", "ad", "as", "pd", "ps", "nrd", "nrs", "tc1", "temp", "off", "ic"],
    "dot": [".model x nmos", ".lib a b", ".include /etc/passwd", ".control", ".param q={2}", ".param r=1", ".end"],
    "law": ["V(a)>0?1:0", "I(V1)", "V(nowhere)", "gm*V(a)", "V(a)*system(1)", "time", "(V(a)", "V(a))", "V(a) 2", ";"],
}
CARDS = [
    "X{id} {node} {node} {node} {node} {device} w={number} l={number}",
    "X{id} {node} {node} {node} {node} {device} w={number} l={number} {key}={number}",
    "X{id} {node} {node} {node} {node} {device} L = {number}  W = {number} $ remark",
    "M{id} {node} {node} {node} {node} {device} w={number} l={number} {key}={number}",
    "R{id} {node} {node} {number}",
    "R{id} {node} {node} {number} {key}={number}",
    "C{id} {node} {node} {number}",
    "I{id} {node} {node} dc {number}",
    "G{id} {node} {node} {node} {node} {number}",
    "B{id} {node} {node} I={law}",
    "B{id} {node} {node} I={law} m={number}",
    "D{id} {node} {node} {device}",
    "{dot}",
    "* remark",
]


def drawn(choose, count: int, odd: float) -> str:
    """Cards, of whose words a share is odd; `choose(list, share)` draws one."""
    lines = []
    for number in range(count):
        card = choose(CARDS, 0.0)
        while (field := re.search(r"\{(node|number|device|key|dot|law)\}", card)) is not None:
            good, strange = GOOD[field[1]], ODD[field[1]]
            word = choose(strange if not good or choose([False, True], odd) else good, 0.0)
            card = card[: field.start()] + word.replace("{", "\x01") + card[field.end() :]
        lines.append(card.replace("\x01", "{").replace("{id}", str(number)))
    return "\n".join(lines)


def accepted(text: str, folder: Path) -> Subcircuit | None:
    """The subcircuit read from a text; `None` where it is refused, with file and line."""
    try:
        return read(folder, *text.split("\n"), CORE.replace("X1", "Xlast"))
    except InputError as error:
        for problem in error.problems:
            where, _, line = problem.where.rpartition(":")
            assert where == str(folder / "transistor.cir")
            assert 1 <= int(line) <= text.count("\n") + 4
        return None


NUMBER = r"-?[\d.]+(?:e[-+]?\d+)?(?:meg|[tgkmunpfa])?"
VALUE = rf"(?:{NUMBER}|\{{[\w.*/+,()-]+\}})"
KNOWN = re.compile(
    rf"X\w+(?: \w+){{4}} [np]ch(?: [wlm]={VALUE}){{2,3}}|[RCI]\w+ \w+ \w+ {VALUE}(?: ic={VALUE})?"
    rf"|G\w+(?: \w+){{4}} {VALUE}"
    rf"|B\w+ \w+ \w+ I=[\w.*/+,(){{}}-]+(?: m={VALUE})?|\.param \w+=\{{[\w.*/+,()-]+\}}",
    re.ASCII,
)


@given(data=st.data())
def test_a_text_is_understood_word_by_word_or_refused(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("cell")

    def choose(options: list, share: float):
        if options == [False, True]:
            return data.draw(st.floats(0, 1)) < share
        return data.draw(st.sampled_from(options))

    text = drawn(choose, data.draw(st.integers(1, 5)), data.draw(st.sampled_from([0.0, 0.1, 0.5])))
    found = accepted(text, folder)
    if found is not None:
        for line in found.source:
            assert KNOWN.fullmatch(line), line


def test_what_is_accepted_runs(tmp_path: Path):
    generator = random.Random(7)

    def choose(options: list, share: float):
        return generator.random() < share if options == [False, True] else generator.choice(options)

    found = [accepted(drawn(choose, 4, 0.05), tmp_path) for _ in range(400)]
    kept = [one for one in found if one is not None]
    assert 40 < len(kept) < len(found) - 40
    lines = []
    for number, one in enumerate(kept):
        head, *cards, end = definition(one)
        lines += [head.replace(".subckt mine", f".subckt c{number}"), *cards, end.replace("mine", f"c{number}")]
        pins = " ".join(f"{pin}_{number}" for pin in one.pins[:3])
        lines.append(f"Xc{number} {pins} cm vdd vss 0 c{number}")
        lines += [f"R{number}{pin} {pin}_{number} 0 1k" for pin in one.pins[:3]]
    rails = ["Vcm cm 0 0", "Vdd vdd 0 0.9", "Vss vss 0 -0.9"]
    deck = ["* cells", *device_cards(process("generic180")), *rails, *lines, ".tran 1n 1n uic", ".end", ""]
    (tmp_path / "deck.cir").write_text("\n".join(deck))
    command = ["ngspice", "-b", "-r", "out.raw", "deck.cir"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    assert (tmp_path / "out.raw").is_file(), said[-3000:]
    assert not re.search(r"error|can't find|unknown|cannot|undefined", said, re.IGNORECASE), said[-3000:]
