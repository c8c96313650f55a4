"""Sums with a symbolic bound."""

import pytest
import sympy as sp

from vle_analog.theory import DerivationError
from vle_analog.theory.fields import N, i, j, k, total
from vle_analog.theory.sums import collapse, demand, vanishes

f, W = sp.Function("f"), sp.IndexedBase("W")


def test_a_sum_over_a_delta_is_the_one_term_that_survives():
    assert collapse(total(sp.KroneckerDelta(k, i) * f(k), k)) == f(i)


def test_deltas_collapse_in_nested_sums():
    inner = total(W[k, j] * sp.KroneckerDelta(j, i) * f(j), j)
    assert collapse(total(f(k) * inner, k)) == f(i) * total(f(k) * W[k, i], k)


def test_collapse_agrees_with_the_written_out_sum():
    body = total((f(k) + total(W[k, j] * sp.KroneckerDelta(j, i), j)) * (1 + sp.KroneckerDelta(k, i)), k)
    written = body.subs({N: 3, i: 2}).doit()
    assert sp.expand(collapse(body).subs({N: 3, i: 2}).doit() - written) == 0


def test_equal_sums_vanish_whatever_their_dummies():
    left = total(2 * f(j) * total(W[j, k], k), j)
    right = 2 * total(f(k) * total(W[k, j], j), k)
    assert vanishes(left - right)
    assert not vanishes(left - right / 2)


def test_demand_says_what_did_not_come_out():
    with pytest.raises(DerivationError, match="the test: the difference is f"):
        demand(f(i), sp.S.Zero, "the test")
