"""The channels of a stimulus and their slopes at one time, evaluated from its definition alone."""

import math

import numpy as np

from vle_analog.network.stimuli import Samples, Sines, Steps


def value(stimulus, time):
    """The channels of a stimulus at one time, from its definition."""
    if isinstance(stimulus, Sines):
        return [
            offset + sum(s.amplitude * math.sin(s.omega * time + s.phase) for s in channel)
            for channel, offset in zip(stimulus.channels, stimulus.offsets, strict=True)
        ]
    if isinstance(stimulus, Steps):
        channels = []
        for channel, initial in zip(stimulus.channels, stimulus.initials, strict=True):
            level, total = initial, initial
            for step in channel:
                total += (step.value - level) * (1 + math.tanh((time - step.time) / stimulus.rise)) / 2
                level = step.value
            channels.append(total)
        return channels
    assert isinstance(stimulus, Samples)
    return [float(np.interp(time, stimulus.times, column)) for column in stimulus.values.T]


def slope(stimulus, time, piece=None):
    """The time derivative of the channels, from its definition; at a kink, that of the side on which `piece` lies."""
    if isinstance(stimulus, Sines):
        return [sum(s.amplitude * s.omega * math.cos(s.omega * time + s.phase) for s in c) for c in stimulus.channels]
    if isinstance(stimulus, Steps):
        channels = []
        for channel, initial in zip(stimulus.channels, stimulus.initials, strict=True):
            level, total = initial, 0.0
            for step in channel:
                edge = math.cosh((time - step.time) / stimulus.rise) ** -2 if abs(time - step.time) < 9 else 0.0
                total += (step.value - level) * edge / stimulus.rise / 2
                level = step.value
            channels.append(total)
        return channels
    assert isinstance(stimulus, Samples)
    at = time if piece is None else sum(piece) / 2
    for a, b, low, high in zip(stimulus.times, stimulus.times[1:], stimulus.values, stimulus.values[1:], strict=False):
        if a <= at < b or at == b == stimulus.times[-1]:
            return [float(x) for x in (high - low) / (b - a)]
    return [0.0] * stimulus.values.shape[1]
