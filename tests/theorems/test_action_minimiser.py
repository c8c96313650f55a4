"""A path of least action, found by nothing but minimising, obeys the Euler-Lagrange equation and its end condition.

The equation (D-_tau_m e = D-_tau_r B, the cost inside B or, of the bare u, outside) is solved by SciPy's solve_bvp; the
minimiser knows of neither. What the end condition says depends on where the cost is: of r, tau_m e(T) = tau_r B(T),
which is not zero; of the bare u the same condition reads (tau_m - tau_r phi' W^T) e(T) = 0, and e(T) is zero.
"""

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.interpolate import BarycentricInterpolator

from tests.support.action import minimise
from tests.support.boundary_problem import euler_lagrange
from tests.support.proof_networks import feedforward, recurrent

BETA = 0.5  # large enough that the error changes the path: e is as large as the rates
# polynomials of tanh converge more slowly: its poles are in the complex plane beside the path
DEGREE = {"linear": 60, "tanh": 100}


@pytest.fixture(
    scope="module",
    params=[
        (make, phi, cost)
        for make in (feedforward, recurrent)
        for phi in ("linear", "tanh")
        for cost in ("prospective", "membrane")
    ],
    ids=lambda case: f"{case[0].__name__}-{case[1]}-{case[2]}",
)
def extremal(request):
    """A net and its minimiser."""
    make, phi, cost = request.param
    net = make(phi, cost=cost, beta=BETA)
    return net, minimise(net, DEGREE[phi])


def test_the_path_of_least_action_solves_the_euler_lagrange_equation(extremal):
    net, least = extremal
    wanted = euler_lagrange(net, least.path.time)
    for kind in ("u", "U", "e", "B"):
        found, solved = getattr(least.path, kind), getattr(wanted, kind)
        assert np.ptp(solved) > 0.1
        assert np.abs(found - solved).max() < 1e-8, kind


def test_at_the_free_end_tau_m_e_is_tau_r_B(extremal):
    net, least = extremal
    e, B = least.end.e[:, 0], least.end.B[:, 0]
    assert net.tau_m * e == pytest.approx(net.tau_r * B, abs=1e-8)
    if net.cost == "prospective":
        assert np.abs(e).max() > 0.01  # e(T) = 0 is not the end condition
    else:
        assert e == pytest.approx(0.0, abs=1e-8)
        assert np.abs(least.path.e).max() > 0.1


def test_the_exact_error_is_a_building_block_that_runs_backwards():
    """e = rho B + (1 - rho) w with tau_m w' = w - B and w(T) = 0: the state form, along the least path's own B."""
    net = recurrent("tanh", beta=BETA)
    least = minimise(net, DEGREE["tanh"])
    B = BarycentricInterpolator(least.path.time, least.path.B.T)
    found = solve_ivp(
        lambda t, w: (w - B(t)) / net.tau_m,
        (net.duration, 0.0),
        np.zeros(3),
        "DOP853",
        t_eval=least.path.time[::-1],
        rtol=1e-10,
        atol=1e-12,
    )
    w, rho = found.y[:, ::-1], (net.tau_r / net.tau_m)[:, None]
    assert np.abs(w).max() > 0.1
    assert np.abs(rho * least.path.B + (1 - rho) * w - least.path.e).max() < 1e-7


def test_without_a_cost_the_least_action_is_zero_and_the_path_is_the_free_run():
    least = minimise(replace(feedforward("tanh"), beta=0.0), DEGREE["tanh"])
    assert least.action < 1e-16
    assert np.abs(least.path.e).max() < 1e-8
    assert np.ptp(least.path.u) > 1.0
