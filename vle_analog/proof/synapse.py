"""The claims about the synapses of one projection: their output currents, and the changes of their weights."""

# SymPy's own annotations are partial: what it returns is often typed wider than it is.
# pyright: reportArgumentType=false, reportCallIssue=false, reportOperatorIssue=false, reportReturnType=false

from collections.abc import Mapping, Sequence

import numpy as np
import sympy as sp

from vle_analog.netlist.circuit import Circuit
from vle_analog.network import Network, Projection
from vle_analog.proof import scale as sc
from vle_analog.proof.claims import Claim, Numbers, passive, statements
from vle_analog.proof.compose import Composed, ComposedSystem, system
from vle_analog.proof.law import change, voltage
from vle_analog.proof.result import Statement
from vle_analog.theory import fields as fi
from vle_analog.theory import laws
from vle_analog.theory import symbols as sy
from vle_analog.theory.step import Equation

RANDOM = (sy.U, sy.r, sy.e, sy.xi, sy.rhat, sy.W, sy.F)
DRIVEN = {"pre": sc.V_u * sy.U, "e": sc.V_e * sy.e, "x": sc.V_u * sy.xi, "a": sc.V_u * sy.rhat, "post": None, "h": None}
"""Ports of a synapse and the voltage on them; at `post` and `h` it does not matter."""


class Synapse:
    """The claims about the synapses of a projection, and their proof.

    **Arguments:** `members`: (row, column) of each. `lines`: (population, neuron) -> g_s and g_h of it, siemens.
    """

    def __init__(
        self,
        projection: Projection,
        members: Sequence[tuple[int, int]],
        composed: Composed,
        network: Network,
        circuit: Circuit,
        lines: Mapping[tuple[str, int], Mapping[str, float]],
    ):
        self.projection, self.composed, self.network, self.circuit = projection, composed, network, circuit
        self.members, self.lines = members, lines
        self.from_stimulus = network.is_stimulus(projection.source)
        self.activation = "linear" if self.from_stimulus else network.population(projection.source).activation
        self.learns = {"W": network.learns(projection), "F": network.learns_feedback(projection)}
        self.law = laws(network.rule)
        self.known = {"W": sc.W_0 if self.learns["W"] else sy.W, "F": sc.F_0 if self.learns["F"] else sy.F}

    def prove(self, *, to_the_end: bool = True) -> list[Statement]:
        """Prove all statements, or those up to the first that does not hold."""
        solved = self._system()
        claims = [*self._sent(), *self._learning(), *self._held(solved), *self._calls(), *self._readings()]
        formulas = sc.formulas(self.composed, self.known)
        name, numbers = self.composed.module.name, self._numbers()
        found = [passive(name, self.composed, formulas, numbers)]
        if not to_the_end and not found[0].holds:
            return found
        return found + statements(name, claims, solved, formulas, numbers, to_the_end=to_the_end)

    def _separate(self) -> bool:
        """True where the error returns through separate weights."""
        return self.projection.feedback_weights is not None and not self.from_stimulus

    def _net(self, part: str) -> str:
        """Return the net that carries a weight."""
        return self.composed.nets.get(part, {}).get("w", f"no {part}")

    def _into(self, port: str) -> sp.Expr:
        return sp.sympify(self.composed.currents.into.get(port, 0)).subs(self._table())

    def _sent(self) -> list[Claim]:
        """Claim the currents into the ports, in the unit of their target; none into ports that are only sensed."""
        forward = sy.W * sy.r
        claims = [Claim("S", self._into("post") / (sc.g_s * sc.V_u), forward, _contribution("S", "W", fi.i, fi.j))]
        if not self.from_stimulus:
            back = (sy.F if self._separate() else sy.W) * sy.e
            name = "F" if self._separate() else "W"
            claims.append(Claim("h", self._into("h") / (sc.g_h * sc.V_e), back, _contribution("h", name, fi.k, fi.i)))
        for port in self.composed.ports:
            if port not in ("post", "h") or (port == "h" and self.from_stimulus):
                current = self._into(port)
                if current != 0:
                    claims.append(Claim(port, current, sp.S.Zero, f"no current into {port}"))
        return claims

    def _learning(self) -> list[Claim]:
        claims = []
        laws = {"W": ("weight", self.law.weight, sc.eta_w), "F": ("feedback", self.law.feedback_weight, sc.eta_f)}
        for name, (part, right, eta) in laws.items():
            if self.learns[name]:
                moving = sc.T * change(self._net(part)) / sc.V_w
                claims.append(Claim(name, moving, right.subs(sy.eta, eta), _change_of(name, right)))
        return claims

    def _held(self, solved: ComposedSystem) -> list[Claim]:
        claims = []
        for part, name in (("weight", "W"), ("feedback", "F")):
            if part in self.composed.cells:
                stored = self.composed.given[part].get("w0", sp.Symbol(f"no_{part}")) / sc.V_w
                claims.append(
                    Claim(f"{name} at the start", stored, self.known[name], f"{name} starts as in the network")
                )
        for equation in solved.fixed:
            first, *rest = sp.Add.make_args(equation)
            claims.append(Claim("held", first, -sp.Add(*rest), "a voltage that is held is that of the network"))
        return claims

    def _calls(self) -> list[Claim]:
        claims = []
        for call in self.composed.currents.calls.values():
            what = f"{call.part} applies {call.function} of {self.activation} to U of the sender"
            claims.append(Claim(f"{call.function} in {call.part}", call.argument.subs(self._table()), sy.U, what))
            if (call.activation, call.function) != (self.activation, "phi"):
                claims.append(Claim(f"{call.function} in {call.part}", call.symbol, sp.S.Zero, what))
        return claims

    def _readings(self) -> list[Claim]:
        """Claim that varying weights are probed at their net, in their unit."""
        claims = []
        for probe in self.circuit.probes:
            if probe.signal.owner == self.projection.name and probe.signal.index == tuple(self.members[0]):
                part = "weight" if probe.signal.kind == "W" else "feedback"
                kind, at = probe.signal.kind, voltage(probe.path[-1])
                claims.append(
                    Claim(
                        f"{kind} as it is read",
                        sp.Symbol(f"scale_{kind}"),
                        1 / sc.V_w,
                        f"{kind} is read in its unit",
                        False,
                    )
                )
                claims.append(
                    Claim(
                        f"{kind} where it is read",
                        at,
                        voltage(self._net(part)),
                        f"{kind} is read at {part}",
                        counted=False,
                    )
                )
        return claims

    def _table(self) -> dict[sp.Symbol, sp.Expr]:
        table = {voltage(port): value for port, value in DRIVEN.items() if value is not None}
        table[voltage(self._net("weight"))] = sc.V_w * sy.W
        if self._separate():
            table[voltage(self._net("feedback"))] = sc.V_w * sy.F
        for call in self.composed.currents.calls.values():
            if (call.activation, call.function) == (self.activation, "phi"):
                table[call.symbol] = sy.r
        return table

    def _system(self) -> ComposedSystem:
        return system(self.composed, self._table(), DRIVEN, {})

    def _numbers(self) -> Numbers:
        q, circuit, network = self.projection, self.circuit, self.network
        n, rows, columns = len(self.members), *np.transpose(self.members)
        drawn = np.random.default_rng(0).uniform(0.3, 1.7, (len(RANDOM), n))
        values: dict[sp.Symbol, np.ndarray] = dict(zip(RANDOM, drawn, strict=True))
        instances = {instance.name: instance for instance in circuit.top.instances}
        here = [instances[f"{q.name}_{i}_{j}"] for i, j in self.members]
        for key, default in self.composed.module.parameters.items():
            values[sp.Symbol(key, real=True)] = np.array([float(i.parameters.get(key, default)) for i in here])
        weights = q.weights[rows, columns]
        feedback = np.ones(n) if q.feedback_weights is None else q.feedback_weights[rows, columns]
        parameters = {**sc.unit_numbers(circuit), sc.eta_w: q.eta, sc.W_0: weights, sc.F_0: feedback}
        moving = (("W", sy.W, weights), ("F", sy.F, feedback))
        parameters |= {symbol: numbers for name, symbol, numbers in moving if not self.learns[name]}
        parameters[sc.g_s] = [self.lines[q.target, i]["g_s"] for i, _ in self.members]
        if not self.from_stimulus:
            parameters[sc.g_h] = [self.lines[q.source, j]["g_h"] for _, j in self.members]
        if network.alignment is not None:
            parameters |= {sc.eta_f: network.alignment.eta, sy.decay: network.alignment.decay}
        for kind in ("W", "F"):
            probes = [p for p in circuit.probes if (p.signal.owner, p.signal.kind) == (q.name, kind)]
            scales = {p.signal.index: p.scale for p in probes}
            if scales:
                values[sp.Symbol(f"scale_{kind}")] = np.array([scales.get((i, j), np.inf) for i, j in self.members])
        for symbol, value in parameters.items():
            values[symbol] = np.broadcast_to(np.ravel(np.asarray(value, dtype=float)), n)
        return values


def _contribution(name: str, weight: str, post: sp.Expr, pre: sp.Expr) -> Equation:
    """Return one term of a sum over synapses."""
    signal = fi.signal("r" if name == "S" else "e", pre if name == "S" else post)
    return Equation(sp.Symbol(f"{name} of a synapse"), fi.parameter(weight, post, pre) * signal)


def _change_of(name: str, right: sp.Expr) -> Equation:
    table = {sy.F: fi.parameter("F", fi.k, fi.i), sy.W: fi.weight(fi.i, fi.j)}
    table |= {sy.rhat: fi.signal("rhat", fi.k), sy.r: fi.signal("r", fi.j)}
    left = fi.weight(fi.i, fi.j) if name == "W" else fi.parameter("F", fi.k, fi.i)
    return Equation(sp.Derivative(left, sy.t), fi.of_neuron(right.xreplace(table), fi.i))
