"""The circuit as immutable data: cards, subcircuits, modules made of instances, and the circuit on top.

Passes (mapping/) build it, writers (hierarchical.py, flat.py) print it; neither changes it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from vle_analog.levels import LEVELS
from vle_analog.netlist.noise import NetNoise
from vle_analog.netlist.unit_curve import UnitCurve
from vle_analog.network.signals import Signal
from vle_analog.network.stimuli import Stimulus

GROUND = "0"
COMMON_PINS = ("cm", "vdd", "vss", "hold")


@dataclass(frozen=True)
class Card:
    """One element of a cell, as a template.

    **Arguments:**

    - `name`: element name inside the cell (its first letter is the SPICE device letter).
    - `template`: the card with `{path}` after the name's letter-and-name, `{n_PIN}` for nodes, `{p_NAME}` for
      parameters and `{f_NAME}` for bound functions.
    - `line`: line number in the cell's file.
    """

    name: str
    template: str
    line: int


@dataclass(frozen=True)
class Call:
    """A function in a card that is bound when the cell is placed: `phi(V(pre,cm)/{vu})`."""

    function: str
    argument: str
    node: str


@dataclass(frozen=True)
class Piece:
    """A primitive inside a composed cell: `given` maps its parameters to those of the cell around it."""

    name: str
    cell: str
    nodes: tuple[str, ...]
    given: Mapping[str, str]
    line: int


@dataclass(frozen=True)
class Subcircuit:
    """One level of one cell, read from its `.cir` file.

    **Arguments:**

    - `pins`: in the order of the `.subckt` card.
    - `parameters`: name -> default.
    - `internal`: nodes that are not pins.
    - `calls`: functions that placement binds, by the key used in the templates.
    - `source`: the lines between `.subckt` and `.ends`, as written.
    - `pieces`: its primitives; cards refer to them as `{c_CELL}`.
    - `line`: of the `.subckt` card in its file.
    """

    name: str
    pins: tuple[str, ...]
    parameters: Mapping[str, float]
    internal: tuple[str, ...]
    cards: tuple[Card, ...]
    calls: Mapping[str, Call]
    source: tuple[str, ...]
    pieces: tuple[Piece, ...] = ()
    line: int = 1


@dataclass(frozen=True)
class Leaf:
    """A cell at a level with its functions bound, which becomes one `.subckt` of the netlist.

    `functions` maps a function of the cell (`phi`, `slope`) to the name of an activation; `equation` is the law. In a
    composed cell, `primitives` maps each primitive to the name of its leaf.
    """

    name: str
    cell: str
    level: str
    subcircuit: Subcircuit
    functions: Mapping[str, str]
    equation: str
    primitives: Mapping[str, str] = field(default_factory=dict)
    primitive: bool = False


@dataclass(frozen=True)
class Instance:
    """An instance of the module or leaf `of`; `nets` follow its ports.

    A parameter given as text is the parameter of that name of the module around it.
    """

    name: str
    of: str
    nets: tuple[str, ...]
    parameters: Mapping[str, float | str] = field(default_factory=dict)


@dataclass(frozen=True)
class Module:
    """A subcircuit made of instances."""

    name: str
    ports: tuple[str, ...]
    parameters: Mapping[str, float]
    instances: tuple[Instance, ...]
    comment: tuple[str, ...] = ()


@dataclass(frozen=True)
class Units:
    """The model units in the circuit: seconds, and volts of potential, weight, error, and stored time constant.

    The last is 0 where no time constant is a voltage.
    """

    time: float
    potential: float
    weight: float
    error: float
    tau: float = 0.0


@dataclass(frozen=True)
class Probe:
    """The vector of a signal: `value = scale * vector`, or where `bound` is not 0, `bound * tanh(value / bound)`.

    **Arguments:**

    - `path`: instance names from the top down, then the net or (where `branch`) the element that carries the current.
    """

    signal: Signal
    path: tuple[str, ...]
    scale: float
    branch: bool = False
    bound: float = 0.0

    def value(self, vector: np.ndarray) -> np.ndarray:
        """Convert a vector in volts or amperes to the signal in model units."""
        value = self.scale * vector
        return self.bound * np.tanh(value / self.bound) if self.bound else value


@dataclass(frozen=True)
class Rate:
    """A testbench node that carries `phi(v(net)/unit)` as 1 V per unit: the rate of one neuron."""

    node: str
    net: str
    activation: str


@dataclass(frozen=True, eq=False)
class Source:
    """A signal that enters the circuit: net `net` carries channel `channel` of the named stimulus.

    Where `slope` is not 0, that many units of model time times the slope are added.
    """

    net: str
    stimulus: str
    channel: int
    slope: float = 0.0


@dataclass(frozen=True)
class Replica:
    """The cell that generates the common mode: a leaf, and its parameters."""

    leaf: str
    parameters: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Circuit:
    """A network as a circuit.

    **Arguments:**

    - `modules`: inner ones first, the last is the top; `leaves` by name.
    - `sources`: nets driven by stimuli and targets; `stimuli` their signals in model units.
    - `rates`, `probes`: the measured nodes.
    - `supply`: volts between vdd and vss; signals swing around cm, which the testbench grounds.
    - `conductance`: of a plain node, in siemens; with the units it determines the currents.
    - `hold`: seconds before model time 0 for which stored start values are held; 0 where the run begins with them.
    - `replica`: the source of the common mode; without one it is half way between the rails.
    - `devices`: cards of the process' transistors, where there are any. `seed`: of their mismatch.
    - `weight_limit`: the largest weight of a composed synapse, in model units; 0 where there is none.
    - `conductance_ratio`: conductance of nodes without a capacitor over that of a plain node.
    - `curves`: predicted deviations over the volts per unit, where units were chosen by them.
    - `tuned`: name and version of the simulator on whose bench the sizes were corrected; empty where they were not.
    - `deviations`: of this chip from the nominal one: path in the flat deck -> parameter -> added value (see
      netlist/deviating.py).
    - `noise`: of its devices, as currents; `None` for none.
    """

    name: str
    process: str
    units: Units
    supply: float
    temperature: float
    leaves: Mapping[str, Leaf]
    modules: tuple[Module, ...]
    sources: tuple[Source, ...]
    stimuli: Mapping[str, Stimulus]
    rates: tuple[Rate, ...]
    probes: tuple[Probe, ...]
    headroom: tuple["Headroom", ...]
    conductance: float
    hold: float = 0.0
    replica: Replica | None = None
    devices: tuple[str, ...] = ()
    seed: int | None = None
    weight_limit: float = 0.0
    conductance_ratio: float = 1.0
    curves: tuple[UnitCurve, ...] = ()
    tuned: str = ""
    deviations: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    noise: NetNoise | None = None

    @property
    def top(self) -> Module:
        """The outermost module."""
        return self.modules[-1]

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels of its cells, the most abstract first."""
        used = {leaf.level for leaf in self.leaves.values()}
        return tuple(level for level in LEVELS if level in used)

    def __repr__(self) -> str:
        cells = sum(self.count().values())
        return f"Circuit({self.name}: {cells} cells for {self.process}, {self.units})"

    def _repr_html_(self) -> str:
        head = "<tr><th>cell</th><th>instances</th></tr>"
        rows = "".join(f"<tr><td>{cell}</td><td>{number}</td></tr>" for cell, number in self.count().items())
        return f"<b>{self.name}</b> for {self.process}<table>{head}{rows}</table>"

    def count(self) -> dict[str, int]:
        """Count the instances of each cell in the whole circuit."""
        inner: dict[str, dict[str, int]] = {name: {leaf.cell: 1} for name, leaf in self.leaves.items()}
        for name, leaf in self.leaves.items():
            for piece in leaf.subcircuit.pieces:
                inner[name][piece.cell] = inner[name].get(piece.cell, 0) + 1
        for module in self.modules:
            total: dict[str, int] = {}
            for instance in module.instances:
                for cell, number in inner[instance.of].items():
                    total[cell] = total.get(cell, 0) + number
            inner[module.name] = total
        return dict(sorted(inner[self.top.name].items()))


@dataclass(frozen=True)
class Headroom:
    """The share of the usable swing of a kind of signal: `peak` and `limit` in volts, `unit` in volts per unit."""

    owner: str
    kind: str
    unit: float
    peak: float
    limit: float

    @property
    def used(self) -> float:
        """Ratio of the peak to the limit."""
        return self.peak / self.limit


def nice(value: float) -> float:
    """Return the largest of 1, 2, 5 times a power of ten that does not exceed `value`."""
    decade = 10.0 ** np.floor(np.log10(value))
    return float(round(max(m for m in (1, 2, 5) if m * decade <= value * (1 + 1e-9)) * decade, 15))
