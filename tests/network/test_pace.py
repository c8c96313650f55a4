"""The pace of a simulator: its cost grows with the number of edges, and not with how steep they are."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vle_analog.network import Samples, Sine, Sines, Step, Steps
from vle_analog.network.kinks import EDGES, bends, kinks, peak, rises
from vle_analog.network.pace import MOST_BREAKS, pace

DURATION, LONGEST = 4.0, 0.02
SINES = Sines(((Sine(1.0, 1.5),),), (0.0,))
RISES = st.floats(-9, -0.5).map(lambda power: 10**power)


def steps(rise, *times):
    return Steps((tuple(Step(time, 0.5 * k) for k, time in enumerate(times, 1)),), (0.0,), rise)


def samples(times):
    return Samples(np.asarray(times, float), np.cos(np.arange(len(times)))[:, None])


@given(RISES)
def test_the_cost_of_two_edges_does_not_depend_on_how_steep_they_are(rise):
    assert pace([SINES, steps(rise, 1.0, 2.5)], DURATION, LONGEST).steps < 3 * DURATION / LONGEST


@given(RISES, st.lists(st.floats(0.1, 3.9), min_size=1, max_size=6, unique=True).map(sorted))
def test_no_edge_lies_inside_of_a_step(rise, times):
    """Between breaks a step is short of the edge, or one of them is right in its middle."""
    found = pace([steps(rise, *times)], DURATION, LONGEST)
    for time in times:
        assert found.longest <= rise / 2 or np.min(np.abs(found.breaks - time)) < 1e-12


@given(st.lists(st.integers(0, 4_000_000), min_size=3, max_size=60, unique=True))
def test_close_samples_are_breaks_or_further_apart_than_a_step(millionths):
    times = [1e-6 * k for k in sorted(millionths)]
    found = pace([samples(times)], DURATION, LONGEST)
    for before, after in pairwise(times):
        if after - before < found.longest:
            assert {time for time in (before, after) if 0 < time < DURATION} <= {*found.breaks.tolist()}


def test_one_close_pair_costs_a_few_steps_and_even_samples_set_the_step():
    close = pace([samples([0.0, 1.0, 1.0 + 1e-6, 2.0, 4.0])], DURATION, LONGEST)
    assert close.longest == LONGEST
    assert close.breaks.tolist() == [1.0, 1.0 + 1e-6]
    even = pace([samples(np.arange(0, 4.001, 0.01))], DURATION, LONGEST)
    assert even.longest == pytest.approx(0.01)
    assert len(even.breaks) == 0


def test_more_edges_than_ngspice_can_look_at_shorten_the_step():
    many = Steps(tuple(tuple(Step(0.01 * k, k % 2) for k in range(1, 200)) for _ in range(8)), (0.0,) * 8, 1e-4)
    found = pace([many], DURATION, LONGEST)
    assert len(found.breaks) <= MOST_BREAKS
    assert found.longest <= 0.5e-4


@given(RISES)
def test_a_pulse_is_seen_however_narrow_it_is(rise):
    pulse = Steps(((Step(1.0, 0.8), Step(1.0 + 20 * rise, 0.0)),), (0.0,), rise)
    assert peak(pulse, DURATION) == pytest.approx(0.8, rel=1e-3)


def test_where_edges_overlap_the_signal_bends_at_the_ends_of_all_of_them():
    pulse = steps(0.01, 1.0, 1.04)
    assert bends([pulse], DURATION) == pytest.approx([1.0 - 0.06, 1.04 + 0.06, DURATION])
    apart = steps(0.01, 1.0, 3.0)
    assert len(bends([apart], DURATION)) == 5
    assert bends([SINES], DURATION).tolist() == [DURATION]


@given(RISES)
def test_an_interval_knows_the_rise_of_its_edge(rise):
    stimulus = steps(rise, 2.0)
    ends = np.append(0.0, kinks([stimulus], DURATION))
    found = rises([stimulus], ends)
    middles = (ends[1:] + ends[:-1]) / 2
    inside = np.abs(middles - 2.0) < EDGES[-1] * rise
    assert found[inside].tolist() == [rise] * 2
    assert np.isinf(found[~inside]).all()
