"""The claims about one kind of neuron: its composed equations against the laws of theory for this study."""

# SymPy's own annotations are partial: what it returns is often typed wider than it is.
# pyright: reportArgumentType=false, reportCallIssue=false, reportOperatorIssue=false, reportReturnType=false

from collections.abc import Mapping

import sympy as sp

from vle_analog.netlist.circuit import Circuit
from vle_analog.proof import scale as sc
from vle_analog.proof.claims import Claim, passive, statements
from vle_analog.proof.compose import POLE, ComposedSystem, loads
from vle_analog.proof.law import change, voltage
from vle_analog.proof.quantities import AHEAD, UNITS, NeuronKind, Quantities
from vle_analog.proof.result import Statement
from vle_analog.study import StudySpec
from vle_analog.theory import fields as fi
from vle_analog.theory import laws
from vle_analog.theory import symbols as sy
from vle_analog.theory.laws import Laws
from vle_analog.theory.step import Equation


class Neuron(Quantities):
    """The claims about one kind of neuron, and their proof."""

    def __init__(self, kind: NeuronKind, spec: StudySpec, circuit: Circuit, start: Mapping[str, Mapping]):
        super().__init__(kind, spec, circuit, start)
        self.law = self._law()

    def prove(self, *, to_the_end: bool = True) -> list[Statement]:
        """Prove all statements, or those up to the first that does not hold."""
        solved = self._system()
        claims = [*self._equations(), *self._learning(), *self._held(solved), *self._calls(), *self._readings()]
        claims += self._poles()
        if not self._has_state() and not self._wire():
            claims.append(Claim("state", sp.S.One, sp.S.Zero, "a neuron with tau_m unlike tau_r has a state"))
        formulas = {**sc.formulas(self.composed, self.known), AHEAD: self.known["tau_m"] / sc.T}
        numbers = self.numbers(at_random=True)
        found = [passive(self.kind.name, self.composed, formulas, numbers)]
        if not to_the_end and not found[0].holds:
            return found
        return found + statements(self.kind.name, claims, solved, formulas, numbers, to_the_end=to_the_end)

    # -- the laws of the theory

    def _law(self) -> Laws:
        network, nudged = self.network, self.population.name == self.network.output
        return laws(
            network.rule,
            nudged=nudged,
            wire=self._wire() and not self._has_state(),
            cost=network.cost,
            corrected=network.gain_correction is not None,
        )

    def _in_circuit(self, expression: sp.Expr) -> sp.Expr:
        """Rewrite a law in the quantities of the circuit."""
        same = {sy.tau_r: sy.tau_m} if self._equal() else {}
        return expression.xreplace(same).xreplace(self.signal)

    def _equations(self) -> list[Claim]:
        """Return the claims of the laws of the signals."""
        law, signal = self.law, self.signal
        laws_of_signals = {"U": law.prospective, "h": law.arriving, "B": law.backward, "e": law.error}
        claims = [
            Claim(name, signal[getattr(sy, name)], self._in_circuit(right), _equation(getattr(sy, name), right))
            for name, right in laws_of_signals.items()
        ]
        if law.membrane is not None:
            claims.insert(
                0, Claim("u", self._derivative("u"), self._in_circuit(law.membrane), _change_of("u", law.membrane))
            )
        if law.error_state is not None and ("v" in self.probes or self._in_circuit(law.error).has(sy.v)):
            claims.append(
                Claim("v", self._derivative("v"), self._in_circuit(law.error_state), _change_of("v", law.error_state))
            )
        if self._filtered():
            moving = sc.T * change(self._net("highpass", "rbar")) / sc.V_u
            answer = voltage(self._net("highpass", "a")) / sc.V_u
            claims.append(Claim("rbar", moving, self._in_circuit(law.highpass), _change_of("rbar", law.highpass)))
            claims.append(Claim("rhat", answer, self._in_circuit(law.highpassed), _equation(sy.rhat, law.highpassed)))
        return claims

    def _learning(self) -> list[Claim]:
        law = self.law
        laws = {
            "b": (law.bias, sc.eta_b, sc.V_w),
            "tau_m": (law.membrane_constant, sc.eta_m, sc.V_t),
            "tau_r": (law.prospective_constant, sc.eta_r, sc.V_t),
        }
        claims = []
        for name, (right, eta, unit) in laws.items():
            if self.learns[name]:
                moving = sc.T * change(self._stored(name)) / unit
                claims.append(Claim(name, moving, self._in_circuit(right.subs(sy.eta, eta)), _change_of(name, right)))
        return claims

    def _held(self, solved: ComposedSystem) -> list[Claim]:
        """Claim that initial and constant stored values are those of the network; constants have no other equation."""
        claims = []
        for name, unit in (("b", sc.V_w), ("tau_m", sc.V_t), ("tau_r", sc.V_t)):
            if name in self._cells():
                start = self.known["b"] if name == "b" else self.known[name] / sc.T
                key = "w0" if name == "b" else "t0"
                stored = self._given("bias" if name == "b" else name, key) / unit
                claims.append(Claim(f"{name} at the start", stored, start, f"{name} starts as in the network"))
        claims += self._started()
        for equation in solved.fixed:
            first, *rest = sp.Add.make_args(equation)
            claims.append(Claim("held", first, -sp.Add(*rest), "a voltage that is held is that of the network"))
        if "b" not in self._cells():
            claims.append(Claim("b", self.known["b"], sp.S.Zero, "a neuron without a bias cell has no bias", False))
        return claims

    def _started(self) -> list[Claim]:
        """Claim that states, and nodes with a parasitic pole, start at the values of the equations."""
        places = [("membrane", "u0", "u"), ("error", "v0", "v"), ("highpass", "r0", "rbar")]
        places += [("pole_u", "n0", "U"), ("pole_h", "n0", "h"), ("pole_e", "n0", "e")]
        places += [(part, "n0", "B") for part in self.composed.cells if part.startswith("pole_b_")]
        claims = []
        for part, key, kind in places:
            if key in self.composed.given.get(part, {}):
                factor = (
                    self._factor(self.probes[kind]) if kind in ("u", "v") and kind in self.probes else 1 / UNITS[kind]
                )
                stored = self._given(part, key) * factor
                claims.append(Claim(f"{kind} at the start", stored, sc.START[kind], f"{part} starts where {kind} does"))
        return claims

    def _calls(self) -> list[Claim]:
        """Claim that the activation is that of the population, applied to U."""
        claims = []
        for call in self.composed.currents.calls.values():
            U = voltage(self.site.U) / sc.V_u
            what = f"{call.part} applies {call.function} of {self.population.activation} to U"
            claims.append(Claim(f"{call.function} in {call.part}", call.argument, U, what))
            if call.activation != self.population.activation:
                claims.append(Claim(f"{call.function} in {call.part}", call.symbol, sp.S.Zero, what))
        return claims

    def _readings(self) -> list[Claim]:
        """Claim that every signal is probed with the factor of its unit."""
        return [
            Claim(
                f"{kind} as it is read",
                sp.Symbol(f"scale_{kind}"),
                self._factor(probe),
                f"{kind} is read in its unit",
                formal=False,
            )
            for kind, probe in self.probes.items()
            if kind != "r"
        ]

    def _poles(self) -> list[Claim]:
        """Claim that parasitic poles, which the other equations omit, have the time constant of the study."""
        claims = []
        hanging = loads(self.composed)
        for part in (part for part in self.composed.cells if part.startswith(POLE)):
            conductance, capacitance = hanging.get(
                next(iter(self.composed.nets[part].values())), (sp.S.Zero, sp.S.Zero)
            )
            time = capacitance / (sc.T * conductance) if conductance != 0 else sp.Symbol(f"no_{part}")
            claims.append(Claim(part, time, sc.tau_pole, f"{part} has the requested time constant"))
        return claims


def _equation(left: sp.Expr, right: sp.Expr) -> Equation:
    return Equation(fi.of_neuron(left, fi.i), fi.of_neuron(right, fi.i))


def _change_of(name: str, right: sp.Expr) -> Equation:
    symbol = fi.parameter(name, fi.i) if name in fi.PARAMETERS else fi.signal(name, fi.i)
    return Equation(sp.Derivative(symbol, sy.t), fi.of_neuron(right, fi.i))
