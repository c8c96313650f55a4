"""A network as frozen data: populations and projections, with the rule by which it learns.

Model time and potentials are dimensionless. Arrays are float64 and read-only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from vle_analog.errors import InputError, Problem
from vle_analog.network.alignment import Alignment
from vle_analog.network.disturbance import Disturbance
from vle_analog.network.stimuli import Samples, Stimulus

RULES = ("vle", "le", "backprop", "adjoint")

# The names of `vle_analog.theory.ACTIVATIONS`, here so that a study can be read without importing SymPy.
ACTIVATIONS = ("tanh", "logistic", "softplus", "linear")


@dataclass(frozen=True, eq=False)
class Population:
    """The neurons of one kind.

    **Arguments:**

    - `tau_m`, `tau_r`: membrane and prospective time constants, shape `(size,)`.
    - `bias`: initial (or fixed) bias, shape `(size,)`.
    - `wire`: where true the neuron has tau_m = tau_r and is built without a state (`U = S`), shape `(size,)`.
    - `bias_plastic`, `bias_eta`: the bias learns at this rate, `db/dt = bias_eta e`.
    - `tau_m_plastic`, `tau_m_eta`: the same for `dtau_m/dt = -tau_m_eta e u'`.
    - `tau_r_plastic`, `tau_r_eta`: the same for `dtau_r/dt = tau_r_eta B u'`.
    - `tau_range`: lowest and highest value of a time constant that learns.
    """

    name: str
    size: int
    tau_m: np.ndarray
    tau_r: np.ndarray
    activation: str
    bias: np.ndarray
    wire: np.ndarray
    bias_plastic: bool = False
    bias_eta: float = 0.0
    tau_m_plastic: bool = False
    tau_m_eta: float = 0.0
    tau_r_plastic: bool = False
    tau_r_eta: float = 0.0
    tau_range: tuple[float, float] = (1e-9, 1e9)


@dataclass(frozen=True, eq=False)
class Projection:
    """The synapses from a stimulus or a population (`source`) onto a population (`target`).

    **Arguments:**

    - `weights`: shape `(target size, source size)`; row = postsynaptic neuron.
    - `plastic`, `eta`: `dW/dt = eta e r^T` where plastic.
    - `feedback_weights`: weights that carry the error back, same shape as `weights`; where feedback learns, the initial
      ones. `None` means the forward weights themselves (transpose, shared).
    - `limit`: bound of the weights, same shape as `weights`: stored as `W = limit tanh(V)`, with V learning, so that
      `dW/dt = eta e r^T (1 - (W/limit)^2)`; the same for feedback weights. Infinite, or `None`: not bounded.
    """

    name: str
    source: str
    target: str
    weights: np.ndarray
    plastic: bool = False
    eta: float = 0.0
    feedback_weights: np.ndarray | None = None
    limit: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Network:
    """Populations and projections with the rule that changes them.

    **Arguments:**

    - `rule`: one of `RULES`. `beta`, `gamma`: nudging strength at the output, and of the error onto the membranes.
    - `output`: name of the population with the target. `start`: "zero" or "settled".
    - `plasticity`: where false, nothing learns.
    - `cost`: "prospective" (of the rate, inside of B) or "membrane" (of the bare potential u, outside of B).
    - `gain_correction`: angular frequency at which the local error has the gain of the exact one; `None` for none.
    - `alignment`: learning of feedback weights; `None` where they do not learn.
    - `disturbance`: additive noise of imperfect devices; `None` for none.
    """

    rule: str
    beta: float
    gamma: float
    output: str
    start: str
    plasticity: bool
    populations: tuple[Population, ...]
    projections: tuple[Projection, ...]
    stimuli: Mapping[str, Stimulus] = field(default_factory=dict)
    cost: str = "prospective"
    gain_correction: float | None = None
    alignment: Alignment | None = None
    disturbance: Disturbance | None = None

    def received_stimuli(self) -> dict[str, Stimulus]:
        """Return the stimuli that some projection uses, by name."""
        sources = {projection.source for projection in self.projections}
        return {name: stimulus for name, stimulus in self.stimuli.items() if name in sources}

    def population(self, name: str) -> Population:
        """Return the population called `name`.

        **Raises:** `KeyError` if there is none.
        """
        for population in self.populations:
            if population.name == name:
                return population
        raise KeyError(name)

    def is_stimulus(self, name: str) -> bool:
        """True where `name` is a stimulus, not a population."""
        return name in self.stimuli

    def source_size(self, projection: Projection) -> int:
        """Return the number of senders of a projection."""
        if self.is_stimulus(projection.source):
            return self.stimuli[projection.source].size
        return self.population(projection.source).size

    def learns(self, projection: Projection) -> bool:
        """True where the weights of this projection change during the run."""
        return self.plasticity and projection.plastic

    def learns_bias(self, population: Population) -> bool:
        """True where the biases of this population change during the run."""
        return self.plasticity and population.bias_plastic

    def learns_tau_m(self, population: Population) -> bool:
        """True where the membrane time constants of this population change during the run."""
        return self.plasticity and population.tau_m_plastic

    def learns_tau_r(self, population: Population) -> bool:
        """True where the prospective time constants of this population change during the run."""
        return self.plasticity and population.tau_r_plastic

    def learns_feedback(self, projection: Projection) -> bool:
        """True where the feedback weights of this projection change during the run."""
        return self.plasticity and self.alignment is not None and projection.feedback_weights is not None

    @property
    def plastic(self) -> bool:
        """True where any parameter changes during the run."""
        populations, projections = self.populations, self.projections
        return any(self.learns(q) or self.learns_feedback(q) for q in projections) or any(
            self.learns_bias(p) or self.learns_tau_m(p) or self.learns_tau_r(p) for p in populations
        )

    @property
    def bounded(self) -> bool:
        """True where a weight that changes is bounded."""
        moving = (q for q in self.projections if self.learns(q) or self.learns_feedback(q))
        return any(q.limit is not None and bool(np.isfinite(q.limit).any()) for q in moving)

    @property
    def shortest(self) -> float:
        """The shortest time constant that the network has, or may learn."""
        return min(
            float(np.min(tau if not learns else p.tau_range[0]))
            for p in self.populations
            for tau, learns in ((p.tau_m, self.learns_tau_m(p)), (p.tau_r, self.learns_tau_r(p)))
        )

    def noise(self) -> dict[str, Samples]:
        """Return the noise added to S, by population, from which feedback weights learn."""
        if self.alignment is None or not self.plasticity:
            return {}
        return dict(self.alignment.noise)

    def with_parameters(
        self,
        weights: Mapping[str, np.ndarray] | None = None,
        biases: Mapping[str, np.ndarray] | None = None,
        tau_m: Mapping[str, np.ndarray] | None = None,
        tau_r: Mapping[str, np.ndarray] | None = None,
    ) -> "Network":
        """Return the network with other values, by name of projection (`weights`) or population.

        A neuron whose time constants differ afterwards is not a wire.

        **Arguments:** arrays of the shapes of the present ones.

        **Raises:** `InputError` for an unknown name, a value that is not an array of numbers, and for the wrong shape.
        """
        named = {"weights": weights or {}, "biases": biases or {}, "tau_m": tau_m or {}, "tau_r": tau_r or {}}
        for key, given in named.items():
            owners = self.projections if key == "weights" else self.populations
            for name in given:
                if name not in {owner.name for owner in owners}:
                    expected = ", ".join(owner.name for owner in owners)
                    raise InputError(Problem(f"{key} of an unknown name", name, expected=expected))

        def changed(key: str, name: str, before: np.ndarray) -> np.ndarray:
            if name not in named[key]:
                return before
            array = _numbers(named[key][name], key, name)
            if array.shape != before.shape:
                raise InputError(Problem(f"{key} of the wrong shape", name, f"{array.shape}", f"{before.shape}"))
            array.setflags(write=False)
            return array

        populations = []
        for p in self.populations:
            slow, fast = changed("tau_m", p.name, p.tau_m), changed("tau_r", p.name, p.tau_r)
            bias = changed("biases", p.name, p.bias)
            populations.append(replace(p, tau_m=slow, tau_r=fast, bias=bias, wire=p.wire & (slow == fast)))
        projections = [replace(q, weights=changed("weights", q.name, q.weights)) for q in self.projections]
        for q in projections:
            _check_limit(q)
        return replace(self, populations=tuple(populations), projections=tuple(projections))

    def with_output_bias(self) -> "Network":
        """Return the network with learning biases of the output neurons, at the highest rate of the weights onto them.

        The bias compensates the offsets of a circuit, which would otherwise be a constant error. The network is
        returned unchanged where nothing learns, or where the biases learn already.
        """
        onto = [q.eta for q in self.projections if q.target == self.output and self.learns(q)]
        if not onto or self.population(self.output).bias_plastic:
            return self
        populations = [
            replace(p, bias_plastic=True, bias_eta=max(onto)) if p.name == self.output else p for p in self.populations
        ]
        return replace(self, populations=tuple(populations))

    def with_limits(self, limits: Mapping[str, float | np.ndarray]) -> "Network":
        """Return the network with bounded weights.

        **Arguments:** `limits`: by name of projection, one number, or an array of the shape of the weights.

        **Raises:** `InputError` for an unknown name, for limits that are not numbers or do not fit the weights, and
        where a weight starts at its limit or beyond.
        """
        names = [q.name for q in self.projections]
        for name in limits:
            if name not in names:
                raise InputError(Problem("limit of an unknown name", name, expected=", ".join(names)))

        def given(q: Projection) -> np.ndarray | None:
            if q.name not in limits:
                return q.limit
            limit, shape = _numbers(limits[q.name], "limit", q.name), q.weights.shape
            if limit.shape not in ((), shape):
                raise InputError(
                    Problem("limit of the wrong shape", q.name, f"{limit.shape}", f"one number or {shape}")
                )
            limit = np.array(np.broadcast_to(limit, shape))
            limit.setflags(write=False)
            return limit

        projections = [replace(q, limit=given(q)) for q in self.projections]
        for q in projections:
            _check_limit(q)
        return replace(self, projections=tuple(projections))


def _numbers(value: object, key: str, name: str) -> np.ndarray:
    try:
        return np.array(value, dtype=float)
    except (TypeError, ValueError) as error:
        raise InputError(Problem(f"{key} that are not an array of numbers", name, got=str(error))) from None


def _check_limit(projection: Projection) -> None:
    limit = projection.limit
    if limit is None:
        return
    if not (limit > 0).all():
        got = f"{float(limit[~(limit > 0)][0])}"
        raise InputError(Problem("the limit of weights must be a positive number", projection.name, got))
    for kind, weights in (("W", projection.weights), ("F", projection.feedback_weights)):
        if weights is not None and (beyond := np.argwhere(np.abs(weights) >= limit)).size:
            at = tuple(beyond[0].tolist())
            raise InputError(
                Problem(
                    "a bounded weight must start inside of its limit",
                    f"{projection.name}.{kind}[{at[0]},{at[1]}]",
                    f"{weights[at]:g}",
                    f"a size below {limit[at]:g}",
                    "raise the limit (circuit.weight_limit)",
                )
            )
