"""What the user asks for, as frozen data: populations, projections, and the network they form.

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
    """Neurons of one kind.

    **Arguments:**

    - `tau_m`, `tau_r`: membrane and prospective time constants, shape `(size,)`.
    - `bias`: initial (or fixed) bias, shape `(size,)`.
    - `wire`: where true the neuron has tau_m = tau_r and is built without a state (`U = S`), shape `(size,)`.
    - `bias_plastic`, `bias_eta`: whether the bias learns (`db/dt = bias_eta e`), and how fast.
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
    """Synapses from a stimulus or a population (`source`) onto a population (`target`).

    **Arguments:**

    - `weights`: shape `(target size, source size)`; row = postsynaptic neuron.
    - `plastic`, `eta`: `dW/dt = eta e r^T` where plastic.
    - `feedback_weights`: weights that carry the error back, same shape as `weights`; where feedback learns, those at
      the start. `None` means the forward weights themselves (transpose, shared).
    - `limit`: what a weight never reaches, same shape as `weights`: kept as `W = limit tanh(V)`, with V learning, so
      that `dW/dt = eta e r^T (1 - (W/limit)^2)`; of feedback weights likewise. Infinite, or `None`: not bounded.
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
    """Populations and projections with the rule that moves them.

    **Arguments:**

    - `rule`: one of `RULES`.
    - `plasticity`: where false, nothing learns.
    - `cost`: "prospective" (of the rate, inside of B) or "membrane" (of the bare potential u, outside of B).
    - `gain_correction`: angular frequency at which the local error has the gain of the exact one; `None` for none.
    - `alignment`: how feedback weights learn; `None` where they do not.
    - `disturbance`: what imperfect devices add to the equations; `None` for nothing.
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

    def heard(self) -> dict[str, Stimulus]:
        """The stimuli that some projection uses."""
        sources = {projection.source for projection in self.projections}
        return {name: stimulus for name, stimulus in self.stimuli.items() if name in sources}

    def population(self, name: str) -> Population:
        """The population called `name`; **raises** `KeyError` if there is none."""
        for population in self.populations:
            if population.name == name:
                return population
        raise KeyError(name)

    def is_stimulus(self, name: str) -> bool:
        """True where `name` is a stimulus, not a population."""
        return name in self.stimuli

    def source_size(self, projection: Projection) -> int:
        """Number of senders of a projection."""
        if self.is_stimulus(projection.source):
            return self.stimuli[projection.source].size
        return self.population(projection.source).size

    def learns(self, projection: Projection) -> bool:
        """True where the weights of this projection move during the run."""
        return self.plasticity and projection.plastic

    def learns_bias(self, population: Population) -> bool:
        """True where the biases of this population move during the run."""
        return self.plasticity and population.bias_plastic

    def learns_tau_m(self, population: Population) -> bool:
        """True where the membrane time constants of this population move during the run."""
        return self.plasticity and population.tau_m_plastic

    def learns_tau_r(self, population: Population) -> bool:
        """True where the prospective time constants of this population move during the run."""
        return self.plasticity and population.tau_r_plastic

    def learns_feedback(self, projection: Projection) -> bool:
        """True where the feedback weights of this projection move during the run."""
        return self.plasticity and self.alignment is not None and projection.feedback_weights is not None

    @property
    def plastic(self) -> bool:
        """True where anything moves during the run but the signals."""
        populations, projections = self.populations, self.projections
        return any(self.learns(q) or self.learns_feedback(q) for q in projections) or any(
            self.learns_bias(p) or self.learns_tau_m(p) or self.learns_tau_r(p) for p in populations
        )

    @property
    def bounded(self) -> bool:
        """True where some weights that move are bounded."""
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
        """What is added to S, by population: the noise that feedback weights learn from."""
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
        """The same network with other numbers, by name of projection (`weights`) or population; a neuron whose time
        constants differ afterwards is no wire.

        **Raises:** `InputError` for a name that there is not, for what is no array of numbers, and for the wrong shape.
        """  # fmt: skip
        named = {"weights": weights or {}, "biases": biases or {}, "tau_m": tau_m or {}, "tau_r": tau_r or {}}
        for key, given in named.items():
            owners = self.projections if key == "weights" else self.populations
            for name in given:
                if name not in {owner.name for owner in owners}:
                    expected = ", ".join(owner.name for owner in owners)
                    raise InputError(Problem(f"{key} of something that is not there", name, expected=expected))

        def taken(key: str, name: str, before: np.ndarray) -> np.ndarray:
            if name not in named[key]:
                return before
            array = _numbers(named[key][name], key, name)
            if array.shape != before.shape:
                raise InputError(Problem(f"{key} of the wrong shape", name, f"{array.shape}", f"{before.shape}"))
            array.setflags(write=False)
            return array

        populations = []
        for p in self.populations:
            slow, fast = taken("tau_m", p.name, p.tau_m), taken("tau_r", p.name, p.tau_r)
            bias = taken("biases", p.name, p.bias)
            populations.append(replace(p, tau_m=slow, tau_r=fast, bias=bias, wire=p.wire & (slow == fast)))
        projections = [replace(q, weights=taken("weights", q.name, q.weights)) for q in self.projections]
        for q in projections:
            _check_limit(q)
        return replace(self, populations=tuple(populations), projections=tuple(projections))

    def with_output_bias(self) -> "Network":
        """The same network where the output neurons' biases learn, as fast as the fastest weights onto them.

        The bias takes up the offsets of a circuit (a constant error has nowhere else to go). Nothing changes where
        nothing learns, or where the biases learn as it is.
        """
        onto = [q.eta for q in self.projections if q.target == self.output and self.learns(q)]
        if not onto or self.population(self.output).bias_plastic:
            return self
        populations = [
            replace(p, bias_plastic=True, bias_eta=max(onto)) if p.name == self.output else p for p in self.populations
        ]
        return replace(self, populations=tuple(populations))

    def with_limits(self, limits: Mapping[str, float | np.ndarray]) -> "Network":
        """The same network with bounded weights, by name of projection: one limit for all, or one for each.

        **Raises:** `InputError` for a name that there is not, for limits that are no numbers or do not fit the weights,
        and where a weight starts at its limit or beyond.
        """
        names = [q.name for q in self.projections]
        for name in limits:
            if name not in names:
                raise InputError(Problem("limit of something that is not there", name, expected=", ".join(names)))

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
        raise InputError(Problem(f"{key} of what is no array of numbers", name, got=str(error))) from None


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
            raise InputError(Problem(
                "a bounded weight must start inside of its limit", f"{projection.name}.{kind}[{at[0]},{at[1]}]",
                f"{weights[at]:g}", f"a size below {limit[at]:g}", "raise the limit (circuit.weight_limit)",
            ))  # fmt: skip
