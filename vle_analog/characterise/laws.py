"""The laws of the macromodels at direct current and between the rails: `circuits/PRIMITIVE/macromodel.cir` in NumPy.

The fits use them, and tests compare them with ngspice. A pair, or two unbalanced ones: f(v) = (tanh((v + d)/vs) +
tanh((v - d)/vs))/2, divided by f'(0), so that it is in volts (Mead, Analog VLSI and Neural Systems, 1989, ch. 5;
doublets: Nedungadi and Viswanathan, IEEE Trans. CAS 31, 1984).
"""

from collections.abc import Callable, Mapping

import numpy as np

SUNK = 0.3  # share of the nMOS mirror, two of six devices, in the variance of `ios`
LINEAR = 1000.0  # V: the scale of a pair that does not compress
Parameters = Mapping[str, float | np.ndarray]
Law = Callable[[np.ndarray, np.ndarray, Parameters], np.ndarray]


def moved(p: Parameters, unit_current: float) -> dict[str, float | np.ndarray]:
    """Return the parameters of a multiplier at another current of a unit than that of the fit, `iu`.

    The factor is 1 + a ln(i/iu) + b ln(i/iu)^2 + c ln(i/iu)^3: `x1` to `x3` are of the first factor's scales, `y1` to
    `y3` of the second's, `g1` to `g3` of the full current. Outside weak inversion no scale is constant.
    """
    logarithm = np.log(unit_current / p["iu"])
    mx, my, mg = (1 + sum(p[f"{of}{power}"] * logarithm**power for power in (1, 2, 3)) for of in "xyg")
    factors = {"sx": mx, "vs": mx, "d": mx, "sy": my, "vr": my}
    scaled = {name: p[name] * factor for name, factor in factors.items() if name in p}
    return {**p, **scaled, "dg": (1 + p["dg"]) * mg - 1}


def unbalance(p: Parameters) -> float | np.ndarray:
    """Return half the difference of the currents of an unbalanced pair at rest, in its tail current; 0 for one pair."""
    return np.tanh(p.get("d", 0.0) / p.get("vs", 1.0))


def top(p: Parameters) -> float | np.ndarray:
    """Return the voltage at which a pair saturates: 1/f'(0)."""
    return p["vs"] / (1 - unbalance(p) ** 2)


def compressed(v: np.ndarray, p: Parameters) -> np.ndarray:
    """Return f(v)/f'(0), volts, as the sum of two tanh; `dt` is half the relative difference of the tail currents."""
    q, t = unbalance(p), np.tanh(v / p["vs"])
    return top(p) * ((1 - q**2) * t + p["dt"] * q * (1 - t**2)) / (1 - q**2 * t**2)


def pair(x: np.ndarray, _: np.ndarray, p: Parameters) -> np.ndarray:
    """Return the current of an OTA, A per A of bias; `gain` in 1/V, `ios` from its mirrors, one of which only sinks."""
    volts = compressed(x + p["vos"], p)
    return p["gain"] * (1 + p["dg"]) * volts + p["ios"] * (1 - SUNK * volts / top(p))


def product(x: np.ndarray, y: np.ndarray, p: Parameters) -> np.ndarray:
    """Return the current of a multiplier with a plain pair at x."""
    return _product(np.tanh((x + p["ox"]) / p["sx"]), y, p)


def linear_product(x: np.ndarray, y: np.ndarray, p: Parameters) -> np.ndarray:
    """Return the current of a multiplier with a linear pair at x."""
    return _product(compressed(x + p["ox"], p) / p["sx"], y, p)


def _product(first: np.ndarray, y: np.ndarray, p: Parameters) -> np.ndarray:
    """Return the current of two pairs at y with the two currents of the first factor.

    `fy` is the imbalance of the mirrors between them, `od` half the difference of the two offsets; the output mirror
    (`ios`) acts on the current that reaches it.
    """
    scale = p.get("vr", p["sy"])
    second = np.tanh((y + p["oy"]) / scale)
    reach = scale / p["sy"]
    done = reach * second * (first + p["fy"]) + p["od"] / p["sy"] * (1 - second**2)
    return p["gain"] * (1 + p["dg"]) * done + p["ios"] * (1 - reach * first * second)


def bump(x: np.ndarray, y: np.ndarray, p: Parameters) -> np.ndarray:
    """Return the current of a pair at x whose tail is the bump of y: with q = 0 the square of the hyperbolic secant."""
    hill = 1 - np.tanh((y + p["on"]) / p["sn"]) ** 2
    tail = (1 + p["q"]) * hill / (1 + p["q"] * hill)
    return tail * (p["gain"] * (1 + p["dg"]) * compressed(x + p["vos"], p) + p["ios"])


def resistor(x: np.ndarray, y: np.ndarray, p: Parameters) -> np.ndarray:
    """Return the current from a to b, of x = v(a) - v(b) and y, the mean of both."""
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
