"""One linear neuron at one frequency: local and exact error have the same phase, and their gains the known ratio.

e_local / e_exact = g(omega) = (1 + omega^2 tau_m^2) / (1 + omega^2 tau_r^2). By SymPy from the laws, and measured:
the local error in the package's solution forward in time, the exact one by an integration backwards in time here.
"""

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.frequency import g, local_and_exact
from vle_analog.theory import laws
from vle_analog.theory import symbols as sy

I_OMEGA = sp.I * sy.omega
RATIO = (1 + sy.omega**2 * sy.tau_m**2) / (1 + sy.omega**2 * sy.tau_r**2)
EXACT = (1 - I_OMEGA * sy.tau_r) / (1 - I_OMEGA * sy.tau_m)  # from D-_tau_m e = D-_tau_r B


def transfer(rule):
    """e / B of a law at the frequency omega, from its two lines."""
    law = laws(rule)
    assert law.error_state is not None
    memory, drive = law.error_state.diff(sy.v), law.error_state.subs(sy.v, 0)  # linear in v and B
    return sp.simplify(law.error.subs(sy.v, drive / (I_OMEGA - memory)) / sy.B)


def test_local_over_exact_is_real_and_the_known_ratio():
    local = transfer("vle")
    assert sp.simplify(local / EXACT - RATIO) == 0  # real and positive: the phase is the same at every frequency
    assert sp.simplify(local * sp.conjugate(EXACT) - 1) == 0  # one is the other's inverse gain
    assert sp.limit(RATIO, sy.omega, sp.oo) == (sy.tau_m / sy.tau_r) ** 2
    slow = 1 + sy.omega**2 * (sy.tau_m**2 - sy.tau_r**2)
    assert sp.expand(sp.series(RATIO, sy.omega, 0, 4).removeO() - slow) == 0


def test_the_adjoint_law_has_the_exact_transfer():
    assert sp.simplify(transfer("adjoint") - EXACT) == 0


def paths(weights, constants, omega):
    """Local and exact e of a linear neuron whose error comes through several neurons, from one output's B."""
    local, exact = 0.0, 0.0
    for weight, (tau_m, tau_r) in zip(weights, constants, strict=True):
        lead = (1 + 1j * omega * tau_m) / (1 + 1j * omega * tau_r)
        local, exact = local + weight * lead, exact + weight / np.conj(lead)
    return local, exact


def test_the_phases_of_summed_paths_agree_only_where_their_ratios_do():
    """The identity is one of a path: neurons of one layer with different g(omega) turn the phase of their sum."""
    weights = (1.0, -0.8)
    alike, other = ((1.0, 0.2), (1.0, 0.2)), ((1.0, 0.2), (0.4, 0.3))
    assert abs(np.angle(np.divide(*paths(weights, alike, 1.0)))) < 1e-14
    assert abs(np.angle(np.divide(*paths(weights, other, 1.0)))) > 0.5


# -- measured -------------------------------------------------------------------------------------------------------


@given(tau_m=st.floats(0.2, 1.2), tau_r=st.floats(0.1, 1.2), omega=st.floats(0.5, 6.0))
@settings(max_examples=5)
def test_measured_gain_ratio_is_g_and_the_phases_are_equal(tau_m, tau_r, omega):
    local, exact = local_and_exact(tau_m, tau_r, omega)
    assert abs(exact) > 0.01
    assert abs(local / exact) == pytest.approx(g(tau_m, tau_r, omega), rel=1e-8)
    assert abs(np.angle(local / exact)) < 1e-8


def test_slow_signals_make_the_local_error_exact_to_second_order():
    """(e_local - e_exact) / e_exact -> omega^2 (tau_m^2 - tau_r^2): constant and exponent measured."""
    tau_m, tau_r = 0.8, 0.3
    omegas = np.array([0.05, 0.1, 0.2]) / tau_m
    differences = np.array(
        [abs(local / exact - 1) for local, exact in (local_and_exact(tau_m, tau_r, omega) for omega in omegas)]
    )
    constants = differences / omegas**2
    assert constants == pytest.approx(tau_m**2 - tau_r**2, rel=0.01)
    assert np.polyfit(np.log(omegas), np.log(differences), 1)[0] == pytest.approx(2.0, abs=0.01)
