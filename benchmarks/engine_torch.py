"""The compiled engine against an explicit-Euler loop in PyTorch, the usual way to run such networks, at equal accuracy.

The loop follows the equations: layers from the bottom up, signals between layers from the previous step, weights
changed in every step. Error: of the weights at the end, over their range, against a solution at rtol 1e-12.
"""

import time
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from statistics import median
from typing import Any

import numpy as np

from benchmarks.result import Check, Result
from vle_analog.api import Study
from vle_analog.codegen.load import available
from vle_analog.ideal.compiled import CompiledNetwork
from vle_analog.network.model import Network
from vle_analog.network.stimuli import Stimulus

PROMISED = 10.0  # times faster
SPAN = 20.0
STEPS = (0.05, 0.01)  # over the shortest time constants of 0.25 and 0.35: a fifth, and a thirtieth
TOLERANCES = tuple(10.0**-k for k in range(1, 11))
PAIRS = 3
REPEATS = 5


def main() -> Result:
    """Measure processor time of both for `wide`, interleaved, as medians."""
    columns = ("step", "numbers", "error, PyTorch", "error, engine", "factor")
    missing = [name for name, there in (("torch", find_spec("torch")), ("numba", available())) if not there]
    if missing:
        return Result(columns, (), details=(f"{' and '.join(missing)} not installed: nothing to compare",))
    study = Study.load("wide")
    network, target = study.spec.network, study.target
    engine = CompiledNetwork(network, target)
    start, grid = engine.initial(), np.array([0.0, SPAN])
    learned = slice(2 * engine.size, None)

    def by_engine(rtol: float) -> np.ndarray:
        return engine.solve(start, grid[1:], grid, rtol).states[learned, -1]

    exact = by_engine(1e-12)

    def error(weights: np.ndarray) -> float:
        return float(np.abs(weights - exact).max() / np.ptp(exact))

    rows, checks, details = [], [], []
    for step in STEPS:
        for numbers in ("float64", "float32"):
            wrong = error(by_torch(network, target, step, numbers))
            rtol = next(rtol for rtol in TOLERANCES if error(by_engine(rtol)) <= wrong)
            pairs = []
            for _ in range(PAIRS):
                slow = _seconds(by_torch, network, target, step, numbers)
                pairs.append((slow, median(_seconds(by_engine, rtol) for _ in range(REPEATS))))
            factor = median(slow / fast for slow, fast in pairs)
            rows.append((f"{step:g}", numbers, f"{wrong:.1e}", f"{error(by_engine(rtol)):.1e}", f"{factor:.0f}"))
            checks.append(Check(f"{PROMISED:.0f} over the factor, step {step:g}, {numbers}", PROMISED / factor, 1.0))
            details.append(
                f"step {step:g}, {numbers}: PyTorch {pairs[-1][0]:.2f} s, engine {1e3 * pairs[-1][1]:.2f} ms"
            )
    return Result(columns, tuple(rows), tuple(checks), tuple(details))


def by_torch(network: Network, target: Stimulus, step: float, numbers: str) -> np.ndarray:
    """Integrate a chain of layers whose weights all learn; return the weights at the end of `SPAN`."""
    torch: Any = import_module("torch")  # no dependency of the package: needed by this benchmark alone
    torch.set_num_threads(1)
    kind = getattr(torch, numbers)
    times = step * np.arange(round(SPAN / step))
    (stimulus,) = network.received_stimuli().values()
    inputs, wanted = (torch.tensor(signal(times).T, dtype=kind) for signal in (stimulus, target))
    by_target = {q.target: q for q in network.projections}
    layers = []
    for p in network.populations:
        numbers_of = {name: torch.tensor(getattr(p, name), dtype=kind) for name in ("tau_m", "tau_r", "bias")}
        zero = torch.zeros(p.size, dtype=kind)
        weights = torch.tensor(by_target[p.name].weights, dtype=kind)
        rate = torch.tanh if p.activation == "tanh" else lambda U: U
        state = {"u": zero, "v": zero, "U": zero, "r": rate(zero), "e": zero}
        layers.append((numbers_of, weights, by_target[p.name].eta, p.activation == "tanh", state))
    with torch.no_grad():
        for k in range(len(times)):
            before = [dict(state) for *_, state in layers]
            for n, (own, weights, eta, saturates, state) in enumerate(layers):
                below = inputs[k] if n == 0 else before[n - 1]["r"]
                if n + 1 < len(layers):
                    arriving = layers[n + 1][1].T @ before[n + 1]["e"]
                else:
                    arriving = network.beta * (wanted[k] - before[n]["r"])
                drive = arriving * (1 - torch.tanh(before[n]["U"]) ** 2) if saturates else arriving
                change = (drive - state["v"]) / own["tau_r"]
                state["e"] = state["v"] + own["tau_m"] * change
                state["v"] = state["v"] + step * change
                moved = (weights @ below + own["bias"] + network.gamma * state["e"] - state["u"]) / own["tau_m"]
                state["U"] = state["u"] + own["tau_r"] * moved
                state["u"] = state["u"] + step * moved
                state["r"] = torch.tanh(state["U"]) if saturates else state["U"]
                weights += step * eta * torch.outer(state["e"], below)
    return np.concatenate([weights.double().numpy().ravel() for _, weights, *_ in layers])


def _seconds(work: Callable[..., Any], *arguments: Any) -> float:
    begin = time.process_time()
    work(*arguments)
    return time.process_time() - begin
