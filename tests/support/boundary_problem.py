"""The Euler-Lagrange equation as a boundary value problem, and the loss of the free run: both by SciPy's integrators.

D-_tau_m e = D-_tau_r B (+ beta (y* - u) where the cost is of the bare u) becomes, with rho = tau_r / tau_m,
e = rho B + q, tau_m q' = q - (1 - rho) B - beta (y* - u), q(T) = 0; for a cost inside B that is q = (1 - rho) w.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.integrate import solve_bvp, solve_ivp
from scipy.linalg import block_diag

from tests.support.action import KINDS, PHI, Net


@dataclass(frozen=True, eq=False)
class Solution:
    """u, U, e and B at the times that were asked for, shape `(n, times)` each."""

    u: np.ndarray
    U: np.ndarray
    e: np.ndarray
    B: np.ndarray


def algebraic(net: Net, time: np.ndarray, u: np.ndarray, q: np.ndarray | None) -> tuple[np.ndarray, ...]:
    """U, e and B that belong to u and q, by Newton's method at all times at once; `q = None` is the free run, e = 0."""
    phi, slope, second = PHI[net.phi]
    rho = (net.tau_r / net.tau_m)[:, None]
    inputs = net.V @ net.drive(time) + net.b[:, None]
    n, times = u.shape
    heard = np.zeros((n, 1))
    wanted = np.zeros_like(u)
    heard[list(net.outputs)] = net.beta if net.cost == "prospective" else 0.0
    wanted[list(net.outputs)] = net.target(time)
    U, e = np.zeros_like(u), np.zeros_like(u)
    one = np.broadcast_to(np.eye(n), (times, n, n))
    for _ in range(50):
        r, s = phi(U), slope(U)
        h = net.W.T @ e + heard * (wanted - r)
        onward = U - rho * (net.W @ r + inputs + e) - (1 - rho) * u
        dU = one - (rho * net.W)[None] * s.T[:, None, :]
        if q is None:
            step = np.linalg.solve(dU, onward.T[:, :, None])[:, :, 0].T
            U = U - step
        else:
            back = e - rho * s * h - q
            jacobian = np.zeros((times, 2 * n, 2 * n))
            jacobian[:, :n, :n], jacobian[:, :n, n:] = dU, -one * rho
            jacobian[:, n:, :n] = -one * (rho * (second(U) * h - heard * s**2)).T[:, :, None]
            jacobian[:, n:, n:] = one - (rho * s).T[:, :, None] * net.W.T[None]
            step = np.linalg.solve(jacobian, np.concatenate([onward, back]).T[:, :, None])[:, :, 0].T
            U, e = U - step[:n], e - step[n:]
        if np.abs(step).max() < 1e-13 * (1 + np.abs(U).max()):
            r, s = phi(U), slope(U)
            return U, e, s * (net.W.T @ e + heard * (wanted - r))
    raise ArithmeticError("Newton's method does not converge")


def euler_lagrange(net: Net, time: np.ndarray, tolerance: float = 1e-8) -> Solution:
    """The extremal from u(0) = 0 with a free end: u runs forward, q backward, coupled at every instant."""
    n = len(net.b)
    rho, tau_m = (net.tau_r / net.tau_m)[:, None], net.tau_m[:, None]
    outside = np.zeros((n, 1))
    outside[list(net.outputs)] = net.beta if net.cost == "membrane" else 0.0

    def change(t, y):
        u, q = y[:n], y[n:]
        U, _, B = algebraic(net, t, u, q)
        wanted = np.zeros_like(u)
        wanted[list(net.outputs)] = net.target(t)
        return np.concatenate([(U - u) / net.tau_r[:, None], (q - (1 - rho) * B - outside * (wanted - u)) / tau_m])

    mesh = np.linspace(0.0, net.duration, 200)
    found = solve_bvp(
        change,
        lambda start, end: np.concatenate([start[:n], end[n:]]),
        mesh,
        np.zeros((2 * n, len(mesh))),
        tol=tolerance,
        max_nodes=20_000,
    )
    assert found.success, found.message
    y = found.sol(time)
    U, e, B = algebraic(net, time, y[:n], y[n:])
    return Solution(y[:n], U, e, B)


def losses(nets: Sequence[Net], rtol: float = 1e-12) -> np.ndarray:
    """int 1/2 |y* - r|^2 dt (or of the bare u) of the free run from u(0) = 0, e = 0, for nets of one kind."""
    net = side_by_side(nets)
    out, (phi, _, _) = list(net.outputs), PHI[net.phi]

    def change(t, y):
        time, u = np.array([t]), y[: len(net.b), None]
        U, _, _ = algebraic(net, time, u, None)
        miss = net.target(time) - (phi(U) if net.cost == "prospective" else u)[out]
        return np.append((U - u)[:, 0] / net.tau_r, 0.5 * np.sum(miss.reshape(len(nets), -1) ** 2, axis=1))

    start = np.zeros(len(net.b) + len(nets))
    found = solve_ivp(change, (0.0, net.duration), start, "DOP853", rtol=rtol, atol=rtol / 10)
    assert found.success, found.message
    return found.y[len(net.b) :, -1]


def side_by_side(nets: Sequence[Net]) -> Net:
    """Nets that differ in their parameters alone as one net of many parts: one solution has them all."""
    first, count = nets[0], len(nets)
    joined = {name: np.concatenate([getattr(net, name) for net in nets]) for name in ("V", "b", "tau_m", "tau_r")}
    outputs = tuple(k * len(first.b) + i for k in range(count) for i in first.outputs)
    W = block_diag(*(net.W for net in nets))
    return replace(first, W=W, outputs=outputs, target=lambda time: np.tile(first.target(time), (count, 1)), **joined)


def loss_gradient(net: Net, step: float = 1e-4) -> dict[str, np.ndarray]:
    """dC/dtheta of the free run by central differences."""
    parameters = net.parameters()
    up, down = (losses([net.with_(kind, index, h) for kind, index in parameters]) for h in (step, -step))
    result = {kind: np.zeros_like(getattr(net, kind)) for kind in KINDS}
    for (kind, index), value in zip(parameters, (up - down) / (2 * step), strict=True):
        result[kind][index] = value
    return result
