"""Signals from data files of a deck: XSPICE `filesource`, several of them where a line would be too long."""

from collections.abc import Iterator, Sequence

import numpy as np

from vle_analog.network.stimuli import Samples

CHANNELS = 24  # of one file: `filesource` of ngspice 39 reads 511 characters of a line, and no more


def pieces(count: int) -> Iterator[slice]:
    """Yield slices of `count` channels, one per file."""
    return (slice(first, first + CHANNELS) for first in range(0, count, CHANNELS))


def file_source(name: str, model: str, file: str, ports: str, nets: Sequence[str], scale: str) -> tuple[str, str]:
    """Return the two cards that drive nets with the columns of one data file.

    **Arguments:** `ports`: `%v` for voltages, `%i` for currents out of the nets. `scale`: common factor.
    """
    zeros, ones = (" ".join([text] * len(nets)) for text in ("0", scale))
    return (
        f"A{name} {ports}([{' '.join(nets)}]) {model}",
        f'.model {model} filesource (file="{file}" amploffset=[{zeros}] amplscale=[{ones}] '
        "timeoffset=0 timescale=1 timerelative=false amplstep=false)",
    )


def data_file(
    samples: Samples, part: slice, time_unit: float, hold: float, stop: float, *, scale: float = 1.0, digits: int = 12
) -> bytes:
    """Write seconds and these channels, one line per sample.

    Until model time 0 a channel has its value of model time 0. `filesource` would ramp up from zero at the start and
    drop to zero after the last line, so a line at 0 seconds and one well after the end are added.

    **Arguments:** `time_unit`, `hold`, `stop`: seconds per unit of model time, before model time 0, of the whole run.
    """
    samples = samples.within((stop - hold) / time_unit)
    times, values = samples.times * time_unit + hold, scale * samples.values[:, part]
    if times[0] > 0:
        times, values = np.insert(times, 0, 0.0), np.insert(values, 0, values[0], axis=0)
    times, values = np.append(times, 2 * max(stop, times[-1])), np.append(values, values[-1:], axis=0)
    rows = zip(times.tolist(), (values + 0.0).tolist(), strict=True)
    lines = (f"{time + 0.0:.15g} " + " ".join(f"{value:.{digits}g}" for value in row) for time, row in rows)
    return ("\n".join(lines) + "\n").encode()
