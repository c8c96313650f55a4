"""What a composed cell is made of sends the currents of the cell's own law, with the formulas of its description.

By SymPy, from the laws of the primitives. A multiplier saturates in the weight, W = wmax tanh(v/vy), and where its pair
is the activation, vx is the unit of potential: both are put in here, nothing else is.
"""

import re
import tomllib
from pathlib import Path

import pytest
import sympy as sp

from tests.support.kirchhoff import D, currents, expression, v
from vle_analog.cells.library import cell

LIBRARY = Path(__file__).resolve().parents[2] / "circuits"
FILES = sorted(f"{path.parent.name}/{path.stem}" for path in LIBRARY.glob("*/composed*.cir"))
COMMON = {"cm", "vdd", "vss", "hold"}


def composed_law(name, stem, formulas=None):
    """Node -> current, ideal parameters replaced by their formulas; and the ideal sources."""
    document = tomllib.loads((LIBRARY / name / "cell.toml").read_text())
    into, fixed = currents(LIBRARY / name / f"{stem}.cir")
    table = {sp.Symbol(key): expression(text) for key, text in (formulas or document.get("composed", {})).items()}
    return {node: sp.sympify(law).subs(table, simultaneous=True) for node, law in into.items()}, fixed, document


def bound(law, activation):
    """phi and slope of a law."""
    phi, slope = sp.Function("phi"), sp.Function("slope")
    x = sp.Wild("x")
    if activation == "tanh":
        return law.replace(phi(x), sp.tanh(x)).replace(slope(x), 1 - sp.tanh(x) ** 2)
    return law.replace(phi(x), x).replace(slope(x), sp.Integer(1))


def difference(name, stem, node, into, document):
    """Law minus composition at one node, all scales of potential alike."""
    activation = stem.partition("_")[2] or "linear"
    functions = document.get("functions", [])
    law = bound(expression(document["law"].get(node, "0"), functions), activation)
    made = into.get(node, sp.Integer(0))
    if name == "membrane_sum":
        law = law.subs(sp.Symbol("gl"), sp.Symbol("g") - sp.Symbol("gs"))
    if name.startswith("synapse_"):  # the port that saturates: the weight's, as wmax tanh(v/vy)
        made = made.subs(sp.tanh(v("w") / sp.Symbol("vy")), v("w") / sp.Symbol("vy"))
    if activation == "tanh":
        made, law = (term.subs(dict.fromkeys(map(sp.Symbol, ("vx", "vn")), sp.Symbol("vu"))) for term in (made, law))
    return sp.simplify(law - made)


def check(name, stem, formulas=None):
    into, fixed, document = composed_law(name, stem, formulas)
    nodes = set(document["pins"]) - COMMON | set(document.get("internal", []))
    assert not set(into) & {"vdd", "vss", "hold"}
    assert set(into) - COMMON <= nodes
    for node in nodes:
        rest = difference(name, stem, node, into, document)
        if name == "target_error" and stem.endswith("tanh"):  # a plain pair for the rate: alike at small signals
            rest = sum(sp.diff(rest, x).subs(dict.fromkeys((v("t"), v("n")), 0)) * x for x in (v("t"), v("n")))
            rest = sp.simplify(rest)
        if rest != 0:
            return f"{node}: {rest}"
    for node, source in fixed.items():
        if sp.expand(expression(document["law"][f"i({node})"]) - source.lhs + source.rhs) != 0:
            return f"source at {node}: {source}"
    return ""


@pytest.mark.parametrize("file", FILES)
def test_composition_is_the_law(file):
    assert check(*file.split("/")) == ""


MUTATIONS = [
    ("membrane_lead", "composed", "load_gm", "-g"),
    ("membrane_lead", "composed", "series_g", "rs"),
    ("membrane_sum", "composed", "lead_gm", "gl"),
    ("error_lead", "composed", "back_gm", "gv"),
    ("error_lag", "composed", "load_gm", "g"),
    ("error_lag", "composed", "lag_gm", "-gl"),
    ("slope", "composed_tanh", "bump_gm", "gh"),
    ("synapse_forward", "composed_linear", "product_i", "g*vy"),
    ("synapse_backward", "composed", "product_i", "-g*vy*vx"),
    ("target_error", "composed_tanh", "rate_gm", "2*g/vu"),
]


@pytest.mark.parametrize("name, stem, parameter, formula", MUTATIONS)
def test_a_wrong_formula_is_seen(name, stem, parameter, formula):
    table = tomllib.loads((LIBRARY / name / "cell.toml").read_text())["composed"]
    assert table[parameter] != formula
    assert check(name, stem, table | {parameter: formula})


@pytest.mark.parametrize("file", FILES)
def test_every_composition_is_read_and_has_its_formulas(file):
    name, stem = file.split("/")
    loaded = cell(name)
    read = loaded.composition(stem.partition("_")[2])
    ideal = {text for piece in read.pieces for key, text in piece.given.items() if key in ("gm", "i", "g")}
    assert ideal <= set(loaded.composed)
    assert set(read.parameters) >= ideal | {f"{piece.name}_ib" for piece in read.pieces if "ib" in piece.given}
    assert {card.name[1:] for card in read.cards if card.name[0] == "X"} == {piece.name for piece in read.pieces}


def test_every_formula_is_used():
    for path in LIBRARY.glob("*/cell.toml"):
        table = tomllib.loads(path.read_text()).get("composed", {})
        text = "".join(other.read_text() for other in path.parent.glob("composed*.cir"))
        assert all(re.search(rf"{{{name}}}", text) for name in table), path


def test_a_stored_value_is_held_at_every_level():
    """Whatever has a capacitor with a start value says which node it is, and its composition has a switch there."""
    for path in LIBRARY.glob("*/behavioural.cir"):
        stores = set(re.findall(r"^C\w+ (\w+) cm \S+ ic=\{(\w+)\}", path.read_text(), re.MULTILINE))
        start = set(cell(path.parent.name).start.items())
        if not path.parent.name.startswith("pole"):  # its voltage is that of the operating point
            assert stores == start, path
        for composed in path.parent.glob("composed*.cir"):
            held = set(
                re.findall(r"^X\w+ (\w+) cm vdd vss hold hold_switch v=\{(\w+)\}", composed.read_text(), re.MULTILINE)
            )
            assert held == start, composed


def test_the_derivative_of_a_composed_capacitor_is_in_its_law():
    into, _ = currents(LIBRARY / "membrane_lead" / "composed.cir")
    assert into["u"].coeff(D(v("u"))) == -sp.Symbol("c")
