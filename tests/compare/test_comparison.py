"""NRMSE, delay and verdict on traces made by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vle_analog import InputError, Study
from vle_analog.compare import compare, loss
from vle_analog.compare.comparison import GROUP_OF_KIND, correlation, delay
from vle_analog.compare.loss import learning
from vle_analog.network import KINDS, Signal, Traces
from vle_analog.study import Bounds, CompareSettings


def traces(time, **rows):
    """Traces of one population; `U0 = ...` is the row of `pop.U[0]`."""
    signals = tuple(Signal("pop", name[0], (int(name[1:]),)) for name in rows)
    return Traces(time, signals, np.array([np.broadcast_to(row, time.shape) for row in rows.values()], dtype=float))


TIME = np.linspace(0.0, 10.0, 101)


def test_nrmse_divides_by_the_range_of_all_signals_of_the_kind():
    ideal = traces(TIME, U0=np.linspace(0, 1, 101), U1=np.linspace(-3, 0, 101), r0=np.linspace(0, 2, 101))
    circuit = traces(TIME, U0=ideal["pop.U[0]"] + 0.02, U1=ideal["pop.U[1]"], r0=ideal["pop.r[0]"] + 0.02)
    first, second, third = compare(ideal, circuit, CompareSettings()).signals
    assert first.nrmse == pytest.approx(0.02 / 4)  # from -3 to 1
    assert second.nrmse == 0.0
    assert third.nrmse == pytest.approx(0.02 / 2)
    assert first.max_abs == pytest.approx(0.02)
    assert first.final == pytest.approx((1.0, 1.02))


def test_nrmse_is_the_root_of_the_mean_square():
    ideal = traces(TIME, U0=np.linspace(0, 1, 101))
    error = np.where(np.arange(101) == 50, 0.3, 0.0)
    (signal,) = compare(ideal, traces(TIME, U0=ideal["pop.U[0]"] + error), CompareSettings()).signals
    assert signal.nrmse == pytest.approx(0.3 / np.sqrt(101))
    assert signal.max_abs == pytest.approx(0.3)


@pytest.mark.parametrize("floor", [1e-3, 0.5])
def test_the_floor_is_the_least_that_errors_are_divided_by(floor):
    ideal = traces(TIME, U0=0.7)
    (signal,) = compare(ideal, traces(TIME, U0=0.7001), CompareSettings(floor=floor)).signals
    assert signal.nrmse == pytest.approx(1e-4 / floor)


def test_kinds_and_owners_have_ranges_of_their_own():
    a, b = Signal("one", "U", (0,)), Signal("two", "U", (0,))
    ideal = Traces(TIME, (a, b), np.stack([np.linspace(0, 1, 101), np.linspace(0, 10, 101)]))
    circuit = Traces(TIME, (a, b), ideal.values + 0.1)
    assert [s.nrmse for s in compare(ideal, circuit, CompareSettings()).signals] == pytest.approx([0.1, 0.01])


@pytest.mark.parametrize("kind", KINDS)
def test_a_signal_beyond_the_bound_of_its_group_fails(kind):
    learned = dict.fromkeys(("W", "b", "tau_m", "tau_r", "F"), "weights")
    group = ({"u": "forward", "U": "forward", "r": "forward"} | learned).get(kind, "error")
    assert GROUP_OF_KIND[kind] == group
    signal = Signal("owner", kind, (0, 0) if kind == "W" else (0,))
    ideal = Traces(TIME, (signal,), np.linspace(0, 1, 101)[None])
    circuit = Traces(TIME, (signal,), ideal.values + 0.01)
    loose = {"forward": 1.0, "error": 1.0, "weights": 1.0}
    assert compare(ideal, circuit, CompareSettings(Bounds(**loose | {group: 0.0101}))).passed
    failed = compare(ideal, circuit, CompareSettings(Bounds(**loose | {group: 0.0099})))
    assert not failed.passed
    assert failed.worst.signal == signal
    assert not failed.signals[0].passed
    assert "outside bounds" in repr(failed)
    assert "FAIL" in failed._repr_html_()


def test_one_signal_beyond_its_bound_fails_the_whole():
    ideal = traces(TIME, U0=np.linspace(0, 1, 101), e0=np.linspace(0, 1, 101))
    circuit = traces(TIME, U0=ideal["pop.U[0]"] + 5e-4, e0=ideal["pop.e[0]"] + 2e-3)
    comparison = compare(ideal, circuit, CompareSettings())
    assert not comparison.passed
    assert [s.passed for s in comparison.signals] == [True, False]
    assert comparison.worst_nrmse == pytest.approx(2e-3)


def test_worst_is_the_signal_that_is_nearest_to_its_bound():
    ideal = traces(TIME, U0=np.linspace(0, 1, 101), e0=np.linspace(0, 1, 101))
    circuit = traces(TIME, U0=ideal["pop.U[0]"] + 2e-3, e0=ideal["pop.e[0]"] + 1e-3)
    comparison = compare(ideal, circuit, CompareSettings(Bounds(forward=1.0, error=2e-3)))
    assert str(comparison.worst.signal) == "pop.e[0]"
    assert comparison.worst_nrmse == pytest.approx(2e-3)


def test_the_worst_of_a_kind_stands_for_it():
    ideal = traces(TIME, U0=np.linspace(0, 1, 101), U1=np.linspace(0, 1, 101), r0=np.linspace(0, 1, 101))
    circuit = Traces(TIME, ideal.signals, ideal.values + np.array([[1e-4], [3e-4], [2e-4]]))
    worst = compare(ideal, circuit, CompareSettings()).worst_of_kinds()
    assert [str(s.signal) for s in worst] == ["pop.U[1]", "pop.r[0]"]


def test_different_grids_are_refused():
    with pytest.raises(InputError, match="time grid"):
        compare(traces(TIME, U0=TIME), traces(TIME + 1e-9, U0=TIME), CompareSettings())


def test_a_signal_that_the_ideal_lacks_is_refused():
    with pytest.raises(InputError, match=r"pop\.r\[0\]"):
        compare(traces(TIME, U0=TIME), traces(TIME, r0=TIME), CompareSettings())


def test_signals_that_only_the_ideal_has_are_left_out():
    ideal = traces(TIME, U0=TIME, r0=TIME)
    comparison = compare(ideal, traces(TIME, U0=TIME), CompareSettings())
    assert [str(s.signal) for s in comparison.signals] == ["pop.U[0]"]


def wave(time):
    return np.sin(1.3 * time) + 0.4 * np.sin(3.1 * time + 0.3)


@pytest.mark.parametrize("shift", [1e-5, -1e-4, 1e-3, 0.013, -0.05, 0.2, 0.7, -0.7, 1.5])
def test_delay_recovers_a_shift(shift):
    time = np.linspace(0.0, 40.0, 4001)
    assert delay(time, wave(time), wave(time - shift)) == pytest.approx(shift, rel=0.02, abs=1e-6)


@given(st.floats(-0.004, 0.004), st.floats(-0.3, 0.3))
def test_delay_does_not_mind_an_offset(shift, offset):
    time = np.linspace(0.0, 40.0, 4001)
    whole = time[-1] - time[0]
    assert abs(delay(time, wave(time), wave(time - shift)) - shift) < 1e-4
    # an offset correlates with the slope only as far as the wave does not end where it began
    ends = abs(wave(time)[-1] - wave(time)[0])
    got = delay(time, wave(time), wave(time - shift) + offset)
    assert abs(got - shift) <= 1e-4 + abs(offset) * ends / whole


def test_delay_of_a_constant_is_zero():
    assert delay(TIME, np.full(101, 0.3), np.full(101, 0.4)) == 0.0


def test_delay_of_equal_signals_is_zero():
    assert delay(TIME, wave(TIME), wave(TIME)) == 0.0


def one(wanted, measured, settings=None):
    """The comparison of one signal."""
    ideal, circuit = traces(TIME, e0=wanted), traces(TIME, e0=measured)
    return compare(ideal, circuit, settings or CompareSettings()).signals[0]


@given(st.floats(-5, 5), st.floats(-2, 2).filter(lambda gain: abs(gain) > 1e-3))
def test_a_gain_and_an_offset_leave_the_size_of_the_correlation_at_one(offset, gain):
    wanted = wave(TIME)
    found = one(wanted, gain * wanted + offset)
    assert found.correlation == pytest.approx(np.sign(gain), abs=1e-9)
    assert found.offset == pytest.approx(offset + (gain - 1) * wanted.mean(), abs=1e-9)
    assert found.nrmse_no_offset == pytest.approx(abs(gain - 1) * wanted.std() / np.ptp(wanted), abs=1e-9)
    assert found.nrmse**2 == pytest.approx(found.nrmse_no_offset**2 + (found.offset / np.ptp(wanted)) ** 2, abs=1e-9)


def test_correlation_of_two_sines_is_the_cosine_of_their_phase():
    time = np.linspace(0, 2 * np.pi, 4001)[:-1]
    for phase in (0.3, 1.2, np.pi / 2, 2.5):
        assert correlation(np.sin(time), 3 * np.sin(time + phase) - 7) == pytest.approx(np.cos(phase), abs=1e-12)


@pytest.mark.parametrize("size", [1e-150, 1.0, 1e150])
def test_correlation_of_any_size_is_a_number(size):
    assert correlation(wave(TIME), size * wave(TIME)) in (0.0, pytest.approx(1.0))


@pytest.mark.parametrize("wanted", [0.0, 0.7, 0.7 + 1e-12 * wave(TIME)])
def test_what_stands_still_has_no_correlation(wanted):
    assert one(wanted, wave(TIME)).correlation is None


def test_a_circuit_that_stands_still_says_nothing_of_an_ideal_that_moves():
    assert one(wave(TIME), 0.3).correlation == 0.0


def test_a_pure_offset_vanishes_without_it():
    found = one(wave(TIME), wave(TIME) + 0.25)
    assert found.nrmse_no_offset == pytest.approx(0.0, abs=1e-12)
    assert found.offset == pytest.approx(0.25)
    assert found.nrmse == pytest.approx(0.25 / np.ptp(wave(TIME)))


def test_the_plain_equations_have_a_number_and_a_range_of_their_own():
    bounded, plain = traces(TIME, e0=np.linspace(0, 1, 101)), traces(TIME, e0=np.linspace(0, 2, 101))
    circuit = traces(TIME, e0=bounded["pop.e[0]"] + 0.1)
    (with_plain,) = compare(bounded, circuit, CompareSettings(), plain=plain).signals
    assert with_plain.nrmse == pytest.approx(0.1)
    missed = np.linspace(0, 1, 101) - 0.1
    assert with_plain.nrmse_plain == pytest.approx(np.sqrt(np.mean(missed**2)) / 2)
    (without,) = compare(bounded, circuit, CompareSettings()).signals
    assert without.nrmse_plain is None
    with pytest.raises(InputError, match="time grid"):
        compare(bounded, circuit, CompareSettings(), plain=traces(TIME[:-1], e0=0.0))


def test_losses_at_both_ends_of_an_exponential():
    study = Study.load("online_chain", {"duration": 100.0})
    time = np.linspace(0.0, 100.0, 20_001)
    gap = np.exp(-time / 20)
    network, target = study.spec.network, study.target
    rate = target(time)[0] - np.sqrt(2) * gap
    signal = Signal("readout", "r", (0,))
    run = Traces(time, (signal,), rate[None])
    found = learning(run, network, target)
    # loss = exp(-t/10): its means over [0, 10] and [83.3, 100]
    assert found.first == pytest.approx(1 - np.exp(-1), rel=1e-3)
    assert found.last == pytest.approx(0.6 * (np.exp(-100 / 12) - np.exp(-10)), rel=1e-3)
    assert found.ratio == pytest.approx(found.first / found.last)
    both = compare(run, run, CompareSettings(), taught=(network, target))
    assert both.learning == (found, found)
    still = Study.load("online_chain", {"network.plasticity": False}).spec.network
    assert compare(run, run, CompareSettings(), taught=(still, target)).learning is None
    perfect = Traces(time, (signal,), target(time))
    assert learning(perfect, network, target).ratio is None


def test_a_cost_of_the_membrane_potential_is_its_loss():
    study = Study.load("online_chain", {"duration": 5.0, "network.cost": "membrane"})
    ideal, target = study.ideal(), study.target
    expected = 0.5 * (target(ideal.time)[0] - ideal["readout.u[0]"]) ** 2
    assert loss(ideal, study.spec.network, target) == pytest.approx(expected, abs=1e-15)
