"""The compiled engine against SciPy with NumPy's right-hand side, and the growth of its cost with the network."""

import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np

from benchmarks.measure import exponent
from benchmarks.result import Check, Result
from vle_analog.api import Study
from vle_analog.codegen.load import available
from vle_analog.ideal.compiled import CompiledNetwork
from vle_analog.ideal.compiled.channels import stops
from vle_analog.ideal.system import System
from vle_analog.resources import shipped_studies

PROMISED = 100.0  # times faster, on `wide`
RTOL = 1e-10
SPAN = 20.0  # model time, or the whole study where it is shorter
POINTS = 2001
PAIRS = 3
REPEATS = 5  # runs of the engine for each run of SciPy
LAYERS = {10: (2, 2, 3), 100: (5, 10, 5), 1024: (16, 32, 16), 10240: (64, 80, 64)}


def main() -> Result:
    """Measure processor time per model time, interleaved, as medians."""
    columns = ("network", "factor", "evaluations, SciPy", "evaluations, engine", "engine per model time, wide = 1")
    if not available():
        return Result(columns, (), details=("numba is not installed: nothing to measure",))
    found = {name: _compare(Study.load(name)) for name in shipped_studies()}
    grown = {size: _engine_seconds(_network(size)) for size in LAYERS}
    unit = found["wide"][3]
    rows = [
        (name, f"{factor:.0f}", f"{slow}", f"{fast}", f"{each / unit:.2f}")
        for name, (factor, slow, fast, each, _) in found.items()
    ]
    rows += [(f"{size} synapses", "", "", "", f"{each / unit:.2f}") for size, each in grown.items()]
    grows = exponent(list(grown), list(grown.values()))
    largest = sorted(grown)[-2:]
    at_end = exponent(largest, [grown[size] for size in largest])
    check = Check(f"{PROMISED:.0f} over the factor on wide", PROMISED / found["wide"][0], 1.0)
    details = [
        f"{name}: {1e6 * each:.1f} us per model time, factors {spread}" for name, (*_, each, spread) in found.items()
    ]
    details.append(
        f"exponent over {min(LAYERS)} to {max(LAYERS)} synapses: {grows:.2f}, between the last two {at_end:.2f}"
    )
    rows.append(("exponent of the growth", "", "", "", f"{grows:.2f} (last two: {at_end:.2f})"))
    return Result(columns, tuple(rows), (check,), tuple(details))


def _compare(study: Study) -> tuple[float, int, int, float, str]:
    """Return the factor, evaluations of both, the engine's seconds per model time, and all factors."""
    network, target = study.spec.network, study.target
    span = min(SPAN, study.spec.duration)
    grid = np.linspace(0.0, span, POINTS)
    engine = CompiledNetwork(network, target)
    kinks, start = stops(engine.channels, span), engine.initial()
    engine.solve(start, kinks, grid, RTOL)  # compiles, or loads what was compiled
    by_scipy(System(network, target), start, kinks[:1], grid[:1])  # loads what SciPy needs
    pairs = []
    for _ in range(PAIRS):
        slow, evaluations = _seconds(lambda: by_scipy(System(network, target), start, kinks, grid))
        runs = [_seconds(lambda: engine.solve(start, kinks, grid, RTOL)) for _ in range(REPEATS)]
        pairs.append((slow, median(seconds for seconds, _ in runs), evaluations, runs[0][1].evaluations))
    factors = [slow / fast for slow, fast, *_ in pairs]
    each = median(fast for _, fast, *_ in pairs) / span
    return median(factors), pairs[0][2], pairs[0][3], each, ", ".join(f"{factor:.0f}" for factor in sorted(factors))


def by_scipy(system: System, state: np.ndarray, kinks: np.ndarray, grid: np.ndarray) -> int:
    """Solve by SciPy's RK45 with steps that end on every kink; return the number of evaluations."""
    from scipy.integrate import RK45

    solver = RK45(system.derivative, 0.0, state, kinks[0], rtol=RTOL, atol=RTOL / 100)
    at = 1
    for kink in kinks:
        solver.t_bound, solver.status = kink, "running"
        while solver.status == "running":
            solver.step()
            end = int(np.searchsorted(grid, solver.t, side="right"))
            if end > at:
                solver.dense_output()(grid[at:end])
                at = end
    return solver.nfev


def _engine_seconds(study: Study) -> float:
    engine = CompiledNetwork(study.spec.network, study.target)
    start, end = engine.initial(), np.array([SPAN])
    runs = [_seconds(lambda: engine.solve(start, end, np.array([0.0, SPAN]), RTOL))[0] for _ in range(REPEATS)]
    return median(runs) / SPAN


def _seconds(work: Callable[[], Any]) -> tuple[float, Any]:
    begin = time.process_time()
    answer = work()
    return time.process_time() - begin, answer


def _network(size: int) -> Study:
    """Return a study with three layers and this number of plastic synapses, otherwise as `wide`."""
    inputs, hidden, outputs = LAYERS[size]

    def projection(source: str, target: str, senders: int, seed: int) -> dict[str, Any]:
        weights = {"init": "normal", "scale": 0.5 / senders**0.5, "seed": seed}
        return {"source": source, "target": target, "weights": weights, "plastic": True, "eta": 0.01}

    def sines(channels: int) -> dict[str, Any]:
        rows = [[{"amplitude": 0.5, "omega": 0.5 + k / channels, "phase": k / 7}] for k in range(channels)]
        return {"kind": "sines", "channels": rows}

    return Study.from_document(
        {
            "duration": SPAN,
            "network": {
                "rule": "vle",
                "beta": 1.0,
                "output": "readout",
                "populations": {
                    "hidden": {"size": hidden, "tau_m": 0.8, "tau_r": 0.4, "activation": "tanh"},
                    "readout": {"size": outputs, "tau_m": 0.5, "tau_r": 0.3, "activation": "linear"},
                },
                "projections": {
                    "drive_hidden": projection("drive", "hidden", inputs, 1),
                    "hidden_readout": projection("hidden", "readout", hidden, 2),
                },
            },
            "stimuli": {"drive": sines(inputs)},
            "target": sines(outputs),
        }
    )
