"""A checked study as frozen data, from which everything else is derived."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from vle_analog.errors import Problem
from vle_analog.levels import BEHAVIOURAL
from vle_analog.network.model import Network
from vle_analog.network.stimuli import Stimulus


@dataclass(frozen=True, eq=False)
class Teacher:
    """The network with other parameters, without learning and nudging, whose output is the target.

    **Arguments:**

    - `network`: solved ideally, with `beta = gamma = 0` and `plasticity = False`.
    - `spacing`: model time between the samples with which it enters ideal and circuit alike.
    """

    network: Network
    spacing: float


Nonideality = Literal["saturation", "offset", "gain", "conductance", "rails", "pole", "capacitance", "noise"]
NONIDEALITIES: tuple[Nonideality, ...] = get_args(Nonideality)


@dataclass(frozen=True)
class CircuitSettings:
    """The units, process and cells of a circuit. `None`: the value of the process; `"auto"`: chosen by the scaling."""

    process: str = "generic180"
    level: str = BEHAVIOURAL
    time_unit: float = 1e-3  # s per unit of model time
    voltage_unit: float | str = "auto"  # V per unit of potential and rate
    weight_unit: float | str = "auto"  # V per unit of weight
    error_unit: float | str = "auto"  # V per unit of error
    tau_unit: float | str = "auto"  # V per unit of model time, of a time constant that learns
    parasitic_pole: float = 0.0  # model time; 0 for none
    parasitic_nodes: tuple[str, ...] = ("U", "h", "e")  # once per pole
    supply: float | None = None  # V
    temperature: float | None = None  # degree Celsius
    corner: str | None = None
    levels: Mapping[str, str] = field(default_factory=dict)
    weight_limit: float | str = "auto"  # largest |W| in model units, of composed circuits
    hold_time: float = 1.0  # model time, of composed circuits
    cells: str = ""  # folder of the user's own cells, "" for none
    mismatch_seed: int | None = None
    nonidealities: tuple[Nonideality, ...] = NONIDEALITIES  # of macromodels
    area: float = 1.0  # of all devices, over that of the cells as they are
    output_bias: bool = True  # of composed circuits that learn
    closed_loop: bool = False  # of composed circuits: sizes corrected on a bench


@dataclass(frozen=True)
class SimulateSettings:
    """The settings of ngspice; times in model time, `timeout` in seconds of the wall clock."""

    reltol: float = 1e-5
    tmax: float = 0.02
    method: str = "trap"
    trtol: float = 7.0
    timeout: float = 600.0
    points: int = 2001
    backend: str = "libngspice"
    unstable: str = "refuse"
    finest: bool = False
    noise: bool = False
    noise_seed: int = 1
    noise_spacing: float = 0.02  # model time


@dataclass(frozen=True)
class Bounds:
    """Largest NRMSE that passes, by group of signals."""

    forward: float = 1e-3
    error: float = 1e-3
    weights: float = 1e-3


@dataclass(frozen=True)
class CompareSettings:
    """The bounds within which circuit and ideal agree.

    **Arguments:** `floor`: smallest peak-to-peak value that errors are divided by.
    """

    bounds: Bounds = Bounds()
    floor: float = 1e-3


Variations = Literal["none", "process", "mismatch", "all"]
Sampling = Literal["random", "latin", "sobol"]


@dataclass(frozen=True)
class VariationSettings:
    """The variation of chips, `scale` in multiples of sigma, and the condition for a chip to work.

    `loss_ratio` applies where something learns, `nrmse` where nothing does.
    """

    variations: Variations = "mismatch"
    seed: int = 1
    sampling: Sampling = "random"
    scale: float = 1.0
    loss_ratio: float = 10.0
    nrmse: float = 0.1


@dataclass(frozen=True, eq=False)
class StudySpec:
    """Everything on which a run depends, checked.

    **Arguments:**

    - `name`: a plain identifier made from the file's name; `title` is free text and for reports only.
    - `duration`: model time.
    - `target`: of the size of the output.
    - `source`: the file, as shown to the user.
    - `document`: the file as plain data, after `--set`.
    - `folder`: where relative names of its files start.
    - `warnings`: keys that are probably not as intended, each a `Problem`.
    - `digest`: SHA-256 over all keys (defaults included) but those of `variation`, which change no nominal circuit, the
      bytes of sample files and the user's own cells.
    """

    name: str
    title: str
    duration: float
    network: Network
    target: Stimulus | Teacher
    circuit: CircuitSettings
    simulate: SimulateSettings
    compare: CompareSettings
    source: str
    document: Mapping[str, Any]
    digest: str
    variation: VariationSettings = VariationSettings()
    folder: str = "."
    warnings: tuple[Problem, ...] = ()

    def __repr__(self) -> str:
        neurons = sum(p.size for p in self.network.populations)
        synapses = sum(p.weights.size for p in self.network.projections)
        size = f"{neurons} neurons, {synapses} synapses"
        return f"StudySpec({self.name}: {self.network.rule}, {size}, duration {self.duration:g})"
