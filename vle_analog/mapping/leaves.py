"""The leaves of a circuit: every cell, at every level it is used at, once."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

from vle_analog.cells.drawn import drawn
from vle_analog.cells.fitted import fitted, fitted_file
from vle_analog.cells.library import Cell, cell
from vle_analog.cells.nonideal import KINDS, kept
from vle_analog.mapping.levels import Composition
from vle_analog.netlist.circuit import Card, Leaf, Subcircuit
from vle_analog.network.levels import BEHAVIOURAL, MACROMODEL, TRANSISTOR

SCALE = "s"  # parameter of a primitive: of the widths and lengths of its devices
CLAMP = 1e-4  # siemens, by which a behavioural cell is held at its start value: far above any conductance of a cell


class Leaves:
    """Makes leaves and remembers them, those that others are made of first.

    **Arguments:**

    - `process`: whose characterised numbers macromodels take. `own`: the user's library.
    - `nonidealities`: kinds of deviations that macromodels have.
    - `scale`: of all widths and lengths of devices, which then are rounded to `grid`, metres.
    - `held`: whether the run begins with a hold, for which cells that store a value are held at it.
    """

    def __init__(
        self,
        process: str,
        own: Path | None,
        *,
        held: bool,
        nonidealities: Collection[str] = tuple(KINDS),
        scale: float = 1.0,
        grid: float,
    ):
        self.process, self.own, self.held = process, own, held
        self.nonidealities, self.scale, self.grid = nonidealities, scale, grid
        self.made: dict[str, Leaf] = {}

    def cell(self, name: str) -> Cell:
        """A cell of the library, the user's own before the shipped one."""
        return cell(name, self.own)

    def take(self, name: str, activation: str, composition: Composition | None) -> Leaf:
        """The leaf of a network cell: behavioural, or composed of primitives."""
        base = f"{name}_{activation}" if activation else name
        leaf_name = base if composition is None else f"{base}_{composition.label}"
        if leaf_name not in self.made:
            made = self.cell(name)
            if composition is None:
                functions = dict.fromkeys(made.functions, activation)
                given = self._clamped(made, made.subcircuit(BEHAVIOURAL))
                self.made[leaf_name] = Leaf(leaf_name, name, BEHAVIOURAL, given, functions, made.equation)
            else:
                primitives = {piece: self.primitive(piece, level).name for piece, level in composition.primitives}
                self.made[leaf_name] = Leaf(
                    leaf_name, name, composition.level, made.composition(activation), {}, made.equation, primitives
                )
        return self.made[leaf_name]

    def primitive(self, name: str, level: str) -> Leaf:
        """The leaf of a primitive; a macromodel has the process' numbers as its defaults."""
        leaf_name = f"{name}_{level}"
        if leaf_name not in self.made:
            made = self.cell(name)
            subcircuit = made.subcircuit(level)
            if level == MACROMODEL and self._measured(made):
                numbers = fitted(name, self.process, self.own).macromodel
                numbers = kept(numbers, self.nonidealities)
                subcircuit = replace(subcircuit, parameters=_with(subcircuit.parameters, numbers))
            if level == TRANSISTOR and self.scale != 1:  # as they are, they are drawn on the grid by whoever made them
                subcircuit = drawn(subcircuit, self.grid)
            if SCALE in subcircuit.parameters:
                subcircuit = replace(subcircuit, parameters={**subcircuit.parameters, SCALE: self.scale})
            self.made[leaf_name] = Leaf(leaf_name, name, level, subcircuit, {}, made.equation, primitive=True)
        return self.made[leaf_name]

    def _measured(self, made: Cell) -> bool:
        """Whether a macromodel takes measured numbers: one with a gain must, others (a switch) where there are any."""
        return bool(made.gain) or fitted_file(made.name, self.process, self.own).is_file()

    def _clamped(self, made: Cell, subcircuit: Subcircuit) -> Subcircuit:
        """With a conductance that holds every stored value at its start, as long as hold is high."""
        if not self.held or not made.start:
            return subcircuit
        cards, source = list(subcircuit.cards), list(subcircuit.source)
        for node, start in made.start.items():
            source.append(f"Bhold_{node} {node} cm I=V(hold,vss)/V(vdd,vss)*(V({node},cm)-{{{start}}}) m={CLAMP:g}")
            share, across = "V({n_hold},{n_vss})/V({n_vdd},{n_vss})", f"V({{n_{node}}},{{n_cm}})"
            value = f"I={share}*({across}-{{p_{start}}}) m={CLAMP:g}"
            cards.append(Card(f"Bhold_{node}", f"B{{path}}hold_{node} {{n_{node}}} {{n_cm}} {value}", len(cards)))
        return replace(subcircuit, cards=tuple(cards), source=tuple(source))


def _with(parameters: Mapping[str, float], numbers: Mapping[str, float]) -> dict[str, float]:
    return {key: float(numbers.get(key, value)) for key, value in parameters.items()}
