"""The ordered steps of a derivation: the shared ones, and the last ones of each rule."""

from collections.abc import Callable

from vle_analog.theory.adjoint import adjoint_step
from vle_analog.theory.alignment import alignment_step
from vle_analog.theory.backward import backward_step
from vle_analog.theory.circuit_ready import circuit_ready_step, population_steps
from vle_analog.theory.energy import energy_step
from vle_analog.theory.euler_lagrange import euler_lagrange_step
from vle_analog.theory.family import family_step
from vle_analog.theory.least_action import least_action_step
from vle_analog.theory.local_rule import correction_step, gain_step, local_rule_step, realisation_step
from vle_analog.theory.plasticity import plasticity_step
from vle_analog.theory.special_cases import special_cases_step
from vle_analog.theory.step import DerivationStep, Setting

Make = Callable[[Setting], DerivationStep | tuple[DerivationStep, ...]]

EXACT_STEPS: tuple[Make, ...] = (energy_step, euler_lagrange_step, adjoint_step)
ADJOINT_STEPS: tuple[Make, ...] = (*EXACT_STEPS, plasticity_step, backward_step)
CIRCUIT_STEPS: tuple[Make, ...] = (
    *EXACT_STEPS,
    local_rule_step,
    gain_step,
    correction_step,
    realisation_step,
    family_step,
    special_cases_step,
    least_action_step,
    plasticity_step,
    alignment_step,
    circuit_ready_step,
    population_steps,
)


def make_steps(setting: Setting) -> tuple[DerivationStep, ...]:
    """Make and check every step of the requested derivation, one after the other."""
    steps: list[DerivationStep] = []
    for make in ADJOINT_STEPS if setting.rule == "adjoint" else CIRCUIT_STEPS:
        made = make(setting)
        steps += made if isinstance(made, tuple) else (made,)
    return tuple(steps)
