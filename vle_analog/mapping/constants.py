"""Time constants that are voltages: how far their nodes go, whether they stay in range; and the gain of the error.

Their equations and sizes are in the `cell.toml` of `membrane_plastic`, `error_plastic` and `time_constant_update`.
"""

import numpy as np

from vle_analog.errors import InputError, Problem
from vle_analog.network import Network, Population, StudySpec, Traces
from vle_analog.network.stimuli import Stimulus


def gain_correction(network: Network, population: Population) -> np.ndarray:
    """1/g(omega) of every neuron, by which the local error is multiplied; ones where nothing is corrected."""
    if network.gain_correction is None:
        return np.ones(population.size)
    slow, fast = (network.gain_correction * tau for tau in (population.tau_m, population.tau_r))
    return (1 + fast**2) / (1 + slow**2)


def inner_peaks(population: Population, traces: Traces) -> dict[tuple[str, str, str], float]:
    """As in `scale`, of the nodes that only these cells have: S, slopes of u and v, and both time constants."""
    name = population.name
    peaks: dict[tuple[str, str, str], float] = {}

    def note(kind: str, quantity: str, values: np.ndarray) -> None:
        peaks[name, kind, quantity] = max(peaks.get((name, kind, quantity), 0.0), float(np.max(np.abs(values))))

    for k in range(population.size):

        def trace(kind: str, fixed: float = 0.0) -> np.ndarray:
            signal = f"{name}.{kind}[{k}]"  # noqa: B023 - called in this turn of the loop alone
            return traces[signal] if signal in traces else np.full(len(traces.time), fixed)

        tau_m, tau_r = trace("tau_m", population.tau_m[k]), trace("tau_r", population.tau_r[k])
        slope = (trace("U") - trace("u")) / tau_r
        note("S", "potential", trace("u") + tau_m * slope)
        note("u'", "potential", population.tau_m[k] * slope)
        if f"{name}.v[{k}]" in traces:
            note("v'", "error", population.tau_r[k] * (trace("B") - trace("v")) / tau_r)
        note("tau_m", "tau", tau_m)
        note("tau_r", "tau", tau_r)
    return peaks


def check_ranges(spec: StudySpec, traces: Traces, target: Stimulus) -> None:
    """**Raises:** `InputError` where a time constant learns itself out of its range."""
    for signal, row in zip(traces.signals, traces.values, strict=True):
        if signal.kind not in ("tau_m", "tau_r"):
            continue
        low, high = spec.network.population(signal.owner).tau_range
        if low <= row.min() and row.max() <= high:
            continue
        from vle_analog.ideal import solve  # SciPy's integrators: only where there is something to be said

        solve(spec.network, target, spec.duration, spec.simulate.points)  # says it, and keeps the signals up to there
        at = int(np.argmax((row < low) | (row > high)))
        raise InputError(Problem(
            f"{signal} learns itself out of its range at model time {traces.time[at]:.6g}, though not in the equations",
            f"network.populations.{signal.owner}.tau_range", f"{signal} = {row[at]:.6g}", f"{low:g} to {high:g}",
            "set simulate.finest = true, or widen tau_range",
        ))  # fmt: skip
