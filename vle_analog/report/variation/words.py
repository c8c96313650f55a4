"""The wording of a Monte Carlo report: names of metrics and groups, and sentences."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vle_analog.report.variation.content import VariationContent
from vle_analog.variation.sensitivity import LITTLE, Ranking
from vle_analog.variation.statistics import Interval

if TYPE_CHECKING:
    import pandas as pd

METRICS = {
    "yield": "yield",
    "loss_first": "loss at first",
    "loss_last": "loss at last",
    "loss_ratio": "fall of the loss",
    "nrmse_forward": "NRMSE of the forward signals",
    "nrmse_forward_ac": "NRMSE forward, means removed",
    "nrmse_error": "NRMSE of the error signals",
}
KINDS = {
    "offset": "input offset",
    "output": "output offset",
    "gain": "gain",
    "threshold": "threshold",
    "factor": "current factor",
    "capacitor": "value",
    "process": "spread",
}
OVERLAP = 1.1  # a sum of total indices beyond this indicates interactions
SPACE = "\u00a0"
SIGNED = ("bias.", "dc.")  # prefixes of metrics with a sign
MOST_NAMED = 3  # number of devices named in a sentence


def metric_name(metric: str) -> str:
    """Name a column: `fall of the loss`, `bias of drive_hidden.W[0,0]`."""
    for prefix, words in (
        ("bias.", "bias of "),
        ("dc.", "mean shift of "),
        ("final.", "final "),
        ("log.", "logarithm of the "),
    ):
        if metric.startswith(prefix):
            return words + metric_name(metric.removeprefix(prefix))
    return METRICS.get(metric, metric)


def group_name(group: str) -> str:
    """Name a group: `input offset of ota_linear`, `capacitors`, `process`."""
    if group in ("capacitor.capacitor", "process.process"):
        return {"c": "capacitors", "p": "process"}[group[0]]
    cell, _, kind = group.rpartition(".")
    return f"{KINDS.get(kind, kind)} of {cell}"


def percent(share: float) -> str:
    """Write a share as `97.5 %`, with a non-breaking space."""
    return f"{100 * share:.3g}{SPACE}%"


def number(value: float) -> str:
    """Write three digits: `0.0213`, `1.20e-05`, as in every table."""
    return f"{value:.3g}" if value == 0 or 1e-3 <= abs(value) < 1e4 else f"{value:.2e}"


def between(interval: Interval) -> str:
    """Write an interval: `97.5 % (95.1 to 98.7 %)`."""
    return f"{percent(interval.value)} ({100 * interval.low:.3g} to {percent(interval.high)})"


def metric_number(metric: str, value: float) -> str:
    """Write a value of a metric: a yield in per cent, the others as numbers."""
    return percent(value) if metric == "yield" else number(value)


def bound_words(metric: str, bound: float) -> str:
    """Write the condition under which a chip works: `its loss falls at least 10 times`."""
    if metric == "loss_ratio":
        return f"its loss falls at least {bound:g} times"
    return f"its {metric_name(metric)} is at most {number(bound)}"


def verdict(content: VariationContent) -> str:
    """Report the number of working chips and the yield in one sentence."""
    found = content.statistics
    return f"{found.working} of {found.samples} chips work: a yield of {between(found.passing)}."


def confidence(content: VariationContent) -> list[str]:
    """Describe the confidence interval of the yield, and the failed samples."""
    found = content.statistics
    lines = [
        f"With 95{SPACE}% confidence the true yield lies within the interval (Wilson). It is known to "
        f"±{SPACE}{100 * found.passing.half_width:.2g} percentage points; four times the samples halve that.",
    ]
    failed = found.failed
    if failed:
        lines.append(
            f"{failed} {'sample' if failed == 1 else 'samples'} failed. They count as chips that do not work; "
            "the spreads below are over the others."
        )
    return lines


def spread(content: VariationContent) -> list[str]:
    """Describe the spread of the most informative metrics over the chips."""
    rows = content.statistics.summary
    lines = []
    if "loss_ratio" in rows.index and "loss_ratio" in content.bounds:
        row = rows.loc["loss_ratio"]
        lines.append(
            f"In the median chip the loss falls by a factor of {number(row['median'])}; in nine of ten chips by one "
            f"between {number(row['q05'])} and {number(row['q95'])}.{' Below 1 it rises.' if row['q05'] < 1 else ''}"
        )
    if "nrmse_forward" in rows.index:
        row = rows.loc["nrmse_forward"]
        lines.append(
            f"Forward signals deviate from the ideal by {percent(row['median'])} of their range in the median chip, "
            f"{percent(row['q95'])} in the worst of twenty."
        )
    biases = [name for name in rows.index if name.startswith("bias.")]
    if biases:
        widest = max(biases, key=lambda name: float(rows.at[name, "sd"]))
        lines.append(
            f"The final value with the largest spread is {widest.removeprefix('bias.')}: standard deviation "
            f"{number(rows.at[widest, 'sd'])}, mean difference from the ideal {number(rows.at[widest, 'mean'])}."
        )
    return lines


def _share(table: "pd.DataFrame", group: str, column: str) -> str:
    """Write a share with its interval, limited to 0 to 1: `79 %, 58 to 99 %`."""
    value, low, high = (
        100 * min(max(float(table.at[group, f"{column}{end}"]), 0.0), 1.0) for end in ("", "_low", "_high")
    )
    texts = [f"{share:.0f}" if share >= 9.95 else f"{share:.2g}" for share in (value, low, high)]
    return f"{texts[0]}{SPACE}%, {texts[1]} to {texts[2]}{SPACE}%"


def contribution(ranking: Ranking) -> str:
    """Describe which groups of devices contribute most to the variance of a metric, and how reliable that is."""
    table, column = ranking.table, ranking.shown
    names = [group for group in table.index if float(table.at[group, f"{column}_low"]) > 0.01][:MOST_NAMED]
    metric = metric_name(ranking.metric)
    if not names:
        return f"No group of devices stands out in the {metric}."
    texts = "; ".join(f"{group_name(group)} ({_share(table, group, column)})" for group in names)
    text = f"Of the variance of the {metric}, most is due to: {texts}."
    if column == "total" and table[column].to_numpy(dtype=float).sum() > OVERLAP:
        text += " Shares include interactions and can sum to more than 100 %."
    if column == "linear":
        text += f" A linear model explains {percent(ranking.r_squared)} of it."
    return text


def contributions(rankings: Sequence[Ranking]) -> list[str]:
    """Describe the contributions of every conclusive ranking, and for the others why they are not conclusive."""
    lines = [contribution(ranking) for ranking in rankings if is_conclusive(ranking)]
    silent = [ranking for ranking in rankings if not is_conclusive(ranking)]
    few = [ranking for ranking in silent if ranking.few]
    if few:
        names = ", the ".join(metric_name(ranking.metric) for ranking in few)
        model = f"a linear model of {few[0].table['devices'].sum():.0f} deviations"
        lines.append(
            f"{few[0].samples} chips are too few to attribute the {names} by {model}: {few[0].needed} are needed."
        )
    for signed, because in (
        (True, "the dependence is nonlinear or joint. Use Sobol indices (--sobol)."),
        (False, "deviations of both signs increase it. Use Sobol indices (--sobol)."),
    ):
        parts = [
            f"{percent(max(ranking.r_squared, 0.0))} of the variance of the {metric_name(ranking.metric)}"
            for ranking in silent
            if ranking not in few and ranking.metric.startswith(SIGNED) == signed
        ]
        if parts:
            lines.append(f"A linear model explains {' and '.join(parts)}, too little to identify devices: {because}")
    return lines


def is_conclusive(ranking: Ranking) -> bool:
    """Return whether a ranking identifies devices: by Sobol indices, or by a linear model that explains enough."""
    return ranking.shown == "total" or ranking.r_squared >= max(LITTLE, 2 * ranking.chance)
