"""The quantities of one kind of neuron: the voltage or current of every signal, units, and all numbers."""

# SymPy's own annotations are partial: what it returns is often typed wider than it is.
# pyright: reportArgumentType=false, reportCallIssue=false, reportOperatorIssue=false, reportReturnType=false

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import sympy as sp

from vle_analog.netlist.circuit import Circuit, Probe
from vle_analog.network import Network, Population
from vle_analog.proof import scale as sc
from vle_analog.proof.claims import Numbers, evaluated
from vle_analog.proof.compose import Composed, ComposedSystem, system
from vle_analog.proof.law import branch, change, voltage
from vle_analog.proof.wiring import TopInstance
from vle_analog.study import StudySpec
from vle_analog.theory import symbols as sy
from vle_analog.theory.local import gain_correction

AHEAD = sp.Symbol("ahead", positive=True)  # of the source of the target's slope
SYNAPTIC_INPUT = sp.Symbol("S_in", real=True)  # sum_j W_ij r_j, the input from synapses
RANDOM = (
    SYNAPTIC_INPUT,
    sy.feedback,
    sy.r,
    sy.slope,
    sy.y_star,
    sy.dy_star,
    sy.xi,
    sy.u,
    sy.v,
    sy.rbar,
    sy.b,
    sy.tau_m,
    sy.tau_r,
)
UNITS = {
    "u": sc.V_u,
    "U": sc.V_u,
    "rbar": sc.V_u,
    "v": sc.V_e,
    "h": sc.V_e,
    "B": sc.V_e,
    "e": sc.V_e,
    "b": sc.V_w,
    "tau_m": sc.V_t,
    "tau_r": sc.V_t,
}


@dataclass(frozen=True)
class NeuronKind:
    """Neurons of one population that are instances of one module, connected in the same way."""

    population: Population
    members: Sequence[int]
    composed: Composed
    site: TopInstance  # of the first of them

    @property
    def name(self) -> str:
        """The name of the module."""
        return self.composed.module.name


class Quantities:
    """Signals of the theory as quantities of the circuit, for one kind of neuron.

    **Arguments:** `start`: population -> kind of signal -> where the run starts, model units.
    """

    def __init__(self, kind: NeuronKind, spec: StudySpec, circuit: Circuit, start: Mapping[str, Mapping]):
        network = spec.network
        self.kind, self.network, self.circuit, self.pole = kind, network, circuit, spec.circuit.parasitic_pole
        self.start = start[kind.population.name]
        self.population, self.composed, self.site = kind.population, kind.composed, kind.site
        self.probes = {p.signal.kind: p for p in circuit.probes if str(p.signal) in self._signals()}
        self.learns = {
            "b": network.learns_bias(kind.population),
            "tau_m": network.learns_tau_m(kind.population),
            "tau_r": network.learns_tau_r(kind.population),
        }
        self.signal = self._definitions()
        self.known = self._known()

    def _wire(self) -> bool:
        return bool(np.all(self.population.wire[list(self.kind.members)]))

    def _equal(self) -> bool:
        """True where tau_r always equals tau_m in all of them, so that the laws hold for one symbol."""
        members = list(self.kind.members)
        if "tau_m" in self._cells():
            return False
        return self._wire() or bool(np.all(self.population.tau_m[members] == self.population.tau_r[members]))

    def _has_state(self) -> bool:
        return "u" in self.probes

    # -- the circuit's quantities -------------------------------------------------------------------------------

    def _signals(self) -> set[str]:
        k = self.kind.members[0]
        return {f"{self.population.name}.{kind}[{k}]" for kind in ("u", "U", "r", "v", "B", "e", "b", "tau_m", "tau_r")}

    def _cells(self) -> set[str]:
        """The ones of b, tau_m, tau_r that are voltages."""
        return {
            name
            for name, part in (("b", "bias"), ("tau_m", "tau_m"), ("tau_r", "tau_r"))
            if part in self.composed.cells
        }

    def _net(self, part: str, node: str) -> str:
        return self.composed.nets.get(part, {}).get(node, f"{part}.{node}")

    def _given(self, part: str, key: str) -> sp.Expr:
        return self.composed.given.get(part, {}).get(key, sp.Symbol(f"{part}_{key}"))

    def _stored(self, name: str) -> str:
        return self._net("bias", "w") if name == "b" else self._net(name, "t")

    def _filtered(self) -> bool:
        network = self.network
        return any(q.target == self.population.name and network.learns_feedback(q) for q in network.projections)

    def _at(self, probe: Probe) -> sp.Expr:
        """Return the voltage or the current of a probe."""
        *_, last = probe.path
        if len(probe.path) == 1:
            return voltage({"U": self.site.U, "e": self.site.e}.get(probe.signal.kind, last))
        if len(probe.path) == 2:
            return voltage(last)
        part = probe.path[1]
        if not probe.branch:
            return voltage(f"{part}.{last}")
        leaf = next(self.circuit.leaves[i.of] for i in self.composed.module.instances if i.name == part)
        source = next((line.split() for line in leaf.subcircuit.source if line.split()[0] == last), ["", last])
        return branch(f"{part}.{source[1]}")

    def _factor(self, probe: Probe) -> sp.Expr:
        """Return the model units per volt or ampere."""
        kind = probe.signal.kind
        if kind == "B":
            return 1 / (self._given("slope", "g") * sc.V_e) if probe.branch else 1 / sc.V_e
        if kind == "v":
            return self._given("error", "g") / (sc.g1 * sc.V_e)
        return 1 / UNITS[kind]

    def _derivative(self, kind: str) -> sp.Expr:
        probe = self.probes.get(kind)
        if probe is None:
            return sp.Symbol(f"no_{kind}")
        return sc.T * change(str(self._at(probe))[2:-1]) * self._factor(probe)

    def _definitions(self) -> dict[sp.Symbol, sp.Expr]:
        """Map symbols of the theory to quantities of the circuit; those of states and external signals stay symbols."""

        def read(kind: str) -> sp.Expr:
            probe = self.probes.get(kind)
            return sp.Symbol(f"no_{kind}") if probe is None else self._at(probe) * self._factor(probe)

        here = {sy.gamma: sy.gamma if self.network.gamma > 0 else sp.S.Zero}
        here |= {sy.U: read("U"), sy.B: read("B"), sy.e: read("e"), sy.h: voltage("h") / sc.V_e}
        if self._has_state():
            here[sy.du] = self._derivative("u")
        bias = sy.b if "b" in self._cells() else 0
        here[sy.S] = SYNAPTIC_INPUT + bias + (sy.xi if self.population.name in self.network.noise() else 0)
        return here

    def _system(self) -> ComposedSystem:
        """Return Kirchhoff's laws with input currents, sources and stored voltages."""
        composed, table = self.composed, {}
        arriving = {self.site.arrives: sc.g_s * sc.V_u * SYNAPTIC_INPUT, "h": sc.g_h * sc.V_e * sy.feedback}
        for port, source in self.site.sources.items():
            drives = sy.xi if source.stimulus != "target" else sy.y_star
            table[voltage(port)] = sc.V_u * (AHEAD * sy.dy_star if source.slope else drives)
        for kind, symbol in (("u", sy.u), ("v", sy.v)):
            if kind in self.probes:
                table[self._at(self.probes[kind])] = symbol / self._factor(self.probes[kind])
        for name, symbol, unit in (("b", sy.b, sc.V_w), ("tau_m", sy.tau_m, sc.V_t), ("tau_r", sy.tau_r, sc.V_t)):
            if name in self._cells():
                table[voltage(self._stored(name))] = symbol * unit
        if self._filtered():
            table[voltage(self._net("highpass", "rbar"))] = sc.V_u * sy.rbar
        for call in composed.currents.calls.values():
            if call.activation == self.population.activation:
                table[call.symbol] = {"phi": sy.r, "slope": sy.slope}.get(call.function, call.symbol)
        lines = {sc.g_s: self._line("membrane", "g_s"), sc.g_h: self._line("slope", "g_h")}
        return system(composed, table, self.site.sources, {port: e.subs(lines) for port, e in arriving.items()})

    # -- formulas and numbers -----------------------------------------------------------------------------------

    def _line(self, part: str, key: str) -> sp.Expr:
        if part not in self.composed.cells or key not in self.composed.cells[part].sizing:
            return sp.Symbol(f"no_{key}")
        return sc.line(self.composed, part, key, self.known)

    def _known(self) -> dict[str, sp.Expr]:
        """Return the quantities in formulas of sizes as symbols; for learned ones, the initial value."""
        stored = self._cells()
        slow = sc.tau_m_0 if "tau_m" in stored and self.learns["tau_m"] else sy.tau_m
        fast = sc.tau_r_0 if "tau_r" in stored and self.learns["tau_r"] else sy.tau_r
        known = {"tau_m": sc.T * slow, "tau_r": sc.T * (slow if self._equal() else fast)}
        known["b"] = sc.b_0 if self.learns["b"] else sy.b
        if self.network.gain_correction is None:
            known["correction"] = sp.S.One
        return known

    def numbers(self, at_random: bool = False) -> Numbers:
        """Return numbers for every symbol, one per member; signals are random, others those of circuit and network."""
        p, members, circuit, network = self.population, list(self.kind.members), self.circuit, self.network
        n = len(members)
        drawn = np.random.default_rng(0).uniform(0.3, 1.7, (len(RANDOM), n)) if at_random else np.ones((len(RANDOM), n))
        values: dict[sp.Symbol, np.ndarray] = dict(zip(RANDOM, drawn, strict=True))
        instances = {instance.name: instance for instance in circuit.top.instances}
        for key, default in self.composed.module.parameters.items():
            given = [instances[f"{p.name}_{k}"].parameters.get(key, default) for k in members]
            values[sp.Symbol(key, real=True)] = np.array(given, dtype=float)
        parameters = {
            **sc.unit_numbers(circuit),
            sy.beta: network.beta,
            sy.gamma: network.gamma,
            sc.eta_b: p.bias_eta,
            sc.eta_m: p.tau_m_eta,
            sc.eta_r: p.tau_r_eta,
            sc.tau_m_0: p.tau_m[members],
            sc.tau_r_0: p.tau_r[members],
            sc.b_0: p.bias[members],
            sc.tau_pole: self.pole,
            AHEAD: self._ahead(members),
        }
        parameters |= {symbol: self.start[key][members] for key, symbol in sc.START.items() if key in self.start}
        held = {sy.tau_m: ("tau_m", p.tau_m), sy.tau_r: ("tau_r", p.tau_r), sy.b: ("b", p.bias)}
        parameters |= {symbol: column[members] for symbol, (name, column) in held.items() if not self.learns[name]}
        if network.alignment is not None:
            parameters[sy.tau_highpass] = network.alignment.tau_highpass
        if network.gain_correction is not None:
            at = {sy.omega: network.gain_correction, sy.tau_m: p.tau_m[members], sy.tau_r: p.tau_r[members]}
            parameters[sy.correction] = evaluated(
                [gain_correction()], {k: np.broadcast_to(v, n) for k, v in at.items()}
            )[0]
        for kind in self.probes:
            by_name = {str(probe.signal): probe.scale for probe in circuit.probes}
            scales = [by_name.get(f"{p.name}.{kind}[{k}]", np.inf) for k in members]
            values[sp.Symbol(f"scale_{kind}")] = np.array(scales)
        values |= {symbol: np.broadcast_to(np.asarray(value, dtype=float), n) for symbol, value in parameters.items()}
        return values

    def _ahead(self, members: list[int]) -> np.ndarray:
        """Return the prospective time of the target, defined by the sources of its slope."""
        slopes = {(s.net, s.channel): s.slope for s in self.circuit.sources if s.slope}
        net = {port: source for port, source in self.site.sources.items() if source.slope}
        by_channel = {channel: slope for (_, channel), slope in slopes.items()}
        return np.array([by_channel.get(k, 0.0) if net else 0.0 for k in members])

    def lines(self) -> dict[str, np.ndarray]:
        """Return g_s and g_h of every member, with the circuit's numbers."""
        found = evaluated([self._line("membrane", "g_s"), self._line("slope", "g_h")], self.numbers())
        return {"g_s": found[0], "g_h": found[1]}


def kinds_of(
    network: Network, sites: Mapping[tuple[str, int], TopInstance], composed: Mapping[str, Composed]
) -> list[NeuronKind]:
    """Group neurons by module, ports and realisation (wire or not), population by population."""
    groups: dict[tuple, list[int]] = {}
    for population in network.populations:
        for k in range(population.size):
            site = sites[population.name, k]
            ports = (site.U, site.e, site.arrives, tuple((port, s.stimulus) for port, s in site.sources.items()))
            key = (population.name, site.instance.of, ports, bool(population.wire[k]))
            groups.setdefault(key, []).append(k)
    return [
        NeuronKind(network.population(name), members, composed[module], sites[name, members[0]])
        for (name, module, *_), members in groups.items()
        if module in composed
    ]
