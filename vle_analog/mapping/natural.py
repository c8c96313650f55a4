"""Units of a circuit made of devices: fixed by the devices, or chosen for the least predicted deviation.

A large unit compresses signals in the input pairs, a small one lets offsets and noise dominate.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from vle_analog.cells.fitted import Fitted, fitted
from vle_analog.errors import InputError, Problem
from vle_analog.mapping.reach import peaks
from vle_analog.mapping.scale import swing_of, tau_unit
from vle_analog.netlist.circuit import Units
from vle_analog.netlist.unit_curve import UnitCurve
from vle_analog.network import Network, Traces
from vle_analog.network.stimuli import Stimulus
from vle_analog.process.process import Process
from vle_analog.study import StudySpec

BOLTZMANN = 1.380649e-23  # J/K
CANDIDATES = np.geomspace(0.005, 1.0, 107)  # V per unit: steps of 5 %
MULTIPLIER, LOAD = NATURAL = ("multiplier", "ota_linear")  # whose numbers determine the units of every circuit
LINEAR = ("linear",)
LOADED = ("u", "U", "v", "e")  # nodes with a pair as their load
STEP = float(CANDIDATES[1] / CANDIDATES[0])
OVERLOAD_FACTOR = 50.0  # factor on a node driven beyond its load: rejects the unit
MAX_SWING_SHARE = 0.8  # largest share of a stage's range that an automatic unit uses: a survey is approximate


def compressed(found: Fitted, volts: np.ndarray) -> np.ndarray:
    """Return an input pair's output, in volts of a linear pair's input.

    It is f(v)/f'(0), with f = tanh((v + d)/vs) + tanh((v - d)/vs).
    """
    scale, split = found.macromodel["vs"], found.macromodel["d"]
    top = scale * np.cosh(split / scale) ** 2 / 2
    return top * (np.tanh((volts + split) / scale) + np.tanh((volts - split) / scale))


def expanded(found: Fitted) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function that gives the voltage across a pair as a load: the inverse of `compressed`.

    A load carries at most its bias current; beyond that, its node runs to a rail.
    """
    inner = np.linspace(0, _reach(found), 2001)
    outer, most = compressed(found, inner), full_scale(found)

    def volts_of(volts: np.ndarray) -> np.ndarray:
        size = np.abs(volts)
        return np.sign(volts) * np.where(size < most, np.interp(size, outer, inner), OVERLOAD_FACTOR * size)

    return volts_of


def full_scale(found: Fitted) -> float:
    """Return the largest current of a pair as a load, in volts of its linear input."""
    return float(compressed(found, np.array([_reach(found)]))[0]) * 0.97


def _reach(found: Fitted) -> float:
    """Return the input at which a pair is practically switched over, in volts."""
    return 4 * (found.macromodel["vs"] + found.macromodel["d"])


def natural_units(
    spec: StudySpec, survey: Traces, target: Stimulus, process: Process, limit: float, library: Path | None = None
) -> tuple[Units, tuple[UnitCurve, ...]]:
    """Choose the units of a circuit made of devices.

    **Arguments:**

    - `survey`: a solution of the equations. `limit`: the largest weight, in model units.

    **Returns:** the units, and the curves by which they were chosen.

    **Raises:** `InputError` where the study sets a unit of potential other than the one the activation's pair has.
    """
    natural = fitted(MULTIPLIER, process.name, library).macromodel  # out = i tanh(x/sx) tanh(y/sy)
    load = fitted(LOAD, process.name, library)
    network = spec.network
    curved = curved_activations(network)
    potentials, errors = _signals(survey, "uU"), _signals(survey, "ev")
    noise = _noise(process)

    loaded = expanded(load)
    farthest, swing = peaks(spec, survey, target), swing_of(spec, process)
    most = _most(farthest, full_scale(load), swing)

    def curve(
        quantity: str, signals: list[np.ndarray], paths: tuple[Callable[[np.ndarray], np.ndarray], ...]
    ) -> UnitCurve:
        return _curve(quantity, signals, paths, load.mismatch.get("vos", 0.0), noise, most[quantity])

    linear = curve("potential", potentials, (loaded,))
    update: tuple[Callable[[np.ndarray], np.ndarray], ...] = ()
    if any(network.learns(q) for q in network.projections):
        scale = fitted("update_multiplier", process.name, library).macromodel["sy"]
        update = (lambda v: scale * np.tanh(v / scale),)
    error = curve("error", errors, (loaded, *update))
    requested = spec.circuit.voltage_unit
    if curved:
        if requested != "auto" and not np.isclose(float(requested), natural["sx"], rtol=1e-3):
            raise InputError(
                Problem(
                    f"the activation {curved[0]} is the curve of an input pair, whose scale is fixed on {process.name}",
                    f"{spec.source}: circuit.voltage_unit",
                    got=f"{requested:g} V",
                    expected=f"{natural['sx']:.4g} V",
                    remedies=("voltage_unit",),
                )
            )
        potential, linear = natural["sx"], linear.at(natural["sx"], fixed=True)
    else:
        potential, linear = _unit_of(requested, linear, most["potential"])
    chosen, error = _unit_of(spec.circuit.error_unit, error, most["error"])
    units = Units(spec.circuit.time_unit, potential, natural["sy"] / limit, chosen, tau_unit(spec, farthest, swing))
    return units, (linear, error)


def curved_activations(network: Network) -> list[str]:
    """List the activations that are curves of input pairs, whose scale is fixed by the process."""
    return sorted({p.activation for p in network.populations} - set(LINEAR))


def _unit_of(requested: float | str, curve: UnitCurve, most: float) -> tuple[float, UnitCurve]:
    """Return the unit that the study sets, or for `auto` the fitting one of least deviation."""
    if requested != "auto":
        return float(requested), curve.at(float(requested), fixed=True)
    fits = curve.units <= most
    best = float(curve.units[fits][int(np.argmin(curve.total[fits]))])
    return (unit := float(f"{best:.2g}")), curve.at(unit, fixed=False)


def _most(peaks: Mapping[tuple[str, str, str], float], loaded: float, swing: float) -> dict[str, float]:
    """Return the largest unit per quantity that fits all signals with some room: signals on loads, and inputs."""
    found: dict[str, float] = dict.fromkeys(("potential", "error"), float(CANDIDATES[-1]))
    for (_, kind, quantity), peak in peaks.items():
        if quantity in found:
            found[quantity] = min(
                found[quantity], MAX_SWING_SHARE * (min(loaded, swing) if kind in LOADED else swing) / peak
            )
    return found


def _signals(survey: Traces, kinds: str) -> list[np.ndarray]:
    """List all signals of these kinds that vary, in model units."""
    rows = [row for signal, row in zip(survey.signals, survey.values, strict=True) if signal.kind in tuple(kinds)]
    return [row for row in rows if np.ptp(row) > 0]


def _noise(process: Process) -> float:
    """Return the rms noise voltage on a follower's capacitor.

    It is sqrt(N/(2 kappa) kT/C), for any current, with N = 8 devices and kappa = 0.7. Mead, Analog VLSI and Neural
    Systems (1989); Sarpeshkar, Delbrueck, Mead, IEEE Circuits and Devices 9 (1993).
    """
    kelvin = 273.15 + process.temperature  # the temperature of the characterisation
    return float(np.sqrt(8 / (2 * 0.7) * BOLTZMANN * kelvin / process.weight_capacitor))


def _curve(
    quantity: str,
    signals: list[np.ndarray],
    paths: tuple[Callable[[np.ndarray], np.ndarray], ...],
    offset: float,
    noise: float,
    most: float,
) -> UnitCurve:
    """Predict root mean square errors, each relative to the peak to peak of all signals, for every candidate unit.

    The units are `CANDIDATES`, and smaller ones where `most` (V per unit) requires them.
    """
    if not signals:
        signals = [np.array([-1.0, 1.0])]
    values = np.concatenate(signals)
    span = float(np.ptp(values)) or 1.0
    smaller = max(0, int(np.ceil(np.log(CANDIDATES[0] / most) / np.log(STEP))) + 1)
    units = np.concatenate([CANDIDATES[0] * STEP ** np.arange(-smaller, 0.0), CANDIDATES])
    bends = np.array(
        [np.sqrt(sum(np.mean((bend(unit * values) / unit - values) ** 2) for bend in paths)) for unit in units]
    )
    return UnitCurve(quantity, units, bends / span, offset / (units * span), noise / (units * span))
