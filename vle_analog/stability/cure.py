"""What would make an unstable loop stable: each remedy is tried on the linear system itself and named with its number.

All are tried where the loop is worst, with potentials, errors and everything outside of the loop as they are there.
"""

from collections.abc import Callable
from dataclasses import replace
from math import floor, log10

import numpy as np

from vle_analog.network.model import Network, Population
from vle_analog.stability.growth import Finding, excess
from vle_analog.stability.loops import Loop

HALVINGS = 12
SMALLEST = 1e-4  # of what is there now: a remedy that has to go below is none


def cures(finding: Finding) -> tuple[str, ...]:
    """The remedies that work, one sentence each."""
    loop, network = finding.loop, finding.worst.network
    tried = (_lead(finding, loop, network), _latent(finding, loop, network), _lag(finding, loop, network),
             _weights(finding, loop, network), _nudging(finding, loop, network))  # fmt: skip
    return tuple(text for text in tried if text)


def _stable(finding: Finding, network: Network) -> bool:
    try:
        return excess(finding.worst.changed(network), finding.part, finding.poles) <= 0
    except np.linalg.LinAlgError:
        return False


def _largest(finding: Finding, low: float, high: float, changed: Callable[[float], Network]) -> float | None:
    """The largest value between `low` and `high` (unstable) at which the loop is stable, two digits rounded down."""
    if not _stable(finding, changed(low)):
        return None
    for _ in range(HALVINGS):
        middle = float(np.sqrt(low * high))
        low, high = (middle, high) if _stable(finding, changed(middle)) else (low, middle)
    digit = 10.0 ** (floor(log10(low)) - 1)
    return float(f"{floor(low / digit + 1e-9) * digit:.2g}")


def _with_populations(network: Network, names: tuple[str, ...], change: Callable[[Population], Population]) -> Network:
    return replace(network, populations=tuple(change(p) if p.name in names else p for p in network.populations))


def _lead(finding: Finding, loop: Loop, network: Network) -> str:
    """A smaller tau_m/tau_r: errors lead less."""
    now = max((float(np.max(p.tau_m / p.tau_r)) for p in network.populations if p.name in loop.errors), default=1.0)
    if network.rule != "vle" or now <= 1:
        return ""

    def changed(most: float) -> Network:
        return _with_populations(
            network, loop.errors, lambda p: replace(p, tau_m=np.minimum(p.tau_m, most * p.tau_r))
        )  # fmt: skip

    most = _largest(finding, 1.0, now, changed)
    return f"tau_m / tau_r at most {most:g} in {' and '.join(loop.errors)} (now up to {now:.3g})" if most else ""


def _latent(finding: Finding, loop: Loop, network: Network) -> str:
    """Errors without a lead at all."""
    if network.rule != "vle" or not loop.errors or not _stable(finding, replace(network, rule="le")):
        return ""
    return 'errors without their own dynamics (rule = "le", or tau_m = tau_r inside the loop)'


def _lag(finding: Finding, loop: Loop, network: Network) -> str:
    """A smaller tau_r/tau_m: potentials lead less, or lag more."""
    if loop.kind != "forward":
        return ""
    now = max(float(np.max(p.tau_r / p.tau_m)) for p in network.populations if p.name in loop.potentials)

    def changed(most: float) -> Network:
        def slower(p: Population) -> Population:
            tau_r = np.minimum(p.tau_r, most * p.tau_m)
            return replace(p, tau_r=tau_r, wire=p.wire & (tau_r == p.tau_m))

        return _with_populations(network, loop.potentials, slower)

    most = _largest(finding, SMALLEST * now, now, changed)
    return f"tau_r / tau_m at most {most:g} in {' and '.join(loop.potentials)} (now up to {now:.3g})" if most else ""


def _weights(finding: Finding, loop: Loop, network: Network) -> str:
    """Smaller weights."""

    def changed(share: float) -> Network:
        return replace(network, projections=tuple(
            replace(
                q, weights=share * q.weights,
                feedback_weights=None if q.feedback_weights is None else share * q.feedback_weights,
            )
            if q.name in loop.projections else q
            for q in network.projections
        ))  # fmt: skip

    share = _largest(finding, SMALLEST, 1.0, changed) if loop.projections else None
    return f"the weights of {' and '.join(loop.projections)} times {share:g}" if share else ""


def _nudging(finding: Finding, loop: Loop, network: Network) -> str:
    """Less nudging. K = gamma beta (1 + ...) has to stay below sec^n(pi/n) for n equal poles in a row."""
    if loop.kind != "nudging":
        return ""
    share = _largest(finding, SMALLEST, 1.0, lambda part: replace(network, gamma=part * network.gamma))
    if not share:
        return ""
    now = network.gamma * network.beta
    return f"gamma * beta at most {share * now:.2g} (now {now:.3g})"
