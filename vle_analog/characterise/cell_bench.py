"""Network cells on a bench: all in one deck, between the rails of their circuit, loaded as by their neighbours.

Each cell has a list of measured quantities, with the bias current or capacitor that corrects each.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from vle_analog.characterise.bench import OPTIONS, run
from vle_analog.netlist.circuit import COMMON_PINS, GROUND, Circuit, Leaf
from vle_analog.netlist.deck import ONE_THREAD, Deck, number
from vle_analog.netlist.leaf import leaf_cards
from vle_analog.netlist.rails import rail_cards
from vle_analog.simulator import Backend

DECADES, POINTS = 3, 10  # of frequency on either side of 1/(unit of time), points in each
STEP = 0.125  # of a sweep from -1 to 1
ERROR = 0.06  # V: range of the line whose slope is the gain of an update multiplier, as characterised
HALF = float(np.arctanh(0.5))  # v/vy at which W is half of its limit
Vectors = Mapping[str, np.ndarray]  # volts at pins and inner nodes by name; `i(pin)`: amperes that leave the cell there
Measure = Callable[[np.ndarray, Vectors], float]


@dataclass(frozen=True)
class Case:
    """A cell to be measured: its leaf, its parameters, and the capacitance of its neighbours on its pins, F."""

    leaf: Leaf
    parameters: Mapping[str, float]
    hung: Mapping[str, float]


@dataclass(frozen=True)
class Quantity:
    """One measured number of a cell, and the bias current or capacitor that determines it.

    **Arguments:**

    - `name`, `unit`: gains are conductances (S), or currents at the working point (A).
    - `part`: the piece whose bias current determines it, or the parameter of a capacitor.
    - `drive`: the pin with the alternating signal. `measure`: of angular frequency and vectors.
    - `slope`: the parameter of the cell that is farads per second, for a capacitor; 1 where it is empty.
    - `less`: another time constant to subtract, determined by a bias current: tau_m = C/g + tau_r.
    - `inverse`: it falls with the bias current.
    """

    name: str
    unit: str
    part: str
    drive: str
    measure: Measure
    slope: str = ""
    less: str = ""
    inverse: bool = False

    @property
    def capacitor(self) -> bool:
        """True where a capacitor determines it."""
        return self.part == "c"


@dataclass(frozen=True)
class Product:
    """The measurement of a synapse: the input that is swept, the other one at its working point, the output."""

    swept: str
    other: str
    out: str


def _rest(ratio: np.ndarray) -> float:
    return float(np.real(ratio[0]))


def _delay(omega: np.ndarray, ratio: np.ndarray) -> float:
    """Return tau of 1/(1 + s tau), in seconds, where the phase has turned by about 45 degrees."""
    lag = np.imag(1 / ratio) / (omega * np.real(1 / ratio[0]))
    return float(lag[_index(omega, lag[0])])


def _index(omega: np.ndarray, tau: float, times: float = 1.0) -> int:
    return int(np.argmin(np.abs(np.log(omega * abs(tau) / times))))


def _conductance(pin: str) -> Measure:
    return lambda _, v: _rest(1 / v[pin])


def _transfer(source: str, out: str) -> Measure:
    return lambda _, v: _rest(v[f"i({out})"] / v[source])


def _lead(omega: np.ndarray, v: Vectors) -> float:
    """Return tau_r of n = u + tau_r du/dt."""
    ahead = v["n"] / v["u"]
    slope = np.imag(ahead) / omega
    return float(slope[_index(omega, slope[0])])


def _lead_of_sum(omega: np.ndarray, v: Vectors) -> float:
    """Return tau_r of n = rho s + (1 - rho) u, rho = tau_r/tau_m."""
    tau = _delay(omega, v["u"] / v["s"])
    share = (v["n"] - v["u"]) / (v["s"] - v["u"])
    return tau * float(np.real(share[_index(omega, tau)]))


def _fed_back(part: str) -> Measure:
    """Measure load g or feedback gb of i = g e + gb v, at rest and at ten times 1/tau, where v has fallen off."""

    def measure(omega: np.ndarray, v: Vectors) -> float:
        follow, admittance = np.real(v["v"] / v["e"]), np.real(1 / v["e"])
        fast = _index(omega, _delay(omega, v["v"] / v["e"]), 10.0)
        back = (admittance[0] - admittance[fast]) / (follow[0] - follow[fast])
        return float(back if part == "back" else admittance[0] - back * follow[0])

    return measure


def _fed_forward(part: str) -> Measure:
    """Measure load or lag of i = load e + lag (e - v) in the same way."""

    def measure(omega: np.ndarray, v: Vectors) -> float:
        behind, admittance = 1 - np.real(v["v"] / v["e"]), np.real(1 / v["e"])
        fast = _index(omega, _delay(omega, v["v"] / v["e"]), 10.0)
        lag = (admittance[fast] - admittance[0]) / (behind[fast] - behind[0])
        return float(lag if part == "lag" else admittance[0] - lag * behind[0])

    return measure


def _load(pin: str) -> Quantity:
    return Quantity("gain", "S", "load", pin, _conductance(pin))


def _gain(part: str, source: str, out: str) -> Quantity:
    return Quantity("gain", "S", part, source, _transfer(source, out))


# The piece that corrects a quantity: bias currents gains, capacitors time constants, except where a time constant is a
# conductance's beside a capacitor that has its own (tau_r).
QUANTITIES: Mapping[str, tuple[Quantity, ...]] = {
    "membrane_wire": (_load("n"),),
    "membrane_lead": (
        _load("n"),
        # 1/u = g (1 + s tau_m + s^2 ..): the pole of n adds a real term
        Quantity("tau_m", "s", "c", "n", lambda w, v: _delay(w, v["u"]), slope="load_gm", less="tau_r"),
        Quantity("tau_r", "s", "series", "n", _lead, inverse=True),
    ),
    "membrane_sum": (
        _load("s"),
        Quantity("tau_m", "s", "c", "s", lambda w, v: _delay(w, v["u"] / v["s"]), slope="store_gm"),
        Quantity("tau_r", "s", "lead", "s", _lead_of_sum),
    ),
    "error_wire": (_load("b"),),
    "error_lead": (
        Quantity("gain", "S", "load", "b", _fed_back("load")),
        Quantity("gain", "S", "back", "b", _fed_back("back")),
        Quantity("tau_m", "s", "c", "b", lambda w, v: _delay(w, v["v"] / v["e"]), slope="follow_gm"),
    ),
    "error_lag": (
        Quantity("gain", "S", "load", "b", _fed_forward("load")),
        Quantity("gain", "S", "lag", "b", _fed_forward("lag")),
        Quantity("tau_m", "s", "c", "b", lambda w, v: _delay(w, v["v"] / v["e"]), slope="follow_gm"),
    ),
    "error_follow": (
        _load("b"),
        Quantity("tau_m", "s", "c", "b", lambda w, v: _delay(w, v["v"] / v["e"]), slope="follow_gm"),
    ),
    "slope": (_load("h"), _gain("bump", "h", "b"), _gain("out", "h", "b")),
    "target_error": (_gain("difference", "t", "h"), _gain("target", "t", "h"), _gain("rate", "n", "h")),
    "nudge": (_gain("out", "e", "n"),),
    "bias_forward": (_gain("out", "w", "n"),),
    "bias_update": (_gain("out", "e", "w"),),
    "pole_stage": (
        _load("a"),
        Quantity("tau", "s", "c", "a", lambda w, v: _delay(w, v["a"]), slope="load_gm"),
        _gain("out", "a", "b"),
    ),
    "weight": (Quantity("capacitance", "F", "c", "w", lambda w, v: float(-np.imag(v["i(w)"][0]) / w[0])),),
}
ERRORS = ("error_wire", "error_lead", "error_lag", "error_follow")
FED = {  # pin where a current becomes a voltage
    "membrane_wire": "n",
    "membrane_lead": "n",
    "membrane_sum": "s",
    **dict.fromkeys(ERRORS, "b"),
    "slope": "h",
    "pole_stage": "a",
}
FREE = {"membrane_sum": ("n",), **dict.fromkeys(ERRORS, ("e",))}  # no load
PRODUCTS: Mapping[str, Product] = {
    "synapse_forward": Product("pre", "w", "post"),
    "synapse_backward": Product("e", "w", "h"),
    "synapse_update": Product("e", "pre", "w"),
}
GAIN_OF_PRODUCT = Quantity("gain", "A", "product", "", lambda _, v: float(v["product"][0]))


def quantities(leaf: Leaf) -> tuple[Quantity, ...]:
    """List the quantities of a composed cell that its own pieces and capacitors determine."""
    parts = {piece.name for piece in leaf.subcircuit.pieces} | set(leaf.subcircuit.parameters)
    found = (GAIN_OF_PRODUCT,) if leaf.cell in PRODUCTS else QUANTITIES.get(leaf.cell, ())
    return tuple(quantity for quantity in found if quantity.part in parts)


def measured(
    backend: Backend, circuit: Circuit, leaves: Mapping[str, Leaf], cases: Sequence[Case]
) -> tuple[list[dict[Quantity, float]], str]:
    """Measure every quantity of every case.

    **Arguments:** `leaves`: all leaves of the cases, by name.

    **Returns:** per case quantity -> value, and the simulator's name and version.

    **Raises:** `SimulatorError`.
    """
    found: list[dict[Quantity, float]] = [{} for _ in cases]
    simulator = _small_signals(backend, circuit, leaves, cases, found)
    return found, _products(backend, circuit, leaves, cases, found) or simulator


def _small_signals(
    backend: Backend,
    circuit: Circuit,
    leaves: Mapping[str, Leaf],
    cases: Sequence[Case],
    found: list[dict[Quantity, float]],
) -> str:
    """Measure small signals around the common mode, three decades on either side of 1/(unit of time)."""
    cards: list[str] = []
    saves: list[str] = []
    read: dict[tuple[int, str], dict[str, str]] = {}  # (case, driven pin) -> name -> vector
    for k, case in enumerate(cases):
        driven = [quantity for quantity in quantities(case.leaf) if quantity.drive]
        for drive in dict.fromkeys(quantity.drive for quantity in driven):
            name, cell = f"{k}_{drive}", case.leaf.cell
            read[k, drive] = {}
            for pin in _signals(case.leaf):
                net = f"{pin}_{name}"
                if pin == FED.get(cell):
                    cards.append(f"I{net} 0 {net} dc 0 ac {int(pin == drive)}")
                elif pin not in FREE.get(cell, ()):
                    cards.append(f"V{net} {net} 0 dc 0 ac {int(pin == drive)}")
                    read[k, drive][f"i({pin})"] = f"v{net}#branch"
                read[k, drive][pin] = net
            read[k, drive] |= {node: f"xcell{name}.{node}" for node in case.leaf.subcircuit.internal}
            cards += _placed(name, case)
            saves += read[k, drive].values()
    if not cards:
        return ""
    middle = 1 / (2 * np.pi * circuit.units.time)
    cards.append(f".ac dec {POINTS} {number(middle * 10**-DECADES)} {number(middle * 10**DECADES)}")
    result = run(backend, _deck(circuit, leaves, cases, cards, saves))
    omega = 2 * np.pi * np.real(result.time)
    for k, case in enumerate(cases):
        for quantity in quantities(case.leaf):
            if quantity.drive:
                vectors = {name: result.vectors[vector] for name, vector in read[k, quantity.drive].items()}
                found[k][quantity] = quantity.measure(omega, vectors)
    return result.simulator


def _products(
    backend: Backend,
    circuit: Circuit,
    leaves: Mapping[str, Leaf],
    cases: Sequence[Case],
    found: list[dict[Quantity, float]],
) -> str:
    """Measure the slope of the line through an output current over its sweep, times half of the sweep.

    The other input changes its sign and half of the difference is used, which cancels offsets.
    """
    cards, saves = ["Vsweep sweep 0 0"], []
    products = [k for k, case in enumerate(cases) if case.leaf.cell in PRODUCTS]
    for k in products:
        case, product = cases[k], PRODUCTS[cases[k].leaf.cell]
        swept, other = (_amplitude(circuit, pin) for pin in (product.swept, product.other))
        for sign, side in ((1, "up"), (-1, "down")):
            name = f"{k}_{side}"
            cards += [
                f"Ex{name} {product.swept}_{name} 0 sweep 0 {number(swept)}",
                f"Vy{name} {product.other}_{name} 0 {number(sign * other)}",
                f"Vo{name} {product.out}_{name} 0 0",
                *_placed(name, case),
            ]
            saves.append(f"vo{name}#branch")
    if not products:
        return ""
    cards.append(f".dc Vsweep -1 1 {number(STEP)}")
    result = run(backend, _deck(circuit, leaves, cases, cards, saves))
    for k in products:
        up, down = (result.vectors[f"vo{k}_{side}#branch"] for side in ("up", "down"))
        slope, _ = np.polyfit(np.linspace(-1, 1, len(up)), (up - down) / 2, 1)
        found[k][GAIN_OF_PRODUCT] = GAIN_OF_PRODUCT.measure(np.empty(0), {"product": np.array([slope])})
    return result.simulator


def _amplitude(circuit: Circuit, pin: str) -> float:
    """Return the working amplitude, V: a unit of potential, half of the largest weight, or the range of errors."""
    if pin == "pre":
        return circuit.units.potential
    return HALF * circuit.weight_limit * circuit.units.weight if pin == "w" else ERROR


def _signals(leaf: Leaf) -> list[str]:
    return [pin for pin in leaf.subcircuit.pins if pin not in COMMON_PINS]


def _placed(name: str, case: Case) -> list[str]:
    """Return the cards of the cell and of the capacitances of its neighbours."""
    subcircuit = case.leaf.subcircuit
    nets = [(GROUND if pin == "cm" else pin) if pin in COMMON_PINS else f"{pin}_{name}" for pin in subcircuit.pins]
    given = [f"{key}={number(case.parameters[key])}" for key in subcircuit.parameters if key in case.parameters]
    hung = [f"C{pin}_{name} {pin}_{name} 0 {number(farads)}" for pin, farads in case.hung.items() if farads > 0]
    return [" ".join([f"Xcell{name}", *nets, case.leaf.name, *given]), *hung]


def _deck(
    circuit: Circuit, leaves: Mapping[str, Leaf], cases: Sequence[Case], cards: Iterable[str], saves: Sequence[str]
) -> Deck:
    """Return a deck with the rails and common mode of the circuit, and no hold."""
    used = {case.leaf.name: case.leaf for case in cases}
    primitives = dict.fromkeys(name for leaf in used.values() for name in leaf.primitives.values())
    if circuit.replica is not None:
        primitives |= {circuit.replica.leaf: None}
    lines = [*circuit.devices]
    for leaf in (*(leaves[name] for name in primitives), *used.values()):
        lines += leaf_cards(leaf)
    lines += [*rail_cards(circuit), "Vhold hold vss 0", *cards]
    saves = [save.lower() for save in saves]
    return Deck(
        f"{circuit.name}: cells on a bench",
        tuple(lines),
        OPTIONS | {"temp": circuit.temperature},
        None,
        tuple(saves),
        commands=ONE_THREAD,
    )
