"""Units of a circuit whose cells are made of devices: what the devices give, and where there is a choice, the unit at
which the least is expected to go wrong.

A large unit bends signals in the input pairs, a small one lets them drown in offsets and noise.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from vle_analog.cells.fitted import Fitted, fitted
from vle_analog.errors import InputError, Problem
from vle_analog.netlist.circuit import Units
from vle_analog.netlist.unit_curve import UnitCurve
from vle_analog.network import StudySpec, Traces
from vle_analog.network.stimuli import Stimulus
from vle_analog.process.process import Process

BOLTZMANN = 1.380649e-23  # J/K
CANDIDATES = np.geomspace(0.005, 1.0, 107)  # V per unit: steps of 5 %
MULTIPLIER, LOAD = NATURAL = ("multiplier", "ota_linear")  # whose numbers decide on the units of every circuit
LINEAR = ("linear",)
RAIL = 10.0  # V: where a node is said to end that nothing holds, far enough for no unit to look good beyond


def compressed(found: Fitted, volts: np.ndarray) -> np.ndarray:
    """What an input pair makes of its input, in volts: f(v)/f'(0), f = tanh((v + d)/vs) + tanh((v - d)/vs)."""
    scale, split = found.macromodel["vs"], found.macromodel["d"]
    top = scale * np.cosh(split / scale) ** 2 / 2
    return top * (np.tanh((volts + split) / scale) + np.tanh((volts - split) / scale))


def expanded(found: Fitted, volts: np.ndarray) -> np.ndarray:
    """What a pair as a load makes of a current, in volts: the inverse of `compressed`.

    It carries no more current than it is biased with; beyond that, its node runs to a rail.
    """
    reach = 4 * (found.macromodel["vs"] + found.macromodel["d"])
    inner = np.linspace(0, reach, 2001)
    most = compressed(found, np.array([reach]))[0] * 0.97
    size = np.abs(volts)
    return np.sign(volts) * np.where(size < most, np.interp(size, compressed(found, inner), inner), RAIL)


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
    bent = sorted({p.activation for p in network.populations} - set(LINEAR))
    potentials, errors = (
        _signals(spec, seen, target, "uU", inputs=True),
        _signals(spec, seen, target, "ev", inputs=False),
    )
    noise = _noise(process)

    def curve(
        quantity: str, signals: list[np.ndarray], paths: tuple[Callable[[np.ndarray], np.ndarray], ...]
    ) -> UnitCurve:
        return _curve(quantity, signals, paths, load.mismatch.get("vos", 0.0), noise)

    linear = curve("potential", potentials, (lambda v: expanded(load, v),))
    update: tuple[Callable[[np.ndarray], np.ndarray], ...] = ()
    if any(network.learns(q) for q in network.projections):
        scale = fitted("update_multiplier", process.name, library).macromodel["sy"]
        update = (lambda v: scale * np.tanh(v / scale),)
    error = curve("error", errors, (lambda v: expanded(load, v), *update))
    asked = spec.circuit.voltage_unit
    if bent:
        if asked != "auto" and not np.isclose(float(asked), natural["sx"], rtol=1e-3):
            raise InputError(Problem(
                f"the activation {bent[0]} is the curve of an input pair on {process.name}, whose scale is fixed",
                f"{spec.source}: circuit.voltage_unit", got=f"{asked:g} V", expected=f"{natural['sx']:.4g} V",
                hint='set voltage_unit = "auto"',
            ))  # fmt: skip
        potential, linear = natural["sx"], linear.at(natural["sx"], fixed=True)
    else:
        potential, linear = _asked(asked, linear)
    chosen, error = _asked(spec.circuit.error_unit, error)
    units = Units(spec.circuit.time_unit, potential, natural["sy"] / limit, chosen, 0.0)
    return units, (linear, error)


def _asked(asked: float | str, curve: UnitCurve) -> tuple[float, UnitCurve]:
    best = float(curve.units[int(np.argmin(curve.total))])
    unit = float(f"{best:.2g}") if asked == "auto" else float(asked)
    return unit, curve.at(unit, fixed=asked != "auto")


def _signals(spec: StudySpec, seen: Traces, target: Stimulus, kinds: str, *, inputs: bool) -> list[np.ndarray]:
    """All signals of these kinds, in model units."""
    rows = [row for signal, row in zip(seen.signals, seen.values, strict=True) if signal.kind in tuple(kinds)]
    if inputs:
        for stimulus in (*spec.network.heard().values(), target):
            rows += list(np.atleast_2d(stimulus(seen.time).T))
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
) -> UnitCurve:
    """Predicted errors, each relative to the peak to peak of all signals: root of the mean square."""
    if not signals:
        signals = [np.array([-1.0, 1.0])]
    values = np.concatenate(signals)
    span = float(np.ptp(values)) or 1.0
    bends = np.array([
        np.sqrt(sum(np.mean((bend(unit * values) / unit - values) ** 2) for bend in paths)) for unit in CANDIDATES
    ])  # fmt: skip
    return UnitCurve(quantity, CANDIDATES, bends / span, offset / (CANDIDATES * span), noise / (CANDIDATES * span))
