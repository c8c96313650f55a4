"""The noise currents of a circuit as additive terms of the equations, for the same path, in model units.

Kirchhoff's current law of a node with the noise as an additional current, solved for the signal of the node.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from vle_analog.netlist.circuit import Circuit, Probe
from vle_analog.netlist.elements import elements
from vle_analog.network import Network, Signal
from vle_analog.network.disturbance import Disturbance, Disturbed

# node of a cell -> what its current is added to, and the conductance that turns it into that, or the capacitor that it
# charges, by the names in a composed cell (added up) and in a behavioural one; B is read as a current
_ROLES: Mapping[tuple[str, str], tuple[Disturbed, tuple[str, ...]]] = {
    ("membrane_wire", "n"): ("S", ("load_gm", "g")),
    ("membrane_lead", "n"): ("S", ("load_gm", "g")),
    ("membrane_lead", "u"): ("u", ("c",)),
    ("membrane_sum", "s"): ("S", ("load_gm", "g")),
    ("membrane_sum", "u"): ("u", ("c",)),
    ("membrane_sum", "n"): ("U", ("follow_gm", "g")),
    ("slope", "h"): ("h", ("load_gm", "gh")),
    ("error_wire", "b"): ("B", ()),
    ("error_wire", "e"): ("e", ("load_gm", "g")),
    ("error_lead", "b"): ("B", ()),
    ("error_lead", "e"): ("e", ("load_gm", "g")),
    ("error_lead", "v"): ("v", ("c",)),
    ("error_lag", "b"): ("B", ()),
    ("error_lag", "e"): ("e", ("load_gm + lag_gm", "g")),
    ("error_lag", "v"): ("v", ("c",)),
    ("error_follow", "b"): ("B", ()),
    ("error_follow", "e"): ("e", ("load_gm", "g")),
    ("error_follow", "v"): ("v", ("c",)),
    ("weight", "w"): ("W", ("c",)),
}


def disturbed(network: Network, circuit: Circuit) -> tuple[Network, tuple[str, ...]]:
    """Return the network with the noise of a circuit in its equations, and the nets whose noise has no place in them.

    Gains and capacitors have their nominal values; other non-idealities of the circuit are not in the equations.
    """
    noise = circuit.noise
    if noise is None:
        return network, ()
    places = _places(circuit)
    added: dict[tuple[Disturbed, str], np.ndarray] = {}
    for net, current in zip(noise.nets, noise.currents.values.T, strict=True):
        if net in places:
            kind, signal, gain = places[net]
            sizes = _size(network, kind, signal.owner)
            if (kind, signal.owner) not in added:
                added[kind, signal.owner] = np.zeros((len(current), int(np.prod(sizes))))
            added[kind, signal.owner][:, int(np.ravel_multi_index(signal.index, sizes))] += gain * current
    left = tuple(net for net in noise.nets if net not in places)
    return replace(network, disturbance=Disturbance(noise.currents.times, added)), left


def _size(network: Network, kind: Disturbed, owner: str) -> tuple[int, ...]:
    if kind == "W":
        return next(q.weights.shape for q in network.projections if q.name == owner)
    return (network.population(owner).size,)


Place = tuple[Disturbed, Signal, float]
"""The disturbed quantity, its owner, and model units per ampere."""


def _places(circuit: Circuit) -> dict[str, Place]:
    """Return the place in the equations of every net of the flat circuit that has one."""
    at_net = {".".join(probe.path): probe for probe in circuit.probes if not probe.branch}
    currents = {probe.path[0]: probe for probe in circuit.probes if probe.branch and probe.signal.kind == "B"}
    places: dict[str, Place] = {}
    for element in elements(circuit):
        for node, net in element.nets.items():
            if (element.cell, node) in _ROLES:
                kind, names = _ROLES[element.cell, node]
                sizes = (_sum(element.parameters, name) for name in names)
                size = next((value for value in sizes if value is not None), 1.0)
                found = _place(circuit, kind, size, at_net.get(net), currents.get(element.path[0]))
                places |= {} if found is None else {net: found}
    return places


def _place(circuit: Circuit, kind: Disturbed, size: float, probe: Probe | None, current: Probe | None) -> Place | None:
    """`size`: siemens or farads. `probe`: of the net. `current`: of B in the neuron that the net is part of."""
    units = circuit.units
    if kind in ("u", "v", "W"):
        if probe is None or probe.signal.kind not in ("u", "v", "W", "b"):
            return None
        return "b" if probe.signal.kind == "b" else kind, probe.signal, probe.scale * units.time / size
    if current is None:
        return None
    per_volt = {"S": 1 / units.potential, "U": 1 / units.potential, "h": 1 / units.error, "e": 1 / units.error}
    return kind, current.signal, current.scale if kind == "B" else per_volt[kind] / size


def _sum(values: Mapping[str, float], names: str) -> float | None:
    """Sum the parameters with these names; `None` where one is missing."""
    found = [values.get(name) for name in names.split(" + ")]
    return None if None in found else sum(value for value in found if value is not None)


def unit_of_nets(circuit: Circuit) -> dict[str, tuple[str, float]]:
    """Return, by net, the kind of its signal in the equations and its volts per unit."""
    units = circuit.units
    volts = {"S": units.potential, "U": units.potential, "u": units.potential, "W": units.weight, "b": units.weight}
    return {net: (kind, volts.get(kind, units.error)) for net, (kind, _, _) in _places(circuit).items()}
