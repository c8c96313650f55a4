"""Samples and edges that lie outside of a run: a warning of the study, whose advice works."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vle_analog.errors import InputError
from vle_analog.network import Samples, Step, Steps
from vle_analog.study.coverage import warn_uncovered
from vle_analog.study.findings import Findings
from vle_analog.study.read import study_from_document

DURATION = 4.0
TIMES = st.floats(-1e9, 1e9, allow_nan=False)


def warnings(times, duration=DURATION):
    findings = Findings("a.toml", lambda _: None)
    warn_uncovered(Samples(np.array(times), np.zeros((len(times), 1))), duration, ("stimuli", "x"), findings)
    assert not findings.problems
    return findings.warnings


def document(times):
    population = {"size": 1, "tau_m": 0.5, "tau_r": 0.5, "activation": "linear"}
    return {
        "duration": DURATION,
        "network": {
            "output": "out",
            "populations": {"out": population},
            "projections": {"way": {"source": "drive", "target": "out", "weights": [[0.5]]}},
        },
        "stimuli": {"drive": {"kind": "samples", "times": times, "values": [0.1 * k for k in range(len(times))]}},
        "target": {"kind": "sines", "channels": [[{"amplitude": 0.4, "omega": 1.5}]]},
    }


@pytest.mark.parametrize("times", [(0.0, 4.0), (0.0, 2.0), (-1.0, 2.0), (2.0, 9.0), (-1e9, 1e9), (0.0, 1e-3, 4.0)])
def test_half_of_the_run_is_enough(times):
    assert not warnings(times)


@pytest.mark.parametrize("times, share", [((0.0, 1.96), "49%"), ((2.1, 9.0), "48%"), ((1.0, 2.0), "25%")])
def test_less_than_half_is_said_with_the_share(times, share):
    (warning,) = warnings(times)
    assert f"the samples cover {share} of the run" in warning.what


@pytest.mark.parametrize("times", [(86400.0, 86410.0), (-3.0, 0.0), (4.0, 5.0), (-9.0, -8.0)])
def test_nothing_of_the_run_is_said(times):
    (warning,) = warnings(times)
    assert "no part of the samples lies in the run" in warning.what
    assert "0 to 4" in warning.got


@given(st.lists(TIMES, min_size=2, max_size=5, unique=True), st.floats(0.1, 1e6))
def test_the_advice_works(times, duration):
    times = np.sort(times)
    for warning in warnings(times, duration):
        moved = re.search(r"(subtract|add) (\S+) (from|to) all of their times", warning.hint)
        if moved:
            times = times - float(moved[2]) if moved[1] == "subtract" else times + float(moved[2])
        shorter = re.search(r"set duration = (\S+) or", warning.hint)
        assert moved or shorter
        assert not warnings(times, float(shorter[1]) if shorter else duration)


def test_a_study_carries_its_warnings_with_their_place():
    (warning,) = study_from_document(document([86400.0, 86401.0, 86410.0])).warnings
    assert warning.where.endswith("stimuli.drive")
    assert not study_from_document(document([0.0, 1.0, 4.0])).warnings


def test_a_teacher_and_ordinary_stimuli_give_no_warning(good, study_file):
    from vle_analog.study import read_study

    assert read_study(study_file(good)).warnings == ()


def test_edges_after_the_run_are_a_warning_and_no_edges_are_none():
    def found(*times):
        findings = Findings("a.toml", lambda _: None)
        channels = (tuple(Step(time, 1.0) for time in times), ())
        warn_uncovered(Steps(channels, (0.0, 0.0), 0.1), DURATION, ("target",), findings)
        return findings.warnings

    assert not found()
    assert not found(3.9, 7.0)
    (warning,) = found(5.0, 7.0)
    assert "first edge at 5" in warning.got


def test_a_problem_elsewhere_is_no_warning():
    bent = document([86400.0, 86401.0])
    bent["duration"] = -1.0
    with pytest.raises(InputError) as caught:
        study_from_document(bent)
    assert all("samples" not in problem.what for problem in caught.value.problems)


def test_times_in_another_unit_are_a_warning():
    """Rows every 20 where 0.02 was meant: the run ends in the first of them."""
    (warning,) = warnings(np.arange(0.0, 6000.0, 20.0), 6.0)
    assert "model time" in warning.what
    assert warning.got == "0 of 300 samples between 0 and 6"
    assert not warnings(np.arange(0.0, 6000.0, 20.0), float(re.search(r"duration = (\S+)", warning.hint)[1]))
    assert not warnings((0.0, 2.0, 9.0), 1.0)
    assert not warnings(np.arange(0.0, 6.0, 0.02), 6.0)
