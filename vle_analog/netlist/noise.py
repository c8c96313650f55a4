"""Noise of devices as currents into nets: one path of each, from data files of the deck.

ngspice's own `trnoise` cannot be seeded; an XSPICE `filesource` that drives currents into the nets needs no extra node.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from vle_analog.netlist.file_source import data_file, file_source, pieces
from vle_analog.network.stimuli import Samples


@dataclass(frozen=True, eq=False)
class NetNoise:
    """Noise currents into the nets of a flat circuit.

    **Arguments:**

    - `nets`: each once. `currents`: amperes into each over model time, shape `(n, nets)`; zero at time 0 and before.
    """

    nets: tuple[str, ...]
    currents: Samples


def noise_cards(noise: NetNoise, called: Callable[[str], str]) -> Iterator[str]:
    """Yield one `filesource` per data file.

    **Arguments:** `called`: returns the local name of a net of the flat circuit.
    """
    for number, part in enumerate(pieces(len(noise.nets))):
        nets = [called(net) for net in noise.nets[part]]
        # a current flows out of its net
        yield from file_source(f"_noise_{number}", f"noise_currents_{number}", _name(number), "%i", nets, "-1")


def noise_files(noise: NetNoise, time_unit: float, hold: float, stop: float) -> Mapping[str, bytes]:
    """Write the data files: seconds and amperes, one line per sample.

    **Arguments:** `time_unit`, `hold`, `stop`: seconds per unit of model time, before model time 0, of the whole run.
    """
    return {
        _name(number): data_file(noise.currents, part, time_unit, hold, stop, digits=9)
        for number, part in enumerate(pieces(len(noise.nets)))
    }


def _name(number: int) -> str:
    return f"noise-{number}.dat"  # not a valid name of a stimulus
