"""The passes in their order: scale, place, size, assemble. (The fifth, flatten, makes the deck: netlist/flat.py.)

What no circuit can do is refused before the first.
"""

from vle_analog.cells.process import process
from vle_analog.ideal import start_values, survey
from vle_analog.mapping.alignment import noise
from vle_analog.mapping.assemble import Assembly
from vle_analog.mapping.place import place
from vle_analog.mapping.refuse import refuse
from vle_analog.mapping.scale import scale
from vle_analog.mapping.size import size
from vle_analog.netlist.circuit import Circuit
from vle_analog.network import StudySpec, Traces
from vle_analog.network.stimuli import Stimulus


def build_circuit(spec: StudySpec, target: Stimulus, seen: Traces | None = None) -> Circuit:
    """The circuit of a study.

    **Arguments:**

    - `target`: what the output population is taught, a teacher already solved.
    - `seen`: a survey of the run, if there is one.

    **Raises:** `InputError` where the study asks for what no circuit can do or does not fit the process, or a cell
    lacks the level asked for.
    """
    refuse(spec)
    technology = process(spec.circuit.process)
    technology.check_corner(spec.circuit.corner)
    network = spec.network
    poles = tuple(spec.circuit.parasitic_nodes) if spec.circuit.parasitic_pole > 0 else ()

    units, headroom = scale(spec, seen or survey(network, target, spec.duration), target, technology)
    placement = place(network)
    start = start_values(network, target)
    sizes = size(network, placement, units, technology, spec.circuit.parasitic_pole, poles, start)
    made = Assembly(network, placement, sizes, units, spec.circuit.level, poles).build(spec.name)

    return Circuit(
        name=made.modules[-1].name,
        process=technology.name,
        units=units,
        supply=spec.circuit.supply or technology.supply,
        temperature=technology.temperature if spec.circuit.temperature is None else spec.circuit.temperature,
        leaves=made.leaves,
        modules=tuple(made.modules),
        sources=tuple(made.sources),
        stimuli={**network.heard(), "target": target, **{name: samples for name, _, samples in noise(network)}},
        rates=tuple(made.rates),
        probes=tuple(made.probes),
        headroom=headroom,
        conductance=sizes.conductance,
    )
