"""The analysis before a simulation: what it costs, what it looks at, and that a study that diverges is explained."""

import subprocess
import sys

import numpy as np
import pytest

from tests.support.poled import chain, examined, pair
from vle_analog import InputError, Study, ideal
from vle_analog.errors import Problem
from vle_analog.ideal import survey
from vle_analog.resources import shipped_studies
from vle_analog.stability import follow


@pytest.mark.parametrize("name", sorted(shipped_studies()))
def test_shipped_studies_are_stable(name):
    study = Study.load(name, {"duration": 5.0})
    assert study.stability().verdict == "stable"
    study.refuse_unstable()


def test_without_loops_the_trajectory_is_never_asked_for(monkeypatch):
    study = Study.load("two_layer")
    monkeypatch.setattr(study, "_trajectory", lambda: pytest.fail("followed a trajectory for nothing"))
    assert study.stability().findings == ()


def test_the_guard_loads_no_slow_library():
    code = (
        "import sys; from vle_analog import Study; s = Study.load('nudged_linear'); assert s.stability().findings;"
        "print([m for m in ('sympy', 'scipy.integrate', 'numba', 'matplotlib') if m in sys.modules])"
    )
    for _ in range(2):  # what SymPy prints is remembered by the first
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_weights_that_learn_are_followed():
    """A ring that learns its way to the limit is worst at the end."""
    document = pair(0.05 + 0.0j, 4, ["U", "h", "e"], 1e-3, drive=0.5, duration=8.0)
    document["network"]["plasticity"] = True
    document["network"]["projections"]["ring"] |= {"plastic": True, "eta": 0.05}
    document["target"] = {"kind": "sines", "channels": [[], []], "offsets": [0.6, 0.4]}
    found = next(f for f in examined(document).findings if f.loop.kind == "error")
    ring = next(q.weights for q in found.worst.network.projections if q.name == "ring")
    assert found.worst.time > 4
    assert np.all(np.abs(np.diag(ring) - 0.05) > 0.003)
    rates = np.real(found.eigenvalues[:, 0])
    assert rates[-1] > rates[0] + 0.2


def test_a_run_that_diverges_is_looked_at_as_far_as_it_goes():
    """dU/dt = 6 U: from 1 to a million in 2.3, whatever the step."""
    document = pair(4.0 + 0.0j, 8, ["U", "h", "e"], 1e-3, activation="linear", drive=1.0, duration=8.0)
    with pytest.raises(InputError, match="diverge") as caught:
        Study.from_document(document).ideal()
    ended = caught.value.traces.time[-1]  # pyright: ignore[reportAttributeAccessIssue]
    assert 1.5 < ended < 4
    seen = examined(document).findings[0].time[-1]
    assert seen == pytest.approx(ended, rel=0.1)


@pytest.mark.parametrize("failures", [1, 3])
def test_of_a_run_without_a_solution_a_shorter_one_is_looked_at(monkeypatch, failures: int):
    spec = Study.from_document(pair(0.05 + 0.0j, 4, ["U", "h", "e"], 1e-3, drive=0.5, duration=8.0)).spec
    looks = []

    def look(network, target, duration):
        looks.append(duration)
        if len(looks) <= failures:
            raise InputError(Problem("a loop without a solution"))
        return survey(network, target, duration)

    monkeypatch.setattr(ideal, "survey", look)
    trajectory = follow(spec.network, spec.target, 8.0, lambda: look(spec.network, spec.target, 8.0))
    assert looks == [8.0 / 2**k for k in range(failures + 1)]
    assert trajectory.time[-1] == pytest.approx(looks[-1])


def test_unstable_only_where_the_slope_is_steep():
    """A tanh ring that is driven far out most of the time: the error loop is judged by where it stays."""
    document = pair(0.2 + 0.0j, 8, ["U", "h", "e"], 1e-3, drive=0.0)
    assert examined(document).verdict == "unstable"
    document["network"]["populations"]["pair"]["bias"] = 3.0
    document["network"]["start"] = "settled"
    assert examined(document).verdict == "stable"


def test_a_study_whose_equations_diverge_is_refused_with_the_reason():
    document = pair(0.6, 2, ["U", "h", "e"], 0.0, activation="linear", drive=1.0, duration=60.0)
    with pytest.raises(InputError, match=r"error loop of pair.*is unstable"):
        Study.from_document(document).simulate()


@pytest.mark.parametrize("mu, lead", [(0.15 + 0.85j, 8), (-0.9, 10), (0.6, 2)])
def test_every_cure_that_is_named_is_one(mu, lead):
    from vle_analog.stability.cure import cures

    nodes = ["U", "h", "B", "B"]
    found = examined(pair(mu, lead, nodes, 1e-3)).findings[0]
    named = cures(found)
    most = float(named[0].split("at most ")[1].split()[0])
    share = float(named[-1].split("times ")[1])
    assert examined(pair(mu, most, nodes, 1e-3)).verdict == "stable"
    assert examined(pair(mu, 1.1 * most, nodes, 1e-3)).verdict != "stable"
    assert examined(pair(share * mu, lead, nodes, 1e-3)).verdict == "stable"
    assert any("le" in text for text in named)
    assert examined(pair(mu, 1, nodes, 1e-3)).verdict == "stable"


def test_nudging_is_cured_below_the_limit():
    from vle_analog.stability.cure import cures

    found = examined(chain(0.0, 9.0, ["U", "h", "e"], 1e-3, tau=(1.0, 1.0, 1.0, 1.0))).findings[0]
    most = float(cures(found)[-1].split("gamma * beta at most ")[1].split()[0])
    assert 7.8 <= most <= 8.0


def test_without_a_pole_in_the_study_one_is_assumed_and_said():
    poles = Study.load("recurrent_pair", {"duration": 1.0}).stability().poles
    assert poles.assumed
    assert poles.time == pytest.approx(0.4e-3)
    assert poles.nodes == ("U", "h", "e")
    given = Study.load("recurrent_pair", {"duration": 1.0, "circuit.parasitic_pole": 2e-3}).stability().poles
    assert (given.time, given.assumed) == (2e-3, False)


@pytest.mark.parametrize("mu, lead", [(0.15 + 0.85j, 8), (0.6, 2)])
def test_a_cure_that_is_proposed_holds_in_the_whole_run(mu, lead):
    study = Study.from_document(pair(mu, lead, ["U", "h", "B", "B"], 1e-3))
    with pytest.raises(InputError) as caught:
        study.refuse_unstable()
    (problem,) = caught.value.problems
    most = float(problem.hint.split("tau_m / tau_r at most ")[1].split()[0])
    share = float(problem.hint.split(" times ")[1].split(";")[0])
    for other in (pair(mu, most, ["U", "h", "B", "B"], 1e-3), pair(share * mu, lead, ["U", "h", "B", "B"], 1e-3)):
        Study.from_document(other).refuse_unstable()


def test_a_cure_that_does_not_hold_is_made_stronger_or_left_out():
    from vle_analog.stability.cure import cures

    found = examined(pair(0.6, 2, ["U", "h", "B", "B"], 1e-3)).findings[0]
    plain = float(cures(found)[-1].split("times ")[1])

    def largest(network):
        return max(float(np.max(np.abs(q.weights))) for q in network.projections if q.source == q.target)

    start = found.worst.network
    strict = cures(found, start, lambda network: largest(network) < 0.5 * plain * largest(start))
    assert 0 < float(strict[-1].split("times ")[1]) < 0.5 * plain
    assert cures(found, start, lambda _: False) == ()
