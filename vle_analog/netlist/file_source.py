"""Signals that a deck reads from data files: XSPICE `filesource`, several of them where a line would be too long."""

from collections.abc import Iterator, Sequence

import numpy as np

CHANNELS = 24  # of one file: `filesource` of ngspice 39 reads 511 characters of a line, and no more


def pieces(count: int) -> Iterator[slice]:
    """So many channels, cut into those of one file each."""
    return (slice(first, first + CHANNELS) for first in range(0, count, CHANNELS))


def file_source(name: str, model: str, file: str, ports: str, nets: Sequence[str], scale: str) -> tuple[str, str]:
    """The two cards that send the columns of one data file into nets.

    **Arguments:** `ports`: `%v` for voltages, `%i` for currents out of the nets. `scale`: what all are multiplied by.
    """
    zeros, ones = (" ".join([text] * len(nets)) for text in ("0", scale))
    return (
        f"A{name} {ports}([{' '.join(nets)}]) {model}",
        f'.model {model} filesource (file="{file}" amploffset=[{zeros}] amplscale=[{ones}] '
        "timeoffset=0 timescale=1 timerelative=false amplstep=false)",
    )


def data_file(times: np.ndarray, values: np.ndarray, stop: float, digits: int = 12) -> bytes:
    """Seconds and the channels, one line per sample; `values` has the shape `(times, channels)`.

    After the last line `filesource` would drop to zero, so one well after `stop`, in seconds, is added.
    """
    times, values = np.append(times, 2 * max(stop, times[-1])), np.append(values, values[-1:], axis=0)
    rows = zip(times.tolist(), (values + 0.0).tolist(), strict=True)
    lines = (f"{time + 0.0:.12g} " + " ".join(f"{value:.{digits}g}" for value in row) for time, row in rows)
    return ("\n".join(lines) + "\n").encode()
