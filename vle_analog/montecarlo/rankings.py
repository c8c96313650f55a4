"""The selection of metrics of a run by which devices are ranked, and their rankings."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from vle_analog.montecarlo.lot import Lot

if TYPE_CHECKING:
    import pandas as pd

    from vle_analog.variation.sensitivity import Ranking

OK = "ok"
LEAST_RANKED = 8  # samples
MOST_DRAWS = 20_000_000  # limit of standard normals in memory
LOGARITHM = "log."


def rankings(lot: Lot, table: "pd.DataFrame", sobol: "pd.DataFrame | None", base: int) -> Iterator["Ranking"]:
    """Rank devices for the metrics of `ranked`: linear shares with enough chips, Sobol indices with a design.

    **Arguments:** `table`: the chips of the run. `sobol`: those of the design of Sobol indices with this base.

    **Returns:** an iterator over rankings, in the order of `ranked`.
    """
    from vle_analog.variation.sensitivity import indices, linear, together

    sites, seed = lot.shared.sites, lot.spec.variation.seed
    there = table.loc[table["status"] == OK].head(MOST_DRAWS // len(sites))
    enough = len(there) >= LEAST_RANKED
    z = lot.draws([int(sample) for sample in there["sample"]])
    for metric in ranked(lot, there):
        found = linear(sites, z, values_of(there, metric), metric) if enough else None
        if sobol is not None:
            total = indices(sites, values_of(sobol, metric), base, seed, metric)
            found = total if found is None else together(found, total)
        if found is not None:
            yield found


def ranked(lot: Lot, table: "pd.DataFrame") -> list[str]:
    """Return the metrics for rankings: first a signed one, nearly linear in small deviations, then those that offsets
    of either sign increase.

    The signed metric is the final value of the learned parameter with the largest spread relative to the range of its
    signal; where nothing learns, the mean shift of the output with the largest spread.
    """
    metrics = lot.shared.metrics
    learn = [k for k in metrics.finals if k not in metrics.output] if lot.spec.network.plastic else []
    named = {f"bias.{metrics.signals[k]}": k for k in learn} or {f"dc.{metrics.signals[k]}": k for k in metrics.output}
    sizes = metrics.ranges
    spread = {name: np.std(values_of(table, name)) / sizes[k] if len(table) else 0.0 for name, k in named.items()}
    widest = max(spread, key=lambda name: spread[name])
    return [widest, *([f"{LOGARITHM}loss_last"] if lot.spec.network.plastic else []), "nrmse_forward"]


def values_of(table: "pd.DataFrame", metric: str) -> np.ndarray:
    """Return a column, or for `log.COLUMN` its logarithm, as the variance over decades depends on a few chips."""
    values = np.asarray(table[metric.removeprefix(LOGARITHM)], float)
    return np.log(np.maximum(values, np.finfo(float).tiny)) if metric.startswith(LOGARITHM) else values
