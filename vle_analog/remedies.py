"""The changes of a study's settings that may make it feasible, by name: from the smallest on, not tried yet.

A name may have an argument behind a colon: a cell, a population, a projection.
"""

from collections.abc import Callable, Iterator, Sequence
from math import floor, log10

import numpy as np

from vle_analog.levels import BEHAVIOURAL
from vle_analog.process.process import process
from vle_analog.study import StudySpec
from vle_analog.study.toml_text import toml

Overrides = tuple[str, ...]
STEPS = (1.0, 2.0, 5.0)
DECADES = 3  # limit of the factor by which a setting is changed
FACTORS = (
    2.0,
    5.0,
    10.0,
    100.0,
    1000.0,
)  # limit of the factor for a number of the network, as each change requires a new solution
APART = (0.0, 0.05, 0.2, 0.5)  # relative distance of tau_r from tau_m
LIMITS = {"circuit.time_unit": (1e-12, 1e3), "circuit.area": (0.01, 100.0)}


def remedies(names: Sequence[str], spec: StudySpec) -> Iterator[tuple[str, Iterator[Overrides]]]:
    """Yield every remedy once, with its possible changes; one with several arguments is a single remedy."""
    arguments: dict[str, list[str]] = {}
    for name in names:
        kind, _, argument = name.partition(":")
        arguments.setdefault(kind, []).append(argument)
    for kind, given in arguments.items():
        yield kind, REMEDIES[kind](spec, tuple(dict.fromkeys(given)))


def _set(key: str, value: object) -> str:
    return f"{key}={toml(value)}"


def _ladder(key: str, start: float, direction: int) -> Iterator[Overrides]:
    """Yield 1, 2, 5 times powers of ten beyond `start`, the nearest first."""
    low, high = LIMITS.get(key, (0.0, np.inf))
    first = floor(log10(start))
    rungs = [float(f"{step:g}e{first + decade}") for decade in range(-DECADES, DECADES + 1) for step in STEPS]
    for value in rungs if direction > 0 else reversed(rungs):
        if (value - start) * direction > 1e-9 * start and low <= value <= high:
            yield (_set(key, value),)


def _moved(key: str, direction: int) -> "Remedy":
    """Return a remedy that changes a number of `[circuit]`, larger or smaller."""

    def change(spec: StudySpec, _: Sequence[str]) -> Iterator[Overrides]:
        yield from _ladder(f"circuit.{key}", float(getattr(spec.circuit, key)), direction)

    return change


def _unit(key: str, start: float = 1.0) -> "Remedy":
    """Return a remedy for a unit: `auto` where it is given, then smaller values."""

    def change(spec: StudySpec, _: Sequence[str]) -> Iterator[Overrides]:
        given = getattr(spec.circuit, key)
        if given != "auto":
            yield (_set(f"circuit.{key}", "auto"),)
        yield from _ladder(f"circuit.{key}", start if given == "auto" else float(given), -1)

    return change


def _larger_unit(key: str) -> "Remedy":
    def change(spec: StudySpec, _: Sequence[str]) -> Iterator[Overrides]:
        given = getattr(spec.circuit, key)
        if given != "auto":
            yield (_set(f"circuit.{key}", "auto"),)
        yield from _ladder(f"circuit.{key}", 1e-3 if given == "auto" else float(given), 1)

    return change


def _weight_limit(spec: StudySpec, _: Sequence[str]) -> Iterator[Overrides]:
    given = spec.circuit.weight_limit
    if given != "auto":
        yield (_set("circuit.weight_limit", "auto"),)
    largest = max((float(np.max(np.abs(q.weights), initial=0.0)) for q in spec.network.projections), default=1.0)
    yield from _ladder("circuit.weight_limit", float(given) if given != "auto" else largest or 1.0, 1)


def _supply(spec: StudySpec, _: Sequence[str]) -> Iterator[Overrides]:
    made = process(spec.circuit.process)
    for volts in (made.supply, made.supply_maximum):
        if volts > (spec.circuit.supply or made.supply) or spec.circuit.supply is None:
            yield (_set("circuit.supply", volts),)
    if spec.circuit.supply is not None and spec.circuit.supply > made.supply_maximum:
        yield (_set("circuit.supply", made.supply),)


def _gamma(spec: StudySpec, _: Sequence[str]) -> Iterator[Overrides]:
    yield from ((_set("network.gamma", float(f"{spec.network.gamma * factor:.4g}")),) for factor in FACTORS)
    yield (_set("network.gamma", 0.0),)


def _beta(spec: StudySpec, _: Sequence[str]) -> Iterator[Overrides]:
    larger = [float(f"{spec.network.beta * factor:.4g}") for factor in FACTORS]
    yield from ((_set("network.beta", beta),) for beta in dict.fromkeys([*larger, 1.0]) if beta > spec.network.beta)


def _rates(direction: int) -> "Remedy":
    """Return a remedy that scales all learning rates, larger or smaller."""

    def change(spec: StudySpec, _: Sequence[str]) -> Iterator[Overrides]:
        for factor in FACTORS:
            yield tuple(_set(key, float(f"{eta * factor**direction:.4g}")) for key, eta in _learning(spec))

    return change


def _learning(spec: StudySpec) -> list[tuple[str, float]]:
    """Return the keys of the file with the learning rates of weights and biases, and the rates."""
    network = spec.network
    written = spec.document.get("network", {}).get("populations", {})
    found = [(f"network.projections.{q.name}.eta", q.eta) for q in network.projections if network.learns(q)]
    return found + [
        (f"network.populations.{p.name}.bias_eta", p.bias_eta)
        for p in network.populations
        if network.learns_bias(p) and written.get(p.name, {}).get("bias_plastic")  # otherwise it is the output bias
    ]


def _frozen(_: StudySpec, __: Sequence[str]) -> Iterator[Overrides]:
    yield (_set("network.plasticity", False),)


def _time_constants(spec: StudySpec, names: Sequence[str]) -> Iterator[Overrides]:
    """Yield tau_r equal to tau_m, or further away from it on the same side."""
    populations = [p for p in spec.network.populations if not any(names) or p.name in names]
    for apart in APART:
        changes = []
        for p in populations:
            wanted = np.where(p.tau_r > p.tau_m, p.tau_m * (1 + apart), p.tau_m * (1 - apart))
            near = np.abs(p.tau_r - p.tau_m) < np.abs(wanted - p.tau_m) if apart else p.tau_r != p.tau_m
            if np.any(near):
                values = np.where(near, wanted, p.tau_r)
                changes.append(_set(f"network.populations.{p.name}.tau_r", [float(f"{v:.4g}") for v in values]))
        if changes:
            yield tuple(changes)


def _closer(spec: StudySpec, names: Sequence[str]) -> Iterator[Overrides]:
    """Yield tau_r closer to tau_m, in all populations or in these."""
    populations = [p for p in spec.network.populations if not any(names) or p.name in names]
    for share in (0.5, 0.1, 0.0):
        changes = []
        for p in populations:
            values = p.tau_m + share * (p.tau_r - p.tau_m)
            if np.any(values != p.tau_r):
                changes.append(_set(f"network.populations.{p.name}.tau_r", [float(f"{v:.4g}") for v in values]))
        if changes:
            yield tuple(changes)


def _wires(spec: StudySpec, names: Sequence[str]) -> Iterator[Overrides]:
    """Yield wires where tau_m = tau_r, in place of a pole cancelled by a zero."""
    populations = spec.document.get("network", {}).get("populations", {})
    led = [name for name, table in populations.items() if table.get("realisation") == "lead"]
    found = [_set(f"network.populations.{name}.realisation", "wire") for name in led if not any(names) or name in names]
    if found:
        yield tuple(found)


def _ideal(_: StudySpec, cells: Sequence[str]) -> Iterator[Overrides]:
    """Yield these cells, or synapses of projections, as ideal elements among the others."""
    yield tuple(f'circuit.levels."{cell}"={toml(BEHAVIOURAL)}' for cell in cells)


def _ideal_synapses(spec: StudySpec, _: Sequence[str]) -> Iterator[Overrides]:
    """Yield ideal synapses as a whole, since all of them are made of devices or none."""
    names = [q.name for q in spec.network.projections]
    for some in ([name] for name in names):
        yield tuple(_set(f"circuit.levels.{name}", BEHAVIOURAL) for name in some)
    if len(names) > 1:
        yield tuple(_set(f"circuit.levels.{name}", BEHAVIOURAL) for name in names)


def _ideal_circuit(spec: StudySpec, _: Sequence[str]) -> Iterator[Overrides]:
    levels = [_set("circuit.levels", {})] if spec.circuit.levels else []
    yield (_set("circuit.level", BEHAVIOURAL), *levels)


def _transistors(_: StudySpec, __: Sequence[str]) -> Iterator[Overrides]:
    yield (_set("circuit.level", "transistor"),)


def _prospective(_: StudySpec, __: Sequence[str]) -> Iterator[Overrides]:
    yield (_set("network.cost", "prospective"),)


Remedy = Callable[[StudySpec, Sequence[str]], Iterator[Overrides]]
REMEDIES: dict[str, Remedy] = {
    "slower": _moved("time_unit", 1),
    "faster": _moved("time_unit", -1),
    "smaller devices": _moved("area", -1),
    "larger devices": _moved("area", 1),
    "voltage_unit": _unit("voltage_unit"),
    "weight_unit": _unit("weight_unit"),
    "error_unit": _unit("error_unit"),
    "tau_unit": _unit("tau_unit"),
    "larger voltage_unit": _larger_unit("voltage_unit"),
    "larger error_unit": _larger_unit("error_unit"),
    "weight_limit": _weight_limit,
    "supply": _supply,
    "gamma": _gamma,
    "beta": _beta,
    "faster learning": _rates(1),
    "slower learning": _rates(-1),
    "no learning": _frozen,
    "time constants": _time_constants,
    "closer time constants": _closer,
    "wires": _wires,
    "ideal": _ideal,
    "ideal synapses": _ideal_synapses,
    "ideal circuit": _ideal_circuit,
    "transistors": _transistors,
    "prospective cost": _prospective,
}
WORDS = {
    "slower": "a longer time_unit",
    "faster": "a shorter time_unit",
    "smaller devices": "a smaller area",
    "larger devices": "a larger area",
    "voltage_unit": "a smaller voltage_unit",
    "weight_unit": "a smaller weight_unit",
    "error_unit": "a smaller error_unit",
    "tau_unit": "a smaller tau_unit",
    "weight_limit": "a larger weight_limit",
    "supply": "a higher supply",
    "gamma": "another gamma",
    "beta": "a larger beta",
    "faster learning": "larger learning rates",
    "slower learning": "smaller learning rates",
    "no learning": "no plasticity",
    "time constants": "tau_r equal to tau_m or further from it",
    "closer time constants": "tau_r closer to tau_m",
    "wires": "wires",
    "ideal": "ideal cells in the place of some",
    "ideal synapses": "ideal synapses",
    "ideal circuit": "ideal cells everywhere",
    "transistors": "level transistor",
    "prospective cost": "a prospective cost",
}


def words(kind: str) -> str:
    """Describe a remedy in a list of those tried without success."""
    return WORDS.get(kind, f"a {kind}")
