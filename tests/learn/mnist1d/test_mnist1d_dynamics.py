"""The time step: against closed forms, static backprop by finite differences, and the settled equations."""

import numpy as np
import pytest

from vle_analog.learn.mnist1d import SIZES, Settings
from vle_analog.learn.mnist1d.cells import Cells, cells, populations
from vle_analog.learn.mnist1d.dynamics import Dynamics
from vle_analog.learn.mnist1d.parameters import Parameters
from vle_analog.learn.mnist1d.training import new_parameters

BATCH, OUTPUTS = 3, 10


def small(layers: int, width: int) -> tuple[Cells, Parameters]:
    """The first `width` neurons of the real cells: for these widths, slow and fast ones."""
    full = cells(Settings(size="15k", layers=layers))
    chosen = np.linspace(0, 52, width).astype(int)
    columns = {name: value[:, chosen] for name, value in vars(full).items() if name != "nudge"}
    parameters = Parameters(layers, width, OUTPUTS)
    parameters.draw(3)
    return Cells(**columns, nudge=full.nudge), parameters


def static_loss(p: Parameters, x: np.ndarray, classes: np.ndarray) -> float:
    """Mean cross entropy of the network at rest, in float64: written without the code that it checks."""
    values = {name: np.asarray(value, float) for name, value in vars(p).items()}
    r = values["first"] * x + values["bias"][0]
    for W, b in zip(values["hidden"], values["bias"][1:], strict=True):
        r = np.tanh(W @ r + b)
    U = values["readout"] @ r + values["output_bias"]
    return float(np.mean(np.log(np.sum(np.exp(U), axis=0)) - U[classes, np.arange(len(classes))]))


@pytest.mark.parametrize("size, count", [("15k", 14956), ("42k", 42040)])
def test_the_networks_have_the_published_number_of_parameters(size: str, count: int):
    assert new_parameters(Settings(size=size)).values.size == count


@pytest.mark.parametrize("size", SIZES)
def test_a_third_of_each_layer_has_each_pair_of_time_constants(size: str):
    *hidden, output = populations(Settings(size=size))
    for population in hidden:
        pairs = list(zip(population.tau_m, population.tau_r, strict=True))
        counts = [pairs.count(pair) for pair in ((0.6, 0.2), (1.2, 0.2), (1.2, 1.2))]
        assert sum(counts) == population.size
        assert max(counts) - min(counts) <= 1
        assert population.wire.sum() == counts[2]
    assert output.wire.all()


def test_the_settled_weight_change_is_the_descent_of_the_cross_entropy():
    """At a static input all cells have gain one: the local rule is backprop, whatever the time constants."""
    law, p = small(layers=4, width=6)
    assert 0 < np.count_nonzero(law.drive_u[0]) < 6, "slow and fast neurons"
    network, direction = Dynamics(law, p, BATCH), Parameters(4, 6, OUTPUTS)
    x, classes = np.array([-1.0, 0.3, 0.8], np.float32), np.array([0, 4, 9])
    target = np.eye(OUTPUTS, dtype=np.float32)[:, classes]
    for _ in range(400):
        network.step_errors(target)
        network.step_rates(x)
    network.step_errors(target)
    network.direction(x, direction)
    exact = Parameters(4, 6, OUTPUTS)
    vary = Parameters(4, 6, OUTPUTS)
    step = 2.0**-7  # of weights around 0.4: float32 holds the shifted weights exactly enough
    for index in range(p.values.size):
        losses = []
        for sign in (1, -1, 2, -2):
            vary.values[...] = p.values
            vary.values[index] += sign * step
            losses.append(static_loss(vary, x, classes))
        exact.values[index] = -(8 * (losses[0] - losses[1]) - (losses[2] - losses[3])) / (12 * step)
    for name in ("first", "hidden", "readout", "bias", "output_bias"):
        found, expected = vars(direction)[name], vars(exact)[name]
        assert np.linalg.norm(found - expected) <= 1e-4 * np.linalg.norm(expected), name


def test_a_slow_neuron_filters_as_its_time_constants_say():
    """With tau_r = dt, U is the membrane potential one step later: the low-pass 1 - (1 - dt / tau_m)^k of a step."""
    settings = Settings(size="15k", layers=1)
    p = new_parameters(settings)
    p.first[...] = 0.5
    network = Dynamics(cells(settings), p, BATCH)
    x = np.full(BATCH, 2.0, np.float32)
    for k in range(1, 30):
        network.step_rates(x)
        for neuron, tau_m in ((0, 0.6), (20, 1.2)):
            np.testing.assert_allclose(network.r[0, neuron], 1 - (1 - 0.2 / tau_m) ** k, rtol=1e-5)
        np.testing.assert_allclose(network.r[0, 40], 1.0, rtol=1e-6)


def test_the_error_cell_undoes_the_forward_cell():
    """1/H_f: an error that went through the low-pass of a slow neuron comes out as it was, one step later."""
    law, p = small(layers=1, width=6)
    network = Dynamics(law, p, BATCH)
    generator = np.random.default_rng(0)
    wanted = generator.normal(size=(40, 1, 6, BATCH)).astype(np.float32)
    u = np.zeros_like(wanted[0])
    p.values[...] = 0.0
    p.readout[:6] = np.eye(6)
    for k, signal in enumerate(wanted):
        u = law.keep_u * u + law.step_S * signal
        network.output_error[:6] = np.where(law.drive_u == 0, signal, u)[0]
        network.step_errors(np.zeros((OUTPUTS, BATCH), np.float32))
        np.testing.assert_allclose(network.e, signal, atol=2e-5, err_msg=str(k))


def test_signals_take_one_step_per_layer():
    law, p = small(layers=3, width=6)
    p.bias[...] = p.output_bias[...] = 0.0
    network = Dynamics(law, p, BATCH)
    x, target = np.ones(BATCH, np.float32), np.full((OUTPUTS, BATCH), 0.1, np.float32)
    reached = []
    for _ in range(4):
        network.step_rates(x)
        reached.append([bool(layer.any()) for layer in (*network.r, network.output)])
    assert reached == [[k <= step for k in range(4)] for step in range(4)]
    network.reset()
    target[0], reached = 1.0, []
    for _ in range(4):
        network.step_errors(target)
        reached.append([bool(layer.any()) for layer in (*network.e, network.output_error)])
    assert reached == [[k >= 3 - step for k in range(4)] for step in range(4)]
