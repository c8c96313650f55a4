"""The variation with indexed symbols against SymPy's own Euler equations of two neurons written out."""

import pytest
import sympy as sp
from sympy.calculus.euler import euler_equations

from vle_analog.theory.energy import lagrangian, prospective, residual
from vle_analog.theory.euler_lagrange import extremal, transfer
from vle_analog.theory.fields import N, cost_of, cost_slope, i, k, l, phi, phi_slope, signal
from vle_analog.theory.symbols import p, t

u1, u2 = sp.Function("u1")(t), sp.Function("u2")(t)
z = sp.Symbol("z")


def written_out(expression, neuron=1):
    """For two recurrent neurons with tanh and the cost c_i(x) = i x^4/4."""
    long = expression.subs(i, neuron)
    long = long.replace(lambda item: item.func == sp.Function("e"), lambda item: residual(item.args[0], l))
    long = long.replace(lambda item: item.func == sp.Function("U"), lambda item: prospective(item.args[0]))
    long = long.subs(N, 2).doit()
    long = long.replace(phi, lambda _, x: sp.tanh(x)).replace(phi_slope, lambda _, x: 1 - sp.tanh(x) ** 2)
    long = long.replace(cost_of, lambda n, x: n * x**4 / 4).replace(cost_slope, lambda n, x: n * x**3)
    return long.subs({signal("u", 1): u1, signal("u", 2): u2}).doit()


def number(expression):
    """At one point of the phase space."""
    values = [(u1, 0.3), (u2, -0.7)]
    values = [(u.diff(t, order), value + 0.37 * order) for order in (2, 1) for u, value in values] + values
    names = sorted(expression.atoms(sp.Indexed), key=str)
    parameters = {name: 0.2 + 0.17 * place for place, name in enumerate(names)}
    parameters[sp.Symbol("beta", positive=True)] = 0.6
    return float(expression.subs(values).subs(parameters).evalf())


@pytest.mark.parametrize("neuron", [1, 2])
@pytest.mark.parametrize("place", ["prospective", "membrane"])
def test_variation_agrees_with_euler_equations_of_a_recurrent_pair(place, neuron):
    energy = written_out(lagrangian(k, l, place))
    expected = euler_equations(energy, [u1, u2], [t])[neuron - 1].lhs
    found = extremal(place).variation
    computed = written_out(found.value, neuron) - written_out(found.rate, neuron).diff(t)
    parameters = expected.atoms(sp.Indexed)
    assert computed.atoms(sp.Indexed) <= parameters
    # a parameter may have dropped out of one form; keep the numbering of both the same
    keep = sum(sp.Dummy() * 0 + name * z for name in parameters)
    assert number((computed + keep).subs(z, 0) + 0 * keep) == pytest.approx(number(expected), rel=1e-10)


@pytest.mark.parametrize("neuron", [1, 2])
def test_boundary_term_is_the_momentum(neuron):
    energy = written_out(lagrangian(k, l, "prospective"))
    momentum = energy.diff((u1, u2)[neuron - 1].diff(t))
    assert number(written_out(extremal("prospective").variation.rate, neuron)) == pytest.approx(number(momentum))


def test_transfer_function_reads_off_the_equation():
    tau_m, tau_r = sp.IndexedBase("tau_m")[i], sp.IndexedBase("tau_r")[i]
    assert sp.simplify(transfer(extremal("prospective")) - (1 - p * tau_r) / (1 - p * tau_m)) == 0
