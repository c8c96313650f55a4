"""tau_m = tau_r in every neuron: exact, local, LE and instantaneous error are one and the same, e = B.

True of a cost of the rates, inside B. A cost of the bare u stays outside: it is filtered by the membrane even then, and
the causal rules are not exact.
"""

from dataclasses import replace

import numpy as np
import pytest

from tests.support.boundary_problem import loss_gradient
from tests.support.proof_networks import feedforward, in_one_list, recurrent, study
from vle_analog.gradient import gradients
from vle_analog.ideal import solve

EQUAL = np.array([0.9, 0.4, 0.6])
NETS = {make.__name__: make("tanh", tau_m=EQUAL, tau_r=EQUAL) for make in (feedforward, recurrent)}


@pytest.mark.parametrize("gamma", [0.0, 0.6])
@pytest.mark.parametrize("name", NETS)
def test_traces_of_vle_and_le_are_the_same(name, gamma):
    """Of neurons built with their states (realisation lead), and of wires, which have none."""
    traces = {}
    for rule in ("vle", "le"):
        known = study(NETS[name], rule=rule, gamma=gamma)
        traces[rule] = solve(known.spec.network, known.target, 4.0, 101)
    wires = study(NETS[name], rule="vle", gamma=gamma).spec.network
    plain = tuple(replace(p, wire=np.ones(p.size, bool)) for p in wires.populations)
    traces["wires"] = solve(replace(wires, populations=plain), known.target, 4.0, 101)
    assert "hidden.v[0]" in traces["vle"]
    assert "hidden.v[0]" not in traces["le"]
    assert "hidden.u[0]" not in traces["wires"]
    for signal in traces["wires"].signals:
        assert traces["le"][signal] == pytest.approx(traces["vle"][signal], abs=1e-9)
        assert traces["wires"][signal] == pytest.approx(traces["vle"][signal], abs=1e-9)
    assert np.ptp(traces["vle"]["hidden.e[0]"]) > 0.01
    assert traces["vle"]["hidden.e[0]"] == pytest.approx(traces["vle"]["hidden.B[0]"], abs=1e-12)


@pytest.mark.parametrize("name", NETS)
def test_gradients_of_every_rule_are_the_same(name):
    known = study(NETS[name])
    result = gradients(known.spec.network, known.target, 4.0, finite_differences=False)
    exact = in_one_list(NETS[name], result.exact)
    assert exact["tau_m"] == pytest.approx(-exact["tau_r"], abs=1e-8)  # e u' and -B u': only their ratio counts
    assert min(np.abs(values).max() for values in exact.values()) > 1e-3
    for rule in ("local", "le", "instantaneous"):
        other = in_one_list(NETS[name], result.values(rule))
        for kind, values in exact.items():
            assert other[kind] == pytest.approx(values, abs=1e-8), (rule, kind)


def test_a_cost_of_the_bare_membrane_potential_is_the_exception():
    net = replace(NETS["feedforward"], cost="membrane")
    known = study(net)
    result = gradients(known.spec.network, known.target, 4.0, finite_differences=False)
    wanted = loss_gradient(net)["W"]
    exact, local = (in_one_list(net, values)["W"] for values in (result.exact, result.local))
    assert exact[2] == pytest.approx(wanted[2], abs=1e-7)
    assert np.abs(local[2] - wanted[2]).max() > 0.01
