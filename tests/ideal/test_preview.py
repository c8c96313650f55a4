"""The survey that scales a circuit finds how far signals go, without the cost of a solution."""

import sys

import numpy as np
import pytest

from vle_analog import Study
from vle_analog.ideal import survey


def peaks(traces):
    found: dict[tuple[str, str], float] = {}
    for signal, row in zip(traces.signals, traces.values, strict=True):
        key = (signal.owner, signal.kind)
        found[key] = max(found.get(key, 0.0), float(np.abs(row).max()))
    return found


@pytest.mark.parametrize("name", ["depth", "nudged_linear", "online_chain", "two_layer", "wide"])
def test_peaks_are_those_of_the_solution(name: str):
    study = Study.load(name, {"duration": 12, "simulate.points": 1201})
    quick = peaks(survey(study.spec.network, study.target, study.spec.duration))
    exact = peaks(study.ideal())
    assert quick.keys() == exact.keys()
    for key, peak in exact.items():
        assert quick[key] == pytest.approx(peak, rel=0.05, abs=1e-3), key


def test_a_long_run_is_surveyed_at_its_beginning_only():
    study = Study.load("wide", {"duration": 5000})
    assert survey(study.spec.network, study.target, 5000).time[-1] <= 100.0 + 1e-9


def test_a_survey_is_shared_by_studies_of_one_network_and_by_no_other():
    study, other = (Study.load("nudged_linear", {"duration": 3, "circuit.supply": volts}) for volts in (1.8, 3.3))
    seen = survey(study.spec.network, study.target, 3.0)
    assert survey(other.spec.network, other.target, 3.0) is seen
    assert survey(study.spec.network, study.target, 4.0) is not seen
    stronger = Study.load("nudged_linear", {"duration": 3, "network.beta": 0.7})
    assert not np.array_equal(survey(stronger.spec.network, stronger.target, 3.0).values, seen.values)
    with pytest.raises(ValueError, match="read-only"):
        seen.values[0] = 1.0


def test_where_the_quick_method_fails_the_equations_are_solved(monkeypatch: pytest.MonkeyPatch):
    study = Study.load("nudged_linear", {"duration": 3})
    monkeypatch.setattr(sys.modules[survey.__module__], "_step", lambda *_: 3.0)  # far beyond its limit of stability
    monkeypatch.setattr(sys.modules[survey.__module__], "UNLIKELY", 2.0)
    assert len(survey(study.spec.network, study.target, 3.0).time) == 501


def test_a_stimulus_that_grows_after_the_survey_is_refused_before_the_run():
    from vle_analog import InputError

    late = {"stimuli.drive.channels": [[{"time": 150, "value": 40}]], "stimuli.drive.initials": [0.1]}
    study = Study.load("depth", {**late, "duration": 160, "circuit.voltage_unit": 0.1})
    with pytest.raises(InputError, match="goes beyond the swing"):
        study.circuit()
