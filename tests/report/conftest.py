"""Comparisons without a simulator: the ideal, and the ideal with a little noise in the place of the circuit."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from vle_analog.compare import compare
from vle_analog.ideal import resolve_target, solve
from vle_analog.mapping import build_circuit
from vle_analog.network import Traces
from vle_analog.report import ReportContent
from vle_analog.study import read_study


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the tests of this folder: they look at pictures."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.pictures)


@cache
def _made(study: str, overrides: tuple[str, ...], noise: float) -> ReportContent:
    spec = read_study(study, list(overrides))
    target = resolve_target(spec)
    ideal = solve(spec.network, target, spec.duration, spec.simulate.points)
    random = np.random.default_rng(1)
    values = ideal.values * (1 + noise * random.standard_normal((len(ideal.signals), 1)))
    comparison = compare(ideal, Traces(ideal.time, ideal.signals, values), spec.compare)
    return ReportContent(spec, build_circuit(spec, target), comparison, target, derivation=None, result=None)


@pytest.fixture
def make() -> Callable[..., ReportContent]:
    """`make("wide", noise=1e-5)`: a short run of a shipped study; `result` and `derivation` are `None`."""

    def made(study: str = "online_chain", *overrides: str, noise: float = 1e-5) -> ReportContent:
        return replace(_made(study, ("duration=5", "simulate.points=201", *overrides), noise))

    return made
