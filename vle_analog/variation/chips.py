"""The deviations of one chip from standard normal numbers, and the circuit of that chip."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from vle_analog.cells.fitted import fitted
from vle_analog.netlist.circuit import Circuit
from vle_analog.netlist.placed import placed
from vle_analog.process.devices import CHANNELS
from vle_analog.process.process import Process, process
from vle_analog.variation.sites import MACROMODEL, PROCESS, Site

Deviations = dict[tuple[str, str], np.ndarray]
CORNERS = {
    "ff": (-1.0, -1.0),
    "ss": (1.0, 1.0),
    "fs": (-1.0, 1.0),
    "sf": (1.0, -1.0),
}  # corner coordinates: slowness of n and p


def deviations(
    circuit: Circuit, sites: Sequence[Site], z: np.ndarray, scale: float = 1.0, library: Path | None = None
) -> Deviations:
    """Compute the deviation of every (path, parameter) in every sample, for `Circuit.deviations`: scale * sigma * z.

    The process shifts thresholds and scales mobilities of transistors. The gain and offsets of a macromodel follow the
    plane in (n, p) that fits the four corners of that cell best, in addition to its mismatch.

    **Arguments:**

    - `z`: standard normal numbers, shape (sites, samples). `scale`: multiple of every nominal sigma.
    - `library`: a folder of the user's own cells.

    **Returns:** path and parameter -> added values in the unit of the parameter, shape (samples,).
    """
    drawn = {(site.path, site.parameter): scale * site.sigma * row for site, row in zip(sites, z, strict=True)}
    slow = {channel: drawn.pop((PROCESS, channel)) for channel in CHANNELS if (PROCESS, channel) in drawn}
    if slow:
        if circuit.devices:
            drawn |= _device_parameters(process(circuit.process), slow)
        for key, value in _macromodels(circuit, slow, library):
            drawn[key] = drawn[key] + value if key in drawn else value
    return drawn


def chip(
    circuit: Circuit, sites: Sequence[Site], z: np.ndarray, scale: float = 1.0, library: Path | None = None
) -> Circuit:
    """Return the circuit of one chip.

    **Arguments:** `z`: shape (sites,); others as for `deviations`.
    """
    found: dict[str, dict[str, float]] = {}
    for (path, parameter), value in deviations(circuit, sites, np.asarray(z)[:, None], scale, library).items():
        found.setdefault(path, {})[parameter] = float(value[0])
    return replace(circuit, deviations=found)


def _device_parameters(technology: Process, slow: Mapping[str, np.ndarray]) -> Deviations:
    """Return the parameter offsets of transistors, linear between the fast corner (-1) and the slow one (1)."""
    corners, found = technology.devices.corners, {}
    for channel, amount in slow.items():
        for kind in ("slower", "mobility"):
            name = f"{channel}_{kind}"
            found[PROCESS, name] = amount * (corners["ss"][name] - corners["ff"][name]) / 2
    return found


def _macromodels(
    circuit: Circuit, slow: Mapping[str, np.ndarray], library: Path | None
) -> Iterator[tuple[tuple[str, str], np.ndarray]]:
    """Yield every parameter of every macromodel that the process shifts, with its shift."""
    known: dict[str, dict[str, tuple[float, float]]] = {}
    for primitive in placed(circuit):
        if primitive.level != MACROMODEL or "k" not in primitive.parameters:
            continue
        if primitive.cell not in known:
            known[primitive.cell] = process_slopes(primitive.cell, circuit.process, library)
        for parameter, slopes in known[primitive.cell].items():
            if parameter in primitive.parameters:
                shift = sum(slope * slow[channel] for slope, channel in zip(slopes, CHANNELS, strict=True))
                yield (".".join(primitive.path), parameter), np.asarray(shift)


def process_slopes(cell: str, process_name: str, library: Path | None = None) -> dict[str, tuple[float, float]]:
    """Compute the change of each macromodel parameter as n, and as p, goes from nominal to slow.


    Least squares over the four corners; empty for a cell without them.
    """
    numbers = fitted(cell, process_name, library)
    rows = {name: numbers.corners[name] for name in CORNERS if name in numbers.corners}
    if len(rows) < len(CORNERS):
        return {}
    places = np.array([[1.0, *CORNERS[name]] for name in rows])
    found = {}
    for quantity in next(iter(rows.values())):
        parameter = "dg" if quantity == "gain_ratio" else quantity
        if parameter in numbers.macromodel:
            values = np.array([row[quantity] for row in rows.values()])
            middle, *slopes = np.linalg.lstsq(places, values)[0]
            unit = middle if quantity == "gain_ratio" else 1.0
            found[parameter] = (slopes[0] / unit, slopes[1] / unit)
    return found
