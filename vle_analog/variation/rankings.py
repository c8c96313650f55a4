"""Which metrics of a run tell which devices are to blame, and what they tell."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from vle_analog.variation.lot import Lot

if TYPE_CHECKING:
    import pandas as pd

    from vle_analog.variation.sensitivity import Ranking

OK = "ok"
LEAST_RANKED = 8  # samples
MOST_DRAWS = 20_000_000  # standard normals that are in memory to rank devices
LOGARITHM = "log."


def rankings(lot: Lot, table: "pd.DataFrame", sobol: "pd.DataFrame | None", base: int) -> Iterator["Ranking"]:
    """Linear shares where there are chips enough, and Sobol indices where there is a design, of what `ranked` names.

    **Arguments:** `table`: the chips of the run. `sobol`: those of the design of Sobol indices with this base.
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
    """What devices are ranked by: first a metric with a sign, which is nearly linear in small deviations, then those
    that an offset of either sign makes worse.

    With a sign is the final value, of all that learns, that spreads widest over the range of its signal; where nothing
    learns, the mean shift of the output that spreads widest.
    """
    metrics = lot.shared.metrics
    learn = [k for k in metrics.finals if k not in metrics.output] if lot.spec.network.plastic else []
    named = {f"bias.{metrics.signals[k]}": k for k in learn} or {f"dc.{metrics.signals[k]}": k for k in metrics.output}
    sizes = metrics.ranges
    spread = {name: np.std(values_of(table, name)) / sizes[k] if len(table) else 0.0 for name, k in named.items()}
    widest = max(spread, key=lambda name: spread[name])
    return [widest, *([f"{LOGARITHM}loss_last"] if lot.spec.network.plastic else []), "nrmse_forward"]


def values_of(table: "pd.DataFrame", metric: str) -> np.ndarray:
    """A column, or of `log.COLUMN` its logarithm: what spans decades has a variance that a few chips make."""
    values = np.asarray(table[metric.removeprefix(LOGARITHM)], float)
    return np.log(np.maximum(values, np.finfo(float).tiny)) if metric.startswith(LOGARITHM) else values
