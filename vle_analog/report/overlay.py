"""The traces of a population: ideal and circuit in one panel, their difference below."""

from collections.abc import Iterable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from vle_analog.compare import Comparison, SignalComparison
from vle_analog.compare.comparison import nrmse_text
from vle_analog.network import Signal
from vle_analog.network.stimuli import Stimulus
from vle_analog.style import (
    DASHES,
    IDEAL,
    NAMES,
    TARGET,
    TIME,
    WIDTH,
    add_axes,
    colour,
    error_axis,
    heading,
    new_figure,
    styled,
    thin,
)

KINDS = ("U", "u", "r", "e")
MOST_NEURONS = 4
LONG, LAST = 30.0, 15.0  # a run longer than LONG has a second column with its LAST units of model time

LEFT, RIGHT, GAP = 0.95, 0.2, 0.72  # inches
TRACE, SLIM, BETWEEN, ROW = 1.12, 0.42, 0.07, 1.98
HEAD, FOOT = 0.8, 0.42


@styled
def overlay(comparison: Comparison, population: str, target: Stimulus | None = None) -> Figure:
    """Draw one row per kind of signal (U, u where it exists, r, e): traces, and circuit minus ideal below.

    **Arguments:**

    - `target`: target of the output, drawn with the rates; to be passed for the output population only.
    """
    kinds = [kind for kind in KINDS if _of(comparison, population, kind)]
    neurons = neurons_drawn(comparison, population, kinds)
    figure = new_figure(HEAD + ROW * len(kinds) - (ROW - TRACE - SLIM - BETWEEN) + FOOT)
    time = comparison.ideal.time
    for left, width, window in _columns(time):
        first = None
        for row, kind in enumerate(kinds):
            last = row == len(kinds) - 1
            top = HEAD + row * ROW
            above = add_axes(figure, left, top, width, TRACE, first)
            below = add_axes(figure, left, top + TRACE + BETWEEN, width, SLIM, above)
            first = first or above
            above.set_xlim(time[window][0], time[window][-1])
            if target is not None and kind == "r":
                for number, values in enumerate(target(time[window])[neurons]):
                    shade = colour(number) if len(neurons) > 1 else TARGET
                    above.plot(*thin(time[window], values), color=shade, linestyle=":", linewidth=1.2, zorder=1)
            _draw(above, below, comparison, [Signal(population, kind, (k,)) for k in neurons], window)
            if left == LEFT:
                above.set_ylabel(f"{NAMES[kind].replace(' ', chr(10))} {kind}")
                below.set_ylabel("circuit\n− ideal", size=7.5)
                _name_worst(above, _of(comparison, population, kind))
            elif row == 0:
                above.set_title(f"the last {LAST:g} units", loc="left", color="0.3")
            above.tick_params(labelbottom=False, bottom=False)
            below.tick_params(labelbottom=last)
            if last:
                below.set_xlabel(TIME)
    heading(figure, f"Population {population}", LEFT)
    _legend(figure, neurons, _size(comparison, population), target is not None)
    figure.align_ylabels()
    return figure


def neurons_drawn(comparison: Comparison, population: str, kinds: Iterable[str]) -> list[int]:
    """Return at most four neurons, in order: the worst of each kind of signal, then the first ones."""
    worst = [max(_of(comparison, population, kind), key=lambda s: s.nrmse).signal.index[0] for kind in kinds]
    everybody = range(_size(comparison, population))
    return sorted(list(dict.fromkeys([*worst, *everybody]))[:MOST_NEURONS])


def _columns(time: np.ndarray) -> list[tuple[float, float, np.ndarray]]:
    """Return left edge, width and time points of each column: the whole run, and its end where the run is long."""
    whole = np.ones(len(time), dtype=bool)
    room = WIDTH - LEFT - RIGHT
    if time[-1] - time[0] <= LONG:
        return [(LEFT, room, whole)]
    wide = 0.62 * (room - GAP)
    return [(LEFT, wide, whole), (LEFT + wide + GAP, room - GAP - wide, time >= time[-1] - LAST)]


def _draw(above: Axes, below: Axes, comparison: Comparison, signals: Sequence[Signal], window: np.ndarray) -> None:
    """Draw ideal (thin, dark) and circuit (coloured, dashed), and their difference below."""
    time = comparison.ideal.time[window]
    errors = []
    for number, signal in enumerate(signals):
        if signal not in comparison.ideal:  # a neuron with tau_m = tau_r has no membrane state
            continue
        ideal, circuit = comparison.ideal[signal][window], comparison.circuit[signal][window]
        errors.append(circuit - ideal)
        above.plot(*thin(time, ideal), color=IDEAL, linewidth=0.8, zorder=2)
        above.plot(*thin(time, circuit), color=colour(number), linewidth=1.7, dashes=DASHES, zorder=3)
        below.plot(*thin(time, errors[-1]), color=colour(number), linewidth=0.9)
    above.margins(y=0.08)
    error_axis(below, errors)


def _name_worst(axes: Axes, signals: Sequence[SignalComparison]) -> None:
    worst = max(signals, key=lambda s: s.nrmse)
    which = f"neuron {worst.signal.index[0]}, " if len(signals) > 1 else ""
    axes.set_title(
        f"{'worst: ' if which else ''}{which}{'' if worst.below_floor else 'NRMSE '}{nrmse_text(worst, 1)}",
        loc="right",
        size=8,
        color="0.3",
        pad=3,
    )


def _legend(figure: Figure, neurons: Sequence[int], size: int, target: bool) -> None:
    """Draw the legend below the heading."""
    handles = [Line2D([], [], color=IDEAL, linewidth=0.8, label="ideal")]
    handles += [
        Line2D([], [], color=colour(k), linewidth=1.7, dashes=DASHES, label=f"circuit, neuron {neuron}")
        for k, neuron in enumerate(neurons)
    ]
    if target:
        handles.append(Line2D([], [], color=TARGET, linestyle=":", linewidth=1.3, label="target"))
    across, down = figure.get_size_inches()
    title = f"{len(neurons)} of {size} neurons" if len(neurons) < size else None
    if title:
        figure.text(1 - RIGHT / across, 1 - 0.1 / down, title, ha="right", va="top", size=8.5, color="0.3")
    figure.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(LEFT / across, 1 - 0.33 / down),
        ncols=len(handles),
        borderaxespad=0,
        borderpad=0,
        handlelength=2.6,
        columnspacing=1.4,
    )


def _of(comparison: Comparison, population: str, kind: str) -> list[SignalComparison]:
    return [s for s in comparison.signals if (s.signal.owner, s.signal.kind) == (population, kind)]


def _size(comparison: Comparison, population: str) -> int:
    return len(_of(comparison, population, "U"))
