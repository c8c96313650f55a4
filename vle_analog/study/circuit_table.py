"""The keys of `[circuit]`: the mapping from a network to a circuit."""

from typing import Annotated

from pydantic import Field

from vle_analog.levels import BEHAVIOURAL, Level
from vle_analog.study.keys import LARGEST, NotNegative, PoleNodes, Scale, Table, Word, key
from vle_analog.study.spec import NONIDEALITIES, Nonideality


class CircuitTable(Table):
    """The units of model time and potentials in seconds and volts, and the choice of cells."""

    process: Word = key("Process the circuit is made in.", "generic180", "generic180")
    level: Level = key(
        "Modelling level of the cells: behavioural, macromodel or transistor.", "transistor", BEHAVIOURAL
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
    corner: Word | None = key("Process corner; default: that of the process.", "tt", None)
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
        "Folder with cells of your own, relative to the study file, or with `--set` to the working directory; they are "
        "looked for there before the shipped ones.",
        "my_cells",
        "",
    )
    mismatch_seed: Annotated[int, Field(ge=0, lt=2**32)] | None = key(
        "Seed of the devices' mismatch as the process describes it, at transistor level; none: no mismatch.", 1, None
    )
    nonidealities: list[Nonideality] = key(
        "Deviations of transistors that macromodels include; `[]`: none.", ["offset"], list(NONIDEALITIES)
    )
    area: Annotated[float, Field(ge=0.01, le=100)] = key(
        "Area of all devices over that of the cells as they are: four times the area halves offsets and mismatch.",
        4.0,
        1.0,
    )
    output_bias: bool = key(
        "Where cells are made of devices and the network learns: the output neurons have a bias that learns, "
        "which compensates offsets.",
        False,
        True,
    )
    closed_loop: bool = key(
        "Where cells are made of devices: simulate every cell on a bench and correct its bias currents and capacitor, "
        "until gains and time constants are within 1 % of what they shall be. Needs ngspice.",
        True,
        False,
    )
