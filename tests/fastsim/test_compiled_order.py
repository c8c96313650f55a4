"""Behavioural circuits have the solution of the equations: the error falls with the fourth power of the step,
where what drives them is smooth."""

from itertools import pairwise

import numpy as np
import pytest

from vle_analog.fastsim.order import pattern
from vle_analog.fastsim.schedule import schedule
from vle_analog.network.stimuli import Sine, Sines, Step, Steps


def test_half_the_step_has_a_sixteenth_of_the_error(study, compiled):
    nudged = study("nudged_linear", "behavioural", duration=4.0)
    ideal = nudged.ideal()
    circuit = compiled("nudged_linear", "behavioural", duration=4.0)

    def error(step: float) -> float:
        run = circuit.run({}, 1, 4.0, times=ideal.time, step=step)
        expected = np.array([ideal[str(probe.signal)] for probe in circuit.circuit.probes])
        return float(np.abs(run.values[:, :, 0] - expected).max())

    errors = [error(step) for step in (0.1, 0.05, 0.025)]

    assert errors[-1] < 2e-5
    for coarse, fine in pairwise(errors):
        assert 10.0 < coarse / fine < 24.0


@pytest.mark.parametrize("seed", range(3))
def test_the_pattern_holds_what_elimination_fills(seed):
    draws = np.random.default_rng(seed)
    full = np.diag(np.full(12, 9.0)) + (draws.random((12, 12)) < 0.2) * draws.normal(size=(12, 12))
    found = pattern(12, list(zip(*np.nonzero(full), strict=True)))
    ordered = full[np.ix_(found.order, found.order)]
    for k in range(12):
        ordered[k + 1 :, k] /= ordered[k, k]
        ordered[k + 1 :, k + 1 :] -= np.outer(ordered[k + 1 :, k], ordered[k, k + 1 :])

    inside = {(int(i), int(j)) for i, j in zip(*np.nonzero(np.abs(ordered) > 1e-14), strict=True)}
    assert inside <= set(found.places)


def test_steps_end_on_edges_and_are_small_after_a_begin():
    found = schedule([Steps(((Step(1.0, 0.5),),), (0.0,), 0.01)], 2.0, 0.1, held=True)
    lengths = np.diff(found.times)

    assert found.times[0] < 0.0
    assert 0.0 in found.times
    assert found.times[-1] == 2.0
    assert np.min(np.abs(found.times - 1.0)) < 1e-12
    assert lengths[np.searchsorted(found.times, 0.0)] < 0.02
    assert lengths.max() <= 0.1 + 1e-12
    assert lengths[np.abs(found.times[:-1] - 1.0) < 0.01].max() <= 0.005 + 1e-12


def test_no_step_is_longer_than_asked_for():
    found = schedule([Sines(((Sine(1.0, 1.0),),), (0.0,))], 7.3, 0.05, held=False)

    assert found.times[0] == 0.0
    assert np.diff(found.times).max() <= 0.05 + 1e-12
