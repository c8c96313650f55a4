"""The traces of all signals, computed from the states of a solution."""

from dataclasses import fields

import numpy as np

from vle_analog.ideal.system import Algebraic, System
from vle_analog.network.signals import Signal, Traces


def algebraic(system: System, grid: np.ndarray, states: np.ndarray) -> Algebraic:
    """Compute the algebraic signals at all times of a grid: shape `(neurons, points)` each."""
    columns = {field.name: np.empty((system.size, len(grid))) for field in fields(Algebraic)}
    system.restart()
    for k, time in enumerate(grid):
        now = system.algebraic(float(time), states[:, k])
        for name, column in columns.items():
            column[:, k] = getattr(now, name)
    return Algebraic(**columns)


def collect(system: System, grid: np.ndarray, states: np.ndarray, signals: Algebraic) -> Traces:
    """Collect the traces of every signal of the circuit."""
    network, n = system.network, system.size
    fast = {kind: getattr(signals, kind) for kind in "UrBe"}
    slow = {"u": states[:n], "v": states[n : 2 * n]}
    rows: list[np.ndarray] = []
    names: list[Signal] = []
    kinds = "uUrvBe" if system.target is not None else "uUr"
    for population in network.populations:
        start = system.slices[population.name].start
        for kind in kinds:
            for k in range(population.size):
                exists = {"u": system.has_u, "v": system.has_v}.get(kind)
                if exists is None or exists[start + k]:
                    names.append(Signal(population.name, kind, (k,)))
                    rows.append((fast | slow)[kind][start + k])
        for kind, places in (("b", system.bias_state), ("tau_m", system.tau_m_state), ("tau_r", system.tau_r_state)):
            if population.name in places:
                names += [Signal(population.name, kind, (k,)) for k in range(population.size)]
                rows += list(states[places[population.name]])
    for projection in network.projections:
        for kind, places in (("W", system.weight_state), ("F", system.feedback_state)):
            if projection.name in places:
                names += [Signal(projection.name, kind, index) for index in np.ndindex(projection.weights.shape)]
                rows += list(states[places[projection.name]])
    return Traces(grid, tuple(names), np.array(rows).reshape(len(names), len(grid)))
