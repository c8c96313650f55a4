"""The parasitic poles of the cells: those of the study, or small ones that any circuit has."""

from dataclasses import dataclass

import numpy as np

from vle_analog.study.spec import CircuitSettings, StudySpec

ASSUMED = 1e-3  # of the shortest time constant of the network, where the study gives no pole


@dataclass(frozen=True)
class Poles:
    """First-order lags at the nodes of every neuron.

    **Arguments:**

    - `time`: time constant of each, in model time.
    - `nodes`: with a pole: U, h, e at most once; B once per stage between the slope and the error cell.
    - `assumed`: True where the study sets none.
    """

    time: float
    nodes: tuple[str, ...]
    assumed: bool

    def __str__(self) -> str:
        return f"{'assumed ' * self.assumed}poles of {self.time:.3g} on {', '.join(self.nodes) or 'no node'}"


def poles_of(spec: StudySpec) -> Poles:
    """Return the poles of a study's circuit; where it has none, small ones that any circuit has, on the usual nodes."""
    circuit = spec.circuit
    if circuit.parasitic_pole > 0:
        return Poles(circuit.parasitic_pole, tuple(circuit.parasitic_nodes), assumed=False)
    shortest = min(float(np.min(tau)) for p in spec.network.populations for tau in (p.tau_m, p.tau_r))
    return Poles(ASSUMED * shortest, tuple(CircuitSettings().parasitic_nodes), assumed=True)
