"""The metrics over process corner, temperature and supply: one map per metric with the value of every run."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from vle_analog.report.variation.words import metric_name, metric_number
from vle_analog.style import COLOURS, WIDTH, add_axes, heading, new_figure, styled

if TYPE_CHECKING:
    import pandas as pd

LEFT, RIGHT, HEAD, ROW, BETWEEN, FOOT = 0.75, 0.2, 0.62, 0.32, 0.82, 0.05  # inches
MAP = colormaps["cividis"]  # readable with colour vision deficiencies and in grey
DECADES = 1.5
ALIKE = 0.2  # least range of the colours, relative to the largest value
INSET = 0.025  # inches from the edge of a cell to its frame


@styled
def corners_figure(
    corners: "pd.DataFrame", metrics: Sequence[str], kept: Mapping[str, np.ndarray], title: str
) -> Figure:
    """Draw a map per metric: rows are corners, columns temperature and supply; darker is smaller.

    **Arguments:**

    - `corners`: columns `corner`, `temperature` (degrees Celsius), `supply` (volts), `status`, and the metrics.
    - `kept`: metric -> whether each run keeps its bound, shape (rows of `corners`,); a frame marks those that do not.
    """
    names = list(dict.fromkeys(corners["corner"]))
    rows = corners.to_dict("records")
    across = sorted({(row["temperature"], row["supply"]) for row in rows})
    tall = ROW * len(names)
    figure = new_figure(HEAD + len(metrics) * tall + (len(metrics) - 1) * BETWEEN + 0.45 + FOOT)
    for place, metric in enumerate(metrics):
        axes = add_axes(figure, LEFT, HEAD + place * (tall + BETWEEN), WIDTH - LEFT - RIGHT, tall)
        values = corners[metric].to_numpy(dtype=float)
        shade = _scale(values)
        for k, row in enumerate(rows):
            x, y = across.index((row["temperature"], row["supply"])), names.index(row["corner"])
            there = row["status"] == "ok" and bool(np.isfinite(values[k]))
            colour = MAP(0.15 + 0.85 * float(shade(values[k]))) if there else "0.9"
            axes.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor=colour, edgecolor="white", linewidth=1.0))
            ink = "white" if there and np.dot(colour[:3], (0.299, 0.587, 0.114)) < 0.5 else "0.1"
            text = metric_number(metric, float(values[k])) if there else "failed"
            axes.text(x, y, text, ha="center", va="center", size=8.5, color=ink)
            if there and metric in kept and not kept[metric][k]:
                wide, high = (1 - 2 * INSET * len(across) / (WIDTH - LEFT - RIGHT)), 1 - 2 * INSET / ROW
                axes.add_patch(
                    Rectangle(
                        (x - wide / 2, y - high / 2),
                        wide,
                        high,
                        fill=False,
                        edgecolor=COLOURS[1],
                        linewidth=2.0,
                    )
                )
        axes.set_xlim(-0.5, len(across) - 0.5)
        axes.set_ylim(len(names) - 0.5, -0.5)
        axes.set_yticks(range(len(names)), names)
        axes.set_xticks(range(len(across)), [f"{t:g} °C\n{v:g} V".replace("-", "−") for t, v in across])
        axes.tick_params(length=0)
        for spine in axes.spines.values():
            spine.set_visible(False)
        axes.set_title(metric_name(metric), loc="left", pad=4)
    heading(figure, title, LEFT)
    return figure


def _scale(values: np.ndarray) -> Normalize:
    there = values[np.isfinite(values)]
    if not len(there):
        return Normalize(0.0, 1.0)
    low, high = float(there.min()), float(there.max())
    if low == high == 0:
        return Normalize(-1.0, 1.0)
    if low > 0 and high > 10**DECADES * low:
        return LogNorm(low, high)
    spare = (
        max(0.0, ALIKE * max(abs(low), abs(high)) - (high - low)) / 2
    )  # nearly equal values get nearly equal colours
    return Normalize(low - spare, high + spare)
