"""Slow and fast neurons learn like their teacher; the gradients in docs/results/tasks.md are those of the loss."""

import itertools

import numpy as np
import pytest

from vle_analog import Study
from vle_analog.gradient import gradients

TAU_R = np.array([1.0, 0.1])
SECOND, TOP = np.diag([0.5, 1.0]), np.array([0.5, 1.0])
STUDENT, TEACHER = np.array([0.5, 0.3]), np.array([-0.5, 1.0])


def test_the_loss_falls_and_the_weights_turn_to_the_teacher_s():
    study = Study.load("lagnet", {"duration": 300.0})
    run = study.ideal()
    loss = (study.target(run.time)[0] - run["readout.r[0]"]) ** 2
    fifths = [part.mean() for part in np.array_split(loss, 5)]
    assert all(after < before for before, after in itertools.pairwise(fifths)), fifths
    assert fifths[-1] < 1e-2 * fifths[0]
    assert run["drive_first.W[0,0]"][-1] == pytest.approx(-0.5, rel=0.12)
    assert run["drive_first.W[1,0]"][-1] == pytest.approx(1.0, rel=0.05)


def forward(weights: np.ndarray, duration: float, step: float):
    """The four tanh neurons and the output by explicit Euler; tau_m = 1 everywhere: slope, S and rates over time."""
    u, w = np.zeros(2), np.zeros(2)
    seen = []
    for k in range(round(duration / step)):
        x = sum(np.sin(omega * k * step) for omega in (0.49, 1.07, 1.98))
        du = weights * x - u
        first = np.tanh(u + TAU_R * du)
        dw = SECOND @ first - w
        second = np.tanh(w + TAU_R * dw)
        seen.append((x, first, second, TOP @ second))
        u, w = u + step * du, w + step * dw
    return seen


def euler_gradients(duration: float, step: float):
    """dC/dW of the first layer by differences of the loss, by the local rule, and by instantaneous backprop."""
    wanted = np.array([y for *_, y in forward(TEACHER, duration, step)])

    def loss(weights):
        return 0.5 * step * np.sum((wanted - [y for *_, y in forward(weights, duration, step)]) ** 2)

    d = 1e-4
    exact = np.array([(loss(STUDENT + d * one) - loss(STUDENT - d * one)) / (2 * d) for one in np.eye(2)])
    v, w = np.zeros(2), np.zeros(2)
    local, instantaneous = np.zeros(2), np.zeros(2)
    for goal, (x, first, second, y) in zip(wanted, forward(STUDENT, duration, step), strict=True):
        upper = (1 - second**2) * TOP * (goal - y)
        dw = (upper - w) / TAU_R
        lower = (1 - first**2) * (SECOND.T @ (w + dw))
        dv = (lower - v) / TAU_R
        local -= step * (v + dv) * x
        instantaneous -= step * (1 - first**2) * (SECOND.T @ upper) * x
        v, w = v + step * dv, w + step * dw
    return exact, local, instantaneous


def test_gradients_of_the_first_layer_are_those_of_code_that_knows_nothing_of_the_kit():
    study = Study.load("lagnet", {"duration": 4.0})
    found = gradients(study.spec.network, study.target, 4.0, rtol=1e-8, finite_differences=False)
    coarse, fine = (np.array(euler_gradients(4.0, step)) for step in (0.004, 0.002))
    for rule, other in zip(("exact", "local", "instantaneous"), 2 * fine - coarse, strict=True):
        mine = found.values(rule)["W"]["drive_first"].ravel()
        assert mine == pytest.approx(other, rel=2e-3), rule


def test_behind_instantaneous_neurons_all_rules_agree():
    study = Study.load("lagnet", {"duration": 2.0})
    found = gradients(study.spec.network, study.target, 2.0, finite_differences=False)
    exact = found.exact["W"]["drive_first"]
    for rule in ("local", "le", "instantaneous"):
        assert found.values(rule)["W"]["drive_first"][0, 0] == pytest.approx(exact[0, 0], rel=1e-6)
        assert found.values(rule)["W"]["drive_first"][1, 0] != pytest.approx(exact[1, 0], rel=1e-2)
