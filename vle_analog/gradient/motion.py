"""The derivatives of u and v (of w for the exact error) from given signals."""

import numpy as np

from vle_analog.ideal import System
from vle_analog.ideal.coefficients import coefficients
from vle_analog.ideal.inputs import at_instant
from vle_analog.ideal.system import Algebraic


class Motion:
    """The derivatives du/dt and dv/dt of a system without plasticity, shape `(neurons,)` each."""

    def __init__(self, system: System):
        self._c = coefficients(system.network)
        has_target = system.target is not None and bool(np.any(self._c.state_y))
        self._out = system.slices[system.network.output]
        self._target = at_instant(system.target) if has_target and system.target is not None else None

    def u(self, now: Algebraic, u: np.ndarray) -> np.ndarray:
        """Compute du/dt."""
        c = self._c
        return c.membrane_S * now.S + c.membrane_e * now.e + c.membrane_u * u

    def v(self, time: float, now: Algebraic, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        """Compute dv/dt."""
        c = self._c
        change = c.state_B * now.B + c.state_v * v
        if self._target is not None:  # an exact error whose cost is of the membrane potential
            out = self._out
            change[out] += c.state_u[out] * u[out] + c.state_y[out] * self._target(time)
        return change
