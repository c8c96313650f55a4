"""The figure of a cell's mismatch."""

from dataclasses import replace

import numpy as np
import pytest

from vle_analog.cells.fitted import fitted
from vle_analog.characterise.characterise import Characterisation
from vle_analog.characterise.mismatch import Spread
from vle_analog.characterise.picture import histogram_figure
from vle_analog.characterise.primitives import PRIMITIVES

SAMPLES = 60


@pytest.fixture
def found() -> Characterisation:
    """An amplifier with two spreads that are not zero; only the gain error is known of single samples."""
    draws = np.random.default_rng(1).standard_normal(SAMPLES)
    nothing = np.zeros((SAMPLES, 1, 1))
    sigmas = {"vos": 0.0, "ios": 0.03, "dg": 0.05}
    drawn = Spread(np.zeros(1), np.zeros(1), nothing, sigmas, {"dg": 0.05 * draws}, nothing[0])
    numbers = fitted("ota_linear", "generic180")
    return Characterisation(PRIMITIVES["ota_linear"], numbers, drawn.x, drawn.y, nothing[0], None, None, drawn)


def test_every_spread_has_a_panel_and_the_figure_is_as_wide_as_they_are(found: Characterisation):
    figure = histogram_figure(found)
    assert figure is not None
    assert [axes.get_xlabel().split(",")[0] for axes in figure.axes] == ["ios", "dg"]
    assert figure.axes[-1].get_position().x1 > 0.85
    assert [len(axes.patches) > 0 for axes in figure.axes] == [False, True]
    for axes in figure.axes:  # the curve is of as many samples as were drawn
        at, height = np.asarray(axes.lines[0].get_xydata()).T
        bins = (at[-1] - at[0]) / 5
        assert np.trapezoid(height, at) == pytest.approx(SAMPLES * bins, rel=0.1)


def test_nothing_to_show_without_a_spread(found: Characterisation):
    assert found.spread is not None
    assert histogram_figure(replace(found, spread=None)) is None
    assert histogram_figure(replace(found, spread=replace(found.spread, sigmas={"vos": 0.0}))) is None
