"""What devices add to the equations: against other ways to put the same thing in."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vle_analog import Study
from vle_analog.ideal import System, solve
from vle_analog.ideal.disturbed import SIGNALS
from vle_analog.network.disturbance import Disturbance

TARGET = {"kind": "sines", "channels": [[{"amplitude": 0.7, "omega": 1.3}]]}
CHAIN = {"duration": 2.0, "simulate.points": 81, "target": TARGET}
TIMES = np.linspace(0.0, 2.0, 21)


@pytest.fixture(scope="module")
def chain():
    return Study.load("online_chain", CHAIN)


def drawn(network, seed, kinds=("S", "U", "h", "B", "e", "u", "v", "W")):
    """A disturbance of every kind, everywhere."""
    random = np.random.default_rng(seed)
    sizes: dict[Any, int] = {(kind, p.name): p.size for kind in kinds if kind != "W" for p in network.populations}
    sizes |= {("W", q.name): q.weights.size for q in network.projections if "W" in kinds}
    return Disturbance(TIMES, {key: 0.1 * random.standard_normal((len(TIMES), size)) for key, size in sizes.items()})


def solved(study, network):
    return solve(network, study.target, study.spec.duration, study.spec.simulate.points, compiled=False)


def largest(one, other):
    return max(float(np.abs(one[str(s)] - other[str(s)]).max()) for s in one.signals)


def test_nothing_added_is_nothing_changed(chain):
    quiet = Disturbance(TIMES, {("S", "hidden"): np.zeros((len(TIMES), 1))})
    network = chain.spec.network
    assert largest(solved(chain, network), solved(chain, replace(network, disturbance=quiet))) < 1e-8


def test_noise_in_s_is_a_stimulus_of_weight_one(chain):
    network = chain.spec.network
    made = drawn(network, 1, ("S",))
    values = made.added["S", "hidden"]
    listed = {"kind": "samples", "times": TIMES.tolist(), "values": values.tolist()}
    other = Study.load(
        "online_chain",
        CHAIN
        | {
            "stimuli.noise_in": listed,
            "network.projections.more": {"source": "noise_in", "target": "hidden", "weights": [[1.0]]},
        },
    )
    only = replace(made, added={("S", "hidden"): values})
    ours, theirs = solved(chain, replace(network, disturbance=only)), solved(chain, other.spec.network)
    assert largest(ours, theirs) < 1e-8
    assert largest(ours, solved(chain, network)) > 1e-3


def test_noise_in_e_reaches_its_state_as_noise_in_b_does(chain):
    """With e = R B - (R - 1) v and tau_m dv/dt = e - v, what is added to e is R times what is added to B."""
    network = chain.spec.network
    lead = network.population("hidden")
    in_b = drawn(network, 2, ("B",)).added["B", "hidden"]
    in_e = in_b * lead.tau_m / lead.tau_r
    one, other = (
        solved(chain, replace(network, disturbance=made))
        for made in (Disturbance(TIMES, {("B", "hidden"): in_b}), Disturbance(TIMES, {("e", "hidden"): in_e}))
    )
    for signal in one.signals:
        if str(signal) != "hidden.B[0]":  # which one of them is read with its noise
            assert np.allclose(one[str(signal)], other[str(signal)], atol=1e-8)
    assert np.abs(one["hidden.B[0]"] - other["hidden.B[0]"]).max() > 1e-2


def test_a_current_into_a_membrane_moves_it_as_a_low_pass(chain):
    """u under a constant s: u(t) = u_quiet(t) + s tau_m (1 - exp(-t/tau_m)), as nothing depends on u but U and r."""
    network = replace(chain.spec.network, plasticity=False)
    steady = Disturbance(TIMES, {("u", "hidden"): np.full((len(TIMES), 1), 0.3)})
    with_it, without = solved(chain, replace(network, disturbance=steady)), solved(chain, network)
    tau = float(network.population("hidden").tau_m[0])
    expected = 0.3 * tau * (1 - np.exp(-with_it.time / tau))
    assert np.allclose(with_it["hidden.u[0]"] - without["hidden.u[0]"], expected, atol=1e-8)


def test_noise_of_a_bounded_weight_moves_the_voltage_that_keeps_it(chain):
    """W = L tanh(V/L), and V moves by its noise: with no learning to speak of, V(t) = V(0) + s t."""
    network = chain.spec.network.with_limits({"drive_hidden": 1.0})
    slow = replace(network, projections=tuple(replace(q, eta=1e-12) for q in network.projections))
    steady = Disturbance(TIMES, {("W", "drive_hidden"): np.full((len(TIMES), 1), 0.2)})
    found = solved(chain, replace(slow, disturbance=steady))
    expected = np.tanh(np.arctanh(0.5) + 0.2 * found.time)
    assert np.allclose(found["drive_hidden.W[0,0]"], expected, atol=1e-8)


@settings(max_examples=5)
@given(seed=st.integers(0, 1000))
def test_newton_and_sweep_agree(seed, chain):
    """With a nudge that is next to nothing, the loop is solved by Newton's method: to the same signals."""
    network = replace(chain.spec.network, disturbance=drawn(chain.spec.network, seed))
    straight, around = System(network, chain.target), System(replace(network, gamma=1e-13), chain.target)
    assert (straight.has_loop, around.has_loop) == (False, True)
    state = np.random.default_rng(seed).standard_normal(straight.states)
    for time in (0.03, 1.7):
        one, other = straight.algebraic(time, state), around.algebraic(time, state)
        assert all(np.allclose(getattr(one, kind), getattr(other, kind), atol=1e-9) for kind in SIGNALS)
        assert np.allclose(straight.derivative(time, state), around.derivative(time, state), atol=1e-9)
