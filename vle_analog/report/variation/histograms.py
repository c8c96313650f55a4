"""The distribution of every metric over the chips, with the nominal chip and the bound."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from vle_analog.style import COLOURS, DASHES, IDEAL, WIDTH, add_axes, heading, legend_line, new_figure, styled

COLUMNS = 3
LEFT, GAP, RIGHT = 0.6, 0.55, 0.15  # inches
HEAD, PANEL, ROW = 0.88, 1.2, 1.85
DECADES = 1.5  # positive values that span more than this factor are drawn on a logarithmic axis
MOST_BINS, LEAST_BINS = 50, 8


@dataclass(frozen=True, eq=False)
class Histogram:
    """The values of one metric, finite, with the title of their panel; `nominal` and `bound` are marked where given.

    `large_is_good`: chips work above the bound, otherwise below it.
    """

    title: str
    values: np.ndarray
    nominal: float | None = None
    bound: float | None = None
    large_is_good: bool = False


@styled
def histogram_figure(panels: Sequence[Histogram], title: str) -> Figure:
    """Draw one panel per metric, three in a row; chips beyond the bound in another colour."""
    columns = min(COLUMNS, len(panels))
    rows = -(-len(panels) // columns)
    figure = new_figure(HEAD + (rows - 1) * ROW + PANEL + 0.38)
    width = (WIDTH - LEFT - RIGHT - (COLUMNS - 1) * GAP) / COLUMNS
    for place, panel in enumerate(panels):
        row, column = divmod(place, columns)
        axes = add_axes(figure, LEFT + column * (width + GAP), HEAD + row * ROW, width, PANEL)
        _panel(axes, panel)
        if column == 0:
            axes.set_ylabel("chips")
    heading(figure, title, LEFT)
    _legend(figure, panels)
    return figure


def edges(values: np.ndarray, bound: float | None, logarithmic: bool) -> np.ndarray:
    """Return the edges of about √n bins that contain all values, one edge at the bound, so that no bin spans it."""
    spread = np.log10(values) if logarithmic else values
    low, high = float(spread.min()), float(spread.max())
    if low == high:
        low, high = low - 0.5 * (abs(low) or 1.0), high + 0.5 * (abs(high) or 1.0)
    step = (high - low) / int(np.clip(np.sqrt(len(values)), LEAST_BINS, MOST_BINS))
    mark = None if bound is None or (logarithmic and bound <= 0) else np.log10(bound) if logarithmic else bound
    start = low if mark is None else mark - step * np.ceil((mark - low) / step - 1e-9)
    found = start + step * np.arange(int(np.ceil((high - start) / step - 1e-9)) + 1)
    found[-1] = max(found[-1], high)
    found[0] = min(found[0], low)
    return 10**found if logarithmic else found


def _panel(axes: Axes, panel: Histogram) -> None:
    values = panel.values
    logarithmic = bool(values.min() > 0 and values.max() > 10**DECADES * values.min())
    at = edges(values, panel.bound, logarithmic)
    values = np.clip(values, at[0], at[-1])  # rounding error of the logarithm
    bad = np.zeros(len(values), dtype=bool)
    if panel.bound is not None:
        bad = values < panel.bound if panel.large_is_good else values > panel.bound
    axes.hist(
        [values[~bad], values[bad]],
        bins=list(at),
        stacked=True,
        color=[COLOURS[0], COLOURS[1]],
        alpha=0.6,
        edgecolor="white",
        linewidth=0.3,
    )
    if logarithmic:
        axes.set_xscale("log")
    if panel.bound is not None:
        axes.axvline(panel.bound, color=COLOURS[1], linewidth=1.4)
    if panel.nominal is not None:
        axes.axvline(panel.nominal, color=IDEAL, linewidth=1.2, dashes=DASHES)
    axes.set_title(panel.title, loc="left", pad=4)
    axes.margins(x=0.03)
    if not logarithmic:
        axes.locator_params(axis="x", nbins=4)
    axes.locator_params(axis="y", nbins=4, integer=True)


def _legend(figure: Figure, panels: Sequence[Histogram]) -> None:
    handles: list = [Patch(color=COLOURS[0], alpha=0.6, linewidth=0, label="chips")]
    if any(panel.bound is not None for panel in panels):
        handles += [
            Patch(color=COLOURS[1], alpha=0.6, linewidth=0, label="chips that miss the bound"),
            Line2D([], [], color=COLOURS[1], linewidth=1.4, label="bound"),
        ]
    if any(panel.nominal is not None for panel in panels):
        handles.append(Line2D([], [], color=IDEAL, linewidth=1.2, dashes=DASHES, label="nominal chip"))
    legend_line(figure, LEFT, len(handles), handles=handles, handlelength=2.2, columnspacing=1.4)
