"""The action of a small network, minimised directly: trajectories as polynomials, all their coefficients at once.

Nothing is shared with the package. A = int 1/2 sum_i e_i^2 + beta C dt with e = u + tau_m u' - W r - V x - b,
r = phi(U), U = u + tau_r u'; u(0) is fixed and the end is free, so that the end condition is a result, not an input.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.polynomial import legendre
from scipy.linalg import cho_factor, cho_solve

PHI = {
    "linear": (lambda U: U, np.ones_like, np.zeros_like),
    "tanh": (np.tanh, lambda U: 1 - np.tanh(U) ** 2, lambda U: -2 * np.tanh(U) * (1 - np.tanh(U) ** 2)),
}
KINDS = ("W", "b", "tau_m", "tau_r")


@dataclass(frozen=True, eq=False)
class Net:
    """Neurons in one list: `W (n, n)` among them, `V (n, m)` from the drive, `target` for those of `outputs`.

    `cost` is "prospective" (1/2 |y* - r|^2, inside B) or "membrane" (1/2 |y* - u|^2 of the bare u, outside of B).
    """

    W: np.ndarray
    V: np.ndarray
    b: np.ndarray
    tau_m: np.ndarray
    tau_r: np.ndarray
    phi: str
    outputs: tuple[int, ...]
    drive: Callable[[np.ndarray], np.ndarray]
    target: Callable[[np.ndarray], np.ndarray]
    duration: float
    beta: float = 0.1
    cost: str = "prospective"

    def with_(self, kind: str, index: tuple[int, ...], change: float) -> "Net":
        """The same net with one parameter changed by `change`."""
        values = getattr(self, kind).copy()
        values[index] += change
        return replace(self, **{kind: values})

    def parameters(self) -> list[tuple[str, tuple[int, ...]]]:
        """Every parameter as (kind, index); of the weights those that exist."""
        weights = [("W", tuple(index)) for index in np.argwhere(self.W).tolist()]
        return weights + [(str(kind), (k,)) for kind in KINDS[1:] for k in range(len(self.b))]


@dataclass(frozen=True, eq=False)
class Path:
    """Trajectories of all neurons at given times, shape `(n, times)` each, with what follows from them."""

    time: np.ndarray
    u: np.ndarray
    du: np.ndarray
    U: np.ndarray
    r: np.ndarray
    slope: np.ndarray
    e: np.ndarray
    miss: np.ndarray  # y* - r, or y* - u, of the outputs; zero elsewhere
    B: np.ndarray


@dataclass(frozen=True, eq=False)
class Extremal:
    """The minimiser: its path at the quadrature nodes and at the end, the action, and dA/dtheta at fixed path."""

    path: Path
    end: Path
    action: float
    gradient: dict[str, np.ndarray]


def path(net: Net, time: np.ndarray, u: np.ndarray, du: np.ndarray) -> Path:
    """Everything that follows from u and u'."""
    phi, slope, _ = PHI[net.phi]
    U = u + net.tau_r[:, None] * du
    r, s = phi(U), slope(U)
    e = u + net.tau_m[:, None] * du - net.W @ r - net.V @ net.drive(time) - net.b[:, None]
    miss = np.zeros_like(u)
    out = list(net.outputs)
    miss[out] = net.target(time) - (r if net.cost == "prospective" else u)[out]
    inside = net.beta * miss if net.cost == "prospective" else 0.0
    return Path(time, u, du, U, r, s, e, miss, s * (net.W.T @ e + inside))


def basis(degree: int, duration: float, time: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Integrals of Legendre polynomials, zero at time 0, and their derivatives: shape `(times, degree)` each."""
    x = 2 * time / duration - 1
    P = legendre.legvander(x, degree)
    k = np.arange(1, degree)
    integral = np.column_stack([x + 1, (P[:, 2:] - P[:, : degree - 1]) / (2 * k + 1)])
    return integral * duration / 2, P[:, :degree]


def minimise(net: Net, degree: int = 80, start: float = 0.0) -> Extremal:
    """The path of least action from u(0) = `start`, by Newton's method with exact derivatives.

    Gauss-Newton (both terms are squares) until the steps are small, then the full second derivative; that it is
    positive definite there says that the path is a minimum.
    """
    nodes, weights = legendre.leggauss(2 * degree)
    time, weights = (nodes + 1) * net.duration / 2, weights * net.duration / 2
    value, rate = basis(degree, net.duration, time)
    n = len(net.b)
    c = np.zeros((n, degree))
    curvature = False
    for _ in range(60):
        now = path(net, time, start + c @ value.T, c @ rate.T)
        gradient, hessian = _derivatives(net, now, value, rate, weights, curvature)
        step = cho_solve(cho_factor(hessian), gradient).reshape(n, degree)
        c -= step
        size = float(np.abs(step @ rate.T).max())
        if curvature and size < 1e-11:
            break
        curvature = size < 0.1
    else:
        raise ArithmeticError(f"Newton's method moves by {size:g} still")
    now = path(net, time, start + c @ value.T, c @ rate.T)
    last = basis(degree, net.duration, np.array([net.duration]))
    end = path(net, np.array([net.duration]), start + c @ last[0].T, c @ last[1].T)
    lagrangian = 0.5 * np.sum(now.e**2, axis=0) + net.beta * 0.5 * np.sum(now.miss**2, axis=0)
    return Extremal(now, end, float(weights @ lagrangian), at_fixed_path(now, weights))


def at_fixed_path(now: Path, weights: np.ndarray) -> dict[str, np.ndarray]:
    """dA/dtheta while the path stays: by the envelope theorem the derivative of the least action."""
    return {
        "W": -(now.e * weights) @ now.r.T,
        "b": -now.e @ weights,
        "tau_m": (now.e * now.du) @ weights,
        "tau_r": -(now.B * now.du) @ weights,
    }


def _derivatives(
    net: Net, now: Path, value: np.ndarray, rate: np.ndarray, weights: np.ndarray, curvature: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Gradient and second derivative of A with respect to all coefficients."""
    n, degree, times = len(net.b), value.shape[1], len(now.time)
    membrane = value[None] + net.tau_m[:, None, None] * rate  # d(u + tau_m u')_i / dc_i
    prospective = value[None] + net.tau_r[:, None, None] * rate  # dU_i / dc_i
    drate = now.slope[:, :, None] * prospective  # dr_i / dc_i
    missing = drate if net.cost == "prospective" else np.broadcast_to(value, drate.shape)
    root = np.sqrt(weights)[:, None]
    de = np.zeros((n, times, n, degree))
    dmiss = np.zeros((n, times, n, degree))
    for j in range(n):
        de[:, :, j] = -net.W[:, j, None, None] * drate[j]
        de[j, :, j] += membrane[j]
        if j in net.outputs:
            dmiss[j, :, j] = -missing[j]
    J = np.concatenate(
        [(root * a.reshape(n, times, -1)).reshape(n * times, -1) for a in (de, np.sqrt(net.beta) * dmiss)]
    )
    residual = np.concatenate([(root[:, 0] * a).ravel() for a in (now.e, np.sqrt(net.beta) * now.miss)])
    hessian = J.T @ J
    if curvature:  # of r = phi(U), in the residuals that hear r
        _, _, second = PHI[net.phi]
        heard = net.W.T @ now.e + (net.beta * now.miss if net.cost == "prospective" else 0.0)
        bend = -second(now.U) * heard * weights
        for j in range(n):
            at = slice(j * degree, (j + 1) * degree)
            hessian[at, at] += prospective[j].T @ (bend[j][:, None] * prospective[j])
    return J.T @ residual, hessian
