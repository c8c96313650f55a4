"""The derivation of the equations by SymPy: energy, Euler-Lagrange, adjoint, rules, special cases, plasticity."""

from vle_analog.theory.activation import ACTIVATIONS, Activation, activation
from vle_analog.theory.derivation import Derivation, derive
from vle_analog.theory.kinds import Kinds, PopulationKind, ProjectionKind
from vle_analog.theory.laws import RULES, Laws, canonical_cost, canonical_rule, laws
from vle_analog.theory.local import gain_correction
from vle_analog.theory.step import DerivationStep, Equation
from vle_analog.theory.sums import DerivationError

__all__ = [
    "ACTIVATIONS",
    "RULES",
    "Activation",
    "Derivation",
    "DerivationError",
    "DerivationStep",
    "Equation",
    "Kinds",
    "Laws",
    "PopulationKind",
    "ProjectionKind",
    "activation",
    "canonical_cost",
    "canonical_rule",
    "derive",
    "gain_correction",
    "laws",
]
