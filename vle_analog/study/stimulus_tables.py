"""The keys of `[stimuli]` and `[target]`, kind by kind.

Lists of numbers are checked by NumPy (`arrays.py`), since they can be large.
"""

from typing import Annotated, Literal

from pydantic import Field

from vle_analog.study.keys import Duration, NotNegative, Number, NumberList, PerNeuron, Rows, Table, TimePerNeuron, key
from vle_analog.study.network_table import Weights


class SineTable(Table):
    """One entry of a channel: amplitude sin(omega t + phase)."""

    amplitude: Number = key("Amplitude.", 0.8)
    omega: Number = key("Angular frequency.", 2.3, unit="rad / model time")
    phase: Number = key("Phase at time zero.", 0.7, 0.0, "rad")


class StepTable(Table):
    """One entry of a channel."""

    time: NotNegative = key("Middle of the edge; later than the edge before.", 5.0, unit="model time")
    value: Number = key("Value from there on.", 1.0)


class SinesTable(Table):
    """Per channel an offset and a sum of sines."""

    kind: Literal["sines"] = key("This kind.", "sines")
    channels: list[list[SineTable]] = key(
        "One list of sines per channel.",
        [[{"amplitude": 1.6, "omega": 1.0}, {"amplitude": 0.8, "omega": 2.3, "phase": 0.7}]],
    )
    offsets: PerNeuron = key("Constant part; one value, or one per channel.", [0.1], 0.0)


class StepsTable(Table):
    """Per channel a staircase with smooth edges, initial + sum dv (1 + tanh((t - time) / rise)) / 2."""

    kind: Literal["steps"] = key("This kind.", "steps")
    channels: list[list[StepTable]] = key(
        "One list of edges per channel, at most 200 each; more belong into samples.",
        [[{"time": 5.0, "value": 1.0}, {"time": 10.0, "value": -0.5}]],
    )
    initials: PerNeuron = key("Value before the first edge; one value, or one per channel.", [0.2], 0.0)
    rise: Duration = key("Time scale of the edges (edges without width cannot be simulated).", 0.05, unit="model time")


class SamplesTable(Table):
    """Values at given times: linear in between, held before the first and after the last."""

    kind: Literal["samples"] = key("This kind.", "samples")
    file: str | None = key(
        "A csv or npy file, relative to the study, or with `--set` to the working directory: time in the first "
        "column, then one column per channel; csv may have one header line.",
        "drive.csv",
        None,
    )
    times: NumberList | None = key("Instead of a file: increasing times.", [0.0, 1.0, 2.0], None, "model time")
    values: Rows | None = key(
        "Instead of a file: one row per time, one column per channel (or plain numbers, for one channel).",
        [0.0, 1.0, 0.5],
        None,
    )


class TeacherTable(Table):
    """The same network with other parameters, solved ideally; keys that are not set are those of the network."""

    kind: Literal["teacher"] = key("This kind.", "teacher")
    weights: dict[str, Weights] = key("By projection.", {"drive_hidden": [[1.2]]}, {})
    biases: dict[str, PerNeuron] = key("By population.", {"hidden": [0.0]}, {})
    tau_m: dict[str, TimePerNeuron] = key("By population.", {"hidden": 0.8}, {}, "model time")
    tau_r: dict[str, TimePerNeuron] = key("By population.", {"hidden": 0.1}, {}, "model time")
    spacing: Duration = key("Time between the samples with which it enters as a source.", 0.01, 0.02, "model time")


StimulusTable = Annotated[SinesTable | StepsTable | SamplesTable, Field(discriminator="kind")]
TargetTable = Annotated[SinesTable | StepsTable | SamplesTable | TeacherTable, Field(discriminator="kind")]
