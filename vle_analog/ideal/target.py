"""The quantities needed before a circuit is built: the teacher's signal, and the initial values."""

import numpy as np

from vle_analog.ideal.system import System
from vle_analog.network import Network
from vle_analog.network.stimuli import Samples, Stimulus
from vle_analog.study import StudySpec, Teacher

DIGITS = 9  # decimals of a teacher's samples, the same as in the data file of the circuit


def resolve_target(spec: StudySpec) -> Stimulus:
    """Return the target as a signal; a teacher is solved ideally and sampled, other targets are returned unchanged.

    Its rates are sampled, or its membrane potentials where the cost depends on them.
    """
    target = spec.target
    if not isinstance(target, Teacher):
        return target
    from vle_analog.ideal.solver import solve  # SciPy's integrators are loaded only for a teacher

    points = int(np.ceil(spec.duration / target.spacing - 1e-9)) + 1
    teacher = solve(target.network, None, spec.duration, points, key="target")
    output = target.network.population(target.network.output)
    kind = "u" if target.network.cost == "membrane" else "r"
    values = np.stack([teacher[f"{output.name}.{kind}[{k}]"] for k in range(output.size)], axis=1)
    return Samples(teacher.time, np.round(values, DIGITS))


def start_values(network: Network, target: Stimulus) -> dict[str, dict[str, np.ndarray]]:
    """Return the initial values in model units: population -> {"u", "v", "rbar", "U", "h", "B", "e": shape (size,)}."""
    system = System(network, target)
    state = system.initial()
    now = system.algebraic(0.0, state)
    n = system.size
    low = np.zeros(n)
    for name, at in system.highpass_state.items():
        low[system.slices[name]] = state[at]
    columns = {"u": state[:n], "v": state[n : 2 * n], "rbar": low, "U": now.U, "h": now.h, "B": now.B, "e": now.e}
    return {name: {kind: column[at] for kind, column in columns.items()} for name, at in system.slices.items()}
