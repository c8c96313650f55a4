"""Keys of what learns besides weights and biases, of the cost and of the gain: what a study becomes by them."""

import tomllib

import numpy as np
import pytest

from vle_analog.errors import InputError
from vle_analog.study import Teacher, study_from_document


@pytest.fixture
def document(good):
    """The good study as plain data."""
    return tomllib.loads(good)


def refused(document, key, said):
    with pytest.raises(InputError) as caught:
        study_from_document(document)
    assert any(key in problem.where and said in str(problem) for problem in caught.value.problems), caught.value


def test_time_constants_that_learn(document):
    document["network"]["populations"]["hidden"] |= {"tau_m_plastic": True, "tau_m_eta": 0.3, "tau_r_plastic": True}
    network = study_from_document(document).network
    hidden, readout = network.populations
    assert network.learns_tau_m(hidden)
    assert network.learns_tau_r(hidden)
    assert not network.learns_tau_m(readout)
    assert (hidden.tau_m_eta, hidden.tau_r_eta) == (0.3, 0.1)
    assert hidden.tau_range == pytest.approx((0.2 / 100, 1.0 * 100))
    document["network"]["plasticity"] = False
    frozen = study_from_document(document).network
    assert not frozen.learns_tau_m(frozen.populations[0])


def test_range_holds_what_learns_only(document):
    hidden = document["network"]["populations"]["hidden"]
    hidden |= {"tau_m_plastic": True, "tau_range": [0.5, 2]}
    assert study_from_document(document).network.populations[0].tau_range == (0.5, 2.0)
    hidden["tau_r_plastic"] = True
    refused(document, "network.populations.hidden.tau_range", "does not hold the start values")


@pytest.mark.parametrize(
    "change, key, said",
    [
        ({"tau_m_plastic": True, "tau_m_eta": 0}, "tau_m_eta", "needs a learning rate"),
        ({"tau_r_plastic": True, "tau_r_eta": 0.0}, "tau_r_eta", "a number > 0"),
        ({"tau_m_plastic": 1}, "tau_m_plastic", "true or false"),
        ({"tau_m_eta": -1.0}, "tau_m_eta", "negative"),
        ({"tau_m_plastic": True, "tau_range": [2.0, 3.0]}, "tau_range", "does not hold the start values"),
        ({"tau_m_plastic": True, "tau_range": [3.0, 0.1]}, "tau_range", "the range is empty"),
        ({"tau_range": [1.0]}, "tau_range", "at least 2"),
        ({"tau_range": [0.0, 1.0]}, "tau_range[0]", "must be positive"),
        ({"tau_range": 1.0}, "tau_range", "a list"),
        ({"tau_m": 0.2, "tau_r_plastic": True, "realisation": "wire"}, "realisation", "a wire has none"),
    ],
)
def test_time_constants_that_cannot_learn_like_that(change, key, said, document):
    document["network"]["populations"]["hidden"] |= change
    refused(document, f"network.populations.hidden.{key}", said)


def test_a_population_whose_time_constants_learn_is_no_wire(document):
    readout = document["network"]["populations"]["readout"]
    assert study_from_document(document).network.population("readout").wire.all()
    readout |= {"tau_m_plastic": True}
    assert not study_from_document(document).network.population("readout").wire.any()
    document["network"]["plasticity"] = False  # what it is built as does not change with what the run does
    assert not study_from_document(document).network.population("readout").wire.any()


def test_a_cost_of_the_membrane_potential_needs_one(document):
    document["network"]["cost"] = "membrane"
    study = study_from_document(document)
    assert study.network.cost == "membrane"
    assert not study.network.population("readout").wire.any()
    assert isinstance(study.target, Teacher)
    assert not study.target.network.population("readout").wire.any()
    document["network"]["cost"] = "membran"
    refused(document, "network.cost", "did you mean membrane?")


def test_only_the_local_rule_has_a_gain_to_correct(document):
    document["network"]["gain_correction"] = 1.5
    assert study_from_document(document).network.gain_correction == 1.5
    document["network"]["rule"] = "gle"
    assert study_from_document(document).network.gain_correction == 1.5
    for rule in ("le", "backprop", "adjoint"):
        document["network"]["rule"] = rule
        refused(document, "network.gain_correction", "only the local error has a gain")
    document["network"] |= {"rule": "vle", "gain_correction": 0}
    refused(document, "network.gain_correction", "must be positive")


def test_learned_feedback_has_defaults_for_everything(document):
    document["network"]["feedback"] = "learned"
    network = study_from_document(document).network
    drive, out = network.projections
    assert drive.feedback_weights is None
    assert out.feedback_weights is not None
    assert not network.learns_feedback(drive)
    assert network.learns_feedback(out)
    assert network.alignment is not None
    assert network.alignment.eta == 1.0
    assert set(network.noise()) == {"hidden"}
    noise = network.noise()["hidden"]
    assert noise.size == 2
    assert noise.times[-1] >= 10.0
    document["network"] |= {"alignment": {"eta": 0.5, "spacing": 0.1}}
    shorter = study_from_document(document).network
    assert shorter.alignment.eta == 0.5
    assert len(shorter.noise()["hidden"].times) == 101
    with pytest.raises(ValueError, match="read-only"):
        noise.values[0] = 1.0


def test_alignment_waits_while_feedback_does_not_learn(document):
    document["network"]["alignment"] = {"sigma": 0.2}
    assert study_from_document(document).network.alignment is None


@pytest.mark.parametrize(
    "change, key, said",
    [
        ({"eta": 0}, "eta", "must be positive"),
        ({"sigma": -1.0}, "sigma", "must be positive"),
        ({"spacing": 0.5}, "spacing", "too far apart"),
        ({"spacing": 1e-7}, "spacing", "too many samples"),
        ({"seed": -1}, "seed", "negative"),
        ({"sgima": 1}, "sgima", "did you mean sigma?"),
    ],
)
def test_alignment_that_cannot_be_used(change, key, said, document):
    document["network"] |= {"feedback": "learned", "alignment": change}
    refused(document, f"network.alignment.{key}", said)


def test_a_teacher_neither_learns_nor_hears_noise(document):
    document["network"] |= {"feedback": "learned", "gain_correction": 1.0}
    document["network"]["populations"]["hidden"] |= {"tau_m_plastic": True}
    teacher = study_from_document(document).target.network
    assert (teacher.alignment, teacher.gain_correction) == (None, None)
    assert not teacher.population("hidden").tau_m_plastic
    document["network"] |= {"rule": "adjoint", "gain_correction": None}
    del document["network"]["gain_correction"]
    assert study_from_document(document).target.network.rule == "backprop", "it runs forward in time"


def test_other_parameters_make_another_network(document):
    network = study_from_document(document).network
    tau = np.array([0.9])
    other = network.with_parameters(
        weights={"drive_hidden": [[2.0], [3.0]]}, biases={"readout": [0.7]}, tau_m={"readout": tau}
    )
    assert other.projections[0].weights.tolist() == [[2.0], [3.0]]
    assert other.projections[1] is not network.projections[1]
    assert other.projections[1].weights is network.projections[1].weights
    assert other.population("readout").bias.tolist() == [0.7]
    assert (network.population("readout").wire[0], other.population("readout").wire[0]) == (True, False)
    back = network.with_parameters(tau_m={"readout": tau}, tau_r={"readout": tau})
    assert back.population("readout").wire[0]
    tau[0] = 5.0
    assert other.population("readout").tau_m[0] == 0.9
    with pytest.raises(ValueError, match="read-only"):
        other.population("readout").tau_m[0] = 1.0
    assert network.projections[0].weights.tolist() == [[0.5], [0.4]]


@pytest.mark.parametrize(
    "given, said",
    [
        ({"weights": {"hidden": [[1.0]]}}, "of an unknown name"),
        ({"tau_m": {"drive_hidden": [1.0]}}, "of an unknown name"),
        ({"weights": {"drive_hidden": [[1.0, 2.0]]}}, "wrong shape"),
        ({"biases": {"hidden": 1.0}}, "wrong shape"),
    ],
)
def test_other_parameters_must_fit(given, said, document):
    with pytest.raises(InputError, match=said):
        study_from_document(document).network.with_parameters(**given)
