"""The contributions of devices to the variance of a metric: linear shares and Sobol indices, the largest on top."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from vle_analog.report.variation.words import group_name
from vle_analog.style import COLOURS, WIDTH, add_axes, heading, new_figure, styled
from vle_analog.variation.sensitivity import Ranking

MOST_GROUPS = 15
LEFT, GAP, RIGHT = 2.95, 0.35, 0.2  # inches
HEAD, ROW, FOOT = 0.68, 0.3, 0.5
LONGEST = 48  # characters of a label


@styled
def tornado_figure(ranking: Ranking, title: str) -> Figure:
    """Draw a row per group, at most fifteen; bars are shares of the variance with their 95 % intervals.

    Linear shares of too few chips are replaced by a note with the required number of chips.
    """
    table = ranking.table.head(MOST_GROUPS)
    columns = {str(name): table[name].to_numpy(dtype=float) for name in table}
    sides = [side for side in ("linear", "total") if side in columns]
    figure = new_figure(HEAD + ROW * len(table) + FOOT)
    width = (WIDTH - LEFT - RIGHT - (len(sides) - 1) * GAP) / len(sides)
    significant = [side for side in sides if side == "total" or not ranking.few]
    widest = max((float(columns[f"{side}_high"].max()) for side in significant), default=1.0)
    limit = min(max(1.06 * widest, 0.1), 1.05)  # a share beyond 1 is a sampling error
    rows = np.arange(len(table))
    for number, side in enumerate(sides):
        axes = add_axes(figure, LEFT + number * (width + GAP), HEAD, width, ROW * len(table))
        if side not in significant:
            axes.set_title("linear: too few chips", loc="left", pad=5)
            note = f"{ranking.samples} chips are too few\nfor linear shares:\n{ranking.needed} are needed"
            axes.text(0.5, 0.5, note, ha="center", va="center", color="0.3", transform=axes.transAxes)
        elif side == "linear":
            _bars(axes, columns["linear"], COLOURS[0], 0.7)
            axes.set_title(f"linear ({ranking.method}), R² = {max(ranking.r_squared, 0.0):.2f}", loc="left", pad=5)
        else:
            _bars(axes, columns["total"], COLOURS[5], 0.5, label="total")
            _bars(axes, columns["first"], COLOURS[1], 0.95, height=0.26, label="first order")
            axes.set_title("Sobol", loc="left", pad=5)
            axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2, borderaxespad=0, borderpad=0.3)
        axes.set_xlim(0, limit)
        axes.set_ylim(len(table) - 0.5, -0.5)
        labels = [f"{group_name(str(g))} ({n:.0f})" for g, n in zip(table.index, columns["devices"], strict=True)]
        axes.set_yticks(rows, [label if len(label) <= LONGEST else label[: LONGEST - 1] + "…" for label in labels])
        axes.tick_params(axis="y", length=0, labelleft=number == 0)
        if side in significant:
            _whiskers(axes, columns[side], columns[f"{side}_low"], columns[f"{side}_high"])
            _shares(axes)
        else:
            axes.set_xticks([])
    left_out = len(ranking.table) - len(table)
    more = f" (the first {len(table)} of {len(ranking.table)} groups)" if left_out else ""
    heading(figure, title + more, 0.2)
    return figure


def _bars(axes: Axes, shares: np.ndarray, colour: str, opacity: float, height: float = 0.6, label: str = "") -> None:
    """Draw bars; an estimate below zero is a sampling error and drawn as zero."""
    rows = np.arange(len(shares))
    axes.barh(rows, np.maximum(shares, 0.0), height=height, color=colour, alpha=opacity, linewidth=0, label=label)


def _shares(axes: Axes) -> None:
    """Label the axis along the bars."""
    axes.xaxis.set_major_formatter(lambda value, _: f"{100 * value:g}")
    axes.set_xlabel("share of the variance, %")
    axes.grid(axis="x", color="0.92", linewidth=0.6)
    axes.set_axisbelow(True)


def _whiskers(axes: Axes, shares: np.ndarray, low: np.ndarray, high: np.ndarray) -> None:
    value = np.maximum(shares, 0.0)
    reach = np.maximum([value - np.maximum(low, 0.0), high - value], 0.0)
    axes.errorbar(value, np.arange(len(value)), xerr=reach, fmt="none", ecolor="0.25", elinewidth=0.9, capsize=2.0)
