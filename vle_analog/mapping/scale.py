"""Pass 1, scale: from model units to volts and seconds, and whether every signal fits between the rails."""

from collections.abc import Mapping

import numpy as np

from vle_analog.errors import InputError, Problem
from vle_analog.mapping.alignment import noise
from vle_analog.mapping.constants import check_ranges, inner_peaks
from vle_analog.mapping.place import membrane_taught, stored
from vle_analog.netlist.circuit import Headroom, Units, nice
from vle_analog.network import StudySpec, Traces
from vle_analog.network.stimuli import Stimulus
from vle_analog.process.process import Process

UNIT_OF_KIND = {
    "u": "potential", "U": "potential", "v": "error", "e": "error", "W": "weight", "b": "weight", "F": "weight",
    "tau_m": "tau", "tau_r": "tau",
}  # fmt: skip
AUTO_FRACTION = 0.5  # an automatic unit leaves this much of the swing to surprises
TAU_FRACTION = 0.2  # a time constant moves further than a survey sees
KEYS = {"potential": "voltage_unit", "weight": "weight_unit", "error": "error_unit", "tau": "tau_unit"}


def scale(spec: StudySpec, survey: Traces, target: Stimulus, process: Process) -> tuple[Units, tuple[Headroom, ...]]:
    """The units of a study's circuit, and how much of the swing each kind of signal takes.

    **Arguments:**

    - `survey`: a solution of the equations, good enough to know how far each signal goes.

    **Raises:** `InputError` naming every signal that goes beyond the swing of the process' output stages.
    """
    swing = _swing(spec, process)
    peaks = _peaks(spec, survey, target)
    volts = {name: _unit(name, getattr(spec.circuit, key), peaks, swing) for name, key in KEYS.items()}
    if not any(quantity == "tau" for _, _, quantity in peaks):
        volts["tau"] = 0.0
    units = Units(spec.circuit.time_unit, volts["potential"], volts["weight"], volts["error"], volts["tau"])
    return units, headroom(spec, units, survey, target, process)


def headroom(spec: StudySpec, units: Units, traces: Traces, target: Stimulus, process: Process) -> tuple[Headroom, ...]:
    """How much of the swing each kind of signal takes.

    **Raises:** `InputError` naming every signal that goes beyond it, or a time constant that leaves its range.
    """
    check_ranges(spec, traces, target)
    swing = _swing(spec, process)
    peaks = _peaks(spec, traces, target)
    found = {
        Headroom(owner, kind, unit, peak * unit, swing): quantity
        for (owner, kind, quantity), peak in peaks.items()
        for unit in (getattr(units, quantity),)
    }
    beyond = [(h, quantity) for h, quantity in found.items() if h.peak > swing * (1 + 1e-12)]
    if beyond:
        raise InputError(*(_does_not_fit(h, KEYS[quantity], spec) for h, quantity in beyond))
    return tuple(found)


def _swing(spec: StudySpec, process: Process) -> float:
    supply = spec.circuit.supply or process.supply
    if not 2 * process.overhead < supply <= process.supply_maximum:
        raise InputError(Problem(
            f"the supply cannot be used on {process.name}", "circuit.supply", got=f"{supply:g} V",
            expected=f"more than {2 * process.overhead:g} V, to leave room for signals, "
            f"and at most {process.supply_maximum:g} V",
        ))  # fmt: skip
    return process.swing(supply)


def _unit(quantity: str, given: float | str, peaks: Mapping[tuple[str, str, str], float], swing: float) -> float:
    if given != "auto":
        return float(given)
    peak = max((p for (_, _, q), p in peaks.items() if q == quantity), default=0.0)
    fraction = TAU_FRACTION if quantity == "tau" else AUTO_FRACTION
    return nice(fraction * swing / peak) if peak > 0 else nice(fraction * swing)


def _peaks(spec: StudySpec, traces: Traces, target: Stimulus) -> dict[tuple[str, str, str], float]:
    """Largest magnitude, in model units, of every kind of signal: (owner, kind, quantity) -> peak."""
    peaks: dict[tuple[str, str, str], float] = {}
    for signal, row in zip(traces.signals, traces.values, strict=True):
        if (quantity := UNIT_OF_KIND.get(signal.kind)) is not None:
            key = (signal.owner, signal.kind, quantity)
            peaks[key] = max(peaks.get(key, 0.0), float(np.max(np.abs(row))))
    for name, stimulus in spec.network.heard().items():
        peaks[name, "input", "potential"] = float(np.max(np.abs(stimulus(traces.time))))
    peaks["target", "input", "potential"] = float(np.max(np.abs(target(traces.time))))
    output = spec.network.population(spec.network.output)
    if membrane_taught(spec.network, output) and spec.network.rule != "backprop":
        slope = np.max(np.abs(target.slope(traces.time)), axis=1)
        peaks["target", "slope", "potential"] = float(np.max(output.tau_m * slope))
    for projection in spec.network.projections:
        if not spec.network.learns(projection):
            peaks[projection.name, "W", "weight"] = float(np.max(np.abs(projection.weights)))
    for _, name, samples in noise(spec.network):
        peaks[name, "xi", "potential"] = float(np.max(np.abs(samples(traces.time))))
    for name in {q.target for q in spec.network.projections if spec.network.learns_feedback(q)}:
        rates = np.array(
            [r for s, r in zip(traces.signals, traces.values, strict=True) if (s.owner, s.kind) == (name, "r")]
        )
        peaks[name, "rhat", "potential"] = float(np.max(np.maximum(rates.max(1), 0) - np.minimum(rates.min(1), 0)))
    for population in spec.network.populations:
        peaks.setdefault((population.name, "b", "weight"), float(np.max(np.abs(population.bias))))
        if stored(spec.network, population):
            peaks |= inner_peaks(population, traces)
    return {key: peak for key, peak in peaks.items() if peak > 0}


def _does_not_fit(headroom: Headroom, key: str, spec: StudySpec) -> Problem:
    fits = nice(headroom.limit * headroom.unit / headroom.peak)
    return Problem(
        f"{headroom.owner}.{headroom.kind} goes beyond the swing of the output stages", f"circuit.{key}",
        got=f"a peak of {headroom.peak:.3g} V at {headroom.unit:g} V per unit ({key} = {getattr(spec.circuit, key)})",
        expected=f"at most {headroom.limit:.3g} V around cm",
        hint=f'set {key} = {fits:g} or "auto", or raise the supply',
    )  # fmt: skip
