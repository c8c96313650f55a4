"""The Adam optimiser (Kingma & Ba 2015) on one vector, in place."""

from math import sqrt

import numpy as np

from vle_analog.tasks.mnist1d.elementwise import LEAST, MEAN, SQUARE, elementwise


class Adam:
    """Moves a vector in a direction, scaled by the recent mean and the recent mean square of that direction."""

    def __init__(self, size: int):
        self.mean = np.zeros(size, np.float32)
        self.square = np.zeros(size, np.float32)
        self.steps = 0

    def step(self, values: np.ndarray, direction: np.ndarray, rate: float) -> None:
        """One step uphill along `direction`, of about `rate` per entry."""
        self.steps += 1
        unbiased = sqrt(1 - float(SQUARE) ** self.steps)
        rate *= unbiased / (1 - float(MEAN) ** self.steps)
        elementwise().adam(values, direction, self.mean, self.square, np.float32(LEAST * unbiased), np.float32(rate))
