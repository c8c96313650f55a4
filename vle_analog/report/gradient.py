"""The picture of gradients: every rule against the exact values, and the differences in angle and length."""

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from vle_analog.style import COLOURS, WIDTH, add_axes, heading, new_figure, short, styled

if TYPE_CHECKING:
    from vle_analog.gradient import Gradients

KINDS = {"W": "weights", "b": "biases", "tau_m": r"time constants $\tau_m$", "tau_r": r"time constants $\tau_r$"}
RULES = {
    "local": ("local rule", COLOURS[0], "o"),
    "le": ("LE", COLOURS[2], "s"),
    "instantaneous": ("backprop", COLOURS[1], "x"),
}
MOST_MARKS = 2000  # per panel and rule
LEFT, GAP = 0.75, 0.62  # inches
SIDE = (WIDTH - LEFT - 3 * GAP - 0.15) / 4
WIDE = 5.0  # ratios beyond this are drawn on a logarithmic axis
HEIGHT = 5.75


@styled
def gradient_picture(found: "Gradients", title: str) -> Figure:
    """Draw a scatter plot with the diagonal per kind of parameter; below, cosine and norm ratio by kind and rule."""
    figure = new_figure(HEIGHT)
    shown = dict(RULES)
    same = all(
        np.array_equal(a, b)
        for kind in KINDS
        for a, b in zip(found.le[kind].values(), found.instantaneous[kind].values(), strict=True)
    )
    if same:
        del shown["le"]
        shown["instantaneous"] = ("LE and backprop", *RULES["instantaneous"][1:])
    heading(figure, f"{title}: gradients of the loss", 0.2, 0.14)
    for column, kind in enumerate(KINDS):
        axes = add_axes(figure, LEFT + column * (SIDE + GAP), 1.0, SIDE, SIDE)
        _scatter(axes, found, kind, shown)
    _bars(figure, found, shown)
    handles = [
        Line2D([], [], linestyle="", marker=mark, markersize=5, color=colour, label=name)
        for name, colour, mark in shown.values()
    ]
    across, down = figure.get_size_inches()
    figure.legend(
        handles=[*handles, Line2D([], [], color="0.6", linewidth=0.8, label="exact")],
        loc="upper right",
        bbox_to_anchor=(1 - 0.15 / across, 1 - 0.42 / down),
        ncols=len(handles) + 1,
        borderaxespad=0,
        borderpad=0,
        columnspacing=1.4,
        handletextpad=0.4,
    )
    return figure


def _scatter(axes: Axes, found: "Gradients", kind: str, shown: dict[str, tuple[str, str, str]]) -> None:
    exact = _row(found, "exact", kind)
    marked = np.unique(np.linspace(0, len(exact) - 1, MOST_MARKS).astype(int))
    rows = {rule: _row(found, rule, kind) for rule in shown}
    largest = max(float(np.abs(row).max(initial=0.0)) for row in (exact, *rows.values())) or 1.0
    limit = 1.12 * largest
    axes.plot([-limit, limit], [-limit, limit], color="0.6", linewidth=0.8, zorder=0)
    for cross in (axes.axhline, axes.axvline):
        cross(0.0, color="0.88", linewidth=0.6, zorder=0)
    for rule, (_, colour, mark) in shown.items():
        axes.plot(
            exact[marked],
            rows[rule][marked],
            mark,
            color=colour,
            markersize=4.2,
            alpha=0.75,
            markeredgewidth=1.1 if mark == "x" else 0.0,
        )
    axes.set_xlim(-limit, limit)
    axes.set_ylim(-limit, limit)
    tick = float(f"{0.85 * largest:.0e}")
    for set_ticks in (axes.set_xticks, axes.set_yticks):
        set_ticks([-tick, 0.0, tick], [short(-tick), "0", short(tick)])
    axes.set_title(KINDS[kind])
    axes.set_xlabel("exact adjoint")
    if kind == "W":
        axes.set_ylabel("rule")


def _bars(figure: Figure, found: "Gradients", shown: dict[str, tuple[str, str, str]]) -> None:
    wide = (WIDTH - LEFT - GAP - 0.15) / 2
    top = 1.0 + SIDE + 1.0
    close = {rule: [found.agreement(rule, kind) for kind in KINDS] for rule in shown}
    for number, (field, name) in enumerate((("cosine", "cosine to exact"), ("ratio", "norm over exact"))):
        axes = add_axes(figure, LEFT + number * (wide + GAP), top, wide, HEIGHT - top - 0.35)
        rows = {rule: [getattr(item, field) for item in items] for rule, items in close.items()}
        there = [value for row in rows.values() for value in row if value]
        logarithmic = field == "ratio" and bool(there) and (max(there) > WIDE or min(there) < 1 / WIDE)
        if logarithmic:
            axes.set_yscale("log")
        base, thick = float(logarithmic), 0.7 / len(shown)
        for place, (rule, (_, colour, _)) in enumerate(shown.items()):
            for column, value in enumerate(rows[rule]):
                x = column + (place - (len(shown) - 1) / 2) * thick
                if value is None or (logarithmic and value == 0):
                    axes.text(x, base, "none", ha="center", va="bottom", size=7, color=colour, rotation=90)
                else:
                    axes.bar(x, value - base, bottom=base, width=0.92 * thick, color=colour, alpha=0.8)
        axes.axhline(1.0, color="0.6", linewidth=0.8)
        axes.set_xticks(range(len(KINDS)), ["W", "b", r"$\tau_m$", r"$\tau_r$"])
        axes.set_xlim(-0.5, len(KINDS) - 0.5)
        axes.tick_params(axis="x", length=0)
        axes.set_title(name)
        axes.grid(axis="y", color="0.9", linewidth=0.6)
        axes.set_axisbelow(True)


def _row(found: "Gradients", rule: str, kind: str) -> np.ndarray:
    return np.concatenate([array.ravel() for array in found.values(rule)[kind].values()])
