"""Inputs of a network, the same function of time for the ideal and for the circuit."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np


class Stimulus(Protocol):
    """A vector-valued function of model time."""

    @property
    def size(self) -> int:
        """Number of channels."""
        ...

    @property
    def resolution(self) -> float:
        """Model time within which the signal can change; a solver must not step further than this."""
        ...

    def __call__(self, time: float | np.ndarray) -> np.ndarray:
        """Return the values at `time`: shape `(size,)` for a scalar, `(size, len(time))` for an array."""
        ...

    def slope(self, time: float | np.ndarray) -> np.ndarray:
        """Return the exact time derivative, of the same shape; at a jump, its value just after.

        At the last of `Samples` it is that of the piece before, since a run that ends there ends with it.
        """
        ...


@dataclass(frozen=True)
class Sine:
    """One sine, `amplitude sin(omega t + phase)`; phase in radians."""

    amplitude: float
    omega: float
    phase: float = 0.0


@dataclass(frozen=True)
class Sines:
    """A constant `offset` plus a sum of sines per channel."""

    channels: tuple[tuple[Sine, ...], ...]
    offsets: tuple[float, ...]

    @property
    def size(self) -> int:
        return len(self.channels)

    @property
    def resolution(self) -> float:
        fastest = max((abs(s.omega) for channel in self.channels for s in channel), default=0.0)
        return 2 * np.pi / fastest / 8 if fastest > 0 else np.inf

    def __call__(self, time: float | np.ndarray) -> np.ndarray:
        t = np.asarray(time, dtype=float)
        return np.stack(
            [
                offset + sum((s.amplitude * np.sin(s.omega * t + s.phase) for s in channel), np.zeros_like(t))
                for channel, offset in zip(self.channels, self.offsets, strict=True)
            ]
        )

    def slope(self, time: float | np.ndarray) -> np.ndarray:
        t = np.asarray(time, dtype=float)
        return np.stack(
            [
                sum((s.amplitude * s.omega * np.cos(s.omega * t + s.phase) for s in channel), np.zeros_like(t))
                for channel in self.channels
            ]
        )


@dataclass(frozen=True)
class Step:
    """One edge of a staircase: from `time` on the channel has this `value`."""

    time: float
    value: float


@dataclass(frozen=True)
class Steps:
    """A staircase with smooth edges per channel: `initial + sum_k dv_k (1 + tanh((t - t_k) / rise)) / 2`."""

    channels: tuple[tuple[Step, ...], ...]
    initials: tuple[float, ...]
    rise: float

    @property
    def size(self) -> int:
        return len(self.channels)

    @property
    def resolution(self) -> float:
        return self.rise / 2

    def jumps(self, channel: int) -> tuple[tuple[float, float], ...]:
        """List `(time, height)` of every edge of one channel."""
        levels = [self.initials[channel], *(s.value for s in self.channels[channel])]
        return tuple((s.time, s.value - before) for s, before in zip(self.channels[channel], levels, strict=False))

    def __call__(self, time: float | np.ndarray) -> np.ndarray:
        t = np.asarray(time, dtype=float)
        return np.stack(
            [
                self.initials[k]
                + sum((h / 2 * (1 + np.tanh((t - edge) / self.rise)) for edge, h in self.jumps(k)), np.zeros_like(t))
                for k in range(self.size)
            ]
        )

    def slope(self, time: float | np.ndarray) -> np.ndarray:
        t = np.asarray(time, dtype=float)
        return np.stack(
            [
                sum(
                    (h / 2 * (1 - np.tanh((t - edge) / self.rise) ** 2) / self.rise for edge, h in self.jumps(k)),
                    np.zeros_like(t),
                )
                for k in range(self.size)
            ]
        )


@dataclass(frozen=True, eq=False)
class Samples:
    """Samples at given times, linear in between, constant outside; `times (n,)`, `values (n, size)`."""

    times: np.ndarray
    values: np.ndarray

    @property
    def size(self) -> int:
        return self.values.shape[1]

    @property
    def resolution(self) -> float:
        return float(np.min(np.diff(self.times)))

    def within(self, duration: float) -> "Samples":
        """Return the same signal from 0 to `duration`: no row before 0, and one at or after the end.

        Every input of a run has its value of model time 0 until then, so earlier rows only define that value.
        """
        begin = int(np.searchsorted(self.times, 0.0, side="right"))  # rows at 0 or before it
        end = max(int(np.searchsorted(self.times, duration)) + 1, begin + 1, 2)
        if begin == 0 or (begin == 1 and self.times[0] == 0):
            times, values = self.times[:end], self.values[:end]
        else:
            first = self.values[begin - 1] if self.times[begin - 1] == 0 else self(0.0)
            times = np.concatenate([[0.0], self.times[begin:end]])
            values = np.concatenate([first[None], self.values[begin:end]])
            if len(times) == 1:
                times, values = np.array([0.0, duration]), np.repeat(values, 2, axis=0)
        for array in (times, values):
            array.setflags(write=False)
        return Samples(times, values)

    def __call__(self, time: float | np.ndarray) -> np.ndarray:
        t = np.asarray(time, dtype=float)
        return np.stack([np.interp(t, self.times, column) for column in self.values.T])

    def slope(self, time: float | np.ndarray) -> np.ndarray:
        t = np.asarray(time, dtype=float)
        slopes = np.diff(self.values, axis=0) / np.diff(self.times)[:, None]
        outside = np.zeros((1, self.size))
        piece = np.searchsorted(self.times, t, side="right") - (t == self.times[-1])  # 0 before the first time
        return np.concatenate([outside, slopes, outside])[piece].T
