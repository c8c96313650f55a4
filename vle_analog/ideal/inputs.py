"""Stimuli compiled for a solver that asks for one instant at a time."""

from bisect import bisect_right
from collections.abc import Callable

import numpy as np

from vle_analog.network.stimuli import Samples, Sines, Stimulus


def at_instant(stimulus: Stimulus) -> Callable[[float], np.ndarray]:
    """The stimulus as a function of one time, shape `(size,)`: the same numbers as `stimulus(time)`, sooner."""
    if isinstance(stimulus, Sines):
        return _sines(stimulus)
    if isinstance(stimulus, Samples):
        return _samples(stimulus)
    return stimulus


def _sines(stimulus: Sines) -> Callable[[float], np.ndarray]:
    most = max((len(channel) for channel in stimulus.channels), default=0)
    amplitude, omega, phase = np.zeros((3, stimulus.size, most))
    for row, channel in enumerate(stimulus.channels):
        for column, sine in enumerate(channel):
            amplitude[row, column], omega[row, column], phase[row, column] = sine.amplitude, sine.omega, sine.phase
    offsets = np.array(stimulus.offsets, dtype=float)
    return lambda time: offsets + (amplitude * np.sin(omega * time + phase)).sum(axis=1)


def _samples(stimulus: Samples) -> Callable[[float], np.ndarray]:
    times, values = stimulus.times.tolist(), stimulus.values
    slopes = np.diff(values, axis=0) / np.diff(stimulus.times)[:, None]
    last = len(times) - 1

    def read(time: float) -> np.ndarray:
        k = bisect_right(times, time) - 1
        if k < 0:
            return values[0]
        return values[last] if k >= last else values[k] + slopes[k] * (time - times[k])

    return read
