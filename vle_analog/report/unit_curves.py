"""The choice of units: expected errors against the voltage of one model unit."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter

from vle_analog.netlist import Circuit
from vle_analog.netlist.unit_curve import UnitCurve
from vle_analog.style import COLOURS, WIDTH, add_axes, heading, new_figure, styled

LEFT, TOP, HEIGHT, GAP = 0.85, 0.75, 2.3, 0.55  # inches
DEEPEST, HIGHEST = 1e-4, 2.0  # the drawn range of the expected NRMSE
PARTS = (("compression", COLOURS[0]), ("offset", COLOURS[1]), ("noise", COLOURS[2]))


@styled
def unit_curves(circuit: Circuit) -> Figure:
    """Draw one panel per unit: compression, offset, noise and their total, and the unit of this circuit."""
    figure = new_figure(TOP + HEIGHT + 0.6)
    width = (WIDTH - LEFT - 0.15 - GAP * (len(circuit.curves) - 1)) / len(circuit.curves)
    for number, curve in enumerate(circuit.curves):
        axes = add_axes(figure, LEFT + number * (width + GAP), TOP, width, HEIGHT)
        _panel(axes, curve)
        if number == 0:
            axes.set_ylabel("expected NRMSE")
            handles, labels = axes.get_legend_handles_labels()
    heading(figure, "Expected error against the size of a unit", 0.12)
    across, down = figure.get_size_inches()
    figure.legend(
        handles,
        labels,
        loc="upper right",
        bbox_to_anchor=(1 - 0.15 / across, 1 - 0.12 / down),
        ncols=len(labels),
        borderaxespad=0,
        borderpad=0,
        columnspacing=1.4,
    )
    return figure


def _panel(axes: Axes, curve: UnitCurve) -> None:
    for name, shade in PARTS:
        axes.plot(curve.units, np.maximum(getattr(curve, name), DEEPEST / 10), color=shade, linewidth=1.3, label=name)
    axes.plot(curve.units, curve.total, color="black", linewidth=1.8, label="total")
    axes.axvline(curve.chosen, color="0.45", linewidth=1.2, linestyle=(0, (4, 2)), label="this circuit")
    at = float(np.exp(np.interp(np.log(curve.chosen), np.log(curve.units), np.log(curve.total))))
    axes.plot([curve.chosen], [at], "o", color="black", markersize=5)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(curve.units[0], curve.units[-1])
    axes.set_ylim(DEEPEST, HIGHEST)
    axes.xaxis.set_major_formatter(EngFormatter(unit="V"))
    axes.set_xlabel(f"volts for one unit of {curve.quantity}")
    axes.grid(axis="y", color="0.9", linewidth=0.6)
    how = "fixed" if curve.fixed else "chosen"
    title = f"{curve.quantity}: {EngFormatter(unit='V')(float(f'{curve.chosen:.3g}'))} per unit, {how}"
    axes.set_title(title, loc="left", pad=6)
