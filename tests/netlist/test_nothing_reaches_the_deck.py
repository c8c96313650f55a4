"""Text of a study never reaches a deck: every line is a known card, whatever titles and names a study carries."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.grammar import expression_is_known, strange_lines
from tests.support.tiny_circuits import TINY
from vle_analog import InputError, Study

SHIPPED = ("depth", "nudged_linear", "online_chain", "recurrent_pair", "two_layer", "wide")
ATTACKS = [
    "\n.control\nshell touch /tmp/owned\n.endc\n",
    "x\r\n.include /etc/passwd",
    ".end",
    "a b",
    "a;b",
    "$(id)",
    "`id`",
    "{x}",
    "a'b",
    'a"b',
    "../x",
    "a\\b",
    "é",
    "a\u2028.end",
    "a\x0b.quit",
    "*",
    "+ R1 a 0 1",
    "%s",
    "{0.__class__}",
    "drive",
    "hidden",
    "readout",
    "Hidden",
    "a.b",
    "x_0",
    "vdd",
    "cm",
    "0",
    "",
    " ",
    "a\x00b",
    "Rx",
    "control",
]
hostile = st.sampled_from(ATTACKS) | st.text(max_size=12) | st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
plain = st.from_regex(r"[a-z][a-z0-9_]{0,6}[a-z]", fullmatch=True)
numbers = st.floats(-5.0, 5.0) | st.sampled_from([1e-12, -1e-7, 3, 0, -0.0, 0.1 + 0.2, 1 / 3])
shares = st.floats(0.1, 0.9)


@pytest.mark.parametrize("name", SHIPPED)
def test_every_line_of_a_shipped_study_is_a_known_card(name):
    check(Study.load(name, {"duration": 1.0}))


def check(study):
    deck, files = study.deck(), study.netlist()
    assert strange_lines(deck.text()) == []
    for name, content in files.items():
        assert name.isascii()
        assert name.replace("_", "").replace(".", "", 1).isalnum()
        if name.endswith(".cir"):
            assert strange_lines(content.decode(), hierarchical=True) == []
        else:
            assert all(float(cell) is not None for cell in content.split())
    includes = [line for line in files["testbench.cir"].decode().splitlines() if ".include" in line.lower()]
    assert len(includes) == 1
    assert includes[0].split()[1] in files
    assert set(deck.files) == {name for name in files if name.endswith(".dat")}


@st.composite
def documents(draw):
    """The tiny study with hostile text wherever text may stand, and odd numbers in every kind of stimulus."""
    names = draw(st.lists(plain, min_size=5, max_size=5, unique=True))
    if draw(st.booleans()):
        names[draw(st.integers(0, 4))] = draw(hostile)
    hidden, readout, first, second, drive = names
    network = TINY["network"]
    stimulus = draw(st.sampled_from(["sines", "steps", "samples"]))
    channel = {
        "sines": {
            "channels": [[{"amplitude": draw(numbers), "omega": draw(numbers), "phase": draw(numbers)}]],
            "offsets": draw(numbers),
        },
        "steps": {
            "channels": [[{"time": draw(shares), "value": draw(numbers)}]],
            "initials": draw(numbers),
            "rise": 0.1,
        },
        "samples": {"times": [0.0, draw(shares), 1.0], "values": [draw(numbers) for _ in range(3)]},
    }[stimulus]
    document = TINY | {
        "title": draw(hostile),
        "duration": 0.3,
        "network": network
        | {
            "output": readout,
            "gamma": draw(st.sampled_from([0.0, 0.1])),
            "start": draw(st.sampled_from(["zero", "settled"])),
            "populations": {
                hidden: network["populations"]["hidden"]
                | {"activation": draw(st.sampled_from(["tanh", "softplus", "linear"]))},
                readout: network["populations"]["readout"],
            },
            "projections": {
                first: network["projections"]["drive_hidden"]
                | {"source": drive, "target": hidden, "weights": [[draw(numbers)]]},
                second: network["projections"]["hidden_readout"] | {"source": hidden, "target": readout},
            },
        },
        "stimuli": {drive: {"kind": stimulus, **channel}},
        "circuit": {},
        "simulate": {"points": 11},
    }
    if draw(st.integers(0, 4)) == 0:
        key = draw(st.sampled_from(["process", "corner", "level", "levels"]))
        document["circuit"] = {key: {draw(hostile): "behavioural"} if key == "levels" else draw(hostile)}
    return document, draw(st.just("study") | hostile)


def test_an_accepted_study_gives_known_cards_only():
    accepted = []

    @settings(max_examples=100)
    @given(documents())
    def holds(given_document):
        document, name = given_document
        try:
            study = Study.from_document(document, name=name)
            study.circuit()
        except InputError:
            return
        check(study)
        accepted.append(name)

    holds()
    assert len(accepted) >= 20


@pytest.mark.parametrize(
    "line",
    [
        ".control",
        ".include /etc/passwd",
        "* a\x0bb",
        "Rx a 0 1k",
        "Ba a 0 V=system(1)",
        "Ba a 0 V=1;2",
        "Ba a 0 V=(1",
        "Va a 0 pwl(0 0)",
        ".save all",
        "x=1",
        "* name\n.quit",
        ".options a=b",
        "Ba a 0 V=x",
    ],
)
def test_the_grammar_refuses(line):
    assert strange_lines(f"* name\n{line}\n.end\n")
    assert strange_lines(f"* name\n{line}\n.end\n", hierarchical=True) or line.startswith("* ")


def test_the_grammar_knows_expressions():
    assert expression_is_known("0.5*(0+1*sin(10*time+0.5)-2e-5*tanh((V(a_0_n,cm))/{vu}))")
    assert not expression_is_known("0.5*(0")
    assert not expression_is_known("cos(time)")
    assert not expression_is_known("")
