"""What a settled start adds to the exact gradient: there u(0) itself depends on weights and biases.

At rest u = S = W phi(u) + W_in x(0) + b, so dC/dtheta gains (du(0)/dtheta)^T dC/du(0) (implicit function theorem).
"""

import numpy as np

from vle_analog.gradient.integrands import Integrands, Values
from vle_analog.ideal import System
from vle_analog.ideal.printed import activation_texts, numeric


def settled_part(system: System, state: np.ndarray, integrands: Integrands, values: Values) -> Values:
    """The gradient together with what it gets from the start.

    With dC/du(0) = -(tau_m e - tau_r B)(0), the boundary term of the variation, and lambda = (1 - W phi')^-T dC/du(0):
    dC/dW_ij += lambda_i r_j(0), dC/db_i += lambda_i. The time constants have no say in where the network rests.

    **Arguments:**

    - `state`: u(0) and w(0).
    """
    network, n = system.network, system.size
    now = system.algebraic(0.0, state)
    tau_m, tau_r = (np.concatenate([getattr(p, name) for p in network.populations]) for name in ("tau_m", "tau_r"))
    start_counts = -(tau_m * now.e - tau_r * now.B)
    loop = np.eye(n)
    for q in network.projections:
        if not network.is_stimulus(q.source):
            at = system.slices[q.source]
            slope = numeric(activation_texts(network.population(q.source).activation)[1], ("x",))
            loop[system.slices[q.target], at] -= q.weights * slope(now.U[at])
    counts = np.linalg.solve(loop.T, start_counts)
    sent = integrands.rates(0.0, now)
    weights = {
        q.name: values["W"][q.name] + np.outer(counts[system.slices[q.target]], sent[q.source])
        for q in network.projections
    }
    biases = {name: values["b"][name] + counts[at] for name, at in system.slices.items()}
    return {**values, "W": weights, "b": biases}
