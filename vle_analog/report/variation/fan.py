"""The spread of traces over chips: bands of quantiles, the median, and the ideal."""

import re
from itertools import zip_longest

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from vle_analog.report.overlay import LAST, LONG
from vle_analog.report.variation.content import Fan
from vle_analog.style import (
    COLOURS,
    DASHES,
    IDEAL,
    TIME,
    WIDTH,
    add_axes,
    heading,
    legend_line,
    name_of,
    new_figure,
    styled,
)

MOST_PANELS = 8
LEARNED = ("W", "b")
KINDS = ("W", "b", "r", "u", "U", "e", "v", "B")  # the order of the kinds of signals
LEFT, GAP, RIGHT = 0.75, 0.75, 0.15  # inches
HEAD, PANEL, BETWEEN, FOOT = 0.85, 1.2, 0.62, 0.45
OUTER, INNER = 0.16, 0.34  # opacity of 5-95 % and, on top of it, 25-75 %


@styled
def fan_figure(fan: Fan, title: str) -> Figure:
    """Draw a panel per signal, at most eight: of each kind those with the largest spread.

    In a long run learned parameters are drawn over the whole run, other signals over its end, where bands are visible.
    """
    chosen = widest(fan)
    columns = min(2, len(chosen))
    rows = -(-len(chosen) // columns)
    figure = new_figure(HEAD + rows * PANEL + (rows - 1) * BETWEEN + FOOT)
    width = (WIDTH - LEFT - RIGHT - (columns - 1) * GAP) / columns
    for place, signal in enumerate(chosen):
        row, column = divmod(place, columns)
        axes = add_axes(figure, LEFT + column * (width + GAP), HEAD + row * (PANEL + BETWEEN), width, PANEL)
        _panel(axes, fan, signal)
        if place + columns >= len(chosen):
            axes.set_xlabel(TIME)
    figure.align_ylabels()
    heading(figure, title, LEFT)
    _legend(figure)
    return figure


def widest(fan: Fan) -> list[int]:
    """Return the signals to draw: alternately of every kind those with the widest bands, in order of kind."""
    spread = np.max(fan.bands[-1] - fan.bands[0], axis=1)
    by_kind: dict[str, list[int]] = {}
    for signal in np.argsort(-spread, kind="stable"):
        by_kind.setdefault(_kind(fan.signals[signal]), []).append(int(signal))
    known = [kind for kind in KINDS if kind in by_kind]
    known += [kind for kind in by_kind if kind not in known]
    turns = [signal for turn in zip_longest(*(by_kind[kind] for kind in known)) for signal in turn]
    chosen = [signal for signal in turns if signal is not None][:MOST_PANELS]
    return sorted(chosen, key=lambda signal: (known.index(_kind(fan.signals[signal])), signal))


def _panel(axes: Axes, fan: Fan, signal: int) -> None:
    kind, times = _kind(fan.signals[signal]), fan.times
    late = kind not in LEARNED and times[-1] - times[0] > LONG
    window = times >= times[-1] - LAST if late else np.ones(len(times), dtype=bool)
    times = times[window]
    low, quarter, middle, three, high = fan.bands[:, signal, window]
    for bottom, top, opacity in ((low, high, OUTER), (quarter, three, INNER)):
        axes.fill_between(times, bottom, top, color=COLOURS[0], alpha=opacity, linewidth=0)
    axes.plot(times, middle, color=COLOURS[0], linewidth=1.4)
    axes.plot(times, fan.ideal[signal][window], color=IDEAL, linewidth=1.0, dashes=DASHES)
    axes.set_xlim(times[0], times[-1])
    axes.margins(y=0.06)
    axes.set_title(f"{name_of(kind)} {fan.signals[signal]}".strip(), loc="left", pad=3)
    if late:
        axes.set_title(f"the last {LAST:g} units", loc="right", size=8, color="0.3", pad=3)
    axes.grid(axis="y", color="0.92", linewidth=0.6)
    axes.set_axisbelow(True)


def _kind(name: str) -> str:
    """Return the kind of a signal: `W` of `drive_hidden.W[0,0]`."""
    found = re.search(r"\.([A-Za-z_']+)\[", name)
    return found[1] if found else name


def _legend(figure: Figure) -> None:
    darker = 1 - (1 - OUTER) * (1 - INNER)
    handles = [
        Line2D([], [], color=IDEAL, linewidth=1.0, dashes=DASHES, label="ideal"),
        Line2D([], [], color=COLOURS[0], linewidth=1.4, label="median chip"),
        Patch(color=COLOURS[0], alpha=darker, linewidth=0, label="half of the chips (25–75 %)"),
        Patch(color=COLOURS[0], alpha=OUTER, linewidth=0, label="nine of ten (5–95 %)"),
    ]
    legend_line(figure, LEFT, len(handles), handles=handles, handlelength=2.2, columnspacing=1.4)
