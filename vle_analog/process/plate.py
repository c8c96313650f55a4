"""Capacitors as drawn: rectangles with sides on the drawing grid, and the capacitance that follows from them."""

from dataclasses import dataclass

import numpy as np

WIDTHS = 400  # steps of the grid over which a width is tried: many products of two sides, one of them close
PICOMETRE = 12  # decimals of a side
NARROWEST = 0.8  # of the side of a square


@dataclass(frozen=True)
class Plate:
    """A drawn capacitor: `width` and `length` of its plate in metres."""

    width: float
    length: float


@dataclass(frozen=True)
class PlateLaw:
    """The capacitance of a plate: C = density W L + 2 perimeter (W + L).

    **Arguments:** `grid`: metres, of which both sides are multiples. `density`: F/m^2. `perimeter`: F/m.
    """

    grid: float
    density: float
    perimeter: float

    def plate(self, farads: float) -> Plate:
        """Return the plate, square or nearly so, whose capacitance is nearest to `farads`."""
        wide, long = self._sides(np.asarray(farads, float))
        return Plate(*(round(float(steps) * self.grid, PICOMETRE) for steps in (wide, long)))

    def nearest(self, farads: np.ndarray | float) -> np.ndarray:
        """Return capacitances of the plates that `plate` returns, F, same shape; drawn ones do not change."""
        wide, long = self._sides(np.asarray(farads, float))
        return self.density * self.grid**2 * (wide * long + self._edge * (wide + long))

    def area(self, farads: float) -> float:
        """Return the area of the plate, m^2."""
        return float(self._square(np.asarray(farads, float)) * self.grid) ** 2

    @property
    def _edge(self) -> float:
        """Steps of the grid that the fringe adds to a side: C/(density grid^2) = W L + edge (W + L)."""
        return 2 * self.perimeter / (self.density * self.grid)

    def _square(self, farads: np.ndarray) -> np.ndarray:
        """Return the side of the square of this capacitance, in steps of the grid."""
        return np.sqrt(farads / (self.density * self.grid**2) + self._edge**2) - self._edge

    def _sides(self, farads: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return width and length in steps of the grid: the width near the square's with the least error."""
        scaled, square = (farads / (self.density * self.grid**2))[..., None], self._square(farads)[..., None]
        wide = np.maximum(np.round(square) - np.arange(WIDTHS), np.maximum(np.ceil(NARROWEST * square), 1))
        long = np.maximum(np.round((scaled - self._edge * wide) / (wide + self._edge)), 1)
        error = np.abs(wide * long + self._edge * (wide + long) - scaled)
        best = np.argmin(error, axis=-1)[..., None]
        return np.take_along_axis(wide, best, -1)[..., 0], np.take_along_axis(long, best, -1)[..., 0]
