"""A linear layered network under nudging: y = (1 + K)^-1 (y_free + K y*) at every moment, whatever the time constants.

With H = (1 + p tau_r) / (1 + p tau_m) of each neuron and P_l the product of the weights from layer l to the output,
K = gamma beta (1 + sum_l P_l P_l^T): every H on the way up meets its inverse on the way back. That needs all of
- layers without short cuts between them (feedback weights other than the transpose are no matter: then P_l Q_l^T);
- neurons that share H within the output layer and every hidden layer but the first, unless what arrives at those that
  differ is orthogonal. H is shared where tau_m and tau_r are, and by all neurons with tau_m = tau_r.
The first hidden layer may have any time constants: its H and 1 / H meet in the same neuron.
"""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vle_analog import Study
from vle_analog.ideal import solve

DRIVE = [[{"amplitude": 1.0, "omega": 1.3}, {"amplitude": 0.5, "omega": 3.1, "phase": 0.4}]]
DURATION, POINTS = 5.0, 101
SOLVER = 1e-8  # what two solutions at a relative tolerance of 1e-9 agree to, with room
TAUS = st.floats(0.2, 1.5)
WEIGHTS = st.floats(-1.2, 1.2)


def targets(outputs, omega=None):
    """One channel per output."""
    wave = [[{"amplitude": 0.8, "omega": omega or 0.6 + 0.5 * k, "phase": 1.2 + k}] for k in range(outputs)]
    return {"kind": "sines", "channels": wave, "offsets": [0.3 if omega is None else 0.0] * outputs}


def layered(weights, taus, gamma, beta=1.0, drive=DRIVE, skip=None, feedback=None, **changes):
    """A linear network of one layer per matrix of `weights`, `taus` (tau_m, tau_r) of each layer."""
    names = [f"layer{k}" for k in range(len(weights))]
    populations = {
        name: {"size": len(W), "tau_m": tau_m, "tau_r": tau_r, "activation": "linear"}
        for name, W, (tau_m, tau_r) in zip(names, weights, taus, strict=True)
    }
    projections = {
        f"{source}_{name}": {"source": source, "target": name, "weights": np.asarray(W).tolist()}
        for source, name, W in zip(["drive", *names], names, weights, strict=False)
    }
    if skip is not None:
        projections["skip"] = {"source": names[0], "target": names[-1], "weights": skip}
    rule = {}
    if feedback is not None:
        rule["feedback"] = "random"
        for (_, projection), F in zip(list(projections.items())[1:], feedback, strict=True):
            projection["feedback_weights"] = F
    return Study.from_document(
        {
            "duration": DURATION,
            "network": {
                "output": names[-1],
                "beta": beta,
                "gamma": gamma,
                "plasticity": False,
                "populations": populations,
                "projections": projections,
                **rule,
                **changes,
            },
            "stimuli": {"drive": {"kind": "sines", "channels": drive}},
            "target": targets(len(weights[-1]), drive[0][0]["omega"] if len(drive[0]) == 1 else None),
        }
    )


def output(study, duration=DURATION, points=POINTS, rtol=1e-9):
    """Rates of the output layer, shape `(outputs, points)`, with the times."""
    traces = solve(study.spec.network, study.target, duration, points, rtol=rtol)
    name = study.spec.network.output
    size = study.spec.network.population(name).size
    return traces.time, np.stack([traces[f"{name}.r[{k}]"] for k in range(size)])


def gain(weights, gamma, beta=1.0, feedback=None):
    """gamma beta (1 + sum over hidden layers of P P^T), P the product of the weights from that layer to the output."""
    back = list(weights[1:] if feedback is None else feedback)
    forward, total = np.eye(len(weights[-1])), np.eye(len(weights[-1]))
    backward = forward
    for W, F in zip(reversed(weights[1:]), reversed(back), strict=True):
        forward, backward = forward @ np.asarray(W), backward @ np.asarray(F)
        total = total + forward @ backward.T
    return gamma * beta * total


def residual(weights, taus, gamma, beta=1.0, feedback=None, **changes):
    """The largest deviation from the identity at any time, and how far nudging moves the output."""
    free = layered(weights, taus, 0.0, beta, feedback=feedback, **changes)
    nudged = layered(weights, taus, gamma, beta, feedback=feedback, **changes)
    time, y = output(nudged)
    y_free = output(free)[1]
    K = gain(weights, gamma, beta, feedback)
    wanted = np.linalg.solve(np.eye(len(K)) + K, y_free + K @ nudged.target(time))
    return np.abs(y - wanted).max(), np.abs(y_free - wanted).max()


def assert_exact(*case, **changes):
    deviation, moved = residual(*case, **changes)
    assert moved > 0.05
    assert deviation < SOLVER


@given(
    weights=st.tuples(WEIGHTS, WEIGHTS),
    taus=st.tuples(*[st.tuples(TAUS, TAUS)] * 2),
    gamma=st.floats(0.2, 1.5),
    beta=st.floats(0.3, 1.5),
    start=st.sampled_from(["zero", "settled"]),
)
@settings(max_examples=6)
def test_chain_at_all_times_for_any_time_constants(weights, taus, gamma, beta, start):
    """K = gamma beta (1 + w1^2), in the transient too, from rest or from zero."""
    assert_exact([[[w]] for w in weights], taus, gamma, beta, start=start)


@given(
    hidden=st.lists(st.tuples(WEIGHTS, WEIGHTS, TAUS, TAUS), min_size=2, max_size=3),
    taus=st.tuples(TAUS, TAUS),
    gamma=st.floats(0.2, 1.0),
)
@settings(max_examples=4)
def test_hidden_layer_of_any_time_constants_and_one_output(hidden, taus, gamma):
    into, onto, tau_m, tau_r = (list(column) for column in zip(*hidden, strict=True))
    assert_exact([[[w] for w in into], [onto]], [(tau_m, tau_r), taus], gamma)


MIXED = ([1.0, 0.4, 0.6], [0.3, 0.7, 0.6])
INTO = [[0.9], [-0.6], [0.4]]
ONTO = [[0.8, -0.5, 0.3], [0.2, 0.7, -0.6]]


def test_several_outputs_that_share_their_time_constants_with_a_hidden_layer_of_any():
    assert_exact([INTO, ONTO], [MIXED, (0.9, 0.35)], 0.7)


def test_several_outputs_of_any_time_constants_with_orthogonal_weights():
    assert_exact([INTO, [[0.8, -0.4, 0.0], [0.4, 0.8, 0.3]]], [MIXED, ([0.9, 0.3], [0.35, 0.6])], 0.7)


def test_outputs_without_memory_share_their_transfer_whatever_the_time_constants():
    assert_exact([INTO, ONTO], [MIXED, ([0.9, 0.3], [0.9, 0.3])], 0.7)


def test_deep_network_with_layers_of_equal_neurons_above_a_first_one_of_any():
    """K = gamma beta (1 + W2 W2^T + W2 W1 W1^T W2^T): every layer adds its own term."""
    deep = [INTO, [[0.5, -0.4, 0.6], [0.3, 0.8, -0.2]], [[0.7, -0.6], [0.4, 0.5]]]
    assert_exact(deep, [MIXED, (0.5, 0.9), (0.8, 0.25)], 0.6)


def test_chain_with_other_feedback_weights():
    """K = gamma beta (1 + w f), f the weight that carries the error back."""
    assert_exact([[[0.9]], [[0.8]]], [(1.0, 0.3), (0.4, 0.7)], 0.6, feedback=[[[0.35]]])


APPROXIMATE = {
    "outputs that differ": ([INTO, ONTO], [MIXED, ([0.9, 0.4], [0.3, 0.6])], {}),
    "second hidden layer that differs": (
        [[[0.9], [-0.6]], [[0.7, -0.4], [0.5, 0.8]], [[0.8, -0.5]]],
        [(0.5, 0.3), ([1.0, 0.4], [0.2, 0.6]), (0.8, 0.25)],
        {},
    ),
    "short cut": ([[[0.9]], [[0.7]], [[0.8]]], [(0.5, 0.3), (1.0, 0.2), (0.8, 0.25)], {"skip": [[0.6]]}),
}


@pytest.mark.parametrize("name", APPROXIMATE)
def test_elsewhere_the_identity_is_an_approximation(name):
    weights, taus, changes = APPROXIMATE[name]
    deviation, moved = residual(weights, taus, 0.7, **changes)
    assert 1e5 * SOLVER < deviation < moved


@pytest.mark.parametrize("name", list(itertools.islice(APPROXIMATE, 2)))
def test_there_K_depends_on_the_frequency(name):
    """K = gamma beta (1 + sum P H-weighted H^-1-weighted P^T), measured once the transients have gone."""
    weights, taus, _ = APPROXIMATE[name]
    gamma, omega = 0.7, 1.3
    period = 2 * np.pi / omega
    drive = [[{"amplitude": 1.0, "omega": omega}]]
    amplitudes = []
    for strength in (0.0, gamma):
        study = layered(weights, taus, strength, drive=drive)
        time, y = output(study, 6 * period, 6 * 64 + 1, rtol=1e-8)
        late = slice(-65, -1)
        amplitudes.append(2 * np.mean(y[:, late] * np.exp(-1j * omega * time[late]), axis=1))
    target = 2 * np.mean(study.target(time)[:, late] * np.exp(-1j * omega * time[late]), axis=1)

    lags = [np.array((1 + 1j * omega * np.array(r)) / (1 + 1j * omega * np.array(m))) for m, r in taus]
    lags = [np.broadcast_to(H, len(W)) for H, W in zip(lags, weights, strict=True)]
    up, down = np.diag(lags[-1]), np.diag(1 / lags[-1])  # from the input of a layer to y, and from y* - y back to its e
    K = gamma * up @ down
    for W, H in zip(reversed(weights[1:]), reversed(lags[:-1]), strict=True):
        up, down = up @ np.asarray(W) @ np.diag(H), np.diag(1 / H) @ np.asarray(W).T @ down
        K = K + gamma * up @ down
    wanted = np.linalg.solve(np.eye(len(K)) + K, amplitudes[0] + K @ target)
    assert np.abs(amplitudes[1] - wanted).max() < 1e-7
    constant = gain(weights, gamma)
    assert np.abs(np.linalg.solve(np.eye(len(K)) + constant, amplitudes[0] + constant @ target) - wanted).max() > 1e-3
