"""The numbers of a circuit's parts for some samples: constants of every law, capacitors, fixed voltages.

A deviation is added to a parameter of a leaf, or is a relative change of a capacitor.
"""

# SymPy's own annotations are partial: what it returns is often typed wider than it is.
# pyright: reportArgumentType=false
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
import sympy as sp

from vle_analog.errors import InputError, Problem
from vle_analog.fastsim.branches import parameter
from vle_analog.fastsim.wiring import Capacitor, CircuitWiring
from vle_analog.netlist.elements import Element


class Tables:
    """The arrays shared by all runs of a circuit.

    **Arguments:**

    - `farads`: of all capacitors, nominal. `row`: of every one its row among those by which samples differ, or -1.

    `masses`, `drives`: rows of capacitors by which samples differ, for every such entry of a matrix (with `signs`) and
    every such current from a driven net. `arrays`: pattern, driven rows, drives, couplings, gauges and
    masses.
    """

    def __init__(self, wiring: CircuitWiring, farads: np.ndarray, row: np.ndarray, dtype: str):
        masses = [entry for entry in wiring.masses if row[entry[3]] >= 0]
        drives = [entry for entry in wiring.drives if row[entry[2]] >= 0]
        self.masses, self.drives = row[[entry[3] for entry in masses]], row[[entry[2] for entry in drives]]
        self.signs = np.array([entry[4] for entry in masses]).reshape(-1, 1)
        fixed = {entry[:3]: 0.0 for entry in wiring.masses if row[entry[3]] < 0}
        for *place, k, sign in wiring.masses:
            if row[k] < 0:
                fixed[place[0], place[1], place[2]] += sign * farads[k]
        given = {entry[:2]: 0.0 for entry in wiring.drives if row[entry[2]] < 0}
        for into, outside, k in wiring.drives:
            if row[k] < 0:
                given[into, outside] += farads[k]
        shape = wiring.pattern
        self.arrays = (
            (shape.first, shape.middle, shape.last, shape.columns),
            np.array([wiring.rows[net] for net in wiring.driven], np.uint64),
            (*_columns([entry[:2] for entry in drives], 2), *_columns([*given], 2), np.array([*given.values()], dtype)),
            tuple(part.astype(np.uint64) for part in wiring.couplings),
            tuple(part.astype(np.uint64) for part in wiring.gauges),
            (*_columns([entry[:3] for entry in masses], 3), *_columns([*fixed], 3), np.array([*fixed.values()], dtype)),
        )
        self.groups = [
            tuple(
                table.astype(np.uint64) for table in (group.pins, group.rows, group.places, group.meters, group.gauges)
            )
            for group in wiring.groups
        ]


def _columns(entries: Sequence[tuple[int, ...]], width: int) -> tuple[np.ndarray, ...]:
    return tuple(np.array(entries, np.uint64).reshape(-1, width).T.copy())


def _largest(parts: Sequence[Any], axis: int) -> Any:  # noqa: ARG001 - as NumPy's own is called
    return reduce(np.maximum, parts)


def _smallest(parts: Sequence[Any], axis: int) -> Any:  # noqa: ARG001
    return reduce(np.minimum, parts)


EXTREMES = {"amax": _largest, "amin": _smallest}  # NumPy's functions require parts of one shape


def function(formulas: Sequence[sp.Expr], names: Sequence[str]) -> Callable[..., list[Any]]:
    """Return a function that computes all formulas from numbers or broadcasting arrays, in the order of `names`."""
    symbols = [sp.Symbol(name, real=True) for name in names]
    return sp.lambdify(symbols, list(formulas), modules=[EXTREMES, "numpy"], cse=True)


Key = tuple[str, str]
Deviations = Mapping[Key, np.ndarray]
EVERYWHERE = ("process", "c")  # all capacitors of a chip together


@dataclass(frozen=True, eq=False)
class Drawn:
    """The deviations of all samples as one array, shape (deviations, samples); `place`: row by key."""

    samples: int
    place: Mapping[Key, int]
    numbers: np.ndarray

    def places(self, wanted: Iterable[tuple[Key, int]]) -> tuple[list[int], list[int]]:
        """Return the positions of the existing keys, and their rows."""
        found = [(number, self.place[key]) for key, number in wanted if key in self.place] if self.place else []
        return [number for number, _ in found], [row for _, row in found]

    def of(self, key: Key) -> np.ndarray | None:
        """Return one deviation; `None` where it does not exist."""
        return self.numbers[self.place[key]] if key in self.place else None


NOMINAL = Drawn(1, {}, np.empty((0, 1)))


@dataclass(frozen=True, eq=False)
class Values:
    """The numbers of all samples.

    **Arguments:**

    - `constants`: per group those of the law by which samples differ, shape (instances, constants, samples).
    - `farads`: nominal ones of all capacitors, (capacitors,). `own`: those by which samples differ, (capacitors,
      samples); `row`: which of these rows belongs to a capacitor, or -1.
    - `fixed`: volts of nets that sources fix, (nets, samples).
    """

    constants: tuple[np.ndarray, ...]
    farads: np.ndarray
    own: np.ndarray
    row: np.ndarray
    fixed: np.ndarray

    def part(self, index: np.ndarray) -> "Values":
        """Return the values of some samples."""
        constants = tuple(np.ascontiguousarray(part[:, :, index]) for part in self.constants)
        return Values(constants, self.farads, self.own[:, index], self.row, self.fixed[:, index])


class FormulaTable:
    """A table of formulas in the parameters of some elements: one value per formula, element and sample."""

    def __init__(self, formulas: Sequence[sp.Expr], elements: Sequence[Element]):
        self.shape = (len(elements), len(formulas))
        used = {str(symbol) for formula in formulas for symbol in formula.free_symbols}
        names = [name for name in elements[0].parameters if str(parameter(name)) in used]
        self.nominal = {name: np.array([element.parameters[name] for element in elements])[:, None] for name in names}
        self.function = function(formulas, [str(parameter(name)) for name in names])
        self.rows = {name: [((element.name, name), k) for k, element in enumerate(elements)] for name in names}

    @property
    def keys(self) -> set[Key]:
        """The deviations that affect this table."""
        return {key for known in self.rows.values() for key, _ in known}

    def __call__(self, drawn: Drawn, dtype: str = "float64") -> np.ndarray:
        """Evaluate the formulas, shape (elements, formulas, samples)."""
        given = dict(self.nominal)
        for name, known in self.rows.items():
            rows, places = drawn.places(known)
            if rows:
                given[name] = np.repeat(given[name], drawn.samples, axis=1)
                given[name][rows] += drawn.numbers[places]
        result = np.empty((*self.shape, drawn.samples), dtype)
        with np.errstate(all="ignore"):  # an undefined value affects its own sample only, and is detected there
            for k, column in enumerate(self.function(*given.values())):
                result[:, k, :] = column
        return result


class Numbers:
    """The prepared formulas of the numbers of a circuit."""

    def __init__(self, wiring: CircuitWiring, dtype: str):
        self.wiring, self.dtype = wiring, dtype
        self.groups = [FormulaTable(group.law.constants, group.elements) for group in wiring.groups]
        same = [FormulaTable(group.law.same, group.elements) for group in wiring.groups]
        self.same = tuple(np.ascontiguousarray(table(NOMINAL, dtype)[:, :, 0]) for table in same)
        alike: dict[Hashable, list[int]] = {}
        for k, capacitor in enumerate(wiring.capacitors):
            alike.setdefault((capacitor.element.leaf.name, capacitor.branch.element), []).append(k)
        self.capacitors = [
            (members, FormulaTable([wiring.capacitors[members[0]].branch.value], _elements(wiring, members)))
            for members in alike.values()
        ]
        self.farads = np.empty(len(wiring.capacitors))
        for members, table in self.capacitors:
            self.farads[members] = table(NOMINAL)[:, 0, 0]
        self.row = np.full(len(wiring.capacitors), -1)
        varying = [k for k, capacitor in enumerate(wiring.capacitors) if wiring.varies(capacitor)]
        self.row[varying] = np.arange(len(varying))
        self.varying = np.array(varying, int)
        self.tables = Tables(wiring, self.farads, self.row, dtype)
        self.plain = np.array([not wiring.capacitors[k].element.leaf.primitive for k in varying], bool)
        self.own = {(own_path(capacitor), "c"): k for k, capacitor in enumerate(wiring.capacitors)}
        self.fixed = [FormulaTable([branch.value], [element]) for element, branch, _ in wiring.fixed]
        every = {(e.name, name) for group in wiring.groups for e in group.elements for name in e.parameters}
        self.known = {EVERYWHERE, *self.own, *every}
        for table in (*(table for _, table in self.capacitors), *self.fixed):
            self.known |= table.keys
        self.free = self.known if wiring.differing is None else self._free(wiring.differing, every)

    def _free(self, differing: frozenset[str], every: set[Key]) -> set[Key]:
        """Return the parameters that can be individual here; others need other arrays."""
        inside = {key for key in every if key[1] in differing}
        inside -= {key for _, table in self.capacitors for key in table.keys}
        return {EVERYWHERE, *inside, *(key for key, k in self.own.items() if self.row[k] >= 0)}

    def drawn(self, deviations: Deviations, samples: int) -> Drawn:
        """Check deviations and collect them.

        **Raises:** `InputError` for a deviation of an unknown part, or of a wrong shape.
        """
        if unknown := [key for key in deviations if key not in self.known]:
            raise InputError(
                Problem(
                    "the compiled circuit has no such parameter",
                    ".".join(map(str, unknown[0])),
                    expected="a parameter of a primitive at macromodel level, c of a capacitor, or process.c",
                )
            )
        numbers = np.empty((len(deviations), samples))
        for k, (key, value) in enumerate(deviations.items()):
            if np.shape(value) != (samples,):
                raise _unfit(key, f"shape {np.shape(value)}", samples)
            numbers[k] = value
        place = {key: k for k, key in enumerate(deviations)}
        if not np.isfinite(numbers).all():
            bad = int(np.argmin(np.isfinite(numbers).all(axis=1)))
            raise _unfit(list(place)[bad], "infinite ones", samples)
        return Drawn(samples, place, numbers)

    def values(self, drawn: Drawn) -> Values:
        """Compute the numbers of some samples."""
        farads = np.repeat(self.farads[self.varying, None], drawn.samples, axis=1)
        if self.wiring.differing is None:
            for members, table in self.capacitors:
                farads[self.row[members]] = table(drawn)[:, 0]
        together = drawn.of(EVERYWHERE)
        if together is not None:
            farads[self.plain] *= 1.0 + together
        numbers, places = drawn.places(self.own.items())
        farads[self.row[numbers]] *= 1.0 + drawn.numbers[places]
        fixed = np.array([table(drawn)[0, 0] for table in self.fixed]).reshape(-1, drawn.samples)
        constants = tuple(table(drawn, self.dtype) for table in self.groups)
        return Values(constants, self.farads, farads, self.row, fixed)


def _unfit(key: Key, got: str, samples: int) -> InputError:
    expected = f"finite, shape ({samples},)"
    return InputError(Problem("a deviation needs a number for every sample", ".".join(key), got, expected))


def own_path(capacitor: Capacitor) -> str:
    """Return the name of a capacitor in deviations: the path of its cell, and its name without the letter."""
    return f"{capacitor.element.name}.{capacitor.branch.element[1:]}"


def _elements(wiring: CircuitWiring, members: Iterable[int]) -> list[Element]:
    return [wiring.capacitors[k].element for k in members]
