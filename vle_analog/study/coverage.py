"""Warnings about stimuli that are constant for most of a run, as they are outside of their samples and edges."""

from vle_analog.network.stimuli import Samples, Steps, Stimulus
from vle_analog.study.findings import Findings, KeyPath

MIN_COVERAGE = 0.5  # of the duration: samples of less than this are warned about
FEWEST, MANY = (
    3,
    10,
)  # fewer rows within the run than the first, of at least the second in all, are in another unit of time


def warn_uncovered(stimulus: Stimulus, duration: float, path: KeyPath, findings: Findings) -> None:
    """Record a warning where samples cover less than half of a run, or no edge of a staircase lies in it."""
    if isinstance(stimulus, Samples):
        _samples(float(stimulus.times[0]), float(stimulus.times[-1]), duration, path, findings)
        _rows(stimulus, duration, path, findings)
    elif isinstance(stimulus, Steps):
        first = min((step.time for channel in stimulus.channels for step in channel), default=0.0)
        if first > duration:
            findings.warn(
                path,
                "no edge lies in the run: the signal is constant",
                f"the first edge at {exact(first)}, a run from 0 to {exact(duration)}",
                "edges within the run",
                "move the edges, or raise the duration",
            )


def exact(number: float) -> str:
    """Format a number with as few digits as identify it, a whole one without a point."""
    return repr(float(number)).removesuffix(".0")


def subtraction(begin: float) -> str:
    """Describe how to move samples that begin at another time to 0."""
    return f"{f'subtract {exact(begin)} from' if begin > 0 else f'add {exact(-begin)} to'} all of their times"


def _samples(begin: float, end: float, duration: float, path: KeyPath, findings: Findings) -> None:
    covered, movable = min(end, duration) - max(begin, 0.0), min(end - begin, duration)
    if covered >= MIN_COVERAGE * duration:
        return
    what = "no part of the samples lies in the run: the signal is constant"
    if covered > 0:
        what = f"the samples cover {covered / duration:.0%} of the run: in the rest of it the signal is constant"
    cures = []
    if movable > covered:
        cures.append(subtraction(begin))
    if movable < MIN_COVERAGE * duration:
        cures.append(f"set duration = {exact(end - begin)} or give samples of the whole run")
    got = f"samples from {exact(begin)} to {exact(end)}, a run from 0 to {exact(duration)}"
    findings.warn(path, what, got, "samples of the whole run", ", and ".join(cures))


def _rows(samples: Samples, duration: float, path: KeyPath, findings: Findings) -> None:
    inside, end = int(((samples.times > 0) & (samples.times < duration)).sum()), float(samples.times[-1])
    if len(samples.times) >= MANY and inside < FEWEST and end > duration:
        findings.warn(
            path,
            "the run ends before the samples have begun to change: their times are in model time",
            f"{inside} of {len(samples.times)} samples between 0 and {exact(duration)}",
            f"at least {FEWEST}",
            f"set duration = {exact(end)} or divide all of their times by the same number",
        )
