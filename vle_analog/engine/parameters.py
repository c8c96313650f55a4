"""What the samples of a batch have of their own, checked and put into the rows of a kernel."""

from collections.abc import Mapping

import numpy as np

from vle_analog.engine.wiring import Wiring
from vle_analog.errors import InputError, Problem

KINDS = ("W", "b", "tau_m", "tau_r")


def sample_count(parameters: Mapping[str, np.ndarray], samples: int | None) -> int:
    """How many samples there are.

    **Raises:** `InputError` where parameters disagree.
    """
    counts = {name: np.shape(array)[-1] if np.ndim(array) else 0 for name, array in parameters.items()}
    if samples is not None:
        counts["samples"] = samples
    if len(set(counts.values())) > 1:
        got = ", ".join(f"{name}: {count}" for name, count in counts.items())
        raise InputError(Problem("parameters of different numbers of samples", "parameters", got))
    count = next(iter(counts.values()), 1)
    if count < 1:
        raise InputError(Problem("a batch needs at least one sample", "parameters", f"{count}"))
    return count


def spread(wiring: Wiring, parameters: Mapping[str, np.ndarray], samples: int) -> np.ndarray:
    """All rows of every sample, shape (rows, samples), with u = v = 0.

    **Raises:** `InputError` for a name, shape or number that does not fit the network.
    """
    values = np.repeat(wiring.values[:, None], samples, axis=1)
    problems: list[Problem] = []
    limits = {f"{q.name}.W": q.limit for q in wiring.network.projections if q.limit is not None}
    for name, array in parameters.items():
        rows = wiring.rows.get(name)
        if rows is None or name.rpartition(".")[2] not in KINDS:
            known = [key for key in wiring.rows if key.rpartition(".")[2] in KINDS]
            problems.append(Problem("no such parameter in this network", name, expected=" | ".join(known)))
        elif np.shape(array) != (*rows.shape, samples):
            problems.append(Problem("wrong shape", name, f"{np.shape(array)}", f"{(*rows.shape, samples)}"))
        elif not np.isfinite(array).all():
            problems.append(Problem("not a finite number", name))
        elif name.endswith((".tau_m", ".tau_r")) and not (np.asarray(array) > 0).all():
            problems.append(Problem("time constants must be positive", name, f"{np.min(array):g}"))
        elif name in limits and not (np.abs(array) < limits[name][..., None]).all():
            problems.append(Problem("a bounded weight must start inside of its limit", name))
        else:
            values[rows.ravel()] = np.reshape(array, (-1, samples))
    for p in wiring.network.populations if not problems else ():
        slow, fast = values[wiring.rows[f"{p.name}.tau_m"]], values[wiring.rows[f"{p.name}.tau_r"]]
        if not np.array_equal(slow[p.wire], fast[p.wire]):
            problems.append(Problem(
                "a wire has equal time constants", p.name, hint='give the population realisation = "lead"'
            ))  # fmt: skip
    if problems:
        raise InputError(*problems)
    return values
