"""Operating points of a trajectory: slopes, weights and coefficients for small deviations."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property, partial

import numpy as np

from vle_analog.errors import InputError
from vle_analog.ideal.coefficients import Coefficients, coefficients
from vle_analog.ideal.printed import activation_texts, numeric
from vle_analog.network.model import Network, Projection
from vle_analog.network.signals import Signal, Traces
from vle_analog.network.stimuli import Stimulus

SHORTER, LOOKS = 2, 10  # a run without a solution is shortened by this factor, this number of times


@dataclass(frozen=True, eq=False)
class OperatingPoint:
    """An operating point of a network of N neurons, in the order of its populations.

    **Arguments:**

    - `network`: with the weights, biases and time constants of this moment.
    - `U`, `e`: shape `(N,)`. `target`: of the output population at this moment.
    - `law`: the linear laws of the network's neurons.
    """

    network: Network
    time: float
    U: np.ndarray
    e: np.ndarray
    target: np.ndarray
    law: Coefficients

    @cached_property
    def stored(self) -> np.ndarray:
        """True where time constants are voltages, which requires other cells, shape `(N,)`."""
        network = self.network
        return np.concatenate(
            [np.full(p.size, network.learns_tau_m(p) or network.learns_tau_r(p)) for p in network.populations]
        )

    @cached_property
    def following(self) -> np.ndarray:
        """True where u is charged from the node U (the passive lead cell), not from the input, shape `(N,)`."""
        return ~self.stored & np.concatenate([(p.tau_r < p.tau_m) & ~p.wire for p in self.network.populations])

    @cached_property
    def slices(self) -> Mapping[str, slice]:
        """Slice of each population's neurons, by name."""
        edges = np.cumsum([0, *(p.size for p in self.network.populations)]).tolist()
        return {p.name: slice(a, b) for p, a, b in zip(self.network.populations, edges, edges[1:], strict=False)}

    def neurons(self, names: Sequence[str]) -> np.ndarray:
        """Return the indices of the neurons of some populations, in their order."""
        every = np.arange(len(self.U))
        return np.concatenate([every[self.slices[name]] for name in names] or [every[:0]])

    def forward(self, names: Sequence[str]) -> np.ndarray:
        """Return W among some populations, row = receiver."""
        return self._among(names, [(q, q.weights) for q in self._inner()])

    def backward(self, names: Sequence[str]) -> np.ndarray:
        """Return the weights that carry errors back among some populations: `h += backward @ e`."""
        return self._among(names, [(q, feedback_of(q)) for q in self._inner()]).T

    def _inner(self) -> list[Projection]:
        return [q for q in self.network.projections if not self.network.is_stimulus(q.source)]

    def _among(self, names: Sequence[str], matrices: list[tuple[Projection, np.ndarray]]) -> np.ndarray:
        edges = np.cumsum([0, *(self.network.population(name).size for name in names)]).tolist()
        at = {name: slice(a, b) for name, a, b in zip(names, edges, edges[1:], strict=False)}
        result = np.zeros((edges[-1], edges[-1]))
        for q, matrix in matrices:
            if q.source in at and q.target in at:
                result[at[q.target], at[q.source]] += matrix
        return result

    @cached_property
    def rate(self) -> np.ndarray:
        """Rates r = phi(U), shape `(N,)`."""
        return self._activation(0)

    @cached_property
    def slope(self) -> np.ndarray:
        """Slopes phi'(U), shape `(N,)`."""
        return self._activation(1)

    @cached_property
    def bend(self) -> np.ndarray:
        """Derivative of B = phi'(U) h with respect to U at fixed h: phi''(U) h, shape `(N,)`."""
        h = np.zeros(len(self.U))
        for q in self._inner():
            h[self.slices[q.source]] += feedback_of(q).T @ self.e[self.slices[q.target]]
        at = self.slices[self.network.output]
        h[at] += self.law.target[at] * (self.target - self.rate[at])
        return self._activation(2) * h

    def _activation(self, order: int) -> np.ndarray:
        values = np.empty(len(self.U))
        for p in self.network.populations:
            at = self.slices[p.name]
            values[at] = _activation(p.activation)[order](self.U[at])
        return values

    def changed(self, network: Network) -> "OperatingPoint":
        """Return the same potentials and errors in a network with other parameters."""
        return replace(self, network=network, law=coefficients(network))


@cache
def _activation(name: str) -> tuple[Callable[..., np.ndarray], ...]:
    """Return rate, slope and curvature of an activation."""
    return tuple(numeric(text, ("x",)) for text in activation_texts(name))


def feedback_of(projection: Projection) -> np.ndarray:
    """Return the weights that carry the error back."""
    own = projection.feedback_weights
    return projection.weights if own is None else own


class Trajectory:
    """Operating points along traces with U and e of every neuron, and all parameters that learn."""

    def __init__(self, network: Network, traces: Traces, target: Stimulus):
        self._network, self._traces, self._target = network, traces, target
        self.time = traces.time
        constant = not any(network.learns_tau_m(p) or network.learns_tau_r(p) for p in network.populations)
        self._law = coefficients(network) if constant else None
        self._row = {signal: k for k, signal in enumerate(traces.signals)}
        self._rows = {kind: self._of(kind) for kind in ("U", "e")}

    def __len__(self) -> int:
        return len(self.time)

    def at(self, k: int) -> OperatingPoint:
        """Return the operating point of the k-th moment."""
        U, e = (self._traces.values[self._rows[kind], k] for kind in ("U", "e"))
        time = float(self.time[k])
        network = self._learned(k)
        law = coefficients(network) if self._law is None else self._law
        return OperatingPoint(network, time, U, e, self._target(time), law)

    def _of(self, kind: str) -> np.ndarray:
        return np.array(
            [self._row[Signal(p.name, kind, (k,))] for p in self._network.populations for k in range(p.size)]
        )

    def _learned(self, k: int) -> Network:
        """Return the network with the parameters of this moment."""
        network = self._network
        read = self._read(k)
        projections = tuple(
            replace(
                q,
                weights=read(q.name, "W", q.weights),
                feedback_weights=None if q.feedback_weights is None else read(q.name, "F", q.feedback_weights),
            )
            if network.learns(q) or network.learns_feedback(q)
            else q
            for q in network.projections
        )
        populations = tuple(
            replace(p, tau_m=read(p.name, "tau_m", p.tau_m), tau_r=read(p.name, "tau_r", p.tau_r))
            if network.learns_tau_m(p) or network.learns_tau_r(p)
            else p
            for p in network.populations
        )
        return replace(network, projections=projections, populations=populations)

    def _read(self, k: int):
        def read(owner: str, kind: str, start: np.ndarray) -> np.ndarray:
            first = self._row.get(Signal(owner, kind, (0,) * start.ndim))
            if first is None:
                return start
            return self._traces.values[first : first + start.size, k].reshape(
                start.shape
            )  # rows of one owner are in order

        return read


def follow(network: Network, target: Stimulus, duration: float, whole: Callable[[], Traces]) -> Trajectory:
    """Return the trajectory of a run; of one that diverges, up to there, or at least its start from rest.

    **Arguments:** `whole`: computes a survey of the whole run.
    """
    from vle_analog.ideal import survey
    from vle_analog.ideal.limits import UnsolvedError

    for look in (whole, *(partial(survey, network, target, duration / SHORTER**k) for k in range(1, LOOKS))):
        try:
            return Trajectory(network, look(), target)
        except UnsolvedError as failure:
            if len(failure.traces.time) > 1:
                return Trajectory(network, failure.traces, target)
        except InputError:  # it diverges, or a loop has no solution: the analysis of the rest gives the reason
            continue
    signals = [Signal(p.name, kind, (k,)) for kind in "Ue" for p in network.populations for k in range(p.size)]
    return Trajectory(network, Traces(np.zeros(1), tuple(signals), np.zeros((len(signals), 1))), target)
