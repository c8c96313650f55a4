"""The teacher of a study: the same network with other parameters, forward only."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from vle_analog.network.model import Network, Population
from vle_analog.study.arrays import frozen, matrix, vector
from vle_analog.study.findings import Findings, key_text, near
from vle_analog.study.spec import Teacher
from vle_analog.study.stimulus_tables import TeacherTable


def teacher(table: TeacherTable, network: Network, findings: Findings) -> Teacher:
    """Build the teacher of a checked table."""
    populations = {item.name: item for item in network.populations}
    projections = {item.name: item for item in network.projections}
    for key, known in (
        ("weights", projections),
        ("biases", populations),
        ("tau_m", populations),
        ("tau_r", populations),
    ):
        for name in getattr(table, key):
            if name not in known:
                what = "unknown projection" if key == "weights" else "unknown population"
                findings.add(("target", key, name), what, key_text((name,)), hint=near(name, known))
    taught = tuple(
        replace(
            projection,
            weights=matrix(table.weights[name], projection.weights.shape, ("target", "weights", name), findings)
            if name in table.weights
            else projection.weights,
            plastic=False,
            feedback_weights=None,
        )
        for name, projection in projections.items()
    )
    on_membrane = network.output if network.cost == "membrane" else ""
    changed = tuple(_population(item, table, item.name == on_membrane, findings) for item in network.populations)
    forward = replace(
        network,
        rule="backprop" if network.rule == "adjoint" else network.rule,  # the adjoint has no solution forward in time
        beta=0.0,
        gamma=0.0,
        plasticity=False,
        populations=changed,
        projections=taught,
        gain_correction=None,
        alignment=None,
    )
    return Teacher(forward, table.spacing)


def _population(population: Population, table: TeacherTable, states: bool, findings: Findings) -> Population:
    def changed(values: Mapping[str, Any], key: str, default: Any, positive: bool) -> Any:
        if population.name not in values:
            return default
        return vector(values[population.name], population.size, ("target", key, population.name), findings, positive)

    tau_m = changed(table.tau_m, "tau_m", population.tau_m, True)
    tau_r = changed(table.tau_r, "tau_r", population.tau_r, True)
    # Solved ideally, wire and lead are the same function; a neuron without a state is the simpler one.
    return replace(
        population,
        tau_m=tau_m,
        tau_r=tau_r,
        bias=changed(table.biases, "biases", population.bias, False),
        wire=frozen((tau_m == tau_r) & (not states)),
        bias_plastic=False,
        tau_m_plastic=False,
        tau_r_plastic=False,
    )
