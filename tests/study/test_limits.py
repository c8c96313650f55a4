"""What weights are bounded by where the study leaves it to the kit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vle_analog import InputError, Study
from vle_analog.network import Signal, Traces
from vle_analog.study.limits import STEPS, nice_above, weight_limits

NOTHING = Traces(np.array([0.0, 1.0]), (), np.zeros((0, 2)))


@given(st.floats(1e-6, 1e6))
def test_the_next_nice_number_is_at_least_as_large_and_not_much_larger(value):
    found = nice_above(value)
    assert value * (1 - 1e-9) <= found <= 5 / 3 * value
    assert float(f"{found:e}".split("e")[0]) in STEPS


@pytest.mark.parametrize("value", [0.1, 0.15, 0.2, 0.3, 0.7, 1.0, 3.0, 15.0, 2e-3])
def test_a_nice_number_is_its_own(value):
    assert nice_above(value) == value


def test_of_no_weights_it_is_one():
    assert nice_above(0.0) == 1.0


@pytest.mark.parametrize(
    "kind, reached, limit", [("W", [0.5, 0.9], 1.5), ("W", [0.5, -1.4], 3.0), ("F", [2.1, 1.0], 5.0), ("u", [9, 9], 1)]
)
def test_the_largest_weight_on_the_way_counts(kind, reached, limit):
    spec = Study.load("online_chain").spec  # starts with 0.5 and 0.2
    index = (0,) if kind == "u" else (0, 0)
    traces = Traces(np.array([0.0, 1.0]), (Signal("drive_hidden", kind, index),), np.array([reached], dtype=float))
    assert weight_limits(spec, traces) == {"drive_hidden": limit, "hidden_readout": limit}


def test_weights_that_stand_still_and_feedback_weights_count():
    spec = Study.load("online_chain", {"network.plasticity": False}).spec
    assert set(weight_limits(spec, NOTHING).values()) == {1.0}
    with_feedback = {"network.feedback": "random", "network.projections.hidden_readout.feedback_weights": [[-4.0]]}
    spec = Study.load("online_chain", with_feedback).spec
    assert set(weight_limits(spec, NOTHING).values()) == {7.0}


@pytest.mark.parametrize("limit", [0.5, 0.1])
def test_a_limit_below_the_start_weights_is_refused(limit):
    spec = Study.load("online_chain", {"circuit.weight_limit": limit}).spec
    with pytest.raises(InputError, match=r"circuit\.weight_limit"):
        weight_limits(spec, NOTHING)


def test_the_study_has_the_first_word():
    spec = Study.load("online_chain", {"circuit.weight_limit": 1.7}).spec
    assert weight_limits(spec, NOTHING) == {"drive_hidden": 1.7, "hidden_readout": 1.7}
