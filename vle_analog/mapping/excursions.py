"""Signals of a simulated circuit that left the range of their stages: which, when, how far, with the consequence."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vle_analog.cells.fitted import fitted
from vle_analog.levels import BEHAVIOURAL
from vle_analog.mapping.constants import ranges_left
from vle_analog.mapping.natural import LINEAR, LOAD, compressed
from vle_analog.mapping.reach import moving
from vle_analog.mapping.scale import KEYS, swing_of
from vle_analog.netlist.circuit import Circuit
from vle_analog.network import Traces
from vle_analog.network.stimuli import Stimulus
from vle_analog.process.process import process
from vle_analog.study import StudySpec

STAGES = {
    "u": "the membrane",
    "U": "the output stage of the neuron",
    "v": "the error state",
    "e": "the output stage of the error",
    "W": "the weight",
    "F": "the feedback weight",
    "b": "the bias",
    "S": "the input sum",
    "u'": "the slope of the membrane",
    "v'": "the slope of the error state",
    "slope": "the slope of the target",
    "rhat": "the high-pass of the rate",
    "tau_m": "the membrane's time constant",
    "tau_r": "the prospective time constant",
}
IDEAL = "ideal elements have no rails and are not limited, but a stage made of devices clips there"
CLIPS = "stages made of devices compress and clip there, so this signal and those it drives deviate"
BENDS = "the pair gives at least a fifth less current than its equation, so errors are too small"
MIN_PAIR_GAIN = 0.8  # of its linear output: a pair with less is outside of its range
OUTSIDE = "the equations do not hold outside of tau_range"


@dataclass(frozen=True)
class Excursion:
    """One signal that left the range of its stage.

    **Arguments:**

    - `signal`: as in the traces, or a node beside them. `stage`: in words. `key`: of the study, its unit or range.
    - `first`, `time`: model time at which it left its range, and of the farthest point. `share`: fraction of the run
      spent outside.
    - `peak`, `limit`: magnitude at the farthest point, and largest or smallest allowed, both in `unit`: V, or model
      time of a time constant.
    - `meaning`: one sentence.
    """

    signal: str
    stage: str
    key: str
    first: float
    time: float
    share: float
    peak: float
    limit: float
    unit: str
    meaning: str

    @property
    def over(self) -> float:
        """Distance beyond the limit, in `unit`."""
        return abs(self.peak - self.limit)

    def __str__(self) -> str:
        over, peak, limit = (f"{v:.3g}{' V' * (self.unit == 'V')}" for v in (self.over, self.peak, self.limit))
        return (
            f"{self.signal}: {self.stage} left its range at model time {self.first:.4g}, for {self.share:.2g} of the "
            f"run and by {over} at most ({peak} at model time {self.time:.4g}, where the range ends at {limit}): "
            f"{self.meaning}"
        )


def excursions(spec: StudySpec, circuit: Circuit, traces: Traces, target: Stimulus) -> tuple[Excursion, ...]:
    """Find every signal of a simulated circuit that left the range of its stage.

    The ranges are the swing of the output stages, the input range of the pair that subtracts the rate from the target,
    and `tau_range`.

    **Arguments:** `traces`: of the circuit, in model units. `target`: of the output population.

    **Returns:** excursions, ordered by the time at which each left its range.
    """
    found = [*_swings(spec, circuit, traces, target), *_inputs(spec, circuit, traces, target), *_ranges(spec, traces)]
    return tuple(sorted(found, key=lambda excursion: excursion.first))


def _swings(spec: StudySpec, circuit: Circuit, traces: Traces, target: Stimulus) -> Iterator[Excursion]:
    swing = swing_of(spec, process(spec.circuit.process))
    for course in moving(spec, traces, target):
        volts = np.abs(course.values) * getattr(circuit.units, course.quantity)
        if volts.max() > swing * (1 + 1e-12):
            at, outside = int(volts.argmax()), volts > swing
            yield Excursion(
                course.name,
                STAGES.get(course.kind, course.kind),
                f"circuit.{KEYS[course.quantity]}",
                float(course.time[outside.argmax()]),
                float(course.time[at]),
                float(outside.mean()),
                float(volts[at]),
                swing,
                "V",
                CLIPS if circuit.hold else IDEAL,
            )


def _inputs(spec: StudySpec, circuit: Circuit, traces: Traces, target: Stimulus) -> Iterator[Excursion]:
    """Yield differences to the target, or separate targets, that go beyond the range of their input pair."""
    if not any(leaf.cell == "target_error" and leaf.level != BEHAVIOURAL for leaf in circuit.leaves.values()):
        return
    pair = fitted(LOAD, circuit.process, Path(spec.circuit.cells) if spec.circuit.cells else None)
    volts = np.linspace(0.0, 2 * circuit.supply, 4001)[1:]
    limit = float(volts[np.argmax(compressed(pair, volts) < MIN_PAIR_GAIN * volts)])
    output = spec.network.population(spec.network.output)
    alone = output.activation not in LINEAR
    for k, goal in enumerate(target(traces.time)):
        rate = f"{output.name}.U[{k}]"
        row = np.abs(goal if alone else goal - traces[rate]) * circuit.units.potential
        if row.max() > limit:
            at, outside = int(row.argmax()), row > limit
            yield Excursion(
                f"target[{k}]" if alone else f"target[{k}] - {rate}",
                "the input pair of the output's error",
                "circuit.voltage_unit",
                float(traces.time[outside.argmax()]),
                float(traces.time[at]),
                float(outside.mean()),
                float(row[at]),
                limit,
                "V",
                BENDS,
            )


def _ranges(spec: StudySpec, traces: Traces) -> Iterator[Excursion]:
    for name, row, low, high in ranges_left(spec, traces):
        outside = (row < low) | (row > high)
        at = int(np.argmax(np.maximum(low - row, row - high)))
        owner, kind = name.split("[")[0].split(".")
        yield Excursion(
            name,
            STAGES[kind],
            f"network.populations.{owner}.tau_range",
            float(traces.time[outside.argmax()]),
            float(traces.time[at]),
            float(outside.mean()),
            float(row[at]),
            low if row[at] < low else high,
            "model time",
            OUTSIDE,
        )
