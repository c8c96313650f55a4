"""Errors that drive the membranes (gamma = 1) bend the gradient they carry: a bias of first order in beta.

In a linear chain it is known in full: y* - y, and with it every error, shrinks by 1 / (1 + K), K = beta (1 + w1^2).
"""

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import simpson

from tests.support.proof_networks import feedforward, in_one_list, recurrent, study
from vle_analog.gradient import gradients
from vle_analog.ideal import solve

BETAS = (0.04, 0.02, 0.01)
POINTS = 801


def nudged_gradient(net, beta, gamma):
    """-int e r dt / beta of the weights among neurons and -int e dt / beta of the biases, weights held."""
    known = study(replace(net, beta=beta), gamma=gamma)
    traces = solve(known.spec.network, known.target, net.duration, POINTS, rtol=1e-8)
    names = ["readout" if k in net.outputs else "hidden" for k in range(len(net.b))]
    index = [names[:k].count(name) for k, name in enumerate(names)]
    e, r = (
        np.stack([traces[f"{name}.{kind}[{i}]"] for name, i in zip(names, index, strict=True)]) for kind in ("e", "r")
    )
    W = -simpson(e[:, None] * r[None], x=traces.time) / beta
    return np.append(W[net.W != 0], -simpson(e, x=traces.time) / beta)


def order(errors):
    return np.polyfit(np.log(BETAS), np.log(errors), 1)[0]


EQUAL = np.array([0.9, 0.4, 0.6])


@pytest.mark.parametrize("make", [feedforward, recurrent])
def test_bias_against_the_exact_gradient_where_the_local_rule_is_exact(make):
    """tau_m = tau_r: nothing but the nudging makes a difference."""
    net = make("tanh", tau_m=EQUAL, tau_r=EQUAL)
    known = study(net)
    values = in_one_list(net, gradients(known.spec.network, known.target, net.duration, finite_differences=False).exact)
    exact = np.append(values["W"][net.W != 0], values["b"])
    assert nudged_gradient(net, 0.1, 0.0) == pytest.approx(exact, abs=1e-6)
    errors = [np.linalg.norm(nudged_gradient(net, beta, 1.0) - exact) / np.linalg.norm(exact) for beta in BETAS]
    assert order(errors) == pytest.approx(1.0, abs=0.1), errors
    assert 0.02 < errors[0] < 0.2


def test_bias_against_the_local_gradient_for_any_time_constants():
    net = feedforward("tanh")
    free = nudged_gradient(net, 0.1, 0.0)
    errors = [np.linalg.norm(nudged_gradient(net, beta, 1.0) - free) / np.linalg.norm(free) for beta in BETAS]
    assert order(errors) == pytest.approx(1.0, abs=0.1), errors
    assert 0.02 < errors[0] < 0.2


@pytest.mark.parametrize("beta", [0.1, 1.0])
def test_in_a_linear_network_every_error_shrinks_by_the_same_factor(beta):
    """One output, hidden neurons of any time constants: K = beta (1 + |w|^2), dC/db shrinks by 1 / (1 + K)."""
    net = feedforward("linear")
    K = beta * (1 + np.sum(net.W[2] ** 2))
    biases = slice(-3, None)
    free, nudged = (nudged_gradient(net, beta, gamma)[biases] for gamma in (0.0, 1.0))
    assert nudged == pytest.approx(free / (1 + K), abs=1e-7)
    assert np.abs(nudged - free).max() > 0.05 * np.abs(free).max()
