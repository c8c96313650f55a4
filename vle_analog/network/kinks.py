"""Times at which stimuli have kinks or edges: a step of a solver must end there to keep its order."""

from collections.abc import Iterable

import numpy as np

from vle_analog.network.stimuli import Samples, Steps, Stimulus

EDGES = (-6, 0, 6)  # of a smooth step, in units of its rise
DENSE = 2001  # times at which the peak of a signal is sampled
APART = 1e-12  # of the duration: closer times are merged


def kinks(stimuli: Iterable[Stimulus], duration: float) -> np.ndarray:
    """Return kinks and edges after 0, and the end of the run.

    **Returns:** increasing model times, shape `(n,)`; the last is `duration`.
    """
    found: list[np.ndarray] = []
    for stimulus in stimuli:
        if isinstance(stimulus, Samples):
            found.append(stimulus.times)
        elif isinstance(stimulus, Steps):
            found += [middles(stimulus) + offset * stimulus.rise for offset in EDGES]
    return _of_run(found, duration)


def bends(stimuli: Iterable[Stimulus], duration: float) -> np.ndarray:
    """Return times as `kinks` does, but only the begin and end of each edge, overlapping edges merged."""
    found: list[np.ndarray] = []
    edges: list[np.ndarray] = [np.empty((0, 2))]
    for stimulus in stimuli:
        if isinstance(stimulus, Samples):
            found.append(stimulus.times)
        elif isinstance(stimulus, Steps):
            edges.append(middles(stimulus)[:, None] + stimulus.rise * np.array([EDGES[0], EDGES[-1]]))
    begins, ends = (windows := np.concatenate(edges))[np.argsort(windows[:, 0])].T
    reach = np.maximum.accumulate(ends)
    apart = begins[1:] > reach[:-1]
    return _of_run([*found, begins[:1], begins[1:][apart], reach[:-1][apart], reach[-1:]], duration)


def rises(stimuli: Iterable[Stimulus], ends: np.ndarray) -> np.ndarray:
    """Return the shortest rise of the edges between one kink and the next; infinite where there is none.

    **Arguments:** `ends`: 0 and then the `kinks` of a run, shape `(n + 1,)`.

    **Returns:** shape `(n,)`.
    """
    found, close = np.full(len(ends) - 1, np.inf), APART * ends[-1]
    for stimulus in (item for item in stimuli if isinstance(item, Steps)):
        for middle in middles(stimulus).tolist():
            window = middle + stimulus.rise * np.array([EDGES[0], EDGES[-1]])
            inside = slice(*np.searchsorted(ends[:-1], window - close))
            found[inside] = np.minimum(found[inside], stimulus.rise)
    return found


def peak(stimulus: Stimulus, duration: float) -> float:
    """Return the largest magnitude of a signal in a run, narrow pulses included."""
    times = np.concatenate([np.linspace(0.0, duration, DENSE), kinks([stimulus], duration)])
    return float(np.max(np.abs(stimulus(times)), initial=0.0))


def sharpness(samples: Samples) -> np.ndarray:
    """Return the jump of the slope at every sample, over the range of the signal: the largest of all channels."""
    slopes = np.diff(samples.values, axis=0) / np.diff(samples.times)[:, None]
    return over_range(np.diff(slopes, axis=0, prepend=0.0, append=0.0), np.ptp(samples.values, axis=0))


def over_range(slopes: np.ndarray, ranges: np.ndarray) -> np.ndarray:
    """Return the sizes of slopes, shape `(n, channels)`, over ranges: the largest of all channels, 0 for constants."""
    return np.max(np.abs(slopes) / np.where(ranges > 0, ranges, np.inf), axis=1, initial=1e-300)


def middles(stimulus: Steps) -> np.ndarray:
    """Return the middles of all edges of a staircase, channel after channel."""
    return np.array([edge for k in range(stimulus.size) for edge, _ in stimulus.jumps(k)])


def _of_run(found: list[np.ndarray], duration: float) -> np.ndarray:
    times = np.unique(np.concatenate([*found, [duration]]))
    times = times[(times > APART * duration) & (times <= duration)]
    return times[np.append(np.diff(times) > APART * duration, True)]
