"""Bar charts: the deviation of every kind of signal against its bound, and the used share of the swing."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from vle_analog.compare import Comparison, SignalComparison
from vle_analog.compare.comparison import BELOW_FLOOR
from vle_analog.netlist.circuit import Circuit, Headroom
from vle_analog.style import COLOURS, NAMES, WIDTH, add_axes, heading, name_of, new_figure, styled

LEAST = 1e-12  # an NRMSE below this is drawn at this value
MOST_ROWS, MOST_MARKS = 24, 200
LEFT, ROW = 2.35, 0.27  # inches


@styled
def nrmse_bars(comparison: Comparison) -> Figure:
    """Draw the NRMSE per kind of signal: a bar to the worst, a dot for every signal (at most 200), a mark at the bound.

    Signals below the floor have no NRMSE and are not drawn.
    """
    kinds: dict[str, list[SignalComparison]] = {}
    for item in comparison.signals:
        kinds.setdefault(item.signal.kind, []).append(item)
    ordered = [kind for kind in NAMES if kind in kinds]
    figure = new_figure(1.02 + ROW * len(ordered))
    axes = _rows(figure, [f"{NAMES[kind]} {kind}" for kind in ordered])
    values = {kind: np.maximum([s.nrmse for s in kinds[kind] if not s.below_floor], LEAST) for kind in ordered}
    bounds = {kind: kinds[kind][0].bound for kind in ordered}
    every = np.concatenate([*values.values(), [*bounds.values()]])
    low, high = 10 ** np.floor(np.log10(every.min())), 3 * every.max()
    for row, kind in enumerate(ordered):
        axes.plot([bounds[kind]] * 2, [row - 0.4, row + 0.4], color="black", linewidth=2.0, solid_capstyle="butt")
        if not len(values[kind]):
            axes.text(low, row, f"  {BELOW_FLOOR}", va="center", size=8, color="0.3")
            continue
        worst = float(values[kind].max())
        shade = COLOURS[0] if worst <= bounds[kind] else COLOURS[1]
        axes.barh(row, worst - low, left=low, height=0.58, color=shade, alpha=0.35)
        marks = np.sort(values[kind])[np.unique(np.linspace(0, len(values[kind]) - 1, MOST_MARKS).astype(int))]
        axes.plot(marks, np.full(len(marks), row), "o", markersize=3.2, color=shade, markeredgewidth=0)
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    axes.set_xlabel("NRMSE, circuit against ideal")
    axes.grid(axis="x", color="0.9", linewidth=0.6)
    heading(figure, "Agreement by kind of signal", 0.12)
    _legend(
        figure,
        [
            Line2D([], [], color="black", linewidth=2.0, label="bound"),
            Line2D([], [], linestyle="", marker="o", markersize=3.2, color=COLOURS[0], label="one signal"),
            Patch(color=COLOURS[0], alpha=0.35, linewidth=0, label="worst"),
        ],
    )
    return figure


@styled
def headroom_bars(circuit: Circuit) -> Figure:
    """Draw the peak voltage of every kind of signal of every owner against its limit: the `MOST_ROWS` fullest."""
    rows = fullest(circuit)
    figure = new_figure(1.02 + ROW * len(rows))
    axes = _rows(figure, [f"{h.owner}: {name_of(h.kind)}{'' if h.kind == 'input' else ' ' + h.kind}" for h in rows])
    for row, headroom in enumerate(rows):
        axes.barh(row, headroom.peak, height=0.58, color=COLOURS[_shade(headroom.kind)], alpha=0.75)
        axes.plot([headroom.limit] * 2, [row - 0.5, row + 0.5], color="black", linewidth=2.0, solid_capstyle="butt")
        axes.text(headroom.peak, row, f" {headroom.used:.0%}", va="center", size=8, color="0.2")
    axes.set_xlim(0, 1.08 * max(max(h.limit, h.peak) for h in rows))
    axes.set_xlabel("peak, volts around the common reference")
    dropped = len(circuit.headroom) - len(rows)
    heading(figure, "Headroom" + (f" (the {len(rows)} fullest of {len(circuit.headroom)})" if dropped else ""), 0.12)
    present = sorted({_shade(h.kind) for h in rows})
    groups = ("potentials and inputs", "weights and biases", "errors")
    handles = [Patch(color=COLOURS[k], alpha=0.75, linewidth=0, label=groups[k]) for k in present]
    _legend(figure, [*handles, Line2D([], [], color="black", linewidth=2.0, label="limit")])
    return figure


def fullest(circuit: Circuit) -> list[Headroom]:
    """Return at most `MOST_ROWS` headroom entries with the largest used share, in the order of the circuit."""
    kept = sorted(circuit.headroom, key=lambda h: -h.used)[:MOST_ROWS]
    return [h for h in circuit.headroom if h in kept]


def _shade(kind: str) -> int:
    return 1 if kind in "Wb" else 2 if kind in "vBe" else 0


def _rows(figure: Figure, labels: list[str]) -> Axes:
    axes = add_axes(figure, LEFT, 0.5, WIDTH - LEFT - 0.15, ROW * len(labels))
    axes.set_yticks(range(len(labels)), [label if len(label) <= 36 else label[:35] + "…" for label in labels])
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    return axes


def _legend(figure: Figure, handles: list) -> None:
    across, down = figure.get_size_inches()
    figure.legend(
        handles=handles,
        loc="upper right",
        bbox_to_anchor=(1 - 0.15 / across, 1 - 0.12 / down),
        ncols=len(handles),
        borderaxespad=0,
        borderpad=0,
        columnspacing=1.4,
    )
