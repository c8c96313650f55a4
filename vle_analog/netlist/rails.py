"""Supplies of a testbench, around the common reference of all signals, and the hold signal."""

from collections.abc import Iterator

from vle_analog.netlist.circuit import GROUND, Circuit
from vle_analog.netlist.deck import Transient, number

FALL = 0.01  # model time in which hold falls, so that model time 0 is its end
SUPPLY_CURRENT = "vvdd#branch"  # of the supply between the rails of the network, without the replica
FRAME = "frame"  # nodes of the replica, which is between 0 and the supply and defines cm in there


def rail_cards(circuit: Circuit) -> Iterator[str]:
    """Yield the rails: half the supply on either side of cm, or as set by a replica of a cell's transistors."""
    supply = number(circuit.supply)
    if circuit.replica is None:
        half = circuit.supply / 2
        yield from (f"Vvdd vdd {GROUND} {number(half)}", f"Vvss vss {GROUND} {number(-half)}")
        return
    given = " ".join(f"{key}={number(value)}" for key, value in circuit.replica.parameters.items())
    yield f"V{FRAME} {FRAME}_vdd {GROUND} {supply}"
    yield f"X{FRAME} {FRAME}_cm {GROUND} {FRAME}_vdd {GROUND} {GROUND} {circuit.replica.leaf} {given}"
    yield from (f"Evss vss {GROUND} {FRAME}_cm {GROUND} -1", f"Vvdd vdd vss {supply}")


def hold_card(circuit: Circuit, transient: Transient) -> str:
    """Return the hold signal: high until model time 0, then low; low throughout where nothing is held."""
    if not circuit.hold:
        return "Vhold hold vss 0"
    fall, long = FALL * circuit.units.time, number(2 * transient.stop)
    times = f"{number(circuit.hold - fall)} {number(fall)} {number(fall)} {long} {long}"
    return f"Vhold hold vss pulse({number(circuit.supply)} 0 {times})"
