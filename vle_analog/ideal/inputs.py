"""Stimuli as functions of one instant, for solvers that evaluate single times."""

from bisect import bisect_right
from collections.abc import Callable

import numpy as np

from vle_analog.network.stimuli import Samples, Sines, Stimulus


def at_instant(stimulus: Stimulus) -> Callable[[float], np.ndarray]:
    """Return the stimulus as a fast function of one time, shape `(size,)`, with the same values as `stimulus(time)`."""
    if isinstance(stimulus, Sines):
        return _sines(stimulus)
    if isinstance(stimulus, Samples):
        return _samples(stimulus)
    return stimulus


def slope_at_instant(stimulus: Stimulus) -> Callable[[float], np.ndarray]:
    """Return the time derivative of the stimulus as a function of one time, as `at_instant`."""
    if isinstance(stimulus, Sines):
        return _sines(stimulus, slope=True)
    if isinstance(stimulus, Samples):
        return _slopes(stimulus)
    return stimulus.slope


def _sines(stimulus: Sines, *, slope: bool = False) -> Callable[[float], np.ndarray]:
    most = max((len(channel) for channel in stimulus.channels), default=0)
    amplitude, omega, phase = np.zeros((3, stimulus.size, most))
    for row, channel in enumerate(stimulus.channels):
        for column, sine in enumerate(channel):
            amplitude[row, column], omega[row, column], phase[row, column] = sine.amplitude, sine.omega, sine.phase
    if slope:
        rise = amplitude * omega
        return lambda time: (rise * np.cos(omega * time + phase)).sum(axis=1)
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


def _slopes(stimulus: Samples) -> Callable[[float], np.ndarray]:
    times = stimulus.times.tolist()
    slopes = np.diff(stimulus.values, axis=0) / np.diff(stimulus.times)[:, None]
    outside = np.zeros(stimulus.size)

    def read(time: float) -> np.ndarray:
        if time < times[0] or time > times[-1]:
            return outside
        return slopes[min(bisect_right(times, time), len(times) - 1) - 1]

    return read
