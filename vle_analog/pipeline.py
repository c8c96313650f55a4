"""The way from a study to a comparison: one plain function per step, in the order in which they are called.

    spec -> target -> survey -> stability -> ideal ---------------------------------> comparison
                         |                                                                ^
                         +--> circuit -> deck -> simulation (ngspice) ------------------- +

`vle_analog.Study` calls these functions and remembers their results.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vle_analog.advise import advised
from vle_analog.compare import Comparison
from vle_analog.compare import compare as compared
from vle_analog.compare.power import Power, simulated_power
from vle_analog.compare.simulated import simulate_circuit
from vle_analog.errors import InputError, Problem
from vle_analog.ideal import resolve_target, solve
from vle_analog.ideal import survey as coarse_solution
from vle_analog.mapping.closed_loop import Tuned, closed_loop
from vle_analog.mapping.draft import Draft
from vle_analog.mapping.excursions import Excursion, excursions
from vle_analog.mapping.passes import CHECKED, DRAWING, PASSES, Pass, run_passes
from vle_analog.netlist import Circuit, Deck, flat_deck, hierarchical_files, solver_settings
from vle_analog.netlist.rails import SUPPLY_CURRENT
from vle_analog.network import Network, Traces
from vle_analog.network.stimuli import Stimulus
from vle_analog.noise.in_model import disturbed
from vle_analog.progress import StageProgress
from vle_analog.simulator import SimulationResult, open_backend
from vle_analog.simulator.recorded import Recorded
from vle_analog.stability import Stability, Trajectory, examine, follow, poles_of
from vle_analog.stability import refuse_unstable as refuse_instability
from vle_analog.study import StudySpec

if TYPE_CHECKING:  # SymPy is loaded with the first derivation
    from vle_analog.theory import Derivation, Kinds

NETWORK_KEYS = ("circuit.level", "circuit.output_bias")  # keys of the circuit that change the network as well


@dataclass(frozen=True, eq=False)
class Simulation:
    """The simulation of a circuit.

    **Arguments:** `traces`: in model units on the study's time grid. `result`: of the simulator. `power`: in this
    run, where there are transistors. `excursions`: the signals that left the range of their stages.
    """

    deck: Deck
    result: SimulationResult
    traces: Traces
    power: Power | None = None
    excursions: tuple[Excursion, ...] = ()

    def __repr__(self) -> str:
        return f"Simulation({self.traces!r}, {len(self.result.time)} time points, {self.result.simulator})"


def derive(spec: StudySpec, rule: str | None = None) -> "Derivation":
    """Derive the equations of a study, by its own rule or another one."""
    from vle_analog.theory import canonical_cost
    from vle_analog.theory import derive as derive_rule

    network = spec.network
    return derive_rule(rule or network.rule, cost=canonical_cost(network.cost), kinds=population_kinds(network))


def refuse_adjoint(spec: StudySpec) -> None:
    """Refuse to solve or to build the adjoint method.

    **Raises:** `InputError`: it runs backwards in time.
    """
    if spec.network.rule == "adjoint":
        raise InputError(
            Problem(
                "the adjoint runs backwards in time: it has no circuit and no solution forward in time",
                f"{spec.source}: network.rule",
                got="adjoint",
                expected="vle | le | backprop",
                hint='rule = "vle" is its causal, local replacement; `derive` has the adjoint',
            )
        )


def target(spec: StudySpec) -> Stimulus:
    """Return the target of the output population; a teacher network is solved for it."""
    return resolve_target(spec)


def survey(spec: StudySpec, target: Stimulus) -> Traces:
    """Solve the equations coarsely, for the ranges of all signals."""
    return coarse_solution(spec.network, target, spec.duration)


def trajectory(spec: StudySpec, target: Stimulus, solution: Callable[[], Traces]) -> Trajectory:
    """Return the trajectory along which loops are examined; `solution` may raise where the network diverges."""
    return follow(spec.network, target, spec.duration, solution)


def stability(spec: StudySpec, trajectory: Callable[[], Trajectory]) -> Stability:
    """Examine the loops of the network with the poles of the cells; without loops the trajectory is not computed."""
    return examine(spec.network, trajectory, poles_of(spec), spec.duration)


def stability_of(spec: StudySpec, target: Stimulus, network: Network) -> Stability:
    """Examine another network in the place of that of a study."""
    changed = replace(spec, network=network)
    return stability(changed, lambda: trajectory(changed, target, lambda: survey(changed, target)))


def refuse_unstable(spec: StudySpec, target: Stimulus, found: Stability) -> None:
    """Refuse a study with an unstable loop, unless its `simulate.unstable` is `warn`.

    **Raises:** `InputError` naming every unstable loop, its neurons, its eigenvalue, where it is worst, and cures.
    """
    refuse_instability(spec, found, lambda network: stability_of(spec, target, network))


def circuit(
    spec: StudySpec, target: Stimulus, survey: Callable[[], Traces], tune: Callable[[], Tuned] | None = None
) -> Circuit:
    """Map every neuron and every plastic synapse to subcircuits, by the passes of `vle_analog/mapping/passes.py`.

    **Arguments:** `tune`: the corrected sizes, called where the study has closed-loop sizing.

    **Raises:** `InputError` where the study needs what no circuit can do or does not fit the process, with
    settings that were tried and help.
    """
    return _mapped(spec, Draft(spec, target, survey, tune), PASSES)


def tune(
    spec: StudySpec,
    target: Stimulus,
    survey: Callable[[], Traces],
    backend: Recorded,
    progress: StageProgress | None = None,
) -> Tuned:
    """Measure the cells of the circuit on a bench and correct their sizes.

    A chip is sized before it is made: for the nominal corner and temperature, and as if all devices were alike.

    **Raises:** `SimulatorError` where ngspice is missing or finds no operating point.
    """
    settings = replace(spec.circuit, corner=None, mismatch_seed=None, temperature=None)
    nominal = replace(spec, circuit=settings)
    drawn = _mapped(spec, Draft(nominal, target, survey), DRAWING)
    return closed_loop(drawn, Path(settings.cells) if settings.cells else None, progress, backend)


def netlist(spec: StudySpec, circuit: Circuit) -> dict[str, bytes]:
    """Write the hierarchical netlist with its testbench: file name -> content."""
    return hierarchical_files(circuit, *solver_settings(spec, circuit))


def deck(spec: StudySpec, circuit: Circuit) -> Deck:
    """Flatten the circuit to the deck that is simulated."""
    flat = flat_deck(circuit, *solver_settings(spec, circuit))
    return replace(flat, saves=(*flat.saves, SUPPLY_CURRENT)) if circuit.devices else flat


def ideal(
    spec: StudySpec,
    target: Stimulus,
    network: Network,
    circuit: Callable[[], Circuit],
    progress: StageProgress | None = None,
) -> Traces:
    """Solve the equations: every signal of the circuit without the circuit's errors.

    **Arguments:** `network`: of the study, or `bounded_network`. `circuit`: called where the study has noise, whose
    path then enters the equations too.
    """
    if spec.simulate.noise:
        network, _ = disturbed(network, circuit())
    report = None if progress is None else partial(progress, "ideal")
    return solve(network, target, spec.duration, spec.simulate.points, progress=report)


def bounded_network(network: Network, circuit: Circuit) -> Network:
    """Return the network with its weights bounded as the circuit bounds them."""
    limits = {q.name: np.full(q.weights.shape, np.inf) for q in network.projections}
    for probe in circuit.probes:
        if probe.bound and probe.signal.kind in ("W", "F"):
            limits[probe.signal.owner][probe.signal.index] = probe.bound
    return network.with_limits(limits)


def simulate(
    spec: StudySpec, circuit: Circuit, deck: Deck, target: Stimulus, progress: StageProgress | None = None
) -> Simulation:
    """Simulate the circuit in ngspice.

    **Raises:** `SimulatorError` where ngspice is missing, crashes, does not converge or runs out of time.
    """
    report = None if progress is None else partial(progress, "simulate")
    with open_backend(spec.simulate.backend) as backend:
        result, traces = simulate_circuit(spec, circuit, deck, backend, report)
    left = excursions(spec, circuit, traces, target)
    return Simulation(deck, result, traces, simulated_power(circuit, result), left)


def compare(spec: StudySpec, target: Stimulus, ideal: Traces, bounded: Traces, simulation: Simulation) -> Comparison:
    """Compare the circuit with the ideal of bounded weights, signal by signal; report the plain ideal beside it."""
    return compared(
        bounded,
        simulation.traces,
        spec.compare,
        plain=None if bounded is ideal else ideal,
        taught=(spec.network, target),
        excursions=simulation.excursions,
    )


def population_kinds(network: Network) -> "Kinds":
    """Return the kinds of populations and projections, for the last step of the derivation."""
    from vle_analog.theory import Kinds, PopulationKind, ProjectionKind

    return Kinds(
        tuple(
            # a wire among neurons with states obeys their equations too: its states drop out
            PopulationKind(
                p.name,
                p.activation,
                bool(np.all(p.wire)),
                p.name == network.output,
                network.learns_bias(p),
                network.learns_tau_m(p),
                network.learns_tau_r(p),
            )
            for p in network.populations
        ),
        tuple(
            ProjectionKind(
                q.name,
                q.source,
                q.target,
                network.learns(q),
                q.feedback_weights is None,
                network.learns_feedback(q),
            )
            for q in network.projections
        ),
        corrected=network.gain_correction is not None,
    )


def _mapped(spec: StudySpec, begun: Draft, passes: Sequence[Pass]) -> Circuit:
    """Apply passes to a draft; a refusal proposes changes of the study that were tried."""
    try:
        return run_passes(begun, passes)
    except InputError as refusal:
        raise advised(refusal, spec, partial(_attempt, begun.target, begun.solution)) from None


def _attempt(
    known_target: Stimulus, known_survey: Callable[[], Traces], spec: StudySpec, overrides: Iterable[str]
) -> None:
    """Build the circuit of a changed study, whose network must be stable too; an unchanged one is not solved again."""
    refuse_adjoint(spec)
    same = all(text.startswith("circuit.") and not text.startswith(NETWORK_KEYS) for text in overrides)
    if same:
        run_passes(Draft(spec, known_target, known_survey), CHECKED)
        return
    aim = target(spec)
    refuse_unstable(spec, aim, stability_of(spec, aim, spec.network))
    run_passes(Draft(spec, aim, lambda: survey(spec, aim)), CHECKED)
