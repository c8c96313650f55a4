"""The netlist for people: one `.subckt` per cell, neuron and synapse, the network on top, the testbench apart."""

from collections.abc import Iterator, Mapping
from functools import partial

from vle_analog.netlist.circuit import GROUND, Circuit, Leaf, Module, Probe
from vle_analog.netlist.deck import Transient, number, option_card, save_name
from vle_analog.netlist.expression import ARGUMENT, activation_text
from vle_analog.netlist.stimulus import source_cards, source_files

WIDTH = 100
DUT = "dut"


def hierarchical_files(circuit: Circuit, options: Mapping[str, float | str], transient: Transient) -> dict[str, bytes]:
    """The files of the netlist by name: `NAME.cir`, `testbench.cir`, and data files of sampled stimuli."""
    return {
        f"{circuit.name}.cir": _text(network_lines(circuit)),
        "testbench.cir": _text(testbench_lines(circuit, options, transient)),
        **source_files(circuit, transient.stop),
    }


def network_lines(circuit: Circuit) -> Iterator[str]:
    """The network as nested subcircuits; no sources, no analysis."""
    units = circuit.units
    yield f"* {circuit.name}: a network of prospective neurons, behavioural cells for {circuit.process}"
    yield f"* 1 unit of model time = {number(units.time)} s; 1 unit of potential = {number(units.potential)} V, "
    yield f"* of weight = {number(units.weight)} V, of error = {number(units.error)} V. Signals are against cm."
    if units.tau > 0:
        yield f"* 1 unit of model time, as a time constant that is a voltage, = {number(units.tau)} V"
    yield "* behavioural cells draw nothing from vdd and vss; the pins are there for the cells that will"
    for title, blocks in (
        ("cells", (_leaf_lines(leaf) for leaf in circuit.leaves.values())),
        ("neurons and synapses", (_module_lines(module) for module in circuit.modules[:-1])),
        ("network", (_module_lines(circuit.top),)),
    ):
        yield from ("", f"* {'=' * 20} {title} {'=' * 20}")
        for block in blocks:
            yield ""
            yield from block


def testbench_lines(circuit: Circuit, options: Mapping[str, float | str], transient: Transient) -> Iterator[str]:
    """Supplies, stimuli, the device under test, probes and the analysis."""
    half = circuit.supply / 2
    yield f"* testbench of {circuit.name}; in this folder:"
    yield "*   ngspice testbench.cir                       then: run, and plot a vector of the .save lines below"
    yield "*   ngspice -b -r testbench.raw testbench.cir   the traces into a file"
    yield "*   ngspice -b testbench.cir                    the last values (.meas) only"
    yield f".include {circuit.name}.cir"
    yield ""
    yield "* supplies around the common reference of all signals"
    yield from (f"Vvdd vdd {GROUND} {number(half)}", f"Vvss vss {GROUND} {number(-half)}", f"Vcm cm {GROUND} 0")
    yield "Vhold hold vss 0"
    yield ""
    yield "* stimuli and targets"
    for card in source_cards(circuit):
        yield from wrap(card)
    yield ""
    yield "* the network"
    yield from wrap(f"X{DUT} {' '.join(circuit.top.ports)} {circuit.name}")
    yield ""
    yield "* rates, 1 V per unit"
    for rate in circuit.rates:
        argument = f"V({_net(circuit, rate.net)})/{number(circuit.units.potential)}"
        text = activation_text("phi", rate.activation).replace(ARGUMENT, argument)
        yield f"B{rate.node} {rate.node} {GROUND} V={text}"
    yield ""
    yield "* analysis"
    yield option_card(options)
    for probe in circuit.probes:
        yield f".save {save_name(hierarchical_vector(circuit, probe))}"
    yield transient.card()
    yield ""
    yield "* what was learned and what comes out, at the end (weights in volts, rates 1 V per unit)"
    at = number(transient.stop * (1 - 1e-6))
    for probe in filter(partial(_is_result, circuit), circuit.probes):
        name, vector = "_".join(["end", *probe.path]), hierarchical_vector(circuit, probe)
        yield f".meas tran {name} find v({vector}) at={at}"
    yield ".end"


def _is_result(circuit: Circuit, probe: Probe) -> bool:
    """All that learns, and the rates of the output population."""
    return probe.signal.kind in ("W", "b", "tau_m", "tau_r", "F") or (
        probe.signal.kind == "r" and f"{probe.path[0].removesuffix('_r')}_n" in circuit.top.ports
    )


def hierarchical_vector(circuit: Circuit, probe: Probe) -> str:
    """The vector of the testbench that a probe reads."""
    *path, last = probe.path
    if not path:
        return _net(circuit, last).lower()
    inside = ".".join([f"x{DUT}", *(f"x{step}" for step in path), last]).lower()
    return f"{last[0]}.{inside}#branch".lower() if probe.branch else inside


def _net(circuit: Circuit, net: str) -> str:
    """How the testbench calls a net of the top module."""
    outside = net in circuit.top.ports or any(rate.node == net for rate in circuit.rates)
    return net if outside else f"x{DUT}.{net}"


def _leaf_lines(leaf: Leaf) -> Iterator[str]:
    subcircuit = leaf.subcircuit
    yield f"* {leaf.equation}"
    yield from wrap(_header(leaf.name, subcircuit.pins, subcircuit.parameters))
    for card, source in zip(subcircuit.cards, subcircuit.source, strict=True):
        fields = {"path": ""}
        for key, call in subcircuit.calls.items():
            text = activation_text(call.function, leaf.functions[call.function])
            fields[f"f_{key}"] = text.replace(ARGUMENT, _plain(call.argument))
        yield _plain(card.template, fields) if subcircuit.calls else source
    yield f".ends {leaf.name}"


def _plain(template: str, fields: Mapping[str, str] | None = None) -> str:
    """A card's template with its own names for nodes and `{name}` for parameters."""

    class Names(dict):
        def __missing__(self, key: str) -> str:
            kind, _, name = key.partition("_")
            return f"{{{name}}}" if kind == "p" else name

    return template.format_map(Names(fields or {}))


def _module_lines(module: Module) -> Iterator[str]:
    for line in module.comment:
        yield f"* {line}"
    yield from wrap(_header(module.name, module.ports, module.parameters))
    for instance in module.instances:
        given = (
            f"{key}={{{value}}}" if isinstance(value, str) else f"{key}={number(value)}"
            for key, value in instance.parameters.items()
        )  # fmt: skip
        yield from wrap(" ".join([f"X{instance.name}", *instance.nets, instance.of, *given]))
    yield f".ends {module.name}"


def _header(name: str, pins: tuple[str, ...], parameters: Mapping[str, float]) -> str:
    defaults = [f"{key}={number(value)}" for key, value in parameters.items()]
    return " ".join([f".subckt {name}", *pins, *(["params:", *defaults] if defaults else [])])


def wrap(card: str) -> Iterator[str]:
    """A card over several lines of at most 100 columns, with `+`."""
    line = ""
    for word in card.split(" "):
        if line and len(line) + 1 + len(word) > WIDTH:
            yield line
            line = f"+ {word}"
        else:
            line = f"{line} {word}" if line else word
    yield line


def _text(lines: Iterator[str]) -> bytes:
    return ("\n".join(line.rstrip() for line in lines) + "\n").encode()
