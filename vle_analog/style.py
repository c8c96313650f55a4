"""The common style of all pictures: fonts, colour-blind safe colours, names of signals, sizes in inches.

Only matplotlib's object interface is used, so that drawing leaves no state behind; the same data give the same bytes.
"""

import io
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure

STYLE = {
    "font.family": "DejaVu Sans",  # distributed with matplotlib, so that pictures are the same everywhere
    "font.size": 9.0,
    "axes.titlesize": 9.0,
    "axes.labelsize": 8.5,
    "xtick.labelsize": 8.0,
    "ytick.labelsize": 8.0,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "0.3",
    "axes.linewidth": 0.7,
    "axes.grid": False,
    "axes.unicode_minus": True,
    "lines.solid_capstyle": "round",
    "path.simplify": True,
    "svg.hashsalt": "vle-analog",
    "svg.fonttype": "path",
}
# A decorator: matplotlib reads settings while artists are made and drawn. Settings of the user have no effect.
styled = style.context(["default", STYLE])

WIDTH = 9.0  # inches; 900 px at 100 px per inch
DOTS = 150  # per inch, of the PNG
MOST_DOTS = 60000  # in a row; the renderer ends at 65536
MOST_POINTS = 2000  # of a line

# Okabe and Ito, Color Universal Design (2008), without black and yellow.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#7F3C8D")
IDEAL = "0.1"
DASHES = (3.2, 1.8)
TARGET = "0.45"

NAMES = {
    "u": "membrane potential",
    "U": "prospective potential",
    "r": "rate",
    "v": "error state",
    "B": "backward error",
    "e": "error",
    "W": "weight",
    "b": "bias",
    "tau_m": "membrane time constant",
    "tau_r": "prospective time constant",
    "F": "feedback weight",
    "input": "input",
}
# of signals inside a circuit, which have no traces
INNER_NAMES = {
    "S": "input current",
    "u'": "slope of the potential",
    "v'": "slope of the error state",
    "xi": "noise",
    "rhat": "high-passed rate",
    "slope": "slope",
}


def name_of(kind: str) -> str:
    """Return the name of a kind of signal."""
    return NAMES.get(kind) or INNER_NAMES.get(kind, "")


TIME = "model time"


def colour(index: int) -> str:
    """Return the colour of the neuron or weight with number `index`; colours repeat after seven."""
    return COLOURS[index % len(COLOURS)]


def new_figure(height: float, width: float = WIDTH) -> Figure:
    """Return an empty white figure; inches."""
    return Figure(figsize=(width, height), facecolor="white")


def add_axes(figure: Figure, left: float, top: float, width: float, height: float, share: Axes | None = None) -> Axes:
    """Add axes at a place in inches from the left and the top of the figure; `share` gives the time axis."""
    across, down = figure.get_size_inches()
    box = (left / across, 1 - (top + height) / down, width / across, height / down)
    return figure.add_axes(box, sharex=share)


def heading(figure: Figure, text: str, left: float, top: float = 0.1) -> None:
    """Add a bold title, `top` inches below the upper edge."""
    across, down = figure.get_size_inches()
    figure.text(left / across, 1 - top / down, text, weight="bold", size=10.5, va="top")


def legend_line(figure: Figure, left: float, columns: int, **more: Any) -> None:
    """Add the legend in one line below the heading; `more` goes to `Figure.legend`."""
    across, down = figure.get_size_inches()
    figure.legend(
        loc="upper left",
        bbox_to_anchor=(left / across, 1 - 0.36 / down),
        ncols=columns,
        borderaxespad=0,
        borderpad=0,
        **more,
    )


def thin(time: np.ndarray, values: np.ndarray, most: int = MOST_POINTS) -> tuple[np.ndarray, np.ndarray]:
    """Reduce a line to at most `most` points with the same outline: the lowest and the highest of each interval."""
    if len(time) <= most:
        return time, values
    edges = np.linspace(0, len(time), most // 2).astype(int)  # with the two ends, `most` points
    kept = {0, len(time) - 1}
    for start, stop in pairwise(edges):
        kept |= {start + int(np.argmin(values[start:stop])), start + int(np.argmax(values[start:stop]))}
    at = np.array(sorted(kept))
    return time[at], values[at]


def short(value: float) -> str:
    """Write a number for a tick as matplotlib does: `0.2` or `2·10⁻⁵`."""
    if value == 0 or 1e-3 <= abs(value) < 1e4:
        return f"{value:g}".replace("-", "−")
    mantissa, exponent = f"{value:.0e}".split("e")
    raised = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{mantissa}·10{raised}".replace("-", "−")


def error_axis(axes: Axes, errors: Sequence[np.ndarray]) -> None:
    """Set limits and three ticks, symmetric around zero, for a slim panel of differences."""
    largest = max((float(np.max(np.abs(error))) for error in errors if error.size), default=0.0)
    mark = largest and float(f"{0.85 * largest:.0e}")
    axes.set_ylim(-1.25 * largest or -1.0, 1.25 * largest or 1.0)
    axes.set_yticks([-mark, 0.0, mark] if mark else [0.0])
    axes.set_yticklabels([short(-mark), "0", short(mark)] if mark else ["0"])
    axes.axhline(0.0, color="0.75", linewidth=0.6, zorder=0)


@styled
def svg(figure: Figure) -> bytes:
    """Return the figure as SVG without date or version: the same figure gives the same bytes."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    return buffer.getvalue()


@styled
def png(figure: Figure) -> bytes:
    """Return the figure as PNG, with `DOTS` per inch unless it is very large, without the version of matplotlib."""
    buffer = io.BytesIO()
    figure.savefig(
        buffer, format="png", dpi=min(DOTS, MOST_DOTS / max(figure.get_size_inches())), metadata={"Software": None}
    )
    return buffer.getvalue()


def write_picture(path: Path, figure: Figure) -> None:
    """Write a figure as SVG and as PNG.

    **Arguments:** `path`: of both files, without the ending.
    """
    path.with_name(f"{path.name}.svg").write_bytes(svg(figure))
    path.with_name(f"{path.name}.png").write_bytes(png(figure))
