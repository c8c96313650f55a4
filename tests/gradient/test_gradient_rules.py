"""The causal rules beside the exact gradient: where they must agree, and what changes them."""

import numpy as np
import pytest
from hypothesis import given, settings

from tests.support.random_networks import documents
from vle_analog import Study
from vle_analog.gradient import gradients
from vle_analog.gradient.integrands import KINDS

SHORT = {"duration": 2, "target.spacing": 0.5}


def of(study):
    return gradients(study.spec.network, study.target, study.spec.duration, finite_differences=False)


def assert_same(one, other, tolerance):
    for kind in KINDS:
        for owner, value in one[kind].items():
            scale = max(float(np.abs(value).max()), 1e-3)
            np.testing.assert_allclose(other[kind][owner], value, rtol=0, atol=tolerance * scale, err_msg=kind + owner)


@settings(max_examples=6)
@given(documents(equal=True, costs=("prospective",), feedbacks=("transpose",)))
def test_in_latent_equilibrium_all_rules_are_exact(document):
    # a settled start is a part of the exact gradient alone where the membranes remember it: here they do not
    found = of(Study.from_document(document))
    for rule in ("local", "le", "instantaneous"):
        assert_same(found.exact, found.values(rule), 1e-8)


@settings(max_examples=3)
@given(documents(costs=("prospective",)))
def test_le_is_instantaneous_backprop(document):
    found = of(Study.from_document(document))
    assert_same(found.instantaneous, found.le, 0.0)
    assert "backprop" in found.notes[0]


def test_with_a_cost_on_the_membrane_le_looks_ahead_and_backprop_does_not():
    found = of(Study.load("two_layer", SHORT | {"network.cost": "membrane"}))
    assert found.agreement("le", "W", "hidden_readout") != found.agreement("instantaneous", "W", "hidden_readout")
    assert "looks ahead" in found.notes[0]


def test_fixed_feedback_changes_all_but_the_exact_gradient():
    plain = of(Study.load("two_layer", SHORT))
    other = of(Study.load("two_layer", SHORT | {"network.feedback": "random"}))
    assert_same(plain.exact, other.exact, 1e-12)
    for rule in ("local", "le", "instantaneous"):
        before, after = plain.values(rule)["W"], other.values(rule)["W"]
        np.testing.assert_allclose(
            after["hidden_readout"], before["hidden_readout"], rtol=1e-9
        )  # no feedback before it
        assert np.abs(after["drive_hidden"] - before["drive_hidden"]).max() > 1e-3
    assert any("transpose" in note for note in other.notes)


def test_feedback_that_learns_is_held_as_it_starts():
    keys = {"network.feedback": "learned", "network.alignment.sigma": 0.5}
    fixed = of(Study.load("two_layer", SHORT | {"network.feedback": "random"}))
    learned = of(Study.load("two_layer", SHORT | keys))
    for rule in ("exact", "local"):
        assert_same(fixed.values(rule), learned.values(rule), 1e-9)
    assert any("learn" in note and "noise" in note for note in learned.notes)


def test_the_gain_correction_scales_the_local_rule_and_nothing_else():
    omega = 1.7
    plain = of(Study.load("wide", {"duration": 2}))
    corrected = of(Study.load("wide", {"duration": 2, "network.gain_correction": omega}))
    for rule in ("exact", "le", "instantaneous"):
        assert_same(plain.values(rule), corrected.values(rule), 1e-12)
    readout = Study.load("wide").spec.network.population("readout")
    gain = (1 + (omega * readout.tau_m) ** 2) / (1 + (omega * readout.tau_r) ** 2)
    np.testing.assert_allclose(corrected.local["b"]["readout"] * gain, plain.local["b"]["readout"], rtol=1e-8)


def test_a_linear_network_s_exact_error_is_the_transposed_network_run_in_reverse():
    """Without a nonlinearity the exact error obeys the forward equations of the transposed network, from the end."""
    duration, omega, phase = 3.0, 1.3, 0.4
    chain = {
        "duration": duration,
        "network": {
            "output": "readout",
            "start": "zero",
            "populations": {
                "hidden": {"size": 1, "tau_m": 1.0, "tau_r": 0.4, "activation": "linear"},
                "readout": {"size": 1, "tau_m": 0.7, "tau_r": 0.3, "activation": "linear"},
            },
            "projections": {
                "drive_hidden": {"source": "drive", "target": "hidden", "weights": [[0.0]]},
                "hidden_readout": {"source": "hidden", "target": "readout", "weights": [[0.6]]},
            },
        },
        "stimuli": {"drive": {"kind": "sines", "channels": [[{"amplitude": 1.0, "omega": 1.0}]]}},
        "target": {"kind": "sines", "channels": [[{"amplitude": 1.0, "omega": omega, "phase": phase}]]},
    }
    found = of(Study.from_document(chain))  # the drive's weight is zero: y = 0, so the output hears y* alone
    populations = dict(chain["network"]["populations"])
    back = {
        "duration": duration,
        "simulate": {"points": 6001},
        "network": {
            "output": "hidden",
            "start": "zero",
            "rule": "vle",
            "plasticity": False,
            "populations": populations,
            "projections": {
                "late_readout": {"source": "late", "target": "readout", "weights": [[1.0]]},
                "readout_hidden": {"source": "readout", "target": "hidden", "weights": [[0.6]]},
            },
        },
        "stimuli": {  # sin(omega (T - s) + phase)
            "late": {
                "kind": "sines",
                "channels": [[{"amplitude": -1.0, "omega": omega, "phase": -omega * duration - phase}]],
            },
        },
        "target": {"kind": "sines", "channels": [[{"amplitude": 0.0, "omega": 1.0}]]},
    }
    reverse = Study.from_document(back).ideal()
    for name in ("hidden", "readout"):
        error = reverse[f"{name}.U[0]"]
        wanted = -np.trapezoid(error, reverse.time)
        assert found.exact["b"][name] == pytest.approx(wanted, rel=1e-6)
    drive = np.sin(duration - reverse.time)
    wanted = -np.trapezoid(reverse["hidden.U[0]"] * drive, reverse.time)
    assert found.exact["W"]["drive_hidden"] == pytest.approx(wanted, rel=1e-6)
