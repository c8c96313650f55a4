"""The passes in their order: scale, place, size, assemble. (The fifth, flatten, makes the deck: netlist/flat.py.)"""

from vle_analog.cells.process import process
from vle_analog.ideal import start_values, survey
from vle_analog.mapping.assemble import Assembly
from vle_analog.mapping.place import place
from vle_analog.mapping.scale import scale
from vle_analog.mapping.size import size
from vle_analog.netlist.circuit import Circuit
from vle_analog.network import StudySpec
from vle_analog.network.stimuli import Stimulus


def build_circuit(spec: StudySpec, target: Stimulus) -> Circuit:
    """The circuit of a study.

    **Arguments:**

    - `target`: what the output population is taught, a teacher already solved.

    **Raises:** `InputError` where the study does not fit the process, or a cell lacks the level asked for.
    """
    technology = process(spec.circuit.process)
    technology.check_corner(spec.circuit.corner)
    network, pole = spec.network, spec.circuit.parasitic_pole

    units, headroom = scale(spec, survey(network, target, spec.duration), target, technology)
    placement = place(network)
    sizes = size(network, placement, units, technology, pole, start_values(network, target))
    made = Assembly(network, placement, sizes, units, spec.circuit.level, pole > 0).build(spec.name)

    return Circuit(
        name=made.modules[-1].name,
        process=technology.name,
        units=units,
        supply=spec.circuit.supply or technology.supply,
        temperature=technology.temperature if spec.circuit.temperature is None else spec.circuit.temperature,
        leaves=made.leaves,
        modules=tuple(made.modules),
        sources=tuple(made.sources),
        stimuli={**network.heard(), "target": target},
        rates=tuple(made.rates),
        probes=tuple(made.probes),
        headroom=headroom,
        conductance=sizes.conductance,
    )
