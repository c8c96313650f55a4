"""The predictions of macromodels for chips made of transistors: the same deviations, translated, compiled."""

from typing import TYPE_CHECKING, Any

import numpy as np

from vle_analog import Study
from vle_analog.fastsim import compile_circuit
from vle_analog.montecarlo.lot import MOST_POINTS
from vle_analog.network.signals import Signal
from vle_analog.simulator import open_backend
from vle_analog.variation.chips import deviations
from vle_analog.variation.draws import normals
from vle_analog.variation.sites import sites
from vle_analog.variation.translation import translated, translation

if TYPE_CHECKING:
    import pandas as pd

HALF, FULL_SCALE = 0.5, 0.01  # relative to the bias, and to the range of the weight


def predicted(chips: Study, model: Study, table: "pd.DataFrame") -> dict[str, Any]:
    """Compare the final bias of every weight that learns, of transistors and as predicted.

    **Arguments:** `chips`, `model`: the study in transistors and in macromodels. `table`: what the chips did.
    """
    circuit, variation = chips.circuit(), chips.spec.variation
    samples = table["sample"].tolist()
    drawn = sites(circuit, variation.variations)
    own = deviations(circuit, drawn, normals(drawn, variation.seed, samples))
    with open_backend() as backend:
        slopes = translation(circuit, backend)
    moved = translated(slopes, own)
    known = {one.path for one in sites(model.circuit(), "mismatch")}
    moved = {key: value for key, value in moved.items() if key[0] in known}
    ideal = model.encoded_ideal()
    times = np.linspace(0.0, model.spec.duration, min(MOST_POINTS, model.spec.simulate.points))
    run = compile_circuit(model.circuit()).run(moved, len(samples), model.spec.duration, times=times)
    found: dict[str, Any] = {}
    for row, probe in enumerate(model.circuit().probes):
        if probe.signal.kind not in ("W", "b"):
            continue
        end = float(ideal[str(probe.signal)][-1])
        found[str(probe.signal)] = compared(
            table[f"final.{probe.signal}"].to_numpy(float) - end,
            run.values[row, -1] - end,
            full_scale(model, probe.signal),
        )
    return {"explained": {path: round(one.explained, 4) for path, one in slopes.items()}, "prediction": found}


def full_scale(model: Study, signal: Signal) -> float:
    """Return the range of a weight on one side."""
    return next(probe.bound for probe in model.circuit().probes if probe.signal == signal) or 1.0


def compared(simulated: np.ndarray, predicted: np.ndarray, scale: float) -> dict[str, Any]:
    """Count the predictions within half of the bias or a hundredth of full scale, whichever is larger."""
    there = np.isfinite(simulated) & np.isfinite(predicted)
    simulated, predicted = simulated[there], predicted[there]
    apart = np.abs(predicted - simulated)
    good = apart <= np.maximum(HALF * np.abs(simulated), FULL_SCALE * scale)
    return {
        "chips": len(simulated),
        "within": int(good.sum()),
        "full_scale": float(f"{scale:.4g}"),
        "rms_bias": float(f"{np.sqrt(np.mean(simulated**2)):.3g}"),
        "rms_apart": float(f"{np.sqrt(np.mean(apart**2)):.3g}"),
        "mean": [float(f"{np.mean(simulated):.3g}"), float(f"{np.mean(predicted):.3g}")],
        "sd": [float(f"{np.std(simulated, ddof=1):.3g}"), float(f"{np.std(predicted, ddof=1):.3g}")],
        "correlation": float(f"{np.corrcoef(simulated, predicted)[0, 1]:.4f}"),
        "pairs": [[float(f"{a:.3g}"), float(f"{b:.3g}")] for a, b in zip(simulated, predicted, strict=True)],
    }
