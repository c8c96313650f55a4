"""The weights and biases of the network in one vector, so that the optimiser consists of a few vector operations."""

from itertools import pairwise

import numpy as np


class Parameters:
    """The vector `values` (float32) and views of it.

    **Attributes:**

    - `first`: onto the first hidden layer, shape `(width, 1)`; one input.
    - `hidden`: from one hidden layer to the next, shape `(layers - 1, width, width)`; row = postsynaptic neuron.
    - `readout`: onto the output, shape `(outputs, width)`.
    - `bias`, `output_bias`: shapes `(layers, width, 1)` and `(outputs, 1)`.
    """

    def __init__(self, layers: int, width: int, outputs: int):
        shapes = [(width, 1), (layers - 1, width, width), (outputs, width), (layers, width, 1), (outputs, 1)]
        ends = np.cumsum([0, *(int(np.prod(shape)) for shape in shapes)])
        self.values = np.zeros(ends[-1], np.float32)
        views = [self.values[a:b].reshape(shape) for (a, b), shape in zip(pairwise(ends), shapes, strict=True)]
        self.first, self.hidden, self.readout, self.bias, self.output_bias = views

    def draw(self, seed: int) -> None:
        """Draw weights and biases uniformly between -1/sqrt(n) and 1/sqrt(n) with n inputs."""
        generator = np.random.default_rng(seed)
        width = self.first.shape[0]
        for view, inputs in (
            (self.first, 1),
            (self.hidden, width),
            (self.readout, width),
            (self.bias, width),
            (self.output_bias, width),
        ):
            view[...] = generator.uniform(-1.0, 1.0, view.shape) / np.sqrt(inputs)
        self.bias[0] = generator.uniform(-1.0, 1.0, (width, 1))  # the first layer has one input
