"""The metrics of one chip as one row of numbers: losses, deviations from the ideal, final values.

The definitions are those of the comparison of one circuit (`compare/`); here they are evaluated on many chips
and signal by signal only where a single signal is what counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from vle_analog.compare.comparison import GROUP_OF_KIND, ranges
from vle_analog.compare.loss import both_ends, distance
from vle_analog.network import Network, Signal, Traces
from vle_analog.ties import first_largest

LOSSES = ("loss_first", "loss_last", "loss_ratio")
ERRORS = ("nrmse_forward", "nrmse_forward_ac", "nrmse_error")
Row = dict[str, float | int | str]


class _Places(NamedTuple):
    """Row numbers of the forward signals, the error signals and the output, by neuron."""

    forward: list[int]
    error: list[int]
    output: list[int]


@dataclass(frozen=True, eq=False)
class Metrics:
    """The settings and references shared by the rows of a run.

    **Arguments:**

    - `network`: the ideal network. `taught`: the target on the grid, shape `(channels, times)`.
    - `ideal`: the reference solution. `floor`: the least range by which errors are divided.
    - `signals`: those of the circuit, in the order in which values come.
    """

    network: Network
    taught: np.ndarray
    ideal: Traces
    floor: float
    signals: tuple[Signal, ...]

    @cached_property
    def ranges(self) -> np.ndarray:
        """The divisor of the errors of each signal: the range of its kind in its population or projection."""
        known = ranges(self.ideal)
        return np.array([max(known[s.owner, s.kind], self.floor) for s in self.signals])

    @cached_property
    def finals(self) -> tuple[int, ...]:
        """Rows of the signals whose final values are reported: all learned parameters, and the output."""
        return tuple(k for k, s in enumerate(self.signals) if GROUP_OF_KIND[s.kind] == "weights" or k in self.output)

    @cached_property
    def output(self) -> tuple[int, ...]:
        """Rows of the signals that are compared with the target, by neuron."""
        kind = "u" if self.network.cost == "membrane" else "r"
        names = [f"{self.network.output}.{kind}[{k}]" for k in range(len(self.taught))]
        return tuple(self._rows[name] for name in names)

    @cached_property
    def courses(self) -> list[int]:
        """Rows of the signals whose whole time course enters the metrics."""
        return sorted({*self._forward, *self._error, *self.output})

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The names of the numbers of a row."""
        names = [str(self.signals[k]) for k in self.finals]
        means = (f"dc.{self.signals[k]}" for k in self.output)
        return (*LOSSES, *ERRORS, *means, *(f"final.{name}" for name in names), *(f"bias.{name}" for name in names))

    def row(self, values: np.ndarray) -> Row:
        """Compute the metrics of one chip.

        **Arguments:** `values`: model units, shape `(signals, times)`, on the grid of the ideal.

        **Returns:** `loss_first`, `loss_last`, `loss_ratio`: see `compare.loss`; `nrmse_forward`, `nrmse_error`: the
        largest NRMSE of u, U, r and of v, B, e; `nrmse_forward_ac`: the largest of u, U, r when each trace's mean
        difference is subtracted; `dc.<signal>`: the mean difference of an output; `final.<signal>`, and
        `bias.<signal>`: the same minus the ideal's.
        """
        return self.row_of(values[self.courses], values[list(self.finals), -1])

    def row_of(self, courses: np.ndarray, finals: np.ndarray) -> Row:
        """Compute the metrics from the signals `courses` over all times and the last values of `finals`."""
        places = self._places
        difference = courses - self._wanted_courses
        power = np.einsum("kt,kt->k", difference, difference) / difference.shape[1]
        mean = np.mean(difference, axis=1)
        without = np.maximum(power - mean**2, 0.0)
        errors, errors_ac = (np.sqrt(part) / self._course_ranges for part in (power, without))
        forward, forward_ac = (float(np.max(part[places.forward], initial=0.0)) for part in (errors, errors_ac))
        error = float(np.max(errors[places.error], initial=0.0))
        losses = both_ends(distance(self.taught, courses[places.output]), self.ideal.time)
        ratio = np.inf if losses.ratio is None else losses.ratio
        numbers = [losses.first, losses.last, ratio, forward, forward_ac, error, *mean[places.output].tolist()]
        numbers += [*finals.tolist(), *(finals - self._wanted_finals).tolist()]
        return dict(zip(self.columns, numbers, strict=True))

    def failed(self) -> Row:
        """Return the row of a chip whose simulation failed."""
        return dict.fromkeys(self.columns, np.nan)

    def disagreement(self, first: np.ndarray, second: np.ndarray) -> tuple[float, Signal]:
        """Return the largest difference of two runs of one chip, and its signal.


        Differences are relative to the range of that kind of signal in the second run, or in the ideal where that is
        larger, since an offset can shift a chip far out of the ideal's range.
        """
        own = ranges(Traces(self.ideal.time, self.signals, second))
        scale = np.maximum(self.ranges, [own[s.owner, s.kind] for s in self.signals])
        apart = np.max(np.abs(first - second), axis=1) / scale
        worst = first_largest(apart)
        return float(apart[worst]), self.signals[worst]

    @cached_property
    def _forward(self) -> list[int]:
        return self._group("forward")

    @cached_property
    def _error(self) -> list[int]:
        return self._group("error")

    def _group(self, name: str) -> list[int]:
        return [k for k, s in enumerate(self.signals) if GROUP_OF_KIND[s.kind] == name]

    @cached_property
    def _wanted(self) -> np.ndarray:
        return np.stack([self.ideal[signal] for signal in self.signals])

    @cached_property
    def _wanted_courses(self) -> np.ndarray:
        return self._wanted[self.courses]

    @cached_property
    def _course_ranges(self) -> np.ndarray:
        return self.ranges[self.courses]

    @cached_property
    def _wanted_finals(self) -> np.ndarray:
        return self._wanted[list(self.finals), -1]

    @cached_property
    def _places(self) -> "_Places":
        rows = {row: k for k, row in enumerate(self.courses)}
        return _Places(*([rows[row] for row in group] for group in (self._forward, self._error, self.output)))

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {str(s): k for k, s in enumerate(self.signals)}


def unusual(z: np.ndarray, groups: Sequence[str]) -> list[Row]:
    """Compute `draw.<group>` of each chip: the root mean square of the standard normals of a group.

    **Arguments:** `z`: shape `(sites, samples)`. `groups`: of the sites, in their order.

    **Returns:** one row per sample.
    """
    names = list(dict.fromkeys(groups))
    order = np.argsort([names.index(group) for group in groups], kind="stable")
    counts = np.array([groups.count(name) for name in names])
    begins = np.cumsum(counts) - counts
    # sample by sample, each summed along its own row, so that results do not depend on the chunk
    rows = np.ascontiguousarray(np.transpose(z[order]))
    found = [np.sqrt(np.add.reduceat(row * row, begins) / counts) if names else [] for row in rows]
    return [{f"draw.{name}": float(value) for name, value in zip(names, row, strict=True)} for row in found]
