"""Bars end where the numbers say."""

from dataclasses import replace

import pytest

from vle_analog.report.bars import MOST_ROWS, fullest, headroom_bars, nrmse_bars


def test_a_bar_per_kind_ends_at_the_worst(make):
    comparison = make("two_layer").comparison
    axes = nrmse_bars(comparison).axes[0]
    kinds = [label.get_text().split()[-1] for label in axes.get_yticklabels()]
    assert kinds == ["u", "U", "r", "v", "B", "e", "W", "b"]
    for kind, bar in zip(kinds, axes.patches, strict=True):
        worst = max(s.nrmse for s in comparison.signals if s.signal.kind == kind)
        assert bar.get_x() + bar.get_width() == pytest.approx(worst)


def test_a_perfect_circuit_can_be_drawn(make):
    comparison = make(noise=0.0).comparison
    assert comparison.worst_nrmse == 0.0
    assert nrmse_bars(comparison).axes[0].get_xlim()[0] > 0


def test_headroom_in_volts(make):
    circuit = make().circuit
    axes = headroom_bars(circuit).axes[0]
    assert [bar.get_width() for bar in axes.patches] == pytest.approx([h.peak for h in circuit.headroom])
    assert axes.get_xlim()[1] > circuit.headroom[0].limit


def test_of_many_rows_the_fullest_are_drawn(make):
    circuit = make().circuit
    many = replace(
        circuit, headroom=tuple(replace(circuit.headroom[0], owner=f"p{k}", peak=0.001 * k) for k in range(60))
    )
    assert [h.owner for h in fullest(many)] == [f"p{k}" for k in range(60 - MOST_ROWS, 60)]
