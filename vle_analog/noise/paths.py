"""Device noise of a circuit as reproducible time courses: currents into nets, white and 1/f.

White: independent samples of variance S/(2 dt) with linear interpolation, S the one-sided density. The result has the
density S sinc^4(f dt): flat, -3 dB at 0.32/dt; a low-pass of time constant tau has 0.47 dt/tau less variance.
1/f: white samples through the filter (1 - 1/z)^(-1/2), which starts at the beginning of the run (Kasdin, Proc. IEEE 83,
1995).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from vle_analog.errors import InputError, Problem
from vle_analog.netlist.circuit import Circuit
from vle_analog.netlist.noise import NetNoise
from vle_analog.network.stimuli import Samples
from vle_analog.noise.sites import NoiseSite, noise_sites

MOST_VALUES = 20_000_000  # total of all nets


def with_noise(
    circuit: Circuit, duration: float, spacing: float, seed: int, sample: int = 0, library: Path | None = None
) -> Circuit:
    """Return the circuit with the noise of its devices.

    **Arguments:** `duration`, `spacing`: model time, of the run and between samples. `seed`, `sample`: identify the
    path.

    **Returns:** the same circuit with its noise currents as sources.

    **Raises:** `InputError` where all cells are noiseless, and for too many samples.
    """
    sites = noise_sites(circuit, library)
    if not sites:
        raise InputError(
            Problem(
                "this circuit has no noise sources",
                "simulate.noise",
                got="true",
                expected='cells at level macromodel or transistor, with "noise" among circuit.nonidealities',
            )
        )
    return replace(circuit, noise=net_noise(sites, duration, spacing, circuit.units.time, seed, sample))


def net_noise(
    sites: Sequence[NoiseSite], duration: float, spacing: float, time_unit: float, seed: int, sample: int = 0
) -> NetNoise:
    """Generate the currents of all sites, summed per net.

    Every site has a stream of its own, which depends on seed, sample and path only; it begins with zero, and that of a
    shorter duration is its beginning.

    **Arguments:** `duration`, `spacing`: model time. `time_unit`: seconds per unit of it.

    **Returns:** currents in amperes at equidistant times, shape (times, nets).

    **Raises:** `InputError` for too many samples.
    """
    nets = tuple(dict.fromkeys(net for site in sites for net in (site.into, site.out_of) if net is not None))
    count = int(np.ceil(duration / spacing - 1e-9)) + 1
    if count * len(nets) > MOST_VALUES:
        raise InputError(
            Problem(
                "the noise has too many samples",
                "simulate.noise_spacing",
                f"{count} for each of {len(nets)} nets",
                f"at most {MOST_VALUES} in all",
                "raise noise_spacing, or shorten duration",
            )
        )
    rate = 1 / (spacing * time_unit)
    white, coloured = np.zeros((2, count, len(nets)))
    for site in sites:
        signs = [(nets.index(net), sign) for net, sign in ((site.into, 1.0), (site.out_of, -1.0)) if net is not None]
        for total, level, kind in (
            (white, np.sqrt(site.white * rate / 2), "white"),
            (coloured, np.sqrt(np.pi * site.flicker), "flicker"),
        ):
            if level > 0:
                draws = level * normals(seed, sample, site.path, kind, count)
                for net, sign in signs:
                    total[:, net] += sign * draws
    values = white + _flicker(coloured)
    values[0] = 0.0  # rounding of the transforms
    times = spacing * np.arange(count)
    for array in (times, values):
        array.setflags(write=False)
    return NetNoise(nets, Samples(times, values))


def normals(seed: int, sample: int, path: str, kind: str, count: int) -> np.ndarray:
    """Return the beginning of a stream of standard normal numbers (Philox; Salmon et al., SC 2011), the first of them
    0."""
    from scipy.special import ndtri

    text = "\n".join((str(seed), str(sample), path, kind))
    key = int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "little")
    words = np.random.Philox(key=key).random_raw(count)
    draws = ndtri(((words >> np.uint64(11)).astype(float) + 0.5) * 2.0**-53)
    draws[0] = 0.0
    return draws


def _flicker(white: np.ndarray) -> np.ndarray:
    """Filter samples of variance pi K to noise with one-sided density K/f at any spacing; column by column."""
    count = len(white)
    orders = np.arange(1, count)
    response = np.cumprod(np.append(1.0, (orders - 0.5) / orders))
    length = 1 << (2 * count - 1).bit_length()
    passed = np.zeros_like(white)
    transfer = np.fft.rfft(response, length)
    for column in np.flatnonzero(white.any(axis=0)):
        passed[:, column] = np.fft.irfft(np.fft.rfft(white[:, column], length) * transfer, length)[:count]
    return passed
