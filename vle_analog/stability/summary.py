"""The analysis as plain data for JSON: complex numbers as {re, im}, angles in radians."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from vle_analog.stability.analysis import Analysis
from vle_analog.stability.cure import cures
from vle_analog.stability.frequency import FrequencyResponse
from vle_analog.stability.growth import Finding, Stability
from vle_analog.stability.words import neuron_names, sentence
from vle_analog.study.spec import StudySpec

MOST = 200  # slow poles, or neurons with their frequency response


def brief(stability: Stability) -> dict[str, Any]:
    """Return verdict, poles and loops, the worst first."""
    return {
        "verdict": stability.verdict,
        "poles": {
            "time_constant": stability.poles.time,
            "nodes": list(stability.poles.nodes),
            "assumed": stability.poles.assumed,
        },
        "loops": [_finding(finding) for finding in stability.findings],
        "skipped": [list(loop.populations) for loop in stability.skipped],
    }


def summary(spec: StudySpec, analysis: Analysis) -> dict[str, Any]:
    """Return the JSON object of `analyse`: `brief`, slow poles, the worst eigenvalue and the frequency response."""
    worst = analysis.worst
    first = brief(analysis.stability)
    rightmost = analysis.eigenvalues[0] if worst is None else worst.rightmost
    return {
        "study": spec.name,
        **first,
        "slow_poles": [_complex(pole) for pole in analysis.slow_poles[:MOST]],
        "eigenvalue": _complex(rightmost),
        "time": analysis.point.time,
        "loop": first["loops"][0]["loop"] if worst else None,
        "neurons": first["loops"][0]["neurons"] if worst else {},
        "cure": first["loops"][0]["cure"] if worst else [],
        "frequency_response": _response(analysis.response),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    loop = finding.loop
    return {
        "loop": {"kind": loop.kind, "populations": list(loop.populations), "projections": list(loop.projections)},
        "verdict": finding.verdict,
        "eigenvalue": _complex(finding.rightmost),
        "time": finding.worst.time,
        "growth": finding.growth,
        "own_growth": finding.own_growth,
        "neurons": dict(list(neuron_names(finding).items())[:MOST]),
        "poles": {
            "time_constant": finding.poles.time,
            "nodes": list(finding.poles.nodes),
            "assumed": finding.poles.assumed,
        },
        "cure": list(cures(finding)) if finding.growth > 0 else [],
        "sentence": sentence(finding),
    }


def _response(response: FrequencyResponse) -> dict[str, Any]:
    neurons = response.response
    return {
        "omega": response.omega.tolist(),
        "formulas": dict(response.formulas),
        "neurons": {
            name: {
                "forward": _polar(neurons.forward[k]),
                "local": _polar(neurons.local[k]),
                "exact": _polar(neurons.exact[k]),
                "gain_ratio": neurons.gain_ratio[k].tolist(),
                "phase_difference": neurons.phase_difference[k].tolist(),
            }
            for k, name in enumerate(response.neurons[:MOST])
        },
        "time": response.time,
        "paths": {
            population: {
                "source": path.source,
                "target": path.target,
                "local": _polar(path.local),
                "exact": _polar(path.exact),
                "largest_phase_difference": path.largest_difference.tolist(),
            }
            for population, path in response.paths.items()
        },
    }


def _polar(values: np.ndarray) -> dict[str, Iterable[float]]:
    return {"magnitude": np.abs(values).tolist(), "phase": np.unwrap(np.angle(values)).tolist()}


def _complex(value: complex) -> dict[str, float]:
    return {"re": float(np.real(value)), "im": float(np.imag(value))}
