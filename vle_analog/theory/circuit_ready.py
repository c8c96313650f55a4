"""The last step: the system a circuit realises, for one neuron of any network and by population, states counted."""

# SymPy's own annotations are partial: what it returns is often typed wider than it is.
# pyright: reportArgumentType=false, reportCallIssue=false

import sympy as sp

from vle_analog.theory import fields as fi
from vle_analog.theory import symbols as sy
from vle_analog.theory.activation import activation
from vle_analog.theory.euler_lagrange import extremal, quadratic
from vle_analog.theory.fields import N, i, j, k
from vle_analog.theory.kinds import Kinds, PopulationKind, ProjectionKind
from vle_analog.theory.laws import Laws, laws
from vle_analog.theory.local import local_transfer, look_ahead
from vle_analog.theory.step import Equation, Setting, Step
from vle_analog.theory.sums import demand
from vle_analog.theory.symbols import t


def _lines(law: Laws, owner: str, heard: sp.Expr, returned: sp.Expr, rate: sp.Expr, slope: sp.Expr) -> list[Equation]:
    """The equations of neuron i, in the order in which a circuit's signals follow from each other."""

    def of(name: str) -> sp.Expr:
        return fi.signal(name, i, owner)

    def told(expression: sp.Expr) -> sp.Expr:
        return fi.of_neuron(expression, i, owner)

    lines = [Equation(of("S"), heard)]
    if law.membrane is not None:
        lines.append(Equation(of("u").diff(t), told(law.membrane), note="state"))
    lines += [
        Equation(of("U"), told(law.prospective)),
        Equation(of("r"), rate),
        Equation(of("h"), told(law.arriving).subs(of("feedback"), returned)),
        Equation(of("B"), told(law.backward).subs(fi.phi_slope(i, of("U")), slope)),
    ]
    if law.error_state is not None:
        lines.append(Equation(of("v").diff(t), told(law.error_state), note="state"))
    return [*lines, Equation(of("e"), told(law.error))]


def neuron_lines(rule: str, wire: bool = False) -> tuple[Equation, ...]:
    """S, u', U, r, h, B, v', e, W', b' of an output neuron i in any network."""
    law = laws(rule, nudged=True, wire=wire)
    heard = fi.total(fi.weight(i, j) * fi.signal("r", j), j) + fi.parameter("b", i)
    returned = fi.total(fi.weight(k, i) * fi.signal("e", k), k)
    U = fi.signal("U", i)
    lines = _lines(law, "", heard, returned, fi.phi(i, U), fi.phi_slope(i, U))
    weight = fi.of_neuron(law.weight.subs(sy.r, fi.signal("r", j)), i)
    return (
        *lines,
        Equation(sp.Derivative(fi.weight(i, j), t), weight, note="state, one per plastic synapse"),
        Equation(sp.Derivative(fi.parameter("b", i), t), fi.of_neuron(law.bias, i), note="state, where biases learn"),
    )


def check_neuron_lines(lines: tuple[Equation, ...], rule: str) -> None:
    """Hold the lines against the derivation: every signal put into the equation it came from.

    **Raises:** `DerivationError` where one does not come out.
    """
    told = {line.left: line.right for line in lines}
    u, U, S, e, v, B, h = (fi.signal(name, i) for name in ("u", "U", "S", "e", "v", "B", "h"))
    du = told[u.diff(t)]
    gamma = 0 if rule == "backprop" else sy.gamma
    demand(u + fi.parameter("tau_m", i) * du - S, gamma * e, "membrane line: mismatch = gamma e")
    demand(u + fi.parameter("tau_r", i) * du, told[U], "line of U: the look-ahead of u")
    backward = told[B].subs(h, told[h]).subs(fi.signal("r", i), fi.phi(i, U))
    demand(backward, quadratic(extremal("prospective").drive, "prospective"), "line of B: the Euler-Lagrange drive")
    if rule == "vle":
        (settled,) = sp.solve(sy.p * v - told[v.diff(t)], v)
        transfer = sp.cancel(told[e].subs(v, settled) / B)
        demand(transfer, fi.of_neuron(local_transfer(), i), "lines of v and e: the local transfer function")
    else:
        demand(told[e], B, "line of e: instantaneous")


def _count(kinds: Kinds, rule: str) -> sp.Expr:
    """The number of states, in the sizes of the populations."""
    states = sp.S.Zero
    for population in kinds.populations:
        states += _states(population, rule) * _size(population.name)
        states += _size(population.name) if population.bias_plastic else 0
    for projection in kinds.projections:
        states += _size(projection.target) * _size(projection.source) if projection.plastic else 0
    return states


def _states(population: PopulationKind, rule: str) -> int:
    return len(laws(rule, wire=population.wire).states())


def _population_lines(population: PopulationKind, kinds: Kinds, rule: str) -> tuple[Equation, ...]:
    """The equations of neuron i of a population, and of the weights onto it."""
    name = population.name
    law = laws(rule, nudged=population.output, wire=population.wire)

    def forward(projection: ProjectionKind) -> sp.Expr:
        rate = fi.signal("r", j, projection.source)
        return fi.total(fi.weight(i, j, projection.name) * rate, j, _size(projection.source))

    def back(projection: ProjectionKind) -> sp.Expr:
        base = "W" if projection.transpose else "W_back"
        weight = fi.parameter(base, k, i, owner=projection.name)
        return fi.total(weight * fi.signal("e", k, projection.target), k, _size(projection.target))

    onto = [projection for projection in kinds.projections if projection.target == name]
    out_of = [projection for projection in kinds.projections if projection.source == name]
    heard = sp.Add(*map(forward, onto), fi.parameter("b", i, owner=name))
    law_of_rate = activation(population.activation).at(fi.signal("U", i, name))
    lines = _lines(law, name, heard, sp.Add(*map(back, out_of)), law_of_rate.rate, law_of_rate.slope)
    for projection in onto:
        if projection.plastic:
            rate = law.weight.subs(sy.r, fi.signal("r", j, projection.source))
            change = fi.of_neuron(rate, i, name).subs(sy.eta, _eta(projection.name))
            lines.append(Equation(sp.Derivative(fi.weight(i, j, projection.name), t), change, note="state"))
    if population.bias_plastic:
        change = fi.of_neuron(law.bias, i, name).subs(sy.eta, _eta(name))
        lines.append(Equation(sp.Derivative(fi.parameter("b", i, owner=name), t), change, note="state"))
    return tuple(lines)


def _size(owner: str) -> sp.Symbol:
    return sp.Symbol(fi.named("N", owner), integer=True, positive=True)


def _eta(owner: str) -> sp.Symbol:
    return sp.Symbol(fi.named("eta", owner), nonnegative=True)


def circuit_ready_step(setting: Setting) -> Step:
    """The system of one output neuron, held against the derivation."""
    if setting.cost == "membrane":
        return _membrane_cost_step(setting)
    lines = neuron_lines(setting.rule)
    check_neuron_lines(lines, setting.rule)
    states = _states(PopulationKind("", "linear"), setting.rule)
    counted = Equation(sp.Symbol("states"), states * N + N**2, note="neurons, and plastic synapses if all connect")
    return Step(
        f"Circuit-ready system, rule {setting.rule}",
        "Every signal of neuron `i`, put back into the equations above and found to solve them. The term with "
        "`y_star` belongs to output neurons; a neuron with `tau_m = tau_r` may be built as a wire, without states. "
        f"{('No state', 'One state', 'Two states')[states]} per neuron, one per plastic synapse.",
        (*lines, counted),
    )


def population_steps(setting: Setting) -> tuple[Step, ...]:
    """The same system for every population by name, and the states of the whole network; empty without kinds."""
    if setting.kinds is None or setting.cost == "membrane":
        return ()
    steps = []
    for population in setting.kinds.populations:
        parts = [population.activation, "built as wires" if population.wire else "with states"]
        parts += ["output"] if population.output else []
        text = f"Neurons `i` of {population.name}: {', '.join(parts)}."
        steps.append(
            Step(f"Population {population.name}", text, _population_lines(population, setting.kinds, setting.rule))
        )
    count = Equation(sp.Symbol("states"), _count(setting.kinds, setting.rule))
    return (*steps, Step("Number of states", "Of the whole network, in the sizes of its populations.", (count,)))


def _membrane_cost_step(setting: Setting) -> Step:
    """Why the kit builds the other placement: this one needs the target's derivative."""
    membrane, *_ = laws(setting.rule).states()
    outside = quadratic(-extremal("membrane").outside, "membrane")
    nudge = fi.apply(fi.of_neuron(look_ahead(sy.tau_m), i), outside)
    known = sp.expand(nudge.subs(fi.signal("u", i).diff(t), fi.of_neuron(membrane, i)))
    return Step(
        "Towards a circuit",
        "The nudge stands outside of `B` and is looked ahead by `tau_m`. Its part in `u` needs no differentiator, "
        "since the membrane equation gives `u + tau_m u'`; its part in `y_star` does. A circuit for this "
        "placement would have to be given the looked-ahead target, so the kit builds the cost on `U`, where nothing is "
        "differentiated.",
        (
            Equation(sp.Symbol("nudge"), nudge),
            Equation(sp.Symbol("nudge"), known, note="`u'` from the membrane equation"),
        ),
    )
