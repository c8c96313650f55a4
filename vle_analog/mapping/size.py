"""Pass 3, size: capacitors, resistors and transconductances from time constants, units and the process.

The formulas are in the cells (`[sizing]` of their `cell.toml`); this pass supplies the quantities they name. Capacitors
lie on the drawing grid; the conductance beside each is then the exact value for its time constant.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vle_analog.cells.library import cell
from vle_analog.cells.sizing import sized_together
from vle_analog.errors import InputError, Problem
from vle_analog.mapping.alignment import alignment_names
from vle_analog.mapping.constants import gain_correction
from vle_analog.mapping.parts import Parts, neuron_parts, synapse_parts
from vle_analog.mapping.place import NeuronPlan, Placement, SynapsePlan
from vle_analog.netlist.circuit import Units
from vle_analog.network import Network
from vle_analog.process.process import Process

Values = Mapping[tuple[str, str], np.ndarray]
RESCALED = ("slower", "faster", "voltage_unit", "larger voltage_unit")  # remedies of capacitors and resistors


@dataclass(frozen=True, eq=False)
class Sizes:
    """The parameters of every cell: owner -> {(instance, parameter): values}.

    Values of neurons have the shape `(size,)`, of synapses the shape of the weights; zero where a neuron of the
    population has no such cell. Sizing lines that are not parameters (`g_s`: see `cells.sizing`) are included.
    `conductance` is that of a node with a capacitor, in siemens; `conductance_ratio` times it is that of a node without
    one.
    """

    conductance: float
    conductance_ratio: float
    neurons: Mapping[str, Values]
    synapses: Mapping[str, Values]


def size(
    network: Network,
    placement: Placement,
    units: Units,
    process: Process,
    parasitic_pole: float,
    poles: Sequence[str],
    start: Mapping,
    own: Path | None = None,
    conductance_ratio: float = 1.0,
) -> Sizes:
    """Size all cells.

    **Arguments:**

    - `parasitic_pole`: time constant of every parasitic pole, in model time; `poles`: the nodes that carry one.
    - `start`: population -> {"u", "v", "rbar", "U", "h", "B", "e": model units at time 0}. `own`: the user's library.
    - `conductance_ratio`: conductance of nodes without a capacitor, relative to the others.

    **Raises:** `InputError` naming the neurons whose capacitor or resistor the process cannot make.
    """
    shared = _shared(network, units, process) | {"tau_pole": parasitic_pole * units.time}
    known = {
        plan.population.name: shared | _neuron_names(network, plan, units) | dict(start[plan.population.name])
        for plan in placement.neurons
    }
    conductance = _conductance(placement, units, process, known, poles, own)
    g = {"g0": conductance, "g1": conductance_ratio * conductance}
    neurons = {name: _neurons(placement.neuron(name), names | g, process, poles, own) for name, names in known.items()}
    synapses = {plan.projection.name: _synapses(plan, shared | g, process, neurons, own) for plan in placement.synapses}
    return Sizes(conductance, conductance_ratio, neurons, synapses)


def _shared(network: Network, units: Units, process: Process) -> dict[str, Any]:
    """Return the quantities of network, units and process that all formulas may refer to."""
    return {
        "T": units.time,
        "V_u": units.potential,
        "V_w": units.weight,
        "V_e": units.error,
        "V_t": units.tau,
        "c_w": process.weight_capacitor,
        "beta": network.beta,
        "gamma": network.gamma,
        **alignment_names(network, units),
    }


def _neuron_names(network: Network, plan: NeuronPlan, units: Units) -> dict[str, Any]:
    """Return the quantities of a population that formulas of its neurons may refer to; shapes `(size,)`."""
    p = plan.population
    return {
        "tau_m": p.tau_m * units.time,
        "tau_r": p.tau_r * units.time,
        "b": p.bias,
        "correction": gain_correction(network, p),
        "eta_b": p.bias_eta,
        "eta_tau_m": p.tau_m_eta,
        "eta_tau_r": p.tau_r_eta,
    }


def _kinds(plan: NeuronPlan, poles: Sequence[str]) -> Iterator[tuple[Parts, np.ndarray]]:
    """Yield the parts of every kind of neuron in a population, and the indices of its neurons."""
    kinds = list(zip(plan.membrane, plan.error, strict=True))
    for kind in dict.fromkeys(kinds):
        members = np.array([k for k, other in enumerate(kinds) if other == kind])
        yield neuron_parts(plan, int(members[0]), poles)[0], members


def _neurons(
    plan: NeuronPlan, known: Mapping[str, Any], process: Process, poles: Sequence[str], own: Path | None
) -> Values:
    """Evaluate every formula of every cell of a population."""
    n = plan.population.size
    found: dict[str, dict[str, np.ndarray]] = {}
    for parts, members in _kinds(plan, poles):
        here = {key: np.broadcast_to(value, n)[members] for key, value in known.items()}
        cells = {part: cell(name, own) for part, name, *_ in parts}
        for part, lines in sized_together(cells, here, process.on_grid).items():
            for key, value in lines.items():
                found.setdefault(part, {}).setdefault(key, np.zeros(n))[members] = value
    values = {(part, key): column for part, columns in found.items() for key, column in columns.items()}
    lead = np.array(plan.membrane) == "membrane_lead"
    if np.any(lead):
        _check_resistor(plan.population.name, values["membrane", "rs"][lead], process)
    return values


def _synapses(
    plan: SynapsePlan, known: Mapping[str, Any], process: Process, neurons: Mapping[str, Values], own: Path | None
) -> Values:
    """Evaluate every formula of every cell of a projection; rows are targets, columns senders."""
    projection = plan.projection
    shape = projection.weights.shape
    here = dict(known) | {"W": projection.weights, "eta_W": projection.eta, "F": projection.feedback_weights}
    here["g_s"] = neurons[projection.target]["membrane", "g_s"][:, None]
    if plan.backward:
        here["g_h"] = neurons[projection.source]["slope", "g_h"][None, :]
    cells = {part: cell(name, own) for part, name, *_ in synapse_parts(plan)[0]}
    return {
        (part, key): np.broadcast_to(value, shape)
        for part, lines in sized_together(cells, here, process.on_grid).items()
        for key, value in lines.items()
    }


def _conductance(
    placement: Placement,
    units: Units,
    process: Process,
    known: Mapping[str, Mapping[str, Any]],
    poles: Sequence[str],
    own: Path | None,
) -> float:
    """Choose one conductance for the whole network, g = I/V, as near the nominal one as the capacitors permit.

    A capacitor C = g tau must lie within the process limits for the shortest and the longest time constant.
    """
    spans = {
        plan.population.name: _capacitor_times(plan, known[plan.population.name], poles, own)
        for plan in placement.neurons
    }
    times = np.concatenate(list(spans.values())) if spans else np.empty(0)
    nominal = process.current.nominal / units.potential
    low, high = process.current.minimum / units.potential, process.current.maximum / units.potential
    if len(times):
        shortest, longest = float(times.min()), float(times.max())
        low, high = max(low, process.capacitor.minimum / shortest), min(high, process.capacitor.maximum / longest)
        if low > high:
            raise InputError(_cannot_be_made(spans, units, process, shortest, longest))
    return float(np.clip(nominal, low, high))


def _capacitor_times(plan: NeuronPlan, known: Mapping[str, Any], poles: Sequence[str], own: Path | None) -> np.ndarray:
    """Return C/g0, in seconds, of every capacitor of a population with a time constant: its formula at g0 = 1."""
    times: list[np.ndarray] = [np.empty(0)]

    def note(capacitance: Any) -> Any:
        times.append(np.broadcast_to(capacitance, len(members)))
        return capacitance

    for parts, members in _kinds(plan, poles):
        here = {key: np.broadcast_to(value, plan.population.size)[members] for key, value in known.items()}
        sized_together({part: cell(name, own) for part, name, *_ in parts}, here | {"g0": 1.0, "g1": 1.0}, note)
    return np.concatenate(times)


def _cannot_be_made(
    spans: Mapping[str, np.ndarray], units: Units, process: Process, shortest: float, longest: float
) -> Problem:
    def owner(time: float) -> str:
        return next(name for name, times in spans.items() if np.any(times == time))

    current, capacitor = process.current, process.capacitor
    return Problem(
        f"no current makes capacitors for time constants of {shortest:.3g} s ({owner(shortest)}) to {longest:.3g} s "
        f"({owner(longest)}) on {process.name}",
        "circuit.time_unit",
        got=f"{units.time:g} s and {units.potential:g} V per unit",
        expected=f"capacitors of {capacitor.minimum:.2g} to {capacitor.maximum:.2g} F at {current.minimum:.2g} to "
        f"{current.maximum:.2g} A per branch",
        remedies=(*RESCALED, "time constants", "ideal circuit"),
    )


def _check_resistor(name: str, ohms: np.ndarray, process: Process) -> None:
    low, high = process.resistor.minimum, process.resistor.maximum
    if np.any((ohms < low) | (ohms > high)):
        worst = float(ohms[np.argmax(np.maximum(low / ohms, ohms / high))])
        raise InputError(
            Problem(
                f"the lead resistor of {name} cannot be made on {process.name}",
                f"network.populations.{name}.tau_r",
                got=f"{worst:.3g} ohm",
                expected=f"{low:.2g} to {high:.2g} ohm",
                remedies=(*RESCALED, f"time constants:{name}", "ideal circuit"),
            )
        )
