"""The chain that learns weights and time constants of a teacher gets there, by the equations as they are written."""

import math

import numpy as np
import pytest

from vle_analog import Study
from vle_analog.ideal.limits import UnsolvedError

TAUGHT = {"drive_hidden.W[0,0]": 1.0, "hidden_readout.W[0,0]": 2.0, "hidden.tau_m[0]": 1.0, "readout.tau_m[0]": 2.0}
OMEGA = (0.4, 1.1, 2.7)
ETA = {"w0": 0.3, "w1": 0.3, "tau0": 0.2, "tau1": 1.5}


def softplus(x):
    return math.log1p(math.exp(x))


def logistic(x):
    return 1.0 / (1.0 + math.exp(-x))


def euler(duration: float, step: float, w0=0.5, w1=1.0, tau0=0.5, tau1=1.0, tau_r=0.1):
    """The task by explicit Euler, written from the equations, teacher and student side by side: no samples."""
    u0 = u1 = v0 = v1 = a0 = a1 = 0.0
    for k in range(round(duration / step)):
        x = sum(math.sin(omega * k * step) for omega in OMEGA)
        da0 = x - a0
        taught = softplus(a0 + tau_r * da0)
        da1 = (2.0 * taught - a1) / 2.0
        wanted = softplus(a1 + tau_r * da1)
        du0 = (w0 * x - u0) / tau0
        U0 = u0 + tau_r * du0
        r0 = softplus(U0)
        du1 = (w1 * r0 - u1) / tau1
        U1 = u1 + tau_r * du1
        dv1 = (logistic(U1) * (wanted - softplus(U1)) - v1) / tau_r
        e1 = v1 + tau1 * dv1
        dv0 = (logistic(U0) * w1 * e1 - v0) / tau_r
        e0 = v0 + tau0 * dv0
        a0, a1, u0, u1 = a0 + step * da0, a1 + step * da1, u0 + step * du0, u1 + step * du1
        v0, v1 = v0 + step * dv0, v1 + step * dv1
        w0, w1 = w0 + step * ETA["w0"] * e0 * x, w1 + step * ETA["w1"] * e1 * r0
        tau0, tau1 = tau0 - step * ETA["tau0"] * e0 * du0, tau1 - step * ETA["tau1"] * e1 * du1
    return np.array([w0, w1, tau0, tau1])


def parameters(study: Study) -> np.ndarray:
    run = study.ideal()
    return np.array([run[name][-1] for name in TAUGHT])


def test_weights_and_time_constants_reach_the_teacher_s():
    study = Study.load("lagline")
    run = study.ideal()
    for name, value in TAUGHT.items():
        assert run[name][0] == pytest.approx(value / 2)
        assert run[name][-1] == pytest.approx(value, rel=1e-3), name


def test_the_path_of_learning_is_the_limit_of_euler_s_method():
    """Explicit Euler is of first order: half the step, half the distance; extrapolated, what the kit finds."""
    solved = parameters(Study.load("lagline", {"duration": 30.0}))
    coarse, fine = euler(30.0, 0.004), euler(30.0, 0.002)
    assert np.linalg.norm(coarse - solved) / np.linalg.norm(fine - solved) == pytest.approx(2.0, rel=0.05)
    assert 2 * fine - coarse == pytest.approx(solved, rel=2e-4)
    assert np.min(np.abs(solved - [0.5, 1.0, 0.5, 1.0])) > 0.05


def test_finer_samples_of_the_teacher_shift_less():
    """Student and teacher alike at the start: all that moves them apart are the kinks of the samples, h^2."""
    start = {
        "duration": 100.0,
        "network.projections.drive_hidden.weights": [[1.0]],
        "network.projections.hidden_readout.weights": [[2.0]],
        "network.populations.hidden.tau_m": 1.0,
        "network.populations.readout.tau_m": 2.0,
    }
    taught = np.array(list(TAUGHT.values()))
    shifts = [
        np.linalg.norm(parameters(Study.load("lagline", {**start, "target.spacing": h})) - taught) for h in (0.04, 0.02)
    ]
    assert shifts[0] / shifts[1] == pytest.approx(4.0, rel=0.1)
    assert shifts[1] < 1e-2


def test_a_rate_that_is_too_large_ends_in_a_message_that_names_the_time_constant():
    study = Study.load("lagline", {"duration": 20.0, "network.populations.readout.tau_m_eta": 6.0})
    with pytest.raises(UnsolvedError, match=r"readout\.tau_m\[0\] leaves its range by learning at model time") as info:
        study.ideal()
    assert 0 < info.value.traces.time[-1] < 20
    path = info.value.traces["readout.tau_m[0]"]
    assert np.all(path[:-1] >= 0.1)  # the last point may be the one outside of the range
    assert path[-1] < 0.15
