"""Steps that know the ones before are exact for polynomials, and are made only where all that drives is smooth."""

import numpy as np
import pytest

from vle_analog.fastsim.block import ALONE, KEEPING, ORDER, RENEWING, multistep
from vle_analog.fastsim.schedule import schedule
from vle_analog.network.stimuli import Samples, Sine, Sines, Step, Steps

SMOOTH = Sines(((Sine(1.0, 1.0),),), (0.0,))


def test_a_polynomial_is_continued_with_its_speed():
    steps = schedule([SMOOTH], 4.0, 0.1, held=True)
    known = multistep(steps, unit=1e-5)
    place = np.polynomial.Polynomial([0.3, -1.0, 0.5, 0.2, -0.1])
    values = place(steps.times)
    wise = np.flatnonzero(known.kind != ALONE)
    for s in wise:
        differences = np.diff(values[s - ORDER : s + 1])[::-1]
        ahead, speed = known.shares[s] @ differences
        assert values[s] + ahead == pytest.approx(values[s + 1], abs=1e-9)
        assert speed * 1e-5 == pytest.approx(place.deriv()(steps.times[s + 1]), abs=1e-6)
    assert len(wise) > len(values) // 2


def test_of_even_steps_the_pace_is_that_of_backward_differentiation():
    steps = schedule([SMOOTH], 9.0, 0.1, held=False)
    known = multistep(steps, unit=1.0)
    last = np.flatnonzero(known.kind == RENEWING)[-1]
    assert known.pace[last] * np.diff(steps.times)[last] == pytest.approx(25 / 12, rel=1e-3)  # of the fourth order


def test_a_matrix_is_kept_for_a_step_at_most_and_never_without_a_new_one_before():
    kind = multistep(schedule([SMOOTH], 9.0, 0.1, held=True), unit=1.0).kind
    kept = np.flatnonzero(kind == KEEPING)
    assert len(kept) > 10
    assert set(kind[kept - 1]) == {RENEWING}


def test_no_step_reaches_back_across_a_kink():
    grid = np.linspace(0.0, 2.0, 41)
    for stimulus in (Samples(grid, np.sin(grid)[:, None]), Steps(((Step(1.0, 0.5),),), (0.0,), 0.01)):
        steps = schedule([stimulus], 3.0, 0.05, held=True)
        known = multistep(steps, unit=1.0)
        for s in np.flatnonzero(known.kind != ALONE):
            before = steps.times[s - ORDER + 1 : s + 1]
            assert not np.isin(before, steps.stops).any()
            assert before[0] > 0
    assert (known.kind[steps.times > 2.0] != ALONE).any()
