"""The last step: the system of a circuit, for one neuron of any network and by population and its states."""

# SymPy's own annotations are partial: what it returns is often typed wider than it is.
# pyright: reportArgumentType=false, reportCallIssue=false

import sympy as sp

from vle_analog.theory import fields as fi
from vle_analog.theory import symbols as sy
from vle_analog.theory.activation import activation
from vle_analog.theory.euler_lagrange import extremal, quadratic
from vle_analog.theory.fields import N, i, j, k
from vle_analog.theory.kinds import Kinds, PopulationKind, ProjectionKind
from vle_analog.theory.laws import FAMILY, Laws, laws
from vle_analog.theory.step import CostPlace, DerivationStep, Equation, Setting
from vle_analog.theory.sums import demand
from vle_analog.theory.symbols import t


def _lines(
    law: Laws, owner: str, received: sp.Expr, returned: sp.Expr, rate: sp.Expr, slope: sp.Expr
) -> list[Equation]:
    """Return the equations of neuron i, in the order in which a circuit's signals depend on each other."""

    def of(name: str) -> sp.Expr:
        return fi.signal(name, i, owner)

    def indexed(expression: sp.Expr) -> sp.Expr:
        return fi.of_neuron(expression, i, owner)

    lines = [Equation(of("S"), received)]
    if law.membrane is not None:
        lines.append(Equation(of("u").diff(t), indexed(law.membrane), note="state"))
    lines += [
        Equation(of("U"), indexed(law.prospective)),
        Equation(of("r"), rate),
        Equation(of("h"), indexed(law.arriving).subs(of("feedback"), returned)),
        Equation(of("B"), indexed(law.backward).subs(fi.phi_slope(i, of("U")), slope)),
    ]
    if law.error_state is not None:
        lines.append(Equation(of("v").diff(t), indexed(law.error_state), note="state"))
    return [*lines, Equation(of("e"), indexed(law.error))]


def neuron_lines(rule: str, wire: bool = False, cost: CostPlace = "prospective") -> tuple[Equation, ...]:
    """Return S, u', U, r, h, B, v', e, W', b' of an output neuron i in any network."""
    law = laws(rule, nudged=True, wire=wire, cost=cost)
    received = fi.total(fi.weight(i, j) * fi.signal("r", j), j) + fi.parameter("b", i)
    returned = fi.total(fi.weight(k, i) * fi.signal("e", k), k)
    U = fi.signal("U", i)
    lines = _lines(law, "", received, returned, fi.phi(i, U), fi.phi_slope(i, U))
    weight = fi.of_neuron(law.weight.subs(sy.r, fi.signal("r", j)), i)
    return (
        *lines,
        Equation(sp.Derivative(fi.weight(i, j), t), weight, note="state, one per plastic synapse"),
        Equation(sp.Derivative(fi.parameter("b", i), t), fi.of_neuron(law.bias, i), note="state, where biases learn"),
    )


def check_neuron_lines(lines: tuple[Equation, ...], rule: str, cost: CostPlace = "prospective") -> None:
    """Compare the lines with the derivation: every signal is substituted into its original equation.

    **Raises:** `DerivationError` where one is not satisfied.
    """
    stated = {line.left: line.right for line in lines}
    u, U, S, e, v, B, h = (fi.signal(name, i) for name in ("u", "U", "S", "e", "v", "B", "h"))
    du, ahead = stated[u.diff(t)], u + fi.parameter("tau_m", i) * u.diff(t)
    gamma = 0 if rule == "backprop" else sy.gamma
    demand(u + fi.parameter("tau_m", i) * du - S, gamma * e, "membrane line: mismatch = gamma e")
    demand(u + fi.parameter("tau_r", i) * du, stated[U], "line of U: the look-ahead of u")
    backward = stated[B].subs(h, stated[h]).subs(fi.signal("r", i), fi.phi(i, U))
    found = extremal(cost)
    demand(backward, quadratic(found.drive, cost), "line of B: the Euler-Lagrange drive")

    # e as operators on B and on terms outside of it: v settled, S from the membrane line, d/dt as p
    error, nudge = stated[e].subs(S, ahead - gamma * e), quadratic(-found.outside, cost)
    if v.diff(t) in stated:
        error = error.subs(v, sp.solve(sy.p * v - stated[v.diff(t)], v)[0])
    for item in (u, fi.signal("y_star", i)):
        error = error.subs(item.diff(t), sy.p * item)
    transfers = (fi.of_neuron(transfer, i) for transfer in (FAMILY[rule].transfer, FAMILY[rule].outside))
    demand(
        error, sp.Add(*(f * x for f, x in zip(transfers, (B, nudge), strict=True))), "lines of v and e: the transfers"
    )


def _count(kinds: Kinds, setting: Setting) -> sp.Expr:
    """Count the states, in the sizes of the populations."""
    states, listening = sp.S.Zero, {q.target for q in kinds.projections if q.aligned}
    for population in kinds.populations:
        own = len(_law_of(population, setting).states()) + len(population.learns()) + (population.name in listening)
        states += own * _size(population.name)
    for projection in kinds.projections:
        states += (projection.plastic + projection.aligned) * _size(projection.target) * _size(projection.source)
    return states


def _law_of(population: PopulationKind, setting: Setting) -> Laws:
    corrected = setting.kinds is not None and setting.kinds.corrected
    options = {"nudged": population.output, "wire": population.wire, "cost": setting.cost, "corrected": corrected}
    return laws(setting.rule, **options)


def _population_lines(population: PopulationKind, kinds: Kinds, setting: Setting) -> tuple[Equation, ...]:
    """Return the equations of neuron i of a population, of its input weights, and of those that feed its error back."""
    name = population.name
    law = _law_of(population, setting)

    def forward(projection: ProjectionKind) -> sp.Expr:
        rate = fi.signal("r", j, projection.source)
        return fi.total(fi.weight(i, j, projection.name) * rate, j, _size(projection.source))

    def back(projection: ProjectionKind) -> sp.Expr:
        base = "W" if projection.transpose else "F" if projection.aligned else "W_back"
        weight = fi.parameter(base, k, i, owner=projection.name)
        return fi.total(weight * fi.signal("e", k, projection.target), k, _size(projection.target))

    onto = [projection for projection in kinds.projections if projection.target == name]
    out_of = [projection for projection in kinds.projections if projection.source == name]
    received = sp.Add(*map(forward, onto), fi.parameter("b", i, owner=name))
    if any(projection.aligned for projection in out_of):
        received += fi.signal("xi", i, name)
    law_of_rate = activation(population.activation).at(fi.signal("U", i, name))
    lines = _lines(law, name, received, sp.Add(*map(back, out_of)), law_of_rate.rate, law_of_rate.slope)
    if any(projection.aligned for projection in onto):
        change = fi.of_neuron(law.highpass, i, name)
        lines.append(Equation(fi.signal("rbar", i, name).diff(t), change, note="state"))
        lines.append(Equation(fi.signal("rhat", i, name), fi.of_neuron(law.highpassed, i, name)))
    for projection in onto:
        if projection.plastic:
            rate = law.weight.subs(sy.r, fi.signal("r", j, projection.source))
            lines.append(_learning(fi.weight(i, j, projection.name), rate, name, _eta(projection.name)))
    for projection in out_of:
        if projection.aligned:
            feedback = fi.parameter("F", k, i, owner=projection.name)
            rate = law.feedback_weight.subs({sy.rhat: fi.signal("rhat", k, projection.target), sy.F: feedback})
            lines.append(_learning(feedback, rate, name, _eta(projection.name, "_F")))
    for what in population.learns():
        rate = {"b": law.bias, "tau_m": law.membrane_constant, "tau_r": law.prospective_constant}[what]
        lines.append(_learning(fi.parameter(what, i, owner=name), rate, name, _eta(name, f"_{what[-1]}")))
    return tuple(lines)


def _learning(parameter: sp.Expr, rate: sp.Expr, owner: str, eta: sp.Symbol) -> Equation:
    return Equation(sp.Derivative(parameter, t), fi.of_neuron(rate, i, owner).subs(sy.eta, eta), note="state")


def _size(owner: str) -> sp.Symbol:
    return sp.Symbol(fi.named("N", owner), integer=True, positive=True)


def _eta(owner: str, of: str = "") -> sp.Symbol:
    return sp.Symbol(fi.named(f"eta{of}", owner), nonnegative=True)


def circuit_ready_step(setting: Setting) -> DerivationStep:
    """Return the system of one output neuron, compared with the derivation."""
    lines = neuron_lines(setting.rule, cost=setting.cost)
    check_neuron_lines(lines, setting.rule, setting.cost)
    states = len(laws(setting.rule).states())
    counted = Equation(sp.Symbol("states"), states * N + N**2, note="neurons, and plastic synapses if all connect")
    return DerivationStep(
        f"Circuit-ready system, rule {setting.rule}",
        "Every signal of neuron `i`, put back into the equations above and found to solve them. The terms with "
        "`y_star` and its slope belong to output neurons; a neuron with `tau_m = tau_r` may be built as a "
        f"wire, without states. {('No state', 'One state', 'Two states')[states]} per neuron, one per plastic synapse."
        + OF_MEMBRANE_COST.get((setting.cost, setting.rule), ""),
        (*lines, counted),
    )


AHEAD = (
    " With the cost on `u`, the circuit is given the target and its slope, since nothing is differentiated inside; "
    "where `gamma` is not zero the error of an output depends on itself, through `S + gamma e = u + tau_m u'`."
)
OF_MEMBRANE_COST = {
    ("membrane", "vle"): AHEAD,
    ("membrane", "le"): AHEAD,
    ("membrane", "backprop"): " A wire, which has no `u`, uses `S` in its place: the value that `u` settles to.",
}


def population_steps(setting: Setting) -> tuple[DerivationStep, ...]:
    """Return the system of every population by name, and the states of the whole network; empty without kinds."""
    if setting.kinds is None:
        return ()
    steps = []
    for population in setting.kinds.populations:
        parts = [population.activation, "built as wires" if population.wire else "with states"]
        parts += ["output"] if population.output else []
        text = f"Neurons `i` of {population.name}: {', '.join(parts)}."
        lines = _population_lines(population, setting.kinds, setting)
        steps.append(DerivationStep(f"Population {population.name}", text, lines))
    count = Equation(sp.Symbol("states"), _count(setting.kinds, setting))
    return (
        *steps,
        DerivationStep("Number of states", "Of the whole network, in the sizes of its populations.", (count,)),
    )
