"""Closed loop of the sizing: cells are measured as they are placed, and bias currents and capacitors corrected.

The target of a cell is its measurement with ideal primitives and the capacitor as sized.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from vle_analog.cells.composition import IDEAL
from vle_analog.cells.library import cell
from vle_analog.characterise.cell_bench import Case, Quantity, measured, quantities
from vle_analog.levels import BEHAVIOURAL, TRANSISTOR
from vle_analog.mapping.trim import device_capacitance, restored
from vle_analog.netlist.circuit import COMMON_PINS, Circuit, Leaf
from vle_analog.netlist.elements import cell_nets
from vle_analog.process.plate import Plate
from vle_analog.process.process import Process, process
from vle_analog.simulator import Backend, open_backend

BOUND = 0.01  # largest relative deviation of a quantity
AIM = 0.002  # relative deviation at which the rounds end
ROUNDS = 4
STEP = 2.0  # largest factor of a bias current in one round


@dataclass(frozen=True)
class MeasuredQuantity:
    """One quantity of one kind of cell.

    **Arguments:**

    - `kind`: module of the neuron or synapse. `cell`: its part. `quantity`: gain, tau_m, tau_r, capacitance.
    - `part`: the primitive whose bias current determines it, or `c`, the capacitor.
    - `members`: the neurons or synapses with these same values, as instances of the netlist.
    - `target`, `before`, `after`: in `unit`; as sized ideally, as sized from characterised primitives, as corrected.
    """

    kind: str
    cell: str
    part: str
    quantity: str
    target: float
    before: float
    after: float
    unit: str
    members: tuple[str, ...]

    @property
    def within(self) -> bool:
        """True where the deviation from the target is within the bound."""
        return abs(self.after / self.target - 1) <= BOUND


@dataclass(frozen=True)
class CorrectedSize:
    """One primitive or capacitor of one kind of cell.

    **Arguments:** `ideal`: its gm, i or g (`unit`), or farads as drawn without devices. `before`, `after`: bias current
    (A), or farads. `units`: in parallel; 0 for a capacitor. `plate`: the drawn plate of `after`.
    """

    kind: str
    cell: str
    part: str
    ideal: float
    unit: str
    before: float
    after: float
    units: int
    members: tuple[str, ...]
    plate: Plate | None = None


@dataclass(frozen=True, eq=False)
class Tuned:
    """The corrected circuit, the measurements, the corrections, and the composed cells that were not measured."""

    circuit: Circuit
    rows: tuple[MeasuredQuantity, ...] = ()
    sizes: tuple[CorrectedSize, ...] = ()
    unmeasured: tuple[str, ...] = ()
    rounds: int = 0
    simulator: str = ""

    @property
    def outside(self) -> tuple[MeasuredQuantity, ...]:
        """Quantities that are not within the bound after all rounds."""
        return tuple(row for row in self.rows if not row.within)

    def to_json(self) -> dict[str, Any]:
        """Return all numbers as plain data."""
        return {
            "sizes": [asdict(entry) for entry in self.sizes],
            "rows": [asdict(row) | {"within": row.within} for row in self.rows],
            "outside": len(self.outside),
            "unmeasured": list(self.unmeasured),
            "rounds": self.rounds,
            "simulator": self.simulator,
        }


@dataclass(frozen=True)
class _Kind:
    """A distinct cell: its place, and its case; `target` is the same with ideal primitives."""

    module: str
    part: str
    case: Case
    target: Case
    names: Mapping[str, str]  # parameter of the cell -> of the module around it
    members: tuple[str, ...]  # instances of that module


def closed_loop(
    circuit: Circuit,
    library: Path | None = None,
    progress: Callable[[str, float], None] | None = None,
    backend: Backend | None = None,
) -> Tuned:
    """Correct bias currents and capacitors of a circuit by simulating its cells.

    Gains follow their bias current in proportion (weak inversion: gm = kappa I/V_T; Vittoz and Fellrath, IEEE JSSC
    12(3), 1977), so ib becomes ib target/measured; a capacitor becomes C + g (tau_target - tau_measured).

    **Arguments:** `library`: the user's cells. `backend`: a simulator that is open already.

    **Returns:** the corrected circuit with its measurements.

    **Raises:** `SimulatorError` where ngspice is missing or finds no operating point.
    """
    leaves = {**circuit.leaves}
    kinds = list(_kinds(circuit, library, leaves))
    measurable = [kind for kind in kinds if quantities(kind.case.leaf)]
    unmeasured = tuple(dict.fromkeys(f"{k.module}.{k.part}" for k in kinds if k not in measurable))
    if not measurable:
        return Tuned(circuit, unmeasured=unmeasured)
    technology = process(circuit.process)
    report = progress or (lambda *_: None)
    with open_backend() if backend is None else nullcontext(backend) as simulator:
        report("closed loop", 0.0)
        targets, _ = measured(simulator, circuit, leaves, [kind.target for kind in measurable])
        cases = [kind.case for kind in measurable]
        before, version = measured(simulator, circuit, leaves, cases)
        after, rounds = before, 0
        while rounds < ROUNDS and _worst(targets, after) > AIM:
            rounds += 1
            report("closed loop", rounds / (ROUNDS + 1))
            cases = [_corrected(*one, technology) for one in zip(cases, targets, after, strict=True)]
            after, _ = measured(simulator, circuit, leaves, cases)
    report("closed loop", 1.0)
    rows = [
        MeasuredQuantity(kind.module, kind.part, q.part, q.name, target[q], first[q], last[q], q.unit, kind.members)
        for kind, target, first, last in zip(measurable, targets, before, after, strict=True)
        for q in quantities(kind.case.leaf)
    ]
    sizes = [size for kind, case in zip(measurable, cases, strict=True) for size in _sizes(kind, case, technology)]
    tuned = replace(_with(circuit, measurable, cases), tuned=version)
    return Tuned(tuned, tuple(rows), tuple(sizes), unmeasured, rounds, version)


def _kinds(circuit: Circuit, library: Path | None, leaves: dict[str, Leaf]) -> Iterator[_Kind]:
    """Yield every distinct composed cell; adds the leaves with ideal primitives to `leaves`."""
    modules = {module.name: module for module in circuit.modules}
    devices = device_capacitance(circuit, library)
    found: dict[tuple, list[str]] = {}
    first: dict[tuple, tuple] = {}
    for outer in circuit.top.instances:
        module = modules[outer.of]
        values = {**module.parameters, **outer.parameters}
        for inner in module.instances:
            leaf = circuit.leaves[inner.of]
            if not leaf.subcircuit.pieces:
                continue
            held = set(cell(leaf.cell, library).start.values())  # start values do not distinguish cells
            names = {key: str(name) for key, name in inner.parameters.items() if key not in held}
            parameters = {key: float(values[name]) for key, name in names.items()}
            nets = {n: net for n, net in cell_nets(outer, module, inner, leaf).items() if n not in COMMON_PINS}
            extra = {node: devices.nets.get(net, 0.0) for node, net in nets.items()}
            hung = {}
            if any(quantity.capacitor for quantity in quantities(leaf)):  # it affects no other quantity
                hung = {
                    pin: extra[pin] - devices.own.get((outer.name, inner.name, nets[pin]), 0.0)
                    for pin in leaf.subcircuit.pins
                    if pin in nets
                }
            key = (outer.of, inner.name, *(f"{value:.6g}" for value in (*parameters.values(), *hung.values())))
            found.setdefault(key, []).append(outer.name)
            first.setdefault(key, (leaf, parameters, hung, names, extra))
    for key, members in found.items():
        leaf, parameters, hung, names, extra = first[key]
        ideal = _ideal(leaf, library, leaves)
        target = Case(ideal, restored(leaf.cell, parameters, extra), {})
        yield _Kind(key[0], key[1], Case(leaf, parameters, hung), target, names, tuple(members))


def _ideal(leaf: Leaf, library: Path | None, leaves: dict[str, Leaf]) -> Leaf:
    """Return the same cell with behavioural primitives."""
    made = replace(
        leaf, name=f"{leaf.name}_ideal", primitives={piece: f"{piece}_{BEHAVIOURAL}" for piece in leaf.primitives}
    )
    for piece, name in made.primitives.items():
        if name not in leaves:
            read = cell(piece, library).subcircuit(BEHAVIOURAL)
            leaves[name] = Leaf(name, piece, BEHAVIOURAL, read, {}, "", primitive=True)
    return made


def _worst(targets: Sequence[Mapping[Quantity, float]], found: Sequence[Mapping[Quantity, float]]) -> float:
    return max(abs(here[q] / target[q] - 1) for target, here in zip(targets, found, strict=True) for q in target)


def _corrected(
    case: Case, target: Mapping[Quantity, float], found: Mapping[Quantity, float], technology: Process
) -> Case:
    """Return a case with corrected bias currents and capacitor; a capacitor stays on the drawing grid."""
    changed = dict(case.parameters)
    short = {quantity.name: target[quantity] - value for quantity, value in found.items()}
    for quantity, value in found.items():
        aim = target[quantity]
        if quantity.capacitor:
            farads = changed[quantity.slope] if quantity.slope else 1.0
            lacking = short[quantity.name] - short.get(quantity.less, 0.0)
            capacitor = max(technology.capacitor.minimum, changed["c"] + farads * lacking)
            changed["c"] = float(technology.on_grid(capacitor))
        else:
            ratio = value / aim if quantity.inverse else aim / value
            if ratio <= 0:  # no bias current changes the sign
                continue
            for name in _biased(case.leaf, quantity.part):
                changed[name] *= float(np.clip(ratio, 1 / STEP, STEP))
    return replace(case, parameters=changed)


def _biased(leaf: Leaf, part: str) -> list[str]:
    """List the parameters that follow a bias current: itself, and the gain parameter of a model of transistors."""
    piece = next(piece for piece in leaf.subcircuit.pieces if piece.name == part)
    modelled = leaf.primitives[piece.cell] != f"{piece.cell}_{TRANSISTOR}"
    return [piece.given[key] for key in (*(IDEAL if modelled else ()), "ib") if key in piece.given]


def _sizes(kind: _Kind, case: Case, technology: Process) -> Iterator[CorrectedSize]:
    """Yield primitives with a gain and the capacitor, before and after the correction."""
    first, last = kind.case.parameters, case.parameters
    for piece in case.leaf.subcircuit.pieces:
        ideal = next((key for key in IDEAL if key in piece.given), None)
        if ideal is not None:
            name, ib, k = piece.given[ideal], piece.given["ib"], piece.given["k"]
            unit = "A" if ideal == "i" else "S"
            yield CorrectedSize(
                kind.module,
                kind.part,
                piece.name,
                first[name],
                unit,
                first[ib],
                last[ib],
                round(first[k]),
                kind.members,
            )
    if "c" in first:
        yield CorrectedSize(
            kind.module,
            kind.part,
            "c",
            kind.target.parameters["c"],
            "F",
            first["c"],
            last["c"],
            0,
            kind.members,
            technology.plates.plate(last["c"]),
        )


def _with(circuit: Circuit, kinds: Sequence[_Kind], cases: Sequence[Case]) -> Circuit:
    """Return the circuit with the parameters of these cases, where they differ."""
    changed: dict[str, dict[str, float | str]] = {}
    for kind, case in zip(kinds, cases, strict=True):
        given = {kind.names[key]: value for key, value in case.parameters.items() if value != kind.case.parameters[key]}
        for member in kind.members:
            changed.setdefault(member, {}).update(given)
    instances = tuple(
        replace(outer, parameters={**outer.parameters, **changed.get(outer.name, {})})
        for outer in circuit.top.instances
    )
    return replace(circuit, modules=(*circuit.modules[:-1], replace(circuit.top, instances=instances)))
