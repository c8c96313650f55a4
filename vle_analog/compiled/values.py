"""Numbers of a circuit's parts for some samples: constants of every law, capacitors, fixed voltages.

A deviation is added to a parameter of a leaf, or is a relative change of a capacitor.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import sympy as sp

from vle_analog.compiled.branches import parameter
from vle_analog.compiled.numbers import function
from vle_analog.compiled.tables import Tables
from vle_analog.compiled.wiring import Capacitor, Wiring
from vle_analog.errors import InputError, Problem
from vle_analog.netlist.elements import Element

Key = tuple[str, str]
Deviations = Mapping[Key, np.ndarray]
EVERYWHERE = ("process", "c")  # all capacitors of a chip together


@dataclass(frozen=True, eq=False)
class Drawn:
    """Deviations of all samples as one array, shape (deviations, samples); `place`: which row is which."""

    samples: int
    place: Mapping[Key, int]
    numbers: np.ndarray

    def places(self, wanted: Iterable[tuple[Key, int]]) -> tuple[list[int], list[int]]:
        """Numbers of those that are there, and their rows."""
        found = [(number, self.place[key]) for key, number in wanted if key in self.place] if self.place else []
        return [number for number, _ in found], [row for _, row in found]

    def of(self, key: Key) -> np.ndarray | None:
        """One of them."""
        return self.numbers[self.place[key]] if key in self.place else None


NOMINAL = Drawn(1, {}, np.empty((0, 1)))


@dataclass(frozen=True, eq=False)
class Values:
    """Numbers of all samples.

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
        """Those of some samples."""
        constants = tuple(np.ascontiguousarray(part[:, :, index]) for part in self.constants)
        return Values(constants, self.farads, self.own[:, index], self.row, self.fixed[:, index])


class Table:
    """Formulas in the parameters of some elements: one value for every formula, element and sample."""

    def __init__(self, formulas: Sequence[sp.Expr], elements: Sequence[Element]):
        self.shape = (len(elements), len(formulas))
        used = {str(symbol) for formula in formulas for symbol in formula.free_symbols}
        names = [name for name in elements[0].parameters if str(parameter(name)) in used]
        self.nominal = {name: np.array([element.parameters[name] for element in elements])[:, None] for name in names}
        self.function = function(formulas, [str(parameter(name)) for name in names])
        self.rows = {name: [((element.name, name), k) for k, element in enumerate(elements)] for name in names}

    @property
    def keys(self) -> set[Key]:
        """Deviations that matter here."""
        return {key for known in self.rows.values() for key, _ in known}

    def __call__(self, drawn: Drawn, dtype: str = "float64") -> np.ndarray:
        """Shape (elements, formulas, samples)."""
        given = dict(self.nominal)
        for name, known in self.rows.items():
            rows, places = drawn.places(known)
            if rows:
                given[name] = np.repeat(given[name], drawn.samples, axis=1)
                given[name][rows] += drawn.numbers[places]
        result = np.empty((*self.shape, drawn.samples), dtype)
        with np.errstate(all="ignore"):  # what has no value spoils its own sample, and is found there
            for k, column in enumerate(self.function(*given.values())):
                result[:, k, :] = column
        return result


class Numbers:
    """What the numbers of a circuit are made from, prepared once."""

    def __init__(self, wiring: Wiring, dtype: str):
        self.wiring, self.dtype = wiring, dtype
        self.groups = [Table(group.law.constants, group.elements) for group in wiring.groups]
        same = [Table(group.law.same, group.elements) for group in wiring.groups]
        self.same = tuple(table(NOMINAL, dtype)[:, :, 0] for table in same)
        alike: dict[Hashable, list[int]] = {}
        for k, capacitor in enumerate(wiring.capacitors):
            alike.setdefault((capacitor.element.leaf.name, capacitor.branch.element), []).append(k)
        self.capacitors = [
            (members, Table([wiring.capacitors[members[0]].branch.value], _elements(wiring, members)))
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
        self.fixed = [Table([branch.value], [element]) for element, branch, _ in wiring.fixed]
        every = {(e.name, name) for group in wiring.groups for e in group.elements for name in e.parameters}
        self.known = {EVERYWHERE, *self.own, *every}
        for table in (*(table for _, table in self.capacitors), *self.fixed):
            self.known |= table.keys
        self.free = self.known if wiring.differing is None else self._free(wiring.differing, every)

    def _free(self, differing: frozenset[str], every: set[Key]) -> set[Key]:
        """What samples may differ by here; whoever wants other deviations needs other arrays."""
        inside = {key for key in every if key[1] in differing}
        inside -= {key for _, table in self.capacitors for key in table.keys}
        return {EVERYWHERE, *inside, *(key for key, k in self.own.items() if self.row[k] >= 0)}

    def drawn(self, deviations: Deviations, samples: int) -> Drawn:
        """Deviations that were checked.

        **Raises:** `InputError` for a deviation of what the circuit does not have, or of a wrong shape.
        """
        if unknown := [key for key in deviations if key not in self.known]:
            raise InputError(Problem(
                "a deviation of what the compiled circuit does not have", ".".join(map(str, unknown[0])),
                expected="a parameter of a primitive at macromodel level, c of a capacitor, or process.c",
            ))  # fmt: skip
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
        """The numbers of some samples."""
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
    """How a deviation calls a capacitor: the path of its cell, and its name without the letter."""
    return f"{capacitor.element.name}.{capacitor.branch.element[1:]}"


def _elements(wiring: Wiring, members: Iterable[int]) -> list[Element]:
    return [wiring.capacitors[k].element for k in members]
