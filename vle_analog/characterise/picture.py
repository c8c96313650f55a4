"""The figures of a characterised cell: transfer with the macromodel on top and the error below, output, histograms."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from vle_analog.characterise.characterise import Characterisation
from vle_analog.characterise.fit import USED
from vle_analog.characterise.laws import LAWS
from vle_analog.style import COLOURS, DASHES, IDEAL, add_axes, error_axis, heading, new_figure, styled

WIDE = 3.0  # standard deviations, either way, of a curve without a histogram
HEADED = 5.6  # inches for the longest heading
CURVES = 5  # at most, one for each second input
UNITS = {"vos": ("mV", 1e3), "ox": ("mV", 1e3), "oy": ("mV", 1e3), "on": ("mV", 1e3), "od": ("mV", 1e3)}
WORDS = {
    "vos": "input offset",
    "ox": "offset of x",
    "oy": "offset of y",
    "on": "offset of the bump",
    "dg": "gain error",
    "ios": "output offset",
    "fy": "feedthrough of y",
    "od": "offset difference at y",
    "dt": "tail difference",
}


@styled
def transfer_figure(found: Characterisation) -> Figure | None:
    """Draw the transfer curves of transistors and macromodel with their difference, the output, and the sweep.

    **Returns:** `None` for a cell that has no transfer.
    """
    if found.shape is None:
        return None
    figure = new_figure(4.6)
    heading(figure, f"{found.fitted.cell} on {found.fitted.process}", 0.8)
    curves = add_axes(figure, 0.8, 0.55, 2.9, 2.3)
    errors = add_axes(figure, 0.8, 3.05, 2.9, 0.9, curves)
    law = LAWS[found.primitive.name]
    used, chosen = np.abs(found.x) <= USED, _chosen(len(found.y))
    full = float(np.max(np.abs(found.current[:, used])))
    differences = []
    for number, row in enumerate(chosen):
        model = law(found.x, np.full_like(found.x, found.y[row]), found.shape.parameters)
        label = f"y = {1e3 * found.y[row]:.0f} mV".replace("-", "−") if len(chosen) > 1 else "transistors"
        curves.plot(1e3 * found.x, found.current[row], color=COLOURS[number], linewidth=1.6, label=label)
        curves.plot(1e3 * found.x, model, color=IDEAL, linewidth=0.8, dashes=DASHES)
        difference = np.where(used, 100 * (model - found.current[row]) / full, np.nan)
        differences.append(difference[used])
        errors.plot(1e3 * found.x, difference, color=COLOURS[number], linewidth=1.0)
    curves.plot([], [], color=IDEAL, linewidth=0.8, dashes=DASHES, label="macromodel")
    curves.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), handlelength=1.2)
    curves.set_ylabel("output current / bias current")
    curves.tick_params(labelbottom=False)
    error_axis(errors, differences)
    errors.set_ylabel("error, %\nof full scale")
    errors.set_xlabel("input x, mV")
    _sweep(add_axes(figure, 5.7, 0.55, 3.0, 1.35), found)
    if found.output is not None:
        _output(add_axes(figure, 5.7, 2.6, 3.0, 1.35), found)
    return figure


def _chosen(count: int) -> list[int]:
    return sorted({round(index) for index in np.linspace(0, count - 1, min(CURVES, count))})


def _sweep(axes: Axes, found: Characterisation) -> None:
    sizing = found.fitted.sizing
    axes.semilogx(sizing.unit_currents, sizing.gain_per_amp, "o-", color=COLOURS[0], markersize=3.0, linewidth=1.0)
    axes.axvline(sizing.unit_current, color="0.75", linewidth=0.8)
    axes.set_xlabel("bias current of a unit, A")
    axes.set_ylabel(f"{found.primitive.gain} / bias current")


def _output(axes: Axes, found: Characterisation) -> None:
    curves = found.output
    if curves is None:
        return
    for row, colour in ((curves.source, COLOURS[1]), (curves.idle, COLOURS[2]), (curves.sink, COLOURS[0])):
        axes.plot(curves.volts, row, color=colour, linewidth=1.2)
    most = 1.4 * float(np.max(np.abs(np.interp(0.0, curves.volts, curves.source))))
    axes.set_ylim(-most, most)  # beyond the rails its transistors conduct at any input
    axes.axvspan(curves.low, curves.high, color="0.94", zorder=0)
    axes.set_xlabel("output voltage against the common mode, V")
    axes.set_ylabel("output current /\nbias current")


@styled
def histogram_figure(found: Characterisation) -> Figure | None:
    """Draw the spread of the parameters with mismatch, one panel each.

    For a parameter that single samples do not resolve, only the curve of its standard deviation is drawn.

    **Returns:** `None` where nothing was drawn.
    """
    drawn = found.spread
    names = [name for name, sigma in drawn.sigmas.items() if sigma > 0] if drawn else []
    if drawn is None or not names:
        return None
    columns, rows = min(3, len(names)), -(-len(names) // 3)
    figure = new_figure(0.6 + 2.0 * rows, max(HEADED, 0.6 + 2.8 * columns))
    samples = len(drawn.currents)
    heading(figure, f"{found.fitted.cell} on {found.fitted.process}: {samples} draws of mismatch", 0.8)
    for number, name in enumerate(names):
        axes = add_axes(figure, 0.8 + 2.8 * (number % 3), 0.55 + 2.0 * (number // 3), 2.2, 1.2)
        unit, scale = UNITS.get(name, ("%", 100.0))
        sigma, bins = scale * drawn.sigmas[name], min(30, max(5, samples // 12))
        if name in drawn.drawn:
            values = scale * drawn.drawn[name]
            _, edges, _ = axes.hist(values, bins=bins, color=COLOURS[4])
        else:
            values = np.zeros(1)
            edges = np.linspace(-WIDE * sigma, WIDE * sigma, bins + 1)
            axes.margins(y=0.3)
            axes.text(0.5, 0.97, "from all samples together", transform=axes.transAxes, ha="center", va="top")
        at = np.linspace(edges[0], edges[-1], 200)
        width = float(edges[1] - edges[0])
        bell = np.exp(-(((at - np.mean(values)) / sigma) ** 2) / 2) / (sigma * np.sqrt(2 * np.pi))
        axes.plot(at, samples * width * bell, color=IDEAL, linewidth=0.8)
        axes.set_ylim(bottom=0)
        axes.set_title(f"{WORDS.get(name, name)}: σ = {sigma:.2g} {unit}")
        axes.set_xlabel(f"{name}, {unit}")
    return figure
