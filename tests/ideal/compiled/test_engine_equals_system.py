"""The compiled equations against NumPy's, on shipped studies and on random networks of every kind."""

import numpy as np
import pytest
from hypothesis import given, settings
from scipy.integrate import DOP853

from tests.support.random_engine_networks import documents
from vle_analog import Study
from vle_analog.ideal.compiled import CompiledNetwork
from vle_analog.ideal.compiled.channels import stops
from vle_analog.ideal.system import System
from vle_analog.resources import shipped_studies

AGREEMENT = 1e-9


def both(study):
    network, target = study.spec.network, study.target
    return CompiledNetwork(network, target), System(network, target)


def by_scipy(system, state, kinks, grid):
    """The same equations solved by SciPy, from kink to kink."""
    columns = [state]
    begin = 0.0
    for end in kinks:
        wanted = grid[(grid > begin) & (grid <= end)]
        solver = DOP853(system.derivative, begin, state, end, rtol=1e-11, atol=1e-13)
        while solver.status == "running":
            solver.step()
            inside = wanted[(wanted > solver.t_old) & (wanted <= solver.t)]
            if len(inside):
                columns += list(solver.dense_output()(inside).T)
        state, begin = solver.y, end
    return np.array(columns).T


@pytest.mark.parametrize("name", list(shipped_studies()))
def test_shipped_studies_have_the_same_equations(name: str):
    engine, system = both(Study.load(name, {"duration": 3.0}))
    state = system.initial()
    assert np.abs(engine.initial() - state).max() <= AGREEMENT
    for time in (0.0, 0.37, 2.2):
        assert np.abs(engine.derivative(time, state) - system.derivative(time, state)).max() <= AGREEMENT
        compiled, plain = engine.algebraic(time, state), system.algebraic(time, state)
        for signal in ("S", "U", "r", "h", "B", "e"):
            assert np.abs(getattr(compiled, signal) - getattr(plain, signal)).max() <= AGREEMENT, signal
        state = state + 0.3 * system.derivative(time, state)


@pytest.mark.parametrize("name", list(shipped_studies()))
@pytest.mark.parametrize("method", ["DOP853", "RK45"])
def test_shipped_studies_have_the_same_solution(name: str, method: str):
    engine, system = both(Study.load(name, {"duration": 2.0}))
    kinks, grid = stops(engine.channels, 2.0), np.linspace(0.0, 2.0, 37)
    outcome = engine.solve(system.initial(), kinks, grid, 1e-11, method=method)
    assert outcome.status == "done"
    assert outcome.reached == len(grid)
    assert np.abs(outcome.states - by_scipy(system, system.initial(), kinks, grid)).max() <= AGREEMENT


def test_signals_over_time_are_those_of_every_instant():
    engine, system = both(Study.load("recurrent_pair", {"duration": 2.0}))
    grid = np.linspace(0.0, 2.0, 9)
    states = engine.solve(engine.initial(), stops(engine.channels, 2.0), grid).states
    together = engine.collect(grid, states)
    for k, time in enumerate(grid.tolist()):
        now = system.algebraic(time, states[:, k])
        for signal in ("S", "U", "r", "h", "B", "e"):
            assert np.abs(getattr(together, signal)[:, k] - getattr(now, signal)).max() <= AGREEMENT


@settings(max_examples=25)
@given(documents())
def test_random_networks_have_the_same_equations(document):
    engine, system = both(Study.from_document(document))
    state = system.initial()
    assert engine.states == system.states
    assert np.abs(engine.initial() - state).max() <= AGREEMENT
    for time in (0.05, 0.8):
        plain = system.derivative(time, state)
        assert np.abs(engine.derivative(time, state) - plain).max() <= AGREEMENT
        assert np.abs(engine.algebraic(time, state).e - system.algebraic(time, state).e).max() <= AGREEMENT
        state = state + 0.2 * plain


def test_without_a_target_there_is_no_error():
    study = Study.load("two_layer", {"duration": 1.0})
    engine = CompiledNetwork(study.spec.network, None)
    now = engine.algebraic(0.4, engine.initial())
    assert not now.e.any()
    assert not now.h.any()
    assert now.r.any()


@settings(max_examples=15)
@given(documents())
def test_random_networks_with_bounded_weights_have_the_same_equations(document):
    study = Study.from_document(document)
    names = [q.name for q in study.spec.network.projections]
    back = [np.abs(q.feedback_weights).max() for q in study.spec.network.projections if q.feedback_weights is not None]
    limit = 1.1 * max(1.0, *back, 0.0)  # near: the factor is felt; every other projection has none
    network = study.spec.network.with_limits(dict.fromkeys(names[::2], limit))
    engine, system = CompiledNetwork(network, study.target), System(network, study.target)
    plain = System(study.spec.network, study.target)
    state = system.initial()
    for time in (0.05, 0.8):
        change = system.derivative(time, state)
        assert np.abs(engine.derivative(time, state) - change).max() <= AGREEMENT
        factor = np.ones(system.states)
        for name in names[::2]:
            for at in (system.weight_state.get(name), system.feedback_state.get(name)):
                if at is not None:
                    factor[at] = 1 - (state[at] / limit) ** 2
        assert np.abs(plain.derivative(time, state) * factor - change).max() <= AGREEMENT
        state = state + 0.1 * change
