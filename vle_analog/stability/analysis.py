"""The results of `vle-analog analyse`: poles, loops, verdict, cures and frequency response."""

import contextlib
from dataclasses import dataclass

import numpy as np

from vle_analog.stability.frequency import FrequencyResponse, frequency_response
from vle_analog.stability.growth import Finding, Stability, examine
from vle_analog.stability.linear import linear, open_part
from vle_analog.stability.loops import parts
from vle_analog.stability.operating import OperatingPoint, Trajectory
from vle_analog.stability.poles import poles_of
from vle_analog.study.spec import StudySpec


@dataclass(frozen=True, eq=False)
class Analysis:
    """The loops of a study, its slow poles and all eigenvalues at the worst moment, and its frequency response.

    **Arguments:**

    - `slow_poles`: finite poles of the differential-algebraic system, without the poles of the cells.
    - `eigenvalues`: of the whole network with the poles of the cells, rightmost first; both at `point`.
    """

    stability: Stability
    point: OperatingPoint
    slow_poles: np.ndarray
    eigenvalues: np.ndarray
    response: FrequencyResponse

    @property
    def verdict(self) -> str:
        """`stable`, `warning` or `unstable`."""
        return self.stability.verdict

    @property
    def worst(self) -> Finding | None:
        """The worst loop, or `None` where there is no loop."""
        return next(iter(self.stability.findings), None)


def analyse(spec: StudySpec, trajectory: Trajectory, stability: Stability | None = None) -> Analysis:
    """Analyse a study along a trajectory.

    **Arguments:** `stability`: the result of `examine` for the same trajectory, if there is one.
    """
    stability = stability or examine(spec.network, lambda: trajectory, poles_of(spec), spec.duration)
    worst = next(iter(stability.findings), None)
    point = worst.worst if worst is not None else trajectory.at(len(trajectory) - 1)
    slow, all_of_them = _spectra(point, stability)
    return Analysis(stability, point, slow, all_of_them, frequency_response(point))


def _spectra(point: OperatingPoint, stability: Stability) -> tuple[np.ndarray, np.ndarray]:
    """Return slow poles and all eigenvalues, rightmost first.

    Of neurons outside of loops there is one per pair of time constants.
    """
    looked_at = {finding.part: finding.poles for finding in stability.findings}
    slow, everything = [], []
    for part, closed in parts(point.network):
        if part in stability.skipped:
            continue
        system, poles = (linear, looked_at.get(part, stability.poles)) if closed else (open_part, stability.poles)
        everything.append(system(point, part, poles).eigenvalues())
        with contextlib.suppress(np.linalg.LinAlgError):  # a loop of gain one without finite poles
            slow.append(system(point, part).eigenvalues())
    return _sorted(slow), _sorted(everything)


def _sorted(spectra: list[np.ndarray]) -> np.ndarray:
    found = np.concatenate([np.empty(0, complex), *spectra])
    return found[np.argsort(-np.real(found), kind="stable")]
