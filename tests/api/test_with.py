"""Changes of a study in Python: the same as on the command line, and the study that is changed stays as it is."""

import numpy as np
import pytest

from vle_analog import InputError, Study


@pytest.fixture
def study() -> Study:
    return Study.load("two_layer")


def test_changes_are_those_of_the_command_line(study: Study):
    changed = study.with_({"network.rule": "le", "circuit.level": "macromodel", "duration": 5})
    typed = Study.load("two_layer", ["network.rule=le", "circuit.level=macromodel", "duration=5"])
    assert changed.spec.digest == typed.spec.digest
    assert changed.spec.name == study.spec.name
    assert (changed.spec.network.rule, changed.spec.circuit.level, changed.spec.duration) == ("le", "macromodel", 5)


def test_tables_as_keywords_change_single_keys(study: Study):
    changed = study.with_({"duration": 5}, network={"rule": "le", "populations.hidden.tau_r": 0.2}, title="Other")
    same = study.with_({"duration": 5, "network.rule": "le", "network.populations.hidden.tau_r": 0.2, "title": "Other"})
    assert changed.spec.digest == same.spec.digest
    assert changed.spec.title == "Other"
    assert changed.spec.network.gamma == study.spec.network.gamma


def test_the_study_itself_stays_as_it_is_and_hands_on_nothing_that_it_has_done(study: Study):
    before = study.spec.digest, repr(study.spec.document)
    study.ideal()
    changed = study.with_(network={"gamma": 0.2})
    assert dict(changed.done) == {}
    assert (study.spec.digest, repr(study.spec.document)) == before
    assert changed.spec.digest != study.spec.digest


def test_no_change_gives_the_same_study(study: Study):
    assert study.with_().spec.digest == study.spec.digest


def test_changes_add_up(study: Study):
    twice = study.with_({"network.rule": "le"}).with_({"duration": 5})
    assert twice.spec.digest == study.with_({"network.rule": "le", "duration": 5}).spec.digest


@pytest.mark.parametrize("as_what", [np.array, np.ndarray.tolist], ids=["array", "list"])
def test_arrays_and_lists_become_weights(study: Study, as_what):
    projection = study.spec.network.projections[0]
    weights = np.random.default_rng(1).normal(size=projection.weights.shape)
    changed = study.with_({f"network.projections.{projection.name}.weights": as_what(weights)})
    np.testing.assert_array_equal(changed.spec.network.projections[0].weights, weights)


def test_a_dict_is_the_whole_value(study: Study):
    name = study.spec.network.projections[0].name
    changed = study.with_({f"network.projections.{name}.weights": {"init": "constant", "scale": 0.25}})
    assert (changed.spec.network.projections[0].weights == 0.25).all()


@pytest.mark.parametrize(
    "changes, what",
    [
        ({"network.rul": "le"}, "unknown key"),
        ({"network.rule": "less"}, "unknown rule"),
        ({"duration": float("nan")}, "the number is not finite"),
        ({"network.beta": None}, "a study cannot hold this value"),
        ({"network.populations.nobody.size": 2}, "there is no network.populations.nobody"),
        ({"not a key": 2}, "this is not a key"),
    ],
)
def test_changes_are_checked_as_overrides_are(study: Study, changes: dict, what: str):
    with pytest.raises(InputError, match=what):
        study.with_(changes)
