"""Statistics of a table of chips: yield, spread of every metric, worst chips, reasons of failure, bands of traces.

A table has one row per sample: `sample`, `status` ("ok" or why it failed), metrics, and `draw.<group>`, the
root-mean-square of the standard normals of a group. All intervals are deterministic: nothing here draws numbers.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vle_analog.errors import InputError, Problem

if TYPE_CHECKING:
    import pandas as pd

CONFIDENCE = 0.95
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
DRAW = "draw."
NO_METRIC = frozenset({"sample", "status"})
LARGE_IS_GOOD = frozenset({"loss_ratio"})


@dataclass(frozen=True)
class Interval:
    """An estimate with the bounds of its confidence interval."""

    value: float
    low: float
    high: float

    @property
    def half_width(self) -> float:
        """Half of the distance between the bounds."""
        return (self.high - self.low) / 2


@dataclass(frozen=True, eq=False)
class Statistics:
    """The statistics of a table of chips.

    **Arguments:**

    - `samples`, `working`: how many chips there are, and how many of them work.
    - `passing`: the yield with its Wilson interval; a failed sample counts as a chip that does not work.
    - `failures`: one row per reason: `reason`, `count`, `first` (the first sample).
    - `summary`: one row per metric, see `summary`.
    - `worst`: the worst chips by `metric`, see `worst_chips`.
    """

    samples: int
    working: int
    passing: Interval
    failures: "pd.DataFrame"
    summary: "pd.DataFrame"
    worst: "pd.DataFrame"
    metric: str

    @property
    def failed(self) -> int:
        """The number of failed samples."""
        return int(self.failures["count"].to_numpy().sum())


def statistics(table: "pd.DataFrame", working: np.ndarray, metric: str, worst: int = 10) -> Statistics:
    """Compute all statistics of a table.

    **Arguments:**

    - `working`: which rows work, from `works`.
    - `metric`: criterion of the worst chips.

    **Raises:** `InputError` where the table has no rows or not this metric.
    """
    if not len(table):
        raise InputError(Problem("statistics need samples", expected="at least one sample"))
    count = int(np.count_nonzero(working))
    return Statistics(
        samples=len(table),
        working=count,
        passing=wilson(count, len(table)),
        failures=failures(table),
        summary=summary(table),
        worst=worst_chips(table, metric, worst),
        metric=metric,
    )


def works(table: "pd.DataFrame", loss_ratio: float | None, nrmse_forward: float | None = None) -> np.ndarray:
    """Return which chips work, shape (samples,), bool: the sample is ok and meets every given bound.

    **Arguments:**

    - `loss_ratio`: least ratio of first to last loss; `None` for a study that does not learn.
    - `nrmse_forward`: largest NRMSE of the forward signals.

    **Raises:** `InputError` where the table lacks the metric of a bound.
    """
    good = table["status"].to_numpy() == "ok"
    if loss_ratio is not None:
        good = good & (_metric(table, "loss_ratio") >= loss_ratio)  # NaN compares false
    if nrmse_forward is not None:
        good = good & (_metric(table, "nrmse_forward") <= nrmse_forward)
    return good


def wilson(successes: int, total: int, confidence: float = CONFIDENCE) -> Interval:
    """Estimate a fraction p = k/n with Wilson's score interval.

    (p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n), with z the quantile of the normal distribution. E. B. Wilson,
    J. Am. Stat. Assoc. 22, 209-212 (1927); L. Brown, T. Cai and A. DasGupta, Stat. Sci. 16, 101-133 (2001) recommend
    it: its coverage stays close to what it claims at small n and near 0 and 1.

    **Raises:** `InputError` where 0 <= successes <= total, total > 0 does not hold.
    """
    from scipy.special import ndtri

    if not 0 <= successes <= total or total < 1:
        raise InputError(
            Problem(
                "this is no fraction of samples",
                got=f"{successes} of {total}",
                expected="0 <= successes <= total, total > 0",
            )
        )
    z, p = float(ndtri((1 + confidence) / 2)), successes / total
    middle, spread = p + z**2 / (2 * total), z * np.sqrt(p * (1 - p) / total + z**2 / (4 * total**2))
    low, high = ((middle + sign * spread) / (1 + z**2 / total) for sign in (-1, 1))
    # at the ends the formula gives p itself up to rounding
    return Interval(p, 0.0 if successes == 0 else float(low), 1.0 if successes == total else float(high))


def narrow_enough(table: "pd.DataFrame", working: Callable[["pd.DataFrame"], np.ndarray], half_width: float) -> bool:
    """Return whether the yield is known to ± `half_width`, the condition for an automatic stop.

    **Arguments:**

    - `working`: from a table to which of its rows work, as `partial(works, loss_ratio=10)`.
    """
    return len(table) > 0 and wilson(int(np.count_nonzero(working(table))), len(table)).half_width <= half_width


def quantile(values: np.ndarray, level: float, confidence: float = CONFIDENCE) -> Interval:
    """Estimate a quantile of finite values with its exact bootstrap percentile interval (infinitely many resamples).

    Of n values drawn with replacement from the sorted x, the k-th smallest is at most x_j with probability
    P(Binomial(n, j/n) >= k) = I_{j/n}(k, n−k+1), the regularised incomplete beta function; its quantiles are the
    bounds, with k = ⌈n level⌉. B. Efron, Ann. Stat. 7, 1-26 (1979), section 3. Where n is so small that the level lies
    beyond the outermost values, the interval ends there.
    """
    from scipy.special import betaincinv

    ordered = np.sort(np.asarray(values, dtype=float))
    n = len(ordered)
    k = min(max(int(np.ceil(n * level)), 1), n)
    shares = betaincinv(k, n - k + 1, [(1 - confidence) / 2, (1 + confidence) / 2])
    low, high = ordered[np.clip(np.ceil(n * shares).astype(int), 1, n) - 1]
    value = float(np.quantile(ordered, level))
    return Interval(value, min(float(low), value), max(float(high), value))


def mean(values: np.ndarray, confidence: float = CONFIDENCE) -> Interval:
    """Estimate the mean of finite values, ± t s/√n (Student 1908); of a single value, without width."""
    from scipy.special import stdtrit

    value, n = float(np.mean(values)), len(values)
    if n < 2:
        return Interval(value, value, value)
    reach = float(stdtrit(n - 1, (1 + confidence) / 2) * np.std(values, ddof=1) / np.sqrt(n))
    return Interval(value, value - reach, value + reach)


def deviation(values: np.ndarray, confidence: float = CONFIDENCE) -> Interval:
    """Estimate the standard deviation s of finite values, without assuming a normal distribution.

    s² has the variance (m₄ − s⁴ (n−3)/(n−1))/n, m₄ the fourth central moment (H. Cramér, Mathematical Methods of
    Statistics, 1946, 27.4); the interval is computed on ln s, where it is nearly symmetric.
    """
    from scipy.special import ndtri

    n = len(values)
    value = float(np.std(values, ddof=1)) if np.ptp(values) > 0 else 0.0  # equal values differ by rounding in std
    if value == 0.0 or n < 4:
        return Interval(value, value, value)
    fourth = float(np.mean((values - np.mean(values)) ** 4)) / value**4
    relative = np.sqrt(max(fourth - (n - 3) / (n - 1), 0.0) / n) / 2  # of s, half of that of s²
    reach = float(np.exp(ndtri((1 + confidence) / 2) * relative))
    return Interval(value, value / reach, value * reach)


def metrics(table: "pd.DataFrame") -> list[str]:
    """Return the names of the metrics, in their order: numeric columns except draws."""
    from pandas.api.types import is_numeric_dtype

    names = [name for name in table.columns if name not in NO_METRIC and not name.startswith(DRAW)]
    return [name for name in names if is_numeric_dtype(table[name]) and len(finite(table, name))]


def finite(table: "pd.DataFrame", name: str) -> np.ndarray:
    """Return the finite values of a column over the samples that did not fail."""
    values = table.loc[table["status"] == "ok", name].to_numpy(dtype=float)
    return values[np.isfinite(values)]


def summary(table: "pd.DataFrame", levels: Sequence[float] = QUANTILES) -> "pd.DataFrame":
    """Summarise every metric over the samples that did not fail.

    **Returns:** a table with the index `metric` and the columns `count`; `mean`, `sd`, `median` and `q05` and the like
    for the other levels, each with `<name>_low` and `<name>_high`; `least`, `most`.
    """
    import pandas as pd

    names = metrics(table)
    figures = [f"{key}{end}" for key in ("mean", "sd", *map(level_name, levels)) for end in ("", "_low", "_high")]
    rows = []
    for name in names:
        values = finite(table, name)
        found = [mean(values), deviation(values), *(quantile(values, level) for level in levels)]
        numbers = [number for interval in found for number in (interval.value, interval.low, interval.high)]
        rows.append([len(values), *numbers, float(values.min()), float(values.max())])
    return pd.DataFrame(rows, index=pd.Index(names, name="metric"), columns=["count", *figures, "least", "most"])


def level_name(level: float) -> str:
    """Name a level: `median`, `q05`, `q95`, `q99.9`."""
    return "median" if level == 0.5 else f"q{100 * level:02.4g}"


def failures(table: "pd.DataFrame") -> "pd.DataFrame":
    """Tabulate the reasons of failed samples, the most frequent first: `reason`, `count`, `first`."""
    failed = table[table["status"] != "ok"]
    found = failed.groupby("status", sort=True)["sample"].agg(count="count", first="min").reset_index()
    return (
        found.rename(columns={"status": "reason"})
        .sort_values(["count", "first"], ascending=[False, True])
        .reset_index(drop=True)
    )


def worst_chips(table: "pd.DataFrame", metric: str, count: int = 10) -> "pd.DataFrame":
    """Return the worst chips that did not fail, the worst first; failed ones have no metric.

    Bad is a small loss ratio; a bias, mean difference or final value far from the median chip; a large value of
    anything else.

    **Returns:** `sample`, the metric, `largest_draw` (the group of devices that was drawn most unusually) and
    `deviations` (by how many standard deviations of its root-mean-square over this table). An indication, not a proof:
    many small draws can have the effect of a large one.
    """
    import pandas as pd

    values = _metric(table, metric)
    there = np.flatnonzero((table["status"].to_numpy() == "ok") & np.isfinite(values))
    bad = values[there]
    if metric in LARGE_IS_GOOD:
        bad = -bad
    elif metric.startswith(("bias.", "dc.", "final.")) and len(bad):
        bad = np.abs(bad - np.median(bad))
    order = there[np.argsort(-bad, kind="stable")][:count]  # ties by sample
    found = {"sample": table["sample"].to_numpy()[order], metric: values[order]}
    groups = [name for name in table.columns if name.startswith(DRAW)]
    if groups:
        draws = table[groups].to_numpy(dtype=float)
        spread = np.std(draws, axis=0)
        unusual = (draws - draws.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
        largest = np.argmax(unusual[order], axis=1)
        found["largest_draw"] = np.array([groups[k].removeprefix(DRAW) for k in largest], dtype=object)
        found["deviations"] = unusual[order, largest]
    return pd.DataFrame(found)


def envelope(traces: np.ndarray, use: np.ndarray | None = None, levels: Sequence[float] = QUANTILES) -> np.ndarray:
    """Compute quantiles of traces over the samples, signal by signal to limit memory.

    **Arguments:**

    - `traces`: shape (samples, signals, times); anything that can be sliced like an array, a Zarr array too.
    - `use`: which samples count, shape (samples,); a sample with a value that is no number never does.

    **Returns:** shape (levels, signals, times).

    **Raises:** `InputError` where no sample is left.
    """
    samples, signals, times = traces.shape
    chosen = np.ones(samples, dtype=bool) if use is None else np.asarray(use, dtype=bool)
    bands = np.empty((len(levels), signals, times))
    for signal in range(signals):
        values = np.asarray(traces[:, signal])[chosen]
        values = values[np.isfinite(values).all(axis=1)]
        if not len(values):
            raise InputError(Problem("no sample has traces for quantiles", got=f"{samples} samples"))
        bands[:, signal] = np.quantile(values, levels, axis=0)
    return bands


def _metric(table: "pd.DataFrame", name: str) -> np.ndarray:
    if name not in table.columns:
        raise InputError(
            Problem(
                f"the samples have no {name}",
                got=", ".join(map(str, table.columns[:12])),
                hint="a study that does not learn has no loss ratio: bound nrmse_forward",
            )
        )
    return table[name].to_numpy(dtype=float)
