"""What the macromodels compute at their output, at direct current and between the rails: the formulas of
`circuits/PRIMITIVE/macromodel.cir` in NumPy, which the fits use and the tests hold against ngspice.

A pair, or two unbalanced ones: f(v) = (tanh((v + d)/vs) + tanh((v - d)/vs))/2, divided by f'(0): in volts again
(Mead, Analog VLSI and Neural Systems, 1989, ch. 5; doublets: Nedungadi and Viswanathan, IEEE Trans. CAS 31, 1984).
"""

from collections.abc import Callable, Mapping

import numpy as np

SUNK = 0.3  # share of the nMOS mirror, two of six devices, in the variance of `ios`
LINEAR = 1000.0  # V: the scale of a pair that does not compress
Parameters = Mapping[str, float | np.ndarray]
Law = Callable[[np.ndarray, np.ndarray, Parameters], np.ndarray]


def moved(p: Parameters, unit_current: float) -> dict[str, float | np.ndarray]:
    """The parameters of a multiplier at another current of a unit than that of the fit, `iu`.

    1 + a ln(i/iu) + b ln(i/iu)^2 + c ln(i/iu)^3 times what it was: `x1` to `x3` are of the first factor's scales, `y1`
    to `y3` of the second's, `g1` to `g3` of the full current. Out of weak inversion no scale stands still.
    """
    logarithm = np.log(unit_current / p["iu"])
    mx, my, mg = (1 + sum(p[f"{of}{power}"] * logarithm**power for power in (1, 2, 3)) for of in "xyg")
    factors = {"sx": mx, "vs": mx, "d": mx, "sy": my, "vr": my}
    scaled = {name: p[name] * factor for name, factor in factors.items() if name in p}
    return {**p, **scaled, "dg": (1 + p["dg"]) * mg - 1}


def unbalance(p: Parameters) -> float | np.ndarray:
    """Of two unbalanced pairs: half the difference of the currents of one at rest, in its tail current; 0 of one."""
    return np.tanh(p.get("d", 0.0) / p.get("vs", 1.0))


def top(p: Parameters) -> float | np.ndarray:
    """Volts that a pair saturates at: 1/f'(0)."""
    return p["vs"] / (1 - unbalance(p) ** 2)


def compressed(v: np.ndarray, p: Parameters) -> np.ndarray:
    """f(v)/f'(0), volts, by the sum of the two tanh; `dt` is half the relative difference of two tail currents."""
    q, t = unbalance(p), np.tanh(v / p["vs"])
    return top(p) * ((1 - q**2) * t + p["dt"] * q * (1 - t**2)) / (1 - q**2 * t**2)


def pair(x: np.ndarray, _: np.ndarray, p: Parameters) -> np.ndarray:
    """An OTA: A per A of bias; `gain` in 1/V, `ios` from its mirrors, of which one acts on what it sinks only."""
    volts = compressed(x + p["vos"], p)
    return p["gain"] * (1 + p["dg"]) * volts + p["ios"] * (1 - SUNK * volts / top(p))


def product(x: np.ndarray, y: np.ndarray, p: Parameters) -> np.ndarray:
    """A multiplier with a plain pair at x."""
    return _product(np.tanh((x + p["ox"]) / p["sx"]), y, p)


def linear_product(x: np.ndarray, y: np.ndarray, p: Parameters) -> np.ndarray:
    """A multiplier with a linear pair at x."""
    return _product(compressed(x + p["ox"], p) / p["sx"], y, p)


def _product(first: np.ndarray, y: np.ndarray, p: Parameters) -> np.ndarray:
    """Two pairs at y get the two currents of the first factor: `fy` is how unequal the mirrors between them are, `od`
    half the difference of the two offsets; what the output mirror does (`ios`) is to the current that reaches it."""
    scale = p.get("vr", p["sy"])
    second = np.tanh((y + p["oy"]) / scale)
    reach = scale / p["sy"]
    done = reach * second * (first + p["fy"]) + p["od"] / p["sy"] * (1 - second**2)
    return p["gain"] * (1 + p["dg"]) * done + p["ios"] * (1 - reach * first * second)


def bump(x: np.ndarray, y: np.ndarray, p: Parameters) -> np.ndarray:
    """A pair at x whose tail is the bump of y: with q = 0 the square of the hyperbolic secant."""
    hill = 1 - np.tanh((y + p["on"]) / p["sn"]) ** 2
    tail = (1 + p["q"]) * hill / (1 + p["q"] * hill)
    return tail * (p["gain"] * (1 + p["dg"]) * compressed(x + p["vos"], p) + p["ios"])


def resistor(x: np.ndarray, y: np.ndarray, p: Parameters) -> np.ndarray:
    """The current from a to b, of x = v(a) - v(b) and y, the mean of both."""
    return p["gain"] * (1 + p["dg"]) * (1 + y * (p["c1"] + p["c2"] * y)) * compressed(x, p)


LAWS: dict[str, Law] = {
    "ota": pair,
    "ota_wide": pair,
    "ota_linear": pair,
    "multiplier": product,
    "multiplier_linear": linear_product,
    "update_multiplier": product,
    "update_multiplier_linear": linear_product,
    "bump_ota": bump,
    "floating_resistor": resistor,
}
