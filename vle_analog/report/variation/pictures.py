"""The pictures of a Monte Carlo run in reading order, each with its caption."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from vle_analog.report.figures import Picture
from vle_analog.report.variation.content import LossBand, VariationContent
from vle_analog.report.variation.corners import corners_figure
from vle_analog.report.variation.fan import MOST_PANELS, fan_figure
from vle_analog.report.variation.histograms import Histogram, histogram_figure
from vle_analog.report.variation.tornado import tornado_figure
from vle_analog.report.variation.words import METRICS, is_conclusive, metric_name
from vle_analog.report.variation.yields import AREA, MISMATCH, yield_figure
from vle_analog.style import COLOURS, WIDTH, add_axes, heading, legend_line, new_figure, styled
from vle_analog.variation.statistics import LARGE_IS_GOOD, finite

if TYPE_CHECKING:
    import pandas as pd

LEFT, RIGHT, HEAD, PANEL, FOOT = 0.85, 0.2, 0.72, 2.3, 0.5  # inches
MARKS = ("o", "s", "D", "^")
DECADES = 1.5


@styled
def loss_figure(curves: Mapping[str, LossBand], across: str, title: str) -> Figure:
    """Draw medians with marks and bands of nine of ten draws; logarithmic where the losses span decades."""
    figure = new_figure(HEAD + PANEL + FOOT)
    axes = add_axes(figure, LEFT, HEAD, WIDTH - LEFT - RIGHT, PANEL)
    for number, (label, band) in enumerate(curves.items()):
        shade = COLOURS[number % len(COLOURS)]
        axes.fill_between(band.sigma, band.low, band.high, color=shade, alpha=0.18, linewidth=0)
        axes.plot(
            band.sigma,
            band.median,
            color=shade,
            linewidth=1.5,
            marker=MARKS[number % len(MARKS)],
            markersize=4.5,
            label=label,
            clip_on=False,
        )
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


MOST_PANELS_OF_METRICS, MOST_RANKINGS, MOST_MAPS = 9, 3, 3


def variation_pictures(content: VariationContent) -> Iterator[Picture]:
    """Yield the pictures that apply to this run, drawn one at a time."""
    if content.fan is not None:
        fan = content.fan
        caption = f"How the traces of {fan.chips} chips spread, in model units, and the ideal on top."
        if len(fan.signals) > MOST_PANELS:
            caption += f" Of {len(fan.signals)} signals those that spread most, of every kind."
        yield Picture("fan", "traces", caption, fan_figure(fan, f"{content.title}: {fan.chips} chips"))
    panels = histograms(content)
    if panels:
        ran = content.statistics.samples - content.statistics.failed
        yield Picture(
            "histograms",
            "spread",
            f"Each metric over the {ran} chips that ran. A bias is the final value minus that of the ideal.",
            histogram_figure(panels, "Distribution over chips"),
        )
    for curves, across, name, what in (
        (content.yield_mismatch, MISMATCH, "yield_mismatch", "Yield against mismatch"),
        (content.yield_area, AREA, "yield_area", "Yield against area"),
    ):
        if curves:
            counts = sorted({point.samples for points in curves.values() for point in points})
            many = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
            caption = f"The fraction of chips that work, {many} chips per point; bars: 95 % (Wilson)."
            caption += " Grey: the sizes of this study." if across == AREA else " Grey: the mismatch of this study."
            yield Picture(name, name, caption, yield_figure(curves, across, what))
    rankings = [ranking for ranking in content.rankings if is_conclusive(ranking)][:MOST_RANKINGS]
    for ranking in rankings:
        words = "Share of each group of devices in the variance; in brackets its number of deviations; whiskers: 95 %."
        if "total" in ranking.table:
            words += " Whiskers of Sobol indices refer to the total; where it exceeds the first order, groups interact."
        if "linear" in ranking.table and "total" in ranking.table and not ranking.few:
            words += " Where Sobol indices exceed linear shares, the metric is nonlinear in these deviations."
        if ranking is not rankings[0]:
            words = "The same for another metric."
        title = f"What the {metric_name(ranking.metric)} depends on"
        yield Picture(f"tornado_{_plain(ranking.metric)}", "devices", words, tornado_figure(ranking, title))
    if content.corners is not None and len(content.corners):
        shown = corner_metrics(content)
        kept = {m: _kept(content.corners, m, content.bounds[m]) for m in shown if m in content.bounds}
        caption = "Each run of the grid with its number; light is large."
        ran = (content.corners["status"] == "ok").to_numpy()
        if kept:
            missed = any(not np.all(row[ran]) for row in kept.values())
            caption += " A red frame marks a run that misses its bound." if missed else " Every run keeps its bound."
        if not ran.all():
            caption = caption.replace("Every run", "Every run that did not fail") + " Grey: the run failed."
        if shown:
            yield Picture("corners", "corners", caption, corners_figure(content.corners, shown, kept, "Corners"))
    if content.loss_sigma:
        yield Picture(
            "loss_sigma",
            "loss_sigma",
            "The median over the draws, and the band that holds nine of ten of them.",
            loss_figure(content.loss_sigma, content.sigma_label, "Loss against the spread of time constants"),
        )


def histograms(content: VariationContent) -> list[Histogram]:
    """Return the histograms of the known metrics and of the biases with the largest spread, without constant ones."""
    rows = content.statistics.summary
    names = [name for name in METRICS if name in rows.index]
    biases = sorted((name for name in rows.index if name.startswith("bias.")), key=lambda name: -rows.at[name, "sd"])
    names = [name for name in names + biases if rows.at[name, "most"] > rows.at[name, "least"]]
    return [
        Histogram(
            metric_name(name),
            finite(content.table, name),
            _finite(content.nominal.get(name)),
            content.bounds.get(name),
            name in LARGE_IS_GOOD,
        )
        for name in names[:MOST_PANELS_OF_METRICS]
    ]


def corner_metrics(content: VariationContent) -> list[str]:
    """Return the metrics drawn over corners: the yield where it is given, then those with a bound."""
    if content.corners is None:
        return []
    known = dict.fromkeys(["yield", *content.bounds, "nrmse_forward", *METRICS])
    there = [name for name in known if name in content.corners and np.isfinite(content.corners[name]).any()]
    return there[:MOST_MAPS]


def _kept(corners: "pd.DataFrame", metric: str, bound: float) -> np.ndarray:
    values = corners[metric].to_numpy(dtype=float)
    return values >= bound if metric in LARGE_IS_GOOD else values <= bound


def _finite(value: float | None) -> float | None:
    return value if value is not None and np.isfinite(value) else None


def _plain(metric: str) -> str:
    """Write a metric as part of a file name."""
    return "".join(letter if letter.isalnum() else "_" for letter in metric).strip("_")
