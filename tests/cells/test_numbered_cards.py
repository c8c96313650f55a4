"""Numbers in the cards of primitives: a formula kept for many instances has the values of one that is read anew."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vle_analog import InputError, Study
from vle_analog.netlist.device_sizes import numbered_cards
from vle_analog.netlist.formula import evaluate, function

FUNCTIONS = {"tanh": math.tanh, "max": max}
numbers = st.floats(-10, 10)


@settings(deadline=None, max_examples=30)
@given(k=numbers, dg=numbers)
@pytest.mark.parametrize("text", ["k*(1+dg)", "-tanh(k/3)+dg**2", "max(k, dg, 1e-3)-2.5", "+4*k-dg*k"])
def test_a_formula_as_a_function_is_the_formula(text, k, dg):
    values = {"k": k, "dg": dg}
    read = evaluate(text, "here", values.__getitem__, lambda name, parts, inner: FUNCTIONS[name](*map(inner, parts)))
    assert function(text, "here", FUNCTIONS)(values) == read


def test_a_function_that_nobody_knows_is_refused():
    with pytest.raises(InputError, match="here"):
        function("open(k)", "here", FUNCTIONS)


def test_numbers_do_not_depend_on_which_parameters_were_told_to_be_given():
    """Those that are given as they are by default leave every card as it is without them."""
    leaves = Study.load("online_chain", {"circuit.level": "macromodel"}).circuit().leaves
    inside = leaves["ota_linear_macromodel"].subcircuit
    plain, told = numbered_cards(inside, ()), numbered_cards(inside, inside.parameters)
    assert not plain.texts({})
    texts = told.texts(inside.parameters)
    assert texts
    for (_, one), (_, other) in zip(plain.templates, told.templates, strict=True):
        for key, text in texts.items():
            other = other.replace(f"{{{key}}}", text)
        assert other == one
