"""The exact laws of a chain of two neurons, as numbers, against finite differences of the cost, in both placements."""

from functools import cache

import numpy as np
import pytest
import sympy as sp
from scipy.integrate import solve_ivp

from vle_analog.theory import laws
from vle_analog.theory import symbols as sy

T = 3.0
VALUES = {"W1": 0.9, "W2": -1.2, "b1": 0.1, "b2": 0.2, "m1": 1.0, "m2": 0.6, "r1": 0.3, "r2": 0.9}
EXACT = {"rtol": 1e-10, "atol": 1e-12}


def heard(time):
    return np.sin(1.3 * time) + 0.4


def wanted(time):
    return 0.3 * np.cos(time)


@cache
def law_of(place, field, nudged):
    """A law as a function of its signals and time constants, beta = 1."""
    expression = getattr(laws("adjoint", nudged=nudged, cost=place), field).subs(sy.beta, 1)
    return sp.lambdify((sy.S, sy.u, sy.B, sy.v, sy.y_star, sy.tau_m, sy.tau_r), expression)


def signals(place, values, time, u):
    """S, u', U of both neurons."""
    S, du, U, r = [], [], [], heard(time)
    for n in (0, 1):
        S.append(values[f"W{n + 1}"] * r + values[f"b{n + 1}"])
        tau = values[f"m{n + 1}"], values[f"r{n + 1}"]
        du.append(law_of(place, "membrane", False)(S[n], u[n], 0, 0, 0, *tau))
        U.append(law_of(place, "prospective", False)(S[n], u[n], 0, 0, 0, *tau))
        r = np.tanh(U[n])
    return S, du, U


def solved(place, values):
    """Trajectory of u1, u2 and of the cost collected so far."""

    def change(time, state):
        _, du, U = signals(place, values, time, state)
        output = np.tanh(U[1]) if place == "prospective" else state[1]
        return [*du, (wanted(time) - output) ** 2 / 2]

    return solve_ivp(change, (0, T), [0.0, 0.0, 0.0], dense_output=True, **EXACT)


def by_adjoint(place, values):
    """The gradient of the cost by the laws of rule adjoint, solved from T to 0, with the integrands as states."""
    path = solved(place, values).sol
    error, state = ([law_of(place, field, nudged) for nudged in (False, True)] for field in ("error", "error_state"))
    target = sp.lambdify((sy.y_star, sy.r), laws("adjoint", nudged=True, cost=place).target_error.subs(sy.beta, 1))

    def change(time, both):
        now = path(time)
        S, du, U = signals(place, values, time, now)
        r = np.tanh(U)
        tau = [(values[f"m{n}"], values[f"r{n}"]) for n in (1, 2)]
        B, e, dw = [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]
        for n, back in ((1, target(wanted(time), r[1])), (0, None)):
            h = values["W2"] * e[1] if back is None else back
            B[n] = (1 - r[n] ** 2) * h
            known = (S[n], now[n], B[n], both[n], wanted(time), *tau[n])
            e[n], dw[n] = error[n](*known), state[n](*known)
        slopes = [-e[0] * heard(time), -e[1] * r[0], -e[0], -e[1]]
        slopes += [e[0] * du[0], e[1] * du[1], -B[0] * du[0], -B[1] * du[1]]
        return [*dw, *(-slope for slope in slopes)]  # collected on the way from T to 0

    back = solve_ivp(change, (T, 0), np.zeros(10), **EXACT)
    return dict(zip(("W1", "W2", "b1", "b2", "m1", "m2", "r1", "r2"), back.y[2:, -1], strict=True))


@pytest.mark.parametrize("place", ["prospective", "membrane"])
def test_exact_laws_give_the_gradient_of_the_cost(place):
    found = by_adjoint(place, VALUES)
    for name, value in VALUES.items():
        up, down = (solved(place, VALUES | {name: value + step}).y[2, -1] for step in (1e-4, -1e-4))
        assert found[name] == pytest.approx((up - down) / 2e-4, rel=2e-6, abs=1e-8)


@pytest.mark.parametrize("rule, order", [("vle", 2), ("le", 1), ("backprop", 1)])
def test_rules_depart_from_the_exact_one_with_their_power_of_the_frequency(rule, order):
    def error(name, frequency):
        """e over B of the laws, with the state put in by hand."""
        law, (m, r) = laws(name), (1.3, 0.4)
        p = 1j * frequency
        state = {"vle": 1 / (1 + p * r), "adjoint": 1 / (1 - p * m)}.get(name, 0)
        return complex(law.error.subs({sy.B: 1, sy.v: state, sy.tau_m: m, sy.tau_r: r}))

    away = [abs(error(rule, omega) / error("adjoint", omega) - 1) for omega in (1e-3, 1e-2)]
    assert np.log10(away[1] / away[0]) == pytest.approx(order, abs=0.01)
