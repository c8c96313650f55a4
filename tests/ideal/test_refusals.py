"""Studies that the ideal cannot solve end in one clear message, soon."""

import importlib

import pytest

from vle_analog import InputError, Study


def refused(study: Study, match: str) -> None:
    with pytest.raises(InputError, match=match):
        study.ideal()


def test_a_singular_loop_is_refused():
    loop = {"network.projections.loop.weights": [[2, 0], [0, 2]], "network.projections.loop.plastic": False}
    refused(Study.load("recurrent_pair", loop), "algebraic loop has no solution|diverge")


def test_a_potential_beyond_all_numbers_is_refused():
    changes = {"network.populations.hidden.activation": "softplus", "network.populations.hidden.bias": 1000}
    refused(Study.load("two_layer", {**changes, "duration": 1}), "diverge|no solution|too stiff")


@pytest.mark.parametrize("change", [{"network.populations.hidden.tau_r": 1e-7}, {"network.beta": 1e8}])
def test_a_study_too_stiff_to_solve_is_refused(change: dict, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(importlib.import_module("vle_analog.ideal.compiled.engine"), "EVALUATIONS", 2000)
    refused(Study.load("online_chain", {**change, "duration": 0.1, "network.gamma": 0.0}), "too stiff")
