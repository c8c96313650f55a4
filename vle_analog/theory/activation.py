"""The activation functions of populations: rate phi(x), slope phi'(x) and curvature phi''(x).

Only the rate is given; SymPy computes the derivatives. Every form consists of tanh, exp and log, so that it prints to
SPICE directly, and is valid in double precision for |x| <= 500: the largest number that occurs is exp(500) = 1e217.
"""

import difflib
from dataclasses import dataclass
from types import MappingProxyType

import sympy as sp

from vle_analog.errors import InputError, Problem
from vle_analog.theory.symbols import x


@dataclass(frozen=True)
class Activation:
    """A rate as a function of the prospective potential `x`, with its first two derivatives."""

    name: str
    rate: sp.Expr
    slope: sp.Expr
    curvature: sp.Expr

    def at(self, argument: sp.Expr) -> "Activation":
        """Substitute `argument` for `x` in the three expressions."""
        rate, slope, curvature = (item.subs(x, argument) for item in (self.rate, self.slope, self.curvature))
        return Activation(self.name, rate, slope, curvature)


def _activation(name: str, rate: sp.Expr) -> Activation:
    # SymPy's derivative of softplus is exp(x)/(1 + exp(x)), whose own derivative overflows from |x| = 355 on;
    # the same function written with tanh is bounded everywhere.
    slope = sp.cancel(rate.diff(x).rewrite(sp.tanh)) if rate.diff(x).has(sp.exp) else rate.diff(x)
    return Activation(name, rate, slope, slope.diff(x))


ACTIVATIONS = MappingProxyType(
    {
        "tanh": _activation("tanh", sp.tanh(x)),
        "logistic": _activation("logistic", (1 + sp.tanh(x / 2)) / 2),
        "softplus": _activation("softplus", sp.log(1 + sp.exp(x))),
        "linear": _activation("linear", x),
    }
)


def activation(name: str) -> Activation:
    """Return the activation named `name`.

    **Raises:** `InputError` naming the nearest known activation.
    """
    if name in ACTIVATIONS:
        return ACTIVATIONS[name]
    near = difflib.get_close_matches(name, ACTIVATIONS, n=1)
    raise InputError(
        Problem(
            "unknown activation",
            got=repr(name),
            expected=" | ".join(ACTIVATIONS),
            hint=f"did you mean {near[0]!r}?" if near else "use one of the activations named above",
        )
    )
