"""Feedback weights that learn in a circuit: where noise enters, what is filtered, and the rates of the law."""

import io

import numpy as np
import pytest

from tests.support.learning_studies import ALIGNMENT, document, placed
from vle_analog import Study


@pytest.fixture(scope="module")
def study():
    return Study.from_document(document(feedback="learned", alignment=ALIGNMENT))


def test_noise_enters_the_neurons_that_hear_a_learned_feedback(study):
    parts = placed(study.circuit())
    assert {name for name, cells in parts.items() if "noise" in cells} == {"hidden_0", "hidden_1"}
    assert {name for name, cells in parts.items() if "highpass" in cells} == {"readout_0"}
    for k in range(2):  # one volt of noise is one volt of S
        assert parts[f"hidden_{k}"]["noise"][1]["g"] == parts[f"hidden_{k}"]["membrane"][1]["g"]


def test_noise_is_the_very_noise_of_the_equations(study):
    (source,) = {s.stimulus for s in study.circuit().sources if s.net.endswith("_x")}
    table = np.loadtxt(io.BytesIO(study.deck().files[f"{source}.dat"]))
    noise, units = study.spec.network.noise()["hidden"], study.circuit().units
    np.testing.assert_allclose(table[:-1, 0], noise.times * units.time, rtol=1e-11, atol=1e-18)
    np.testing.assert_allclose(table[:-1, 1:], noise.values * units.potential, rtol=1e-11, atol=1e-18)


def test_no_name_of_a_study_collides_with_the_noise():
    given = document(feedback="learned", alignment=ALIGNMENT)
    given["stimuli"] = {"noise_x": given["stimuli"]["drive"]}
    given["network"]["projections"]["drive_hidden"]["source"] = "noise_x"
    circuit = Study.from_document(given).circuit()
    nets = [source.net for source in circuit.sources]
    assert len(set(nets)) == len(nets)
    assert set(circuit.stimuli) == {"noise_x", "target", "noise_0"}


def test_feedback_learns_at_the_rate_of_its_law(study):
    """With xi = rhat = 1 and F = 1, in volts: dF/dt = eta (1 - decay)."""
    units, parts = study.circuit().units, placed(study.circuit())
    update, stored = parts["hidden_readout_0_1"]["feedback_update"][1], parts["hidden_readout_0_1"]["feedback"]
    assert stored[0] == "weight"
    growth = update["g"] * units.potential**2 / stored[1]["c"] * units.time / units.weight
    loss = update["gd"] / stored[1]["c"] * units.time
    assert growth == pytest.approx(ALIGNMENT["eta"], rel=1e-12)
    assert loss == pytest.approx(ALIGNMENT["eta"] * ALIGNMENT["decay"], rel=1e-12)
    start = study.spec.network.projections[1].feedback_weights
    assert stored[1]["w0"] == pytest.approx(start[0, 1] * units.weight, rel=1e-12)
    high = parts["readout_0"]["highpass"][1]
    assert high["c"] / high["g"] == pytest.approx(ALIGNMENT["tau_highpass"] * units.time, rel=1e-12)
    assert high["gr"] / high["g"] == pytest.approx(units.potential, rel=1e-12)


def test_steps_are_short_enough_for_the_bends_of_the_noise(study):
    transient = study.deck().transient
    assert transient is not None
    assert transient.max_step <= study.spec.network.noise()["hidden"].resolution / 4 * study.circuit().units.time


def test_held_feedback_is_a_voltage_without_noise():
    circuit = Study.from_document(document(feedback="learned", alignment=ALIGNMENT, plasticity=False)).circuit()
    assert not {"noise_forward", "highpass", "feedback_update", "weight"} & set(circuit.count())
