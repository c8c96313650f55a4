"""A circuit as arrays of rows: unknown nets, driven nets, and the rows of the currents of every leaf.

An ammeter joins two nets; its current is the sum of the currents into the net on one side.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from vle_analog.errors import InputError, Problem
from vle_analog.fastsim.branches import COMMON, Branch, branches
from vle_analog.fastsim.law import DIFFERING, Law, Reduced, reduced
from vle_analog.fastsim.order import Pattern, pattern
from vle_analog.netlist.circuit import GROUND, Circuit, Probe
from vle_analog.netlist.elements import Element, elements

RAILS = ("vdd", "vss")


@dataclass(frozen=True, eq=False)
class LawGroup:
    """The instances of one law.

    **Arguments:**

    - `pins`: rows of V of the law's nodes. `rows`, `meters`: rows of F that its currents go to. `places`, `gauges`:
      rows of A that the changes of those go to. Each of shape (instances, ...); `meters` and `gauges` are empty where
      no ammeter counts any of these currents.
    """

    law: Law
    elements: tuple[Element, ...]
    pins: np.ndarray
    rows: np.ndarray
    meters: np.ndarray
    places: np.ndarray
    gauges: np.ndarray


@dataclass(frozen=True, eq=False)
class Capacitor:
    """A capacitor between rows of V."""

    element: Element
    branch: Branch
    ends: tuple[int, int]
    nets: tuple[str, str]


@dataclass(frozen=True, eq=False)
class Ammeter:
    """The terms of the current through an element: a row of F times `sign`, without capacitor currents.

    **Arguments:** `stored`: numbers of capacitors at that net, and the signs of their currents.
    """

    row: int
    sign: float
    stored: tuple[tuple[int, float], ...]


@dataclass(frozen=True, eq=False)
class CircuitWiring:
    """The arrays of a circuit. Row 0 is ground in V and unused in F; the unknown nets follow.

    **Arguments:**

    - `unknown`: number of unknown nets. `rows`: net -> row of V. `flows`: number of rows of F.
    - `driven`: nets with external signals, after the unknown ones; then `fixed` ones: (element, branch, row).
    - `places`: number of rows of A, the last of which is of no use.
    - `couplings`: (rows of F, driven nets, rows of A) of currents due to a change of a driven net; `gauges`: (rows of
      F, unknown nets, rows of A) of ammeter currents due to a change of an unknown one.
    - `masses`: (unknown, unknown, place, capacitor, sign); `drives`: (row of F, driven net, capacitor) likewise.
    - `differing`: parameters of leaves by which samples may differ; None: all.
    """

    circuit: Circuit
    groups: tuple[LawGroup, ...]
    unknown: int
    rows: Mapping[str, int]
    flows: int
    driven: tuple[str, ...]
    fixed: tuple[tuple[Element, Branch, int], ...]
    pattern: Pattern
    places: int
    couplings: tuple[np.ndarray, np.ndarray, np.ndarray]
    gauges: tuple[np.ndarray, np.ndarray, np.ndarray]
    capacitors: tuple[Capacitor, ...]
    masses: tuple[tuple[int, int, int, int, float], ...]
    drives: tuple[tuple[int, int, int], ...]
    ammeters: Mapping[tuple[str, ...], Ammeter]
    differing: frozenset[str] | None

    def varies(self, capacitor: Capacitor) -> bool:
        """Return whether samples differ in this capacitor: those of cells do, those of primitives belong to
        transistors."""
        return self.differing is None or not capacitor.element.leaf.primitive


def wire(circuit: Circuit, differing: frozenset[str] | None = DIFFERING) -> CircuitWiring:
    """Build the arrays of a circuit.

    **Arguments:** `differing`: parameters of leaves by which samples differ, besides the capacitors of cells; None: all
    that there is.

    **Raises:** `InputError` naming the card that cannot be compiled.
    """
    if circuit.replica is not None or circuit.devices:
        raise InputError(
            Problem(
                "a circuit with transistors cannot be compiled",
                circuit.name,
                " and ".join(circuit.levels),
                "cells at the levels behavioural and macromodel",
                "run it in ngspice: --engine ngspice",
            )
        )
    read: dict[str, Reduced] = {}
    parts: list[tuple[Element, Reduced]] = []
    for element in elements(circuit):
        if element.leaf.name not in read:
            read[element.leaf.name] = _reduced(element, differing)
        parts.append((element, read[element.leaf.name]))
    joined, ammeters, fixed = _sources(circuit, parts)
    driven = (*(source.net for source in circuit.sources), "hold")
    known = {GROUND, *RAILS, *driven, *fixed}
    names = dict.fromkeys(joined(net) for element, part in parts for net in _nets(element, part))
    unknown = [net for net in names if net not in known]
    number = {net: k for k, net in enumerate(unknown)}

    entries: set[tuple[int, int]] = set()
    for element, part in parts:
        for pair in _coupled(part):
            ends = [number.get(joined(_net(element, node))) for node in pair]
            if ends[0] is not None and ends[1] is not None:
                entries.add((ends[0], ends[1]))
    shape = pattern(len(unknown), sorted(entries))
    rows = {net: 1 + int(shape.position[k]) for net, k in number.items()} | {GROUND: 0}
    for net in (*driven, *fixed, *RAILS):
        rows.setdefault(net, len(rows))
    row_of = {net: rows[joined(net)] for element, part in parts for net in _nets(element, part)} | rows
    return _arranged(circuit, parts, row_of, len(unknown), driven, fixed, shape, ammeters, differing)


_KNOWN: dict[str, Reduced] = {}


def _reduced(element: Element, differing: frozenset[str] | None) -> Reduced:
    """Return the law of an element's leaf, parsed once."""
    leaf = element.leaf
    known = (leaf.subcircuit.pins, leaf.subcircuit.source, sorted(leaf.functions.items()), leaf.subcircuit.pieces)
    key = repr((*known, differing and sorted(differing)))
    if key not in _KNOWN:
        internal = [node for node in leaf.subcircuit.internal if not leaf.subcircuit.pieces]
        _KNOWN[key] = reduced(tuple(branches(leaf, element.name)), internal, differing)
    return _KNOWN[key]


def _nets(element: Element, part: Reduced) -> list[str]:
    """Return the nets connected to an element."""
    ends = [node for branch in part.branches if branch.kind == "capacitor" for node in branch.ends]
    nodes = dict.fromkeys([*part.law.nodes, *ends])
    return [_net(element, node) for node in nodes if node not in part.idle]


def _net(element: Element, node: str) -> str:
    return GROUND if node == COMMON else element.nets[node]


def _coupled(part: Reduced):
    yield from part.law.changes
    for branch in part.branches:
        if branch.kind == "capacitor":
            yield branch.ends
            yield branch.ends[::-1]


class _Joined:
    """A union of nets joined by ammeters."""

    def __init__(self):
        self.other: dict[str, str] = {}

    def __call__(self, net: str) -> str:
        while net in self.other:
            net = self.other[net]
        return net


def _sources(circuit: Circuit, parts: Sequence[tuple[Element, Reduced]]):
    """Join nets by ammeters, and fix nets by other voltage sources to ground."""
    joined, found, fixed = _Joined(), {}, {}
    keep = {GROUND, *RAILS, "hold", *(source.net for source in circuit.sources)}
    for element, part in parts:
        for branch in part.branches:
            if branch.kind != "voltage":
                continue
            first, second = (_net(element, node) for node in branch.ends)
            if branch.value == 0:
                found[(*element.path, branch.element)] = (first, second)
                a, b = joined(first), joined(second)
                if a != b:
                    joined.other.update({a: b} if a not in keep else {b: a})
            elif second == GROUND and first not in keep:
                fixed[first] = (element, branch)
            else:
                raise InputError(
                    Problem(
                        "a voltage source that cannot be compiled",
                        element.name,
                        got=f"{branch.element}: {first} {second}",
                        expected="an ammeter (0 V), or a voltage between a net and cm",
                        hint="--engine ngspice",
                    )
                )
    return joined, found, fixed


def _arranged(circuit, parts, row_of, unknown, driven, fixed, shape, ammeters, differing) -> CircuitWiring:
    first_known = unknown + 1
    moving = {row_of[net]: k for k, net in enumerate(driven)}
    more: dict[tuple[int, int], int] = {}  # places after those of the pattern
    used = len(shape.columns)

    def place_of(i: int, j: int) -> int:
        """Return the row of A for the derivative of the current into row i by the voltage of row j; -1 for none."""
        if not 0 < i < first_known or j == 0:
            return -1
        if j < first_known:
            return shape.places[i - 1, j - 1]
        return more.setdefault((i, j), used + len(more)) if j in moving else -1

    def gauge_of(i: int, j: int) -> int:
        """Return the row of A for the derivative of the current counted by an ammeter; -1 for none."""
        return more.setdefault((i, j), used + len(more)) if i and 0 < j < first_known else -1

    sides = _sides(ammeters, {*driven, *RAILS, GROUND})
    counted = {net: 1 + unknown + k for k, net in enumerate(dict.fromkeys(net for net, _ in sides.values()))}
    by_law: dict[str, list[tuple[Element, Reduced]]] = {}
    texts = {id(part): repr(part.law) for part in {id(part): part for _, part in parts}.values()}
    for element, part in parts:
        if part.law.flows:
            by_law.setdefault(texts[id(part)], []).append((element, part))
    groups, capacitors, masses, drives = [], [], [], []
    for key in sorted(by_law):
        members = by_law[key]
        law = members[0][1].law
        pins = [[row_of[_net(e, node)] for node in law.nodes] for e, _ in members]
        flows = [[row_of[_net(e, node)] for node in law.flows] for e, _ in members]
        counting = [{node: counted.get(_net(e, node), 0) for node in law.flows} for e, _ in members]
        some = any(map(any, (line.values() for line in counting)))
        meters = [[*line.values()] if some else [] for line in counting]
        gauges = [
            [gauge_of(line[a], row_of[_net(e, b)]) for a, b in law.changes] if some else []
            for line, (e, _) in zip(counting, members, strict=True)
        ]
        places = [[place_of(*(row_of[_net(e, node)] for node in pair)) for pair in law.changes] for e, _ in members]
        flows = [[row if row < first_known else 0 for row in line] for line in flows]
        tables = [
            np.array(table, np.int64).reshape(len(members), -1) for table in (pins, flows, meters, places, gauges)
        ]
        groups.append(LawGroup(law, tuple(e for e, _ in members), *tables))
    for element, part in parts:
        for branch in part.branches:
            if branch.kind == "capacitor":
                nets = (_net(element, branch.ends[0]), _net(element, branch.ends[1]))
                a, b = (row_of[net] for net in nets)
                k = len(capacitors)
                capacitors.append(Capacitor(element, branch, (a, b), nets))
                if a == b:
                    continue
                for i, j in ((a, b), (b, a)):
                    if 0 < i < first_known:
                        masses.append((i - 1, i - 1, shape.places[i - 1, i - 1], k, 1.0))
                        if 0 < j < first_known:
                            masses.append((i - 1, j - 1, shape.places[i - 1, j - 1], k, -1.0))
                        elif j in moving:
                            drives.append((i, moving[j], k))
    last = used + len(more)
    groups = [
        replace(g, places=np.where(g.places < 0, last, g.places), gauges=np.where(g.gauges < 0, last, g.gauges))
        for g in groups
    ]
    couplings = _columns([(i, moving[j], p) for (i, j), p in more.items() if j in moving])
    gauges = _columns([(i, j - 1, p) for (i, j), p in more.items() if j not in moving])
    meters_of = {
        path: Ammeter(counted[net], sign, _stored(capacitors, net, sign)) for path, (net, sign) in sides.items()
    }
    return CircuitWiring(
        circuit,
        tuple(groups),
        unknown,
        row_of,
        1 + unknown + len(counted),
        driven,
        tuple((element, branch, row_of[net]) for net, (element, branch) in fixed.items()),
        shape,
        last + 1,
        couplings,
        gauges,
        tuple(capacitors),
        tuple(masses),
        tuple(drives),
        meters_of,
        differing,
    )


def _columns(entries: Sequence[tuple[int, int, int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    first, second, third = np.array(entries, np.int64).reshape(-1, 3).T
    return first, second, third


def _stored(capacitors: Sequence[Capacitor], net: str, sign: float) -> tuple[tuple[int, float], ...]:
    there = [k for k, capacitor in enumerate(capacitors) if net in capacitor.nets and len(set(capacitor.nets)) == 2]
    return tuple((k, sign if capacitors[k].nets[0] == net else -sign) for k in there)


def _sides(ammeters: Mapping[tuple[str, ...], tuple[str, str]], known: set[str]):
    """Return, for every ammeter, a net on one side at which it is the only one, and the sign of the current into it."""
    count: dict[str, int] = {}
    for ends in ammeters.values():
        for net in ends:
            count[net] = count.get(net, 0) + 1
    sides: dict[tuple[str, ...], tuple[str, float]] = {}
    for path, ends in ammeters.items():
        free = [
            (net, sign) for net, sign in zip(ends, (1.0, -1.0), strict=True) if count[net] == 1 and net not in known
        ]
        if not free:
            raise InputError(
                Problem("an ammeter among others that cannot be compiled", ".".join(path), got=" ".join(ends))
            )
        sides[path] = free[0]
    return sides


def recorded(wiring: CircuitWiring, probe: Probe) -> tuple[int, Ammeter | None, str]:
    """Return the row of V, the ammeter or the activation of a probe.

    **Raises:** `InputError` for a probe of an unknown net or element.
    """
    if probe.branch:
        if probe.path in wiring.ammeters:
            return 0, wiring.ammeters[probe.path], ""
    else:
        net = ".".join(probe.path)
        for rate in wiring.circuit.rates:
            if rate.node == net and rate.net in wiring.rows:
                return wiring.rows[rate.net], None, rate.activation
        if net in wiring.rows:
            return wiring.rows[net], None, ""
    raise InputError(Problem("no net or ammeter of this circuit", "record", got=".".join(probe.path)))
