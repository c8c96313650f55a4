"""When stimuli change their course: a solver's step must end there, or it loses its order."""

from collections.abc import Iterable

import numpy as np

from vle_analog.network.stimuli import Samples, Steps, Stimulus

EDGES = (-6, 0, 6)  # of a smooth step, in units of its rise
APART = 1e-9  # of the duration: times closer together are one


def kinks(stimuli: Iterable[Stimulus], duration: float) -> np.ndarray:
    """Kinks and edges after 0, and the end itself: increasing, the last is `duration`."""
    found: list[np.ndarray] = []
    for stimulus in stimuli:
        if isinstance(stimulus, Samples):
            found.append(stimulus.times)
        elif isinstance(stimulus, Steps):
            edges = np.array([edge for k in range(stimulus.size) for edge, _ in stimulus.jumps(k)])
            found += [edges + offset * stimulus.rise for offset in EDGES]
    times = np.unique(np.concatenate([*found, [duration]]))
    times = times[(times > 0) & (times <= duration)]
    return times[np.append(np.diff(times) > APART * duration, True)]
