"""The leaves of a circuit: every cell, once per level and composition."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

from vle_analog.cells.drawn import drawn
from vle_analog.cells.fitted import fitted, fitted_file
from vle_analog.cells.library import Cell, cell
from vle_analog.cells.nonideal import KINDS, kept
from vle_analog.levels import BEHAVIOURAL, MACROMODEL, TRANSISTOR
from vle_analog.mapping.levels import Composition
from vle_analog.netlist.circuit import Card, Leaf, Subcircuit

SCALE = "s"  # parameter of a primitive: of the widths and lengths of its devices
CLAMP = 1e-4  # S, holds a behavioural cell at its start value: far above any conductance of a cell


class Leaves:
    """The leaves made so far, primitives before the cells composed of them.

    **Arguments:**

    - `process`: whose characterised numbers macromodels have. `own`: the user's library.
    - `nonidealities`: kinds of deviations that macromodels have.
    - `scale`: factor of all widths and lengths of devices, which then are rounded to `grid`, metres.
    - `held`: whether the run begins with a hold, during which cells that store a value are clamped to it.
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
        """Return a cell of the library; the user's own cells override the shipped ones."""
        return cell(name, self.own)

    def network_cell(self, name: str, activation: str, composition: Composition | None) -> Leaf:
        """Return the leaf of a network cell: behavioural, or composed of primitives."""
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
        """Return the leaf of a primitive; the defaults of a macromodel are the numbers characterised on the process."""
        leaf_name = f"{name}_{level}"
        if leaf_name not in self.made:
            made = self.cell(name)
            subcircuit = made.subcircuit(level)
            if level == MACROMODEL and self._measured(made):
                numbers = fitted(name, self.process, self.own).macromodel
                numbers = kept(numbers, self.nonidealities)
                subcircuit = replace(subcircuit, parameters=_with(subcircuit.parameters, numbers))
            if level == TRANSISTOR and self.scale != 1:  # unscaled devices are on the grid as drawn
                subcircuit = drawn(subcircuit, self.grid)
            if SCALE in subcircuit.parameters:
                subcircuit = replace(subcircuit, parameters={**subcircuit.parameters, SCALE: self.scale})
            self.made[leaf_name] = Leaf(leaf_name, name, level, subcircuit, {}, made.equation, primitive=True)
        return self.made[leaf_name]

    def _measured(self, made: Cell) -> bool:
        """True where a macromodel has measured numbers: required with a gain, optional otherwise (a switch)."""
        return bool(made.gain) or fitted_file(made.name, self.process, self.own).is_file()

    def _clamped(self, made: Cell, subcircuit: Subcircuit) -> Subcircuit:
        """Return the subcircuit with a conductance that clamps every stored value to its start while hold is high."""
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
