"""The yield against the size of mismatch, and against device area."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from matplotlib.figure import Figure

from vle_analog.report.variation.content import YieldPoint
from vle_analog.style import COLOURS, WIDTH, add_axes, heading, legend_line, new_figure, short, styled

LEFT, RIGHT, PANEL, FOOT = 0.75, 0.2, 2.3, 0.5  # inches
MARKS = ("o", "s", "D", "^", "v", "P", "X")
MISMATCH = "mismatch, in multiples of the nominal σ"
AREA = "area of every device, in multiples of the nominal (σ falls as 1/√area)"


@styled
def yield_figure(curves: Mapping[str, Sequence[YieldPoint]], across: str, title: str) -> Figure:
    """Draw the yield in per cent with Wilson intervals, one curve per label; the nominal point, 1, is marked.

    **Arguments:**

    - `across`: label of the axis: `MISMATCH`, or `AREA`, which is logarithmic.
    """
    head = 0.72 if len(curves) > 1 else 0.45
    figure = new_figure(head + PANEL + FOOT)
    axes = add_axes(figure, LEFT, head, WIDTH - LEFT - RIGHT, PANEL)
    logarithmic = across == AREA
    places = sorted({point.at for points in curves.values() for point in points})
    step = min((b - a for a, b in pairwise(places)), default=1.0)
    for number, (label, points) in enumerate(curves.items()):
        beside = (number - (len(curves) - 1) / 2) * 0.02  # offset, so that intervals of curves do not overlap
        ordered = sorted(points, key=lambda point: point.at)
        at = np.array([point.at for point in ordered])
        at = at * 2**beside if logarithmic else at + beside * step
        value, low, high = (
            100 * np.array([getattr(point.passing, name) for point in ordered]) for name in ("value", "low", "high")
        )
        axes.errorbar(
            at,
            value,
            [value - low, high - value],
            color=COLOURS[number % len(COLOURS)],
            linewidth=1.3,
            marker=MARKS[number % len(MARKS)],
            markersize=4.5,
            elinewidth=1.1,
            capsize=3,
            label=label,
            clip_on=False,
        )
    axes.set_ylim(0, 100)
    axes.axvline(1.0, color="0.75", linewidth=0.9, zorder=0)
    if logarithmic:
        axes.set_xscale("log", base=2)
        axes.set_xticks(places, [_times(place) for place in places])
    elif len(places) <= 12:
        axes.set_xticks(places, [short(place) for place in places])
    axes.minorticks_off()
    axes.set_xlabel(across)
    axes.set_ylabel("yield, %")
    axes.grid(axis="y", color="0.92", linewidth=0.6)
    axes.set_axisbelow(True)
    heading(figure, title, LEFT)
    if len(curves) > 1:
        legend_line(figure, LEFT, min(4, len(curves)), columnspacing=1.6)
    return figure


def _times(value: float) -> str:
    """Write a value below one as a fraction such as `1/4`, others as numbers."""
    inverse = 1 / value
    return f"1/{inverse:g}" if value < 1 and abs(inverse - round(inverse)) < 1e-9 else short(value)
