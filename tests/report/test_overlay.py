"""The overlay shows the data it was given, and always the neuron that is worst."""

import numpy as np

from vle_analog.report.overlay import KINDS, neurons_drawn, overlay


def _lines(axes):
    """What is drawn, without guides (they have two points)."""
    return [np.asarray(line.get_ydata()) for line in axes.lines if len(np.asarray(line.get_xdata())) > 2]


def test_traces_above_and_their_difference_below(make):
    comparison = make().comparison
    figure = overlay(comparison, "hidden")
    assert len(figure.axes) == 2 * len(KINDS)
    for kind, above, below in zip(KINDS, figure.axes[::2], figure.axes[1::2], strict=True):
        ideal, circuit = comparison.ideal[f"hidden.{kind}[0]"], comparison.circuit[f"hidden.{kind}[0]"]
        assert np.array_equal(_lines(above), [ideal, circuit])
        assert np.array_equal(_lines(below), [circuit - ideal])
        assert above.get_shared_x_axes().joined(above, below)


def test_a_wire_has_no_membrane_potential_to_draw(make):
    figure = overlay(make().comparison, "readout")
    assert len(figure.axes) == 2 * 3
    assert not any("membrane" in axes.get_ylabel() for axes in figure.axes)


def test_the_target_lies_under_the_rates_of_the_output(make):
    content = make()
    figure = overlay(content.comparison, "readout", content.target)
    rates = next(axes for axes in figure.axes if axes.get_ylabel().startswith("rate"))
    assert np.allclose(_lines(rates)[0], content.target(content.comparison.ideal.time)[0])


def test_at_most_four_neurons_and_the_worst_of_every_kind_among_them(make):
    comparison = make("wide").comparison
    drawn = neurons_drawn(comparison, "hidden", KINDS)
    assert len(drawn) == 4
    for kind in KINDS:
        of_kind = [s for s in comparison.signals if (s.signal.owner, s.signal.kind) == ("hidden", kind)]
        assert max(of_kind, key=lambda s: s.nrmse).signal.index[0] in drawn
    labels = [text.get_text() for text in overlay(comparison, "hidden").legends[0].get_texts()]
    assert labels == ["ideal", *(f"circuit, neuron {k}" for k in drawn)]


def test_a_long_run_has_a_second_column_with_its_end(make):
    figure = overlay(make("nudged_linear", "duration=40").comparison, "hidden")
    assert len(figure.axes) == 4 * len(KINDS)
    assert figure.axes[0].get_xlim() == (0.0, 40.0)
    assert np.allclose(figure.axes[2 * len(KINDS)].get_xlim(), (25.0, 40.0), atol=0.2)
