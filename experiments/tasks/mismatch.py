"""Mismatched time constants: many draws of a latent equilibrium, before and after learning.

In every neuron tau_m and tau_r are drawn apart, tau = tau_0 exp(mismatch z) with z standard normal; tau_0 is that of
the teacher. The same z serve every mismatch, so that one draw can be followed from none to all of it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from vle_analog.errors import InputError, Problem
from vle_analog.ideal.layout import layout
from vle_analog.network import Network
from vle_analog.network.stimuli import Stimulus
from vle_analog.study import StudySpec, Teacher

STEP, OF_FASTEST = 0.02, 0.5  # of the fourth-order Runge-Kutta method: model time, and of the least tau_m
POINTS = 1001  # of the record of a run
LEAKY = 1e-9  # look-ahead of a network that has none: a time constant must be positive


@dataclass(frozen=True, eq=False)
class MismatchSweep:
    """The effect of mismatch on a network that would otherwise equal its teacher; arrays (mismatches, draws).

    **Arguments:**

    - `mismatch`: standard deviation of the logarithm of a time constant, shape (mismatches,).
    - `given`: rms(y* - r) / rms(y*) over a run with the teacher's weights, nothing learning.
    - `learned`: the same over the last quarter of the study's run, which starts from its own weights.
    - `loss`: of the same part of that run, the mean of |y* - r|^2 / 2, shape (mismatches, draws).
    - `weights`: how far the learned weights end from those learned without mismatch, relative to how far these moved.
    """

    mismatch: np.ndarray
    given: np.ndarray
    learned: np.ndarray
    loss: np.ndarray
    weights: np.ndarray


def mismatch_sweep(
    spec: StudySpec,
    target: Stimulus,
    mismatches: Sequence[float] = (0.0, 0.02, 0.05, 0.1, 0.15, 0.2),
    draws: int = 20,
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
    look_ahead: float = 1.0,
) -> MismatchSweep:
    """Simulate the network of a study with a teacher for every mismatch and draw, compiled, all of them at once.

    **Arguments:**

    - `target`: the teacher's signal.
    - `mismatches`: none is always among them, as the reference.
    - `progress`: called with the fraction done.
    - `look_ahead`: tau_r over that of the teacher: 1, a latent equilibrium; `LEAKY`, plain leaky integrators, U = u.

    **Raises:** `InputError` where the study has no teacher or learns no weights, a run diverges, or numba is missing.
    """
    network = spec.network
    if not isinstance(spec.target, Teacher) or not any(map(network.learns, network.projections)):
        raise InputError(
            Problem(
                "a sweep of mismatch needs weights that learn from a teacher, the network as it should be",
                spec.source,
            )
        )
    teacher = spec.target.network
    levels = np.unique([0.0, *mismatches])
    shape = (len(levels), draws)
    drawn = drawn_constants(teacher, levels, draws, seed, look_ahead)
    report = progress or (lambda _: None)
    given, _ = _run(_taught(network, teacher), spec, target, drawn, lambda part: report(part / 2))
    rates, states = _run(network, spec, target, drawn, lambda part: report((1 + part) / 2))

    wanted = target(np.linspace(0.0, spec.duration, POINTS))
    late = slice(-(POINTS // 4), None)
    short = rates[:, late] - wanted[:, late, None]
    places = layout(network).weights.values()
    ends = np.concatenate([states[at] for at in places]).reshape(-1, *shape)
    reference = ends[:, 0, 0]  # nothing is drawn there
    start = np.concatenate([q.weights.ravel() for q in network.projections if network.learns(q)])
    return MismatchSweep(
        mismatch=levels,
        given=relative_error(given, wanted).reshape(shape),
        learned=relative_error(rates[:, late], wanted[:, late]).reshape(shape),
        loss=(np.mean(np.sum(short**2, axis=0), axis=0) / 2).reshape(shape),
        weights=np.linalg.norm(ends - reference[:, None, None], axis=0) / np.linalg.norm(reference - start),
    )


def drawn_constants(
    network: Network, mismatches: np.ndarray, draws: int, seed: int, look_ahead: float = 1.0
) -> dict[str, np.ndarray]:
    """Draw `hidden.tau_m` and the like, shape (size, mismatches * draws), all draws of the first mismatch first."""
    sizes = [population.size for population in network.populations]
    z = np.random.default_rng(seed).standard_normal((draws, 2, sum(sizes)))
    factors = np.exp(np.asarray(mismatches)[:, None, None, None] * z).reshape(-1, 2, sum(sizes))
    ends = np.cumsum(sizes)
    return {
        f"{population.name}.{kind}": share
        * getattr(population, kind)[:, None]
        * factors[:, k, end - population.size : end].T
        for population, end in zip(network.populations, ends, strict=True)
        for k, (kind, share) in enumerate((("tau_m", 1.0), ("tau_r", look_ahead)))
    }


def relative_error(rates: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Return rms(y* - r) / rms(y*) over channels and times; `rates` (channels, times, samples), `wanted` (channels,
    times)."""
    return np.sqrt(np.mean((rates - wanted[..., None]) ** 2, axis=(0, 1)) / np.mean(wanted**2))


def _taught(network: Network, teacher: Network) -> Network:
    """Return the network with the parameters of the teacher, without plasticity."""
    weights = {projection.name: projection.weights for projection in teacher.projections}
    biases = {population.name: population.bias for population in teacher.populations}
    return replace(network.with_parameters(weights, biases), plasticity=False)


def _run(
    network: Network, spec: StudySpec, target: Stimulus, drawn: dict[str, np.ndarray], progress: Callable[[float], None]
) -> tuple[np.ndarray, np.ndarray]:
    """Return rates of the output (channels, times, samples), and all states at the end (states, samples)."""
    from vle_analog.ideal.compiled import Batch

    output = network.population(network.output)
    record = [f"{output.name}.r[{k}]" for k in range(output.size)]
    times = np.linspace(0.0, spec.duration, POINTS)
    step = min(STEP, OF_FASTEST * min(float(values.min()) for name, values in drawn.items() if name.endswith(".tau_m")))
    done = Batch(network, target, step).run(drawn, spec.duration, record=record, times=times, progress=progress)
    if any(status != "done" for status in done.status):
        raise InputError(
            Problem(
                "a run with mismatched time constants diverges",
                spec.source,
                hint="lower eta or the mismatch",
            )
        )
    return done.values, done.states
