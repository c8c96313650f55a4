"""Peak values of all signals, in model units, for choosing units, checking headroom and examining a run."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from vle_analog.mapping.alignment import noise
from vle_analog.mapping.constants import inner_courses
from vle_analog.mapping.place import stored, target_on_membrane
from vle_analog.network import Traces
from vle_analog.network.stimuli import Steps, Stimulus
from vle_analog.study import StudySpec

UNIT_OF_KIND = {
    "u": "potential",
    "U": "potential",
    "v": "error",
    "e": "error",
    "W": "weight",
    "b": "weight",
    "F": "weight",
    "tau_m": "tau",
    "tau_r": "tau",
}
SETTLING_RISES = 6.0  # rise times after which a step is complete to 1e-5
MAX_STIMULUS_SAMPLES = 20_000  # of a stimulus beyond the end of the traces


@dataclass(frozen=True, eq=False)
class Course:
    """One signal over model time, in model units.

    **Arguments:** `owner`, `kind`: the key under which headroom is reported. `quantity`: a field of `Units`. `name`: of
    the signal. `time`, `values`: shape `(n,)` each; a constant has one value, at time 0.
    """

    owner: str
    kind: str
    quantity: str
    name: str
    time: np.ndarray
    values: np.ndarray

    @property
    def peak(self) -> float:
        """Largest magnitude, in model units."""
        return float(np.max(np.abs(self.values)))


def peaks(spec: StudySpec, traces: Traces, target: Stimulus) -> dict[tuple[str, str, str], float]:
    """Return the largest magnitude, in model units, of every kind of signal that is not zero.

    **Returns:** (owner, kind, quantity) -> peak.
    """
    found: dict[tuple[str, str, str], float] = {}
    for course in (*moving(spec, traces, target), *standing(spec, target, traces.time)):
        key = (course.owner, course.kind, course.quantity)
        found[key] = max(found.get(key, 0.0), course.peak)
    return {key: peak for key, peak in found.items() if peak > 0}


def moving(spec: StudySpec, traces: Traces, target: Stimulus) -> Iterator[Course]:
    """Yield the signals of these traces, and those that follow from them."""
    network, time = spec.network, traces.time
    for signal, row in zip(traces.signals, traces.values, strict=True):
        if (quantity := UNIT_OF_KIND.get(signal.kind)) is not None:
            yield Course(signal.owner, signal.kind, quantity, str(signal), time, row)
    output = network.population(network.output)
    if target_on_membrane(network, output) and network.rule != "backprop":
        for k, row in enumerate(output.tau_m[:, None] * target.slope(time)):
            yield Course("target", "slope", "potential", f"target.slope[{k}]", time, row)
    for name in {q.target: None for q in network.projections if network.learns_feedback(q)}:
        rates = [row for s, row in zip(traces.signals, traces.values, strict=True) if (s.owner, s.kind) == (name, "r")]
        for k, row in enumerate(rates):  # a high-pass follows at most the span of the rate, from zero
            span = max(row.max(), 0.0) - min(row.min(), 0.0)
            yield Course(name, "rhat", "potential", f"{name}.rhat[{k}]", np.zeros(1), np.array([span]))
    for population in network.populations:
        if stored(network, population):
            yield from (Course(population.name, *course) for course in inner_courses(population, traces))


def standing(spec: StudySpec, target: Stimulus, time: np.ndarray) -> Iterator[Course]:
    """Yield inputs over the whole run, and constants: everything that is known before a simulation."""
    network = spec.network
    for name, stimulus in (*network.received_stimuli().items(), ("target", target)):
        at = _moments(stimulus, time, spec.duration)
        for k, row in enumerate(stimulus(at)):
            yield Course(name, "input", "potential", f"{name}[{k}]", at, row)
    for _, name, samples in noise(network):
        for k, row in enumerate(samples(time)):
            yield Course(name, "xi", "potential", f"{name}.xi[{k}]", time, row)
    fixed = [(q.name, "W", q.weights) for q in network.projections if not network.learns(q)]
    fixed += [(p.name, "b", p.bias) for p in network.populations if not network.learns_bias(p)]
    for owner, kind, values in fixed:
        for index, value in np.ndenumerate(values):
            label = f"{owner}.{kind}[{','.join(map(str, index))}]"
            yield Course(owner, kind, "weight", label, np.zeros(1), np.array([value]))


def _moments(stimulus: Stimulus, time: np.ndarray, duration: float) -> np.ndarray:
    """Return the sampling times of a stimulus: those of the traces, the rest of the run, and its steps."""
    times = [time]
    if (last := float(time[-1])) < duration:
        usual = float(np.max(np.diff(time))) if len(time) > 1 else duration
        step = max(min(stimulus.resolution, usual), duration / MAX_STIMULUS_SAMPLES)
        times.append(np.arange(last, duration, step))
    if isinstance(stimulus, Steps):
        edges = np.array([step.time for channel in stimulus.channels for step in channel])
        times += [edges, edges + SETTLING_RISES * stimulus.rise]
    if (own := getattr(stimulus, "times", None)) is not None:
        times.append(own)
    found = np.unique(np.concatenate(times))
    return found[(found >= 0) & (found <= duration)]
