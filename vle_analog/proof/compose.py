"""The composition of the laws of the cells in a module by Kirchhoff's current law.

States are the nets whose voltage is differentiated. Given states, what drives the ports and the values of the
activations, the equations are linear; those with a product of two unknowns (what learns from two signals) come last.
"""

# SymPy's own annotations are partial: what it returns is often typed wider than it is.
# pyright: reportArgumentType=false, reportCallIssue=false, reportOperatorIssue=false, reportReturnType=false

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import sympy as sp

from vle_analog.cells.library import Cell
from vle_analog.netlist.circuit import COMMON_PINS, Leaf, Module
from vle_analog.proof.law import Currents, Reader, change, exactly, law, voltage

POLE = "pole_"  # parts of this name are deliberate parasitics, whose capacitors are removed


@dataclass(frozen=True)
class Composed:
    """A module with the composed laws of its cells.

    **Arguments:**

    - `cells`: part -> cell. `nets`: part -> node -> net; inner nodes are `part.node`.
    - `given`: part -> parameter -> symbol of the module's parameter, or number.
    - `currents`: into every net; vanishing expressions; calls of activations. `whole`: the same with parasitic poles.
    """

    module: Module
    cells: Mapping[str, Cell]
    nets: Mapping[str, Mapping[str, str]]
    given: Mapping[str, Mapping[str, sp.Expr]]
    currents: Currents
    whole: Currents

    @property
    def ports(self) -> tuple[str, ...]:
        """The ports without the common ones."""
        return tuple(port for port in self.module.ports if port not in COMMON_PINS)

    @property
    def states(self) -> tuple[str, ...]:
        """The nets whose voltage is differentiated."""
        used = set().union(*(e.free_symbols for e in (*self.currents.into.values(), *self.currents.vanish.values())))
        inner = [net for nets in self.nets.values() for net in nets.values()]
        return tuple(net for net in dict.fromkeys(inner) if change(net) in used)


def compose(module: Module, leaves: Mapping[str, Leaf], find: Callable[[str], Cell]) -> Composed:
    """Collect the laws of all cells of a module at the nets of its instances.

    **Raises:** `InputError` naming file and key of a law that cannot be read.
    """
    currents, whole, cells, joined, parameters = Currents(), Currents(), {}, {}, {}
    for instance in module.instances:
        leaf = leaves[instance.of]
        cell = find(leaf.cell)
        nets = dict(zip(leaf.subcircuit.pins, instance.nets, strict=True))
        nets |= {node: f"{instance.name}.{node}" for node in cell.internal}
        given = {
            key: sp.Symbol(value, real=True) if isinstance(value, str) else exactly(value)
            for key in cell.parameters
            for value in (instance.parameters.get(key, cell.parameters[key].default),)
        }
        placed = given | {"c": sp.S.Zero} if instance.name.startswith(POLE) else given
        law(cell, Reader(instance.name, nets, placed, leaf.functions, currents.calls), currents)
        law(cell, Reader(instance.name, nets, given, leaf.functions, whole.calls), whole)
        cells[instance.name], joined[instance.name], parameters[instance.name] = cell, nets, given
    return Composed(module, cells, joined, parameters, currents, whole)


def loads(composed: Composed) -> dict[str, tuple[sp.Expr, sp.Expr]]:
    """Return the conductance and the capacitance of every net and inner node, including parasitic poles."""
    into = {**composed.whole.into, **{key: e for key, e in composed.whole.vanish.items() if "i(" not in key}}
    expanded = {net: sp.expand(current) for net, current in into.items()}
    return {net: (-e.coeff(voltage(net)), -e.coeff(change(net))) for net, e in expanded.items()}


@dataclass(frozen=True)
class ComposedSystem:
    """Equations with their unknowns: first `linear`, then `products`, whose other factors are then known.

    `fixed` contains expressions without unknowns, which must vanish: voltages that are held.
    """

    linear: tuple[sp.Expr, ...]
    unknowns: tuple[sp.Symbol, ...]
    products: tuple[sp.Expr, ...]
    last: tuple[sp.Symbol, ...]
    fixed: tuple[sp.Expr, ...]

    def substituted(self, table: Mapping[sp.Symbol, sp.Expr]) -> "ComposedSystem":
        """Substitute expressions for symbols."""
        linear, products, fixed = (
            tuple(e.xreplace(dict(table)) for e in part) for part in (self.linear, self.products, self.fixed)
        )
        return ComposedSystem(linear, self.unknowns, products, self.last, fixed)

    def solve(self) -> dict[sp.Symbol, sp.Expr] | None:
        """Solve for every unknown as a rational function of the given quantities; `None` without a unique solution."""
        found = _solved(self.linear, self.unknowns)
        if found is None:
            return None
        last = _solved(tuple(e.xreplace(found) for e in self.products), self.last)
        return None if last is None else found | last


def _solved(equations: tuple[sp.Expr, ...], unknowns: tuple[sp.Symbol, ...]) -> dict[sp.Symbol, sp.Expr] | None:
    if len(equations) != len(unknowns) or any(e.has(sp.zoo, sp.nan, sp.oo) for e in equations):
        return None
    if not unknowns:
        return {}
    solutions = sp.linsolve(equations, *unknowns)
    if not isinstance(solutions, sp.FiniteSet):
        return None
    values = solutions.args[0].args
    solution = dict(zip(unknowns, values, strict=True))
    free = set().union(*(value.free_symbols for value in values))
    return None if free & set(unknowns) else solution


def system(
    composed: Composed, table: Mapping[sp.Symbol, sp.Expr], driven: Iterable[str], arriving: Mapping[str, sp.Expr]
) -> ComposedSystem:
    """Write Kirchhoff's current law of every net without a source, and the other equations.

    **Arguments:**

    - `table`: expressions for known voltages: of states, of held nets, of `driven` nets.
    - `arriving`: port -> external current.

    **Returns:** the equations with their unknowns.
    """
    outside, states = {*driven, *COMMON_PINS}, set(composed.states)
    nets = list(dict.fromkeys(net for nets in composed.nets.values() for net in nets.values()))
    free = [net for net in nets if net not in outside]
    into = composed.currents.into
    equations = [into.get(net, sp.S.Zero) + arriving.get(net, sp.S.Zero) for net in free if not _inner(net)]
    equations += composed.currents.vanish.values()
    equations = [sp.sympify(equation).xreplace(dict(table)) for equation in equations]
    unknowns = [change(net) if net in states else voltage(net) for net in free]
    used = set().union(*(equation.free_symbols for equation in equations))
    unknowns = [s for s in unknowns if s not in table]
    unknowns += sorted((s for s in used if str(s).startswith("i(")), key=str)
    fixed = tuple(e for e in equations if e != 0 and not e.free_symbols & set(unknowns))
    moving = [e for e in equations if e not in fixed]
    linear = [equation for equation in moving if _is_linear(equation, unknowns)]
    products = [equation for equation in moving if equation not in linear]
    first = set().union(*(equation.free_symbols for equation in linear))
    last = [s for s in unknowns if s not in first and products]
    return ComposedSystem(
        tuple(linear), tuple(s for s in unknowns if s not in last), tuple(products), tuple(last), fixed
    )


def _inner(net: str) -> bool:
    return "." in net


def _is_linear(equation: sp.Expr, unknowns: list[sp.Symbol]) -> bool:
    poly = sp.Poly(equation, *unknowns)
    return poly.total_degree() <= 1
