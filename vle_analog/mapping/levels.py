"""The modelling level of every cell of every neuron and synapse: `circuit.level`, and in detail `circuit.levels`.

A key names a type of cell or of primitive, a population or projection, one neuron or synapse, or one cell of it
(`hidden[0].error`). Keys of places in the network override keys of types, the finest first; `circuit.level` is last.
"""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from vle_analog.cells.library import COMPOSED_ACTIVATIONS, Cell, cell, cell_names
from vle_analog.errors import InputError, Problem
from vle_analog.levels import BEHAVIOURAL
from vle_analog.mapping.parts import Parts, neuron_parts, synapse_parts
from vle_analog.mapping.place import Placement

_INDEX = re.compile(r"(\w+)\[(\d+)(?:,(\d+))?\](?:\.(\w+))?\Z", re.ASCII)


@dataclass(frozen=True)
class Composition:
    """A cell composed of primitives: its level, and (primitive, level) of each kind in it."""

    level: str
    primitives: tuple[tuple[str, str], ...]

    @property
    def label(self) -> str:
        """Name of the composition: its level, and the primitives at another level."""
        return "_".join([self.level, *(f"{name}_{level}" for name, level in self.primitives if level != self.level)])


Made = tuple[Composition | None, ...]
"""The composition of each part of a neuron or synapse, in the order of its parts; `None`: behavioural."""


@dataclass(frozen=True)
class Levels:
    """The compositions of all cells.

    **Arguments:**

    - `neurons`: per population one entry per neuron. `synapses`: per projection the composition of most synapses, and
      those that differ, by (row, column).
    """

    neurons: Mapping[str, tuple[Made, ...]]
    synapses: Mapping[str, tuple[Made, Mapping[tuple[int, int], Made]]]

    def synapse(self, projection: str, row: int, column: int) -> Made:
        """Return the compositions of the parts of one synapse."""
        usual, others = self.synapses[projection]
        return others.get((row, column), usual)

    @property
    def composed(self) -> bool:
        """True where any cell is made of primitives."""
        return any(found is not None for made in self._all() for found in made)

    @property
    def composed_projections(self) -> tuple[str, ...]:
        """Projections with at least one synapse whose weight is read by a multiplier, and so is bounded."""
        return tuple(
            name for name, (usual, others) in self.synapses.items() if any(map(any, (usual, *others.values())))
        )

    @property
    def primitives(self) -> frozenset[tuple[str, str]]:
        """(primitive, level) of all primitives in use."""
        return frozenset(pair for made in self._all() for found in made if found for pair in found.primitives)

    def _all(self) -> Iterator[Made]:
        for made in self.neurons.values():
            yield from dict.fromkeys(made)
        for usual, others in self.synapses.values():
            yield usual
            yield from dict.fromkeys(others.values())


def resolve_levels(
    placement: Placement,
    level: str,
    levels: Mapping[str, str],
    poles: Sequence[str] = (),
    own: Path | None = None,
    source: str = "study",
) -> Levels:
    """Resolve the composition of every cell.

    **Arguments:**

    - `level`, `levels`: of the study's circuit. `poles`: nodes with a parasitic pole. `own`: the user's library.
    - `source`: the study's file, for messages.

    **Raises:** `InputError` naming every key that matches nothing, and every cell that cannot be composed.
    """
    work = _Resolver(level, levels, own, source)
    work.check_keys(placement)
    neurons, synapses = {}, {}
    for plan in placement.neurons:
        owner, known = plan.population.name, {}
        for k in range(plan.population.size):
            kind = (plan.membrane[k], plan.error[k])
            if kind not in known:
                known[kind] = neuron_parts(plan, k, poles)[0]
        found = [
            work.made(owner, (k,), known[plan.membrane[k], plan.error[k]], together=False)
            for k in range(plan.population.size)
        ]
        neurons[owner] = tuple(found)
    for plan in placement.synapses:
        owner, parts = plan.projection.name, synapse_parts(plan)[0]
        single = [index for index in work.indices(owner) if len(index) == 2]
        made = {index: work.made(owner, index, parts, together=True) for index in single}
        synapses[owner] = (work.made(owner, (), parts, together=True), made)
    if work.problems:
        raise InputError(*work.problems.values())
    return Levels(neurons, synapses)


@dataclass
class _Resolver:
    level: str
    levels: Mapping[str, str]
    own: Path | None
    source: str
    problems: dict[object, Problem] = field(default_factory=dict)
    known: dict[object, Made] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.here: dict[tuple[str, tuple[int, ...], str], str] = {}  # (owner, index, part) -> level
        self.types: dict[str, str] = {}
        for key, level in self.levels.items():
            if match := _INDEX.match(key):
                owner, first, second, part = match.groups()
                self.here[owner, tuple(int(i) for i in (first, second) if i is not None), part or ""] = level
            else:
                self.types[key] = level

    def indices(self, owner: str) -> Iterable[tuple[int, ...]]:
        """Return the neurons or synapses of an owner that have keys of their own."""
        return dict.fromkeys(index for name, index, _ in self.here if name == owner)

    def check_keys(self, placement: Placement) -> None:
        """Record a problem for every key that names nothing."""
        owners = [plan.population.name for plan in placement.neurons]
        owners += [plan.projection.name for plan in placement.synapses]
        names = [*owners, *cell_names(self.own)]
        for key in self.types:
            if key not in names:
                near = difflib.get_close_matches(key, names, n=1)
                self._note(
                    key,
                    f"{key!r} is not a cell, population or projection",
                    f"circuit.levels.{key}",
                    expected="a type of cell, or a path such as hidden[0] or drive_hidden[0,1]",
                    hint=f"did you mean {near[0]}?" if near else "",
                )
        for owner, index, part in self.here:
            if part:
                parts = _part_names(placement, owner, index)
                if part not in parts:
                    near = difflib.get_close_matches(part, parts, n=1)
                    path = f"circuit.levels.{owner}[{','.join(map(str, index))}].{part}"
                    self._note(
                        path,
                        f"{owner} has no part {part!r}",
                        path,
                        expected=", ".join(parts),
                        hint=f"did you mean {near[0]}?" if near else "",
                    )

    def made(self, owner: str, index: tuple[int, ...], parts: Parts, *, together: bool) -> Made:
        """Return the compositions of one neuron or synapse; with `together`, either all parts are composed or none."""
        requested = tuple(self._level_of(owner, index, part, name) for part, name, _, _ in parts)
        key = (requested, tuple((name, activation) for _, name, activation, _ in parts), together, owner)
        if key not in self.known:
            cells = [cell(name, self.own) for _, name, _, _ in parts]
            composed = [
                self._composed(c, activation, *level)
                for c, (_, _, activation, _), level in zip(cells, parts, requested, strict=True)
            ]
            if together and any(composed):
                composed = [True] * len(composed)
            found = []
            for c, (part, _, activation, _), (level, own), yes in zip(cells, parts, requested, composed, strict=True):
                where = f"{owner}[{','.join(map(str, index))}].{part}" if own else c.name
                found.append(self._compose(c, activation, level, own, owner if together else where) if yes else None)
            self.known[key] = tuple(found)
        return self.known[key]

    def _level_of(self, owner: str, index: tuple[int, ...], part: str, name: str) -> tuple[str, bool]:
        """Return the level of a cell, and whether it was set for a place, which then applies to its primitives too."""
        for place in ((owner, index, part), (owner, index, "")):
            if place in self.here:
                return self.here[place], True
        if owner in self.types:
            return self.types[owner], True
        return self.types.get(name, self.level), False

    def _composed(self, made: Cell, activation: str, level: str, placed: bool) -> bool:
        if level != BEHAVIOURAL:
            return True
        if placed or not made.composes(activation) or not self.types:
            return False
        return any(piece.cell in self.types for piece in made.composition(activation).pieces)

    def _compose(self, made: Cell, activation: str, level: str, placed: bool, where: str) -> Composition | None:
        if not made.composes(activation):
            others = [a for a in COMPOSED_ACTIVATIONS if made.composes(a)]
            what = f"there is no {level} version of {made.name}"
            if activation and others:
                what += f" for activation {activation!r}, only for {' and '.join(others)}"
            self._note(
                (made.name, activation),
                what,
                "circuit.level",
                level,
                BEHAVIOURAL,
                remedies=(f"ideal:{where}", "ideal circuit"),
            )
            return None
        pieces = dict.fromkeys(piece.cell for piece in made.composition(activation).pieces)
        return Composition(level, tuple((name, level if placed else self.types.get(name, level)) for name in pieces))

    def _note(
        self,
        key: object,
        what: str,
        where: str,
        got: str = "",
        expected: str = "",
        hint: str = "",
        remedies: tuple[str, ...] = (),
    ) -> None:
        self.problems.setdefault(key, Problem(what, f"{self.source}: {where}", got, expected, hint, remedies))


def _part_names(placement: Placement, owner: str, index: tuple[int, ...]) -> list[str]:
    for plan in placement.neurons:
        if plan.population.name == owner:
            return [part for part, *_ in neuron_parts(plan, index[0], ())[0]]
    for plan in placement.synapses:
        if plan.projection.name == owner:
            return [part for part, *_ in synapse_parts(plan)[0]]
    return []
