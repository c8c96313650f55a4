"""Time constants that are stored as voltages: node excursions, range checks, and the gain correction of the error.

Their equations and sizes are in the `cell.toml` of `membrane_plastic`, `error_plastic` and `time_constant_update`.
"""

from collections.abc import Iterator

import numpy as np

from vle_analog.network import Network, Population, Traces
from vle_analog.network.stimuli import Stimulus
from vle_analog.study import StudySpec


def gain_correction(network: Network, population: Population) -> np.ndarray:
    """Return 1/g(omega) of every neuron, the factor of its local error; ones where `gain_correction` is not set.

    **Returns:** shape `(size,)`.
    """
    if network.gain_correction is None:
        return np.ones(population.size)
    slow, fast = (network.gain_correction * tau for tau in (population.tau_m, population.tau_r))
    return (1 + fast**2) / (1 + slow**2)


def inner_courses(population: Population, traces: Traces) -> Iterator[tuple[str, str, str, np.ndarray, np.ndarray]]:
    """Yield (kind, quantity, name, time, values) of the nodes that only cells with stored time constants have.

    They are S, the slopes of u and v, and both time constants; potentials and errors in model units.
    """
    name = population.name
    for k in range(population.size):

        def trace(kind: str, fixed: float = 0.0) -> np.ndarray:
            signal = f"{name}.{kind}[{k}]"  # noqa: B023 - called in this turn of the loop alone
            return traces[signal] if signal in traces else np.full(len(traces.time), fixed)

        tau_m, tau_r = trace("tau_m", population.tau_m[k]), trace("tau_r", population.tau_r[k])
        slope = (trace("U") - trace("u")) / tau_r
        found = [("S", "potential", trace("u") + tau_m * slope), ("u'", "potential", population.tau_m[k] * slope)]
        if f"{name}.v[{k}]" in traces:
            found.append(("v'", "error", population.tau_r[k] * (trace("B") - trace("v")) / tau_r))
        for kind, quantity, values in (*found, ("tau_m", "tau", tau_m), ("tau_r", "tau", tau_r)):
            yield kind, quantity, f"{name}.{kind}[{k}]", traces.time, values


def check_ranges(spec: StudySpec, traces: Traces, target: Stimulus) -> None:
    """Check that every time constant stays in its range; the equations are solved where these traces leave one.

    **Raises:** `UnsolvedError` where that solution leaves the range too.
    """
    if any(True for _ in ranges_left(spec, traces)):
        from vle_analog.ideal import solve  # SciPy's integrators: imported only where a range is left

        solve(spec.network, target, spec.duration, spec.simulate.points)


def ranges_left(spec: StudySpec, traces: Traces) -> Iterator[tuple[str, np.ndarray, float, float]]:
    """Yield signal, values, and both ends of the range, of every time constant that leaves its range."""
    for signal, row in zip(traces.signals, traces.values, strict=True):
        if signal.kind in ("tau_m", "tau_r"):
            low, high = spec.network.population(signal.owner).tau_range
            if row.min() < low or row.max() > high:
                yield str(signal), row, low, high
