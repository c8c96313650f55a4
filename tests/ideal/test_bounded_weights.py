"""Weights that are kept as limit tanh(V): closed forms, and what becomes of them where the limit is far."""

import numpy as np
import pytest
from scipy.integrate import quad

from vle_analog import InputError, Study
from vle_analog.gradient import gradients
from vle_analog.ideal import solve


def constant_error(start, drive, eta=0.3):
    """A hidden neuron whose error is held at 0.35: it comes back through 0.7 from an output that nothing reaches."""
    wire = {"size": 1, "tau_m": 0.5, "tau_r": 0.5, "activation": "linear"}
    return Study.from_document(
        {
            "duration": 20.0,
            "network": {
                "output": "out",
                "beta": 1.0,
                "feedback": "random",
                "populations": {"hidden": wire, "out": wire},
                "projections": {
                    "drive_hidden": {
                        "source": "drive",
                        "target": "hidden",
                        "weights": [[start]],
                        "plastic": True,
                        "eta": eta,
                    },
                    "hidden_out": {
                        "source": "hidden",
                        "target": "out",
                        "weights": [[0.0]],
                        "feedback_weights": [[0.7]],
                    },
                },
            },
            "stimuli": {"drive": {"kind": "sines", "channels": [[]], "offsets": [drive]}},
            "target": {"kind": "sines", "channels": [[]], "offsets": [0.5]},
            "simulate": {"points": 201},
        }
    )


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("start, drive", [(0.2, 1.0), (-1.4, 0.8), (0.9, -1.2)])
def test_what_is_stored_grows_evenly_where_error_and_rate_are_constant(start, drive, compiled):
    study, limit = constant_error(start, drive), 1.5
    network = study.spec.network.with_limits({"drive_hidden": limit})
    ideal = solve(network, study.target, 20.0, 201, compiled=compiled)
    stored = np.arctanh(start / limit) + 0.3 * 0.35 * drive / limit * ideal.time
    assert ideal["drive_hidden.W[0,0]"] == pytest.approx(limit * np.tanh(stored), abs=1e-8)
    assert np.abs(stored).max() > 0.9  # far into the bend


def test_a_weight_that_finds_its_target_takes_the_time_of_its_own_integral():
    """dW/dt = eta beta (y - W x) x (1 - (W/limit)^2): time is the integral of dW over this."""
    wire = {"size": 1, "tau_m": 0.5, "tau_r": 0.5, "activation": "linear"}
    study = Study.from_document(
        {
            "duration": 30.0,
            "network": {
                "output": "out",
                "beta": 0.8,
                "populations": {"out": wire},
                "projections": {
                    "drive_out": {"source": "drive", "target": "out", "weights": [[-0.5]], "plastic": True, "eta": 0.2},
                },
            },
            "stimuli": {"drive": {"kind": "sines", "channels": [[]], "offsets": [0.9]}},
            "target": {"kind": "sines", "channels": [[]], "offsets": [0.99]},
        }
    )
    limit = 1.2
    ideal = solve(study.spec.network.with_limits({"drive_out": limit}), study.target, 30.0, 61)
    weights = ideal["drive_out.W[0,0]"]
    for k in (10, 30, 60):
        time, _ = quad(
            lambda w: 1 / (0.2 * 0.8 * (0.99 - 0.9 * w) * 0.9 * (1 - (w / limit) ** 2)), -0.5, weights[k], epsabs=1e-10
        )
        assert time == pytest.approx(ideal.time[k], rel=1e-6)


def test_far_limits_come_to_nothing_with_the_square_of_their_inverse():
    study = Study.load("online_chain", {"duration": 20.0})
    network = study.spec.network
    plain = study.ideal()
    differences = []
    for limit in (5.0, 10.0, 20.0, 40.0):
        bounded = network.with_limits({q.name: limit for q in network.projections})
        traces = solve(bounded, study.target, 20.0, study.spec.simulate.points)
        differences.append(float(np.abs(traces["drive_hidden.W[0,0]"] - plain["drive_hidden.W[0,0]"]).max()))
    orders = np.log2(np.array(differences[:-1]) / differences[1:])
    assert orders == pytest.approx(2.0, abs=0.05)


def test_a_limit_slows_learning_and_moves_nothing_else():
    study = Study.load("online_chain")
    network = study.spec.network
    frozen = {"duration": 5.0, "network.plasticity": False}
    still = Study.load("online_chain", frozen)
    bounded = still.spec.network.with_limits({q.name: 2.0 for q in network.projections})
    assert not bounded.bounded
    assert np.array_equal(solve(bounded, still.target, 5.0, still.spec.simulate.points).values, still.ideal().values)


@pytest.mark.parametrize("limit", [0.5, 0.3, 0.0, -1.0, np.nan])
def test_a_weight_at_its_limit_is_refused(limit):
    network = Study.load("online_chain").spec.network
    with pytest.raises(InputError, match="drive_hidden"):
        network.with_limits({"drive_hidden": limit})


def test_feedback_weights_are_bounded_too():
    network = constant_error(0.2, 1.0).spec.network
    with pytest.raises(InputError, match=r"hidden_out\.F\[0,0\]"):
        network.with_limits({"hidden_out": 0.7})


def test_every_weight_may_have_a_limit_of_its_own():
    study = Study.load("two_layer", {"duration": 10.0})
    first = study.spec.network.projections[0]
    endless = np.full(first.weights.shape, np.inf)
    limit = endless.copy()
    limit[0, 0] = 1.1 * np.abs(first.weights[0, 0])
    bounded, points = study.spec.network.with_limits({first.name: limit}), study.spec.simulate.points
    assert not study.spec.network.with_limits({first.name: endless}).bounded
    compiled, plain = (solve(bounded, study.target, 10.0, points, compiled=c) for c in (True, False))
    assert np.abs(compiled.values - plain.values).max() < 1e-8
    moved = np.abs(compiled[f"{first.name}.W[0,0]"] - study.ideal()[f"{first.name}.W[0,0]"]).max()
    assert moved > 1e-3  # it is held back, and others make up for it
    assert np.abs(compiled[f"{first.name}.W[0,0]"]).max() < limit[0, 0]


def test_a_limit_of_nothing_is_refused():
    with pytest.raises(InputError, match="unknown name"):
        Study.load("online_chain").spec.network.with_limits({"drive_hiden": 2.0})


def test_other_parameters_stay_inside_of_the_limit():
    network = Study.load("online_chain").spec.network.with_limits({"drive_hidden": 1.0})
    with pytest.raises(InputError, match=r"a size below 1"):
        network.with_parameters(weights={"drive_hidden": np.array([[1.0]])})


def test_gradients_are_those_of_the_weights():
    study = Study.load("online_chain", {"duration": 3.0})
    network = study.spec.network
    bounded = network.with_limits({"drive_hidden": 0.5000001})  # finite differences step across it
    plain, other = (gradients(n, study.target, 3.0, rtol=1e-8) for n in (network, bounded))
    for owner, value in plain.exact["W"].items():
        assert np.array_equal(other.exact["W"][owner], value)
    assert any("bounded" in note for note in other.notes)
    assert not any("bounded" in note for note in plain.notes)
