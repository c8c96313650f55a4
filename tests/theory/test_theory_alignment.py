"""Where a learned feedback weight settles, against the stationary covariance of the linear stochastic system."""

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import solve_continuous_lyapunov

from vle_analog.theory import alignment, laws
from vle_analog.theory import fields as fi
from vle_analog.theory import symbols as sy
from vle_analog.theory.fields import i, k

NAMES = [fi.parameter(name, n) for n in (i, k) for name in ("tau_m", "tau_r")]
PASSED = sp.lambdify(
    sp.symbols("a b c d h n"),
    alignment.passed()
    .subs(dict(zip(NAMES, sp.symbols("a b c d"), strict=True)))
    .subs({sy.tau_highpass: sp.Symbol("h"), alignment.tau_noise: sp.Symbol("n")}),
)
constant = st.floats(0.1, 5)


def covariance(a, b, c, d, high, noise, weight, slopes):
    """E[xi rhat] of xi -> neuron i -> neuron k -> high-pass, unit variance, by the Lyapunov equation."""
    # rows: xi, u of i, u of k, rbar, as coefficients on these states
    rate_i = slopes[0] * np.array([b / a, 1 - b / a, 0, 0])
    rate_k = slopes[1] * (d / c * weight * rate_i + (1 - d / c) * np.array([0, 0, 1.0, 0]))
    drift = np.array(
        [
            [-1 / noise, 0, 0, 0],
            [1 / a, -1 / a, 0, 0],
            (weight * rate_i - np.array([0, 0, 1.0, 0])) / c,
            (rate_k - np.array([0, 0, 0, 1.0])) / high,
        ]
    )
    force = np.zeros((4, 4))
    force[0, 0] = -2 / noise
    stationary = solve_continuous_lyapunov(drift, force)
    return stationary[0] @ (rate_k - np.array([0, 0, 0, 1.0]))


@settings(deadline=None, max_examples=25)
@given(a=constant, b=constant, c=constant, d=constant, high=constant, noise=constant, weight=st.floats(-2, 2))
def test_noise_times_high_passed_rate_follows_the_weight(a, b, c, d, high, noise, weight):
    slopes = (0.8, 0.6)
    expected = weight * slopes[0] * slopes[1] * PASSED(a, b, c, d, high, noise)
    assert covariance(a, b, c, d, high, noise, weight, slopes) == pytest.approx(expected, rel=1e-8, abs=1e-9)


def test_feedback_comes_to_rest_where_noise_and_decay_balance():
    (rest,) = sp.solve(laws("vle").feedback_weight, sy.F)
    assert sp.simplify(rest - sy.xi * sy.rhat / sy.decay) == 0


def test_response_of_a_neuron_is_the_weight_between_the_two():
    slopes = [fi.phi_slope(n, fi.signal("U", n)) for n in (i, k)]
    assert alignment.response() == fi.weight(k, i) * slopes[0] * slopes[1] * alignment.sigma**2
