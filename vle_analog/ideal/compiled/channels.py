"""Stimuli as flat arrays for kernels, and external signals of a batch at given times."""

from collections.abc import Sequence

import numpy as np

from vle_analog.network.kinks import kinks
from vle_analog.network.stimuli import Samples, Sines, Steps, Stimulus

Channels = Sequence[tuple[Stimulus, bool]]


def flat(channels: Channels) -> tuple[np.ndarray, ...]:
    """Return the arrays of the kernel function `receive`; channel 0 is constantly zero.

    **Arguments:** `channels`: stimuli, and for each whether its slope is meant.

    **Returns:** arrays for the arguments `outside` of a kernel.

    **Raises:** `TypeError` for a stimulus of another kind.
    """
    offsets: list[float] = [0.0]
    waves: list[tuple[int, float, float, float]] = []
    edges: list[tuple[int, float, float, float]] = []
    bells: list[tuple[int, float, float, float]] = []
    tables: list[tuple[int, ...]] = []
    knots: list[np.ndarray] = []
    values: list[np.ndarray] = []
    for stimulus, slope in channels:
        begin = len(offsets)
        if isinstance(stimulus, Sines):
            offsets += [0.0] * stimulus.size if slope else list(stimulus.offsets)
            for k, channel in enumerate(stimulus.channels):
                for s in channel:
                    amplitude, phase = (s.amplitude * s.omega, s.phase + np.pi / 2) if slope else (s.amplitude, s.phase)
                    waves.append((begin + k, amplitude, s.omega, phase))
        elif isinstance(stimulus, Steps):
            offsets += [0.0] * stimulus.size if slope else list(stimulus.initials)
            for k in range(stimulus.size):
                for edge, height in stimulus.jumps(k):
                    rise = stimulus.rise
                    where = (begin + k, height / 2 / (rise if slope else 1.0), edge, rise)
                    (bells if slope else edges).append(where)
        elif isinstance(stimulus, Samples):
            offsets += [0.0] * stimulus.size
            tables.append(
                (
                    begin,
                    stimulus.size,
                    sum(map(len, knots)),
                    len(stimulus.times),
                    sum(map(len, values)),
                    int(slope),
                )
            )
            knots.append(np.asarray(stimulus.times, float))
            values.append(np.ravel(stimulus.values).astype(float))
        else:
            raise TypeError(f"the kernels do not support the stimulus {stimulus!r}")
    return (
        np.array(offsets),
        *(part for terms in (waves, edges, bells) for part in _columns(terms)),
        np.array(tables, dtype=np.int64).reshape(-1, 6),
        np.concatenate([[], *knots]),
        np.concatenate([[], *values]),
        np.zeros(len(tables), np.int64),
    )


def _columns(terms: Sequence[tuple[int, float, float, float]]) -> tuple[np.ndarray, np.ndarray]:
    channels = np.array([channel for channel, *_ in terms], dtype=np.int64)
    return channels, np.array([numbers for _, *numbers in terms], dtype=float).reshape(-1, 3)


def at_times(channels: Channels, times: np.ndarray, pieces: np.ndarray | None = None) -> np.ndarray:
    """Return all channels at all times, shape (*times.shape, channels); channel 0 is constantly zero.

    **Arguments:** `pieces`: for each row of `times` a time in whose piece the slopes of samples are.
    """
    flat_times = np.ravel(times)
    inside = flat_times if pieces is None else np.repeat(pieces, np.shape(times)[1])
    rows = [np.zeros((1, flat_times.size))]
    for stimulus, slope in channels:
        if slope:
            rows.append(stimulus.slope(inside if isinstance(stimulus, Samples) else flat_times))
        else:
            rows.append(stimulus(flat_times))
    return np.ascontiguousarray(np.concatenate(rows).T).reshape(*np.shape(times), -1)


def stops(channels: Channels, duration: float) -> np.ndarray:
    """Return the times at which a step must end: kinks and edges of the stimuli, and the end."""
    return kinks((stimulus for stimulus, _ in channels), duration)
