"""Weight trajectories: what learns, the teacher's values, and how many lines a panel takes."""

import numpy as np
import pytest

from vle_analog.compare import SignalComparison
from vle_analog.network import Signal
from vle_analog.report.weights import MOST_LINES, Panel, panels, teacher_values, weight_trajectories


def test_one_panel_per_owner_weights_before_biases(make):
    made = panels(make("two_layer").comparison)
    assert [(panel.owner, panel.kind) for panel in made] == [
        ("drive_hidden", "W"),
        ("hidden_readout", "W"),
        ("readout", "b"),
    ]


def test_curves_and_dotted_teacher(make):
    content = make()
    figure = weight_trajectories(content.spec, content.comparison)
    assert figure is not None
    above, below = figure.axes[:2]
    teacher, ideal, circuit = (np.asarray(line.get_ydata()) for line in above.lines)
    assert np.all(teacher == 1.2)
    assert np.array_equal(ideal, content.comparison.ideal["drive_hidden.W[0,0]"])
    assert np.array_equal(circuit, content.comparison.circuit["drive_hidden.W[0,0]"])
    assert np.array_equal(below.lines[0].get_ydata(), circuit - ideal)


def test_no_picture_where_nothing_learns(make):
    content = make("nudged_linear")
    assert weight_trajectories(content.spec, content.comparison) is None


def test_no_teacher_no_dotted_line(make):
    content = make("wide")
    assert teacher_values(content.spec, "drive_hidden", "W") is None
    figure = weight_trajectories(content.spec, content.comparison)
    assert figure is not None
    assert len(figure.axes[0].lines) == 2 * 32


def test_the_teacher_of_a_bias_is_its_bias(make):
    assert teacher_values(make("two_layer").spec, "readout", "b") == pytest.approx([0.3])


def test_of_many_weights_the_worst_are_drawn():
    signals = [
        SignalComparison(Signal("big", "W", (i, j)), i * j, 0.0, 0.0, (0.0, 0.0), 1.0, 0.0, 0.0, None)
        for i in range(30)
        for j in range(30)
    ]
    panel = Panel("big", "W", tuple(sorted(signals, key=lambda s: -s.nrmse)))
    assert len(panel.drawn) == MOST_LINES == len(set(panel.drawn))
    assert (29, 29) in {s.signal.index for s in panel.drawn}
    assert panel.title == "big, weights (64 of 900)"
