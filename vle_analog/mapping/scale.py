"""Pass 1, scale: volts and seconds per model unit, and the check that every signal fits between the rails."""

from collections.abc import Mapping

from vle_analog.errors import InputError, Problem
from vle_analog.mapping.constants import check_ranges
from vle_analog.mapping.reach import peaks as reached
from vle_analog.netlist.circuit import Headroom, Units, nice
from vle_analog.network import Traces
from vle_analog.network.stimuli import Stimulus
from vle_analog.process.process import Process
from vle_analog.study import StudySpec

AUTO_FRACTION = 0.5  # of the swing at the survey's peak; the rest is margin
TAU_FRACTION = 0.2  # smaller: a time constant moves further than in a survey
MAX_INPUT_RATIO = 10.0  # times the swing: an input beside which all other signals are negligible
MIN_VOLTAGE_UNIT = 1e-5  # V per unit of potential
KEYS = {"potential": "voltage_unit", "weight": "weight_unit", "error": "error_unit", "tau": "tau_unit"}


def scale(spec: StudySpec, survey: Traces, target: Stimulus, process: Process) -> tuple[Units, tuple[Headroom, ...]]:
    """Choose the units of a study's circuit.

    **Arguments:**

    - `survey`: a solution of the equations, accurate enough for the peak of each signal.

    **Returns:** the units, and the headroom of each kind of signal.

    **Raises:** `InputError` naming every signal that goes beyond the swing of the process' output stages.
    """
    swing = swing_of(spec, process)
    peaks = reached(spec, survey, target)
    _check_inputs(spec, peaks, swing)
    floor = spec.compare.floor
    volts = {name: _unit(name, getattr(spec.circuit, key), peaks, swing, floor) for name, key in KEYS.items()}
    volts["tau"] = tau_unit(spec, peaks, swing)
    units = Units(spec.circuit.time_unit, volts["potential"], volts["weight"], volts["error"], volts["tau"])
    return units, headroom(spec, units, survey, target, process)


def headroom(spec: StudySpec, units: Units, traces: Traces, target: Stimulus, process: Process) -> tuple[Headroom, ...]:
    """Return the share of the swing that each kind of signal uses.

    **Raises:** `InputError` naming every signal that goes beyond the swing; `UnsolvedError` where a time constant
    leaves its range.
    """
    check_ranges(spec, traces, target)
    swing = swing_of(spec, process)
    peaks = reached(spec, traces, target)
    found = {
        Headroom(owner, kind, unit, peak * unit, swing): quantity
        for (owner, kind, quantity), peak in peaks.items()
        for unit in (getattr(units, quantity),)
    }
    beyond = [(h, quantity) for h, quantity in found.items() if h.peak > swing * (1 + 1e-12)]
    inputs = [h for h, _ in beyond if h.kind == "input" and h.used > MAX_INPUT_RATIO]
    if inputs and spec.circuit.voltage_unit == "auto":  # internal signals beyond the swing follow from the inputs
        raise InputError(*(_too_large(h.owner, h.peak / h.unit, h.limit / h.unit, h.unit, spec) for h in inputs))
    if beyond:
        raise InputError(*(_does_not_fit(h, KEYS[quantity], spec) for h, quantity in beyond))
    return tuple(found)


def _check_inputs(spec: StudySpec, peaks: Mapping[tuple[str, str, str], float], swing: float) -> None:
    """Check that no input is so large that all other signals of the circuit would be too small.

    **Raises:** `InputError` naming each such input.
    """
    most = AUTO_FRACTION * swing / MIN_VOLTAGE_UNIT
    large = {owner: size for (owner, kind, _), size in peaks.items() if kind == "input" and size > most}
    if large:
        raise InputError(*(_too_large(owner, size, most, MIN_VOLTAGE_UNIT, spec) for owner, size in large.items()))


def _too_large(owner: str, size: float, most: float, unit: float, spec: StudySpec) -> Problem:
    return Problem(
        "the input is too large for a circuit",
        f"{spec.source}: {'target' if owner == 'target' else f'stimuli.{owner}'}",
        f"a peak of {size:g}",
        f"at most {most:.3g}, where a unit of potential is {unit:g} V",
        "make it smaller"
        + ("" if owner == "target" else ", and the weights of its projections larger by the same factor"),
    )


def swing_of(spec: StudySpec, process: Process) -> float:
    """Return the largest distance of a signal from cm, in volts.

    **Raises:** `InputError` for a supply that the process cannot use.
    """
    supply = spec.circuit.supply or process.supply
    if not 2 * process.overhead < supply <= process.supply_maximum:
        raise InputError(
            Problem(
                f"the supply cannot be used on {process.name}",
                "circuit.supply",
                got=f"{supply:g} V",
                expected=f"more than {2 * process.overhead:g} V, to leave room for signals, "
                f"and at most {process.supply_maximum:g} V",
                remedies=("supply",),
            )
        )
    return process.swing(supply)


def tau_unit(spec: StudySpec, peaks: Mapping[tuple[str, str, str], float], swing: float) -> float:
    """Return the volts per unit of model time of stored time constants; 0 where none is stored."""
    stored = any(quantity == "tau" for _, _, quantity in peaks)
    return _unit("tau", spec.circuit.tau_unit, peaks, swing, spec.compare.floor) if stored else 0.0


def _unit(
    quantity: str, given: float | str, peaks: Mapping[tuple[str, str, str], float], swing: float, floor: float
) -> float:
    """Return the volts per unit; `auto` treats peaks below the floor as the floor."""
    if given != "auto":
        return float(given)
    peak = max((p for (_, _, q), p in peaks.items() if q == quantity), default=0.0)
    fraction = TAU_FRACTION if quantity == "tau" else AUTO_FRACTION
    return nice(fraction * swing / max(peak, floor)) if peak > 0 else nice(fraction * swing)


def _does_not_fit(headroom: Headroom, key: str, spec: StudySpec) -> Problem:
    return Problem(
        f"{headroom.owner}.{headroom.kind} goes beyond the swing of the output stages",
        f"circuit.{key}",
        got=f"a peak of {headroom.peak:.3g} V at {headroom.unit:g} V per unit ({key} = {getattr(spec.circuit, key)})",
        expected=f"at most {headroom.limit:.3g} V around cm",
        remedies=(key, *(("weight_limit",) if key == "weight_unit" else ()), "supply", "ideal circuit"),
    )
