"""The loss against how far parameters are spread: a curve with a band for every way of computing."""

from collections.abc import Mapping

from matplotlib.figure import Figure

from vle_analog.report.style import COLOURS, WIDTH, add_axes, heading, legend_line, new_figure, styled
from vle_analog.report.variation_content import LossBand

LEFT, RIGHT, HEAD, PANEL, FOOT = 0.85, 0.2, 0.72, 2.3, 0.5  # inches
MARKS = ("o", "s", "D", "^")
DECADES = 1.5


@styled
def loss_figure(curves: Mapping[str, LossBand], across: str, title: str) -> Figure:
    """Medians with marks, bands of nine of ten draws; logarithmic where the losses span decades."""
    figure = new_figure(HEAD + PANEL + FOOT)
    axes = add_axes(figure, LEFT, HEAD, WIDTH - LEFT - RIGHT, PANEL)
    for number, (label, band) in enumerate(curves.items()):
        shade = COLOURS[number % len(COLOURS)]
        axes.fill_between(band.sigma, band.low, band.high, color=shade, alpha=0.18, linewidth=0)
        axes.plot(
            band.sigma, band.median, color=shade, linewidth=1.5, marker=MARKS[number % len(MARKS)], markersize=4.5,
            label=label, clip_on=False,
        )  # fmt: skip
    least = min(float(band.low.min()) for band in curves.values())
    most = max(float(band.high.max()) for band in curves.values())
    if least > 0 and most > 10**DECADES * least:
        axes.set_yscale("log")
    else:
        axes.set_ylim(bottom=0.0)
    axes.set_xlim(min(float(b.sigma[0]) for b in curves.values()), max(float(b.sigma[-1]) for b in curves.values()))
    axes.set_xlabel(across)
    axes.set_ylabel("loss")
    axes.grid(axis="y", color="0.92", linewidth=0.6)
    axes.set_axisbelow(True)
    heading(figure, title, LEFT)
    legend_line(figure, LEFT, len(curves), columnspacing=1.6)
    return figure
