"""Pictures of docs/results/tasks.md, in the style of the reports."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from experiments.tasks.mismatch import MismatchSweep
from vle_analog.network import Traces
from vle_analog.style import COLOURS, DASHES, IDEAL, TARGET, TIME, add_axes, new_figure, styled, thin

LEFT, GAP, PANEL, TALL = 0.6, 0.75, 3.6, 2.3  # inches


@styled
def lagline_picture(ideal: Traces, circuit: Traces, taught: Mapping[str, float]) -> Figure:
    """Draw weights and time constants against time: equations, circuit, teacher."""
    figure = new_figure(3.3)
    panels = {"W": "weights", "tau_m": "membrane time constants"}
    for column, (kind, title) in enumerate(panels.items()):
        axes = add_axes(figure, LEFT + column * (PANEL + GAP), 0.45, PANEL, TALL)
        names = [name for name in taught if f".{kind}[" in name]
        for shade, name in zip(COLOURS, names, strict=False):
            axes.axhline(taught[name], color=TARGET, linestyle=":", linewidth=1.2, label="teacher")
            axes.plot(*thin(ideal.time, ideal[name]), color=IDEAL, linewidth=0.8, label="equations")
            axes.plot(*thin(circuit.time, circuit[name]), color=shade, linewidth=1.7, dashes=DASHES, label="circuit")
            owner = name.split(".")[0].replace("_", " to ")
            axes.text(0.98 * ideal.time[-1], taught[name] - 0.05, owner, color=shade, ha="right", va="top", size=8.5)
        axes.set_xlim(ideal.time[0], ideal.time[-1])
        axes.set_ylim(0.0, 2.3)
        axes.set_xlabel(TIME)
        axes.set_title(title, loc="left")
        if column == 0:
            handles, labels = axes.get_legend_handles_labels()
            axes.legend(handles[:3], labels[:3], loc="center right", bbox_to_anchor=(1.0, 0.55), handlelength=2.6)
    return figure


@styled
def robustness_picture(sweep: MismatchSweep) -> Figure:
    """Draw error of the output and distance of the weights against mismatch: every draw thin, the median thick."""
    figure = new_figure(3.3)
    percent = 100 * sweep.mismatch
    left = add_axes(figure, LEFT, 0.45, PANEL, TALL)
    right = add_axes(figure, LEFT + PANEL + GAP, 0.45, PANEL, TALL)
    for axes, parts in (
        (left, {"teacher's weights": sweep.given, "learned weights": sweep.learned}),
        (right, {"": sweep.weights}),
    ):
        for shade, (label, values) in zip(COLOURS, parts.items(), strict=False):
            axes.plot(percent, values, color=shade, linewidth=0.4, alpha=0.6)
            axes.plot(percent, np.median(values, axis=1), color=shade, linewidth=2.0, marker="o", ms=4, label=label)
        axes.set_xlim(0, percent[-1])
        axes.set_xticks(percent)
        axes.set_ylim(bottom=0)
        axes.set_xlabel("mismatch of tau_m and tau_r, per cent")
    left.set_title("error of the output, rms(y* − r) / rms(y*)", loc="left")
    left.legend(loc="upper left", handlelength=2.6)
    right.set_title("learned weights apart from those without mismatch", loc="left")
    return figure
