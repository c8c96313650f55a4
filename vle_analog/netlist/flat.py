"""Pass 5, flatten: the circuit as one deck of plain cards with numbers in them, which ngspice runs fastest.

Two things differ from the hierarchical netlist, neither in the waveforms: cm is ground, and an activation that many
synapses apply to the same potential is computed once, on the node that probes the rate. Composed cells are expanded
into primitives, and macromodels into elements; other primitives stay subcircuits, defined at the top.
"""

from collections.abc import Mapping

from vle_analog.netlist.circuit import GROUND, Circuit, Leaf, Module, Probe
from vle_analog.netlist.deck import ONE_THREAD, Deck, Transient, number
from vle_analog.netlist.deviating import deviating, deviating_devices
from vle_analog.netlist.expression import ARGUMENT, activation_text
from vle_analog.netlist.inline import MACROMODEL, inlined
from vle_analog.netlist.leaf import leaf_cards
from vle_analog.netlist.rails import hold_card, rail_cards
from vle_analog.netlist.stimulus import break_cards, source_cards, source_files


def flat_deck(
    circuit: Circuit,
    options: Mapping[str, float | str],
    transient: Transient,
    *,
    share: bool = True,
    apart: bool = True,
) -> Deck:
    """Write the deck that is simulated.

    **Arguments:**

    - `share`: read shared activations from the rate nodes instead of computing them in every synapse.
    - `apart`: expand macromodels, too, instead of calling them as subcircuits.
    """
    rates = {rate.net: rate for rate in circuit.rates} if share else {}
    modules = {module.name: module for module in circuit.modules}
    compiled: dict[str, _Flat] = {}
    for module in circuit.modules[:-1]:
        compiled[module.name] = _compile(module, circuit.leaves)

    called = [leaf for leaf in circuit.leaves.values() if leaf.primitive and not (apart and leaf.level == MACROMODEL)]
    definitions = [card for leaf in called for card in leaf_cards(leaf)]
    cards = [*rail_cards(circuit), *([hold_card(circuit, transient)] if circuit.hold else []), *source_cards(circuit)]
    cards += break_cards(transient)
    for rate in circuit.rates:
        argument = f"V({rate.net})/{number(circuit.units.potential)}"
        cards.append(f"B{rate.node} {rate.node} {GROUND} V={_apply('phi', rate.activation, argument)}")
    for instance in circuit.top.instances:
        flat, module = compiled[instance.of], modules[instance.of]
        values = {**module.parameters, **instance.parameters}
        nets = {port: GROUND if net == "cm" else net for port, net in zip(module.ports, instance.nets, strict=True)}
        cards += flat.cards(instance.name, nets, values, rates)
    devices = circuit.devices
    if circuit.deviations:
        devices, cards = deviating_devices(circuit), deviating(circuit, cards)
    if apart:
        cards = inlined(circuit, cards)
    return Deck(
        circuit.name,
        (*devices, *definitions, *cards),
        options,
        transient,
        tuple(flat_vector(probe) for probe in circuit.probes),
        source_files(circuit, transient.stop),
        ONE_THREAD if devices else (),
    )


def flat_vector(probe: Probe) -> str:
    """Return the vector of the flat deck for a probe."""
    if probe.branch:
        *path, element = probe.path
        return f"{element[0]}.{'.'.join(path)}.{element[1:]}#branch".lower()
    return ".".join(probe.path).lower()


class _Flat:
    """A module expanded to the cards of its leaves, with nets and parameters of the module as placeholders."""

    def __init__(self, templates: list["_Template"], internal: tuple[str, ...]):
        self.templates, self.internal = templates, internal

    def cards(self, path: str, nets: Mapping[str, str], values: Mapping, rates: Mapping) -> list[str]:
        """Return the cards of one instance at `path`."""
        known = dict(nets) | {net: f"{path}.{net}" for net in self.internal}
        texts = {key: number(value) for key, value in values.items()}
        return [template.card(path, known, texts, rates) for template in self.templates]


class _Template:
    """One card of a module: its leaf's template with the leaf's nets and parameters renamed to the module's."""

    def __init__(self, part: str, template: str, nets: Mapping[str, str], given: Mapping[str, str], leaf: Leaf):
        self.part = part
        self.nets = tuple((f"n_{node}", net) for node, net in nets.items())
        self.given = tuple((f"p_{key}", value) for key, value in given.items())
        self.primitives = {f"c_{cell}": name for cell, name in leaf.primitives.items()}
        self.calls = [
            (f"f_{key}", call, leaf.functions[call.function], nets.get(call.node))
            for key, call in leaf.subcircuit.calls.items()
            if f"{{f_{key}}}" in template
        ]
        self.template = template

    def card(self, path: str, nets: Mapping[str, str], values: Mapping[str, str], rates: Mapping) -> str:
        fields = {node: nets[net] for node, net in self.nets}
        fields |= {key: values[value] for key, value in self.given}
        for key, call, activation, net in self.calls:
            rate = rates.get(nets[net]) if net is not None and call.function == "phi" else None
            if rate is not None and rate.activation == activation:
                fields[key] = f"V({rate.node})"
            else:
                fields[key] = _apply(call.function, activation, _grounded(call.argument).format_map(fields))
        return self.template.format(path=f".{path}.{self.part}.", **fields, **self.primitives)


def _compile(module: Module, leaves: Mapping[str, Leaf]) -> _Flat:
    templates: list[_Template] = []
    internal: list[str] = []
    for instance in module.instances:
        leaf = leaves[instance.of]
        inner = {node: f"{instance.name}.{node}" for node in leaf.subcircuit.internal}
        nets = dict(zip(leaf.subcircuit.pins, instance.nets, strict=True)) | inner
        internal += [net for net in nets.values() if net not in module.ports]
        given = {key: str(value) for key, value in instance.parameters.items()}
        templates += [
            _Template(instance.name, _grounded(card.template), nets, given, leaf) for card in leaf.subcircuit.cards
        ]
    return _Flat(templates, tuple(dict.fromkeys(internal)))


def _grounded(template: str) -> str:
    """Replace `V(x,cm)` by `V(x)`: in the flat deck cm is ground."""
    return template.replace(",{n_cm})", ")")


def _apply(function: str, activation: str, argument: str) -> str:
    return activation_text(function, activation).replace(ARGUMENT, argument)
