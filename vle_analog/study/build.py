"""Populations, projections and the network from their tables, with the checks that concern several keys."""

import zlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from vle_analog.network.alignment import Alignment, ornstein_uhlenbeck
from vle_analog.network.model import ACTIVATIONS, Network, Population, Projection
from vle_analog.network.stimuli import Stimulus
from vle_analog.study.arrays import drawn, frozen, matrix, vector
from vle_analog.study.findings import Findings, KeyPath, closest, near
from vle_analog.study.keys import LARGEST
from vle_analog.study.messages import check
from vle_analog.study.names import check_name
from vle_analog.study.network_table import NetworkKeys, PopulationTable, ProjectionTable
from vle_analog.study.number_files import MAX_VALUES

MAX_NEURONS = 100_000
MAX_SYNAPSES = 1_000_000

_POPULATIONS: KeyPath = ("network", "populations")
_PROJECTIONS: KeyPath = ("network", "projections")


def populations(tables: Mapping[str, Any], findings: Findings) -> dict[str, Population]:
    """Build the populations whose tables are valid, by name."""
    checked = {}
    for name, value in tables.items():
        path = (*_POPULATIONS, name)
        check_name(name, path, findings)
        table = check(PopulationTable, value, path, findings)
        if table is not None:
            checked[name] = table
    neurons = sum(table.size for table in checked.values())
    if neurons > MAX_NEURONS:
        findings.add(_POPULATIONS, "the network is too large", f"{neurons} neurons", f"at most {MAX_NEURONS}")
        return {}
    return {name: _population(name, table, (*_POPULATIONS, name), findings) for name, table in checked.items()}


def _population(name: str, table: PopulationTable, path: KeyPath, findings: Findings) -> Population:
    if table.activation not in ACTIVATIONS:
        where = (*path, "activation")
        hint = closest(table.activation, ACTIVATIONS)
        findings.add(where, "unknown activation", repr(table.activation[:60]), "one of " + ", ".join(ACTIVATIONS), hint)
    if table.bias_plastic and table.bias_eta == 0:
        findings.add((*path, "bias_eta"), "a bias that learns needs a learning rate", "0", "a number > 0")
    tau_m = vector(table.tau_m, table.size, (*path, "tau_m"), findings, positive=True)
    tau_r = vector(table.tau_r, table.size, (*path, "tau_r"), findings, positive=True)
    same = tau_m == tau_r
    learns = table.tau_m_plastic or table.tau_r_plastic
    if table.realisation == "wire" and learns:
        what = "a time constant that learns needs a state, and a wire has none"
        findings.add((*path, "realisation"), what, "'wire'", "lead", "drop the key")
    if table.realisation == "wire" and not same.all():
        neuron = int(np.argmin(same))
        got = f"tau_m = {tau_m[neuron]:g} and tau_r = {tau_r[neuron]:g} in neuron {neuron}"
        where = (*path, "realisation")
        findings.add(where, "a wire has equal time constants", got, "tau_m = tau_r in every neuron", "drop the key")
    return Population(
        name,
        table.size,
        tau_m,
        tau_r,
        table.activation,
        vector(table.bias, table.size, (*path, "bias"), findings),
        frozen(same & (table.realisation != "lead" and not learns)),
        table.bias_plastic,
        float(table.bias_eta),
        table.tau_m_plastic,
        float(table.tau_m_eta),
        table.tau_r_plastic,
        float(table.tau_r_eta),
        _tau_range(table, tau_m, tau_r, path, findings),
    )


def _tau_range(
    table: PopulationTable, tau_m: np.ndarray, tau_r: np.ndarray, path: KeyPath, findings: Findings
) -> tuple[float, float]:
    """Return the range of the time constants that learn."""
    starts = []
    for key, plastic, eta, values in (
        ("tau_m", table.tau_m_plastic, table.tau_m_eta, tau_m),
        ("tau_r", table.tau_r_plastic, table.tau_r_eta, tau_r),
    ):
        if plastic and eta == 0:
            what = "a time constant that learns needs a learning rate"
            findings.add((*path, f"{key}_eta"), what, "0", "a number > 0")
        if plastic:
            starts.append(values)
    known = np.concatenate(starts or [tau_m, tau_r])
    shortest, longest = float(known.min()), float(known.max())
    if table.tau_range is None:
        return max(shortest / 100, 1 / LARGEST), min(longest * 100, LARGEST)
    low, high = table.tau_range
    where, got = (*path, "tau_range"), f"{low:g} to {high:g}"
    if low >= high:
        findings.add(where, "the range is empty", got, "[lowest, highest]")
    elif starts and not low <= shortest <= longest <= high:
        expected = f"a range that holds {shortest:g} to {longest:g}, where the time constants start"
        findings.add(where, "the range does not hold the start values", got, expected)
    return low, high


def projections(
    tables: Mapping[str, Any],
    senders: Mapping[str, int | None],
    receivers: Mapping[str, int | None],
    stimuli: Mapping[str, Any],
    feedback: str,
    findings: Findings,
) -> dict[str, Projection]:
    """Build the projections whose tables are valid, by name.

    **Arguments:**

    - `senders`, `receivers`: sizes by name; `None` where the population or stimulus itself was refused.
    - `stimuli`: names of the senders that are stimuli.
    - `feedback`: `transpose`, `random` or `learned`.
    """
    checked: dict[str, tuple[ProjectionTable, tuple[int, int]]] = {}
    for name, value in tables.items():
        path = (*_PROJECTIONS, name)
        check_name(name, path, findings)
        table = check(ProjectionTable, value, path, findings)
        if table is None:
            continue
        shape = _shape(table, path, senders, receivers, findings)
        if table.plastic and table.eta == 0:
            findings.add((*path, "eta"), "a projection that learns needs a learning rate", "0", "a number > 0")
        if table.feedback_weights is not None and table.source in stimuli:
            what = "a stimulus receives no error"
            findings.add((*path, "feedback_weights"), what, hint="drop feedback_weights")
        if shape is not None:
            checked[name] = (table, shape)
    synapses = sum(rows * columns for _, (rows, columns) in checked.values())
    if synapses > MAX_SYNAPSES:
        findings.add(_PROJECTIONS, "the network is too large", f"{synapses} synapses", f"at most {MAX_SYNAPSES}")
        return {}
    return {
        name: _projection(name, table, shape, feedback != "transpose" and table.source not in stimuli, findings)
        for name, (table, shape) in checked.items()
    }


def _shape(
    table: ProjectionTable,
    path: KeyPath,
    senders: Mapping[str, int | None],
    receivers: Mapping[str, int | None],
    findings: Findings,
) -> tuple[int, int] | None:
    if table.source not in senders:
        what = "unknown population or stimulus"
        findings.add((*path, "source"), what, repr(table.source[:60]), hint=near(table.source, senders))
    if table.target not in receivers:
        what = "a stimulus cannot receive" if table.target in senders else "unknown population"
        findings.add((*path, "target"), what, repr(table.target[:60]), hint=near(table.target, receivers))
    rows, columns = receivers.get(table.target), senders.get(table.source)
    return None if rows is None or columns is None else (rows, columns)


def _projection(
    name: str, table: ProjectionTable, shape: tuple[int, int], separate: bool, findings: Findings
) -> Projection:
    path = (*_PROJECTIONS, name)
    weights = matrix(table.weights, shape, (*path, "weights"), findings)
    feedback = None
    if table.feedback_weights is not None:
        feedback = matrix(table.feedback_weights, shape, (*path, "feedback_weights"), findings)
    elif separate:
        # The seed comes from the name: with one seed for all, feedback could equal weights drawn with that seed.
        scale = float(np.sqrt(np.mean(weights**2))) or 1.0
        feedback = frozen(drawn("normal", scale, zlib.crc32(name.encode()), shape))
    eta = float(table.eta)
    return Projection(name, table.source, table.target, weights, table.plastic, eta, feedback if separate else None)


def network(
    keys: NetworkKeys,
    populations: Mapping[str, Population],
    projections: Mapping[str, Projection],
    stimuli: Mapping[str, Stimulus],
    duration: float,
    findings: Findings,
) -> Network:
    """Build the network of valid parts; parts that no projection reaches are recorded as problems.

    **Arguments:** `duration`: model time for which noise is sampled, where feedback learns.
    """
    reached = {projection.target for projection in projections.values()}
    for name, population in populations.items():
        if name not in reached and not population.bias.any() and not population.bias_plastic:
            what = "no projection reaches this population, and it has no bias"
            findings.add((*_POPULATIONS, name), what, hint=f"add a projection with target = {name}, or give it a bias")
    if not any(projection.source in stimuli for projection in projections.values()):
        findings.add(_PROJECTIONS, "no projection starts from a stimulus", expected="a source out of [stimuli]")
    rule, on_membrane = "vle" if keys.rule == "gle" else keys.rule, keys.cost == "membrane"
    if keys.gain_correction is not None and rule != "vle":
        what = "only the local error has a gain to correct"
        hint = 'drop the key, or set rule = "vle"'
        findings.add(("network", "gain_correction"), what, f"rule = {rule}", "rule = vle", hint)
    return Network(
        rule,
        float(keys.beta),
        float(keys.gamma),
        keys.output,
        keys.start,
        keys.plasticity,
        tuple(_with_membrane(p) if on_membrane and p.name == keys.output else p for p in populations.values()),
        tuple(projections.values()),
        dict(stimuli),
        keys.cost,
        keys.gain_correction,
        _alignment(keys, populations, projections, duration, findings) if keys.feedback == "learned" else None,
    )


def _with_membrane(population: Population) -> Population:
    """Return the population without wires: a cost of the membrane potential needs a membrane."""
    return replace(population, wire=frozen(np.zeros(population.size, bool)))


def _alignment(
    keys: NetworkKeys,
    populations: Mapping[str, Population],
    projections: Mapping[str, Projection],
    duration: float,
    findings: Findings,
) -> Alignment | None:
    table, path = keys.alignment, ("network", "alignment")
    noisy = [p for p in populations.values() if any(q.source == p.name for q in projections.values())]
    if table.spacing > table.tau_noise:
        what = "the samples of the noise are too far apart"
        findings.add((*path, "spacing"), what, f"{table.spacing:g}", f"at most tau_noise, {table.tau_noise:g}")
        return None
    values = duration / table.spacing * sum(p.size for p in noisy)
    if values > MAX_VALUES:
        what = "the noise has too many samples"
        findings.add((*path, "spacing"), what, f"{values:.3g} in all", f"at most {MAX_VALUES}", "raise spacing")
        return None
    noise = {
        p.name: ornstein_uhlenbeck(
            p.name, p.size, duration, sigma=table.sigma, tau=table.tau_noise, spacing=table.spacing, seed=table.seed
        )
        for p in noisy
    }
    return Alignment(table.eta, table.decay, table.tau_highpass, noise)
