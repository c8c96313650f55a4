"""The loss is half the squared distance to the target, and smoothing leaves means alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vle_analog.compare import loss
from vle_analog.report.loss import learning_curve, smoothed


def test_loss_from_its_definition(make):
    content = make("wide")
    traces = content.comparison.ideal
    found = loss(traces, content.spec.network, content.target)
    expected = sum(
        0.5 * (content.target(float(traces.time[70]))[k] - traces[f"readout.r[{k}]"][70]) ** 2 for k in range(4)
    )
    assert found[70] == pytest.approx(expected)


@given(st.integers(2, 500), st.floats(0.0, 1e6))
def test_a_constant_stays_what_it_is(points, value):
    assert smoothed(np.full(points, value)) == pytest.approx(np.full(points, value), rel=1e-9, abs=1e-12)


def test_ideal_and_circuit_are_drawn_over_the_whole_run(make):
    content = make()
    axes = learning_curve(content.spec, content.comparison, content.target).axes[0]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["ideal", "circuit"]
    ideal = smoothed(loss(content.comparison.ideal, content.spec.network, content.target))
    assert np.array_equal(axes.lines[0].get_ydata(), ideal)
    assert axes.get_xlim() == (0.0, 5.0)
