"""One time step of the network for a batch of examples: explicit Euler, in place, float32.

As in the published experiment, signals between layers are those of the previous step: one
time step of delay per layer, up and down. All layers can then be computed at once.
"""

import numpy as np

from vle_analog.learn.mnist1d.cells import Cells
from vle_analog.learn.mnist1d.elementwise import elementwise
from vle_analog.learn.mnist1d.parameters import Parameters


class Dynamics:
    """States, rates and errors; arrays of the hidden layers have shape `(layers, width, batch)`.

    **Attributes:**

    - `u`, `v`, `r`, `e`: membrane potential, error state, rate and error of the hidden layers.
    - `output`: potential U of the output, shape `(outputs, batch)`; `output_error` likewise.
    """

    def __init__(self, cells: Cells, parameters: Parameters, batch: int):
        layers, width, _ = parameters.bias.shape
        outputs = parameters.output_bias.shape[0]
        self.parameters, self.nudge, self.batch = parameters, cells.nudge, batch
        self.u, self.v, self.r, self.e = (np.zeros((layers, width, batch), np.float32) for _ in range(4))
        self.output, self.output_error = (np.zeros((outputs, batch), np.float32) for _ in range(2))
        self._S, self._h = (np.zeros((layers, width, batch), np.float32) for _ in range(2))
        self._loops = elementwise()
        flat = (layers * width, -1)
        self._forward = [
            *(array.reshape(flat) for array in (self._S, self.u, self.r)),
            *(column.reshape(flat) for column in (cells.drive_S, cells.drive_u, cells.step_S, cells.keep_u)),
        ]
        self._backward = [
            *(array.reshape(flat) for array in (self._h, self.v, self.e)),
            *(column.reshape(flat) for column in (cells.error_B, cells.error_v, cells.step_B, cells.keep_v)),
        ]
        self._above_first = [array[1:].reshape((layers - 1) * width, batch) for array in (self._h, self.r)]

    def reset(self) -> None:
        """Set all states to zero, as at the start of an example."""
        for array in (self.u, self.v, self.r, self.e, self.output, self.output_error):
            array[...] = 0.0

    def probabilities(self) -> np.ndarray:
        """Return the softmax of the output, shape `(outputs, batch)`."""
        weight = np.exp(self.output - self.output.max(axis=0))
        return weight / weight.sum(axis=0)

    def step_errors(self, target: np.ndarray) -> None:
        """Compute errors of all neurons from the errors and rates of the previous step.

        h = W^T e from the layer above; B = phi' h; e = error_B B + error_v v; v by Euler. At the output the error of
        the cross entropy: e = beta (y* - softmax(U)).

        **Arguments:**

        - `target`: y*, one where the class is and zero elsewhere, shape `(outputs, batch)`.
        """
        p = self.parameters
        np.matmul(p.hidden.transpose(0, 2, 1), self.e[1:], out=self._h[:-1])
        np.matmul(p.readout.T, self.output_error, out=self._h[-1])
        self._loops.slope(*self._above_first)  # the first layer is linear
        self._loops.cell(*self._backward)
        np.subtract(target, self.probabilities(), out=self.output_error)
        self.output_error *= self.nudge

    def direction(self, x: np.ndarray, into: Parameters) -> None:
        """Compute the direction of change of every weight and bias, averaged over the batch: dW = e r^T, db = e.

        **Arguments:**

        - `x`: input of the first layer in this step, shape `(batch,)`.
        """
        np.matmul(self.e[1:], self.r[:-1].transpose(0, 2, 1), out=into.hidden)
        np.matmul(self.e[0], x[:, None], out=into.first)
        np.matmul(self.output_error, self.r[-1].T, out=into.readout)
        np.sum(self.e, axis=2, keepdims=True, out=into.bias)
        np.sum(self.output_error, axis=1, keepdims=True, out=into.output_bias)
        into.values *= 1 / self.batch

    def step_rates(self, x: np.ndarray) -> None:
        """Compute potentials and rates from the rates of the previous step: S = W r + b; U; u by Euler; r = phi(U)."""
        p, S = self.parameters, self._S
        np.matmul(p.hidden, self.r[:-1], out=S[1:])
        np.multiply(p.first, x, out=S[0])
        S += p.bias
        np.matmul(p.readout, self.r[-1], out=self.output)
        self.output += p.output_bias
        self._loops.cell(*self._forward)  # U, where the rates were
        np.tanh(self.r[1:], out=self.r[1:])
