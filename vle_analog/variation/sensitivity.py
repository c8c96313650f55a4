"""The share of every group of deviations in the variance of a metric: linear shares and Sobol indices.

A group is a kind of deviation of a type of cell, such as `ota_linear.offset`, since cells are sized by type.
Deviations are independent standard normals z times their sigma, so shares of variance add up.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vle_analog.errors import InputError, Problem
from vle_analog.variation.statistics import CONFIDENCE

if TYPE_CHECKING:
    import pandas as pd

    from vle_analog.variation.sites import Site

LEAST_SQUARES_FROM = 2.0  # samples per site; with fewer, least-squares coefficients are too uncertain
MOST_SITES = 10600  # two dimensions each; scipy's Sobol sequence ends at 21201
RESAMPLES = 200
LEAST_SAMPLES = 8
LITTLE = 0.5  # a linear model that explains less is not reported


@dataclass(frozen=True, eq=False)
class Ranking:
    """Linear shares and Sobol indices of one metric in one table.

    **Arguments:**

    - `table`: one row per group, the most important first. Index `group`; columns `devices` (how many deviations it
      has), `linear`, `first` and `total`, each with `_low` and `_high`; columns that were not computed are absent.
    - `method`: of the linear shares, "least squares" or "correlation"; empty without them.
    - `r_squared`: the share of variance that the linear model explains, corrected for its number of coefficients; zero
      where it comes from correlations of too few samples.
    - `samples`: how many the linear shares come from; `evaluations`: how many the Sobol indices come from.
    """

    metric: str
    table: "pd.DataFrame"
    method: str = ""
    r_squared: float = 0.0
    samples: int = 0
    evaluations: int = 0

    @property
    def chance(self) -> float:
        """The uncertainty of `r_squared` where it comes from correlations; zero otherwise."""
        return (
            _chance(int(self.table["devices"].to_numpy().sum()), self.samples) if self.method == "correlation" else 0.0
        )

    @property
    def few(self) -> bool:
        """True where the samples are too few for significant linear shares; `needed` is the required number."""
        return self.method == "correlation" and 2 * self.chance > LITTLE

    @property
    def needed(self) -> int:
        """The number of samples required for significant linear shares."""
        return needed(int(self.table["devices"].to_numpy().sum()))

    @property
    def shown(self) -> str:
        """The column by which the table is sorted: `total` where it exists."""
        return "total" if "total" in self.table else "linear"


def needed(sites: int) -> int:
    """Return the number of samples required for significant linear shares of the deviations at these sites.

    Least squares always suffice; for correlations twice their uncertainty sqrt(4 n + 2 sites) / n must be small.
    """
    few = (LITTLE / 2) ** 2
    correlation = math.ceil((2 + math.sqrt(4 + 2 * few * sites)) / few)
    return max(LEAST_SAMPLES, min(correlation, math.ceil(LEAST_SQUARES_FROM * sites) + LEAST_SAMPLES))


def groups(sites: "Sequence[Site]") -> list[str]:
    """Return the groups in the order of their first appearance, which is that of the Sobol design."""
    return list(dict.fromkeys(site.group for site in sites))


def linear(sites: "Sequence[Site]", z: np.ndarray, values: np.ndarray, metric: str) -> Ranking:
    """Compute the share of every group in the variance of a metric, to first order in the deviations.

    With value = a + Σ b z over the sites, a group has the share Σ b² / var(value) over its sites. With at least two
    samples per site b comes from least squares; with fewer from the correlation of every site on its own. Both are
    corrected for what chance alone gives (b² exceeds its true value by its variance s_b² on average), so a share may
    come out slightly below zero. Interval: normal, with var(Σ b̂²) = Σ 4 b² s_b² + 2 s_b⁴.

    **Arguments:**

    - `z`: standard normals, shape (sites, samples), of independent samples: not those of a
      Sobol design, whose chips share deviations.
    - `values`: shape (samples,); samples without a finite value are left out.

    **Returns:** a ranking with the columns `linear`, `linear_low` and `linear_high`.

    **Raises:** `InputError` where shapes do not fit or fewer than eight values are left.
    """
    z, values = np.asarray(z, dtype=float), np.asarray(values, dtype=float)
    if z.shape != (len(sites), len(values)):
        raise InputError(
            Problem(
                "deviations and values do not fit",
                got=f"{z.shape} and {values.shape}",
                expected=f"({len(sites)}, samples) and (samples,)",
            )
        )
    there = np.isfinite(values)
    z, values = z[:, there], values[there]
    count = len(values)
    if count < LEAST_SAMPLES:
        raise InputError(
            Problem(
                f"too few samples to rank devices by {metric}",
                got=f"{count} with a value",
                expected=f"at least {LEAST_SAMPLES}",
            )
        )
    solve = count >= LEAST_SQUARES_FROM * len(sites) + LEAST_SAMPLES
    scale = float(np.std(values))
    if scale <= 1e-12 * float(np.max(np.abs(values))):  # rounding; nothing to explain
        squared, variance, r_squared = np.zeros(len(sites)), np.zeros(len(sites)), 0.0
    else:
        centred = z - z.mean(axis=1, keepdims=True)
        fit = _least_squares if solve else _correlation
        squared, variance, r_squared = fit(centred, (values - values.mean()) / scale)
    shares = squared - variance
    spread = 4 * np.maximum(shares, 0.0) * variance + 2 * variance**2
    rows = {}
    for name in groups(sites):
        mine = np.array([site.group == name for site in sites])
        rows[name] = {"devices": int(mine.sum())} | _bounded(
            "linear", float(shares[mine].sum()), _normal() * float(np.sqrt(spread[mine].sum()))
        )
    return Ranking(
        metric, _sorted(rows, "linear"), "least squares" if solve else "correlation", r_squared, samples=count
    )


def design(sites: "Sequence[Site]", base: int, seed: int) -> np.ndarray:
    """Return the standard normals for Sobol indices of groups, shape (sites, base * (groups + 2)).

    Saltelli's scheme on a scrambled Sobol sequence (SALib), in blocks of groups + 2: one chip, the same chip with one
    group after the other exchanged, and the chip they come from.

    **Arguments:**

    - `base`: blocks; a power of two, so that the sequence is balanced.

    **Raises:** `InputError` for a base that is no power of two, less than two groups, or too many sites.
    """
    from SALib.sample import sobol
    from scipy.special import ndtri

    _check(sites, base)
    points = sobol.sample(_problem(sites), base, calc_second_order=False, scramble=True, seed=seed)
    edge = 2.0**-31  # the sequence has 30 bits and can contain 0
    return ndtri(np.clip(points, edge, 1 - edge)).T


def indices(sites: "Sequence[Site]", values: np.ndarray, base: int, seed: int, metric: str) -> Ranking:
    """Compute first-order and total Sobol indices of every group from the values at `design(sites, base, seed)`.

    `first` is the share of variance caused by a group alone, `total` includes its interactions with
    others; with bootstrap intervals (A. Saltelli et al., Comput. Phys. Commun. 181, 259-270 (2010), by SALib).

    **Arguments:**

    - `values`: shape (base * (groups + 2),); a block with a value that is no number is left out as a whole.

    **Returns:** a ranking with the columns `first` and `total`, each with `_low` and `_high`.

    **Raises:** `InputError` where the number of values does not fit or hardly a block is whole.
    """
    from SALib.analyze import sobol

    _check(sites, base)
    names = groups(sites)
    values = np.asarray(values, dtype=float)
    if values.shape != (base * (len(names) + 2),):
        raise InputError(
            Problem(
                "the values are not those of the Sobol design",
                got=str(values.shape),
                expected=f"({base * (len(names) + 2)},)",
            )
        )
    blocks = values.reshape(base, -1)
    blocks = blocks[np.isfinite(blocks).all(axis=1)]
    if len(blocks) < LEAST_SAMPLES:
        raise InputError(
            Problem(
                f"too few chips were simulated for Sobol indices of {metric}",
                got=f"{len(blocks)} of {base} blocks without a failure",
                expected=f"at least {LEAST_SAMPLES}",
                hint="make the mismatch smaller, or read the linear shares",
            )
        )
    zero = np.zeros(len(names))
    found: Any = {"S1": zero, "S1_conf": zero, "ST": zero, "ST_conf": zero}
    if np.std(blocks) > 1e-12 * float(np.max(np.abs(blocks))):
        found = sobol.analyze(
            _problem(sites),
            blocks.ravel(),
            calc_second_order=False,
            num_resamples=RESAMPLES,
            conf_level=CONFIDENCE,
            seed=seed + 1,  # zero would mean unseeded
        )
    count = {name: sum(site.group == name for site in sites) for name in names}
    rows = {
        name: {"devices": count[name]}
        | _bounded("first", float(found["S1"][k]), float(found["S1_conf"][k]))
        | _bounded("total", float(found["ST"][k]), float(found["ST_conf"][k]))
        for k, name in enumerate(names)
    }
    return Ranking(metric, _sorted(rows, "total"), evaluations=blocks.size)


def together(shares: Ranking, sobol: Ranking) -> Ranking:
    """Combine linear shares and Sobol indices of the same metric in one table, sorted by the total index."""
    if shares.metric != sobol.metric or set(shares.table.index) != set(sobol.table.index):
        raise InputError(Problem("these rankings are not of the same metric and groups", got=sobol.metric))
    table = shares.table.join(sobol.table.drop(columns="devices"))
    table = table.sort_values("total", ascending=False, kind="stable")
    return Ranking(shares.metric, table, shares.method, shares.r_squared, shares.samples, sobol.evaluations)


def _least_squares(z: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Regress y (mean 0, variance 1) on all sites: b², its variance s_b², and adjusted R²."""
    count, free = len(y), len(y) - len(z) - 1
    inverse = np.linalg.pinv(z @ z.T, hermitian=True)
    b = inverse @ (z @ y)
    noise = float(np.sum((y - b @ z) ** 2)) / free
    return b**2, noise * np.diag(inverse), 1 - noise * (count - 1) / count


def _correlation(z: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Correlate y with every site separately: b², its variance s_b², and the sum of the corrected shares as R²."""
    count = len(y)
    norms = np.sqrt(np.sum(z**2, axis=1) * np.sum(y**2))
    squared = np.divide(z @ y, norms, out=np.zeros(len(z)), where=norms > 0) ** 2
    variance = (1 - squared) / (count - 2)
    known = 2 * _chance(len(z), count) <= LITTLE
    return squared, variance, float(np.clip(np.sum(squared - variance), 0.0, 1.0)) if known else 0.0


def _chance(sites: int, samples: int) -> float:
    """Return the standard deviation of a sum of corrected squared correlations whose value is one: sqrt(Σ 4 b² s_b² + 2
    s_b⁴)."""
    return float(np.sqrt(4 * samples + 2 * sites)) / samples


def _check(sites: "Sequence[Site]", base: int) -> None:
    if base < 1 or base & (base - 1):
        raise InputError(Problem("Sobol indices need a power of two", got=str(base), expected="256, 512, 1024, ..."))
    if len(groups(sites)) < 2:
        raise InputError(
            Problem(
                "there is nothing to rank",
                got=", ".join(groups(sites)) or "no deviations",
                expected="two groups or more",
                hint="with deviations of a single kind there is nothing to compare",
            )
        )
    if len(sites) > MOST_SITES:
        raise InputError(
            Problem(
                "too many deviations for a Sobol sequence",
                got=str(len(sites)),
                expected=f"at most {MOST_SITES}",
                hint="the linear shares have no such limit",
            )
        )


def _problem(sites: "Sequence[Site]") -> dict[str, Any]:
    """Return the problem definition for SALib."""
    return {
        "num_vars": len(sites),
        "names": [f"z{k}" for k in range(len(sites))],
        "groups": [site.group for site in sites],
        "bounds": [[0.0, 1.0]] * len(sites),
    }


def _normal() -> float:
    from scipy.special import ndtri

    return float(ndtri((1 + CONFIDENCE) / 2))


def _bounded(name: str, value: float, reach: float) -> dict[str, float]:
    return {name: value, f"{name}_low": value - reach, f"{name}_high": value + reach}


def _sorted(rows: dict[str, dict[str, float]], by: str) -> "pd.DataFrame":
    import pandas as pd

    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("group")
    return table.sort_values(by, ascending=False, kind="stable")
