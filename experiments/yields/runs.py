"""The runs behind docs/results/yield.md, kept in out/yield/ and summarised in docs/results/yield.json.

An interrupted run is continued; summarised entries are measured again only on request.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from experiments.fidelity.measures import significant
from experiments.yields.prediction import predicted
from vle_analog import Study
from vle_analog.montecarlo.plan import Plan
from vle_analog.provenance import kit_version
from vle_analog.verbs.montecarlo import content_of, montecarlo_study

ROOT = Path(__file__).resolve().parents[2]
RUNS, RESULTS = ROOT / "out" / "yield", ROOT / "docs" / "results" / "yield.json"
# as docs/results/fidelity.md has its draws: nine times the area, and the time that its gates take
CHIPS = {"duration": 120.0, "circuit.area": 9.0, "circuit.time_unit": 4e-3, "circuit.output_bias": True}
SCALES, AREAS = (0.5, 1.0, 2.0, 4.0), (1.0, 2.25, 9.0)
SAMPLES, TRANSISTORS, REFEREES, BASE = 10_000, 100, 2, 64
STUDIES, PREDICTED = ("online_chain", "two_layer"), ("online_chain",)
Entry = dict[str, Any]


def study(name: str, level: str, more: Mapping[str, Any] | None = None) -> Study:
    """Return a study whose chips are drawn."""
    return Study.load(name, {**CHIPS, "circuit.level": level, **(more or {})})


def curve(name: str, axis: str, values: tuple[float, ...]) -> Entry:
    """Measure the yield of macromodels over an axis of the grid."""
    plan = Plan(SAMPLES, engine="compiled", traces=0)
    keys = {**CHIPS, "circuit.level": "macromodel"}
    settings = [f"{key}={json.dumps(value)}" for key, value in keys.items()]
    found = montecarlo_study(
        lambda more: Study.load(name, [*settings, *more]), plan, RUNS / f"{name}_{axis}", {axis: values}
    )
    return {"points": [point_of(run, float(point.values[axis])) for point, run in found.runs]}


def point_of(run: Any, at: float) -> Entry:
    """Return yield, failures and the fall of the loss at one point."""
    numbers, ratios = run.statistics, run.table["loss_ratio"].to_numpy(float)
    low, middle, high = np.nanquantile(ratios, [0.05, 0.5, 0.95])
    return {
        "at": at,
        "samples": numbers.samples,
        "works": numbers.working,
        "failed": numbers.failed,
        "yield": [numbers.passing.value, numbers.passing.low, numbers.passing.high],
        "ratio": [significant(low), significant(middle), significant(high)],
    }


def ranked(name: str) -> Entry:
    """Measure the contributions of devices, and the difference between the compiled engine and ngspice."""
    from vle_analog.report.variation.words import contributions

    plan = Plan(1000, engine="auto", traces=100, referees=REFEREES, sobol=BASE)
    made = study(name, "macromodel")
    found = montecarlo_study(lambda _: made, plan, RUNS / f"{name}_blame")
    run = found.runs[0][1]
    content = content_of(made, run)
    rankings = [
        {
            "metric": ranking.metric,
            "shown": ranking.shown,
            "r_squared": significant(ranking.r_squared),
            "groups": dict(zip(map(str, ranking.table.index[:8]), shares(ranking), strict=False)),
        }
        for ranking in content.rankings
    ]
    return {
        "point": point_of(run, 1.0),
        "disagreement": run.disagreement,
        "words": contributions(content.rankings),
        "rankings": rankings,
    }


def transistors(name: str) -> Entry:
    """Measure chips made of transistors, and for the chain the predictions of macromodels."""
    plan = Plan(TRANSISTORS, engine="ngspice", traces=0)
    made = study(name, "transistor")
    run = montecarlo_study(lambda _: made, plan, RUNS / f"{name}_transistor").runs[0][1]
    table = run.table
    forward = {
        column: [significant(value) for value in np.nanquantile(table[column].to_numpy(float), [0.5, 0.95])]
        for column in ("nrmse_forward", "nrmse_forward_ac")
    }
    twins = predicted(made, study(name, "macromodel"), table) if name in PREDICTED else {}
    return {"point": point_of(run, 1.0), **forward, **twins}


def shares(ranking: Any) -> list[float]:
    """Return the shares of the first groups in the variance."""
    return [significant(value) for value in ranking.table[ranking.shown].to_numpy(float)[:8]]


SECTIONS: dict[str, Callable[[], Entry]] = {
    **{f"{name}/scale": lambda name=name: curve(name, "scale", SCALES) for name in STUDIES},
    "online_chain/area": lambda: curve("online_chain", "area", AREAS),
    **{f"{name}/blame": lambda name=name: ranked(name) for name in STUDIES},
    **{f"{name}/transistor": lambda name=name: transistors(name) for name in STUDIES},
}


def measure(only: list[str] | None = None) -> dict[str, Entry]:
    """Measure missing or requested entries, and return all."""
    found = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.is_file() else {}
    for name, work in SECTIONS.items():
        if name in (only or ()) or (only is None and name not in found):
            found[name] = {**work(), "kit": kit_version()}
            ordered = {key: found[key] for key in SECTIONS if key in found}
            RESULTS.write_text(json.dumps(ordered, indent=1) + "\n", encoding="utf-8")
    return found
