"""The single measurements: range and conductance of the output, pole, capacitances, noise.

Currents are in A per A of bias, per unit.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from vle_analog.characterise.bench import Bench, noise, output, small_signal
from vle_analog.characterise.least_squares import least_squares
from vle_analog.simulator import Backend

ELEMENTARY_CHARGE, BOLTZMANN, KELVIN = 1.602176634e-19, 1.380649e-23, 273.15
ANGLE = np.deg2rad(15.0)  # phase at which the delay of a pole is measured
LARGE = 0.2  # V that saturate a pair
WORK, TILT = 0.06, 0.06  # V at the second factor while the first is measured, and vice versa
KEPT = 0.95  # of the current at the common mode, inside the range of the output


@dataclass(frozen=True, eq=False)
class OutputCurves:
    """Output current against output voltage, at an input that gives it a positive, no, and a negative value.

    **Arguments:**

    - `volts`, `source`, `idle`, `sink`: of the same shape; V against the common mode, and A per A of bias.
    - `conductance`: -dI/dV without an input, per V.
    - `positive`, `negative`: V from vdd and vss at which a source and a sink have lost half of it, and over which.
    - `low`, `high`: V between which the output keeps its current.
    """

    volts: np.ndarray
    source: np.ndarray
    idle: np.ndarray
    sink: np.ndarray
    conductance: float
    positive: tuple[float, float]
    negative: tuple[float, float]
    low: float
    high: float


def output_curves(backend: Backend, bench: Bench, bias: float) -> OutputCurves:
    """Sweep the output from rail to rail."""
    y = 0.0 if not bench.primitive.y or bench.primitive.name == "bump_ota" else LARGE
    volts, source = output(backend, bench, LARGE, y, bias)
    _, idle = output(backend, bench, 0.0, 0.0, bias)
    _, sink = output(backend, bench, -LARGE, y, bias)
    middle = int(np.argmin(np.abs(volts)))
    near = np.abs(volts) <= 0.1
    conductance = max(0.0, -float(np.polyfit(volts[near], idle[near], 1)[0]))
    kept = (source >= KEPT * source[middle]) & (sink <= KEPT * sink[middle])
    inside = volts[_stretch(kept, middle)]
    positive = _rail(volts[-1] - volts[middle:], (source + conductance * volts)[middle:] / source[middle])
    negative = _rail((volts - volts[0])[: middle + 1], (sink + conductance * volts)[: middle + 1] / sink[middle])
    low, high = float(inside[0]), float(inside[-1])
    return OutputCurves(volts, source, idle, sink, conductance, positive, negative, low, high)


def _stretch(kept: np.ndarray, middle: int) -> slice:
    """Return the unbroken range of true values around the middle."""
    before = np.flatnonzero(~kept[:middle])
    after = np.flatnonzero(~kept[middle:])
    return slice(
        int(before[-1]) + 1 if before.size else 0, middle + (int(after[0]) if after.size else len(kept) - middle)
    )


def _rail(distance: np.ndarray, current: np.ndarray) -> tuple[float, float]:
    """Fit (1 + tanh((distance - first)/second))/2, in V, to a current that is 1 far from its rail."""
    alive = np.clip(current, 0.0, None)
    farthest = float(distance.max())
    begin = float(np.clip(np.interp(0.5, alive[np.argsort(distance)], np.sort(distance)), 0.0, 0.99 * farthest))

    def difference(volts: np.ndarray) -> np.ndarray:
        return (1 + np.tanh((distance - volts[0]) / volts[1])) / 2 - alive

    found = least_squares(difference, [(begin, 0.03)], (0.0, 1e-3), (farthest, 0.5))
    return float(found[0]), float(found[1])


@dataclass(frozen=True)
class PolesAndCapacitances:
    """Poles and capacitances for small signals.

    **Arguments:**

    - `tp`: seconds times A per unit: the delay of the current after x is tp/bias. `tpy`: after y, 0 without one.
    - `lead`: likewise, of the legs of the linear pairs at x, which lead; 0 where that was not measured.
    - `input`, `second`, `output`: F of one pin at x, at y, and of the output.
    """

    tp: float
    tpy: float
    input: float
    second: float
    output: float
    lead: float = 0.0


def dynamics(backend: Backend, bench: Bench, bias: float, unbalance: float = 0.0) -> PolesAndCapacitances:
    """Measure poles and capacitances with alternating voltages at one pin after the other.

    **Arguments:** `unbalance`: of the two pairs of a linear one, tanh(d/vs) of its law.
    """
    primitive = bench.primitive
    if primitive.name == "floating_resistor":
        frequency, _, into = small_signal(backend, bench, ("a", "b"), {}, bias)
        ends = _capacitance(frequency, into)
        return PolesAndCapacitances(0.0, 0.0, ends, 0.0, ends)
    x, y = primitive.x[0], primitive.y[0] if primitive.y else ""
    if primitive.linear and primitive.update:
        return _led(backend, bench, bias, unbalance)
    work = {y: 0.0 if primitive.name == "bump_ota" else WORK} if y else {}
    frequency, out, into = small_signal(backend, bench, (x,), work, bias)
    tp, cin, tpy, second = _delay(frequency, out) * bias, _capacitance(frequency, into), 0.0, 0.0
    if y:
        tilt = {x: TILT, **({y: 0.04} if primitive.name == "bump_ota" else {})}
        frequency, out, into = small_signal(backend, bench, (y,), tilt, bias)
        tpy, second = _delay(frequency, out) * bias, _capacitance(frequency, into)
    frequency, _, into = small_signal(backend, bench, (primitive.output,), {}, bias)
    return PolesAndCapacitances(tp, tpy, cin, second, _capacitance(frequency, into))


def _led(backend: Backend, bench: Bench, bias: float, unbalance: float) -> PolesAndCapacitances:
    """Measure a product whose linear pairs at x are slow: their legs lead before the mirrors lag.

    Direct feedthrough of one input is not part of the product: half the difference between two signs of the other input
    is. The mirror at the output delays both factors alike, so the delay of x includes that of y.
    """
    primitive = bench.primitive
    x, y = primitive.x[0], primitive.y[0]
    frequency, first, into = _odd(backend, bench, bias, x, {y: WORK})
    _, second, behind = _odd(backend, bench, bias, y, {x: TILT})
    lead, lag = _lead(frequency, first / second, unbalance)
    _, _, out = small_signal(backend, bench, (primitive.output,), {}, bias)
    return PolesAndCapacitances(
        lag * bias,
        _delay(frequency, second) * bias,
        _capacitance(frequency, into),
        _capacitance(frequency, behind),
        _capacitance(frequency, out),
        lead * bias,
    )


def _odd(
    backend: Backend, bench: Bench, bias: float, pin: str, at: Mapping[str, float]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Measure as `small_signal`, the part of the output that changes sign with the voltage of the other pin."""
    frequency, plus, into = small_signal(backend, bench, (pin,), at, bias)
    _, minus, _ = small_signal(backend, bench, (pin,), {other: -volts for other, volts in at.items()}, bias)
    return frequency, (plus - minus) / 2, into


def _lead(frequency: np.ndarray, response: np.ndarray, q: float) -> tuple[float, float]:
    """Fit the times of the legs, t, and of the mirrors, m, in seconds, up to a lag of `ANGLE`.

    With p = j w t, H = (1 + p/(1 - q)) (1 + p/(1 + q))/((1 + p) (1 + p/2))/(1 + j w m).

    A leg is a transistor on a diode with a capacitance between them, which follows the current of the leg at rest: (1 +
    q)/2 of the tail in the larger, (1 - q)/2 in the smaller. Kirchhoff's law at the four nodes, for a small signal at
    the gates of two legs, gives the poles and zeros: a fast signal bypasses the diodes in series.
    """
    response = response / response[0]
    beyond = np.flatnonzero(-np.unwrap(np.angle(response)) >= ANGLE)
    used = slice(0, max(3, int(beyond[0]) if beyond.size else len(response)))
    omega, target = 2j * np.pi * frequency[used], response[used]
    unit = 1 / float(np.abs(omega[-1]))

    def law(times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return H, and the derivative of its logarithm with respect to either time."""
        p, m = omega * times[0] * unit, omega * times[1] * unit
        apart = (1 + p / (1 - q)) * (1 + p / (1 + q)) / ((1 + p) * (1 + p / 2) * (1 + m))
        legs = 1 / (1 - q + p) + 1 / (1 + q + p) - 1 / (1 + p) - 1 / (2 + p)
        return apart, omega * unit * np.array([legs, -1 / (1 + m)])

    def difference(times: np.ndarray) -> np.ndarray:
        return _parts(law(times)[0] - target)

    def slopes(times: np.ndarray) -> np.ndarray:
        apart, moves = law(times)
        return _parts(apart * moves).T

    found = least_squares(difference, [(1.0, 0.5)], (0.0, 0.0), (np.inf, np.inf), slopes)
    return float(found[0]) * unit, float(found[1]) * unit


def _parts(values: np.ndarray) -> np.ndarray:
    """Concatenate real and imaginary parts along the last axis."""
    return np.concatenate([np.real(values), np.imag(values)], axis=-1)


def _delay(frequency: np.ndarray, out: np.ndarray) -> float:
    """Return the delay, in seconds, of the pole with the cell's phase at `ANGLE`."""
    lag = -np.unwrap(np.angle(out / out[0]))
    beyond = np.flatnonzero(lag >= ANGLE)
    at = int(beyond[0]) if beyond.size else len(lag) - 1
    if at == 0 or lag[at] <= 0:
        return 0.0
    crossing = np.exp(np.interp(min(ANGLE, lag[at]), lag[at - 1 : at + 1], np.log(frequency[at - 1 : at + 1])))
    return float(np.tan(min(ANGLE, lag[at])) / (2 * np.pi * crossing))


def _capacitance(frequency: np.ndarray, into: np.ndarray) -> float:
    """Return the capacitance at the lowest frequency, F."""
    return max(0.0, float(np.imag(into[0]) / (2 * np.pi * frequency[0])))


@dataclass(frozen=True)
class Noise:
    """The density of the output current's noise, white*ib*(1 + corner*ib/f) A^2/Hz: measured, and by the formula.

    **Arguments:** `white`: A. `corner`: Hz per A of bias in a unit. `formula`: A, 0 where there is none.
    """

    white: float
    corner: float
    formula: float


def noise_density(backend: Backend, bench: Bench, bias: float, tp: float, gain: float) -> Noise:
    """Measure the noise density, and compute it from shot noise in weak inversion.

    N devices with half the bias current each: S = N q ib (Sarpeshkar, Delbrueck and Mead, IEEE Circuits and Devices
    9(6), 1993); a resistor in equilibrium 4 k T g (Nyquist, Phys. Rev. 32, 1928).
    """
    pole = bias / (2 * np.pi * tp) if tp > 0 else bias * 1e13
    primitive = bench.primitive
    bands = ((pole * 1e-6, pole * 1e-5), (pole * 1e-3, pole * 1e-2))
    measured = [noise(backend, bench, {}, bias, band) / bias for band in bands]
    # integral of white (1 + c/f) over a band
    matrix = np.array([[high - low, np.log(high / low)] for low, high in bands])
    white, flicker = np.linalg.solve(matrix, np.array(measured))
    thermal = 4 * BOLTZMANN * (bench.temperature + KELVIN) * gain
    formula = thermal if primitive.name == "floating_resistor" else primitive.shot * ELEMENTARY_CHARGE
    return Noise(float(white), max(0.0, float(flicker / white) / bias), formula)
