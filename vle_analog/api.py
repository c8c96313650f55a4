"""The kit as a Python object: a study that derives, solves, maps, simulates and compares itself."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vle_analog import pipeline
from vle_analog.compare import Comparison
from vle_analog.errors import Problem
from vle_analog.mapping.closed_loop import Tuned
from vle_analog.mapping.conditions import uncharacterised
from vle_analog.netlist import Circuit, Deck
from vle_analog.network import Network, Traces
from vle_analog.network.stimuli import Stimulus
from vle_analog.pipeline import Simulation
from vle_analog.progress import StageProgress
from vle_analog.simulator import open_backend
from vle_analog.simulator.recorded import Recorded
from vle_analog.stability import Analysis, Stability, Trajectory, analyse
from vle_analog.study import StudySpec, read_study, study_from_document
from vle_analog.study.toml_text import toml

if TYPE_CHECKING:
    from vle_analog.gradient import Gradients
    from vle_analog.montecarlo.lot import Lot, Nominal
    from vle_analog.montecarlo.run import MonteCarlo
    from vle_analog.proof import Proof
    from vle_analog.theory import Derivation


class Study:
    """A study and the results of its steps, each of which is computed once, when it is first needed.

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

    def with_(self, changes: Mapping[str, Any] | None = None, /, **tables: Any) -> "Study":
        """A study with some keys changed, checked anew; this one stays as it is, and nothing done is carried over.

        **Arguments:**

        - `changes`: `{"network.rule": "le"}`; numbers, texts, lists, dicts and NumPy arrays, each the whole value.
        - `tables`: keys outside of tables, and tables of single keys: `duration=5, network={"rule": "le"}`.

        **Raises:** `InputError` with every problem that was found.
        """
        flat = dict(changes or {})
        for name, value in tables.items():
            flat |= (
                {f"{name}.{key}": item for key, item in value.items()} if isinstance(value, Mapping) else {name: value}
            )
        texts = [f"{key}={toml(value)}" for key, value in flat.items()]
        return Study(study_from_document(self.spec.document, self.spec.name, self.spec.folder, texts))

    @classmethod
    def from_document(cls, document: Mapping[str, Any], name: str = "study", folder: str | Path = ".") -> "Study":
        """A study from nested dicts with the keys of the file."""
        return cls(study_from_document(document, name, folder))

    def derive(self, rule: str | None = None) -> "Derivation":
        """Derive this study's equations step by step, by its own rule or another one."""
        return pipeline.derive(self.spec, rule)

    @cached_property
    def warnings(self) -> tuple[Problem, ...]:
        """Findings before a run about settings that were probably not meant."""
        return (*self.spec.warnings, *uncharacterised(self.spec))

    @cached_property
    def target(self) -> Stimulus:
        """The target of the output population; a teacher is solved for it."""
        return pipeline.target(self.spec)

    def ideal(self, progress: StageProgress | None = None) -> Traces:
        """Solve the equations: every signal of the circuit without the circuit's errors.

        **Returns:** Traces in model units on the study's time grid.
        """
        return self._once("ideal", lambda: self._solve(self.spec.network, progress))

    def encoded_ideal(self, progress: StageProgress | None = None) -> Traces:
        """Solve the equations with the weights bounded as the circuit bounds them; without bounds, return the ideal."""
        bounded = pipeline.bounded_network(self.spec.network, self.circuit())
        if not bounded.bounded:
            return self.ideal(progress)
        return self._once("encoded ideal", lambda: self._solve(bounded, progress))

    def gradient(self, progress: StageProgress | None = None) -> "Gradients":
        """Compute dC/dtheta of the loss with the parameters held: exactly by the adjoint, and by the causal rules."""
        from vle_analog.gradient import gradients

        if "gradient" not in self._done:  # of any rule, the adjoint too
            spec = self.spec
            self._done["gradient"] = gradients(spec.network, self.target, spec.duration, progress=progress)
        return self._done["gradient"]

    def stability(self) -> Stability:
        """Examine the loops of the network with the poles of the cells; without loops there is nothing to follow."""
        return self._once("stability", lambda: pipeline.stability(self.spec, self._trajectory))

    def analyse(self) -> Analysis:
        """Compute the loops, the slow poles and the frequency response of neurons and error path."""
        return self._once("analysis", lambda: analyse(self.spec, self._trajectory(), self.stability()))

    def circuit(self) -> Circuit:
        """Map every neuron and every plastic synapse to subcircuits.

        **Raises:** `InputError` where the study needs what no circuit can do or does not fit the process.
        """
        return self._once("circuit", lambda: pipeline.circuit(self.spec, self.target, self._survey, self.tune))

    def tune(self, progress: StageProgress | None = None) -> Tuned:
        """Measure the cells of the circuit on a bench and correct their sizes; `circuit.closed_loop` uses them.

        **Raises:** `SimulatorError` where ngspice is missing or finds no operating point.
        """
        return self._once("tuned", lambda: self._tune(progress))

    def verify(self) -> "Proof":
        """Prove that the cells of the circuit, connected by Kirchhoff's laws, have this study's equations."""
        from vle_analog.proof import verify

        return self._once("proof", lambda: verify(self.spec, self.circuit(), self.target))

    def netlist(self) -> dict[str, bytes]:
        """Write the hierarchical netlist: file name -> content."""
        return pipeline.netlist(self.spec, self.circuit())

    def deck(self) -> Deck:
        """Flatten the circuit to the deck that is simulated."""
        return pipeline.deck(self.spec, self.circuit())

    def simulate(self, progress: StageProgress | None = None) -> Simulation:
        """Simulate the circuit in ngspice; signals that left the range of their stages are in the result.

        **Raises:** `InputError` where a loop is unstable, unless `simulate.unstable` is `warn`;
        `SimulatorError` where ngspice is missing, crashes, does not converge or runs out of time.
        """
        self.refuse_unstable()
        return self._once("simulation", lambda: self._simulate(progress))

    def compare(self, progress: StageProgress | None = None) -> Comparison:
        """Compare the circuit with the ideal, signal by signal; where its weights are bounded, with `encoded_ideal`."""
        ideal, bounded = self.ideal(progress), self.encoded_ideal(progress)
        return pipeline.compare(self.spec, self.target, ideal, bounded, self.simulate(progress))

    def montecarlo(
        self, samples: int, folder: str | Path, progress: StageProgress | None = None, **options: Any
    ) -> "MonteCarlo":
        """Simulate chips that deviate as set in `variation`, into a folder; continue where an earlier run ended.

        **Arguments:** `options`: of `montecarlo.plan.Plan`: `first`, `engine`, `workers`, `scheduler`, `until`, ...

        **Raises:** `InputError` where plan, study or folder cannot be used; `SimulatorError` where ngspice is missing.
        """
        from vle_analog.montecarlo.plan import Plan
        from vle_analog.montecarlo.run import check_circuit, montecarlo

        plan = Plan(samples, **options)
        plan.check(self.spec.variation)
        check_circuit(self.spec, plan, self.circuit())
        return montecarlo(self.lot(), plan, Path(folder), progress)

    def lot(self) -> "Lot":
        """Describe the chips of this study, before any of them is drawn."""
        from vle_analog.montecarlo.lot import Lot, on_grid

        return Lot(on_grid(self.spec), nominal)

    def with_circuit(self, circuit: Circuit) -> "Study":
        """Return the same study with another circuit, as that of one chip of a Monte Carlo run."""
        other = Study(self.spec)
        other._done["circuit"] = circuit
        return other

    def refuse_unstable(self) -> None:
        """Refuse a study with an unstable loop, unless its `simulate.unstable` is `warn`.

        **Raises:** `InputError` naming every unstable loop, its neurons, its eigenvalue, where it is worst, and cures.
        """
        pipeline.refuse_unstable(self.spec, self.target, self.stability())

    def reexamine(self, network: Network) -> Stability:
        """Examine the stability of a changed network in this study."""
        return pipeline.stability_of(self.spec, self.target, network)

    @property
    def done(self) -> Mapping[str, Any]:
        """The results so far, by the names of their steps."""
        return self._done

    # -- steps that need the results of others ----------------------------------------------------------------

    def _once(self, step: str, work: Callable[[], Any]) -> Any:
        if step not in self._done:
            pipeline.refuse_adjoint(self.spec)
            self._done[step] = work()
        return self._done[step]

    def _survey(self) -> Traces:
        return self._once("survey", lambda: pipeline.survey(self.spec, self.target))

    def _trajectory(self) -> Trajectory:
        ideal = self._done.get("ideal")  # the solution itself, where there is one already
        return pipeline.trajectory(self.spec, self.target, lambda: ideal or self._survey())

    def _solve(self, network: Network, progress: StageProgress | None) -> Traces:
        return pipeline.ideal(self.spec, self.target, network, self.circuit, progress)

    def _simulate(self, progress: StageProgress | None) -> Simulation:
        return pipeline.simulate(self.spec, self.circuit(), self.deck(), self.target, progress)

    def _tune(self, progress: StageProgress | None) -> Tuned:
        with Recorded(open_backend(self.spec.simulate.backend)) as backend:
            self._done["benches"] = backend.runs  # kept where a bench fails
            return pipeline.tune(self.spec, self.target, self._survey, backend, progress)

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
    """Return the circuit, ideal and target from which the chips of a study deviate; workers call it by its name.

    **Raises:** `InputError` where the study has no circuit, or a loop is unstable.
    """
    from vle_analog.montecarlo.lot import Nominal

    study = Study(spec)
    study.refuse_unstable()
    noisy = replace(spec, simulate=replace(spec.simulate, noise=True))
    return Nominal(
        study.circuit(),
        study.encoded_ideal(),
        study.target,
        lambda circuit: Study(noisy).with_circuit(circuit).encoded_ideal(),
    )


def _span(values) -> str:
    low, high = float(values.min()), float(values.max())
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"
