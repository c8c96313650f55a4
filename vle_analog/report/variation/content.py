"""The content of the report of a Monte Carlo run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from vle_analog.errors import Problem
from vle_analog.variation.statistics import Interval, Statistics, envelope

if TYPE_CHECKING:
    import pandas as pd

    from vle_analog.variation.sensitivity import Ranking


@dataclass(frozen=True, eq=False)
class Fan:
    """The spread of traces over the chips.

    **Arguments:**

    - `signals`: their names, as `drive_hidden.W[0,0]`; `times`: model time, shape (times,).
    - `bands`: quantiles 5, 25, 50, 75 and 95 % in model units, shape (5, signals, times), from `envelope`.
    - `ideal`: shape (signals, times).
    - `chips`: number of chips in the bands.
    """

    signals: tuple[str, ...]
    times: np.ndarray
    bands: np.ndarray
    ideal: np.ndarray
    chips: int


def fan(
    signals: Sequence[str], times: np.ndarray, traces: np.ndarray, ideal: np.ndarray, use: np.ndarray | None = None
) -> Fan:
    """Compute the quantile bands of traces, shape (samples, signals, times), over the samples in `use` (None: all)."""
    chips = len(traces) if use is None else int(np.count_nonzero(use))
    return Fan(tuple(signals), np.asarray(times), envelope(traces, use), np.asarray(ideal), chips)


@dataclass(frozen=True)
class YieldPoint:
    """The yield of one run of a sweep; `at` is a multiple of the nominal sigma or area."""

    at: float
    passing: Interval
    samples: int


@dataclass(frozen=True, eq=False)
class LossBand:
    """The loss at every sigma of a sweep: median and surrounding quantiles, shape (sigmas,)."""

    sigma: np.ndarray
    median: np.ndarray
    low: np.ndarray
    high: np.ndarray


@dataclass(frozen=True, eq=False)
class VariationContent:
    """The results of one Monte Carlo run; `None` or empty parts are left out of the page.

    **Arguments:**

    - `name`, `title`: of the study.
    - `facts`: settings of the run in the order of the page: variations, sampling, seed, engine, level, process.
    - `table`: one row per sample, with the columns that `variation.statistics` reads.
    - `statistics`: of this table.
    - `bounds`: conditions under which a chip works: `{"loss_ratio": 10.0}` or `{"nrmse_forward": 0.05}`.
    - `nominal`: metrics of the chip without deviations.
    - `fan`: spread of traces.
    - `rankings`: contributions of devices, one ranking per metric, the most informative first.
    - `corners`: one row per run of the grid: `corner`, `temperature` (degrees Celsius), `supply` (volts), `status`,
      metrics, and `yield` where several chips were simulated at each.
    - `yield_mismatch`, `yield_area`: label of a curve (a study, a level) -> its points.
    - `loss_sigma`: label of a curve -> loss against sigma; `sigma_label`: label of the axis.
    - `messages`: sentences for the reader, such as repeated chunks or engines that disagree.
    - `warnings`, `provenance`, `files`, `seconds`: as in `ReportContent`.
    """

    name: str
    title: str
    table: "pd.DataFrame"
    statistics: Statistics
    bounds: Mapping[str, float]
    facts: Mapping[str, str] = field(default_factory=dict)
    nominal: Mapping[str, float] = field(default_factory=dict)
    fan: Fan | None = None
    rankings: tuple["Ranking", ...] = ()
    corners: "pd.DataFrame | None" = None
    yield_mismatch: Mapping[str, Sequence[YieldPoint]] = field(default_factory=dict)
    yield_area: Mapping[str, Sequence[YieldPoint]] = field(default_factory=dict)
    loss_sigma: Mapping[str, LossBand] = field(default_factory=dict)
    sigma_label: str = "σ of ln τ"
    messages: tuple[str, ...] = ()
    warnings: tuple[Problem, ...] = ()
    provenance: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
