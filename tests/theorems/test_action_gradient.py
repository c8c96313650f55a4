"""The least action carries the exact gradient: dA*/dtheta / beta -> dC/dtheta as beta -> 0, with an error O(beta).

dC/dtheta comes from finite differences of the loss of a free run solved here, and from the package's adjoint; the least
action from the minimiser, which knows of no adjoint.
"""

from dataclasses import replace

import numpy as np
import pytest

from tests.support.action import KINDS, minimise
from tests.support.boundary_problem import loss_gradient, losses
from tests.support.proof_networks import feedforward, in_one_list, recurrent, study
from vle_analog.gradient import gradients

BETAS = (0.04, 0.02, 0.01, 0.005)
CASES = {
    "feedforward": feedforward("tanh"),
    "recurrent": recurrent("tanh"),
    "cost of the bare u": feedforward("tanh", cost="membrane"),
}


@pytest.fixture(scope="module", params=CASES)
def case(request):
    """A net and the gradient of its loss by finite differences."""
    net = CASES[request.param]
    return net, loss_gradient(net)


def distance(net, kind, found, wanted):
    """Norm of the difference over the norm; of the weights only those that exist."""
    there = net.W != 0 if kind == "W" else np.ones(len(net.b), bool)
    return float(np.linalg.norm((found[kind] - wanted[kind])[there]) / np.linalg.norm(wanted[kind][there]))


def test_the_error_of_the_gradient_is_of_first_order_in_beta(case):
    net, wanted = case
    found = []
    for beta in BETAS:
        least = minimise(replace(net, beta=beta)).gradient
        found.append({kind: value / beta for kind, value in least.items()})
    for kind in KINDS:
        errors = [distance(net, kind, values, wanted) for values in found]
        assert np.polyfit(np.log(BETAS), np.log(errors), 1)[0] == pytest.approx(1.0, abs=0.05), (kind, errors)
        # without its first order the error is gone: nothing else stays behind
        limit = {kind: (8 * found[3][kind] - 6 * found[2][kind] + found[1][kind]) / 3}
        assert distance(net, kind, limit, wanted) < 2e-5


def test_the_adjoint_of_the_package_is_that_gradient(case):
    net, wanted = case
    known = study(net)
    result = gradients(known.spec.network, known.target, net.duration, finite_differences=False, rtol=1e-9)
    assert result.loss == pytest.approx(losses([net])[0], rel=1e-9)
    exact = in_one_list(net, result.exact)
    for kind in KINDS:
        assert distance(net, kind, exact, wanted) < 1e-7


@pytest.mark.parametrize("parameter", [("W", (2, 0)), ("b", (1,)), ("tau_m", (0,)), ("tau_r", (1,))], ids=str)
@pytest.mark.parametrize("name", ["feedforward", "cost of the bare u"])
def test_the_least_action_changes_as_the_action_of_a_path_that_stays(name, parameter):
    """The envelope theorem, at a beta that is not small."""
    net, (kind, index), h = replace(CASES[name], beta=0.5), parameter, 1e-4
    change = minimise(net.with_(kind, index, h)).action - minimise(net.with_(kind, index, -h)).action
    assert minimise(net).gradient[kind][index] == pytest.approx(change / (2 * h), rel=1e-6)
