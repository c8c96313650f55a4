"""The exact gradient against central finite differences of the loss."""

import numpy as np
import pytest
from hypothesis import given, settings

from tests.support.random_networks import DURATION, documents
from vle_analog import Study
from vle_analog.gradient import gradients

BOUNDS = {"W": 1e-6, "b": 1e-6, "tau_m": 1e-4, "tau_r": 1e-4}


def assert_exact(found):
    errors = found.finite_difference_error
    assert {kind for kind in BOUNDS if not errors[kind] <= BOUNDS[kind]} == set(), errors


@settings(max_examples=8)
@given(documents())
def test_random_networks(document):
    study = Study.from_document(document)
    assert_exact(gradients(study.spec.network, study.target, DURATION))


@pytest.mark.parametrize("start", ["zero", "settled"])
@pytest.mark.parametrize("cost", ["prospective", "membrane"])
def test_a_recurrent_network_with_a_strong_loop(start: str, cost: str):
    changes = {
        "duration": 2,
        "network.start": start,
        "network.cost": cost,
        "network.populations.pair.bias": [0.2, -0.4],
        "network.projections.loop.weights": [[0.4, -0.7], [0.6, 0.3]],
        "target.spacing": 0.25,
        "stimuli.drive.channels": [[{"amplitude": 1.0, "omega": 1.3, "phase": 0.8}]],
    }
    assert_exact(Study.load("recurrent_pair", changes).gradient())


def test_the_loss_is_the_one_of_the_ideal_traces():
    study = Study.load("two_layer", {"duration": 3, "network.plasticity": False, "simulate.points": 6001})
    ideal = study.ideal()
    rates = np.stack([ideal["readout.r[0]"]])
    gap = study.target(ideal.time) - rates
    wanted = np.trapezoid(0.5 * (gap**2).sum(axis=0), ideal.time)
    found = gradients(study.spec.network, study.target, 3.0, finite_differences=False)
    assert found.loss == pytest.approx(wanted, rel=1e-6)


def test_a_static_network_is_the_gradient_of_an_integral():
    """One linear neuron with tau_m = tau_r follows its input at once: y = w x + b, and all else is an integral."""
    study = Study.from_document(
        {
            "duration": 2.0,
            "network": {
                "output": "readout",
                "populations": {
                    "readout": {"size": 1, "tau_m": 0.5, "tau_r": 0.5, "activation": "linear", "bias": 0.3}
                },
                "projections": {"drive_readout": {"source": "drive", "target": "readout", "weights": [[0.7]]}},
            },
            "stimuli": {"drive": {"kind": "sines", "channels": [[{"amplitude": 1.0, "omega": 2.0}]]}},
            "target": {"kind": "sines", "channels": [[{"amplitude": 0.8, "omega": 3.0, "phase": 0.4}]]},
        }
    )
    time = np.linspace(0.0, 2.0, 20001)
    x, y = np.sin(2 * time), 0.8 * np.sin(3 * time + 0.4)
    gap = y - 0.7 * x - 0.3
    found = study.gradient()
    assert found.loss == pytest.approx(np.trapezoid(gap**2, time) / 2, rel=1e-7)
    for rule in ("exact", "local", "le", "instantaneous"):
        values = found.values(rule)
        assert values["W"]["drive_readout"] == pytest.approx(-np.trapezoid(gap * x, time), rel=1e-7)
        assert values["b"]["readout"] == pytest.approx(-np.trapezoid(gap, time), rel=1e-7)
    assert found.exact["tau_m"]["readout"] == pytest.approx(-found.exact["tau_r"]["readout"], rel=1e-7)


def test_the_gradient_converges_with_the_tolerance():
    study = Study.load("two_layer", {"duration": 3, "target.spacing": 1.0})
    fine, *coarse = (
        gradients(study.spec.network, study.target, 3.0, rtol=rtol, finite_differences=False).exact["tau_m"]["hidden"]
        for rtol in (1e-11, 1e-4, 1e-6, 1e-8)
    )
    errors = [np.linalg.norm(value - fine) for value in coarse]
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 1e-8 * np.linalg.norm(fine)


def test_beta_and_gamma_have_no_say():
    plain = Study.load("two_layer", {"duration": 1, "target.spacing": 0.5})
    other = Study.load("two_layer", {"duration": 1, "target.spacing": 0.5, "network.beta": 0.01, "network.gamma": 0.5})
    for kind in BOUNDS:
        for rule in ("exact", "local"):
            for owner, value in plain.gradient().values(rule)[kind].items():
                np.testing.assert_allclose(other.gradient().values(rule)[kind][owner], value, rtol=1e-9)
