"""Simulation of chips: by ngspice one at a time, by the compiled engine many at a time, or by both as a check.

Simulations are stateless: a chip is drawn from the seed and its number, its deck is complete, and no state of an
earlier chip remains. So its result does not depend on chunk, process or machine.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from vle_analog.compare.simulated import circuit_deck, simulate_circuit
from vle_analog.montecarlo.chunk import Chunk
from vle_analog.montecarlo.lot import Lot, Shared
from vle_analog.netlist import Deck
from vle_analog.network import Traces
from vle_analog.simulator import Backend, Job, SimulationError, open_backend
from vle_analog.variation.metrics import unusual

if TYPE_CHECKING:
    from vle_analog.fastsim import CompiledCircuit, CompiledRun

Result = TypeVar("Result")
OK = "ok"
FATAL = ("netlist", "engine")  # faults of every chip alike rather than of one
NGSPICE_CHUNK = 4
LANES, MOST_LANES = 32, 256  # samples per chunk of the compiled engine
CHUNK_BYTES = 64 * 2**20  # memory for the traces of a chunk
LONGEST_REASON = 160
LARGEST_ERROR = 5e-3  # limit of the estimated error, which exceeds the true one ten to fifty times
SHORTER = (0.0125, 0.003125)  # step, model time, for chips that exceed the limit
FEW_LANES = 8


@dataclass(frozen=True, eq=False)
class NgspiceWork:
    """The simulation of chips in ngspice, each as a separate deck."""

    lot: Lot

    def __call__(self, samples: range) -> Chunk:
        return self.chips(samples, self.lot.draws(samples))

    def chips(self, samples: range, z: np.ndarray) -> Chunk:
        """Simulate chips with these deviations, standard normals of shape `(sites, samples)`."""
        with ngspice(self.lot) as backend:
            done = [ngspice_chip(self.lot, sample, z[:, k], backend) for k, sample in enumerate(samples)]
        return chunk_of(self.lot, samples, z, done, sum(chip.seconds for chip in done))


@dataclass(frozen=True, eq=False)
class CompiledWork:
    """The simulation of chips in the compiled engine, all of a chunk together."""

    lot: Lot

    def __call__(self, samples: range) -> Chunk:
        return self.chips(samples, self.lot.draws(samples))

    def chips(self, samples: range, z: np.ndarray) -> Chunk:
        """Simulate chips with these deviations, standard normals of shape `(sites, samples)`."""
        whole = samples.start < self.lot.traces
        return chunk_of(self.lot, samples, z, compiled_chips(self.lot, z, whole=whole))


@dataclass(frozen=True, eq=False)
class NominalWork:
    """The simulation of the chip without deviations and noise, by the engine of the run."""

    work: NgspiceWork | CompiledWork

    def __call__(self, samples: range) -> Chunk:
        quiet = replace(self.work, lot=self.work.lot.quiet())
        return quiet.chips(samples, np.zeros((len(quiet.lot.shared.sites), len(samples))))


@dataclass(frozen=True, eq=False)
class RefereeWork:
    """The comparison of both engines on the same chips, ngspice with the finest settings."""

    lot: Lot

    def __call__(self, samples: range) -> Chunk:
        z = self.lot.draws(samples)
        rows, seconds = [], 0.0
        with ngspice(self.lot) as backend:
            for k, compiled in enumerate(compiled_chips(self.lot, z)):
                simulated = ngspice_chip(self.lot, samples[k], z[:, k], backend, finest=True)
                seconds += simulated.seconds
                ended = {"status": OK, "ngspice": simulated.status, "compiled": compiled.status}
                rows.append({"sample": samples[k], **ended, **disagreement(self.lot.shared, compiled, simulated)})
        return Chunk(samples[0], tuple(rows), None, seconds)


@dataclass(frozen=True, eq=False)
class Simulated:
    """The outcome of the simulation of one chip.


    **Arguments:**

    - its signals in model units, shape `(signals, times)`, if it succeeded;
    - the CPU seconds of an external simulator;
    - its own ideal, with the same noise path;
    - where they are computed separately, `courses` and `finals` (see `Metrics`).
    """

    status: str
    values: np.ndarray | None = None
    seconds: float = 0.0
    ideal: Traces | None = None
    parts: tuple[np.ndarray, np.ndarray] | None = None


def disagreement(shared: Shared, compiled: Simulated, simulated: Simulated) -> dict[str, float | str]:
    """Return `disagreement`, the largest difference over the range of that kind of signals, and its `signal`."""
    if compiled.values is None or simulated.values is None:
        return {"disagreement": np.nan, "signal": ""}
    apart, signal = shared.metrics.disagreement(compiled.values, simulated.values)
    return {"disagreement": apart, "signal": str(signal)}


def chunk_of(lot: Lot, samples: range, z: np.ndarray, done: Iterable[Simulated], seconds: float | None = None) -> Chunk:
    """Assemble the rows of the samples and the traces to be kept, independently of the division into chunks."""
    shared = lot.shared
    draws = unusual(z, shared.groups)
    rows, traces = [], []
    for k, chip in enumerate(done):
        metrics = shared.metrics if chip.ideal is None else replace(shared.metrics, ideal=chip.ideal)
        if chip.parts is not None:
            numbers = metrics.row_of(*chip.parts)
        else:
            numbers = metrics.failed() if chip.values is None else metrics.row(chip.values)
        rows.append({"sample": samples[k], "status": chip.status, **numbers, **draws[k]})
        if samples[k] < lot.traces:
            shape = (len(shared.kept), len(shared.time))
            traces.append(np.full(shape, np.nan) if chip.values is None else chip.values[list(shared.kept)])
    kept = np.stack(traces).astype(np.float32) if traces else None
    return Chunk(samples[0], tuple(rows), kept, seconds)


def ngspice_chip(lot: Lot, sample: int, z: np.ndarray, backend: Backend, *, finest: bool = False) -> Simulated:
    """Simulate one chip in ngspice, with retries where it does not converge; a chip with noise has its own ideal.

    **Raises:** `SimulationError` where it would fail in every chip: no ngspice, or a deck that it cannot read.
    """
    spec, circuit = lot.spec, lot.chip(sample, z)
    deck = circuit_deck(spec, circuit, finest=finest)
    try:
        result, traces = _twice(lambda: simulate_circuit(spec, circuit, deck, backend))
    except SimulationError as error:
        if error.code in FATAL:
            raise
        return Simulated(_reason(error.problem.what))
    ideal = None if circuit.noise is None else lot.shared.disturbed(circuit)
    return Simulated(OK, traces.values, result.cpu_seconds, ideal)


def compiled_chips(lot: Lot, z: np.ndarray, *, whole: bool = True) -> Iterator[Simulated]:
    """Simulate chips in the compiled engine; `z` has the shape `(sites, samples)`.

    **Arguments:** `whole`: all signals over all times; otherwise only those that the metrics of a chip need.

    **Returns:** an iterator over the outcomes, in the order of the samples.
    """
    circuit, metrics, probes = compiled_circuit(lot), lot.shared.metrics, lot.shared.circuit.probes
    rows, ends = [*range(len(probes))] if whole else metrics.courses, list(metrics.finals)
    run = guarded(
        circuit,
        lambda: compiled_circuit(lot, "float64"),
        lot.deviations(z),
        z.shape[1],
        lot.spec.duration,
        times=lot.shared.time,
        record=[probes[row] for row in rows],
        final=[probes[row] for row in ends],
    )
    for k, status in enumerate(run.status):
        values, finals = run.values[:, :, k], run.final[:, k]
        if status == OK and not (np.all(np.isfinite(values)) and np.all(np.isfinite(finals))):
            status = "the signals are not finite"
        if status != OK:
            yield Simulated(_reason(status))
        elif whole:
            yield Simulated(OK, values.astype(float), parts=(values[metrics.courses], finals))
        else:
            yield Simulated(OK, parts=(values, finals))


def guarded(
    circuit: "CompiledCircuit",
    exact: Callable[[], "CompiledCircuit"],
    own: Mapping[tuple[str, str], np.ndarray],
    samples: int,
    duration: float,
    **settings: Any,
) -> "CompiledRun":
    """Run chips, and repeat those whose steps were too long or whose number type was too short.

    Chips with a large estimated error (a signal that jumps to a rail and back within a step, for instance) are repeated
    with shorter steps, those without an operating point with the number type of `exact`. Each chip is assessed alone.
    """
    run = circuit.run(own, samples, duration, threads=1, **settings)
    lost = ~run.begun
    if lost.any():
        run = _again(run, lost, exact(), own, duration, **settings)
    for step in SHORTER:
        late = run.begun & ~(run.error <= LARGEST_ERROR)
        for chips, how in ((late & ~lost, lambda: circuit), (late & lost, exact)):
            if chips.any():
                run = _again(run, chips, how(), own, duration, step=step, lanes=FEW_LANES, **settings)
    return run


def _again(
    run: "CompiledRun",
    chips: np.ndarray,
    circuit: "CompiledCircuit",
    own: Mapping[tuple[str, str], np.ndarray],
    duration: float,
    **settings: Any,
) -> "CompiledRun":
    """Return the run with repeated simulations of these chips."""
    part = {key: value[chips] for key, value in own.items()}
    found = circuit.run(part, int(chips.sum()), duration, threads=1, **settings)
    run.values[:, :, chips], run.final[:, chips], run.error[chips] = found.values, found.final, found.error
    ended = iter(found.status)
    return replace(run, status=tuple(next(ended) if here else was for here, was in zip(chips, run.status, strict=True)))


def compiled_circuit(lot: Lot, numbers: str = "float32") -> "CompiledCircuit":
    """Return the circuit in the compiled engine, built once per process and number type.

    **Raises:** `InputError` where a cell cannot be compiled.
    """
    from vle_analog.fastsim import compile_circuit

    with _lock:
        if any(key != lot.key for key, _ in _compiled):
            _compiled.clear()
        if (lot.key, numbers) not in _compiled:
            circuit = compile_circuit(lot.shared.circuit, numbers)
            _ = circuit.kernel  # compiled here, before several threads need it
            _compiled[lot.key, numbers] = circuit
        return _compiled[lot.key, numbers]


def chunk_size(shared: Shared, engine: str) -> int:
    """Return the number of samples per chunk, limited by memory and independent of the number of workers."""
    if engine == "ngspice":
        return NGSPICE_CHUNK
    bytes_per_sample = 8 * len(shared.metrics.signals) * len(shared.time)
    return int(np.clip(CHUNK_BYTES // bytes_per_sample // LANES, 1, MOST_LANES // LANES)) * LANES


def chunks(samples: range, size: int) -> list[range]:
    """Divide the samples into chunks at multiples of the size."""
    cuts = [samples.start, *range((samples.start // size + 1) * size, samples.stop, size), samples.stop]
    return [range(first, last) for first, last in pairwise(cuts)]


@contextmanager
def ngspice(lot: Lot) -> Iterator[Backend]:
    """Reserve a simulator of this process for exclusive use."""
    name = lot.spec.simulate.backend
    with _lock:
        free = _free.setdefault(name, [])
        backend = free.pop() if free else None
    if backend is None:
        backend = open_backend(name)
        with _lock:
            _open.append(backend)
    try:
        yield backend
    finally:
        with _lock:
            free.append(backend)


def simulator_version(lot: Lot) -> str:
    """Return name and version of the simulator of chips in ngspice."""
    deck = Deck("version", ("V1 a 0 1", "R1 a 0 1k", ".op"), {}, None, ("a",))
    with ngspice(lot) as backend:
        return backend.run(Job(deck)).simulator


def close_simulators() -> None:
    """End all simulators of this process, including busy ones."""
    with _lock:
        found = [*_open]
        _open.clear()
        _free.clear()
    for backend in found:
        backend.close()


_lock = threading.RLock()
_free: dict[str, list[Backend]] = {}
_open: list[Backend] = []
_compiled: dict = {}


def _twice(run: Callable[[], Result]) -> Result:
    """Repeat a run once after the simulator process died."""
    try:
        return run()
    except SimulationError as error:
        if error.code != "crash":
            raise
    return run()


def _reason(text: str) -> str:
    return " ".join(text.split())[:LONGEST_REASON]
