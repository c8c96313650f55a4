"""How a compiled solution ends: at the end, or early and with a reason; and that it can be interrupted."""

import signal
import threading
import time

import numpy as np
import pytest

from vle_analog import InputError, Study
from vle_analog.ideal.compiled import CompiledNetwork
from vle_analog.ideal.compiled.channels import stops
from vle_analog.network.stimuli import Samples


def engine_of(name, **changes):
    study = Study.load(name, changes)
    return CompiledNetwork(study.spec.network, study.target)


def test_the_error_falls_with_the_tolerance():
    engine = engine_of("wide")
    grid, end = np.array([0.0, 4.0]), np.array([4.0])
    exact = engine.solve(engine.initial(), end, grid, 1e-12).states[:, -1]
    errors = [
        np.abs(engine.solve(engine.initial(), end, grid, rtol).states[:, -1] - exact).max() for rtol in (1e-4, 1e-7)
    ]
    assert errors[0] > 30 * errors[1] > 0


@pytest.mark.parametrize("method", ["DOP853", "RK45"])
def test_the_points_of_the_grid_do_not_change_the_solution(method: str):
    engine = engine_of("two_layer")
    kinks = stops(engine.channels, 2.0)
    coarse, fine = (
        engine.solve(engine.initial(), kinks, np.linspace(0, 2, points), 1e-11, method=method).states
        for points in (5, 401)
    )
    assert np.abs(coarse - fine[:, ::100]).max() < 1e-10


def test_a_state_that_leaves_its_range_ends_the_solution():
    engine = engine_of("wide")
    high = np.full(engine.states, np.inf)
    high[0] = 0.1
    outcome = engine.solve(engine.initial(), np.array([20.0]), np.linspace(0, 20, 101), high=high)
    assert outcome.status == "range"
    assert outcome.worst == 0
    assert outcome.value > 0.1
    assert outcome.reached == np.count_nonzero(np.linspace(0, 20, 101) <= outcome.time)
    assert (outcome.states[0] <= 0.1).all()


def test_a_budget_that_is_spent_ends_the_solution():
    engine = engine_of("wide")
    outcome = engine.solve(engine.initial(), np.array([20.0]), np.array([0.0, 20.0]), evaluations=500)
    assert outcome.status == "stiff"
    assert 0 < outcome.time < 20


def test_growth_without_bound_ends_the_solution():
    shipped = Study.load("recurrent_pair").spec.document
    pair = shipped["network"]["populations"]["pair"] | {"activation": "linear", "tau_r": 0.01}
    loop = {"source": "pair", "target": "pair", "weights": [[0.0, 5.0], [5.0, 0.0]]}
    projections = {"drive_pair": shipped["network"]["projections"]["drive_pair"], "loop": loop}
    study = Study.from_document(
        {
            "duration": 300.0,
            "network": shipped["network"] | {"populations": {"pair": pair}, "projections": projections},
            "stimuli": shipped["stimuli"],
            "target": {"kind": "sines", "channels": [[], []]},
        }
    )
    engine = CompiledNetwork(study.spec.network, study.target)
    grid = np.linspace(0, 300, 301)
    outcome = engine.solve(engine.initial(), np.array([300.0]), grid)
    assert outcome.status in ("diverged", "loop", "stiff")
    assert outcome.reached < len(grid)
    assert np.isfinite(outcome.states).all()


def test_a_singular_loop_is_said_to_have_no_solution():
    changes = {"network.projections.loop.weights": [[1.0, 0.0], [0.0, 1.0]], "network.projections.loop.plastic": False}
    changes |= {"network.populations.pair.activation": "linear", "network.populations.pair.tau_r": 1.0}
    changes |= {"network.populations.pair.tau_m": 1.0}
    engine = engine_of("recurrent_pair", **changes)
    with pytest.raises(InputError, match="no solution"):
        engine.derivative(0.3, engine.initial())
    outcome = engine.solve(engine.initial(), np.array([1.0]), np.array([0.0, 1.0]))
    assert outcome.status == "loop"


def test_progress_rises_to_one():
    engine, seen = engine_of("wide"), []
    engine.solve(engine.initial(), np.array([40.0]), np.array([0.0, 40.0]), progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_an_interrupt_gets_through():
    engine = engine_of("wide")
    engine.derivative(0.0, engine.initial())
    begun: list[float] = []

    def strike(_):
        if not begun:
            begun.append(time.perf_counter())
            threading.Timer(0.1, signal.raise_signal, (signal.SIGINT,)).start()

    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job is born deaf to it
    try:
        with pytest.raises(KeyboardInterrupt):
            engine.solve(engine.initial(), np.array([1e7]), np.array([0.0, 1e7]), progress=strike, evaluations=np.inf)
    finally:
        signal.signal(signal.SIGINT, before)
    assert time.perf_counter() - begun[0] < 5  # a second where nobody else computes


def test_slopes_of_sampled_targets_are_those_of_their_piece():
    # a cost of the membrane potential hears the slope of its target, which jumps where samples meet
    study = Study.load("two_layer", {"duration": 2.0, "network.cost": "membrane"})
    times = np.linspace(0.0, 2.0, 9)
    target = Samples(times, np.sin(3 * times)[:, None] * np.ones(study.target.size))
    engine = CompiledNetwork(study.spec.network, target)
    kinks = stops(engine.channels, 2.0)
    grid = np.linspace(0.0, 2.0, 5)
    loose, tight = (engine.solve(engine.initial(), kinks, grid, rtol) for rtol in (1e-8, 1e-12))
    assert np.abs(loose.states - tight.states).max() < 1e-7
    assert tight.evaluations < 10_000  # a slope from the wrong side would make the steps tiny


def test_the_exact_error_is_refused():
    study = Study.load("wide", {"network.plasticity": False})
    from dataclasses import replace

    with pytest.raises(InputError, match="forwards in time"):
        CompiledNetwork(replace(study.spec.network, rule="adjoint"), study.target)
