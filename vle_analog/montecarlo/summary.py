"""The JSON object of a run: the output of `--json` and the summary in `run.json`."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from vle_analog.variation.statistics import Interval

if TYPE_CHECKING:
    import pandas as pd

    from vle_analog.montecarlo.run import MonteCarlo

SHOWN = ("mean", "sd", "q05", "median", "q95", "least", "most")


def summary(found: "MonteCarlo") -> dict[str, Any]:
    """Summarise yield, spreads, failures, worst chips, contributions of devices, and the check of the engines."""
    spec, numbers = found.lot.spec, found.statistics
    variation = spec.variation
    return plain(
        {
            "study": spec.name,
            "level": spec.circuit.level,
            "process": spec.circuit.process,
            "engine": found.engine,
            "variations": variation.variations,
            "seed": variation.seed,
            "sampling": variation.sampling,
            "scale": variation.scale,
            "samples": numbers.samples,
            "first": found.plan.first,
            "works": numbers.working,
            "bounds": found.bounds,
            "yield": _interval(numbers.passing),
            "failures": records(numbers.failures),
            "metrics": {name: {key: row[key] for key in SHOWN} for name, row in numbers.summary.iterrows()},
            "nominal": found.nominal,
            "worst": records(numbers.worst),
            "blame": {
                ranking.metric: {
                    "method": ranking.method,
                    "r_squared": ranking.r_squared,
                    "samples": ranking.samples,
                    "evaluations": ranking.evaluations,
                    "groups": records(ranking.table.reset_index()),
                }
                for ranking in found.rankings
            },
            "referee": _referee(found),
            "messages": list(found.messages),
        }
    )


def records(table: "pd.DataFrame") -> list[dict[str, Any]]:
    """Return the rows of a table as mappings."""
    return [plain(row) for row in table.to_dict("records")]


def plain(value: Any) -> Any:
    """Convert a value to JSON types; non-finite numbers become null."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _interval(interval: Interval) -> dict[str, float]:
    return {"value": interval.value, "low": interval.low, "high": interval.high}


def _referee(found: "MonteCarlo") -> dict[str, Any] | None:
    if found.referee is None:
        return None
    return {"disagreement": found.disagreement, "agreed": found.agreed, "chips": plain(found.referee)}
