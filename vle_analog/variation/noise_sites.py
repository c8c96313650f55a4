"""Where a circuit makes noise: the output current of every primitive, as dense as it was characterised."""

from dataclasses import dataclass
from pathlib import Path

from vle_analog.cells.fitted import Fitted, fitted
from vle_analog.netlist.circuit import COMMON_PINS, GROUND, Circuit
from vle_analog.netlist.placed import Placed, placed
from vle_analog.network.levels import BEHAVIOURAL, TRANSISTOR

OUTPUT, ENDS = "out", ("a", "b")


@dataclass(frozen=True)
class NoiseSite:
    """A noise current of one-sided density `white + flicker/f`, in A^2/Hz.

    White: shot noise of N devices with half of the bias current each, N q ib (Sarpeshkar, Delbrueck and Mead, IEEE
    Circuits and Devices 9(6), 1993), of a resistor 4 k T g (Nyquist, Phys. Rev. 32, 1928), at the temperature at which
    the primitive was characterised.

    **Arguments:**

    - `path`: of the primitive in the flat circuit. `cell`: what it is.
    - `into`, `out_of`: nets; of a resistor the same current flows out of its other end, else it comes from outside.
    - `white`: A^2/Hz. `flicker`: A^2.
    """

    path: str
    cell: str
    into: str
    out_of: str | None
    white: float
    flicker: float


def noise_sites(circuit: Circuit, library: Path | None = None) -> tuple[NoiseSite, ...]:
    """All primitives that make noise, in the order of the netlist: macromodels whose noise is not switched off, and
    transistors, of which a transient simulation knows none.

    **Arguments:** `library`: the user's own cells.

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
            found.append(NoiseSite(
                ".".join(primitive.path), primitive.cell, *ends, white * primitive.parameters["ib"],
                _flicker(primitive, measured),
            ))  # fmt: skip
    return tuple(found)


def _ends(primitive: Placed) -> tuple[str, str | None] | None:
    """Into which net the current flows, and out of which."""
    into = primitive.nets.get(OUTPUT, primitive.nets.get(ENDS[1], GROUND))
    if into in (GROUND, *COMMON_PINS):
        return None
    return into, None if OUTPUT in primitive.nets else primitive.nets[ENDS[0]]


def _flicker(primitive: Placed, measured: Fitted) -> float:
    """A^2: white (as simulated) ib corner; the corner is in Hz per A in a unit, and falls with area."""
    values, numbers = primitive.parameters, measured.measured
    white, corner = numbers.get("noise_white_simulated"), numbers.get("noise_corner_per_amp")
    if not isinstance(white, float) or not isinstance(corner, float):
        return 0.0
    area = values.get("k", 1.0) * values.get("s", 1.0) ** 2
    return max(0.0, white * corner * values["ib"] ** 2 / area)
