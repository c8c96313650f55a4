"""Circuit traces on a common grid: accuracy of the interpolation on ngspice's uneven steps."""

import numpy as np
import pytest

from vle_analog.compare import align
from vle_analog.netlist.circuit import Probe
from vle_analog.network import Signal

UNIT = 1e-4
PROBES = (Probe(Signal("a", "U", (0,)), ("a_0_n",), 50.0), Probe(Signal("a", "r", (0,)), ("a_0_r",), 1.0))


def uneven(points):
    """Time points from 0 to 10 whose steps differ by up to a factor of four, and whose density scales with `points`."""
    x = np.linspace(0, 1, points)
    return 10 * (x + 0.6 * np.sin(4 * np.pi * x) / (4 * np.pi))


def on_grid(model_time, grid):
    vectors = {"u": np.sin(model_time) / 50, "r": np.cos(2 * model_time)}
    return align(model_time * UNIT, vectors, PROBES, ("u", "r"), UNIT, grid)


def test_values_are_scaled_to_model_units():
    grid = np.linspace(0, 10, 37)
    aligned = on_grid(uneven(2001), grid)
    assert [str(s) for s in aligned.signals] == ["a.U[0]", "a.r[0]"]
    assert np.array_equal(aligned.time, grid)
    assert aligned["a.U[0]"] == pytest.approx(np.sin(grid), abs=1e-9)
    assert aligned["a.r[0]"] == pytest.approx(np.cos(2 * grid), abs=1e-8)


def test_interpolation_is_of_eighth_order_on_uneven_steps():
    grid = np.linspace(1, 9, 401)
    errors = [np.max(np.abs(on_grid(uneven(n + 1), grid)["a.r[0]"] - np.cos(2 * grid))) for n in (50, 100, 200)]
    assert 180 < errors[0] / errors[1] < 350
    assert 180 < errors[1] / errors[2] < 350


def test_a_cubic_is_met_exactly():
    time, grid = uneven(101), np.linspace(0, 10, 53)
    cubic = lambda t: 0.3 - t + 0.2 * t**2 - 0.01 * t**3  # noqa: E731
    aligned = align(time * UNIT, {"u": cubic(time), "r": time}, PROBES, ("u", "r"), UNIT, grid)
    assert aligned["a.U[0]"] == pytest.approx(50 * cubic(grid), abs=1e-9)


@pytest.mark.parametrize("step", [1e-6, 1e-9, 1e-12])
def test_tiny_steps_do_no_harm(step):
    """A breakpoint leaves points so close together that the rounding between them is a huge slope."""
    grid, time = np.linspace(0, 10, 401), uneven(401)
    crowded = np.sort(np.concatenate([time, time[1:-1:10] + step, time[1:-1:10] + 2 * step]))
    noise = 1e-10 * np.random.default_rng(1).standard_normal(len(crowded))
    vectors = {"u": np.sin(crowded) / 50 + noise, "r": np.cos(2 * crowded) + noise}
    aligned = align(crowded * UNIT, vectors, PROBES, ("u", "r"), UNIT, grid)
    assert aligned["a.r[0]"] == pytest.approx(np.cos(2 * grid), abs=1e-5)
    assert aligned["a.U[0]"] == pytest.approx(np.sin(grid), abs=1e-5)


def test_the_end_of_the_grid_may_exceed_the_last_point_by_rounding():
    time = uneven(401) * (1 - 1e-13)
    grid = np.linspace(0, 10, 11)
    assert on_grid(time, grid)["a.U[0]"][-1] == pytest.approx(np.sin(10), abs=1e-7)


def test_the_first_point_may_lie_after_zero():
    """With `uic` ngspice stores its first point after a first step, not at 0."""
    time = uneven(2001)[1:]
    grid = np.linspace(0, 10, 11)
    assert on_grid(time, grid)["a.U[0]"][0] == pytest.approx(0.0, abs=1e-7)


def test_no_polynomial_reaches_across_a_kink():
    """A potential that follows a sampled input changes its slope at every sample, between two time points."""
    time, grid, kinks = np.linspace(0, 10, 501), np.linspace(0, 10, 1601), np.arange(0.5, 10, 1.0) + 0.003
    shape = lambda t: np.interp(t, kinks, (-1.0) ** np.arange(len(kinks))) + np.sin(t)  # noqa: E731
    vectors = {"u": shape(time) / 50, "r": shape(time)}
    blind = align(time * UNIT, vectors, PROBES, ("u", "r"), UNIT, grid)["a.r[0]"] - shape(grid)
    aware = align(time * UNIT, vectors, PROBES, ("u", "r"), UNIT, grid, kinks)["a.r[0]"] - shape(grid)
    inside = (grid > kinks[0]) & (grid < kinks[-1])
    assert np.abs(aware[inside]).max() < 1e-5  # a cubic remainder over one step before a kink
    assert np.abs(blind[inside]).max() > 1e-3


def test_where_kinks_are_as_close_as_time_points_nothing_overshoots():
    """Straight lines from point to point: a polynomial across kinks would leave the range of the points."""
    time, kinks = np.linspace(0, 2, 121), np.arange(0, 2, 0.02)
    wave = np.where(np.abs(time - 1) < 0.02, 20.0, -5.0)
    grid = np.linspace(0, 2, 777)
    aligned = align(time * UNIT, {"u": wave, "r": wave}, PROBES, ("u", "r"), UNIT, grid, kinks)
    assert aligned["a.r[0]"] == pytest.approx(np.interp(grid, time, wave), abs=1e-9)
