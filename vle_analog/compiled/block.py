"""One run's plan, which all samples share, and one block of samples that goes through it."""

from collections.abc import Sequence
from types import ModuleType

import numpy as np

from vle_analog.compiled.branches import COMMON
from vle_analog.compiled.interpolation import weights
from vle_analog.compiled.multistep import ORDER, multistep
from vle_analog.compiled.outside import outside
from vle_analog.compiled.schedule import Schedule
from vle_analog.compiled.values import NOMINAL, Numbers, Table, Values
from vle_analog.compiled.wiring import Ammeter, Wiring, recorded
from vle_analog.errors import InputError, Problem
from vle_analog.netlist.circuit import Probe
from vle_analog.theory.activation import activation

TURNS = 200  # of Newton's method
NEAR = {"float64": 1e-10, "float32": 2e-6}  # volts within which an operating point is found
CUT = 0.15  # volts that no node moves further than in one turn
FAR = 5.0  # times the supply: no voltage of a circuit that works gets there
FLOOR = 1e-3  # model units: the least range that an error is related to
NOWHERE = "no operating point"  # the status of a sample that has none


class Plan:
    """What all blocks of a run share: steps, what is heard, rows, what is recorded and where it is read."""

    def __init__(
        self, numbers: Numbers, probes: Sequence[Probe], final: Sequence[Probe], steps: Schedule, grid: np.ndarray
    ):
        self.numbers, self.wiring, self.dtype = numbers, numbers.wiring, numbers.dtype
        self.probes, self.final = probes, final
        wiring, number = self.wiring, np.dtype(self.dtype).type
        unit = wiring.circuit.units.time
        self.lengths = (np.append(np.diff(steps.times), 0.0) * unit).astype(number)
        known = multistep(steps, unit)
        self.before = (known.kind, known.pace.astype(number), known.shares.astype(number))
        self.heard, self.slopes = (part.astype(number) for part in outside(wiring.circuit, steps.times))
        found = [recorded(wiring, probe) for probe in probes]
        self.place: dict[int, int] = {}  # of a row of V in what is recorded
        meters: dict[int, int] = {}
        for row, ammeter, _ in found:
            ends = [] if ammeter is None else [end for k, _ in ammeter.stored for end in wiring.capacitors[k].ends]
            for end in [row, *ends] if ammeter is None else ends:
                self.place.setdefault(end, len(self.place))
            if ammeter is not None:
                meters.setdefault(ammeter.row, len(meters))
        self.seen, self.meters = np.array([*self.place], np.uint64), np.array([*meters], np.uint64)
        self.reads = [(ammeter, name) for _, ammeter, name in found]
        self.rows = np.array(
            [self.place[row] if a is None else len(self.place) + meters[a.row] for row, a, _ in found], np.uint64
        )
        scales = [_scale(wiring, probe, *read) for probe, read in zip(probes, self.reads, strict=True)]
        self.scales = np.array(scales, number)
        self.ends = [(recorded(wiring, probe), probe) for probe in final]
        for (_, ammeter, _), probe in self.ends:
            if ammeter is not None:
                raise InputError(Problem("a current has no final value of its own", "final", ".".join(probe.path)))
        self.read, self.slope = (
            (near.astype(np.uint64), share.astype(number))
            for near, share in (weights(steps.times, grid, steps.edges, slope=slope) for slope in (False, True))
        )
        self.unit, self.begin = unit, int(np.searchsorted(steps.times, 0.0))


class Block:
    """The arrays of one block of samples."""

    def __init__(self, plan: Plan, kernel: ModuleType, numbers: Values):
        self.plan, self.kernel = plan, kernel
        wiring, dtype = plan.wiring, plan.dtype
        lanes = numbers.fixed.shape[1]
        n = wiring.unknown

        def zeros(*shape: int) -> np.ndarray:
            return np.zeros((*shape, lanes), dtype)

        self.lanes, self.numbers = lanes, numbers
        self.V = zeros(len(set(wiring.rows.values())))
        self.F, self.G, self.A = zeros(wiring.flows), zeros(wiring.flows), zeros(wiring.places)
        tables = plan.numbers.tables
        self.M = (tables.signs * numbers.own[tables.masses]).astype(dtype)
        self.Q = numbers.own[tables.drives].astype(dtype)
        parts = zip(plan.numbers.same, numbers.constants, tables.groups, strict=True)
        self.blocks = tuple((same, constants, *group) for same, constants, group in parts)
        most = max((len(g.law.arguments) for g in wiring.groups), default=0)
        widest = max((len(g.law.flows) + len(g.law.changes) for g in wiring.groups), default=0)
        self.work = (zeros(most), zeros(most), zeros(widest))
        self.space = (zeros(n), zeros(n), zeros(), zeros(n), zeros(n))
        self.stages = tuple(zeros(n) for _ in range(5))
        self.past = tuple(zeros(n) for _ in range(ORDER))
        self.out = zeros(len(plan.lengths), len(plan.seen) + len(plan.meters))
        self.worst, self.missed = zeros(n), np.full(lanes, np.inf, dtype)
        supply = wiring.circuit.supply / 2
        for rail, volts in (("vdd", supply), ("vss", -supply)):
            self.V[wiring.rows[rail]] = volts
        for k, (_, _, row) in enumerate(wiring.fixed):
            self.V[row] = numbers.fixed[k]

    def run(self) -> None:
        """From the operating point to the end; `error` and `status` are there afterwards."""
        plan, dtype = self.plan, np.dtype(self.plan.dtype).type
        pattern, known, drives, couplings, gauges, masses = plan.numbers.tables.arrays
        held = self._start()
        self.kernel.march(
            TURNS, dtype(CUT), dtype(NEAR[plan.dtype]), held, self.missed, plan.lengths, plan.begin, plan.heard,
            plan.slopes, plan.seen, plan.meters, self.out, self.worst, self.V, self.F, self.G, self.A, self.M, self.Q,
            self.blocks, self.work, pattern, self.space, self.stages, plan.before, self.past, known, drives, couplings,
            gauges, masses,
        )  # fmt: skip
        self.status, self.error = self._judged()

    def _start(self) -> np.ndarray:
        """Voltages at which the search begins, and which unknowns are given."""
        wiring = self.plan.wiring
        held = np.zeros(wiring.unknown, np.uint8)
        if wiring.circuit.hold:
            return held
        for capacitor in wiring.capacitors:
            if capacitor.branch.start is None:
                continue
            row = capacitor.ends[0]
            if capacitor.branch.ends[1] != COMMON or not 0 < row <= wiring.unknown:
                raise InputError(Problem(
                    "a start value between two nodes cannot be compiled", capacitor.element.name,
                    got=capacitor.branch.element, expected="a capacitor between a node and cm",
                ))  # fmt: skip
            held[row - 1] = 1
            self.V[row] = Table([capacitor.branch.start], [capacitor.element])(NOMINAL)[0, 0]
        return held

    def read(self, result: np.ndarray, final: np.ndarray) -> None:
        """Writes the probes at the times that were asked for, and final values, of the first samples.

        **Arguments:** `result`: (samples, probes, times). `final`: (final probes, samples).
        """
        plan, count = self.plan, len(result)
        work = np.empty((len(plan.read[0]), self.lanes), self.out.dtype)
        self.kernel.look(self.out, *plan.read, plan.rows, plan.scales, work, result)
        for k, (probe, (ammeter, name)) in enumerate(zip(plan.probes, plan.reads, strict=True)):
            if ammeter is not None:
                for number, sign in ammeter.stored:
                    result[:, k] -= probe.scale * sign * self._stored(number, work, count)
            if name:
                result[:, k] = probe.scale * _rate(name)(result[:, k])
            if probe.bound:
                result[:, k] = probe.bound * np.tanh(result[:, k] / probe.bound)
        for k, ((row, _, name), probe) in enumerate(plan.ends):
            volts = self.V[row, :count]
            final[k] = probe.value(_rate(name)(volts / plan.wiring.circuit.units.potential) if name else volts)

    def _stored(self, number: int, work: np.ndarray, count: int) -> np.ndarray:
        """The current through a capacitor, from its first end to its second: (samples, times)."""
        plan, values = self.plan, self.numbers
        first, second = (plan.place[end] for end in plan.wiring.capacitors[number].ends)
        row = values.row[number]
        farads = values.own[row, :count, None] if row >= 0 else values.farads[number]
        across = np.ascontiguousarray((self.out[:, first] - self.out[:, second])[:, None])
        rate = np.empty((count, 1, len(plan.slope[0])), across.dtype)
        one = np.ones(1, across.dtype)
        self.kernel.look(across, *plan.slope, np.zeros(1, np.uint64), one, work, rate)
        return farads / plan.unit * rate[:, 0]

    def _judged(self) -> tuple[list[str], np.ndarray]:
        """Per sample what became of it, and the error of its steps."""
        plan, wiring = self.plan, self.plan.wiring
        settled = self.missed <= NEAR[plan.dtype]
        inside = np.abs(self.V).max(axis=0) < FAR * wiring.circuit.supply
        most, least = self.out.max(axis=0, initial=-np.inf), self.out.min(axis=0, initial=np.inf)
        whole = np.isfinite(most).all(axis=0) & np.isfinite(least).all(axis=0)
        fine = inside & whole & np.isfinite(self.worst).all(axis=0)
        after = self.out[plan.begin :]
        span = np.ptp(after, axis=0) if len(after) else most - least
        error = np.zeros(self.lanes)
        for probe, place, (ammeter, _) in zip(plan.probes, plan.rows, plan.reads, strict=True):
            row = int(plan.seen[place]) if ammeter is None else 0
            if 0 < row <= wiring.unknown:
                scale = abs(probe.scale)
                error = np.maximum(error, scale * self.worst[row - 1] / np.maximum(scale * span[place], FLOOR))
        words = np.where(settled, np.where(fine, "ok", "diverged"), NOWHERE)
        return words.tolist(), error


def _rate(name: str):
    import sympy as sp

    from vle_analog.theory.symbols import x

    return np.tanh if name == "tanh" else sp.lambdify(x, activation(name).rate, "numpy")


def _scale(wiring: Wiring, probe: Probe, ammeter: Ammeter | None, name: str) -> float:
    """What a row is multiplied by first."""
    if name:
        return 1.0 / wiring.circuit.units.potential
    return probe.scale if ammeter is None else ammeter.sign * probe.scale
