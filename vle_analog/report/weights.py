"""The learned parameters over time, ideal and circuit, with the teacher's values."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from vle_analog.compare import Comparison, SignalComparison
from vle_analog.study import StudySpec, Teacher
from vle_analog.style import (
    COLOURS,
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
    legend_line,
    new_figure,
    styled,
    thin,
)

LEARNED = {
    "W": "weights",
    "b": "biases",
    "tau_m": "membrane time constants",
    "tau_r": "prospective time constants",
    "F": "feedback weights",
}
FEW = 12  # up to this number every weight has a label; beyond it, lines are coloured by target neuron
MOST_LINES, MOST_PANELS = 64, 8

LEFT, RIGHT, GAP = 0.95, 0.42, 1.3  # inches
TRACE, SLIM, BETWEEN, ROW = 2.1, 0.45, 0.07, 3.4
HEAD, FOOT = 0.95, 0.45


@dataclass(frozen=True)
class Panel:
    """The learned parameters of one kind in one projection or population, worst first."""

    owner: str
    kind: str
    signals: tuple[SignalComparison, ...]

    @property
    def title(self) -> str:
        """The owner and the number of drawn lines."""
        total, drawn = len(self.signals), len(self.drawn)
        what = LEARNED[self.kind]
        return f"{self.owner}, {what}" + (f" ({drawn} of {total})" if drawn < total else "")

    @property
    def drawn(self) -> tuple[SignalComparison, ...]:
        """The drawn lines in the order of their indices: all, or the worst ones and evenly spaced others."""
        if len(self.signals) <= MOST_LINES:
            chosen = self.signals
        else:
            worst, rest = self.signals[: MOST_LINES // 4], self.signals[MOST_LINES // 4 :]
            chosen = worst + tuple(rest[k] for k in np.linspace(0, len(rest) - 1, MOST_LINES - len(worst)).astype(int))
        return tuple(sorted(chosen, key=lambda s: s.signal.index))


def panels(comparison: Comparison) -> list[Panel]:
    """Return the panels of learned parameters, weights first; if too many, those of the worst owners."""
    found: dict[tuple[str, str], list[SignalComparison]] = {}
    for item in comparison.signals:
        if item.signal.kind in LEARNED:
            found.setdefault((item.signal.owner, item.signal.kind), []).append(item)
    made = [Panel(*key, tuple(sorted(items, key=lambda s: -s.nrmse))) for key, items in found.items()]
    made.sort(key=lambda panel: list(LEARNED).index(panel.kind))
    kept = sorted(made, key=lambda p: -p.signals[0].nrmse)[:MOST_PANELS]
    return [panel for panel in made if panel in kept]


@styled
def weight_trajectories(spec: StudySpec, comparison: Comparison) -> Figure | None:
    """Draw one panel per learning projection or population, circuit minus ideal below; `None` where nothing learns."""
    made = panels(comparison)
    if not made:
        return None
    columns = min(2, len(made))
    rows = -(-len(made) // columns)
    figure = new_figure(HEAD + ROW * rows - (ROW - TRACE - SLIM - BETWEEN) + FOOT)
    width = (WIDTH - LEFT - RIGHT - GAP * (columns - 1)) / columns
    for number, panel in enumerate(made):
        row, column = divmod(number, columns)
        left, top = LEFT + column * (width + GAP), HEAD + row * ROW
        above = add_axes(figure, left, top, width, TRACE)
        below = add_axes(figure, left, top + TRACE + BETWEEN, width, SLIM, above)
        above.tick_params(labelbottom=False, bottom=False)
        above.set_title(panel.title, loc="left")
        below.set_xlabel(TIME)
        above.set_ylabel(f"{NAMES[panel.kind]} {panel.kind}")
        below.set_ylabel("circuit\n− ideal", size=7.5)
        _draw(above, below, panel, comparison, spec)
    figure.align_ylabels()
    kinds = {panel.kind for panel in made}
    title = {frozenset("W"): "Learned weights", frozenset("Wb"): "Learned weights and biases"}
    heading(figure, title.get(frozenset(kinds), "Learned parameters"), LEFT)
    _legend(figure, isinstance(spec.target, Teacher), any(len(panel.drawn) > FEW for panel in made))
    return figure


def _draw(above: Axes, below: Axes, panel: Panel, comparison: Comparison, spec: StudySpec) -> None:
    time, many = comparison.ideal.time, len(panel.drawn) > FEW
    teacher = teacher_values(spec, panel.owner, panel.kind)
    errors, ends = [], []
    for number, item in enumerate(panel.drawn):
        ideal, circuit = comparison.ideal[item.signal], comparison.circuit[item.signal]
        shade = colour(item.signal.index[0] if many else number)
        if teacher is not None:
            above.axhline(
                teacher[item.signal.index], color=TARGET if many else shade, linestyle=":", linewidth=1.0, zorder=1
            )
        above.plot(*thin(time, ideal), color=IDEAL, linewidth=0.45 if many else 0.8, zorder=2)
        above.plot(*thin(time, circuit), color=shade, linewidth=0.9 if many else 1.7, dashes=DASHES, zorder=3)
        errors.append(circuit - ideal)
        below.plot(*thin(time, errors[-1]), color=shade, linewidth=0.5 if many else 0.9)
        ends.append((float(circuit[-1]), ",".join(map(str, item.signal.index)), shade))
    above.set_xlim(time[0], time[-1])
    above.margins(y=0.06)
    error_axis(below, errors)
    if not many and len(ends) > 1:
        for height, name, shade in _apart(ends, above):
            above.text(1.015, height, name, transform=above.get_yaxis_transform(), color=shade, size=7.5, va="center")


def teacher_values(spec: StudySpec, owner: str, kind: str) -> np.ndarray | None:
    """Return the teacher's values of a learned parameter; `None` without a teacher and for feedback weights."""
    if not isinstance(spec.target, Teacher) or kind == "F":
        return None
    network = spec.target.network
    if kind in ("b", "tau_m", "tau_r"):
        return getattr(network.population(owner), "bias" if kind == "b" else kind)
    return next(projection.weights for projection in network.projections if projection.name == owner)


def _apart(ends: Sequence[tuple[float, str, str]], axes: Axes) -> Iterator[tuple[float, str, str]]:
    """Yield the labels, moved up where they would overlap."""
    low, high = axes.get_ylim()
    least = (high - low) * 0.13 / TRACE
    before = -np.inf
    for height, name, shade in sorted(ends):
        before = max(height, before + least)
        yield before, name, shade


def _legend(figure: Figure, teacher: bool, many: bool) -> None:
    handles = [
        Line2D([], [], color=IDEAL, linewidth=0.8, label="ideal"),
        Line2D([], [], color=COLOURS[0], linewidth=1.7, dashes=DASHES, label="circuit"),
    ]
    if teacher:
        handles.append(Line2D([], [], color=TARGET, linestyle=":", linewidth=1.2, label="teacher"))
    across, down = figure.get_size_inches()
    legend_line(figure, LEFT, len(handles), handles=handles, handlelength=2.6, columnspacing=1.4)
    colour_note = "colour: target neuron" if many else "beside the lines: target neuron, source neuron"
    figure.text(1 - RIGHT / across, 1 - 0.36 / down, colour_note, ha="right", va="top", size=8.5, color="0.3")
