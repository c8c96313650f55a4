"""The noise sources of a circuit: the output current of every primitive, with its characterised density."""

from dataclasses import dataclass
from pathlib import Path

from vle_analog.cells.fitted import Fitted, fitted
from vle_analog.levels import BEHAVIOURAL, TRANSISTOR
from vle_analog.netlist.circuit import COMMON_PINS, GROUND, Circuit
from vle_analog.netlist.elements import Element
from vle_analog.netlist.placed import placed

OUTPUT, ENDS = "out", ("a", "b")


@dataclass(frozen=True)
class NoiseSite:
    """A noise current of one-sided density `white + flicker/f`, in A^2/Hz.

    White: shot noise of N devices with half of the bias current each, N q ib (Sarpeshkar, Delbrueck and Mead, IEEE
    Circuits and Devices 9(6), 1993), of a resistor 4 k T g (Nyquist, Phys. Rev. 32, 1928), at the temperature at which
    the primitive was characterised.

    **Arguments:**

    - `path`: of the primitive in the flat circuit. `cell`: its cell.
    - `into`, `out_of`: nets; for a resistor the same current leaves its other end, otherwise `out_of` is `None`.
    - `white`: A^2/Hz. `flicker`: A^2.
    """

    path: str
    cell: str
    into: str
    out_of: str | None
    white: float
    flicker: float


def noise_sites(circuit: Circuit, library: Path | None = None) -> tuple[NoiseSite, ...]:
    """Return all noisy primitives in the order of the netlist: macromodels with noise enabled, and transistors.


    Transistors are included because a transient simulation does not generate their noise.

    **Arguments:** `library`: the user's own cells.

    **Returns:** one site per noise current.

    **Raises:** `InputError` where a primitive was not characterised on the process.
    """
    found = []
    for primitive in placed(circuit):
        if primitive.level == BEHAVIOURAL or "ib" not in primitive.parameters:
            continue
        measured = fitted(primitive.cell, circuit.process, library)
        white = primitive.parameters.get("white", 0.0)
        if primitive.level == TRANSISTOR:
            white = measured.macromodel.get("white", 0.0)
        ends = _ends(primitive)
        if white > 0 and ends:
            found.append(
                NoiseSite(
                    ".".join(primitive.path),
                    primitive.cell,
                    *ends,
                    white * primitive.parameters["ib"],
                    _flicker(primitive, measured),
                )
            )
    return tuple(found)


def _ends(primitive: Element) -> tuple[str, str | None] | None:
    """Return the net into which the current flows, and the net from which it comes."""
    into = primitive.nets.get(OUTPUT, primitive.nets.get(ENDS[1], GROUND))
    if into in (GROUND, *COMMON_PINS):
        return None
    return into, None if OUTPUT in primitive.nets else primitive.nets[ENDS[0]]


def _flicker(primitive: Element, measured: Fitted) -> float:
    """Return A^2: white (as simulated) ib corner; the corner is in Hz per A in a unit, and inversely proportional to
    area."""
    values, numbers = primitive.parameters, measured.measured
    white, corner = numbers.get("noise_white_simulated"), numbers.get("noise_corner_per_amp")
    if not isinstance(white, float) or not isinstance(corner, float):
        return 0.0
    area = values.get("k", 1.0) * values.get("s", 1.0) ** 2
    return max(0.0, white * corner * values["ib"] ** 2 / area)
