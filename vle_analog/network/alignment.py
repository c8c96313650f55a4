"""The learning rule of feedback weights and its noise, the same for the ideal and for a circuit."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from vle_analog.network.stimuli import Samples


@dataclass(frozen=True, eq=False)
class Alignment:
    """The rule dF_ki/dt = eta (xi_i rhat_k - decay F_ki), with tau_highpass rbar' = r - rbar and rhat = r - rbar.

    **Arguments:**

    - `eta`: learning rate, 1 / model time. `decay`: rate of decay of a feedback weight, relative to `eta`.
    - `tau_highpass`: model time.
    - `noise`: xi of every population that receives an error through feedback weights that learn, by name; added to S.
    """

    eta: float
    decay: float
    tau_highpass: float
    noise: Mapping[str, Samples]


def ornstein_uhlenbeck(
    name: str, size: int, duration: float, *, sigma: float, tau: float, spacing: float, seed: int
) -> Samples:
    """Sample noise of standard deviation `sigma` and correlation exp(-|t| / tau) exactly (Gillespie, PRE 54, 1996).

    **Arguments:**

    - `name`: part of the seed, so that the noise of one population does not depend on the others.
    - `size`: number of independent channels. `duration`, `tau`, `spacing`: model time.

    **Returns:** samples from 0 to `duration` or just beyond; those of a shorter duration are their beginning.
    """
    from scipy.signal import lfilter  # only where feedback learns

    count = int(np.ceil(duration / spacing - 1e-9)) + 1
    kept = np.exp(-spacing / tau)
    draws = np.random.default_rng([seed, zlib.crc32(name.encode())]).standard_normal((count, size))
    draws[1:] *= np.sqrt(1 - kept**2)
    values = sigma * np.asarray(lfilter([1.0], [1.0, -kept], draws, axis=0))
    times = spacing * np.arange(count)
    for array in (times, values):
        array.setflags(write=False)
    return Samples(times, values)
