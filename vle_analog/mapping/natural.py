"""Units of a circuit whose cells are made of devices: what the devices give, and where there is a choice, the unit at
which the least is expected to go wrong.

A large unit bends signals in the input pairs, a small one lets them drown in offsets and noise.
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
from vle_analog.network import Network, StudySpec, Traces
from vle_analog.network.stimuli import Stimulus
from vle_analog.process.process import Process

BOLTZMANN = 1.380649e-23  # J/K
CANDIDATES = np.geomspace(0.005, 1.0, 107)  # V per unit: steps of 5 %
MULTIPLIER, LOAD = NATURAL = ("multiplier", "ota_linear")  # whose numbers decide on the units of every circuit
LINEAR = ("linear",)
LOADED = ("u", "U", "v", "e")  # nodes with a pair as their load
STEP = float(CANDIDATES[1] / CANDIDATES[0])
BEYOND = 50.0  # times as far as it should, a node is said to go that nothing holds: no unit looks good beyond
FILL = 0.8  # of what a stage carries, an automatic unit uses at most: a survey does not see everything


def compressed(found: Fitted, volts: np.ndarray) -> np.ndarray:
    """What an input pair makes of its input, in volts: f(v)/f'(0), f = tanh((v + d)/vs) + tanh((v - d)/vs)."""
    scale, split = found.macromodel["vs"], found.macromodel["d"]
    top = scale * np.cosh(split / scale) ** 2 / 2
    return top * (np.tanh((volts + split) / scale) + np.tanh((volts - split) / scale))


def expanded(found: Fitted, volts: np.ndarray) -> np.ndarray:
    """What a pair as a load makes of a current, in volts: the inverse of `compressed`.

    It carries no more current than it is biased with; beyond that, its node runs to a rail.
    """
    inner = np.linspace(0, _reach(found), 2001)
    size = np.abs(volts)
    within = np.interp(size, compressed(found, inner), inner)
    return np.sign(volts) * np.where(size < full_scale(found), within, BEYOND * size)


def full_scale(found: Fitted) -> float:
    """The most that a pair as a load carries, in volts of its input as it is asked for."""
    return float(compressed(found, np.array([_reach(found)]))[0]) * 0.97


def _reach(found: Fitted) -> float:
    """Volts at which a pair is as good as switched over."""
    return 4 * (found.macromodel["vs"] + found.macromodel["d"])


def natural_units(
    spec: StudySpec, seen: Traces, target: Stimulus, process: Process, limit: float, library: Path | None = None
) -> tuple[Units, tuple[UnitCurve, ...]]:
    """The units of a circuit made of devices, and the curves by which they were chosen.

    **Arguments:**

    - `seen`: a solution of the equations. `limit`: the largest weight, in model units.

    **Raises:** `InputError` where the study asks for a unit of potential that the activation's pair does not have.
    """
    natural = fitted(MULTIPLIER, process.name, library).macromodel  # out = i tanh(x/sx) tanh(y/sy)
    load = fitted(LOAD, process.name, library)
    network = spec.network
    curved = bent(network)
    potentials, errors = _signals(seen, "uU"), _signals(seen, "ev")
    noise = _noise(process)

    farthest, swing = peaks(spec, seen, target), swing_of(spec, process)
    most = _most(farthest, full_scale(load), swing)

    def curve(
        quantity: str, signals: list[np.ndarray], paths: tuple[Callable[[np.ndarray], np.ndarray], ...]
    ) -> UnitCurve:
        return _curve(quantity, signals, paths, load.mismatch.get("vos", 0.0), noise, most[quantity])

    linear = curve("potential", potentials, (lambda v: expanded(load, v),))
    update: tuple[Callable[[np.ndarray], np.ndarray], ...] = ()
    if any(network.learns(q) for q in network.projections):
        scale = fitted("update_multiplier", process.name, library).macromodel["sy"]
        update = (lambda v: scale * np.tanh(v / scale),)
    error = curve("error", errors, (lambda v: expanded(load, v), *update))
    asked = spec.circuit.voltage_unit
    if curved:
        if asked != "auto" and not np.isclose(float(asked), natural["sx"], rtol=1e-3):
            raise InputError(Problem(
                f"the activation {curved[0]} is the curve of an input pair on {process.name}, whose scale is fixed",
                f"{spec.source}: circuit.voltage_unit", got=f"{asked:g} V", expected=f"{natural['sx']:.4g} V",
                remedies=("voltage_unit",),
            ))  # fmt: skip
        potential, linear = natural["sx"], linear.at(natural["sx"], fixed=True)
    else:
        potential, linear = _asked(asked, linear, most["potential"])
    chosen, error = _asked(spec.circuit.error_unit, error, most["error"])
    units = Units(spec.circuit.time_unit, potential, natural["sy"] / limit, chosen, tau_unit(spec, farthest, swing))
    return units, (linear, error)


def bent(network: Network) -> list[str]:
    """The activations that are curves of input pairs, whose scale the process fixes."""
    return sorted({p.activation for p in network.populations} - set(LINEAR))


def _asked(asked: float | str, curve: UnitCurve, most: float) -> tuple[float, UnitCurve]:
    """The unit that was asked for, or of `auto` the one of the least deviation among those that hold all signals."""
    if asked != "auto":
        return float(asked), curve.at(float(asked), fixed=True)
    fits = curve.units <= most
    best = float(curve.units[fits][int(np.argmin(curve.total[fits]))])
    return (unit := float(f"{best:.2g}")), curve.at(unit, fixed=False)


def _most(peaks: Mapping[tuple[str, str, str], float], loaded: float, swing: float) -> dict[str, float]:
    """Quantity -> the largest unit that holds all signals with some room: those on loads, and those from outside."""
    found: dict[str, float] = dict.fromkeys(("potential", "error"), float(CANDIDATES[-1]))
    for (_, kind, quantity), peak in peaks.items():
        if quantity in found:
            found[quantity] = min(found[quantity], FILL * (min(loaded, swing) if kind in LOADED else swing) / peak)
    return found


def _signals(seen: Traces, kinds: str) -> list[np.ndarray]:
    """All signals of these kinds that move, in model units."""
    rows = [row for signal, row in zip(seen.signals, seen.values, strict=True) if signal.kind in tuple(kinds)]
    return [row for row in rows if np.ptp(row) > 0]


def _noise(process: Process) -> float:
    """Volts of noise on a follower's capacitor: sqrt(N/(2 kappa) kT/C), of any current; N = 8 devices, kappa = 0.7.

    Mead, Analog VLSI and Neural Systems (1989); Sarpeshkar, Delbrueck, Mead, IEEE Circuits and Devices 9 (1993).
    """
    kelvin = 273.15 + process.temperature  # at which cells are characterised
    return float(np.sqrt(8 / (2 * 0.7) * BOLTZMANN * kelvin / process.weight_capacitor))


def _curve(
    quantity: str,
    signals: list[np.ndarray],
    paths: tuple[Callable[[np.ndarray], np.ndarray], ...],
    offset: float,
    noise: float,
    most: float,
) -> UnitCurve:
    """Predicted errors, each relative to the peak to peak of all signals: root of the mean square.

    The units are those of `CANDIDATES`, and smaller ones where signals need them: `most` V per unit hold them.
    """
    if not signals:
        signals = [np.array([-1.0, 1.0])]
    values = np.concatenate(signals)
    span = float(np.ptp(values)) or 1.0
    smaller = max(0, int(np.ceil(np.log(CANDIDATES[0] / most) / np.log(STEP))) + 1)
    units = np.concatenate([CANDIDATES[0] * STEP ** np.arange(-smaller, 0.0), CANDIDATES])
    bends = np.array([
        np.sqrt(sum(np.mean((bend(unit * values) / unit - values) ** 2) for bend in paths)) for unit in units
    ])  # fmt: skip
    return UnitCurve(quantity, units, bends / span, offset / (units * span), noise / (units * span))
