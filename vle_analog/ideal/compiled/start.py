"""The initial states: zero, or at rest with the inputs of time 0 held; for many samples at once."""

import numpy as np

from vle_analog.ideal.compiled.channels import at_times
from vle_analog.ideal.compiled.kernels import kernel, loop
from vle_analog.ideal.compiled.wiring import NetworkWiring


def initial_states(wiring: NetworkWiring, z: np.ndarray, dtype: str) -> np.ndarray:
    """Return the states at time 0 of all samples, shape `(states, samples)`.

    **Arguments:** `z`: all rows of every sample, with u = v = 0.

    **Raises:** `InputError` where an algebraic loop has no solution.
    """
    from vle_analog.ideal.compiled.engine import no_solution

    states = np.array(z[: wiring.states])
    if wiring.network.start != "settled":
        return states
    resting = kernel("fixed")
    lanes = z.shape[1]
    names = ("U", "B", "r")
    kinds = np.repeat([resting.signals.index(name) for name in names], wiring.size)
    rows = np.tile(np.arange(wiring.size), len(names))
    out = np.zeros((len(rows), lanes))
    lost = resting.module.rest(
        at_times(wiring.channels, np.zeros(1))[0],
        out,
        kinds,
        rows,
        np.ascontiguousarray(z, dtype=float),
        np.zeros((wiring.states, lanes)),
        resting.net(wiring, rest=True),
        resting.work(wiring, "float64", lanes),
        loop(wiring, "float64", lanes),
    )
    if lost:
        raise no_solution(0.0)
    U, B, r = np.split(out, len(names))
    n = wiring.size
    states[:n] = np.where(wiring.has_u[:, None], U, 0.0)
    states[n : 2 * n] = np.where(wiring.has_v[:, None], B, 0.0)
    for name, at in wiring.slices.items():
        rows_of = wiring.rows.get(f"{name}.rbar")
        if rows_of is not None:
            states[rows_of] = r[at]
    return states.astype(dtype)
