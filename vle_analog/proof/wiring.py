"""The connections of the top module: every synapse from the right source to the right target, errors in reverse.

Instances and ports are identified by name, nets by the probes of signals and by the sources, independently of the pass
that connected them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from vle_analog.netlist.circuit import COMMON_PINS, Circuit, Instance, Source
from vle_analog.network import Network, Population, Projection
from vle_analog.network.stimuli import Stimulus


@dataclass(frozen=True)
class TopInstance:
    """One neuron or one synapse in the top module.

    **Arguments:** `nets`: port -> net. `arrives`: port of a neuron at which currents of synapses arrive, or "".
    `sources`: port of a neuron -> its source.
    """

    instance: Instance
    nets: Mapping[str, str]
    U: str = ""
    e: str = ""
    arrives: str = ""
    sources: Mapping[str, Source] = field(default_factory=dict)


@dataclass(frozen=True)
class Connections:
    """The neurons `(population, k)`, the synapses `(projection, i, j)`, and the faults, one sentence each."""

    neurons: Mapping[tuple[str, int], TopInstance]
    synapses: Mapping[tuple[str, int, int], TopInstance]
    problems: tuple[str, ...]
    connections: int


def wiring(circuit: Circuit, network: Network, target: Stimulus) -> Connections:
    """Trace every connection of the top module and compare it with the network."""
    return _Tracer(circuit, network, target).trace()


class _Tracer:
    def __init__(self, circuit: Circuit, network: Network, target: Stimulus):
        self.circuit, self.network, self.target = circuit, network, target
        self.ports = {module.name: module.ports for module in circuit.modules}
        self.instances = {instance.name: instance for instance in circuit.top.instances}
        self.read = {str(p.signal): p.path[-1] for p in circuit.probes if len(p.path) == 1 and not p.branch}
        self.driven = {source.net: source for source in circuit.sources}
        self.problems: list[str] = []
        self.connections = 0

    def trace(self) -> Connections:
        neurons = {(p.name, k): self._neuron(p, k) for p in self.network.populations for k in range(p.size)}
        synapses = {}
        for q in self.network.projections:
            for i, j in ((i, j) for i in range(q.weights.shape[0]) for j in range(q.weights.shape[1])):
                synapses[q.name, i, j] = self._site(f"{q.name}_{i}_{j}")
                self._synapse(q, i, j, synapses[q.name, i, j], neurons)
        known = {site.instance.name for site in (*neurons.values(), *synapses.values())}
        self.problems += [f"{name} belongs to no neuron and no synapse" for name in self.instances if name not in known]
        self._apart(neurons)
        self._stimuli()
        return Connections(self._arrivals(neurons, synapses), synapses, tuple(self.problems), self.connections)

    def _site(self, name: str) -> TopInstance:
        instance = self.instances.get(name)
        if instance is None:
            self.problems.append(f"{name} is missing")
            return TopInstance(Instance(name, "", ()), {})
        nets = dict(zip(self.ports[instance.of], instance.nets, strict=True))
        for pin in COMMON_PINS:
            self._same(f"{name}.{pin}", nets.get(pin), pin)
        return TopInstance(instance, nets)

    def _same(self, what: str, got: str | None, expected: str | None) -> None:
        self.connections += 1
        if got is None or expected is None or got != expected:
            self.problems.append(f"{what} is on {got or 'no net'}, not on {expected or 'any net'}")

    def _neuron(self, p: Population, k: int) -> TopInstance:
        site = self._site(f"{p.name}_{k}")
        U, e = (self.read.get(f"{p.name}.{kind}[{k}]", "") for kind in ("U", "e"))
        on = {net: port for port, net in site.nets.items() if port not in COMMON_PINS}
        for kind, net in (("U", U), ("e", e)):
            if net not in on:
                self.problems.append(f"{p.name}.{kind}[{k}] is probed at {net or 'no net'}, no port of {p.name}_{k}")
        rates = [rate for rate in self.circuit.rates if rate.node == self.read.get(f"{p.name}.r[{k}]")]
        if [(rate.net, rate.activation) for rate in rates] != [(U, p.activation)]:
            self.problems.append(f"{p.name}.r[{k}] is not probed as {p.activation} of {p.name}.U[{k}]")
        sources = {port: self.driven[net] for net, port in on.items() if net in self.driven}
        for port, source in sources.items():
            if source.channel != k or source.stimulus not in self._may_drive(p):
                self.problems.append(f"{p.name}_{k}.{port} is driven by channel {source.channel} of {source.stimulus}")
        return TopInstance(site.instance, site.nets, on.get(U, ""), on.get(e, ""), "", sources)

    def _may_drive(self, p: Population) -> set[str]:
        """Return the names of the stimuli that may drive neurons of a population: their noise, and the target."""
        noise = self.network.noise().get(p.name)
        own = {name for name, made in self.circuit.stimuli.items() if noise is not None and made is noise}
        return own | ({"target"} if p.name == self.network.output else set())

    def _synapse(
        self, q: Projection, i: int, j: int, site: TopInstance, neurons: Mapping[tuple[str, int], TopInstance]
    ) -> None:
        here, post = f"{q.name}_{i}_{j}", neurons[q.target, i]
        pre = None if self.network.is_stimulus(q.source) else neurons[q.source, j]
        if pre is None:
            nets = [s.net for s in self.circuit.sources if (s.stimulus, s.channel, s.slope) == (q.source, j, 0.0)]
            self._same(f"{here}.pre", site.nets.get("pre"), nets[0] if len(nets) == 1 else None)
        else:
            self._same(f"{here}.pre", site.nets.get("pre"), pre.nets.get(pre.U))
        mine = {net for port, net in post.nets.items() if port not in COMMON_PINS}
        arrives = site.nets.get("post")
        self._same(f"{here}.post", arrives, arrives if arrives in mine else f"{q.target}_{i}")
        ends = {"e": post.nets.get(post.e), "a": post.nets.get("a")}
        if pre is not None:
            noise = [port for port, source in pre.sources.items() if source.stimulus != "target"]
            ends |= {"h": pre.nets.get("h"), "x": pre.nets.get(noise[0]) if len(noise) == 1 else None}
        for port in (port for port in site.nets if port not in ("pre", "post", *COMMON_PINS)):
            self._same(f"{here}.{port}", site.nets[port], ends.get(port))

    def _apart(self, neurons: Mapping[tuple[str, int], TopInstance]) -> None:
        """Check that no two ports of neurons share a net, except those driven by the same source."""
        owner: dict[str, str] = {}
        for (name, k), site in neurons.items():
            for port, net in site.nets.items():
                if port in COMMON_PINS or port in site.sources:
                    continue
                if net in owner or net in COMMON_PINS or net in self.driven:
                    self.problems.append(f"{name}_{k}.{port} shares {net} with {owner.get(net, 'a source')}")
                owner[net] = f"{name}_{k}.{port}"

    def _stimuli(self) -> None:
        expected = {**self.network.received_stimuli(), "target": self.target}
        for name, stimulus in expected.items():
            if self.circuit.stimuli.get(name) is not stimulus:
                self.problems.append(f"{name} is not the signal of the equations")

    def _arrivals(self, neurons, synapses) -> dict[tuple[str, int], TopInstance]:
        """Return the neurons with the port that receives the currents of synapses."""
        found: dict[tuple[str, int], set[str]] = {key: set() for key in neurons}
        for (name, i, _), site in synapses.items():
            post = next(q.target for q in self.network.projections if q.name == name), i
            ports = (port for port, net in neurons[post].nets.items() if net == site.nets.get("post"))
            found[post] |= {port for port in ports if port not in COMMON_PINS}
        for (name, k), ports in found.items():
            if len(ports) > 1:
                self.problems.append(f"currents arrive at several ports of {name}_{k}: {', '.join(sorted(ports))}")
        return {
            key: TopInstance(s.instance, s.nets, s.U, s.e, min(found[key], default=""), s.sources)
            for key, s in neurons.items()
        }
