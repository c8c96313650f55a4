"""Proposals of a refusal were tried: the study with them has a circuit."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.learning_studies import document
from tests.support.random_studies import random_document
from vle_analog import InputError, Study
from vle_analog.advise import advised
from vle_analog.errors import Problem
from vle_analog.remedies import REMEDIES, remedies, words
from vle_analog.study import study_from_document


def refusal_of(study: Study) -> InputError | None:
    try:
        study.circuit()
    except InputError as refusal:
        return refusal
    return None


def changed(study: Study, overrides: tuple[str, ...]) -> Study:
    spec = study.spec
    return Study(study_from_document(spec.document, spec.name, spec.folder, overrides))


def check(study: Study, refusal: InputError) -> None:
    """Every advice helps, is in the message, and where there is none, the message says what was in the way."""
    for problem in refusal.problems:
        assert not problem.remedies, problem
        assert problem.hint or problem.expected, problem
        for advice in problem.advice:
            assert str(advice) in problem.hint
    for advice in {advice: None for problem in refusal.problems for advice in problem.advice}:
        other = changed(study, advice.overrides)
        other.refuse_unstable()
        assert other.circuit().probes


@settings(max_examples=3, deadline=None)
@given(st.integers(0, 10**6))
def test_advice_for_random_studies_on_transistors(seed: int):
    study = Study.from_document(random_document(seed))
    refusal = refusal_of(study)
    if refusal is not None:
        check(study, refusal)
        assert any(problem.advice for problem in refusal.problems) or "nothing that was tried helps" in str(refusal)


WIRE = {"tau_m": 1.0, "tau_r": 1.0, "realisation": "lead"}
NEAR = {"tau_m": 1.0, "tau_r": 1.0000001}
CASES = {  # what refuses -> study, settings
    "goes beyond the swing": ("depth", {"circuit.error_unit": 30.0, "circuit.voltage_unit": 20.0}),
    "curve of an input pair": ("online_chain", {"circuit.level": "macromodel", "circuit.voltage_unit": 0.5}),
    "no current makes capacitors": ("online_chain", {"circuit.time_unit": 10.0, "duration": 2.0}),
    "leakage dominates": (
        "online_chain",
        {"circuit.level": "transistor", "network.projections.drive_hidden.eta": 1e-3},
    ),
    "too large a capacitance": ("online_chain", {"circuit.level": "transistor", "circuit.area": 30.0}),
    "cannot be made": ("online_chain", {"network.populations.hidden.tau_r": 0.9995, "circuit.time_unit": 1e-2}),
    "starts at the largest": ("online_chain", {"circuit.level": "macromodel", "circuit.weight_limit": 0.1}),
    "the supply cannot be used": ("depth", {"circuit.supply": 0.5}),
    "no transistor that is": ("depth", {"circuit.level": "transistor", "circuit.area": 0.01}),
    "draws the mismatch of transistors": ("depth", {"circuit.mismatch_seed": 1}),
    "process corners apply only to transistor": ("depth", {"circuit.corner": "ff"}),
    "there is no transistor version": ("lagline", {"circuit.level": "transistor", "duration": 2.0}),
}


@pytest.mark.parametrize("what", CASES)
def test_advice_for_every_kind_of_refusal(what: str):
    name, changes = CASES[what]
    study = Study.load(name, changes | {"simulate.points": 101})
    refusal = refusal_of(study)
    assert refusal is not None
    assert what in str(refusal)
    check(study, refusal)
    assert any(problem.advice for problem in refusal.problems), str(refusal)


def test_a_target_of_samples_against_membranes():
    samples = {"kind": "samples", "times": [0.0, 2.0, 4.0], "values": [0.0, 0.5, 0.2]}
    study = Study.from_document(document(cost="membrane", target=samples, duration=2.0))
    refusal = refusal_of(study)
    assert refusal is not None
    check(study, refusal)
    assert refusal.problems[0].advice[0].overrides == ('network.cost="prospective"',)
    assert "vle-analog solve" in refusal.problems[0].hint


def test_auto_is_not_proposed_where_it_is_set():
    study = Study.load("online_chain", {"circuit.level": "transistor", "duration": 2.0})
    for key in ("voltage_unit", "error_unit", "weight_unit", "weight_limit"):
        ((_, changes),) = remedies([key], study.spec)
        assert all("auto" not in text for change in changes for text in change)


def test_equal_time_constants_are_not_proposed_where_they_are_equal():
    study = Study.from_document(document(hidden={"tau_m": 1.0, "tau_r": 1.0}))
    ((_, changes),) = remedies(["time constants:hidden"], study.spec)
    for change in changes:
        assert "tau_r=[1.0, 1.0]" not in change[0]


def test_changes_that_help_only_together_are_found():
    study = Study.load("depth", {"circuit.time_unit": 1e-3})

    def attempt(spec, _):
        problems = []
        if spec.circuit.time_unit <= 5e-3:
            problems.append(Problem("too fast", remedies=("slower",)))
        elif spec.network.beta <= 1.0:
            problems.append(Problem("too weak", remedies=("beta",)))
        if problems:
            raise InputError(*problems)

    (problem,) = advised(InputError(Problem("too fast", remedies=("slower",))), study.spec, attempt).problems
    assert problem.hint == "set circuit.time_unit = 0.01 and network.beta = 2.0"
    assert problem.advice[0].overrides == ("circuit.time_unit=0.01", "network.beta=2.0")


def test_where_nothing_helps_it_is_said_what_was_tried():
    def attempt(spec, _):
        what = "too slow" if spec.circuit.time_unit > 1e-2 else "too fast"
        raise InputError(Problem(what, remedies=("slower",)))

    refusal = InputError(Problem("too fast", remedies=("slower",)))
    (problem,) = advised(refusal, Study.load("depth").spec, attempt).problems
    assert problem.hint == "nothing that was tried helps: a longer time_unit (too slow)"
    assert problem.advice == ()


def test_every_remedy_has_its_words():
    assert all(words(kind) for kind in REMEDIES)
