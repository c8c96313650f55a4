"""Pass 3, size: capacitors, resistors and transconductances from time constants, units and the process.

Capacitors lie on the drawing grid; the conductance beside each is then exactly what its time constant asks for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from vle_analog.cells.process import Process
from vle_analog.errors import InputError, Problem
from vle_analog.mapping.alignment import feedback_update, highpass
from vle_analog.mapping.constants import gain_correction, stored_constants
from vle_analog.mapping.place import NeuronPlan, Placement, SynapsePlan
from vle_analog.netlist.circuit import Units
from vle_analog.network import Network

Values = Mapping[tuple[str, str], np.ndarray]


@dataclass(frozen=True, eq=False)
class Sizes:
    """Parameters of every cell: owner -> {(instance, parameter): values}.

    Values of neurons have the shape `(size,)`, of synapses the shape of the weights. `conductance` is that of a plain
    node, in siemens.
    """

    conductance: float
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
) -> Sizes:
    """Sizes all cells.

    **Arguments:**

    - `parasitic_pole`: time constant of every parasitic pole, in model time; `poles`: the nodes that carry one.
    - `start`: population -> {"u", "v", "rbar", "U", "h", "B", "e": model units at time 0}.

    **Raises:** `InputError` naming the neurons whose capacitor or resistor the process cannot make.
    """
    conductance = _conductance(placement, units, process)
    neurons = {
        plan.population.name: _neuron(
            network, plan, units, process, conductance, parasitic_pole * units.time, poles, start[plan.population.name]
        )
        for plan in placement.neurons
    }
    synapses = {
        plan.projection.name: _synapse(network, plan, units, process, conductance, neurons[plan.projection.target])
        for plan in placement.synapses
    }
    return Sizes(conductance, neurons, synapses)


def _conductance(placement: Placement, units: Units, process: Process) -> float:
    """One conductance for the whole network, g = I/V, moved from nominal only as far as the capacitors require.

    A capacitor C = g tau must lie within what the process can make, for the shortest and the longest time constant.
    """
    spans = [_capacitor_times(plan) * units.time for plan in placement.neurons]
    times = np.concatenate(spans) if spans else np.empty(0)
    nominal = process.current.nominal / units.potential
    low, high = process.current.minimum / units.potential, process.current.maximum / units.potential
    if len(times):
        shortest, longest = float(times.min()), float(times.max())
        low, high = max(low, process.capacitor.minimum / shortest), min(high, process.capacitor.maximum / longest)
        if low > high:
            raise InputError(_cannot_be_made(placement, units, process, shortest, longest))
    return float(np.clip(nominal, low, high))


def _capacitor_times(plan: NeuronPlan) -> np.ndarray:
    """C/g of every capacitor of a population, in model time."""
    tau_m, tau_r = plan.population.tau_m, plan.population.tau_r
    membrane, error = np.array(plan.membrane), np.array(plan.error)
    return np.concatenate([
        (tau_m - tau_r)[membrane == "membrane_lead"], tau_m[membrane == "membrane_sum"], tau_m[error == "error_lead"],
        tau_m[membrane == "membrane_plastic"], tau_r[error == "error_plastic"],
    ])  # fmt: skip


def _cannot_be_made(placement, units: Units, process: Process, shortest: float, longest: float) -> Problem:
    def owner(time: float) -> str:
        return next(
            plan.population.name for plan in placement.neurons
            if np.any(np.isclose(_capacitor_times(plan) * units.time, time))
        )  # fmt: skip

    current, capacitor = process.current, process.capacitor
    return Problem(
        f"no current makes capacitors for time constants of {shortest:.3g} s ({owner(shortest)}) to {longest:.3g} s "
        f"({owner(longest)}) on {process.name}",
        "circuit.time_unit",
        got=f"{units.time:g} s and {units.potential:g} V per unit",
        expected=f"capacitors of {capacitor.minimum:.2g} to {capacitor.maximum:.2g} F at {current.minimum:.2g} to "
        f"{current.maximum:.2g} A per branch",
        hint="change time_unit or voltage_unit, or bring the time constants closer together (C is in tau_m - tau_r)",
    )  # fmt: skip


def _neuron(
    network: Network,
    plan: NeuronPlan,
    units: Units,
    process: Process,
    g0: float,
    pole: float,
    poles: Sequence[str],
    start: Mapping,
) -> Values:
    """KCL at the nodes of one neuron, solved for the elements (equations in the cells' `cell.toml`)."""
    population = plan.population
    tau_m, tau_r, n = population.tau_m * units.time, population.tau_r * units.time, population.size
    lead = np.array(plan.membrane) == "membrane_lead"
    summing = np.array(plan.membrane) == "membrane_sum"
    values: dict[tuple[str, str], np.ndarray] = {}

    span = np.where(lead, tau_m - tau_r, np.where(summing, tau_m, 1.0))
    capacitor = process.on_grid(g0 * span)
    g = np.where(lead, capacitor / span, g0)  # C = g (tau_m - tau_r)
    values["membrane", "g"] = g
    if np.any(lead | summing):
        values["membrane", "c"] = capacitor
        values["membrane", "u0"] = start["u"] * units.potential
    if np.any(lead):
        values["membrane", "rs"] = np.where(lead, tau_r / capacitor, 0.0)
        _check_resistor(population.name, values["membrane", "rs"][lead], process)
    if np.any(summing):
        values["membrane", "gu"] = np.where(summing, capacitor / tau_m, 0.0)
        values["membrane", "gs"] = np.where(summing, g0 * tau_r / tau_m, 0.0)
        values["membrane", "gl"] = np.where(summing, g0 * (1 - tau_r / tau_m), 0.0)

    slow = np.array(plan.error) == "error_lead"
    ratio = np.where(slow, tau_m / tau_r, 1.0)
    load = g0 / gain_correction(network, population)  # of the error: its inverse is the gain
    values["slope", "gh"] = np.full(n, g0)
    values["slope", "g"] = ratio * g0
    values["slope", "vu"] = np.full(n, units.potential)
    values["error", "g"] = load
    if plan.stored:
        values |= stored_constants(plan, units, process, g0, load, start)
    if np.any(slow):
        error_capacitor = process.on_grid(g0 * tau_m)
        values["error", "c"] = error_capacitor
        values["error", "gv"] = error_capacitor / tau_m
        values["error", "gb"] = (ratio - 1) * load
        values["error", "v0"] = start["v"] * (g0 / load) * units.error
    if plan.membrane_taught:
        values["target", "g"] = np.full(n, g0 * network.beta * units.error / units.potential)
        values["target", "vm"] = values["membrane", "vm"]
    elif plan.hears_target:
        values["target", "g"] = np.full(n, g0 * units.error * network.beta)
        values["target", "vu"] = np.full(n, units.potential)
    if plan.nudged:
        values["nudge", "g"] = g * network.gamma * units.potential / units.error
    if plan.bias:
        values["bias", "w0"] = population.bias * units.weight
        values["bias_forward", "g"] = g * units.potential / units.weight
    if plan.bias == "weight":
        c = process.weight_capacitor
        values["bias", "c"] = np.full(n, c)
        values["bias_update", "g"] = np.full(n, c * units.weight * population.bias_eta / (units.time * units.error))
    if plan.hears_noise:
        values["noise", "g"] = g
    if plan.filtered and network.alignment is not None:
        values |= highpass(network.alignment, units, process, start["rbar"])
    # all that hangs on a node counts: the capacitor gives it the time constant that the study asks for
    on_U = g * np.where(lead, tau_m / tau_r, 1.0)  # the leak and the series resistor
    loads = {
        "U": (on_U, units.potential),
        "h": (g0, units.error),
        "B": (ratio * g0, units.error),
        "e": (load, units.error),
    }
    for stage, node in enumerate(poles):
        part = f"pole_b_{1 + poles[:stage].count('B')}" if node == "B" else f"pole_{node.lower()}"
        conductance, unit = loads[node]
        values[part, "c"] = np.broadcast_to(conductance, n) * pole
        values[part, "n0"] = start[node] * unit
        if node == "B":
            values[part, "g"] = np.broadcast_to(conductance, n)
    return values


def _synapse(
    network: Network, plan: SynapsePlan, units: Units, process: Process, g0: float, target: Values
) -> Values:  # fmt: skip
    projection = plan.projection
    shape = projection.weights.shape
    values: dict[tuple[str, str], np.ndarray] = {
        ("weight", "w0"): projection.weights * units.weight,
        ("forward", "g"): np.broadcast_to((target["membrane", "g"] * units.potential / units.weight)[:, None], shape),
        ("forward", "vu"): np.full(shape, units.potential),
    }
    if plan.backward:
        values["backward", "g"] = np.full(shape, g0 / units.weight)
    if plan.feedback and projection.feedback_weights is not None:
        values["feedback", "w0"] = projection.feedback_weights * units.weight
    if plan.aligns and network.alignment is not None:
        values |= feedback_update(network.alignment, units, process, shape)
    if plan.learns:
        c = process.weight_capacitor
        gain = c * units.weight * projection.eta / (units.time * units.error)
        values["weight", "c"] = np.full(shape, c)
        values["update", "g"] = np.full(shape, gain)
        values["update", "vu"] = np.full(shape, units.potential)
    return values


def _check_resistor(name: str, ohms: np.ndarray, process: Process) -> None:
    low, high = process.resistor.minimum, process.resistor.maximum
    if np.any((ohms < low) | (ohms > high)):
        worst = float(ohms[np.argmax(np.maximum(low / ohms, ohms / high))])
        raise InputError(Problem(
            f"the lead resistor of {name} cannot be made on {process.name}", f"network.populations.{name}.tau_r",
            got=f"{worst:.3g} ohm", expected=f"{low:.2g} to {high:.2g} ohm",
            hint="change tau_r or tau_m - tau_r, or time_unit",
        ))  # fmt: skip
