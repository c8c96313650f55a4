"""Laws and formulas as texts: what is read, and what is refused with file and key."""

from dataclasses import replace

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from vle_analog import InputError
from vle_analog.cells.library import cell, cell_names
from vle_analog.cells.sizing import VOCABULARY, sized
from vle_analog.netlist.formula import evaluate
from vle_analog.proof.law import Currents, Reader, change, law, voltage


def currents(made):
    nodes = {node: node for node in (*made.pins, *made.internal)}
    given = {key: sp.Symbol(key) for key in made.parameters}
    found = Currents()
    law(made, Reader("part", nodes, given, dict.fromkeys(made.functions, "tanh"), found.calls), found)
    return found


def test_the_law_of_the_lead_cell():
    found = currents(cell("membrane_lead"))
    g, rs, c = sp.symbols("g rs c")
    n, u = voltage("n"), voltage("u")
    assert sp.expand(found.into["n"] + g * n + (n - u) / rs) == 0
    assert sp.expand(found.vanish["part.u"] - ((n - u) / rs - c * change("u"))) == 0


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os')",
        "g.real",
        "g[0]",
        "lambda: g",
        "g if g else g",
        "'g'",
        "g(",
        "",
        "g := 2",
        "f(x=1)",
        "9" * 2000,
        "g < 1",
        "[g]",
    ],
)
def test_what_is_no_formula_is_refused_with_its_place(text):
    with pytest.raises(InputError, match=r"cell\.toml: law\.n"):
        evaluate(text, "circuits/x/cell.toml: law.n", {"g": 1.0}.__getitem__)


@pytest.mark.parametrize(
    "text, complaint",
    [
        ("g*v(q)", "unknown name 'q'"),
        ("q*v(n)", "unknown name 'q'"),
        ("g*psi(v(n))", "unknown name 'psi'"),
        ("d(v(n)*v(u))", "d\\(\\) accepts"),
        ("g*v(n", "cannot be read"),
    ],
)
def test_an_unreadable_law_names_file_and_key(text, complaint):
    made = cell("membrane_lead")
    with pytest.raises(InputError, match=rf"(?s)membrane_lead.cell\.toml:10: law\.n.*{complaint}"):
        currents(replace(made, law={**made.law, "n": text}))


def test_a_law_of_no_node_is_refused():
    made = cell("membrane_wire")
    with pytest.raises(InputError, match=r"(?s)law\.q.*neither a pin nor an inner node"):
        currents(replace(made, law={**made.law, "q": "g*v(n)"}))


@pytest.mark.parametrize("name", [name for name in cell_names() if cell(name).sizing])
def test_formulas_of_sizes_use_the_vocabulary_alone(name):
    made = cell(name)
    known = dict.fromkeys(VOCABULARY, 1.0) | {"tau_r": 0.5}
    values = sized(made, known.__getitem__, lambda c: c)
    assert set(made.parameters) <= set(values)
    assert set(values) - set(made.parameters) <= set(VOCABULARY)


def test_a_parameter_without_a_formula_is_named():
    made = cell("membrane_wire")
    with pytest.raises(InputError, match=r"(?s)cell\.toml: sizing.*parameter 'g' has no formula"):
        sized(replace(made, sizing={}), {}.__getitem__, float)


def test_formulas_that_need_each_other_are_refused():
    made = cell("membrane_lead")
    turned = replace(made, sizing={**made.sizing, "c": "grid(g)"})
    with pytest.raises(InputError, match=r"(?s)sizing\.g.*needs itself.*g -> c -> g"):
        sized(turned, dict.fromkeys(VOCABULARY, 1.0).__getitem__, lambda c: c)


@given(st.floats(-1e3, 1e3), st.floats(1e-3, 1e3))
@settings(max_examples=20, deadline=None)
def test_a_formula_has_the_same_value_in_numbers_and_in_symbols(a, b):
    text = "-(a - 2*b)/b + a**2*0.5 - +b"
    numbers = evaluate(text, "here", {"a": a, "b": b}.__getitem__)
    symbols = evaluate(text, "here", {"a": sp.Float(a), "b": sp.Float(b)}.__getitem__, number=sp.Rational)
    assert numbers == pytest.approx(float(symbols), rel=1e-9, abs=1e-9)
