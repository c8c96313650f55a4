"""The adjoint method: its factor to the error, and its gradients against finite differences."""

import numpy as np
import pytest
import sympy as sp
from scipy.integrate import simpson, solve_ivp

from vle_analog.theory import derive
from vle_analog.theory.adjoint import adjoint_extremal, gradients, scale
from vle_analog.theory.euler_lagrange import extremal
from vle_analog.theory.symbols import beta

T, GRID = 4.0, np.linspace(0.0, 4.0, 4001)
VALUES = {"W": 0.9, "b": 0.1, "tau_m": 1.0, "tau_r": 0.3}


def heard(time):
    return np.sin(1.3 * time) + 0.4


def wanted(time):
    return 0.3 * np.cos(time)


def forward(values):
    """u, u', U of one neuron that hears one rate, and its total cost."""
    drive = values["W"] * heard(GRID) + values["b"]

    def change(time, u):
        return (values["W"] * heard(time) + values["b"] - u) / values["tau_m"]

    u = solve_ivp(change, (0, T), [0.0], t_eval=GRID, rtol=1e-11, atol=1e-12).y[0]
    du = (drive - u) / values["tau_m"]
    U = u + values["tau_r"] * du
    return du, U, simpson((wanted(GRID) - np.tanh(U)) ** 2 / 2, x=GRID)


def plain(expression):
    """One neuron without feedback: signals and parameters as symbols of the same name."""
    one = expression.replace(sp.Sum, lambda *_: sp.S.Zero)
    table = {item: sp.Symbol(item.func.__name__) for item in one.atoms(sp.core.function.AppliedUndef)}
    table |= {item: sp.Symbol(str(item.base)) for item in one.atoms(sp.Indexed)}
    slopes = {item: sp.Symbol("slope") for item in one.atoms(sp.Function) if item.func.__name__ == "phi_slope"}
    return one.xreplace(slopes).xreplace(table).subs(beta, 1)


@pytest.mark.parametrize("place", ["prospective", "membrane"])
def test_error_is_beta_times_the_multiplier(place):
    assert scale(extremal(place), adjoint_extremal(place)) == beta


def test_gradients_agree_with_finite_differences():
    *_, backward = derive("adjoint").steps
    drive, change, error, end = (equation.right for equation in backward.equations)
    du, U, _ = forward(VALUES)
    rate = np.tanh(U)
    B = sp.lambdify(sp.symbols("slope y_star r"), plain(drive))(1 - rate**2, wanted(GRID), rate)
    step = sp.lambdify(sp.symbols("w B tau_m"), plain(change))

    def unwound(time, w):
        return -step(w, np.interp(T - time, GRID, B), VALUES["tau_m"])

    backwards = solve_ivp(unwound, (0, T), [float(end)], t_eval=T - GRID[::-1], rtol=1e-9, atol=1e-11, max_step=0.01)
    w = backwards.y[0][::-1]
    e = sp.lambdify(sp.symbols("w B tau_m tau_r"), plain(error))(w, B, VALUES["tau_m"], VALUES["tau_r"])
    for name, integrand in gradients("prospective").items():
        moving = plain(sp.sympify(integrand).replace(sp.Derivative, lambda *_: sp.Symbol("du")))
        adjoint = simpson(sp.lambdify(sp.symbols("e B du r"), moving)(e, B, du, heard(GRID)), x=GRID)
        moved = [forward(VALUES | {name: VALUES[name] + sign * 1e-4})[2] for sign in (1, -1)]
        assert adjoint == pytest.approx((moved[0] - moved[1]) / 2e-4, rel=1e-4, abs=1e-7)
