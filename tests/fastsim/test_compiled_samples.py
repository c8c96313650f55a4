"""Samples of a batch: whatever lanes, threads and order, the same bits; a bad one disturbs no other."""

import numpy as np
import pytest

from vle_analog.errors import InputError
from vle_analog.fastsim import CompiledRun

SAMPLES = 20
GRID = np.linspace(0.0, 0.5, 11)
PATHS = ("hidden_0.membrane.load", "readout_0.membrane.load", "hidden_0.error.load")


def _deviations(samples: int = SAMPLES) -> dict[tuple[str, str], np.ndarray]:
    draws = np.random.default_rng(1)
    return {(path, "vos"): draws.normal(0.0, 2e-3, samples) for path in PATHS}


def _run(circuit, deviations, samples=SAMPLES, **options) -> CompiledRun:
    return circuit.run(deviations, samples, 0.5, times=GRID, **{"threads": 1, **options})


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_lanes_and_threads_do_not_matter(dtype, compiled):
    circuit = compiled("online_chain", dtype=dtype)
    expected = _run(circuit, _deviations())

    for options in ({"lanes": 16}, {"lanes": 16, "threads": 2}, {"lanes": 64}):
        run = _run(circuit, _deviations(), **options)
        assert np.array_equal(run.values, expected.values), options
        assert np.array_equal(run.error, expected.error), options


def test_the_order_of_samples_does_not_matter(compiled):
    order = np.random.default_rng(2).permutation(SAMPLES)
    circuit = compiled("online_chain")
    mixed = _run(circuit, {key: value[order] for key, value in _deviations().items()})

    assert np.array_equal(mixed.values, _run(circuit, _deviations()).values[:, :, order])


def test_a_sample_without_a_solution_is_said_and_disturbs_no_other(compiled):
    circuit = compiled("online_chain")
    deviations = _deviations()
    bad = np.zeros(SAMPLES)
    expected = _run(circuit, {**deviations, (PATHS[0], "k"): bad})
    bad = bad.copy()
    bad[3] = -1.0  # an amplifier of no units
    run = _run(circuit, {**deviations, (PATHS[0], "k"): bad})

    assert run.status[3] in ("no operating point", "diverged")
    others = np.arange(SAMPLES) != 3
    assert set(np.array(run.status)[others]) == {"ok"}
    assert np.array_equal(run.values[:, :, others], expected.values[:, :, others])


def test_final_values_are_the_last_ones(compiled):
    circuit = compiled("online_chain")
    whole = _run(circuit, _deviations())
    weights = tuple(probe for probe in circuit.circuit.probes if probe.signal.kind == "W")
    rows = [k for k, probe in enumerate(circuit.circuit.probes) if probe in weights]
    part = _run(circuit, _deviations(), record=(), final=weights)

    assert part.values.shape == (0, len(GRID), SAMPLES)
    assert len(weights) > 0
    assert np.allclose(part.final, whole.values[rows, -1], rtol=1e-12)


def test_a_parameter_that_seldom_differs_does_the_same_as_others(compiled):
    circuit = compiled("online_chain")
    more = {**_deviations(), (PATHS[0], "k"): np.zeros(SAMPLES)}

    assert np.allclose(_run(circuit, more).values, _run(circuit, _deviations()).values, atol=1e-9)


def test_an_unknown_deviation_is_refused(compiled):
    with pytest.raises(InputError, match=r"hidden_0\.membrane\.load\.speed"):
        _run(compiled("online_chain"), {("hidden_0.membrane.load", "speed"): np.zeros(SAMPLES)})


@pytest.mark.parametrize("values", [np.zeros(3), np.full(SAMPLES, np.nan)])
def test_a_deviation_needs_a_number_for_every_sample(values, compiled):
    with pytest.raises(InputError, match="every sample"):
        _run(compiled("online_chain"), {(PATHS[0], "vos"): values})


@pytest.mark.parametrize("samples, duration, step", [(0, 1.0, 0.1), (1, 0.0, 0.1), (1, 1.0, -0.1)])
def test_a_run_that_cannot_be_is_refused(samples, duration, step, compiled):
    with pytest.raises(InputError):
        compiled("online_chain").run({}, samples, duration, times=np.zeros(1), step=step)


def test_times_outside_of_the_run_are_refused(compiled):
    with pytest.raises(InputError, match="times"):
        compiled("online_chain").run({}, 1, 1.0, times=np.array([0.0, 2.0]))
