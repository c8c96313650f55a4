"""A circuit simulated in ngspice, with its signals in model units on the time grid of its study."""

from dataclasses import replace

import numpy as np

from vle_analog.compare.align import align
from vle_analog.netlist import Circuit, Deck, flat_deck, flat_vector, solver_settings
from vle_analog.network import Traces
from vle_analog.network.kinks import bends
from vle_analog.progress import Progress
from vle_analog.simulator import Backend, Job, SimulationError, SimulationResult
from vle_analog.simulator.result import Output
from vle_analog.study import StudySpec


def circuit_deck(spec: StudySpec, circuit: Circuit, *, finest: bool = False) -> Deck:
    """Return the deck of a circuit with the settings of its study; `finest`: with the finest settings."""
    if finest:
        spec = replace(spec, simulate=replace(spec.simulate, finest=True))
    return flat_deck(circuit, *solver_settings(spec, circuit))


def simulate_circuit(
    spec: StudySpec, circuit: Circuit, deck: Deck, backend: Backend, progress: Progress | None = None
) -> tuple[SimulationResult, Traces]:
    """Simulate the deck of a circuit.

    **Returns:** the result of ngspice, and the signals of the circuit's probes.

    **Raises:** `SimulationError` where ngspice crashes, does not converge or runs out of time; its `traces` are the
    signals up to there.
    """
    vectors = [flat_vector(probe) for probe in circuit.probes]
    names = {vector: str(probe.signal) for vector, probe in zip(vectors, circuit.probes, strict=True)}
    try:
        result = backend.run(Job(deck, spec.simulate.timeout, names), progress)
    except SimulationError as failure:
        failure.traces = so_far(circuit, failure.output)
        raise
    grid = np.linspace(0.0, spec.duration, spec.simulate.points)
    outside = [*circuit.stimuli.values(), *([] if circuit.noise is None else [circuit.noise.currents])]
    corners = bends(outside, spec.duration)
    if circuit.hold:  # the hold ends at model time 0, and every signal may have a kink there
        corners = np.append(0.0, corners)
    clock = result.time - circuit.hold
    return result, align(clock, result.vectors, circuit.probes, vectors, circuit.units.time, grid, corners)


def so_far(circuit: Circuit, output: Output | None) -> Traces | None:
    """Return the signals of an incomplete run, at ngspice's own time points, finite or not.

    **Returns:** `None` where there is no time point.
    """
    if output is None or not output.time.size:
        return None
    vectors = [(probe, output.vectors.get(flat_vector(probe))) for probe in circuit.probes]
    there = [(probe, vector) for probe, vector in vectors if vector is not None and vector.shape == output.time.shape]
    if not there:
        return None
    time = (output.time - circuit.hold) / circuit.units.time
    return Traces(time, tuple(probe.signal for probe, _ in there), np.array([p.value(vector) for p, vector in there]))
