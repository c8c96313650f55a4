"""Noise of devices as currents into nets: one path of each, which the deck reads from data files.

ngspice's own `trnoise` cannot be seeded; an XSPICE `filesource` that sends currents into the nets needs no node more.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from vle_analog.network.stimuli import Samples

CHANNELS = 24  # of one file: `filesource` of ngspice 39 reads 511 characters of a line, and no more


@dataclass(frozen=True, eq=False)
class NetNoise:
    """Noise currents into the nets of a flat circuit.

    **Arguments:**

    - `nets`: each once. `currents`: amperes into each over model time, shape `(n, nets)`; nothing at time 0 and before.
    """

    nets: tuple[str, ...]
    currents: Samples


def noise_cards(noise: NetNoise, called: Callable[[str], str]) -> Iterator[str]:
    """One `filesource` per data file; `called`: what a net of the flat circuit is called where the cards stand."""
    for number, first in enumerate(range(0, len(noise.nets), CHANNELS)):
        nets = [called(net) for net in noise.nets[first : first + CHANNELS]]
        zeros, signs = (" ".join([text] * len(nets)) for text in ("0", "-1"))  # a current flows out of its net
        yield f"A_noise_{number} %i([{' '.join(nets)}]) noise_currents_{number}"
        yield (
            f'.model noise_currents_{number} filesource (file="{_name(number)}" amploffset=[{zeros}] '
            f"amplscale=[{signs}] timeoffset=0 timescale=1 timerelative=false amplstep=false)"
        )


def noise_files(noise: NetNoise, time_unit: float, hold: float, stop: float) -> Mapping[str, bytes]:
    """The data files: seconds and amperes, one line per sample.

    **Arguments:** `time_unit`, `hold`, `stop`: seconds per unit of model time, before model time 0, of the whole run.
    """
    times, values = noise.currents.times * time_unit + hold, noise.currents.values
    if hold > 0:
        times, values = np.insert(times, 0, 0.0), np.insert(values, 0, 0.0, axis=0)
    times = np.append(times, 2 * max(stop, times[-1]))  # else it would drop to zero after the last sample
    values = np.append(values, values[-1:], axis=0)
    files = {}
    for number, first in enumerate(range(0, len(noise.nets), CHANNELS)):
        rows = zip(times.tolist(), (values[:, first : first + CHANNELS] + 0.0).tolist(), strict=True)
        lines = (f"{time:.12g} " + " ".join(f"{value:.9g}" for value in row) for time, row in rows)
        files[_name(number)] = ("\n".join(lines) + "\n").encode()
    return files


def _name(number: int) -> str:
    return f"noise-{number}.dat"  # no stimulus is called like this
