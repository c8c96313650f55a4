"""Unstable loops are found with their growth rates; the equations with the poles do diverge, and so does ngspice."""

import numpy as np
import pytest

from tests.support.poled import Poled, chain, examined, fitted_rate, pair
from vle_analog import InputError, Study
from vle_analog.netlist import flat_vector
from vle_analog.simulator import Job, open_backend

# mu, tau_m/tau_r, nodes with a pole, its time constant, growth rate
UNSTABLE = {
    "one pole": (0.15 + 0.85j, 8, ["U", "h"], 1e-3, 193.0),
    "one pole, slower": (0.15 + 0.85j, 8, ["U", "h"], 5e-3, 33.0),
    "one pole, slow": (0.15 + 0.85j, 8, ["U", "h"], 2e-2, 3.0),
    "one pole on e": (0.15 + 0.85j, 8, ["U", "e"], 1e-3, 200.0),
    "two poles": (0.05 + 0.3j, 8, ["U", "h", "B"], 2e-3, 91.0),
    "two poles, faster": (0.05 + 0.3j, 8, ["U", "h", "B"], 1e-3, 186.1),
    "two poles, one on e": (0.05 + 0.3j, 8, ["U", "h", "e"], 1e-3, 189.6),
    "three poles": (-0.9, 10, ["U", "h", "B", "B"], 1e-3, 37.0),
}
STABLE = {
    "smaller mu": (0.1 + 0.4j, 8, ["U", "h"], 1e-3),
    "smaller lead": (0.15 + 0.85j, 4, ["U", "h"], 1e-3),
    "two poles": (0.05 + 0.3j, 4, ["U", "h", "B"], 1e-3),
    "three poles": (-0.7, 10, ["U", "h", "B", "B"], 1e-3),
}


@pytest.mark.parametrize("case", UNSTABLE)
def test_unstable_error_loop_is_found_with_its_growth_rate(case):
    mu, lead, nodes, pole, rate = UNSTABLE[case]
    worst = examined(pair(mu, lead, nodes, pole)).findings[0]
    assert worst.verdict == "unstable"
    assert worst.loop.kind == "error"
    assert worst.rightmost.real == pytest.approx(rate, rel=0.02)


@pytest.mark.parametrize("case", UNSTABLE)
def test_the_equations_with_the_poles_diverge_at_that_rate(case):
    mu, lead, nodes, pole, _ = UNSTABLE[case]
    document = pair(mu, lead, nodes, pole)
    rate = examined(document).findings[0].rightmost.real
    time, size = Poled(Study.from_document(document).spec.network, nodes, pole).run(9.0 / rate)
    assert size[-1] > 100 * size[0]
    assert fitted_rate(time, size) == pytest.approx(rate, rel=0.04)


@pytest.mark.parametrize("case", STABLE)
def test_stable_counterparts_pass_and_stay_bounded(case):
    mu, lead, nodes, pole = STABLE[case]
    document = pair(mu, lead, nodes, pole)
    assert examined(document).verdict == "stable"
    _, size = Poled(Study.from_document(document).spec.network, nodes, pole).run(0.5)
    assert size.max() < 100 * size[0]
    assert size[-1] < size[0]


def amplitudes(document, tmax):
    """|e| of the first neuron in ngspice, in model units, at the times it chose."""
    changes = {"simulate": {"unstable": "warn", "tmax": tmax, "points": 201}}
    study = Study.from_document(document | changes)
    circuit = study.circuit()
    with open_backend() as backend:
        result = backend.run(Job(study.deck(), 120.0))
    probe = next(p for p in circuit.probes if str(p.signal) == "pair.e[0]")
    return result.time / circuit.units.time, np.abs(probe.scale * result.vectors[flat_vector(probe)])


@pytest.mark.parametrize(
    "case, duration, tmax", [("one pole", 0.06, 4e-5), ("two poles", 0.12, 5e-4), ("three poles", 0.3, 1e-4)]
)
def test_ngspice_diverges_too(case, duration, tmax):
    mu, lead, nodes, pole, rate = UNSTABLE[case]
    time, size = amplitudes(pair(mu, lead, nodes, pole, drive=0.01, duration=duration), tmax)
    first, last = (size[(time > a * duration) & (time <= (a + 0.1) * duration)].max() for a in (0.4, 0.9))
    assert last > 50 * first
    assert np.log(last / first) == pytest.approx(0.5 * rate * duration, rel=0.25)


@pytest.mark.parametrize("case, duration, tmax", [("smaller lead", 0.06, 4e-5), ("three poles", 0.3, 1e-4)])
def test_ngspice_stays_bounded_where_the_analysis_says_so(case, duration, tmax):
    time, size = amplitudes(pair(*STABLE[case], drive=0.01, duration=duration), tmax)
    first, last = (size[(time > a * duration) & (time <= (a + 0.1) * duration)].max() for a in (0.0, 0.9))
    assert last < 2 * first
    assert size.max() < 0.5


def test_simulate_and_compare_refuse_and_say_everything():
    study = Study.from_document(pair(0.15 + 0.85j, 8, ["h"], 1e-3))
    for step in (study.simulate, study.compare):
        with pytest.raises(InputError) as refused:
            step()
        text = str(refused.value)
        for said in (
            "error loop of pair",
            "along ring",
            "+193 + 6801i",
            "model time",
            "pair[0]",
            "tau_m / tau_r at most",
        ):
            assert said in text
    assert study.netlist()  # a netlist is written all the same


def test_an_instantaneous_forward_loop_of_gain_above_one_is_refused():
    document = pair(1.5, 1, ["U", "h", "e"], 0.0, activation="linear", beta=0.0)
    with pytest.raises(InputError, match=r"forward loop of pair.*is unstable") as refused:
        Study.from_document(document).simulate()
    assert "+500" in str(refused.value)
    assert "assumed poles of 0.001" in str(refused.value)
    assert examined(pair(0.6, 1, ["U", "h", "e"], 0.0, activation="linear")).verdict == "stable"


def test_dynamics_that_the_forward_network_has_of_its_own_are_no_reason_to_refuse():
    found = examined(pair(1.5, 5, ["U", "h", "e"], 1e-3, beta=0.0))  # two stable states, unstable between them
    forward = next(f for f in found.findings if f.loop.kind == "forward")
    assert forward.rightmost.real == pytest.approx(0.5 / (1 - 1.5 / 5), rel=0.02)
    assert forward.growth < 1
    assert forward.own_growth > 10
    assert forward.verdict == "warning"


def test_a_slow_error_pole_is_refused_where_it_has_the_time_to_grow():
    # -(1 - mu)/(tau_r - mu tau_m) = +4 for mu = 0.6, R = 2
    found = examined(pair(0.6, 2, ["U", "h", "e"], 1e-3)).findings[0]
    assert found.verdict == "unstable"
    assert found.loop.kind == "error"


@pytest.mark.parametrize(
    "nodes, limit", [(["U", "h", "e"], 8.0), (["U", "h", "B", "e"], 4.0), (["U", "h", "B", "B", "B", "e"], 2.37)]
)
def test_nudging_one_neuron_is_stable_up_to_the_secant(nodes, limit):
    """K = gamma beta < sec^n(pi/n) with n equal poles in a row."""
    assert limit == pytest.approx(np.cos(np.pi / len(nodes)) ** -len(nodes), rel=1e-3)
    for part, verdict in ((0.97, "stable"), (1.03, "unstable")):
        document = chain(0.0, part * limit, nodes, 1e-3, tau=(1.0, 1.0, 1.0, 1.0))
        found = examined(document).findings[0]
        assert found.loop.kind == "nudging"
        assert found.loop.populations == ("readout",)
        assert found.verdict == verdict
        time, size = Poled(Study.from_document(document).spec.network, nodes, 1e-3).run(0.3)
        assert fitted_rate(time, size) == pytest.approx(found.rightmost.real, rel=0.05, abs=0.2)


def test_the_detour_through_a_hidden_neuron_passes_more_poles():
    """With y = (1 + p tau_p)^3 the loop of a chain of wires is y^2 + k y + k w^2 = 0, k = gamma beta."""
    weight, pole = 0.8, 1e-3
    for k in (2.0, 4.0, 6.0):
        cubes = np.roots([1.0, k, k * weight**2]).astype(complex)
        thirds = [c ** (1 / 3) * np.exp(2j * np.pi * m / 3) for c in cubes for m in range(3)]
        wanted = max((z - 1).real for z in thirds) / pole
        found = examined(chain(weight, k, ["U", "h", "e"], pole, tau=(1.0, 1.0, 0.5, 0.5))).findings[0]
        assert found.rightmost.real == pytest.approx(wanted, rel=1e-6)
        assert found.verdict == ("unstable" if wanted > 0 else "stable")
