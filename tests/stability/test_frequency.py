"""Frequency responses: local against exact, and against the equations integrated at one frequency."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from tests.support.poled import chain, pair
from vle_analog import Study


@pytest.fixture(scope="module")
def layered():
    return Study.load("two_layer", {"duration": 2.0}).analyse().response


def test_local_and_exact_error_have_one_phase_and_gains_apart_by_g(layered):
    study = Study.load("two_layer", {"duration": 2.0})
    tau_m, tau_r = (
        np.concatenate([getattr(p, key) for p in study.spec.network.populations])[:, None] for key in ("tau_m", "tau_r")
    )
    omega = layered.omega
    g = (1 + omega**2 * tau_m**2) / (1 + omega**2 * tau_r**2)
    assert np.max(np.abs(layered.response.phase_difference)) < 1e-12
    assert layered.response.gain_ratio == pytest.approx(g, rel=1e-12)
    forward = (1 + 1j * omega * tau_r) / (1 + 1j * omega * tau_m)
    assert np.allclose(layered.response.forward, forward, rtol=1e-12)
    assert np.allclose(layered.response.local, 1 / forward, rtol=1e-12)
    assert np.allclose(layered.response.exact, np.conj(forward), rtol=1e-12)


def test_formulas_are_printed_from_the_theory(layered):
    assert layered.formulas["forward"] == "(p*tau_r + 1)/(p*tau_m + 1)"
    assert layered.formulas["local"] == "(p*tau_m + 1)/(p*tau_r + 1)"


def test_error_of_a_rule_without_memory_answers_at_once():
    response = Study.load("two_layer", {"duration": 2.0, "network.rule": "le"}).analyse().response
    assert np.all(response.response.local == 1.0)
    assert np.max(np.abs(response.response.phase_difference)) > 0.3


def test_gain_correction_brings_one_frequency_to_the_exact_gain():
    response = Study.load("two_layer", {"duration": 2.0, "network.gain_correction": 1.3}).analyse().response
    ratio = [np.interp(1.3, response.omega, row) for row in response.response.gain_ratio]
    assert ratio == pytest.approx([1.0] * 4, abs=2e-3)
    assert np.max(np.abs(response.response.phase_difference)) < 1e-12


def test_path_of_a_chain_is_the_product_of_its_neurons():
    response = Study.from_document(chain(0.8, 0.0, ["h"], 1e-3) | {"duration": 1.0}).analyse().response
    assert response.paths == {}  # without nudging no error arrives
    response = Study.from_document(chain(0.8, 0.5, ["h"], 1e-3) | {"duration": 1.0}).analyse().response
    hidden, readout = response.response.local
    assert np.allclose(response.paths["hidden"].local, 0.5 * 0.8 * hidden * readout, rtol=1e-10)
    assert np.max(response.paths["hidden"].largest_difference) < 1e-12


def test_paths_of_unlike_neurons_differ_in_phase():
    """Two output neurons in a ring: what returns to one through the other has another gain ratio."""
    document = pair(0.1 + 0.4j, 2, ["h"], 1e-3)
    document["network"]["populations"]["pair"] |= {"tau_m": [1.0, 0.4]}
    path = Study.from_document(document).analyse().response.paths["pair"]
    assert 0.01 < np.max(path.largest_difference) < np.pi


def test_path_is_what_the_equations_do_at_that_frequency():
    """v of both neurons integrated with a sine as error of the output; amplitude and phase read off."""
    study = Study.from_document(chain(0.8, 0.5, ["h"], 1e-3, tau=(1.0, 0.25, 0.6, 0.3)) | {"duration": 1.0})
    path = study.analyse().response.paths["hidden"]
    k = len(path.local) // 2
    omega = study.analyse().response.omega[k]

    def errors(t, v):
        out = 2.0 * 0.5 * np.exp(1j * omega * t) + (1 - 2.0) * v[1]
        return 4.0 * 0.8 * out + (1 - 4.0) * v[0], out

    def change(t, v):
        _, out = errors(t, v)
        return [(0.8 * out - v[0]) / 0.25, (0.5 * np.exp(1j * omega * t) - v[1]) / 0.3]

    end = 12.0
    found = solve_ivp(change, (0, end), np.zeros(2, complex), rtol=1e-9, atol=1e-12)
    hidden, _ = errors(end, found.y[:, -1])
    assert hidden / np.exp(1j * omega * end) == pytest.approx(path.local[k], rel=1e-6)
