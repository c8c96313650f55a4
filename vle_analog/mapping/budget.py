"""Supply current, power and area of the neurons and synapses that are made of devices."""

from dataclasses import dataclass
from pathlib import Path

from vle_analog.cells.fitted import fitted
from vle_analog.levels import BEHAVIOURAL
from vle_analog.netlist.circuit import Circuit
from vle_analog.netlist.placed import placed, placed_capacitors
from vle_analog.process.process import process


@dataclass(frozen=True)
class Budget:
    """The mean cost of all neurons, or synapses, of one kind; behavioural cells in them count as zero.

    **Arguments:**

    - `name`: of the kind's subcircuit. `number`: of its instances.
    - `current`: A from vdd, bias lines included; `power`: W. `gates`, `capacitors`: drawn area, m^2.
    - `area`: chip area, m^2, with the process' overhead for wires and wells.
    """

    name: str
    number: int
    current: float
    power: float
    gates: float
    capacitors: float
    area: float


def budget(circuit: Circuit, library: Path | None = None) -> tuple[Budget, ...]:
    """Compute the cost of every kind of neuron and synapse with devices in it, in the order of the netlist.

    Supply current and gate area of a primitive are characterised, for its units and for what they share; a capacitor
    has the area of its plate.

    **Arguments:** `library`: the user's own cells.

    **Returns:** one `Budget` per kind.

    **Raises:** `InputError` where a primitive was not characterised on the process.
    """
    made = process(circuit.process)
    kinds = {outer.name: outer.of for outer in circuit.top.instances}
    members = {kind: [name for name, of in kinds.items() if of == kind] for kind in dict.fromkeys(kinds.values())}
    currents, gates = dict.fromkeys(kinds, 0.0), dict.fromkeys(kinds, 0.0)
    composed: set[str] = set()
    for primitive in placed(circuit):
        outer, values = primitive.path[0], primitive.parameters
        composed.add(kinds[outer])
        if primitive.level != BEHAVIOURAL and "ib" in values:  # a switch has no bias current and a negligible area
            sizing = fitted(primitive.cell, circuit.process, library).sizing
            currents[outer] += sizing.supply_current(values["ib"], values["k"])
            gates[outer] += values.get("s", 1.0) ** 2 * sizing.drawn_area(values["k"])
    plates = dict.fromkeys(kinds, 0.0)
    for path, capacitance in placed_capacitors(circuit):
        plates[path[0]] += made.plates.area(capacitance)
    found = []
    for kind, names in members.items():
        if kind not in composed:
            continue
        count = len(names)
        current, gate = (sum(column[name] for name in names) / count for column in (currents, gates))
        capacitor = sum(plates[name] for name in names) / count
        found.append(
            Budget(
                kind, count, current, current * circuit.supply, gate, capacitor, made.area_overhead * (gate + capacitor)
            )
        )
    return tuple(found)
