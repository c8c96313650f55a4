"""The growth of a small deviation in each loop along a trajectory: the rightmost eigenvalue, integrated over time.

The growth of the forward network alone (its slow poles, potentials only) is reported separately: a memory or an
oscillator may be intended. The verdict is on the additional growth with the poles of the cells, errors and nudging.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from vle_analog.network.model import Network
from vle_analog.stability.linear import linear
from vle_analog.stability.loops import Loop, loops
from vle_analog.stability.operating import OperatingPoint, Trajectory
from vle_analog.stability.poles import Poles
from vle_analog.ties import first_largest

REFUSED = 14.0  # growth by more than e^14 amplifies rounding errors to full scale
NOTICED = 1.0  # growth by a factor e
EFFORT = 1e7  # cubes of matrix sizes, summed over the moments examined
MOMENTS = (5, 49)  # fewest and most of them
CLOSER = 24  # moments added where it is worst
LARGEST = 1500  # states of a loop whose eigenvalues are computed
VERDICTS = ("stable", "warning", "unstable")


@dataclass(frozen=True, eq=False)
class Finding:
    """The worst growth in one loop.

    **Arguments:**

    - `loop`: the one to be reported, within the `part` of the network that was examined with `poles`.
    - `time`: the moments examined, shape `(T,)`. `eigenvalues`: all of them, rightmost first, shape `(T, states)`;
      `own`: the growth rate of the forward network alone.
    - `growth`: logarithm of the growth of a deviation in the worst stretch, beyond that of the forward network;
      `own_growth`: of the forward network.
    - `worst`: the point of the largest growth rate; `rightmost`: its eigenvalue; `neurons`: index -> share in it.
    """

    loop: Loop
    part: Loop
    poles: Poles
    time: np.ndarray
    eigenvalues: np.ndarray
    own: np.ndarray
    growth: float
    own_growth: float
    worst: OperatingPoint
    rightmost: complex
    neurons: dict[int, float]

    @property
    def verdict(self) -> str:
        """`stable`, `warning` or `unstable`."""
        if self.growth > REFUSED:
            return "unstable"
        return "warning" if max(self.growth, self.own_growth) > NOTICED else "stable"


@dataclass(frozen=True, eq=False)
class Stability:
    """The findings of every loop of a network, the worst first; `skipped` were too large to examine."""

    findings: tuple[Finding, ...]
    skipped: tuple[Loop, ...]
    poles: Poles

    @property
    def verdict(self) -> str:
        """Verdict of the worst loop; `stable` where there is none."""
        found = [finding.verdict for finding in self.findings] + ["warning"] * bool(self.skipped)
        return max(found, key=VERDICTS.index, default="stable")


def examine(network: Network, follow: Callable[[], Trajectory], poles: Poles, duration: float) -> Stability:
    """Examine every loop along a trajectory.

    **Arguments:**

    - `follow`: computes the trajectory; called only where there is a loop.
    - `duration`: of the run; where the trajectory ends before, its last moment stands for the rest.

    **Returns:** the findings.
    """
    found, skipped = [], []
    closed = loops(network)
    if not closed:
        return Stability((), (), poles)
    trajectory = follow()
    for loop in closed:
        enough = _enough(network, loop, poles)
        size = len(linear(trajectory.at(0), loop, enough).neurons)
        if size > LARGEST:
            skipped.append(loop)
        else:
            found.append(_follow(network, loop, trajectory, enough, duration, size))
    found.sort(key=lambda finding: (-finding.growth, -finding.rightmost.real))
    return Stability(tuple(found), tuple(skipped), poles)


def growth_rates(point: OperatingPoint, loop: Loop, poles: Poles) -> tuple[np.ndarray, float]:
    """Return the eigenvalues, rightmost first, and the growth rate of the forward network alone (at least zero)."""
    eigenvalues = linear(point, loop, poles).eigenvalues()
    if not loop.potentials or rate(eigenvalues) <= 0:
        return eigenvalues, 0.0
    try:
        alone = linear(point, replace(loop, errors=())).eigenvalues()
    except np.linalg.LinAlgError:  # a gain of one: the forward network has no finite poles
        return eigenvalues, 0.0
    return eigenvalues, max(0.0, rate(alone)) if len(alone) else 0.0


def rate(eigenvalues: np.ndarray) -> float:
    """Return the growth rate of the rightmost eigenvalue."""
    return float(np.real(eigenvalues[0]))


def excess(point: OperatingPoint, loop: Loop, poles: Poles) -> float:
    """Return the growth rate beyond that of the forward network alone."""
    eigenvalues, own = growth_rates(point, loop, poles)
    return rate(eigenvalues) - own


def _follow(network: Network, loop: Loop, trajectory: Trajectory, poles: Poles, duration: float, size: int) -> Finding:
    count = int(np.clip(EFFORT / size**3, *MOMENTS))
    looked: dict[int, tuple[np.ndarray, float]] = {}

    def look(moments: Sequence[int]) -> int:
        for k in set(moments) - set(looked):
            looked[k] = growth_rates(trajectory.at(k), loop, poles)
        order = sorted(looked)
        return order[first_largest([rate(looked[k][0]) - looked[k][1] for k in order])]

    worst = look(_spread(0, len(trajectory) - 1, count))
    if rate(looked[worst][0]) > 0:
        order = sorted(looked)
        place = order.index(worst)
        worst = look(_spread(order[max(place - 1, 0)], order[min(place + 1, len(order) - 1)], min(CLOSER, count)))
    order = sorted(looked)
    time = trajectory.time[order]
    eigenvalues, own = (np.array([looked[k][part] for k in order]) for part in (0, 1))
    rightmost = complex(looked[worst][0][0])
    point = trajectory.at(worst)
    named = _named(network, point, loop, poles, rightmost.real)
    return Finding(
        named,
        loop,
        poles,
        time,
        eigenvalues,
        own,
        _growth(time, np.real(eigenvalues[:, 0]) - own, duration),
        _growth(time, own, duration),
        point,
        rightmost,
        linear(point, loop, poles).participation(),
    )


def _spread(first: int, last: int, count: int) -> list[int]:
    return np.unique(np.linspace(first, last, count).round().astype(int)).tolist()


def _growth(time: np.ndarray, rate: np.ndarray, duration: float) -> float:
    """Integrate the rate over the stretch where it is positive and the integral is largest."""
    time, rate = np.append(time, max(duration, time[-1])), np.maximum(np.append(rate, rate[-1]), 0.0)
    pieces = np.diff(time) * (rate[1:] + rate[:-1]) / 2
    total = largest = 0.0
    for piece, ends in zip(pieces, rate[1:] == 0, strict=True):
        total += float(piece)
        largest = max(largest, total)
        total = 0.0 if ends else total
    return largest


def _enough(network: Network, loop: Loop, poles: Poles) -> Poles:
    """Return the poles, with one more for a loop without any: no physical loop is that fast."""
    inner = {part.kind for part in _inner(network, loop)}
    missing = ("U",) if "forward" in inner and "U" not in poles.nodes else ()
    if "error" in inner and not {"h", "B", "e"} & set(poles.nodes):
        missing += ("e",)
    if loop.kind == "nudging" and not poles.nodes:
        missing = ("U", "e")
    return replace(poles, nodes=poles.nodes + missing, assumed=True) if missing else poles


def _inner(network: Network, loop: Loop) -> list[Loop]:
    """List the loops within a loop without the nudging."""
    if loop.kind != "nudging":
        return [loop]
    apart = loops(replace(network, gamma=0.0))
    return [part for part in apart if set(part.populations) <= set(loop.populations)]


def _named(network: Network, point: OperatingPoint, loop: Loop, poles: Poles, growing: float) -> Loop:
    """Return the loop to be reported: the inner one, where it grows as fast without the nudging."""
    if loop.kind == "nudging" and growing > 0:
        for part in _inner(network, loop):
            if rate(linear(point, part, poles).eigenvalues()) > growing / 2:
                return part
    return loop
