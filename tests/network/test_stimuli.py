"""Stimuli as functions of time: their slopes are exact, for one time and for many."""

import numpy as np
import pytest

from vle_analog.ideal.inputs import at_instant, slope_at_instant
from vle_analog.network import Samples, Sine, Sines, Step, Steps

SINES = Sines(((Sine(1.2, 2.0, 0.3), Sine(-0.4, 5.0)), ()), (0.5, -0.1))
STEPS = Steps(((Step(1.0, 0.8), Step(2.5, -0.3)), (Step(0.7, 1.0),)), (0.1, 0.0), 0.2)
SAMPLES = Samples(np.array([0.5, 1.0, 2.0, 3.5]), np.array([[0.0, 1.0], [1.0, 0.5], [0.5, 0.5], [2.0, -1.0]]))
TIMES = np.array([0.1, 0.6, 0.9, 1.3, 1.9, 2.4, 2.6, 3.2, 4.0])  # away from the samples


@pytest.mark.parametrize("stimulus", [SINES, STEPS, SAMPLES])
def test_slopes_are_those_of_finite_differences(stimulus):
    step = 1e-5
    wanted = (stimulus(TIMES + step) - stimulus(TIMES - step)) / (2 * step)
    assert stimulus.slope(TIMES) == pytest.approx(wanted, abs=1e-8)


@pytest.mark.parametrize("stimulus", [SINES, STEPS, SAMPLES])
def test_one_instant_is_one_of_many(stimulus):
    times = np.array([-1.0, *TIMES, 0.5, 1.0, 2.0, 3.5, 9.0])
    for many, quick in ((stimulus, at_instant(stimulus)), (stimulus.slope, slope_at_instant(stimulus))):
        for time, wanted in zip(times.tolist(), many(times).T, strict=True):
            assert many(time).shape == (stimulus.size,)
            assert many(time) == pytest.approx(wanted, abs=1e-14)
            assert quick(time) == pytest.approx(wanted, abs=1e-14)


def test_the_slope_of_samples_is_that_of_the_piece_that_begins():
    assert SAMPLES.slope(1.0).tolist() == [-0.5, 0.0]
    assert SAMPLES.slope(0.5).tolist() == [2.0, -1.0]
    assert SAMPLES.slope(3.5).tolist() == [1.0, -1.0], "at the very last sample, that of the piece that ends"
    assert SAMPLES.slope(np.array([0.4, 3.6])).tolist() == [[0.0, 0.0], [0.0, 0.0]]
