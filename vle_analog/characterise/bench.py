"""The bench: supplies with the common mode of a replica, copies of the cell, a sweep, and its simulation in ngspice."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from vle_analog.cells.measured_texts import REPLICA
from vle_analog.characterise.primitives import Primitive
from vle_analog.netlist.circuit import COMMON_PINS, Subcircuit
from vle_analog.netlist.deck import ONE_THREAD, Deck, number
from vle_analog.simulator import Backend, Job, SimulationResult

OPTIONS = {"gmin": 1e-16, "abstol": 1e-16, "chgtol": 1e-18, "reltol": 1e-4, "vntol": 1e-8}  # picoamperes count
TRANSISTORS = (
    120  # in one deck: the worst copy determines the iterations of all, and a large deck often does not converge
)
TIMEOUT = 900.0
SLOWEST = 1e9  # Hz per A: two to three decades below the poles of these cells


@dataclass(frozen=True)
class Bench:
    """A cell at one corner and temperature, between its rails.

    **Arguments:**

    - `subcircuit`: of the cell. `replica`: of the cell that generates the common mode.
    - `devices`: cards of the process' transistors. `seed`: of their mismatch, or `None`.
    - `supply`: volts between the rails. `bias`: A in the replica. `temperature`: degrees Celsius.
    """

    primitive: Primitive
    subcircuit: Subcircuit
    replica: Subcircuit
    devices: tuple[str, ...]
    supply: float
    bias: float
    temperature: float
    seed: int | None = None
    parameters: Mapping[str, float] = field(default_factory=dict)

    def deck(self, cards: Iterable[str], saves: Sequence[str]) -> Deck:
        """Return the deck of some cards; ground is the common mode, with `vdd` and `vss` around it."""
        subcircuits = {read.name: read for read in (self.subcircuit, self.replica)}
        lines = [*self.devices]
        for read in subcircuits.values():
            lines += definition(read)
        pins = {"cm": "0", "vdd": "vddr", "vss": "0", "hold": "0", "out": "cmr"}
        replica = " ".join(pins[pin] for pin in self.replica.pins)
        lines += [
            f"Vsupply vddr 0 {number(self.supply)}",
            f"Xreplica {replica} {REPLICA} ib={number(self.bias)} k=1",
            "Evss vss 0 cmr 0 -1",
            "Evdd vdd vss vddr 0 1",
            "Rhold hold vss 1",
            *cards,
        ]
        options = OPTIONS | {"temp": self.temperature} | ({} if self.seed is None else {"seed": float(self.seed)})
        return Deck(
            f"{self.primitive.name} on the bench", tuple(lines), options, None, tuple(saves), commands=ONE_THREAD
        )

    @property
    def copies(self) -> int:
        """Number of copies of the cell in one deck."""
        each = sum(card.name.upper().startswith("X") for card in self.subcircuit.cards)
        return max(1, TRANSISTORS // max(1, each))

    def copy(self, name: str, nets: Mapping[str, str], unit_current: float, **given: float) -> str:
        """Return the card of one copy of the cell with one unit; a pin without a net is at the common mode."""
        common = {"cm": "0", "vdd": "vdd", "vss": "vss", "hold": "hold"}
        pins = [nets.get(pin) or common.get(pin, "0") for pin in self.subcircuit.pins]
        values = {"ib": unit_current, "k": 1.0, **self.parameters, **given}
        known = {key: value for key, value in values.items() if key in self.subcircuit.parameters}
        return " ".join([f"X{name}", *pins, self.subcircuit.name, *(f"{key}={number(v)}" for key, v in known.items())])


def definition(read: Subcircuit) -> list[str]:
    """Return a subcircuit as lines of text."""
    defaults = " ".join(f"{key}={number(value)}" for key, value in read.parameters.items())
    return [f".subckt {read.name} {' '.join(read.pins)} params: {defaults}", *read.source, f".ends {read.name}"]


def run(backend: Backend, deck: Deck) -> SimulationResult:
    """Run a deck.

    **Raises:** `SimulatorError`.
    """
    return backend.run(Job(deck, timeout=TIMEOUT))


@dataclass(frozen=True)
class Grid:
    """Equal steps from `-reach` to `reach`; an odd number of points, so that zero is one of them."""

    reach: float
    count: int

    @property
    def values(self) -> np.ndarray:
        return np.linspace(-self.reach, self.reach, self.count)

    @property
    def sweep(self) -> str:
        """Return start, stop and step of a `.dc`."""
        return " ".join(map(number, (-self.reach, self.reach, 2 * self.reach / (self.count - 1))))


ZERO = Grid(0.0, 1)


def transfer(
    backend: Backend,
    bench: Bench,
    x: Grid,
    y: Grid,
    biases: Sequence[float],
    end: str = "",
    each: Sequence[Mapping[str, float]] = (),
    **given: float,
) -> np.ndarray:
    """Measure the output currents of copies over a grid of inputs, in A per A of bias.

    **Arguments:**

    - `biases`: A per unit, one copy each. `end`: the pin whose current is measured; the output where it is empty.
    - `each`: parameters of every copy, where they differ; `given`: those of all.

    **Returns:** shape (copies, len(y), len(x)).

    **Raises:** `SimulatorError`.
    """
    primitive = bench.primitive
    resistor = primitive.name == "floating_resistor"
    cards = ["Vx x 0 0", "Vy y 0 0"]
    if resistor:
        cards += ["Ba pa 0 V=V(y)+V(x)/2", "Bb pb 0 V=V(y)-V(x)/2"]
    read = end or primitive.output
    for index, bias in enumerate(biases):
        if resistor:
            other = "b" if read == "a" else "a"
            nets = {read: f"o{index}", other: f"p{other}"}
            cards.append(f"Vo{index} p{read} o{index} 0")
        else:
            nets = {
                primitive.x[0]: "x",
                **({primitive.y[0]: "y"} if primitive.y else {}),
                primitive.output: f"o{index}",
            }
            cards.append(f"Vo{index} o{index} 0 0")
        cards.append(bench.copy(f"{index}", nets, bias, **given, **(each[index] if each else {})))
    nested = f" Vy {y.sweep}" if y.count > 1 else ""
    cards.append(f".dc Vx {x.sweep}{nested}")
    result = run(backend, bench.deck(cards, [f"vo{index}#branch" for index in range(len(biases))]))
    shape = (y.count, x.count)
    return np.array([result.vectors[f"vo{index}#branch"].reshape(shape) / bias for index, bias in enumerate(biases)])


def output(
    backend: Backend, bench: Bench, x: float, y: float, bias: float, points: int = 201
) -> tuple[np.ndarray, np.ndarray]:
    """Measure output current against output voltage, rail to rail, at fixed inputs.

    **Returns:** V and A per A of bias, shape `(points,)` each.
    """
    primitive = bench.primitive
    nets = {primitive.x[0]: "x", **({primitive.y[0]: "y"} if primitive.y else {}), primitive.output: "o"}
    cards = [
        f"Vx x 0 {number(x)}",
        f"Vy y 0 {number(y)}",
        "Vsweep s 0 0",
        f"Bo q 0 V=V(vss)+V(s)*{number(bench.supply)}",
        "Vo o q 0",
        bench.copy("0", nets, bias),
        f".dc Vsweep 0 1 {number(1 / (points - 1))}",
    ]
    result = run(backend, bench.deck(cards, ["q", "vo#branch"]))
    return result.vectors["q"], result.vectors["vo#branch"] / bias


def small_signal(
    backend: Backend, bench: Bench, drive: Sequence[str], at: Mapping[str, float], bias: float, points: int = 20
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Measure the currents out of the cell and into the first driven pin over frequency, per volt.

    **Arguments:** `drive`: pins with the alternating voltage, which may be the output. `at`: direct volts of pins.

    **Returns:** frequency in hertz, output current and input current, the same shape.
    """
    signals = signal_pins(bench)
    cards = [f"V{pin} {pin} 0 dc {number(at.get(pin, 0.0))} ac {int(pin in drive)}" for pin in signals]
    cards.append(bench.copy("0", {pin: pin for pin in signals}, bias))
    first = bias * SLOWEST
    cards.append(f".ac dec {points} {number(first)} {number(first * 1e6)}")
    saves = list(dict.fromkeys([f"v{bench.primitive.output}#branch", f"v{drive[0]}#branch"]))
    result = run(backend, bench.deck(cards, saves))
    out, into = result.vectors[saves[0]], -result.vectors[saves[-1]]
    return np.real(result.time), out, into


def signal_pins(bench: Bench) -> list[str]:
    """List the pins that carry signals."""
    return [pin for pin in bench.subcircuit.pins if pin not in COMMON_PINS]


def noise(backend: Backend, bench: Bench, at: Mapping[str, float], bias: float, band: tuple[float, float]) -> float:
    """Measure the mean square noise of the output current in a band (Hz), A^2."""
    primitive, signals = bench.primitive, signal_pins(bench)
    cards = [f"V{pin} {pin} 0 dc {number(at.get(pin, 0.0))} ac {int(pin == primitive.x[0])}" for pin in signals]
    cards += [
        bench.copy("0", {pin: pin for pin in signals}, bias),
        f"Hmeter meter 0 V{primitive.output} 1e9",
        ".save all",
    ]
    cards.append(f".noise V(meter) V{primitive.x[0]} dec 10 {number(band[0])} {number(band[1])}")
    result = run(backend, bench.deck(cards, ["onoise_total"]))
    return float(np.real(result.vectors["onoise_total"][-1])) ** 2 / 1e18


def supply_current(backend: Backend, bench: Bench, bias: float, units: int = 1) -> float:
    """Measure the current from vdd at zero input, bias included, in A per A of bias.

    **Arguments:** `bias`: A per unit. `units`: in parallel.
    """
    whole = units * bias
    cards = ["Vown vdd own 0", bench.copy("0", {"vdd": "own"}, whole, k=units), ".op"]
    result = run(backend, bench.deck(cards, ["vown#branch"]))
    return float(result.vectors["vown#branch"][-1]) / whole


def common_mode(backend: Backend, bench: Bench) -> float:
    """Measure the common mode, in volts above vss."""
    return float(run(backend, bench.deck([".op"], ["cmr"])).vectors["cmr"][-1])
