"""Before anything is placed: what a study may ask of its equations, and no circuit can do."""

from vle_analog.errors import InputError, Problem
from vle_analog.network import Samples, StudySpec, Teacher

REMEDIES = {"target.kind": ("prospective cost",)}
HINT = "`vle-analog solve` solves the equations alone"


def refuse(spec: StudySpec) -> None:
    """**Raises:** `InputError` naming every key that no cell stands for."""
    problems = [
        Problem(f"no circuit does this: {why}", f"{spec.source}: {key}", got, expected, HINT, REMEDIES.get(key, ()))
        for key, got, expected, why in _beyond(spec)
    ]
    if problems:
        raise InputError(*problems)


def _beyond(spec: StudySpec) -> list[tuple[str, str, str, str]]:
    """`(key, got, expected, why)` of everything there is no cell for."""
    network, found = spec.network, []
    if network.cost == "membrane" and network.rule != "backprop" and isinstance(spec.target, Samples | Teacher):
        why = "the error hears the slope of the target, and that of samples jumps, which no node of a circuit does"
        got = "samples" if isinstance(spec.target, Samples) else "teacher, which enters as samples"
        found.append(("target.kind", got, 'sines | steps, or network.cost = "prospective"', why))
    moving = [p.name for p in network.populations if network.learns_tau_m(p) or network.learns_tau_r(p)]
    if network.gain_correction is not None and moving:
        why = f"the correction is a ratio of conductances, which would have to follow the time constants of {moving[0]}"
        found.append(("network.gain_correction", f"{network.gain_correction:g}", "no such key", why))
    return found
