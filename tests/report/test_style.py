"""Lines keep their outline when they are thinned; the same figure gives the same bytes."""

import matplotlib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vle_analog.style import error_axis, new_figure, png, short, styled, svg, thin


@given(st.integers(1, 5000), st.integers(0, 2**32 - 1), st.sampled_from([20, 200, 2000]))
def test_a_thinned_line_keeps_its_peaks_its_order_and_its_first_point(points, seed, most):
    time, values = np.arange(points, dtype=float), np.random.default_rng(seed).standard_normal(points)
    kept_time, kept = thin(time, values, most)
    assert len(kept) <= max(most, 1)
    assert np.all(np.diff(kept_time) > 0)
    assert kept_time[0] == 0.0
    assert {kept.min(), kept.max()} == {values.min(), values.max()}
    assert np.array_equal(values[kept_time.astype(int)], kept)


def test_a_short_line_is_left_as_it_is():
    time = np.linspace(0, 1, 50)
    assert thin(time, time**2)[1] is not None
    assert np.array_equal(thin(time, time**2)[1], time**2)


@pytest.mark.parametrize(
    "value, text", [(0.0, "0"), (0.25, "0.25"), (-0.2, "−0.2"), (2e-5, "2·10⁻⁵"), (-3e12, "−3·10¹²")]
)
def test_tick_labels(value, text):
    assert short(value) == text


@pytest.mark.parametrize("largest", [0.0, 1e-300, 4.2e-5, 7.0])
def test_the_error_axis_is_symmetric_and_holds_every_error(largest):
    axes = new_figure(1.0).add_subplot()
    error_axis(axes, [np.array([0.0, -largest])])
    low, high = axes.get_ylim()
    assert low == -high < -largest
    assert 0.0 in axes.get_yticks()


@styled
def _drawn():
    figure = new_figure(2.0)
    axes = figure.add_subplot()
    axes.plot([0, 1, 2], [0, 1, 4], label="a line")
    axes.legend()
    return figure


def test_svg_and_png_have_the_same_bytes_every_time_and_no_date():
    first, second = _drawn(), _drawn()
    assert svg(first) == svg(second)
    assert png(first) == png(second)
    assert b"dc:date" not in svg(first)
    assert b"matplotlib.org" not in svg(first)


def test_settings_of_the_user_have_no_say_and_stay_as_they_were():
    plain = svg(_drawn())
    with matplotlib.rc_context({"lines.linewidth": 9.0, "font.size": 30.0}):
        assert svg(_drawn()) == plain
        assert matplotlib.rcParams["font.size"] == 30.0


def test_a_huge_figure_is_drawn_with_fewer_dots():
    assert png(new_figure(1.0, width=600.0)).startswith(b"\x89PNG")
