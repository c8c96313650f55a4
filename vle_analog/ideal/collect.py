"""From the states of a solution to the traces of every signal."""

import numpy as np

from vle_analog.ideal.system import System
from vle_analog.network.signals import Signal, Traces


def collect(system: System, grid: np.ndarray, states: np.ndarray) -> Traces:
    """Every signal of the circuit, from the states."""
    network, n = system.network, system.size
    fast = {kind: np.empty((n, len(grid))) for kind in "UrBe"}
    for k, time in enumerate(grid):
        now = system.algebraic(float(time), states[:, k])
        for kind, rows_of_kind in fast.items():
            rows_of_kind[:, k] = getattr(now, kind)
    slow = {"u": states[:n], "v": states[n : 2 * n]}
    rows: list[np.ndarray] = []
    signals: list[Signal] = []
    kinds = "uUrvBe" if system.target is not None else "uUr"
    for population in network.populations:
        start = system.slices[population.name].start
        for kind in kinds:
            for k in range(population.size):
                exists = {"u": system.has_u, "v": system.has_v}.get(kind)
                if exists is None or exists[start + k]:
                    signals.append(Signal(population.name, kind, (k,)))
                    rows.append((fast | slow)[kind][start + k])
        if population.name in system.bias_state:
            signals += [Signal(population.name, "b", (k,)) for k in range(population.size)]
            rows += list(states[system.bias_state[population.name]])
    for projection in network.projections:
        if network.learns(projection):
            signals += [Signal(projection.name, "W", index) for index in np.ndindex(projection.weights.shape)]
            rows += list(states[system.weight_state[projection.name]])
    return Traces(grid, tuple(signals), np.array(rows).reshape(len(signals), len(grid)))
