"""Circuits in the compiled engine and in ngspice, on the same times."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from vle_analog import Study
from vle_analog.compare import align
from vle_analog.fastsim import CompiledCircuit, compile_circuit
from vle_analog.netlist import Circuit, Deck, flat_deck, flat_vector, solver_settings
from vle_analog.network.stimuli import Samples
from vle_analog.simulator import Job, open_backend

DURATION = 2.0
GRID = np.linspace(0.0, DURATION, 41)


@cache
def _study(name: str, level: str, more: tuple[tuple[str, object], ...]) -> Study:
    return Study.load(name, {"circuit.level": level, **dict(more)})


@cache
def _compiled(name: str, level: str, dtype: str, more: tuple[tuple[str, object], ...]) -> CompiledCircuit:
    return compile_circuit(_study(name, level, more).circuit(), dtype)


@pytest.fixture(scope="session")
def study() -> Callable[..., Study]:
    """A shipped study at a level."""
    return lambda name, level="macromodel", **more: _study(name, level, _keys(more))


@pytest.fixture(scope="session")
def compiled() -> Callable[..., CompiledCircuit]:
    """The circuit of a shipped study, compiled once."""
    return lambda name, level="macromodel", dtype="float64", **more: _compiled(name, level, dtype, _keys(more))


@pytest.fixture(scope="session")
def simulated() -> Callable[..., np.ndarray]:
    """What ngspice says of a study's circuit on `GRID`, with some cards of its deck replaced: (probes, times)."""

    def run(study: Study, change: Callable[[str], str] = str) -> np.ndarray:
        circuit = study.circuit()
        options, transient = solver_settings(study.spec, circuit)
        transient = replace(
            transient, stop=circuit.hold + DURATION * circuit.units.time, max_step=0.004 * circuit.units.time
        )
        deck = flat_deck(circuit, {**options, "reltol": 1e-5, "vntol": 1e-9}, transient, apart=False)
        return _run(circuit, replace(deck, cards=tuple(map(change, deck.cards))))

    return run


def _run(circuit: Circuit, deck: Deck) -> np.ndarray:
    vectors = [flat_vector(probe) for probe in circuit.probes]
    with open_backend() as backend:
        result = backend.run(Job(deck, 60.0, dict(zip(vectors, vectors, strict=True))))
    sampled = [stimulus.times for stimulus in circuit.stimuli.values() if isinstance(stimulus, Samples)]
    kinks = np.unique(np.concatenate([np.zeros(1), *sampled]))
    clock = result.time - circuit.hold
    return align(clock, result.vectors, circuit.probes, vectors, circuit.units.time, GRID, kinks).values


@pytest.fixture(scope="session")
def disagreement() -> Callable[..., float]:
    """The largest difference of two solutions over the range of the kind of signal; not at time 0, where all bends."""

    def worst(circuit: Circuit, first: np.ndarray, second: np.ndarray) -> float:
        span: dict[tuple[str, str], float] = {}
        kinds = [(probe.signal.owner, probe.signal.kind) for probe in circuit.probes]
        for kind, row in zip(kinds, second, strict=True):
            span[kind] = max(span.get(kind, 0.0), float(np.ptp(row)), 1e-3)
        apart = np.abs(first - second)[:, 1:].max(axis=1)
        return max(value / span[kind] for kind, value in zip(kinds, apart, strict=True))

    return worst


def _keys(more: Mapping[str, object]) -> tuple[tuple[str, object], ...]:
    return tuple((key.replace("__", "."), value) for key, value in more.items())
