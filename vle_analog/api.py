"""The kit as a Python object: a study that derives, solves, maps, simulates and compares itself."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vle_analog.errors import InputError, Problem
from vle_analog.network import Network, StudySpec, Traces, read_study, study_from_document
from vle_analog.network.stimuli import Stimulus
from vle_analog.network.toml_text import toml

if TYPE_CHECKING:
    from vle_analog.characterise.closed_loop import Tuned
    from vle_analog.compare import Comparison
    from vle_analog.compare.power import Power
    from vle_analog.gradient import Gradients
    from vle_analog.mapping.excursions import Excursion
    from vle_analog.netlist import Circuit, Deck
    from vle_analog.proof import Proof
    from vle_analog.simulator import SimulationResult
    from vle_analog.stability import Analysis, Stability, Trajectory
    from vle_analog.theory import Derivation, Kinds
    from vle_analog.variation.lot import Lot, Nominal
    from vle_analog.variation.montecarlo import MonteCarlo

NETWORK_KEYS = ("circuit.level", "circuit.output_bias")  # that decide whether the output gets a bias
Progress = Callable[[str, float], None]
"""Called with the name of a stage and the fraction of it that is done."""


@dataclass(frozen=True, eq=False)
class Simulation:
    """A circuit's run.

    **Arguments:** `traces`: in model units on the study's time grid. `result`: from the simulator. `power`: of this
    run, where there are transistors. `excursions`: the signals that left the range of their stages.
    """

    deck: "Deck"
    result: "SimulationResult"
    traces: Traces
    power: "Power | None" = None
    excursions: tuple["Excursion", ...] = ()

    def __repr__(self) -> str:
        return f"Simulation({self.traces!r}, {len(self.result.time)} time points, {self.result.simulator})"


class Study:
    """A study and everything that follows from it; each step is done once, when it is first asked for.

    ```python
    study = Study.load("online_chain")
    print(study.derive())
    comparison = study.compare()
    ```
    """

    def __init__(self, spec: StudySpec):
        self.spec = spec
        self._done: dict[str, Any] = {}

    @classmethod
    def load(cls, path_or_name: str | Path, overrides: Iterable[str] | Mapping[str, Any] = ()) -> "Study":
        """A study from a TOML file or the name of a shipped one.

        **Arguments:**

        - `overrides`: `{"network.rule": "le"}`, or texts `KEY=VALUE` as on the command line.

        **Raises:** `InputError` with every problem that was found.
        """
        if isinstance(overrides, Mapping):
            overrides = [f"{key}={toml(value)}" for key, value in overrides.items()]
        return cls(read_study(path_or_name, overrides))

    @classmethod
    def from_document(cls, document: Mapping[str, Any], name: str = "study", folder: str | Path = ".") -> "Study":
        """A study from nested dicts with the keys of the file."""
        return cls(study_from_document(document, name, folder))

    def derive(self, rule: str | None = None) -> "Derivation":
        """The derivation of this study's equations, step by step."""
        from vle_analog.theory import canonical_cost, derive

        network = self.spec.network
        return derive(rule or network.rule, cost=canonical_cost(network.cost), kinds=population_kinds(self.spec))

    @cached_property
    def warnings(self) -> tuple[Problem, ...]:
        """Findings before a run about settings that were probably not meant."""
        from vle_analog.mapping.conditions import uncharacterised

        return (*self.spec.warnings, *uncharacterised(self.spec))

    @cached_property
    def target(self) -> Stimulus:
        """What the output population is taught; a teacher is solved for it."""
        from vle_analog.ideal import resolve_target

        return resolve_target(self.spec)

    def ideal(self, progress: Progress | None = None) -> Traces:
        """The solution of the equations: every signal of the circuit without the circuit's errors."""
        return self._once("ideal", lambda: self._solve(progress, self.spec.network))

    def encoded_ideal(self, progress: Progress | None = None) -> Traces:
        """The solution with the weights bounded as the circuit keeps them; where it does not bound them, the ideal."""
        network = self.spec.network
        limits = {q.name: np.full(q.weights.shape, np.inf) for q in network.projections}
        for probe in self.circuit().probes:
            if probe.bound and probe.signal.kind in ("W", "F"):
                limits[probe.signal.owner][probe.signal.index] = probe.bound
        bounded = network.with_limits(limits)
        if not bounded.bounded:
            return self.ideal(progress)
        return self._once("encoded ideal", lambda: self._solve(progress, bounded))

    def gradient(self, progress: Progress | None = None) -> "Gradients":
        """dC/dtheta of the loss with the parameters held: exact by the adjoint, by the causal rules, checked."""
        from vle_analog.gradient import gradients

        if "gradient" not in self._done:  # of any rule, the adjoint too
            spec = self.spec
            self._done["gradient"] = gradients(spec.network, self.target, spec.duration, progress=progress)
        return self._done["gradient"]

    def stability(self) -> "Stability":
        """What the loops of the network do, with the poles of the cells; nothing is followed where there is none."""
        return self._once("stability", self._examine)

    def analyse(self) -> "Analysis":
        """The loops, the slow poles and the frequency response of neurons and error path."""
        from vle_analog.stability import analyse

        return self._once("analysis", lambda: analyse(self.spec, self._trajectory(), self.stability()))

    def circuit(self) -> "Circuit":
        """The circuit: every neuron and every plastic synapse as subcircuits."""
        return self._once("circuit", self._map)

    def tune(self, progress: Progress | None = None) -> "Tuned":
        """The sizes of the circuit's cells, measured on a bench and corrected; `circuit.closed_loop` uses them.

        **Raises:** `SimulatorError` where ngspice is missing or finds no operating point.
        """
        return self._once("tuned", lambda: self._tune(progress))

    def verify(self) -> "Proof":
        """The proof that the cells of the circuit, put together by Kirchhoff's laws, have this study's equations."""
        from vle_analog.proof import verify

        return self._once("proof", lambda: verify(self.spec, self.circuit(), self.target))

    def netlist(self) -> dict[str, bytes]:
        """The hierarchical netlist: file name -> content."""
        from vle_analog.netlist import hierarchical_files, solver_settings

        circuit = self.circuit()
        return hierarchical_files(circuit, *solver_settings(self.spec, circuit))

    def deck(self) -> "Deck":
        """The deck that runs: the same circuit, flattened."""
        from vle_analog.netlist import flat_deck, solver_settings
        from vle_analog.netlist.rails import SUPPLY_CURRENT

        circuit = self.circuit()
        deck = flat_deck(circuit, *solver_settings(self.spec, circuit))
        return replace(deck, saves=(*deck.saves, SUPPLY_CURRENT)) if circuit.devices else deck

    def simulate(self, progress: Progress | None = None) -> Simulation:
        """Runs the circuit in ngspice; where it left the range of its stages is in the result.

        **Raises:** `InputError` where a loop is unstable, unless `simulate.unstable` is `warn`;
        `SimulatorError` where ngspice is missing, crashes, does not converge or runs out of time.
        """
        self.refuse_unstable()
        return self._once("simulation", lambda: self._run(progress))

    def compare(self, progress: Progress | None = None) -> "Comparison":
        """The circuit against the ideal, signal by signal; where its weights are bounded, against `encoded_ideal`."""
        from vle_analog.compare import compare

        plain, ideal = self.ideal(progress), self.encoded_ideal(progress)
        simulation = self.simulate(progress)
        return compare(
            ideal, simulation.traces, self.spec.compare, plain=None if ideal is plain else plain,
            taught=(self.spec.network, self.target), excursions=simulation.excursions,
        )  # fmt: skip

    def montecarlo(
        self, samples: int, folder: str | Path, progress: Progress | None = None, **options: Any
    ) -> "MonteCarlo":
        """Simulates chips that deviate as `variation` says, into a folder; goes on where an earlier run ended.

        **Arguments:** `options`: of `variation.plan.Plan`: `first`, `engine`, `workers`, `scheduler`, `until`, ...

        **Raises:** `InputError` where plan, study or folder cannot be used; `SimulatorError` where ngspice is missing.
        """
        from vle_analog.variation.montecarlo import montecarlo
        from vle_analog.variation.plan import Plan

        return montecarlo(self.lot(), Plan(samples, **options), Path(folder), progress)

    def lot(self) -> "Lot":
        """The chips of this study, before any of them is drawn."""
        from vle_analog.variation.lot import Lot, on_grid

        return Lot(on_grid(self.spec), nominal)

    def with_circuit(self, circuit: "Circuit") -> "Study":
        """The same study with this circuit in the place of its own, as one chip of a Monte Carlo run."""
        other = Study(self.spec)
        other._done["circuit"] = circuit
        return other

    def refuse_unstable(self) -> None:
        """Nothing where the loops are stable, or where the study wants to see what happens.

        **Raises:** `InputError` naming every unstable loop, its neurons, its eigenvalue, where it is worst, and cures.
        """
        from vle_analog.stability import refuse_unstable

        refuse_unstable(self.spec, self.stability(), self.reexamine)

    @property
    def done(self) -> Mapping[str, Any]:
        """The steps that are done, by name."""
        return self._done

    def reexamine(self, network: Network) -> "Stability":
        """The stability of a changed network in this study."""
        from vle_analog.ideal import survey
        from vle_analog.stability import examine, follow, poles_of

        run = network, self.target, self.spec.duration
        poles = poles_of(replace(self.spec, network=network))
        return examine(network, lambda: follow(*run, lambda: survey(*run)), poles, self.spec.duration)

    # -- the work behind the steps ----------------------------------------------------------------------------

    def _once(self, step: str, work: Callable[[], Any]) -> Any:
        if step not in self._done:
            self._refuse_adjoint()
            self._done[step] = work()
        return self._done[step]

    def _solve(self, progress: Progress | None, network: Network) -> Traces:
        from vle_analog.ideal import solve

        spec = self.spec
        if spec.simulate.noise:
            from vle_analog.variation.noise_in_model import disturbed

            network, _ = disturbed(network, self.circuit())
        report = None if progress is None else partial(progress, "ideal")
        return solve(network, self.target, spec.duration, spec.simulate.points, progress=report)

    def _examine(self) -> "Stability":
        from vle_analog.stability import examine, poles_of

        return examine(self.spec.network, self._trajectory, poles_of(self.spec), self.spec.duration)

    def _trajectory(self) -> "Trajectory":
        from vle_analog.stability import follow

        seen = self._done.get("ideal")  # the solution itself, where there is one already
        return follow(self.spec.network, self.target, self.spec.duration, lambda: seen or self._survey())

    def _survey(self) -> Traces:
        from vle_analog.ideal import survey

        return self._once("survey", lambda: survey(self.spec.network, self.target, self.spec.duration))

    def _map(self) -> "Circuit":
        spec = self.spec
        circuit = self._advised(self._build)
        if spec.circuit.closed_loop:
            tuned = self.tune().circuit
            circuit = replace(circuit, modules=tuned.modules, tuned=tuned.tuned)
        if spec.simulate.noise:
            from vle_analog.variation.noise import with_noise

            own, simulate = Path(spec.circuit.cells) if spec.circuit.cells else None, spec.simulate
            circuit = with_noise(circuit, spec.duration, simulate.noise_spacing, simulate.noise_seed, library=own)
        return circuit

    def _build(self) -> "Circuit":
        from vle_analog.mapping import build_circuit
        from vle_analog.mapping.draws import refuse_draws
        from vle_analog.mapping.unused import refuse_unused

        circuit = build_circuit(self.spec, self.target, self._survey())
        if not circuit.devices:
            refuse_draws(self.spec)
        refuse_unused(self.spec, circuit)
        return circuit

    def _advised(self, build: Callable[[], "Circuit"]) -> "Circuit":
        """The circuit, or the refusal with the settings that were found to help."""
        try:
            return build()
        except InputError as refusal:
            from vle_analog.advise import advised

            raise advised(refusal, self.spec, self._attempt) from None

    def _attempt(self, spec: StudySpec, overrides: Iterable[str]) -> None:
        """Builds the circuit of a changed study, whose network shall be stable too; the same one is not solved anew."""
        changed = Study(spec)
        if all(text.startswith("circuit.") and not text.startswith(NETWORK_KEYS) for text in overrides):
            changed.target = self.target
            changed._done["survey"] = self._survey()
        else:
            changed.refuse_unstable()
        changed._build()

    def _tune(self, progress: Progress | None) -> "Tuned":
        from vle_analog.characterise.closed_loop import closed_loop
        from vle_analog.mapping import build_circuit
        from vle_analog.simulator import open_backend
        from vle_analog.simulator.recorded import Recorded

        settings = self.spec.circuit  # sized before they are made: for no corner, and as if all devices were alike
        nominal = replace(settings, corner=None, mismatch_seed=None, temperature=None)
        spec = replace(self.spec, circuit=nominal)
        circuit = self._advised(lambda: build_circuit(spec, self.target, self._survey()))
        with Recorded(open_backend(self.spec.simulate.backend)) as backend:
            self._done["benches"] = backend.runs
            return closed_loop(circuit, Path(settings.cells) if settings.cells else None, progress, backend)

    def _run(self, progress: Progress | None) -> Simulation:
        from vle_analog.compare.power import simulated_power
        from vle_analog.compare.simulated import simulate_circuit
        from vle_analog.mapping.excursions import excursions
        from vle_analog.simulator import open_backend

        spec, circuit, deck = self.spec, self.circuit(), self.deck()
        report = None if progress is None else partial(progress, "simulate")
        with open_backend(spec.simulate.backend) as backend:
            result, traces = simulate_circuit(spec, circuit, deck, backend, report)
        left = excursions(spec, circuit, traces, self.target)
        return Simulation(deck, result, traces, simulated_power(circuit, result), left)

    def _refuse_adjoint(self) -> None:
        if self.spec.network.rule == "adjoint":
            raise InputError(Problem(
                "the adjoint runs backwards in time: it has no circuit and no solution forward in time",
                f"{self.spec.source}: network.rule", got="adjoint", expected="vle | le | backprop",
                hint="rule = \"vle\" is its causal, local replacement; `derive` takes the adjoint",
            ))  # fmt: skip

    def __repr__(self) -> str:
        return f"Study({self.spec!r})"

    def _repr_html_(self) -> str:
        network = self.spec.network
        rows = "".join(
            f"<tr><td>{p.name}</td><td>{p.size}</td><td>{p.activation}</td><td>{_span(p.tau_m)}</td><td>{_span(p.tau_r)}</td></tr>"
            for p in network.populations
        )
        head = "".join(f"<th>{t}</th>" for t in ("population", "neurons", "activation", "tau_m", "tau_r"))
        return f"<b>{escape(self.spec.title or self.spec.name)}</b><table><tr>{head}</tr>{rows}</table>"


def nominal(spec: StudySpec) -> "Nominal":
    """What the chips of a study deviate from; the function by which every worker of a Monte Carlo run gets it.

    **Raises:** `InputError` where the study has no circuit, or a loop is unstable.
    """
    from vle_analog.variation.lot import Nominal

    study = Study(spec)
    study.refuse_unstable()
    noisy = replace(spec, simulate=replace(spec.simulate, noise=True))
    return Nominal(
        study.circuit(), study.encoded_ideal(), study.target,
        lambda circuit: Study(noisy).with_circuit(circuit).encoded_ideal(),
    )  # fmt: skip


def population_kinds(spec: StudySpec) -> "Kinds":
    """The kinds of populations and projections of a study, for the last step of its derivation."""
    from vle_analog.theory import Kinds, PopulationKind, ProjectionKind

    network = spec.network
    return Kinds(
        tuple(
            # a wire among neurons with states obeys their equations too: its states drop out
            PopulationKind(
                p.name, p.activation, bool(np.all(p.wire)), p.name == network.output,
                network.learns_bias(p), network.learns_tau_m(p), network.learns_tau_r(p),
            )
            for p in network.populations
        ),
        tuple(
            ProjectionKind(
                q.name, q.source, q.target, network.learns(q), q.feedback_weights is None, network.learns_feedback(q),
            )
            for q in network.projections
        ),
        corrected=network.gain_correction is not None,
    )  # fmt: skip


def _span(values) -> str:
    low, high = float(values.min()), float(values.max())
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"
