"""The macromodel deviations that correspond to transistor deviations of a primitive, measured in ngspice.

Threshold and current factor of every transistor are changed one at a time, and the change of the transfer is attributed
to the parameters of mismatch. Small deviations add (Pelgrom, Duinmaijer and Welbers, IEEE J. Solid-State
Circuits 24, 1989), so every chip of transistors has an equivalent chip of macromodels.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from vle_analog.cells.fitted import Fitted, fitted
from vle_analog.cells.library import cell
from vle_analog.cells.measured_texts import REPLICA
from vle_analog.characterise.bench import Bench, transfer
from vle_analog.characterise.laws import LAWS
from vle_analog.characterise.mismatch import grids
from vle_analog.characterise.primitives import PRIMITIVES, Primitive
from vle_analog.levels import TRANSISTOR
from vle_analog.netlist.circuit import Circuit, Subcircuit
from vle_analog.netlist.elements import Element
from vle_analog.netlist.placed import placed
from vle_analog.process.devices import deviating_cards
from vle_analog.process.process import process
from vle_analog.progress import Progress
from vle_analog.simulator import Backend

STEPS = {"dvt": 1e-3, "db": 1e-2}  # V and relative: about one standard deviation of 16 um^2
STEP = 1e-5  # of a parameter of the law, which is nearly linear in it
RANK = 1e-2  # relative to the largest singular value: weaker combinations of parameters are not identified
DIGITS = 3  # relative to the unit current: cells whose currents differ less share one measurement
Deviations = Mapping[tuple[str, str], np.ndarray]


@dataclass(frozen=True, eq=False)
class Slopes:
    """The sensitivities of one primitive at one unit current.

    **Arguments:**

    - `parameters`: of its macromodel. `causes`: (transistor, `dvt` or `db`).
    - `matrix`: change of every parameter per V or per 1 of every cause, shape (parameters, causes).
    - `explained`: share of the squared change of the transfer that the macromodel's parameters follow, all causes.
    """

    parameters: tuple[str, ...]
    causes: tuple[tuple[str, str], ...]
    matrix: np.ndarray
    explained: float


def translation(
    circuit: Circuit, backend: Backend, progress: Progress | None = None, library: Path | None = None
) -> dict[str, Slopes]:
    """Measure the sensitivities of every primitive made of transistors, by path.

    **Arguments:** `library`: a folder of the user's own cells.

    **Returns:** path of the primitive -> its sensitivities.

    **Raises:** `InputError` where a primitive was not characterised; `SimulatorError`.
    """
    found: dict[str, Slopes] = {}
    known: dict[tuple[str, str, float], Slopes] = {}
    todo = [one for one in placed(circuit) if one.level == TRANSISTOR and one.cell in LAWS]
    for number, primitive in enumerate(todo):
        unit, size = primitive.parameters["ib"] / primitive.parameters["k"], primitive.parameters.get("s", 1.0)
        case = primitive.cell, f"{unit:.{DIGITS - 1}e}", size
        if case not in known:
            known[case] = slopes_of(circuit, primitive, float(case[1]), backend, library)
        found[".".join(primitive.path)] = known[case]
        if progress is not None:
            progress((number + 1) / len(todo))
    return found


def translated(slopes: Mapping[str, Slopes], deviations: Deviations) -> dict[tuple[str, str], np.ndarray]:
    """Replace deviations of transistors by those of the macromodels; capacitors keep theirs."""
    found = {key: value for key, value in deviations.items() if key[1] == "c"}
    for path, moved in slopes.items():
        causes = [deviations.get((f"{path}.{device}", kind)) for device, kind in moved.causes]
        samples = next((np.shape(cause) for cause in causes if cause is not None), None)
        if samples is not None:
            amounts = np.stack([np.zeros(samples) if cause is None else cause for cause in causes])
            rows = np.tensordot(moved.matrix, amounts, axes=1)
            found |= {(path, name): row for name, row in zip(moved.parameters, rows, strict=True)}
    return found


def slopes_of(
    circuit: Circuit, primitive: Element, unit: float, backend: Backend, library: Path | None = None
) -> Slopes:
    """Measure the sensitivities of a primitive of a circuit, one transistor at a time.

    **Arguments:** `unit`: A per unit. `library`: a folder of the user's own cells.
    """
    kind = PRIMITIVES[primitive.cell]
    bench, devices = movable_bench(circuit, primitive, library)
    causes = tuple((device, name) for device in devices for name in STEPS)
    moves: list[Mapping[str, float]] = [{}, *({parameter_of(*cause): STEPS[cause[1]]} for cause in causes)]
    x, y = grids(kind)
    currents = np.concatenate(
        [transfer(backend, bench, x, y, [unit] * len(part), each=part) for part in _parts(moves, bench.copies)]
    )
    changes = (currents[1:] - currents[0]).reshape(len(causes), -1).T
    matrix, explained = _parameters(
        fitted(kind.name, circuit.process, library), kind, unit, x.values, y.values, changes
    )
    return Slopes(kind.drawn, causes, matrix / np.array([STEPS[name] for _, name in causes]), explained)


def _parts(moves: list[Mapping[str, float]], size: int) -> Iterator[list[Mapping[str, float]]]:
    yield from (moves[first : first + size] for first in range(0, len(moves), size))


def parameter_of(device: str, kind: str) -> str:
    """Name the parameter of a movable primitive by which one of its transistors deviates."""
    return f"{kind}_{device}".lower()


def movable_bench(circuit: Circuit, primitive: Element, library: Path | None = None) -> tuple[Bench, list[str]]:
    """Build a bench in which every transistor of the primitive can deviate alone; also return their names."""
    leaf = next(leaf for leaf in circuit.leaves.values() if leaf.primitive and leaf.cell == primitive.cell)
    inside, devices = _movable(leaf.subcircuit)
    bench = Bench(
        PRIMITIVES[primitive.cell],
        inside,
        cell(REPLICA, library).subcircuit(TRANSISTOR),
        deviating_cards(circuit.devices, {}, single=True),
        circuit.supply,
        process(circuit.process).replica_current,
        circuit.temperature,
        parameters={"s": primitive.parameters.get("s", 1.0)},
    )
    return bench, devices


def _movable(subcircuit: Subcircuit) -> tuple[Subcircuit, list[str]]:
    """Return the primitive with a parameter for every deviation of every transistor, and the parameter names."""
    devices = [card.name for card in subcircuit.cards if card.name[0] in "xX"]
    lines = []
    for line in subcircuit.source:
        name = line.split()[0]
        more = (f"{kind}={{{parameter_of(name, kind)}}}" for kind in STEPS) if name in devices else ()
        lines.append(" ".join([line, *more]))
    added = {parameter_of(device, kind): 0.0 for device in devices for kind in STEPS}
    return replace(subcircuit, parameters={**subcircuit.parameters, **added}, source=tuple(lines)), devices


def _parameters(
    numbers: Fitted, kind: Primitive, unit: float, x: np.ndarray, y: np.ndarray, changes: np.ndarray
) -> tuple[np.ndarray, float]:
    """Fit the parameter changes that reproduce the changes of the currents best, shape (parameters, causes): least
    squares."""
    ys, xs = np.meshgrid(y, x, indexing="ij")
    here = {**dict.fromkeys(("dt", "d"), 0.0), **numbers.macromodel, "gain": numbers.gain(unit)}
    law = LAWS[kind.name]
    begin = law(xs, ys, here)
    slopes = [((law(xs, ys, {**here, name: here[name] + STEP}) - begin) / STEP).ravel() for name in kind.drawn]
    matrix = np.stack(slopes, axis=1)
    found = np.linalg.lstsq(matrix, changes, rcond=RANK)[0]
    rest = np.sum((matrix @ found - changes) ** 2)
    return found, float(1 - rest / np.sum(changes**2))
