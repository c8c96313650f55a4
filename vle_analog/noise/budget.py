"""The noise of the nets of a circuit: kT/C, white device noise, and 1/f noise."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vle_analog.netlist.circuit import Circuit
from vle_analog.noise.in_model import unit_of_nets
from vle_analog.noise.sites import NoiseSite, noise_sites
from vle_analog.noise.small_signal import SmallSignal, small_signal

BOLTZMANN, KELVIN = 1.380649e-23, 273.15
DECADES, PER_DECADE = 3, 60  # factors beyond the slowest and the fastest pole; points of the frequency grid


@dataclass(frozen=True)
class NetBudget:
    """The noise of one net.

    **Arguments:**

    - `net`, `kind`: of the flat circuit, and the kind of its signal in the equations; `others`: nets connected to it.
    - `capacitance`: F from the net to all others. `limit`: V, sqrt(kT/C).
    - `white`: A^2/Hz of all noise currents into the net itself. `flicker`: A^2, of their 1/f part.
    - `rms`: V, all white noise of the circuit at rest that reaches it; for an integrating net, without significant
      conductance over the run, the value at the end of the run; infinite without a capacitance.
    - `rms_flicker`: V, of the 1/f noise above 1/duration. `unit`: V per model unit.
    """

    net: str
    kind: str
    others: tuple[str, ...]
    capacitance: float
    limit: float
    white: float
    flicker: float
    rms: float
    rms_flicker: float
    unit: float


def noise_budget(circuit: Circuit, duration: float, library: Path | None = None) -> tuple[NetBudget, ...]:
    """Compute the noise of every net that has a signal in the equations, in the order of the netlist.

    The mean square is the integral of |Z(f)|^2 S(f), with Z = (G + i 2 pi f C)^-1 of the circuit at rest.

    **Arguments:** `duration`: of the run, seconds. `library`: the user's own cells.

    **Returns:** one budget per net; V, A^2/Hz and F.

    **Raises:** `InputError` where a primitive was not characterised on the process.
    """
    sites = noise_sites(circuit, library)
    if not sites:
        return ()
    small = small_signal(circuit, library)
    units = unit_of_nets(circuit)
    n = len(small.G)
    total = np.diag(small.C)
    white, flicker = _of_the_nets(small, sites)
    stores = total > np.maximum(np.diag(small.G), 0.0) * duration
    rms, slow = np.zeros((2, n))
    for block in _blocks(small, ~stores):
        rms[block], slow[block] = _stationary(small, sites, block, duration)
    with np.errstate(divide="ignore", invalid="ignore"):
        limit = np.sqrt(BOLTZMANN * (circuit.temperature + KELVIN) / total)
        # a random walk, and the integral of K/f/(2 pi f C)^2 from 1/T on
        rms[stores] = (np.sqrt(white * duration / 2) / total)[stores]
        slow[stores] = (np.sqrt(flicker / 8) * duration / (np.pi * total))[stores]
    found = []
    for row in range(n):
        names = [net for net, at in small.nets.items() if at == row]
        known = [net for net in names if net in units]
        if known and (white[row] > 0 or rms[row] > 0):
            kind, unit = units[known[-1]]
            others = tuple(net for net in names if net != known[-1])
            found.append(
                NetBudget(
                    known[-1],
                    kind,
                    others,
                    float(total[row]),
                    float(limit[row]),
                    float(white[row]),
                    float(flicker[row]),
                    float(rms[row]),
                    float(slow[row]),
                    unit,
                )
            )
    return tuple(found)


def _of_the_nets(small: SmallSignal, sites: tuple[NoiseSite, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return the white and 1/f densities of the currents into every net."""
    sums = np.zeros((2, len(small.G)))
    for site in sites:
        for net in (site.into, site.out_of):
            if net in small.nets:
                sums[:, small.nets[net]] += site.white, site.flicker
    return sums[0], sums[1]


def _blocks(small: SmallSignal, kept: np.ndarray) -> list[np.ndarray]:
    """Return groups of coupled rows among the kept ones."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import connected_components

    rows = np.flatnonzero(kept)
    linked = (small.G != 0) | (small.C != 0)
    count, label = connected_components(csr_matrix(linked[np.ix_(rows, rows)]), directed=False)
    return [rows[label == k] for k in range(count)]


def _stationary(
    small: SmallSignal, sites: tuple[NoiseSite, ...], block: np.ndarray, duration: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the rms of white and of 1/f noise of the nets of a block."""
    place = {int(row): k for k, row in enumerate(block)}
    inputs = np.zeros((len(block), len(sites)))
    for k, site in enumerate(sites):
        for net, sign in ((site.into, 1.0), (site.out_of, -1.0)):
            row = small.nets.get(net or "", -1)
            if row in place:
                inputs[place[row], k] += sign
    active = np.flatnonzero(inputs.any(axis=0))
    if not len(active):
        return np.zeros(len(block)), np.zeros(len(block))
    inputs, white, flicker = (
        inputs[:, active],
        np.array([sites[k].white for k in active]),
        np.array([sites[k].flicker for k in active]),
    )
    G, C = small.G[np.ix_(block, block)], small.C[np.ix_(block, block)]
    has = np.diag(C) > 0
    poles = np.abs(np.diag(G)[has] / np.diag(C)[has]) / (2 * np.pi) if has.any() else np.array([1 / duration])
    low, high = poles[poles > 0].min() / 10**DECADES, poles.max() * 10**DECADES
    f = np.geomspace(low, high, int(PER_DECADE * np.log10(high / low)) + 1)
    passed = np.abs(np.linalg.solve(G + 2j * np.pi * f[:, None, None] * C, inputs.astype(complex))) ** 2
    mean_square = np.trapezoid(passed @ white * f[:, None], np.log(f), axis=0) + passed[0] @ white * low
    above = f >= 1 / duration
    slow = np.trapezoid((passed @ flicker)[above], np.log(f[above]), axis=0)
    return np.where(has, np.sqrt(mean_square), np.inf), np.where(has, np.sqrt(slow), np.inf)
