"""The self-contained `report.html` of a Monte Carlo run, and the picture files beside it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vle_analog.report.html import template, write_pictures
from vle_analog.report.tables import TextTable, pairs
from vle_analog.report.variation import words
from vle_analog.report.variation.content import VariationContent, YieldPoint
from vle_analog.report.variation.pictures import corner_metrics, variation_pictures
from vle_analog.variation.sensitivity import Ranking

if TYPE_CHECKING:
    import pandas as pd

MOST_METRICS = 200  # rows of the table of metrics


def write_variation_report(folder: Path, content: VariationContent) -> Path:
    """Write `report.html`, `figures/*.svg` and `figures/*.png` into `folder`, which is created if it is missing.

    **Returns:** the path of `report.html`.
    """
    shown = write_pictures(folder, variation_pictures(content))
    path = folder / "report.html"
    path.write_text(render(content, shown), encoding="utf-8")
    return path


def render(content: VariationContent, shown: Mapping[str, list[Mapping[str, Any]]]) -> str:
    """Render the page as HTML; `shown` are the pictures by section, as in `report.html.render`."""
    found = content.statistics
    return template("variation.html.j2").render(
        content=content,
        pictures=shown,
        verdict=words.verdict(content),
        working=[words.bound_words(metric, bound) for metric, bound in content.bounds.items()],
        confidence=words.confidence(content),
        spread=words.spread(content),
        contributions=words.contributions(content.rankings),
        facts=pairs(("", ""), content.facts),
        failures=failures(found.failures, found.samples),
        metrics=metrics(content),
        worst=worst(content),
        rankings=[
            (words.metric_name(ranking.metric), devices(ranking))
            for ranking in content.rankings
            if words.is_conclusive(ranking)
        ],
        corners=corners(content),
        yields=[
            (name, yields(curves, across))
            for name, curves, across in (
                ("yield_mismatch", content.yield_mismatch, "mismatch"),
                ("yield_area", content.yield_area, "area"),
            )
            if curves
        ],
        files=pairs(("file", "description"), content.files),
        provenance=pairs(("", ""), content.provenance),
        seconds=pairs(("stage", "seconds"), {name: f"{value:.2f}" for name, value in content.seconds.items()}),
    )


def failures(found: "pd.DataFrame", samples: int) -> TextTable:
    """Tabulate the reasons of failed samples."""
    rows = tuple(
        (str(row["reason"]), str(row["count"]), words.percent(row["count"] / samples), str(row["first"]))
        for row in found.to_dict("records")
    )
    return TextTable(("reason", "samples", "share", "first"), rows, frozenset({1, 2, 3}))


def metrics(content: VariationContent) -> TextTable:
    """Tabulate every metric with its spread over the chips that were simulated successfully."""
    rows = content.statistics.summary
    body = []
    for row in rows.reset_index().to_dict("records")[:MOST_METRICS]:
        name = str(row["metric"])
        nominal = content.nominal.get(name)
        texts = [words.number(row[key]) for key in ("mean", "sd", "q05", "median", "q95", "least", "most")]
        bounds = [
            f"{words.number(row[f'{key}_low'])} to {words.number(row[f'{key}_high'])}" for key in ("sd", "median")
        ]
        body.append(
            (
                words.metric_name(name),
                "" if nominal is None or not np.isfinite(nominal) else words.number(nominal),
                texts[0],
                texts[1],
                bounds[0],
                texts[2],
                texts[3],
                bounds[1],
                *texts[4:],
            )
        )
    head = ("metric", "nominal", "mean", "sd", "95 % of sd", "5 %", "median", "95 % of median", "95 %", "least", "most")
    left_out = len(rows) - len(body)
    note = f"The other {left_out} metrics are in the table of results." if left_out > 0 else ""
    return TextTable(head, tuple(body), frozenset(range(1, len(head))), note=note)


def worst(content: VariationContent) -> TextTable:
    """Tabulate the worst chips that were simulated successfully."""
    found, metric = content.statistics.worst, content.statistics.metric
    body = tuple(
        (
            str(row["sample"]),
            words.number(row[metric]),
            *((words.group_name(row["largest_draw"]), f"{row['deviations']:+.1f}") if "largest_draw" in row else ()),
        )
        for row in found.to_dict("records")
    )
    head = ("sample", words.metric_name(metric), "most unusual draw", "standard deviations")
    return TextTable(head if "largest_draw" in found else head[:2], body, frozenset({0, 1, 3}))


def devices(ranking: Ranking) -> TextTable:
    """Tabulate a ranking, without linear shares that are not significant."""
    table = ranking.table
    kinds = [
        (column, title)
        for column, title in (("linear", "linear"), ("first", "Sobol, first order"), ("total", "Sobol, total"))
        if column in table and not (column == "linear" and ranking.few)
    ]
    body = tuple(
        (
            words.group_name(str(row["group"])),
            f"{row['devices']:.0f}",
            *(
                text
                for column, _ in kinds
                for text in (
                    words.percent(row[column]),
                    f"{words.percent(row[f'{column}_low'])} to {words.percent(row[f'{column}_high'])}",
                )
            ),
        )
        for row in table.reset_index().to_dict("records")
    )
    head = ("devices", "deviations", *(text for _, title in kinds for text in (title, "95 %")))
    outside = any((table[column] < 0).any() or (table[column] > 1).any() for column, _ in kinds)
    note = "Shares are estimates: sampling errors can put them below 0 or above 100 %." if outside else ""
    return TextTable(head, body, frozenset(range(1, len(head))), note=note)


def corners(content: VariationContent) -> TextTable:
    """Tabulate the runs of the grid."""
    shown = corner_metrics(content)
    if content.corners is None:
        return TextTable((), ())
    rows = content.corners.to_dict("records")
    body = tuple(
        (
            str(row["corner"]),
            f"{row['temperature']:g}",
            f"{row['supply']:g}",
            str(row["status"]),
            *(words.metric_number(metric, row[metric]) if np.isfinite(row[metric]) else "" for metric in shown),
        )
        for row in rows
    )
    head = ("corner", "temperature, °C", "supply, V", "status", *map(words.metric_name, shown))
    marks = tuple("" if row["status"] == "ok" else "bad" for row in rows)
    return TextTable(head, body, frozenset({1, 2, *range(4, len(head))}), marks)


def yields(curves: Mapping[str, Sequence[YieldPoint]], across: str) -> TextTable:
    """Tabulate the points of the curves."""
    body = tuple(
        (
            label,
            f"{point.at:g}",
            str(point.samples),
            words.percent(point.passing.value),
            f"{words.percent(point.passing.low)} to {words.percent(point.passing.high)}",
        )
        for label, points in curves.items()
        for point in points
    )
    return TextTable(("", across, "chips", "yield", "95 %"), body, frozenset({1, 2, 3, 4}))
