"""The least-action energy: against SymPy's Euler equations of two neurons, and against numbers from the laws of LE."""

import numpy as np
import pytest
import sympy as sp
from scipy.optimize import fsolve
from sympy.calculus.euler import euler_equations

from vle_analog.theory import laws, least_action
from vle_analog.theory import symbols as sy
from vle_analog.theory.fields import N, cost_of, cost_slope, i, k, l, phi, phi_slope, signal
from vle_analog.theory.symbols import t

Z1, Z2 = sp.Function("z1")(t), sp.Function("z2")(t)  # the discounted potentials
WEIGHTS, BIASES, BETA, TARGET = np.array([[0.2, -0.7], [0.9, 0.1]]), np.array([0.3, -0.2]), 0.4, 0.5
NUMBERS = {sp.IndexedBase("W")[n + 1, m + 1]: WEIGHTS[n, m] for n in (0, 1) for m in (0, 1)}
NUMBERS |= {sp.IndexedBase("b")[n + 1]: BIASES[n] for n in (0, 1)} | {sy.beta: BETA, least_action.tau: 0.7}


def written_out(expression):
    """For two recurrent neurons with tanh and (y* - r)^2/2 on the second."""
    x = sp.Dummy()
    cost = (TARGET - sp.tanh(x)) ** 2 / 2

    def of(index, value, argument):
        return sp.S.Zero if index == 1 else value.subs(x, argument)

    long = expression.subs(N, 2).doit()
    long = long.replace(phi, lambda _, u: sp.tanh(u)).replace(phi_slope, lambda _, u: 1 - sp.tanh(u) ** 2)
    long = long.replace(cost_of, lambda n, u: of(n, cost, u)).replace(cost_slope, lambda n, u: of(n, cost.diff(x), u))
    return long.subs(NUMBERS)


@pytest.mark.parametrize("neuron", [1, 2])
def test_variation_agrees_with_euler_equations_of_a_recurrent_pair(neuron):
    discounted = {signal("utilde", n): z for n, z in ((1, Z1), (2, Z2))}
    energy = written_out(least_action.in_discounted(least_action.lagrangian(k, l))).subs(discounted).doit()
    expected = euler_equations(energy, [Z1, Z2], [t])[neuron - 1].lhs
    found = least_action.variation()
    u = {signal("u", n): z - 0.7 * z.diff(t) for n, z in ((1, Z1), (2, Z2))}
    value, rate = (written_out(part.subs(i, neuron)).subs(u).doit() for part in (found.value, found.rate))
    point = [(z.diff(t, order), 0.3 * order - 0.2 * n) for order in (2, 1) for n, z in ((1, Z1), (2, Z2))]
    point += [(Z1, 0.4), (Z2, -0.6)]
    assert float((value - rate.diff(t)).subs(point)) == pytest.approx(float(expected.subs(point)), rel=1e-10)


def test_where_the_slope_is_zero_the_potential_is_the_prospective_one_of_LE():
    law = laws("le", nudged=True, wire=True)
    prospective = sp.lambdify((sy.S, sy.e), law.prospective.subs(sy.gamma, 1))
    error = sp.lambdify((sy.B, sy.r), law.error)
    target = sp.lambdify((sy.y_star, sy.r), law.target_error.subs(sy.beta, BETA))

    def residual(both):
        U, e = both[:2], both[2:]
        r = np.tanh(U)
        h = WEIGHTS.T @ e + np.array([0.0, target(TARGET, r[1])])
        B = (1 - r**2) * h
        return np.concatenate([prospective(WEIGHTS @ r + BIASES, e) - U, error(B, r) - e])

    U = fsolve(residual, np.zeros(4), xtol=1e-13)[:2]
    slopes = [written_out(least_action.stationary().subs(i, n)) for n in (1, 2)]
    values = [float(slope.subs({signal("u", n): U[n - 1] for n in (1, 2)})) for slope in slopes]
    assert values == pytest.approx([0.0, 0.0], abs=1e-10)


def test_what_is_sent_differs_where_phi_is_curved():
    u, du = sp.Symbol("u", real=True), sp.Symbol("du", real=True)
    latent, least = sp.tanh(u + 0.7 * du), sp.tanh(u) + 0.7 * (1 - sp.tanh(u) ** 2) * du
    gap = sp.lambdify((u, du), least - latent)
    assert gap(0.5, 0.0) == 0
    # second order in u': half the rate of change, a quarter of the gap
    assert gap(0.5, 1e-3) / gap(0.5, 5e-4) == pytest.approx(4, rel=1e-2)
