"""The coefficients of the forward and the error cell of every neuron: SymPy's laws, evaluated for this network."""

from dataclasses import dataclass

import numpy as np

from vle_analog.ideal.coefficients import coefficients
from vle_analog.learn.mnist1d.settings import CLASSES, Settings
from vle_analog.network.model import Network, Population


@dataclass(frozen=True, eq=False)
class Cells:
    """The laws of the hidden layers, shape `(layers, width, 1)` each, float32.

    **Arguments:**

    - `drive_S`, `drive_u`: U = drive_S S + drive_u u.
    - `step_S`, `keep_u`: u after a step of explicit Euler = step_S S + keep_u u.
    - `error_B`, `error_v`: e = error_B B + error_v v.
    - `step_B`, `keep_v`: v after a step = step_B B + keep_v v.
    - `nudge`: the output's h = nudge (y* - softmax(U)); a number.
    """

    drive_S: np.ndarray
    drive_u: np.ndarray
    step_S: np.ndarray
    keep_u: np.ndarray
    error_B: np.ndarray
    error_v: np.ndarray
    step_B: np.ndarray
    keep_v: np.ndarray
    nudge: float


def populations(settings: Settings) -> tuple[Population, ...]:
    """Return the hidden layers, the first linear and the others tanh, and the linear output.

    Slow neurons come first; half of them has tau_m = tau / 2. Their tau_r is the time step, the shortest prospective
    time constant that explicit Euler can have. The output is instantaneous.
    """
    size, tau = settings.neurons, settings.tau
    tau_m, tau_r = np.full(size.width, tau), np.full(size.width, tau)
    tau_m[: size.slow // 2] = tau / 2
    tau_r[: size.slow] = settings.dt
    output = np.full(CLASSES, tau)
    return (
        *(_population(f"hidden{k}", tau_m, tau_r, "tanh" if k else "linear") for k in range(settings.layers)),
        _population("output", output, output, "linear"),
    )


def cells(settings: Settings) -> Cells:
    """Compute the laws of rule `vle` with gamma = 0: errors do not act on the potentials."""
    network = Network(
        rule="vle",
        beta=settings.beta,
        gamma=0.0,
        output="output",
        start="zero",
        plasticity=False,
        populations=populations(settings),
        projections=(),
    )
    law, shape = coefficients(network), (settings.layers, settings.neurons.width, 1)

    def hidden(values: np.ndarray) -> np.ndarray:
        return values[:-CLASSES].reshape(shape).astype(np.float32)

    return Cells(
        hidden(law.drive_S),
        hidden(law.drive_u),
        hidden(settings.dt * law.membrane_S),
        hidden(1 + settings.dt * law.membrane_u),
        hidden(law.error_B),
        hidden(law.error_v),
        hidden(settings.dt * law.state_B),
        hidden(1 + settings.dt * law.state_v),
        nudge=float(law.target[-1]),
    )


def _population(name: str, tau_m: np.ndarray, tau_r: np.ndarray, activation: str) -> Population:
    return Population(name, tau_m.size, tau_m, tau_r, activation, bias=np.zeros(tau_m.size), wire=tau_m == tau_r)
