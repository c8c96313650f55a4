"""Small deviations from an operating point as a linear system, with and without the poles of the cells.

Per neuron there are the nodes U, h, B and e, each algebraic or behind a pole, and the states u and v. As in the
circuits, v is charged from the node e (tau_m dv/dt = e - v) and u of a passive lead from the node U (tau_r du/dt = U -
u), unless time constants are stored: without poles that is tau_r dv/dt = B - v and tau_m du/dt = S + gamma e - u.
Parameters are held.
"""

from dataclasses import dataclass

import numpy as np

from vle_analog.stability.loops import Loop
from vle_analog.stability.operating import OperatingPoint
from vle_analog.stability.poles import Poles

SAME = 1e-6  # of the largest eigenvalue: closer ones are one eigenvalue, split by rounding
DIGITS = 9  # of a share: neurons with equal shares are in their order
NODES = 12  # on a circle: 1e-7 for eigenvalues at its centre, and others at four times its radius
NO_POLES = Poles(0.0, (), assumed=False)


@dataclass(frozen=True, eq=False)
class Linear:
    """The system dx/dt = matrix x; state k belongs to neuron `neurons[k]`."""

    matrix: np.ndarray
    neurons: np.ndarray

    def eigenvalues(self) -> np.ndarray:
        """Eigenvalues, rightmost first."""
        found = np.linalg.eigvals(self.matrix)
        return found[np.argsort(-np.real(found), kind="stable")]

    def participation(self) -> dict[int, float]:
        """Return the share of each neuron in the rightmost eigenvalue, the largest first.

        It is the diagonal of the projector on its eigenspace, in magnitude: for a single eigenvalue, products of left
        and right eigenvector. Of eigenvalues that coincide, as those of equal neurons, the space is unique and its
        vectors are not.
        """
        values = self.eigenvalues()
        apart = np.abs(values - values[0])
        same = apart <= SAME * np.max(np.abs(values))
        share = np.ones(len(values)) if same.all() else self._projected(values[same].mean(), apart[~same].min() / 4)
        by_neuron = np.bincount(self.neurons, share) / share.sum()
        order = np.argsort(-by_neuron.round(DIGITS), kind="stable")
        return {int(k): float(by_neuron[k]) for k in order if by_neuron[k] > 0}

    def _projected(self, centre: complex, radius: float) -> np.ndarray:
        """Return magnitudes of the diagonal of the projector on the space of the eigenvalues within a circle.

        Cauchy's integral of the resolvent (Kato, Perturbation Theory for Linear Operators, 1966, ch. II).
        """
        size = len(self.matrix)
        total = np.zeros(size, complex)
        for turn in np.exp(2j * np.pi * (np.arange(NODES) + 0.5) / NODES):
            resolvent = np.linalg.inv((centre + radius * turn) * np.eye(size) - self.matrix)
            total += radius * turn * np.diag(resolvent) / NODES
        return np.abs(total)


def linear(point: OperatingPoint, part: Loop, poles: Poles = NO_POLES) -> Linear:
    """Return the linear system of one part of the network, with everything outside of it held.

    **Raises:** `numpy.linalg.LinAlgError` where nodes without a pole form a loop of gain one.
    """
    f, b = point.neurons(part.potentials), point.neurons(part.errors)
    arriving = point.forward(part.potentials) * point.slope[f]  # dS/dU
    return _assembled(point, f, b, arriving, point.backward(part.errors), poles)


def open_part(point: OperatingPoint, part: Loop, poles: Poles = NO_POLES) -> Linear:
    """Return the linear system of a part that is not a loop, with one neuron per pair of time constants."""
    f, b = (_distinct(point, names) for names in (part.potentials, part.errors))
    return _assembled(point, f, b, np.zeros((len(f), len(f))), np.zeros((len(b), len(b))), poles)


def _distinct(point: OperatingPoint, names: tuple[str, ...]) -> np.ndarray:
    neurons = point.neurons(names)
    kinds = [np.stack([p.tau_m, p.tau_r, p.wire]) for p in (point.network.population(name) for name in names)]
    if not kinds:
        return neurons
    _, first = np.unique(np.concatenate(kinds, axis=1), axis=1, return_index=True)
    return neurons[np.sort(first)]


def _assembled(
    point: OperatingPoint, f: np.ndarray, b: np.ndarray, arriving: np.ndarray, backward: np.ndarray, poles: Poles
) -> Linear:
    """Return the system of the potentials of neurons `f` and the errors of neurons `b`."""
    law = point.law
    stages = poles.nodes.count("B") if poles.time > 0 else 0
    widths = {"U": len(f), "h": len(b), **{f"B{k}": len(b) for k in range(max(1, stages))}, "e": len(b)}
    edges = np.cumsum([0, *widths.values()])
    node = {name: np.arange(a, z) for name, a, z in zip(widths, edges, edges[1:], strict=False)}
    first, last = node["B0"], node[f"B{max(1, stages) - 1}"]
    u, v = np.arange(len(f)), len(f) + np.arange(len(b))
    _, in_f, in_b = np.intersect1d(f, b, return_indices=True)  # neurons of which both sides are included
    both, U, e = f[in_f], node["U"], node["e"]

    # nodes = M nodes + N states
    M, N = np.zeros((edges[-1], edges[-1])), np.zeros((edges[-1], len(f) + len(b)))
    M[np.ix_(U, U)] = law.drive_S[f, None] * arriving
    M[U[in_f], e[in_b]] = law.drive_e[both]
    N[U, u] = law.drive_u[f]
    M[np.ix_(node["h"], e)] = backward
    M[node["h"][in_b], U[in_f]] = -law.target[both] * point.slope[both]
    M[first, node["h"]] = point.slope[b]
    M[first[in_b], U[in_f]] = point.bend[both]
    for k in range(1, stages):
        M[node[f"B{k}"], node[f"B{k - 1}"]] = 1.0
    M[e, last] = law.error_B[b]
    N[e, v] = law.error_v[b]
    # with a cost of the membrane potential: input of the output's error from S, e and u
    M[np.ix_(e[in_b], U)] += law.error_S[both, None] * arriving[in_f]
    M[e, e] += law.error_e[b]
    N[e[in_b], u[in_f]] += law.error_u[both]

    # d(states)/dt = P nodes + Q states
    P, Q = np.zeros((len(f) + len(b), edges[-1])), np.zeros(len(f) + len(b))
    follows = point.following[f]
    gain = np.divide(law.membrane_S[f], law.drive_S[f], out=np.zeros(len(f)), where=follows)
    P[np.ix_(u, U)] = np.where(follows[:, None], 0.0, law.membrane_S[f, None] * arriving)
    P[u, U] += gain
    apart = ~follows[in_f]
    P[u[in_f[apart]], e[in_b[apart]]] = law.membrane_e[both[apart]]
    Q[u] = law.membrane_u[f] - gain * law.drive_u[f]
    # v is charged from B where time constants are stored, and where e contains more than B and v
    outside = point.stored[b] | (law.error_S[b] != 0) | (law.error_y[b] != 0)
    back = np.where(outside, 0.0, law.state_B[b] / law.error_B[b])
    P[v, e] = back
    P[v, last] = np.where(outside, law.state_B[b], 0.0)
    Q[v] = law.state_v[b] - back * law.error_v[b]

    lagged = np.zeros(edges[-1], bool)
    for name, at in node.items():
        lagged[at] = poles.time > 0 and name[0] in poles.nodes
    there = np.concatenate([law.has_u[f], law.has_v[b]]).astype(bool)
    owners = np.concatenate([f, *[b] * (len(widths) - 1)])
    return Linear(
        _reduced(M, N[:, there], P[there], np.diag(Q[there]), lagged, poles.time),
        np.concatenate([owners[lagged], np.concatenate([f, b])[there]]),
    )


def _reduced(M: np.ndarray, N: np.ndarray, P: np.ndarray, Q: np.ndarray, lagged: np.ndarray, tau: float) -> np.ndarray:
    """Return the state matrix of (lagged nodes, states): nodes without a pole are solved for."""
    at_once = ~lagged
    inner = np.eye(int(at_once.sum())) - M[np.ix_(at_once, at_once)]
    sources = np.concatenate([M[np.ix_(at_once, lagged)], N[at_once]], axis=1)
    solved = np.linalg.solve(inner, sources)
    own = np.concatenate([M[np.ix_(lagged, lagged)], N[lagged]], axis=1) + M[np.ix_(lagged, at_once)] @ solved
    count = int(lagged.sum())
    own[:, :count] -= np.eye(count)
    slow = np.concatenate([P[:, lagged], Q], axis=1) + P[:, at_once] @ solved
    return np.concatenate([own / tau if count else own, slow])
