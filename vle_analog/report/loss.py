"""The smoothed loss over time."""

import numpy as np
from matplotlib.figure import Figure

from vle_analog.compare import Comparison, loss
from vle_analog.network.stimuli import Stimulus
from vle_analog.study import StudySpec
from vle_analog.style import COLOURS, DASHES, IDEAL, TIME, WIDTH, add_axes, heading, new_figure, styled, thin

WINDOW = 0.05  # fraction of the duration over which the loss is averaged
DECADES = 1.5  # a loss that spans more than this factor is drawn on a logarithmic axis
LEAST = 1e-12  # a loss below this is rounding error and drawn at this value


@styled
def learning_curve(spec: StudySpec, comparison: Comparison, target: Stimulus) -> Figure:
    """Draw the smoothed losses of ideal and circuit in one panel."""
    figure = new_figure(2.9)
    axes = add_axes(figure, 0.85, 0.62, WIDTH - 1.05, 1.8)
    time = comparison.ideal.time
    curves = [smoothed(loss(traces, spec.network, target)) for traces in (comparison.ideal, comparison.circuit)]
    curves = [np.maximum(curve, LEAST) for curve in curves]
    axes.plot(*thin(time, curves[0]), color=IDEAL, linewidth=0.9, label="ideal")
    axes.plot(*thin(time, curves[1]), color=COLOURS[0], linewidth=1.8, dashes=DASHES, label="circuit")
    if np.max(curves) > 10**DECADES * np.min(curves):
        axes.set_yscale("log")
    else:
        axes.set_ylim(bottom=0.0)
    axes.set_xlim(time[0], time[-1])
    axes.set_xlabel(TIME)
    axes.set_ylabel(f"loss ½|y* − {'u' if spec.network.cost == 'membrane' else 'r'}|²")
    axes.grid(axis="y", color="0.9", linewidth=0.6)
    axes.legend(loc="upper right", bbox_to_anchor=(1.0, 1.16), ncols=2, borderaxespad=0, handlelength=2.6)
    span = WINDOW * (time[-1] - time[0])
    learns = any(s.signal.kind in "Wb" for s in comparison.signals)
    heading(
        figure,
        f"{'Learning curve' if learns else 'Loss'} (mean over {span:g} unit{'' if span == 1 else 's'} of model time)",
        0.85,
    )
    return figure


def smoothed(values: np.ndarray) -> np.ndarray:
    """Average over a window around every point, shortened at the ends."""
    half = max(1, int(WINDOW * len(values) / 2))
    total = np.concatenate([[0.0], np.cumsum(values)])
    at = np.arange(len(values))
    low, high = np.maximum(at - half, 0), np.minimum(at + half + 1, len(values))
    return (total[high] - total[low]) / (high - low)
