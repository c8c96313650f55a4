"""Pass 4, assemble: one module per kind of neuron and per projection, and the network that instantiates them."""

from collections.abc import Sequence

import numpy as np

from vle_analog.levels import BEHAVIOURAL
from vle_analog.mapping.alignment import noise
from vle_analog.mapping.bias import Context, composed_values
from vle_analog.mapping.leaves import Leaves
from vle_analog.mapping.levels import Levels, Made
from vle_analog.mapping.parts import Parts, neuron_parts, synapse_parts
from vle_analog.mapping.place import NeuronPlan, Placement, SynapsePlan
from vle_analog.mapping.size import Sizes, Values
from vle_analog.netlist.circuit import COMMON_PINS, Instance, Module, Probe, Rate, Source, Units
from vle_analog.netlist.deck import number
from vle_analog.network import Network, Signal
from vle_analog.process.process import Process
from vle_analog.study.names import why_not

RESERVED_NAMES = ("testbench", "devices")  # names of the files beside the network's


class Assembly:
    """The modules, leaves, probes and rates of a network, collected by `build`.

    **Arguments:** `limit`: largest weight of composed synapses, in model units. The others are results of earlier
    passes.
    """

    def __init__(
        self,
        network: Network,
        placement: Placement,
        sizes: Sizes,
        units: Units,
        levels: Levels,
        poles: Sequence[str],
        leaves: Leaves,
        technology: Process,
        limit: float,
    ):
        self.network, self.placement, self.sizes, self.units = network, placement, sizes, units
        self.levels, self.poles, self.leaves, self.technology, self.limit = levels, poles, leaves, technology, limit
        self.modules: list[Module] = []
        self.probes: list[Probe] = []
        self.rates: list[Rate] = []
        self.sources: list[Source] = []

    def build(self, name: str) -> "Assembly":
        """Assemble all modules, and return this object with `modules`, `probes`, `rates` and `sources` filled.

        **Arguments:** `name`: of the top module; `_network` is appended where another file or module has the name
        already.
        """
        instances: list[Instance] = []
        for plan in self.placement.neurons:
            instances += self._neurons(plan)
        for plan in self.placement.synapses:
            instances += self._synapses(plan)
        for stimulus, signal in self.network.received_stimuli().items():
            self.sources += [Source(f"{stimulus}_{k}", stimulus, k) for k in range(signal.size)]
        output = self.network.population(self.network.output)
        self.sources += [Source(f"target_{k}", "target", k) for k in range(output.size)]
        if self.placement.neuron(output.name).ahead:
            slopes = enumerate(output.tau_m.tolist())
            self.sources += [Source(_net(output.name, k, "l"), "target", k, slope) for k, slope in slopes]
        for stimulus, population, _ in noise(self.network):
            size = self.network.population(population).size
            self.sources += [Source(f"{population}_{k}_x", stimulus, k) for k in range(size)]
        ports = (*(s.net for s in self.sources), *(f"{output.name}_{k}_n" for k in range(output.size)), *COMMON_PINS)
        if (
            name in RESERVED_NAMES
            or why_not(name)
            or name in {*self.leaves.made, *(module.name for module in self.modules)}
        ):
            name = f"{name}_network"
        comment = tuple(_sentence(plan) for plan in (*self.placement.neurons, *self.placement.synapses))
        self.modules.append(Module(name, ports, {}, tuple(instances), comment))
        return self

    # -- neurons ----------------------------------------------------------------------------------------------

    def _neurons(self, plan: NeuronPlan) -> list[Instance]:
        population, values = plan.population, self.sizes.neurons[plan.population.name]
        kinds = list(zip(plan.membrane, plan.error, self.levels.neurons[population.name], strict=True))
        instances: list[Instance] = []
        modules: dict[tuple[str, str, Made], tuple[Module, Values]] = {}
        names = _kind_names(list(dict.fromkeys(kinds)))
        for kind, name in names.items():
            members = [k for k in range(population.size) if kinds[k] == kind]
            modules[kind] = self._neuron_module(plan, values, members, name, kind[2])
        for k in range(population.size):
            module, known = modules[kinds[k]]
            nets = tuple(_net(population.name, k, port) for port in module.ports)
            instances.append(_instance(f"{population.name}_{k}", module, nets, known, k))
            self._probe_neuron(plan, k, values)
        return instances

    def _neuron_module(
        self, plan: NeuronPlan, values: Values, members: list[int], kind: str, made: Made
    ) -> tuple[Module, Values]:
        parts, ports = neuron_parts(plan, members[0], self.poles)
        name = f"{plan.population.name}_neuron" + (f"_{kind}" if kind else "")
        owner = plan.population.name
        return self._module(name, ports, parts, values, members, owner, f"a neuron of {owner}", made, 0.0)

    def _probe_neuron(self, plan: NeuronPlan, k: int, values: Values) -> None:
        owner, units = plan.population.name, self.units
        here = f"{owner}_{k}"

        def add(kind: str, path: tuple[str, ...], scale: float, branch: bool = False) -> None:
            self.probes.append(Probe(Signal(owner, kind, (k,)), path, scale, branch))

        if plan.membrane[k] != "membrane_wire":
            add("u", (here, "membrane", "u"), 1 / units.potential)
        add("U", (f"{here}_n",), 1 / units.potential)
        self.rates.append(Rate(f"{here}_r", f"{here}_n", plan.population.activation))
        add("r", (f"{here}_r",), 1.0)
        if plan.error[k] in ("error_lead", "error_lag", "error_follow", "error_plastic"):
            gain = (
                self.sizes.conductance * self.sizes.conductance_ratio / float(values["error", "g"][k])
            )  # of the error, and of this state with it
            add("v", (here, "error", "v"), 1 / (gain * units.error))
        if plan.stored:
            add("B", (here, "b"), 1 / units.error)
        else:
            add("B", (here, "error", "Vb"), 1 / (float(values["slope", "g"][k]) * units.error), branch=True)
        add("e", (f"{here}_e",), 1 / units.error)
        if plan.bias == "weight":
            add("b", (here, "w"), 1 / units.weight)
        if plan.tau_m == "time_constant":
            add("tau_m", (here, "tm"), 1 / units.tau)
        if plan.tau_r == "time_constant":
            add("tau_r", (here, "tr"), 1 / units.tau)

    # -- synapses ---------------------------------------------------------------------------------------------

    def _synapses(self, plan: SynapsePlan) -> list[Instance]:
        projection, values = plan.projection, self.sizes.synapses[plan.projection.name]
        parts, ports = synapse_parts(plan)
        flat = {key: np.ravel(value) for key, value in values.items()}
        rows, columns = projection.weights.shape
        usual, others = self.levels.synapses[projection.name]
        made_of = [others.get((k // columns, k % columns), usual) for k in range(rows * columns)]
        modules: dict[Made, tuple[Module, Values]] = {}
        for made, kind in _labels(list(dict.fromkeys(made_of))).items():
            name, members = f"{projection.name}_synapse" + (f"_{kind}" if kind else ""), []
            members = [k for k in range(rows * columns) if made_of[k] == made]
            limit = self.limit if any(made) else 0.0
            what = f"a synapse of {projection.name}"
            modules[made] = self._module(name, ports, parts, flat, members, projection.name, what, made, limit)
        target = self.placement.neuron(projection.target)
        instances = []
        for row in range(rows):
            for column in range(columns):
                pre = f"{projection.source}_{column}"
                nets = {
                    "pre": f"{pre}_n" if plan.backward else pre,
                    "post": f"{projection.target}_{row}_{target.arrives(row)}",
                    "e": f"{projection.target}_{row}_e",
                    "h": f"{pre}_h",
                    "x": f"{pre}_x",
                    "a": f"{projection.target}_{row}_a",
                }
                here = f"{projection.name}_{row}_{column}"
                made = made_of[row * columns + column]
                module, known = modules[made]
                connected = tuple(nets.get(port, port) for port in module.ports)
                instances.append(_instance(here, module, connected, known, row * columns + column))
                for kind, moves, net in (("W", plan.learns, "w"), ("F", plan.aligns, "f")):
                    if moves:
                        signal = Signal(projection.name, kind, (row, column))
                        bound = self.limit if any(made) else 0.0
                        self.probes.append(Probe(signal, (here, net), 1 / self.units.weight, bound=bound))
        return instances

    # -- shared -----------------------------------------------------------------------------------------------

    def _module(
        self,
        name: str,
        ports: tuple[str, ...],
        parts: Parts,
        values: Values,
        members: list[int],
        owner: str,
        what: str,
        made: Made,
        limit: float,
    ) -> tuple[Module, Values]:
        """Return a module with one parameter per parameter of its parts, and the values of all of them.

        A parameter's default is the value of the first member.
        """
        instances, parameters, equations = [], {}, []
        known = dict(values)
        context = Context(self.technology, self.units, limit, owner)
        inside = {key: column[members] for key, column in values.items()}
        for (part, cell_name, activation, nets), composition in zip(parts, made, strict=True):
            leaf = self.leaves.network_cell(cell_name, activation, composition)
            if composition is not None:
                cell = self.leaves.cell(cell_name)
                found = composed_values(cell, activation, part, inside, len(members), context)
                for parameter, column in found.items():
                    known[part, parameter] = _spread(column, members, len(next(iter(values.values()))))
            given = {}
            for parameter in leaf.subcircuit.parameters:
                given[parameter] = f"{part}_{parameter}"
                parameters[f"{part}_{parameter}"] = float(known[part, parameter][members[0]])
            instances.append(Instance(part, leaf.name, (*nets, *COMMON_PINS), given))
            equations.append(f"{part}: {leaf.equation}")
        module = Module(name, ports, parameters, tuple(instances), (what, *equations))
        self.modules.append(module)
        return module, known


def _spread(column: np.ndarray, members: list[int], size: int) -> np.ndarray:
    whole = np.zeros(size)
    whole[members] = column
    return whole


def _kind_names(kinds: list[tuple[str, str, Made]]) -> dict[tuple[str, str, Made], str]:
    """Name the kinds of neurons by the cells and levels in which they differ; empty where there is one kind."""
    if len(kinds) == 1:
        return {kinds[0]: ""}
    cells, found = list(dict.fromkeys(kind[:2] for kind in kinds)), {}
    for membrane, error in cells:
        levels = _labels([made for *names, made in kinds if tuple(names) == (membrane, error)])
        kind = membrane.removeprefix("membrane_")
        kind += "" if error.endswith("wire") == membrane.endswith("wire") else "_" + error
        for made, level in levels.items():
            found[membrane, error, made] = "_".join(filter(None, [kind if len(cells) > 1 else "", level]))
    return {kind: found[kind] for kind in kinds}


def _labels(made: list[Made]) -> dict[Made, str]:
    """Name the compositions of neurons or synapses; empty where all are alike."""
    if len(made) == 1:
        return {made[0]: ""}
    found: dict[Made, str] = {}
    for kind in made:
        levels = dict.fromkeys(part.level for part in kind if part is not None)
        label = "_".join(levels) or BEHAVIOURAL
        again = sum(name == label or name.startswith(f"{label}_") for name in found.values())
        found[kind] = f"{label}_{again}" if again else label
    return found


def _instance(name: str, module: Module, nets: Sequence[str], values: Values, k: int) -> Instance:
    """Return an instance with those parameters that differ from the module's defaults."""
    parameters: dict[str, float | str] = {}
    for (part, parameter), column in values.items():
        key = f"{part}_{parameter}"
        if key in module.parameters and number(value := float(column[k])) != number(module.parameters[key]):
            parameters[key] = value
    return Instance(name, module.name, tuple(nets), parameters)


def _net(owner: str, k: int, port: str) -> str:
    if port in COMMON_PINS:
        return port
    return f"target_{k}" if port == "t" else f"{owner}_{k}_{port}"


def _sentence(plan: NeuronPlan | SynapsePlan) -> str:
    if isinstance(plan, NeuronPlan):
        return f"{plan.population.name}: {plan.population.size} neurons, {plan.population.activation}"
    projection, kind = plan.projection, "learning" if plan.learns else "fixed"
    rows, columns = projection.weights.shape
    return f"{projection.name}: {rows} x {columns} synapses from {projection.source} to {projection.target}, {kind}"
