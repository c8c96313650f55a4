"""The plasticity rules: each parameter descends the energy L along the gradient of the cost."""

import sympy as sp

from vle_analog.theory import fields as fi
from vle_analog.theory import symbols as sy
from vle_analog.theory.adjoint import PARAMETERS, gradients
from vle_analog.theory.energy import lagrangian, rates
from vle_analog.theory.euler_lagrange import extremal, short
from vle_analog.theory.fields import i, j, k, l
from vle_analog.theory.laws import laws
from vle_analog.theory.step import CostPlace, DerivationStep, Equation, Setting
from vle_analog.theory.sums import demand
from vle_analog.theory.variation import vary_parameter


def slopes(place: CostPlace) -> dict[str, sp.Expr]:
    """Return dL/d(parameter) by its name, in e, B, r and u'."""
    found = {name: vary_parameter(lagrangian(k, l, place), name, indices, short()) for name, indices in PARAMETERS}
    found["tau_r"] = extremal(place).gather(found["tau_r"], fi.signal("B", i))
    return {name: rates(j).shorten(slope) for name, slope in found.items()}


def descents() -> dict[str, sp.Expr]:
    """Return the descent of the same parameters from the laws."""
    law = laws("vle")
    rules = {"W": law.weight, "b": law.bias, "tau_m": law.membrane_constant, "tau_r": law.prospective_constant}
    return {name: fi.of_neuron(rule.subs(sy.r, fi.signal("r", j)), i) for name, rule in rules.items()}


def plasticity_step(setting: Setting) -> DerivationStep:
    """Derive the rules, and check them against the gradients of the adjoint method and against the laws."""
    found, adjoint, law = slopes(setting.cost), gradients(setting.cost), descents()
    for name, _ in PARAMETERS:
        demand(found[name], sy.beta * adjoint[name], f"slope of the energy against the gradient by {name}")
        demand(-sy.eta * found[name], law[name], f"plasticity of {name} against the laws")
    return DerivationStep(
        "Plasticity",
        "Where the trajectory is extremal, the action changes with a parameter through `L` alone, and parameters that "
        "move slowly (against `tau_m`) may slide down it at every moment. Each slope is `beta` times the integrand of "
        "the gradient of `C` found by the adjoint method. With the local error in place of the exact one the same "
        "rules are local in space and time. `eta` may differ from parameter to parameter.",
        tuple(
            Equation(sp.Derivative(sp.Symbol("L"), fi.parameter(name, *indices)), found[name])
            for name, indices in PARAMETERS
        )
        + tuple(
            Equation(sp.Derivative(fi.parameter(name, *indices), sy.t), -sy.eta * found[name])
            for name, indices in PARAMETERS
        ),
    )
