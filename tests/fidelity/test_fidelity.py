"""Circuits of devices against the equations and each other: the fast bounds of docs/results/fidelity.md."""

import os

import pytest

from vle_analog import Study
from vle_analog.compare import GROUP_OF_KIND, Comparison, compare

STILL = {"network.plasticity": False, "duration": 10.0, "simulate.points": 1001}
NOTHING = {"circuit.level": "macromodel", "circuit.nonidealities": []}
DEEP_AND_SHORT = {"duration": 6.0, "simulate.points": 601, "stimuli.drive.channels": [[{"time": 2.0, "value": 1.0}]]}
NO_KIT = "PDK_ROOT is not set: the models of gf180mcu are not part of the project"


def forward(comparison: Comparison) -> float:
    """The largest NRMSE of u, U and r."""
    return max(s.nrmse for s in comparison.signals if GROUP_OF_KIND[s.signal.kind] == "forward")


def least_correlation(comparison: Comparison) -> float:
    """Of the error signals."""
    errors = [s for s in comparison.signals if GROUP_OF_KIND[s.signal.kind] == "error"]
    found = [s.correlation for s in errors if s.correlation is not None]
    assert len(found) >= len(errors) > 0
    return min(found)


@pytest.fixture(scope="module")
def chain() -> Study:
    """The chain in transistors of generic180, nothing learning."""
    return Study.load("online_chain", {**STILL, "circuit.level": "transistor"})


def test_forward_signals_of_transistors_are_within_two_per_cent(chain: Study):
    assert forward(chain.compare()) <= 0.02


def test_error_signals_of_transistors_correlate(chain: Study):
    assert least_correlation(chain.compare()) >= 0.99


def test_the_fitted_macromodel_stays_near_the_transistors(chain: Study):
    macromodel = Study.load("online_chain", {**STILL, "circuit.level": "macromodel"})
    between = compare(chain.simulate().traces, macromodel.simulate().traces, macromodel.spec.compare)
    assert forward(between) <= 0.03


@pytest.mark.parametrize(
    "name, changes", [("online_chain", STILL), ("depth", DEEP_AND_SHORT)], ids=["online_chain", "depth"]
)
def test_a_macromodel_without_deviations_solves_the_equations(name: str, changes: dict):
    comparison = Study.load(name, {**changes, **NOTHING}).compare()
    assert forward(comparison) <= 0.002
    assert least_correlation(comparison) >= 0.99


@pytest.mark.skipif(not os.environ.get("PDK_ROOT"), reason=NO_KIT)
def test_transistors_of_a_design_kit_are_within_two_per_cent():
    comparison = Study.load(
        "online_chain", {**STILL, "circuit.level": "transistor", "circuit.process": "gf180mcu"}
    ).compare()
    assert forward(comparison) <= 0.02
    assert least_correlation(comparison) >= 0.99
