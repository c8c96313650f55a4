"""The local replacement: its gain and phase against numbers, and the one-state cells."""

import cmath

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from vle_analog.theory import symbols as sy
from vle_analog.theory.local import exact_transfer, forward_transfer, local_transfer, realise
from vle_analog.theory.local_rule import gain, transfer_of

positive = st.floats(0.05, 20)
at_frequency = [
    sp.lambdify((sy.omega, sy.tau_m, sy.tau_r), transfer.subs(sy.p, sp.I * sy.omega))
    for transfer in (local_transfer(), exact_transfer())
]


@given(omega=positive, tau_m=positive, tau_r=positive)
def test_local_error_has_the_phase_of_the_exact_one_and_g_times_its_size(omega, tau_m, tau_r):
    local, exact = (transfer(omega, tau_m, tau_r) for transfer in at_frequency)
    g = (1 + (omega * tau_m) ** 2) / (1 + (omega * tau_r) ** 2)
    assert local / exact == pytest.approx(g, rel=1e-9)
    assert cmath.phase(local / exact) == pytest.approx(0, abs=1e-9)
    assert abs(local) * abs(exact) == pytest.approx(1)


def test_gain_of_the_derivation_is_the_same_formula():
    g = (1 + sy.omega**2 * sy.tau_m**2) / (1 + sy.omega**2 * sy.tau_r**2)
    assert sp.simplify(gain() - g) == 0


@pytest.mark.parametrize("transfer", [forward_transfer(), local_transfer(), exact_transfer()])
def test_a_cell_has_the_transfer_function_it_realises(transfer):
    cell = realise(transfer, sy.B, sy.v)
    assert sp.simplify(transfer_of(cell, sy.B, sy.v) - transfer) == 0
    assert sp.expand(cell.output.subs({sy.B: 1, sy.v: 1})) == 1


@pytest.mark.parametrize("transfer", [2 / (1 + sy.p), 1 / (1 + sy.p) ** 2])
def test_what_one_state_cannot_do_is_refused(transfer):
    with pytest.raises(ValueError, match="no one-state cell"):
        realise(transfer, sy.B, sy.v)
