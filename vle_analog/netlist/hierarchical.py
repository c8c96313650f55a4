"""The netlist for people: one `.subckt` per cell, neuron and synapse, the network on top, the testbench apart."""

from collections.abc import Iterator, Mapping
from functools import partial

from vle_analog.errors import InputError, Problem
from vle_analog.levels import LEVELS
from vle_analog.netlist.circuit import GROUND, Circuit, Leaf, Module, Probe
from vle_analog.netlist.deck import ONE_THREAD, Transient, command_cards, number, option_card, save_name
from vle_analog.netlist.expression import ARGUMENT, activation_text
from vle_analog.netlist.leaf import header, leaf_cards, wrap
from vle_analog.netlist.rails import hold_card, rail_cards
from vle_analog.netlist.stimulus import break_cards, source_cards, source_files

DUT = "dut"
DEVICES = "devices.cir"


def hierarchical_files(circuit: Circuit, options: Mapping[str, float | str], transient: Transient) -> dict[str, bytes]:
    """Write the files of the netlist by name.

    **Returns:** `NAME.cir`, `testbench.cir`, data files of sampled stimuli, and where there are transistors, the
    `devices.cir` of the process.

    **Raises:** `InputError` for a chip: its neurons and synapses are no longer copies of one another.
    """
    if circuit.deviations:
        raise InputError(
            Problem(
                "only the nominal circuit has a netlist of subcircuits: "
                "in a chip every instance deviates in its own way",
                circuit.name,
                got=f"deviations of {len(circuit.deviations)} devices",
                expected="none",
                hint="the deck of a chip is flat: study.deck(), or deck.cir of `vle-analog replay`",
            )
        )
    devices = {DEVICES: _text(_device_lines(circuit))} if circuit.devices else {}
    return {
        f"{circuit.name}.cir": _text(network_lines(circuit)),
        "testbench.cir": _text(testbench_lines(circuit, options, transient)),
        **devices,
        **source_files(circuit, transient.stop),
    }


def network_lines(circuit: Circuit) -> Iterator[str]:
    """Yield the network as nested subcircuits; no sources, no analysis."""
    units = circuit.units
    levels = circuit.levels
    what = f"{' and '.join(filter(None, (', '.join(levels[:-1]), levels[-1])))} cells"
    yield f"* {circuit.name}: a network of prospective neurons, {what} for {circuit.process}"
    yield f"* 1 unit of model time = {number(units.time)} s; 1 unit of potential = {number(units.potential)} V, "
    yield f"* of weight = {number(units.weight)} V, of error = {number(units.error)} V. Signals are against cm."
    if units.tau > 0:
        yield f"* 1 unit of model time, as a time constant that is a voltage, = {number(units.tau)} V"
    if circuit.weight_limit:
        full, scale = number(circuit.weight_limit), number(circuit.weight_limit * units.weight)
        yield f"* a weight that a multiplier reads is {full} tanh(v/{scale} V)"
    yield from _supply_lines(levels)
    if circuit.tuned:
        yield f"* bias currents and capacitors of its cells were corrected on a bench in {circuit.tuned}"
    if circuit.devices:
        yield f".include {DEVICES}"
    for title, blocks in (
        ("cells", (_leaf_lines(leaf) for leaf in circuit.leaves.values())),
        ("neurons and synapses", (_module_lines(module) for module in circuit.modules[:-1])),
        ("network", (_module_lines(circuit.top),)),
    ):
        yield from ("", f"* {'=' * 20} {title} {'=' * 20}")
        for block in blocks:
            yield ""
            yield from block


def _supply_lines(levels: tuple[str, ...]) -> Iterator[str]:
    """Yield comments on the parts that draw nothing from the supplies; empty where all of them do."""
    if levels == LEVELS[:1]:
        yield "* behavioural cells draw nothing from vdd and vss; the pins are there for the cells that will"
    elif levels[-1] != LEVELS[-1]:
        yield "* nothing here draws from vdd and vss: models take their currents from cm, and end where the rails are"
    elif len(levels) > 1:
        yield "* only transistors draw from vdd and vss"


def testbench_lines(circuit: Circuit, options: Mapping[str, float | str], transient: Transient) -> Iterator[str]:
    """Yield supplies, stimuli, the device under test, probes and the analysis."""
    yield f"* testbench of {circuit.name}; in this folder:"
    yield "*   ngspice testbench.cir                       then: run, and plot a vector of the .save lines below"
    yield "*   ngspice -b -r testbench.raw testbench.cir   the traces into a file"
    yield "*   ngspice -b testbench.cir                    the last values (.meas) only"
    yield f".include {circuit.name}.cir"
    yield ""
    yield "* supplies around the common reference of all signals"
    yield from (*rail_cards(circuit), f"Vcm cm {GROUND} 0")
    yield hold_card(circuit, transient)
    yield ""
    yield "* stimuli and targets"
    for card in source_cards(circuit, partial(_inside, circuit)):
        yield from wrap(card)
    if transient.breaks:
        yield "* time steps end at edges that are steeper than a step is long, and at samples that are closer"
    for card in break_cards(transient):
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
    yield from command_cards(ONE_THREAD if circuit.devices else ())
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


def _device_lines(circuit: Circuit) -> Iterator[str]:
    yield f"* transistors of {circuit.process}"
    yield from circuit.devices


def _is_result(circuit: Circuit, probe: Probe) -> bool:
    """True for parameters that learn, and the rates of the output population."""
    return probe.signal.kind in ("W", "b", "tau_m", "tau_r", "F") or (
        probe.signal.kind == "r" and f"{probe.path[0].removesuffix('_r')}_n" in circuit.top.ports
    )


def hierarchical_vector(circuit: Circuit, probe: Probe) -> str:
    """Return the vector of the testbench for a probe."""
    *path, last = probe.path
    if not path:
        return _net(circuit, last).lower()
    inside = ".".join([f"x{DUT}", *(f"x{step}" for step in path), last]).lower()
    return f"{last[0]}.{inside}#branch".lower() if probe.branch else inside


def _inside(circuit: Circuit, net: str) -> str:
    """Return the testbench's name of a net of the flat circuit."""
    *path, last = net.split(".")
    return ".".join([f"x{DUT}", *(f"x{step}" for step in path), last]) if path else _net(circuit, last)


def _net(circuit: Circuit, net: str) -> str:
    """Return the testbench's name of a net of the top module."""
    outside = net in circuit.top.ports or any(rate.node == net for rate in circuit.rates)
    return net if outside else f"x{DUT}.{net}"


def _leaf_lines(leaf: Leaf) -> Iterator[str]:
    yield f"* {leaf.equation}"
    for number_, card in enumerate(leaf_cards(leaf)):
        yield from wrap(card) if number_ == 0 or leaf.subcircuit.pieces else (card,)


def _module_lines(module: Module) -> Iterator[str]:
    for line in module.comment:
        yield f"* {line}"
    yield from wrap(header(module.name, module.ports, module.parameters))
    for instance in module.instances:
        given = (
            f"{key}={{{value}}}" if isinstance(value, str) else f"{key}={number(value)}"
            for key, value in instance.parameters.items()
        )
        yield from wrap(" ".join([f"X{instance.name}", *instance.nets, instance.of, *given]))
    yield f".ends {module.name}"


def _text(lines: Iterator[str]) -> bytes:
    return ("\n".join(line.rstrip() for line in lines) + "\n").encode()
