"""The linear systems: against finite differences of the equations, closed forms, and the loops they are made for."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.poled import Poled, chain, examined, pair
from vle_analog import Study
from vle_analog.ideal import System
from vle_analog.ideal.coefficients import coefficients
from vle_analog.stability import Loop, OperatingPoint, loops
from vle_analog.stability.linear import linear
from vle_analog.stability.poles import Poles

TIMES = st.sampled_from([0.3, 0.5, 0.8, 1.0, 1.6])
WEIGHTS = st.floats(-0.3, 0.3).map(lambda x: round(x, 3))


@st.composite
def documents(draw, recurrent=True, activations=("tanh", "logistic", "softplus", "linear")):
    """Two or three populations of leads, lags and wires, with projections forward, and back where recurrent."""
    names = ["one", "two", "three"][: draw(st.integers(2, 3))]
    sizes = {name: draw(st.integers(1, 2)) for name in names}

    def times(size):
        return draw(st.lists(TIMES, min_size=size, max_size=size))

    def matrix(rows, columns):
        return [[draw(WEIGHTS) for _ in range(columns)] for _ in range(rows)]

    pairs = [(a, b) for a in names for b in names if recurrent or names.index(a) < names.index(b)]
    projections = {f"{a}_to_{b}": {"source": a, "target": b, "weights": matrix(sizes[b], sizes[a])} for a, b in pairs}
    projections["drive_one"] = {"source": "drive", "target": "one", "weights": matrix(sizes["one"], 1)}
    return {
        "duration": 2.0,
        "network": {
            "output": names[-1],
            "beta": draw(st.sampled_from([0.1, 0.8])),
            "gamma": draw(st.sampled_from([0.0, 0.2])) if recurrent else 0.0,
            "rule": draw(st.sampled_from(["vle", "le", "backprop"])),
            "cost": draw(st.sampled_from(["prospective", "membrane"])),
            "feedback": draw(st.sampled_from(["transpose", "random"])),
            "plasticity": False,
            "populations": {
                name: {
                    "size": sizes[name],
                    "tau_m": times(sizes[name]),
                    "tau_r": times(sizes[name]),
                    "activation": draw(st.sampled_from(activations)),
                    "bias": 0.1,
                }
                for name in names
            },
            "projections": projections,
        },
        "stimuli": {"drive": {"kind": "sines", "channels": [[{"amplitude": 1.0, "omega": 1.0}]]}},
        "target": {"kind": "sines", "channels": [[{"amplitude": 0.5, "omega": 0.7}]] * sizes[names[-1]]},
    }


def whole(network):
    """Everything as one part."""
    names = tuple(p.name for p in network.populations)
    return Loop(names, names, tuple(q.name for q in network.projections))


def point_of(network, target, time, U, e):
    return OperatingPoint(network, time, U, e, target(time), coefficients(network))


@given(documents(), st.integers(0, 2**16))
@settings(max_examples=20)
def test_linear_system_is_the_derivative_of_the_equations(document, seed):
    spec = Study.from_document(document).spec
    system = System(spec.network, spec.target)
    n = system.size
    there = np.concatenate([system.has_u, system.has_v])
    state = np.where(there, np.random.default_rng(seed).normal(0, 0.5, 2 * n), 0.0)
    state = np.concatenate([state, system.initial()[2 * n :]])
    time, step = 0.3, 1e-5
    now = system.algebraic(time, state)
    columns = []
    for k in np.flatnonzero(there):
        moved = [system.derivative(time, state + sign * step * np.eye(len(state))[k])[: 2 * n] for sign in (1, -1)]
        columns.append((moved[0] - moved[1])[there] / (2 * step))
    wanted = np.array(columns).T.reshape(int(there.sum()), int(there.sum()))
    found = linear(point_of(spec.network, spec.target, time, now.U, now.e), whole(spec.network)).matrix
    assert np.max(np.abs(found - wanted), initial=0.0) < 1e-5 * (1 + np.max(np.abs(wanted), initial=0.0))


NODES = st.sampled_from([["U", "h"], ["U", "e"], ["U", "h", "e"], ["U", "B"], ["U", "h", "B", "B", "e"]])


@given(documents(activations=("tanh", "linear")), NODES)
@settings(max_examples=20)
def test_eigenvalues_with_poles_are_those_of_the_equations_with_poles(document, nodes):
    """At rest, without input: against finite differences of equations that are written on their own."""
    network = document["network"] | {"cost": "prospective", "feedback": "transpose", "rule": "vle"}
    for population in network["populations"].values():
        population["bias"] = 0.0
    silent = {"kind": "sines", "channels": [[]] * len(document["target"]["channels"])}
    document |= {"network": network, "target": silent, "circuit": {"parasitic_pole": 0.01, "parasitic_nodes": nodes}}
    for q in document["network"]["projections"].values():
        if q["source"] == "drive":
            q["weights"] = [[1.0] for _ in q["weights"]]
    spec = Study.from_document(document).spec
    equations = Poled(spec.network, nodes, 0.01)
    zero = np.zeros(equations.n)
    poles = Poles(0.01, tuple(nodes), assumed=False)
    found = linear(point_of(spec.network, spec.target, 0.0, zero, zero), whole(spec.network), poles).eigenvalues()
    wanted = np.linalg.eigvals(equations.jacobian(np.zeros(equations.states)))
    wanted = wanted[np.abs(wanted) > 1e-9]  # states that a wire does not have
    found = found[np.abs(found) > 1e-9]
    assert len(found) == len(wanted)
    # coefficients of the characteristic polynomial at a few points: insensitive to eigenvalues that nearly coincide
    for z in (1.0, 30.0j, -4.0 + 9.0j, 100.0):
        assert np.sum(np.log(np.abs(z - found))) == pytest.approx(np.sum(np.log(np.abs(z - wanted))), rel=1e-6)


@given(documents(recurrent=False))
@settings(max_examples=8)
def test_feedforward_networks_have_no_loops_and_only_decaying_deviations(document):
    study = Study.from_document(document)
    assert loops(study.spec.network) == ()
    found = study.analyse()
    assert found.verdict == "stable"
    assert found.worst is None
    assert np.all(np.real(found.eigenvalues) < 0)
    assert np.all(np.real(found.slow_poles) < 0)


@given(st.floats(-3, 0.95), st.floats(1.2, 12))
def test_slow_pole_of_the_error_loop(mu, lead):
    gain = lead * mu
    if abs(gain - 1) < 0.05:
        return
    network = Study.from_document(pair(mu, lead, ["h"], 1e-3)).spec.network
    zero = np.zeros(2)
    point = point_of(network, lambda _: zero, 0.0, zero, zero)
    found = linear(point, Loop((), ("pair",), ("ring",))).eigenvalues()
    assert found == pytest.approx(-(1 - mu) / (1 / lead - mu), rel=1e-9)


def test_slow_pole_where_the_poles_diverge():
    network = Study.from_document(pair(0.15 + 0.85j, 8, ["h"], 1e-3)).spec.network
    zero = np.zeros(2)
    found = linear(point_of(network, lambda _: zero, 0.0, zero, zero), Loop((), ("pair",), ("ring",))).eigenvalues()
    assert np.real(found) == pytest.approx(-0.97, abs=0.005)


def kinds(document):
    return [(loop.kind, loop.populations) for loop in loops(Study.from_document(document).spec.network)]


def test_loops_are_told_apart():
    assert kinds(pair(0.5, 2, ["h"], 1e-3)) == [("forward", ("pair",)), ("error", ("pair",))]
    assert kinds(pair(0.5, 2, ["h"], 1e-3, gamma=0.1)) == [("nudging", ("pair",))]
    assert kinds(chain(0.5, 0.0, ["h"], 1e-3)) == []
    assert kinds(chain(0.5, 0.5, ["h"], 1e-3)) == [("nudging", ("hidden", "readout"))]
    assert kinds(chain(0.0, 0.5, ["h"], 1e-3)) == [("nudging", ("readout",))]


def test_shares_of_neurons_add_up_and_name_those_in_the_loop():
    found = examined(pair(0.15 + 0.85j, 8, ["h"], 1e-3)).findings[0]
    assert sum(found.neurons.values()) == pytest.approx(1.0)
    assert found.neurons == pytest.approx({0: 0.5, 1: 0.5})


def test_a_hop_without_any_pole_is_given_one():
    found = examined(pair(0.15 + 0.85j, 8, ["U"], 1e-3)).findings[0]
    assert found.poles.nodes == ("U", "e")
    assert found.poles.assumed
    assert found.verdict == "unstable"
