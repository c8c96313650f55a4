"""Time constants that are voltages, and errors corrected in their gain: cells, element values, units, messages."""

import numpy as np
import pytest

from tests.support.learning_studies import PLASTIC, document, placed
from vle_analog import InputError, Study
from vle_analog.theory.local import gain_correction


@pytest.fixture(scope="module")
def study():
    return Study.from_document(document(hidden=PLASTIC, readout={"tau_r_plastic": True, "tau_r_eta": 0.2}))


@pytest.fixture(scope="module")
def parts(study):
    return placed(study.circuit())


NEURONS = [("hidden", 0), ("hidden", 1), ("readout", 0)]


@pytest.mark.parametrize("owner, k", NEURONS)
def test_stored_voltages_give_the_time_constants(study, parts, owner, k):
    population, units = study.spec.network.population(owner), study.circuit().units
    neuron = parts[f"{owner}_{k}"]
    (membrane, p), (error, q) = neuron["membrane"], neuron["error"]
    assert (membrane, error) == ("membrane_plastic", "error_plastic")
    for part, wanted in (("tau_m", population.tau_m[k]), ("tau_r", population.tau_r[k])):
        volts = neuron[part][1]["t0"]
        assert volts == pytest.approx(wanted * units.tau, rel=1e-12)
        assert p["c"] / p["gu"] * volts / p["vm"] == pytest.approx(wanted * units.time, rel=1e-12)
        assert q["c"] / q["gv"] * volts / q["vr"] == pytest.approx(wanted * units.time, rel=1e-12)


@pytest.mark.parametrize("owner, k", NEURONS)
def test_time_constants_learn_at_the_rate_of_their_law(study, parts, owner, k):
    """With e = B = 1 and u' = 1 per model time, in volts: dtau_m/dt = -eta, dtau_r/dt = eta."""
    population, units, neuron = study.spec.network.population(owner), study.circuit().units, parts[f"{owner}_{k}"]
    membrane = neuron["membrane"][1]
    slope = membrane["c"] / membrane["gu"] * units.potential / units.time  # volts of d
    for name, sign in (("tau_m", -1), ("tau_r", 1)):
        if not getattr(population, f"{name}_plastic"):
            assert neuron[name][0] == "time_constant_fixed"
            assert f"{name}_update" not in neuron
            continue
        cell, stored = neuron[name]
        assert cell == "time_constant"
        rate = neuron[f"{name}_update"][1]["g"] * units.error * slope / stored["c"]
        eta = getattr(population, f"{name}_eta")
        assert rate * units.time / units.tau == pytest.approx(sign * eta, rel=1e-12)


def test_only_what_learns_is_probed(study):
    kinds = {str(p.signal) for p in study.circuit().probes if p.signal.kind in ("tau_m", "tau_r")}
    hidden = {f"hidden.{kind}[{k}]" for kind in ("tau_m", "tau_r") for k in range(2)}
    assert kinds == hidden | {"readout.tau_r[0]"}


@pytest.mark.parametrize("rule", ["le", "backprop"])
def test_an_error_without_memory_has_its_B_as_a_voltage(rule):
    neuron = placed(Study.from_document(document(hidden=PLASTIC, rule=rule)).circuit())["hidden_0"]
    assert neuron["membrane"][0] == "membrane_plastic"
    assert neuron["error"][0] == "error_copy"


def test_frozen_plasticity_stores_no_time_constant():
    circuit = Study.from_document(document(hidden=PLASTIC, plasticity=False)).circuit()
    assert not {"membrane_plastic", "time_constant", "time_constant_update"} & set(circuit.count())
    assert circuit.units.tau == 0


def test_unit_of_time_constants_is_that_of_the_study_or_fits():
    given = document(hidden=PLASTIC) | {"circuit": {"tau_unit": 0.05}}
    circuit = Study.from_document(given).circuit()
    assert circuit.units.tau == 0.05
    peaks = {h.kind: h.peak for h in circuit.headroom if h.owner == "hidden"}
    assert peaks["tau_m"] == pytest.approx(0.05, rel=0.05)
    auto = Study.from_document(document(hidden=PLASTIC)).circuit()
    used = max(h.used for h in auto.headroom if h.kind in ("tau_m", "tau_r"))
    assert 0.05 < used <= 0.25
    with pytest.raises(InputError, match=r"(?s)hidden\.tau_m goes beyond the swing.*set circuit\.tau_unit ="):
        Study.from_document(document(hidden=PLASTIC) | {"circuit": {"tau_unit": 5.0}}).circuit()


def test_slope_of_the_potential_must_fit_too():
    """u' of a fast neuron is large: the peak of its node is that of the ideal's, in units of potential per tau_m."""
    study = Study.from_document(document(hidden=PLASTIC))
    ideal = study.ideal()
    slope = max(np.abs(np.gradient(ideal[f"hidden.u[{k}]"], ideal.time)).max() * (1.0, 0.7)[k] for k in range(2))
    (head,) = [h for h in study.circuit().headroom if (h.owner, h.kind) == ("hidden", "u'")]
    assert head.peak / study.circuit().units.potential == pytest.approx(slope, rel=0.05)


def test_a_time_constant_that_leaves_its_range_is_said_before_anything_is_built():
    narrow = PLASTIC | {"tau_range": [0.1, 1.01]}
    with pytest.raises(InputError, match=r"hidden\.tau_m\[\d\] leaves its range by learning at model time"):
        Study.from_document(document(hidden=narrow | {"tau_m_eta": 3.0})).circuit()


@pytest.mark.parametrize("owner, k", NEURONS)
def test_gain_of_the_error_is_a_change_of_conductances(owner, k):
    plain, corrected = (
        placed(Study.from_document(document(**changes)).circuit())[f"{owner}_{k}"]
        for changes in ({}, {"gain_correction": 1.5})
    )
    population = Study.from_document(document()).spec.network.population(owner)
    symbols = {"tau_m": population.tau_m[k], "tau_r": population.tau_r[k], "omega": 1.5}
    formula = gain_correction()
    gain = float(formula.subs({s: symbols[str(s)] for s in formula.free_symbols}))
    assert gain != pytest.approx(1.0, abs=0.1)
    before, after = plain["error"][1], corrected["error"][1]
    back = "gb" if population.tau_m[k] > population.tau_r[k] else "gl"  # of an error that leads, or lags
    for key in ("g", back):
        assert after[key] * gain == pytest.approx(before[key], rel=1e-12)
    assert (after["c"], after["gv"]) == (before["c"], before["gv"])
    for part in plain:
        if part != "error":
            assert corrected[part] == plain[part]
