"""The keys of a study file: type, unit, default, meaning and an example of each.

The JSON Schema, the reference page and the checks of single values all come from here; what several keys must agree
on is checked where the network is built. Lists of numbers are left to NumPy (`arrays.py`): they can be large.
"""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, WithJsonSchema

from vle_analog.network.keys import (
    LARGEST,
    LEVELS,
    MATRIX,
    Duration,
    Identifier,
    Level,
    NotNegative,
    Number,
    NumberList,
    PerNeuron,
    PoleNodes,
    Positive,
    Rows,
    Scale,
    Table,
    TimePerNeuron,
    TimeRange,
    key,
)
from vle_analog.network.spec import NONIDEALITIES, Nonideality, Sampling, Variations

__all__ = ["LARGEST", "LEVELS", "StudyTable", "Table", "study_schema"]


class InitTable(Table):
    """Weights that are drawn instead of written out."""

    init: Literal["normal", "uniform", "constant", "identity"] = key("How they are drawn.", "uniform")
    scale: Number = key("Standard deviation, half-width, value, or diagonal.", 0.4, 1.0)
    seed: Annotated[int, Field(ge=0, lt=2**32)] = key("Seed of `numpy.random.default_rng`.", 1, 0)


Weights = Annotated[Any, WithJsonSchema({"anyOf": [MATRIX, InitTable.model_json_schema()]})]


class PopulationTable(Table):
    """Neurons of one kind. The name is a plain identifier: `a` to `z`, digits and `_`, starting with a letter."""

    size: Annotated[int, Field(ge=1, le=100_000)] = key("Number of neurons.", 2)
    tau_m: TimePerNeuron = key(
        "Membrane time constant; one value, or a list with one per neuron.", [1.0, 0.6], unit="model time"
    )
    tau_r: TimePerNeuron = key(
        "Prospective time constant; one value, or one per neuron. Equal to `tau_m`: the neuron answers at once (LE).",
        0.2,
        unit="model time",
    )
    activation: str = key(
        "Rate as a function of the prospective potential: tanh, logistic, softplus or linear.", "tanh"
    )
    bias: PerNeuron = key("Bias at the start of the run; one value, or one per neuron.", [0.1, -0.1], 0.0)
    bias_plastic: bool = key("Whether the biases learn: db/dt = bias_eta e.", True, False)
    bias_eta: NotNegative = key("Learning rate of the biases.", 0.05, 0.1, "1 / model time")
    tau_m_plastic: bool = key("Whether `tau_m` learns, per neuron: dtau_m/dt = -tau_m_eta e u'.", True, False)
    tau_m_eta: NotNegative = key(
        "Learning rate of `tau_m`; greater than zero where it learns.", 0.05, 0.1, "model time"
    )
    tau_r_plastic: bool = key("Whether `tau_r` learns, per neuron: dtau_r/dt = tau_r_eta B u'.", True, False)
    tau_r_eta: NotNegative = key(
        "Learning rate of `tau_r`; greater than zero where it learns.", 0.05, 0.1, "model time"
    )
    tau_range: TimeRange | None = key(
        "Lowest and highest value of a time constant that learns; a run in which one leaves this range ends there. "
        "Default: from a hundredth of the shortest to a hundred times the longest start value of those that learn.",
        [0.05, 5.0],
        None,
        "model time",
    )
    realisation: Literal["wire", "lead"] | None = key(
        "Only where tau_m = tau_r: `wire` (no state, no u and v; the default there) or `lead` (the pole-zero form is "
        "built all the same). Where the time constants differ, or one of them learns, a neuron is always a lead.",
        "lead",
        None,
    )


class ProjectionTable(Table):
    """Synapses from a stimulus or population onto a population. The name is a plain identifier."""

    source: str = key("Name of the stimulus or population that sends.", "drive")
    target: str = key("Name of the population that receives.", "hidden")
    weights: Weights = key(
        "Weights at the start: a matrix with one row per neuron of the target and one column per sender, or "
        '`{init = ..., scale = 1.0, seed = 0}`. `init` is "normal" (standard deviation `scale`), "uniform" (between '
        '`-scale` and `scale`), "constant" (all `scale`) or "identity" (`scale` on the diagonal); draws come from '
        "`numpy.random.default_rng(seed)`.",
        {"init": "normal", "scale": 0.4, "seed": 1},
    )
    plastic: bool = key("Whether the weights learn: dW/dt = eta e r^T.", True, False)
    eta: NotNegative = key("Learning rate; greater than zero where plastic.", 0.05, 0.1, "1 / model time")
    feedback_weights: Weights | None = key(
        "Weights that carry the error back, of the same shape as `weights`; used where `feedback` is `random`, and as "
        "the start of what learns where it is `learned`. Default: normal, scale = root mean square of the weights (1 "
        "if they are all zero), seed made from the name.",
        {"init": "normal", "scale": 0.4, "seed": 2},
        None,
    )


class AlignmentTable(Table):
    """How feedback weights learn: noise xi enters S of every neuron that gets an error through them; rhat = r - rbar.

    With tau_highpass rbar' = r - rbar, dF/dt = eta (xi rhat - decay F): xi of the neuron that sends the rate, rhat of
    the one whose error comes back. On average xi rhat grows with the forward weight, so that F turns towards it.
    """

    eta: Positive = key("Learning rate of the feedback weights.", 2.0, 1.0, "1 / model time")
    decay: Positive = key(
        "What a feedback weight loses: they settle near <xi rhat> / decay, which is of the size of the weights where "
        "the decay is near sigma^2.",
        0.005,
        0.01,
    )
    sigma: Positive = key("Standard deviation of the noise, a potential.", 0.05, 0.1)
    tau_noise: Duration = key("Correlation time of the noise (Ornstein-Uhlenbeck).", 0.2, 0.1, "model time")
    tau_highpass: Duration = key(
        "Time constant of the high-pass that a rate goes through; best well above `tau_noise` and below the pace of "
        "the stimuli.",
        1.0,
        0.5,
        "model time",
    )
    seed: Annotated[int, Field(ge=0, lt=2**32)] = key("Seed of the noise.", 1, 0)
    spacing: Duration = key(
        "Time between the samples of the noise, linear in between; at most `tau_noise`.", 0.01, 0.02, "model time"
    )


class NetworkKeys(Table):
    """The rule, and what holds for the whole network."""

    rule: Literal["vle", "gle", "le", "backprop", "adjoint"] = key(
        "vle (local; gle is another name of it), le (error without its own dynamics), backprop (the same, and the "
        "error never drives the membrane) or adjoint (gradients only: it runs backwards in time).",
        "le",
        "vle",
    )
    beta: NotNegative = key("Nudging strength at the output.", 1.0, 1.0)
    gamma: NotNegative = key("How strongly the error drives the membrane.", 0.1, 0.0)
    output: str = key("Name of the population that the target is held against.", "readout")
    start: Literal["zero", "settled"] = key(
        "zero: u = v = 0; settled: inputs held, plasticity off, u = S, v = B; ideal and circuit alike.",
        "settled",
        "zero",
    )
    plasticity: bool = key("false freezes every weight and bias of the run.", False, True)
    feedback: Literal["transpose", "random", "learned"] = key(
        "Weights that carry the error back: the forward weights themselves, fixed `feedback_weights`, or feedback "
        "weights that learn by noise as `alignment` says.",
        "random",
        "transpose",
    )
    alignment: AlignmentTable = key(
        "How feedback weights learn; used where `feedback` is `learned`.", {"sigma": 0.05, "seed": 1}, AlignmentTable()
    )
    cost: Literal["prospective", "membrane"] = key(
        "What the target is held against. prospective: the rate, (y* - r)^2 / 2, inside of B; membrane: the bare "
        "membrane potential, (y* - u)^2 / 2, outside of B (the error holds the look-ahead y* + tau_m dy*/dt, the "
        "output is never built as wires, and a teacher tells its output's u).",
        "membrane",
        "prospective",
    )
    gain_correction: Positive | None = key(
        "Only with rule vle: the error of every neuron is multiplied by (1 + omega^2 tau_r^2) / (1 + omega^2 tau_m^2) "
        "with this omega, where its gain then equals that of the exact adjoint. Default: no correction.",
        1.0,
        None,
        "rad / model time",
    )


class NetworkTable(NetworkKeys):
    """Populations, projections and the rule that moves them."""

    populations: dict[str, PopulationTable] = Field(description="The populations, by name.")
    projections: dict[str, ProjectionTable] = Field(description="The projections, by name.")


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
        "A csv or npy file, relative to the study: time in the first column, then one column per channel; csv may "
        "have one header line.",
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
    """The same network with other parameters, solved ideally; what is not named is as in the network."""

    kind: Literal["teacher"] = key("This kind.", "teacher")
    weights: dict[str, Weights] = key("By projection.", {"drive_hidden": [[1.2]]}, {})
    biases: dict[str, PerNeuron] = key("By population.", {"hidden": [0.0]}, {})
    tau_m: dict[str, TimePerNeuron] = key("By population.", {"hidden": 0.8}, {}, "model time")
    tau_r: dict[str, TimePerNeuron] = key("By population.", {"hidden": 0.1}, {}, "model time")
    spacing: Duration = key("Time between the samples with which it enters as a source.", 0.01, 0.02, "model time")


StimulusTable = Annotated[SinesTable | StepsTable | SamplesTable, Field(discriminator="kind")]
TargetTable = Annotated[SinesTable | StepsTable | SamplesTable | TeacherTable, Field(discriminator="kind")]


class CircuitTable(Table):
    """How model time and potentials become seconds and volts, and which cells are used."""

    process: Identifier = key("Process the circuit is made in.", "generic180", "generic180")
    level: Level = key(
        "How closely the cells are modelled: behavioural, macromodel or transistor.", "transistor", "behavioural"
    )
    time_unit: Annotated[float, Field(ge=1e-12, le=1e3)] = key("Seconds per unit of model time.", 1e-3, 1e-3, "s")
    voltage_unit: Scale = key("Volts per unit of potential and rate.", 0.02, "auto", "V")
    weight_unit: Scale = key("Volts per unit of weight, on the capacitor of a learning synapse.", 0.1, "auto", "V")
    error_unit: Scale = key("Volts per unit of error.", 0.02, "auto", "V")
    tau_unit: Scale = key(
        "Volts per unit of model time, on the capacitor of a time constant that learns.", 0.1, "auto", "V"
    )
    parasitic_pole: NotNegative = key(
        "Time constant of one extra pole behind every prospective node; 0 for none.", 0.001, 0.0, "model time"
    )
    parasitic_nodes: PoleNodes = key(
        "Which nodes of a neuron carry that pole: a capacitor at `U`, `h` and `e` (once each), a stage of its own "
        "between the slope and the error cell for `B` (named again, one more behind it).",
        ["h", "B", "e"],
        ["U", "h", "e"],
    )
    supply: Annotated[float, Field(gt=0, le=1e3)] | None = key(
        "Supply voltage; default: that of the process.", 1.8, None, "V"
    )
    temperature: Annotated[float, Field(gt=-273.15, le=1e3)] | None = key(
        "Temperature; default: that of the process.", 27.0, None, "degree Celsius"
    )
    corner: Identifier | None = key("Process corner; default: that of the process.", "tt", None)
    levels: dict[str, Level] = key(
        "Finer than `level`: by type of cell, population or projection, neuron (`hidden[0]`) or synapse "
        "(`drive_hidden[0,1]`), or one cell of it (`hidden[0].error`); the finest wins, and all of them over types.",
        {"multiplier": "macromodel", "hidden[0]": "transistor"},
        {},
    )
    weight_limit: Scale = key(
        "Where cells are made of devices: largest size of a weight, which is kept as W = weight_limit tanh(V / V0) on "
        "a capacitor and learns by dW/dt = eta e r (1 - (W / weight_limit)^2). auto: at least 1.5 times the largest "
        "weight that the equations reach.",
        2.0,
        "auto",
    )
    hold_time: Annotated[float, Field(ge=0.1, le=LARGEST)] = key(
        "Where cells are made of devices: time before the run in which inputs stand still and start values are held.",
        2.0,
        1.0,
        "model time",
    )
    cells: Annotated[str, Field(max_length=1000)] = key(
        "Folder with cells of your own, relative to the study file; they are looked for there before the shipped ones.",
        "my_cells",
        "",
    )
    mismatch_seed: Annotated[int, Field(ge=0, lt=2**32)] | None = key(
        "Seed of the devices' mismatch as the process describes it, at transistor level; none: no mismatch.", 1, None
    )
    nonidealities: list[Nonideality] = key(
        "What macromodels have of the deviations of transistors; `[]`: nothing.", ["offset"], list(NONIDEALITIES)
    )
    area: Annotated[float, Field(ge=0.01, le=100)] = key(
        "Area of all devices over that of the cells as they are: four times the area halves offsets and mismatch.",
        4.0,
        1.0,
    )
    output_bias: bool = key(
        "Where cells are made of devices and the network learns: whether the output neurons get a bias that learns, "
        "which takes up offsets.",
        False,
        True,
    )
    closed_loop: bool = key(
        "Where cells are made of devices: simulate every cell on a bench and correct its bias currents and capacitor, "
        "until gains and time constants are within 1 % of what they shall be. Needs ngspice.",
        True,
        False,
    )


class SimulateTable(Table):
    """How ngspice runs."""

    reltol: Annotated[float, Field(ge=1e-12, le=0.1)] = key("Relative tolerance.", 1e-5, 1e-5)
    tmax: Duration = key("Largest time step.", 0.02, 0.02, "model time")
    method: Literal["trap", "gear"] = key("Integration: trap (about four times as accurate) or gear.", "gear", "trap")
    trtol: Annotated[float, Field(gt=0, le=1e6)] = key(
        "How much the truncation error is overestimated: smaller is finer.", 1.0, 7.0
    )
    timeout: Annotated[float, Field(gt=0, le=1e7)] = key("Longest time a simulation may take.", 60.0, 600.0, "s")
    points: Annotated[int, Field(ge=2, le=1_000_000)] = key(
        "Points of the common time grid of the comparison.", 501, 2001
    )
    backend: Literal["libngspice", "ngspice"] = key(
        "The shared library through PySpice, or the program.", "ngspice", "libngspice"
    )
    unstable: Literal["refuse", "warn"] = key(
        "What happens to a study whose loops are unstable: it is not simulated, or it is, with a warning.",
        "warn",
        "refuse",
    )
    finest: bool = key(
        "Take the finest settings the kit knows in place of `reltol`, `tmax`, `method`, `trtol`.", True, False
    )
    noise: bool = key(
        "Where cells are made of devices: whether their noise is in circuit and ideal, the same path in both.",
        True,
        False,
    )
    noise_seed: Annotated[int, Field(ge=0, lt=2**32)] = key("Seed of that noise.", 7, 1)
    noise_spacing: Duration = key(
        "Time between its samples, linear in between: white up to about a third of a cycle per spacing.",
        0.05,
        0.02,
        "model time",
    )


class BoundsTable(Table):
    """Largest NRMSE that passes, by group of signals."""

    forward: Positive = key("u, U and r.", 1e-3, 1e-3)
    error: Positive = key("v, B and e.", 1e-3, 1e-3)
    weights: Positive = key("W, b, F, tau_m and tau_r: all that learns.", 1e-3, 1e-3)


class CompareTable(Table):
    """When circuit and ideal agree."""

    bounds: BoundsTable = key("Largest NRMSE that passes.", {"forward": 2e-3, "weights": 5e-3}, BoundsTable())
    device_bounds: BoundsTable = key(
        "The same where cells are macromodels or transistors.",
        {"forward": 0.02, "error": 0.05},
        BoundsTable(forward=0.05, error=0.1, weights=0.2),
    )
    floor: Positive = key("Least peak-to-peak value that errors are divided by.", 1e-3, 1e-3)


class VariationTable(Table):
    """How chips differ from the nominal circuit, and when one of them works. Used by `montecarlo` alone."""

    variations: Variations = key(
        "none, process (all devices of a chip alike), mismatch (every device on its own) or all (both).",
        "all",
        "mismatch",
    )
    seed: Annotated[int, Field(ge=0, lt=2**32)] = key("Seed of all draws.", 7, 1)
    sampling: Sampling = key(
        "random (stable when a run grows), latin (Latin hypercube, of a fixed number of samples) or sobol (scrambled, "
        "of a power of two).",
        "sobol",
        "random",
    )
    scale: NotNegative = key("Multiple of all standard deviations.", 2.0, 1.0)
    loss_ratio: Positive = key(
        "Where something learns, a chip works when its loss fell at least by this factor.", 5.0, 10.0
    )
    nrmse: Positive = key(
        "Where nothing learns, a chip works when the largest NRMSE of u, U and r is at most this.", 0.05, 0.1
    )


class StudyKeys(Table):
    """Keys outside of any table; they stand before the first one."""

    title: Annotated[str, Field(max_length=200)] = key("Free text for the report.", "Online learning in a chain", "")
    duration: Duration = key("Length of the run.", 100.0, unit="model time")


class StudyTable(StudyKeys):
    """One study: everything a run depends on. Model time and potentials are dimensionless."""

    model_config = ConfigDict(title="A vle-analog study")

    network: NetworkTable
    stimuli: dict[str, StimulusTable] = Field(description="Signals that enter from outside, by name; at least one.")
    target: TargetTable = Field(description="What the output should do.")
    circuit: CircuitTable = Field(default_factory=CircuitTable)
    simulate: SimulateTable = Field(default_factory=SimulateTable)
    compare: CompareTable = Field(default_factory=CompareTable)
    variation: VariationTable = Field(default_factory=VariationTable)


def study_schema() -> dict[str, Any]:
    """The JSON Schema of a study file (draft 2020-12); editors complete and check from it."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **StudyTable.model_json_schema()}
