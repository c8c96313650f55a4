"""Leading error terms of primitives: the textbook ones, found by expanding the law with non-idealities."""

import pytest
import sympy as sp

from vle_analog.cells.library import cell, cell_names
from vle_analog.proof.errors import AT_REST, COMPRESSION, POLE, leading_terms
from vle_analog.proof.law import voltage

gm, vs, d, x = sp.symbols("gm vs d x", real=True)


def at(expression, **volts):
    """An expression with the voltages of some pins; of all others zero."""
    table = {s: sp.S.Zero for s in expression.free_symbols if str(s).startswith("v(")}
    return expression.subs(table | {voltage(pin): value for pin, value in volts.items()})


def test_an_amplifier_is_bent_in_third_order():
    terms = leading_terms(cell("ota"))
    bent = at(terms[COMPRESSION], inp=x).subs(d, 0)
    assert sp.simplify(bent + gm * x**3 / (3 * vs**2)) == 0  # tanh: x - x^3/3
    flat = at(terms[COMPRESSION], inp=x).subs(d, vs * sp.atanh(1 / sp.sqrt(3)))
    assert sp.simplify(flat) == 0  # of a doublet at 1:3.73, maximally flat


def test_offset_gain_and_output_resistance_are_of_first_order():
    terms = leading_terms(cell("ota"))
    symbols = {name: sp.Symbol(name, real=True) for name in ("vos", "dg", "go", "ib", "tp", "etp", "s", "k")}
    assert sp.simplify(terms["vos"] - gm * symbols["vos"]) == 0
    assert sp.simplify(at(terms["dg"], inp=x) - gm * symbols["dg"] * x) == 0
    assert sp.simplify(at(terms["go"], out=x) + symbols["go"] * symbols["ib"] * x) == 0
    pole = symbols["tp"] * symbols["s"] ** symbols["etp"] * symbols["k"] / symbols["ib"]
    assert sp.simplify(terms[POLE] - pole) == 0


FAULTS = ("vos", "ox", "oy", "od", "on", "ios", "dt", "dg", "fy", "go")
PRIMITIVES = [name for name in cell_names() if "[law_macromodel]" in cell(name).file("cell.toml").read_text()]


@pytest.mark.parametrize("name", PRIMITIVES)
def test_without_non_idealities_nothing_is_left(name):
    terms = leading_terms(cell(name))
    for key in set(terms) & set(FAULTS):
        assert terms[key].subs(sp.Symbol(key, real=True), 0) == 0
    perfect = {sp.Symbol(key, real=True): 0 for key in FAULTS}
    assert sp.simplify(terms[AT_REST].subs(perfect)) == 0
