"""Many samples at once: order of convergence, independence of lanes, threads and neighbours, malformed parameters."""

import numpy as np
import pytest

from vle_analog import InputError, Study
from vle_analog.ideal.compiled import Batch, CompiledNetwork
from vle_analog.ideal.compiled.channels import stops

DURATION = 3.0


def study_of(name="wide", **changes):
    return Study.load(name, {"duration": DURATION, **changes})


def drawn(network, samples, seed=3):
    """Parameters that differ from sample to sample."""
    g = np.random.default_rng(seed)
    parameters = {}
    for q in network.projections:
        parameters[f"{q.name}.W"] = q.weights[:, :, None] + 0.1 * g.standard_normal((*q.weights.shape, samples))
    for p in network.populations:
        parameters[f"{p.name}.b"] = 0.1 * g.standard_normal((p.size, samples))
        spread = 1 + 0.1 * g.uniform(-1, 1, (p.size, samples))
        parameters[f"{p.name}.tau_m"] = p.tau_m[:, None] * spread
        parameters[f"{p.name}.tau_r"] = p.tau_r[:, None] * spread
    return parameters


def sample(parameters, index):
    return {name: array[..., index] for name, array in parameters.items()}


@pytest.mark.parametrize("method, order, step", [("euler", 1, 0.05), ("rk4", 4, 0.1), ("dop853", 8, 0.5)])
@pytest.mark.parametrize("name", ["wide", "nudged_linear"])
def test_order_of_convergence(name: str, method: str, order: int, step: float):
    study = study_of(name)
    network, target = study.spec.network, study.target
    exact = (
        CompiledNetwork(network, target)
        .solve(CompiledNetwork(network, target).initial(), np.array([DURATION]), np.array([0.0, DURATION]), 1e-13)
        .states[:, -1]
    )
    errors = [
        np.abs(Batch(network, target, h, method).run(duration=DURATION).states[:, 0] - exact).max()
        for h in (step, step / 2)
    ]
    assert np.log2(errors[0] / errors[1]) == pytest.approx(order, abs=0.25 * order)


@pytest.mark.parametrize("name", ["wide", "recurrent_pair", "nudged_linear"])
@pytest.mark.parametrize("start", ["zero", "settled"])
def test_every_sample_is_the_solution_of_its_own_network(name: str, start: str):
    study = study_of(name, **{"network.start": start})
    network, target = study.spec.network, study.target
    parameters = drawn(network, 3)
    out = network.populations[-1].name
    times = np.linspace(0, DURATION, 7)
    result = Batch(network, target, 0.05, "dop853").run(
        parameters, DURATION, record=[f"{out}.u[0]", f"{out}.e[0]", f"{out}.r[0]"], times=times
    )
    assert result.status == ("done",) * 3
    for k in range(3):
        own = sample(parameters, k)
        changed = network.with_parameters(
            **{
                key: {name.rpartition(".")[0]: value for name, value in own.items() if name.endswith(f".{kind}")}
                for key, kind in (("weights", "W"), ("biases", "b"), ("tau_m", "tau_m"), ("tau_r", "tau_r"))
            }
        )
        engine = CompiledNetwork(changed, target)
        outcome = engine.solve(engine.initial(), stops(engine.channels, DURATION), times, 1e-12)
        signals = engine.collect(times, outcome.states)
        at = engine.slices[out].start
        assert np.abs(result.states[:, k] - outcome.states[:, -1]).max() < 1e-9
        assert np.abs(result[f"{out}.u[0]"][:, k] - outcome.states[at]).max() < 1e-9
        assert np.abs(result[f"{out}.e[0]"][:, k] - signals.e[at]).max() < 1e-9
        assert np.abs(result[f"{out}.r[0]"][:, k] - signals.r[at]).max() < 1e-9


def test_the_loss_is_the_integral_of_the_cost():
    study = study_of()
    times = np.linspace(0, DURATION, 3001)
    names = [f"readout.r[{k}]" for k in range(4)]
    result = Batch(study.spec.network, study.target, 0.05, "dop853").run(duration=DURATION, record=names, times=times)
    missed = study.target(times).T - result.values[:, :, 0].T
    cost = 0.5 * (missed**2).sum(axis=1)
    trapezoid = np.sum((cost[1:] + cost[:-1]) / 2 * np.diff(times))
    assert result.loss[0] == pytest.approx(trapezoid, rel=1e-6)


@pytest.mark.parametrize("name", ["wide", "recurrent_pair"])
def test_samples_do_not_depend_on_lanes_threads_or_their_place(name: str):
    study = study_of(name, duration=1.0)
    network, target = study.spec.network, study.target
    parameters = drawn(network, 70)
    out = network.populations[-1].name

    def run(lanes, threads, given=parameters):
        batch = Batch(network, target, 0.05, lanes=lanes, threads=threads)
        result = batch.run(given, 1.0, record=[f"{out}.e[0]"], times=[0.0, 0.5, 1.0])
        return result.states, result.values, result.loss

    wanted = run(32, 1)
    shuffled = np.random.default_rng(1).permutation(70)
    for other in (run(16, 1), run(64, 1), run(16, 2)):
        assert all(np.array_equal(a, b) for a, b in zip(wanted, other, strict=True))
    mixed = run(32, 2, {key: array[..., shuffled] for key, array in parameters.items()})
    assert all(np.array_equal(a[..., shuffled], b) for a, b in zip(wanted, mixed, strict=True))


def test_a_bad_sample_does_not_disturb_the_others():
    study = study_of()
    parameters = drawn(study.spec.network, 20)
    batch = Batch(study.spec.network, study.target, 0.05)
    good = batch.run(parameters, DURATION)
    parameters["hidden.tau_m"] = parameters["hidden.tau_m"].copy()
    parameters["hidden.tau_m"][0, 7] = 1e-4  # far too stiff for this step
    bad = batch.run(parameters, DURATION)
    others = np.arange(20) != 7
    assert bad.status[7] == "diverged"
    assert all(status == "done" for status, other in zip(bad.status, others, strict=True) if other)
    assert np.array_equal(good.states[:, others], bad.states[:, others])


def test_single_precision_is_close():
    study = study_of()
    double, single = (
        Batch(study.spec.network, study.target, 0.05, dtype=d).run(duration=DURATION) for d in ("float64", "float32")
    )
    assert np.abs(double.states - single.states).max() < 2e-5


def test_half_the_step_says_how_accurate_the_whole_is():
    study = study_of()
    network, target = study.spec.network, study.target
    said = [Batch(network, target, h).accuracy(duration=DURATION) for h in (0.1, 0.05)]
    assert said[0] / said[1] == pytest.approx(16, rel=0.4)


def test_samples_run_in_vector_lanes():
    from time import process_time

    study = study_of(duration=4.0)
    batch = Batch(study.spec.network, study.target, 0.02, dtype="float32", lanes=64, threads=1)

    def seconds(samples):
        begin = process_time()
        batch.run(duration=4.0, samples=samples)
        return process_time() - begin

    engine = CompiledNetwork(study.spec.network, study.target)
    engine.solve(engine.initial(), np.array([1.0]), np.array([0.0, 1.0]))
    seconds(64)
    begin = process_time()
    outcome = engine.solve(engine.initial(), np.array([400.0]), np.array([0.0, 400.0]), evaluations=np.inf)
    alone = (process_time() - begin) / outcome.evaluations
    together = min(seconds(64) for _ in range(5)) / (64 * 4 * 200)
    assert together < alone / 2


@pytest.mark.parametrize(
    "parameters, match",
    [
        ({"hidden.w": np.ones((8, 2))}, "no such parameter"),
        ({"nowhere.b": np.ones((8, 2))}, "no such parameter"),
        ({"hidden.b": np.ones((7, 2))}, "wrong shape"),
        ({"hidden.b": np.full((8, 2), np.nan)}, "not a finite number"),
        ({"hidden.tau_m": np.zeros((8, 2))}, "must be positive"),
        ({"hidden.b": np.ones((8, 2)), "readout.b": np.ones((4, 3))}, "different numbers of samples"),
    ],
)
def test_malformed_parameters_are_refused(parameters: dict, match: str):
    study = study_of()
    with pytest.raises(InputError, match=match):
        Batch(study.spec.network, study.target, 0.1).run(parameters, DURATION)


@pytest.mark.parametrize(
    "settings, match",
    [
        ({"step": 0.0}, "positive"),
        ({"step": 0.1, "method": "heun"}, "unknown method"),
        ({"step": 0.1, "dtype": "float16"}, "number type"),
        ({"step": 0.1, "lanes": 20}, "multiples of 16"),
    ],
)
def test_malformed_settings_are_refused(settings: dict, match: str):
    study = study_of()
    with pytest.raises(InputError, match=match):
        Batch(study.spec.network, study.target, **settings)


@pytest.mark.parametrize("name", ["hidden.q[0]", "hidden.u[8]", "nobody.u[0]", "hidden.u", "drive_hidden.W[0]"])
def test_signals_that_are_not_there_are_refused(name: str):
    study = study_of()
    with pytest.raises(InputError, match="signal"):
        Batch(study.spec.network, study.target, 0.1).run(duration=1.0, record=[name], times=[0.5])


def test_a_wire_must_stay_one():
    study = study_of("depth")
    wires = next(p for p in study.spec.network.populations if p.wire.all())
    with pytest.raises(InputError, match="equal time constants"):
        Batch(study.spec.network, study.target, 0.1).run({f"{wires.name}.tau_m": 2 * wires.tau_m[:, None]}, 1.0)


def test_bounded_weights_of_every_sample_are_those_of_its_own_network():
    study = study_of("two_layer")
    network = study.spec.network.with_limits({study.spec.network.projections[0].name: 1.5})
    bounded = network.projections[0].name
    parameters = drawn(network, 3)
    result = Batch(network, study.target, 0.05, "dop853").run(parameters, DURATION)
    for k in range(3):
        own = sample(parameters, k)
        alone = network.with_parameters(
            **{
                argument: {name.rpartition(".")[0]: array for name, array in own.items() if name.endswith(f".{kind}")}
                for argument, kind in (("weights", "W"), ("biases", "b"), ("tau_m", "tau_m"), ("tau_r", "tau_r"))
            }
        )
        engine = CompiledNetwork(alone, study.target)
        kinks = stops(engine.channels, DURATION)
        exact = engine.solve(engine.initial(), kinks, np.array([0.0, DURATION]), 1e-12).states[:, -1]
        assert np.abs(result.states[:, k] - exact).max() < 1e-8
    parameters[f"{bounded}.W"][0, 0, 1] = -1.5
    with pytest.raises(InputError, match="inside of its limit"):
        Batch(network, study.target, 0.05).run(parameters, DURATION)
