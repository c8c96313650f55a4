"""The page docs/results/yield.md: the fraction of chips that learns, its limits, and predictions of macromodels."""

import json
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from experiments.yields.runs import AREAS, BASE, CHIPS, REFEREES, SAMPLES, SCALES, STUDIES, TRANSISTORS, measure
from vle_analog.report.variation.content import YieldPoint
from vle_analog.report.variation.yields import AREA, MISMATCH, yield_figure
from vle_analog.style import COLOURS, IDEAL, add_axes, new_figure, png, styled
from vle_analog.variation.statistics import Interval

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
TENFOLD = 10.0
PANEL, LEFT, STEP = 2.15, 0.75, 2.85  # inches
Found = dict[str, Any]


def yield_page(only: list[str] | None = None) -> str:
    """Return the page; missing results are measured first."""
    found = measure(only)
    pictures(found)
    area, milliseconds = CHIPS["circuit.area"], 1e3 * CHIPS["circuit.time_unit"]
    settings = " ".join(f"--set {key}={json.dumps(value)}" for key, value in CHIPS.items())
    lines = [
        "# Yield: what fraction of chips learns",
        "",
        *paragraph(
            "Made by `python scripts/make_docs.py yield`; every figure below is in `docs/results/yield.json`.",
            f"A chip works when its loss falls at least {TENFOLD:g} times in {CHIPS['duration']:g} model times.",
            f"Devices have {area:g} times the characterised area (sigma / {area**0.5:g}), model time is",
            f"{milliseconds:g} ms, a bias at the output learns, the process is `generic180`.",
            f"As a command: `vle-analog montecarlo online_chain --samples {SAMPLES} {settings}`.",
            "Intervals are Wilson's, 95 %. Mismatch: every threshold and current factor of transistors;",
            "offsets, gains and output offsets of macromodels, those of the update multipliers among them; capacitors.",
        ),
        *curves(found),
        *limits(found),
        *chips(found),
        *prediction(found),
    ]
    return "\n".join(lines).rstrip() + "\n"


def paragraph(*parts: str) -> list[str]:
    """Return lines of a paragraph, and an empty one."""
    return [*textwrap.wrap(" ".join(parts), 118, break_long_words=False, break_on_hyphens=False), ""]


def curves(found: Found) -> list[str]:
    """Report yield over mismatch and area."""
    lines = [
        "## Against mismatch, and against area",
        "",
        f"Macromodels, compiled engine, {SAMPLES} chips per point; 1 is the characterised mismatch.",
        "",
        "![Yield against mismatch](../images/yield_scale.png)",
        "",
        "| study | " + " | ".join(f"{scale:g} sigma" for scale in SCALES) + " |",
        "|---|" + "---|" * len(SCALES),
    ]
    for name in STUDIES:
        points = found.get(f"{name}/scale", {}).get("points", [])
        lines.append(f"| `{name}`: yield | " + " | ".join(percent(point["yield"]) for point in points) + " |")
        falls = (" to ".join(f"{value:.3g}" for value in point["ratio"][::2]) for point in points)
        lines.append("| loss falls by, nine of ten chips | " + " | ".join(falls) + " |")
    if "online_chain/area" in found:
        area = found["online_chain/area"]["points"]
        falls = (f"{point['ratio'][1]:.3g}" for point in area)
        lines += [
            "",
            "![Yield against area](../images/yield_area.png)",
            "",
            "| `online_chain`, area of every device | " + " | ".join(f"{value:g}" for value in AREAS) + " |",
            "|---|" + "---|" * len(AREAS),
            "| yield | " + " | ".join(percent(point["yield"]) for point in area) + " |",
            "| loss falls by, median | " + " | ".join(falls) + " |",
        ]
    lines.append("")
    return lines


def limits(found: Found) -> list[str]:
    """Report the contributions of devices."""
    lines = ["## What limits it", ""] if any(f"{name}/blame" in found for name in STUDIES) else []
    for name in STUDIES:
        entry = found.get(f"{name}/blame")
        if entry:
            apart = entry["disagreement"]
            checked = "not checked" if apart is None else f"{100 * apart:.2g} % of the range of a signal's kind"
            lines += paragraph(f"`{name}`:", *(text.replace("\u00a0", " ") for text in entry["words"]))
            lines += paragraph(
                f"(1000 chips, Sobol indices of base {BASE}; compiled engine against ngspice at its finest settings,",
                f"{REFEREES} chips: {checked}.)",
            )
    return lines


def chips(found: Found) -> list[str]:
    """Report chips made of transistors."""
    entries = {name: found[f"{name}/transistor"] for name in STUDIES if f"{name}/transistor" in found}
    lines = ["## Chips made of transistors", ""] if entries else []
    for name, entry in entries.items():
        point, raw, alternating = entry["point"], entry["nrmse_forward"], entry["nrmse_forward_ac"]
        least, middle, most = (f"{value:.3g}" for value in point["ratio"])
        lines += paragraph(
            f"`{name}`, {TRANSISTORS} chips in ngspice, every transistor drawn: {point['works']} of",
            f"{point['samples']} work, a yield of {percent(point['yield'])}; {point['failed']} failed to simulate.",
            f"The loss falls {middle} times in the median, {least} to {most} times in nine of ten.",
            f"Forward signals are {100 * raw[0]:.2g} % of their range from the ideal in the median chip",
            f"({100 * raw[1]:.2g} % in the worst of twenty); without the mean difference",
            f"{100 * alternating[0]:.2g} % ({100 * alternating[1]:.2g} %).",
        )
    return lines


def prediction(found: Found) -> list[str]:
    """Report the predictions of macromodels."""
    entry = found.get("online_chain/transistor")
    if not entry:
        return []
    heads = (
        "weight",
        "good",
        "rms of the bias",
        "rms of prediction minus bias",
        "mean: simulated, predicted",
        "sd: simulated, predicted",
        "correlation",
    )
    lines = [
        "## What macromodels say of the same chips",
        "",
        *paragraph(
            "Every transistor of every primitive is moved alone on the bench, and what that does to the primitive is",
            "put down to the parameters of its macromodel. So each of these chips has a twin made of macromodels,",
            "which the compiled engine simulates. A prediction is good where it is within half of the bias (final",
            "value minus that of the ideal) or a hundredth of full scale, whichever is larger.",
        ),
        "![Final bias of the weights: predicted against simulated](../images/yield_prediction.png)",
        "",
        f"| {' | '.join(heads)} |",
        "|---" * len(heads) + "|",
    ]
    for name, one in entry["prediction"].items():
        mean, sd = (f"{one[key][0]:.2g}, {one[key][1]:.2g}" for key in ("mean", "sd"))
        cells = (
            f"`{name}`",
            f"{one['within']} of {one['chips']}",
            f"{one['rms_bias']:.2g}",
            f"{one['rms_apart']:.2g}",
            mean,
            sd,
            f"{one['correlation']:.3f}",
        )
        lines.append(f"| {' | '.join(cells)} |")
    left = paragraph(
        "Means come out by what the capacitances between each transistor of a linear update multiplier and its diode",
        "do: its first factor leads, and rectifies what is large and fast. The macromodel has these nodes; their size",
        "is measured on the bench of the cell, not on chips.",
    )
    return [*lines, "", *left]


def percent(interval: list[float]) -> str:
    """Write `99 % (94.6 to 99.8 %)`."""
    value, low, high = (100 * number for number in interval)
    return f"{value:.3g} % ({low:.3g} to {high:.3g} %)"


def pictures(found: Found) -> None:
    """Write all pictures with results."""
    scale = {name: points(found[f"{name}/scale"]) for name in STUDIES if f"{name}/scale" in found}
    if scale:
        save("scale", yield_figure(scale, MISMATCH, "Yield of learning against mismatch"))
    if "online_chain/area" in found:
        area = {"online_chain": points(found["online_chain/area"])}
        save("area", yield_figure(area, AREA, "Yield of learning against area"))
    if "online_chain/transistor" in found:
        save("prediction", prediction_picture(found["online_chain/transistor"]["prediction"]))


def points(entry: Found) -> list[YieldPoint]:
    """Return the points of one curve."""
    return [YieldPoint(one["at"], Interval(*one["yield"]), one["samples"]) for one in entry["points"]]


def save(name: str, figure: Figure) -> None:
    """Save a figure as PNG, for the page."""
    (IMAGES / f"yield_{name}.png").write_bytes(png(figure))


@styled
def prediction_picture(prediction: Found) -> Figure:
    """Draw a dot per chip: simulated bias with transistors across, predicted by macromodels up."""
    figure = new_figure(PANEL + 0.95)
    for place, (name, one) in enumerate(prediction.items()):
        axes = add_axes(figure, LEFT + place * STEP, 0.4, PANEL, PANEL)
        simulated, predicted = np.array(one["pairs"]).T
        low, high = min(simulated.min(), predicted.min()), max(simulated.max(), predicted.max())
        ends = np.array([low - 0.05 * (high - low), high + 0.05 * (high - low)])
        axes.plot(ends, ends, color=IDEAL, linewidth=0.8)
        axes.plot(simulated, predicted, ".", color=COLOURS[0], markersize=4)
        axes.set_xlim(*ends)
        axes.set_ylim(*ends)
        axes.set_title(f"bias of {name}", loc="left", fontsize="small")
        axes.set_xlabel("transistors")
        if place == 0:
            axes.set_ylabel("macromodels")
    return figure
