"""The keys of `[network]`: populations, projections, learning of feedback, and the rule."""

from typing import Annotated, Any, Literal

from pydantic import Field, WithJsonSchema

from vle_analog.network.model import ACTIVATIONS
from vle_analog.study.keys import (
    FROM_FILE,
    MATRIX,
    Duration,
    NotNegative,
    Number,
    PerNeuron,
    Positive,
    Table,
    TimePerNeuron,
    TimeRange,
    key,
)


class InitTable(Table):
    """Weights that are drawn instead of written out."""

    init: Literal["normal", "uniform", "constant", "identity"] = key("Distribution, or pattern.", "uniform")
    scale: Number = key("Standard deviation, half-width, value, or diagonal.", 0.4, 1.0)
    seed: Annotated[int, Field(ge=0, lt=2**32)] = key("Seed of `numpy.random.default_rng`.", 1, 0)


Weights = Annotated[Any, WithJsonSchema({"anyOf": [MATRIX, InitTable.model_json_schema(), FROM_FILE]})]


class PopulationTable(Table):
    """Neurons of one kind. The name is a plain identifier: `a` to `z`, digits and `_`, starting with a letter."""

    size: Annotated[int, Field(ge=1, le=100_000)] = key("Number of neurons.", 2)
    tau_m: TimePerNeuron = key(
        "Membrane time constant; one value, or a list with one per neuron, or `{file, key}`.",
        [1.0, 0.6],
        unit="model time",
    )
    tau_r: TimePerNeuron = key(
        "Prospective time constant; one value, or one per neuron. Equal to `tau_m`: the neuron answers at once (LE).",
        0.2,
        unit="model time",
    )
    activation: Annotated[str, WithJsonSchema({"type": "string", "enum": list(ACTIVATIONS)})] = key(
        "Rate as a function of the prospective potential: tanh, logistic, softplus or linear.", "tanh"
    )
    bias: PerNeuron = key("Bias at the start of the run; one value, or one per neuron.", [0.1, -0.1], 0.0)
    bias_plastic: bool = key("The biases learn: db/dt = bias_eta e.", True, False)
    bias_eta: NotNegative = key("Learning rate of the biases.", 0.05, 0.1, "1 / model time")
    tau_m_plastic: bool = key("`tau_m` learns, per neuron: dtau_m/dt = -tau_m_eta e u'.", True, False)
    tau_m_eta: NotNegative = key(
        "Learning rate of `tau_m`; greater than zero where it learns.", 0.05, 0.1, "model time"
    )
    tau_r_plastic: bool = key("`tau_r` learns, per neuron: dtau_r/dt = tau_r_eta B u'.", True, False)
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
        '`numpy.random.default_rng(seed)`; or `{file = "w.npz", key = "W0"}`.',
        {"init": "normal", "scale": 0.4, "seed": 1},
    )
    plastic: bool = key("The weights learn: dW/dt = eta e r^T.", True, False)
    eta: NotNegative = key("Learning rate; greater than zero where plastic.", 0.05, 0.1, "1 / model time")
    feedback_weights: Weights | None = key(
        "Weights that carry the error back, of the same shape as `weights`; used where `feedback` is `random`, and as "
        "the initial ones where it is `learned`. Default: normal, scale = root mean square of the weights (1 "
        "if they are all zero), seed made from the name.",
        {"init": "normal", "scale": 0.4, "seed": 2},
        None,
    )


class AlignmentTable(Table):
    """The learning of feedback weights: noise xi enters S of every neuron that receives an error through them.

    With rhat = r - rbar, tau_highpass rbar' = r - rbar, dF/dt = eta (xi rhat - decay F): xi of the neuron that sends
    the rate, rhat of the one whose error returns. On average xi rhat grows with the forward weight, so that F aligns
    with it.
    """

    eta: Positive = key("Learning rate of the feedback weights.", 2.0, 1.0, "1 / model time")
    decay: Positive = key(
        "Decay of a feedback weight, relative to `eta`: they settle near <xi rhat> / decay, which is of the size "
        "of the weights where the decay is near sigma^2.",
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
    """The rule, and the keys of the whole network."""

    rule: Literal["vle", "gle", "le", "backprop", "adjoint"] = key(
        "vle (local; gle is another name of it), le (error without its own dynamics), backprop (the same, and the "
        "error never drives the membrane) or adjoint (gradients only: it runs backwards in time).",
        "le",
        "vle",
    )
    beta: NotNegative = key("Nudging strength at the output.", 1.0, 1.0)
    gamma: NotNegative = key("Strength with which the error drives the membrane.", 0.1, 0.0)
    output: str = key("Name of the population that the target is compared with.", "readout")
    start: Literal["zero", "settled"] = key(
        "zero: u = v = 0; settled: inputs held, plasticity off, u = S, v = B; ideal and circuit alike.",
        "settled",
        "zero",
    )
    plasticity: bool = key("false freezes every weight and bias of the run.", False, True)
    feedback: Literal["transpose", "random", "learned"] = key(
        "Weights that carry the error back: the forward weights themselves, fixed `feedback_weights`, or feedback "
        "weights that learn by noise as set in `alignment`.",
        "random",
        "transpose",
    )
    alignment: AlignmentTable = key(
        "Learning of feedback weights; used where `feedback` is `learned`.",
        {"sigma": 0.05, "seed": 1},
        AlignmentTable(),
    )
    cost: Literal["prospective", "membrane"] = key(
        "Cost of the output. prospective: of the rate, (y* - r)^2 / 2, inside of B; membrane: of the bare "
        "membrane potential, (y* - u)^2 / 2, outside of B (the error holds the look-ahead y* + tau_m dy*/dt, the "
        "output is never built as wires, and a teacher's output is its u).",
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
    """Populations, projections and the rule that changes them."""

    populations: dict[str, PopulationTable] = Field(description="The populations, by name.")
    projections: dict[str, ProjectionTable] = Field(description="The projections, by name.")
