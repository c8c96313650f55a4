"""The verification of the circuit of a study: cells, connections, and the equations of every neuron and synapse."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from vle_analog.cells.library import Cell, cell
from vle_analog.levels import BEHAVIOURAL
from vle_analog.netlist.circuit import Circuit
from vle_analog.network.stimuli import Stimulus
from vle_analog.proof.cells import prove_activations, prove_cells
from vle_analog.proof.compose import Composed, compose
from vle_analog.proof.errors import error_terms
from vle_analog.proof.neuron import Neuron
from vle_analog.proof.quantities import kinds_of
from vle_analog.proof.result import Proof, Statement
from vle_analog.proof.synapse import Synapse
from vle_analog.proof.wiring import Connections, wiring
from vle_analog.study import StudySpec

COMPOSED = (
    "cells made of primitives are proven with ideal primitives; the equations and the numbers are those of the same "
    "circuit of behavioural cells"
)


def verify(spec: StudySpec, circuit: Circuit, target: Stimulus) -> Proof:
    """Prove that the circuit's equations are those of the study.

    A circuit with composed cells is proven in two steps: each of them, with ideal primitives, has the law of its cell;
    and the same circuit of cells with these laws has the equations.

    **Raises:** `InputError` naming file and key of a law or a formula that cannot be read.
    """
    if all(leaf.level == BEHAVIOURAL for leaf in circuit.leaves.values()):
        return Verifier(spec, circuit, target).prove()
    from vle_analog.mapping import build_circuit

    ideal = replace(spec, circuit=replace(spec.circuit, level=BEHAVIOURAL, levels={}))
    proof = Verifier(ideal, build_circuit(ideal, target), target).prove()
    actual = Verifier(spec, circuit, target)
    found = [s for s in actual.cells() if s.name == "composition"] + actual.connections()
    statements = tuple(dict.fromkeys((*found, *(s for s in proof.statements if s not in found))))
    errors = error_terms(circuit, actual.find)
    notes = (*proof.notes, COMPOSED)
    return replace(proof, level=spec.circuit.level, statements=statements, notes=notes, errors=errors)


class Verifier:
    """The parts of a proof, each of which can be requested separately.

    **Arguments:** `find`: the cell of a name; by default from the library that the study names.
    """

    def __init__(self, spec: StudySpec, circuit: Circuit, target: Stimulus, find: Callable[[str], Cell] | None = None):
        own = Path(spec.circuit.cells) if spec.circuit.cells else None
        self.spec, self.circuit, self.target = spec, circuit, target
        self.find = find or partial(cell, own=own)
        self.lines: dict[tuple[str, int], dict[str, float]] = {}
        self.covers: dict[str, tuple[str, ...]] = {}

    def prove(self) -> Proof:
        """Prove all parts."""
        found = [*self.connections(), *self.cells(), *self.neurons(), *self.synapses()]
        notes = ()
        if self.spec.circuit.parasitic_pole > 0:
            notes = ("parasitic poles are left out: the circuit without them is proven, and their time constants",)
        return Proof(self.spec.name, self.spec.circuit.level, tuple(found), self.covers, notes)

    @cached_property
    def wiring(self) -> Connections:
        """The connections of the top module."""
        return wiring(self.circuit, self.spec.network, self.target)

    @cached_property
    def composed(self) -> Mapping[str, Composed]:
        """The modules below the top, by name."""
        modules = self.circuit.modules[:-1]
        return {module.name: compose(module, self.circuit.leaves, self.find) for module in modules}

    @cached_property
    def start(self) -> Mapping[str, Mapping[str, Any]]:
        """Initial states in model units, by population."""
        from vle_analog.ideal import start_values

        return start_values(self.spec.network, self.target)

    def connections(self) -> list[Statement]:
        """Check every connection of the top module."""
        joined = self.wiring
        count = f"{len(joined.neurons)} neurons and {len(joined.synapses)} synapses"
        text = f"{joined.connections} connections of {count} are those of the network"
        problems = "; ".join(joined.problems) or "0"
        return [Statement("network", "connections", text, rf"\text{{{text}}}", problems)]

    def cells(self, only: Collection[str] | None = None) -> list[Statement]:
        """Check every placed cell against its cards, and the text of every activation."""
        leaves = [leaf for leaf in self.circuit.leaves.values() if only is None or leaf.cell in only]
        return [*prove_cells(leaves, self.find), *prove_activations(leaves)]

    def neurons(self, only: Collection[str] | None = None, *, to_the_end: bool = True) -> list[Statement]:
        """Prove every kind of neuron; `only`: names of modules; otherwise up to the first false statement."""
        found: list[Statement] = []
        for kind in kinds_of(self.spec.network, self.wiring.neurons, self.composed):
            neuron = Neuron(kind, self.spec, self.circuit, self.start)
            name = kind.population.name
            for at, k in enumerate(kind.members):
                self.lines[name, k] = {key: float(column[at]) for key, column in neuron.lines().items()}
            if only is None or kind.name in only:
                found += neuron.prove(to_the_end=to_the_end)
                self.covers[kind.name] = (*self.covers.get(kind.name, ()), *(f"{name}[{k}]" for k in kind.members))
        return found

    def synapses(self, only: Collection[str] | None = None, *, to_the_end: bool = True) -> list[Statement]:
        """Prove the synapses of every projection after `neurons`, whose conductances are needed; `only`: names of
        modules."""
        found: list[Statement] = []
        for q in self.spec.network.projections:
            sites = {key[1:]: site for key, site in self.wiring.synapses.items() if key[0] == q.name}
            for module in dict.fromkeys(site.instance.of for site in sites.values()):
                if module in self.composed and (only is None or module in only):
                    members = [place for place, site in sites.items() if site.instance.of == module]
                    made = self.composed[module]
                    synapse = Synapse(q, members, made, self.spec.network, self.circuit, self.lines)
                    found += synapse.prove(to_the_end=to_the_end)
                    self.covers[module] = tuple(f"{q.name}[{i},{j}]" for i, j in members)
        return found
