"""Remedies for an unstable loop: each is tested on the linear system and reported with its number.

All are tested where the loop is worst, with potentials, errors and everything outside of the loop as they are there;
then on the whole run of the changed network, and made stronger where they do not suffice.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import floor, log10

import numpy as np

from vle_analog.network.model import Network, Population
from vle_analog.stability.growth import Finding, excess
from vle_analog.stability.loops import Loop

HALVINGS = 12
RETREATS = 3  # times that an insufficient remedy is made stronger
SMALLEST = 1e-4  # of the present value: a remedy below is discarded


@dataclass(frozen=True, eq=False)
class Trial:
    """A finding, the initial network, and a test whether a changed network is stable in its whole run."""

    finding: Finding
    start: Network
    holds: Callable[[Network], bool]

    def stable(self, change: Callable[[Network], Network]) -> bool:
        """True where the changed network is stable at the worst moment of the loop."""
        finding = self.finding
        try:
            return excess(finding.worst.changed(change(finding.worst.network)), finding.part, finding.poles) <= 0
        except np.linalg.LinAlgError:
            return False


def cures(
    finding: Finding, start: Network | None = None, holds: Callable[[Network], bool] = lambda _: True
) -> tuple[str, ...]:
    """Return the remedies that work, one sentence each.

    **Arguments:** `start`: the initial network. `holds`: True where a changed one is stable in the whole run.
    """
    trial, loop, network = Trial(finding, start or finding.worst.network, holds), finding.loop, finding.worst.network
    tried = (
        _lead(trial, loop, network),
        _latent(trial, loop, network),
        _lag(trial, loop, network),
        _weights(trial, loop),
        _nudging(trial, loop, network),
    )
    return tuple(text for text in tried if text)


def _largest(trial: Trial, low: float, high: float, changed: Callable[[Network, float], Network]) -> float | None:
    """Return the largest stable value between `low` and `high` (unstable), rounded down to two digits."""
    if not trial.stable(lambda network: changed(network, low)):
        return None
    lowest = low
    for _ in range(HALVINGS):
        middle = float(np.sqrt(low * high))
        stable = trial.stable(lambda network: changed(network, middle))  # noqa: B023 - called at once
        low, high = (middle, high) if stable else (low, middle)
    for _ in range(RETREATS + 1):
        value = _rounded_down(low)
        if trial.holds(changed(trial.start, value)):
            return value
        low = float(np.sqrt(low * lowest))
    return None


def _rounded_down(value: float) -> float:
    digit = 10.0 ** (floor(log10(value)) - 1)
    return float(f"{floor(value / digit + 1e-9) * digit:.2g}")


def _with_populations(network: Network, names: tuple[str, ...], change: Callable[[Population], Population]) -> Network:
    return replace(network, populations=tuple(change(p) if p.name in names else p for p in network.populations))


def _lead(trial: Trial, loop: Loop, network: Network) -> str:
    """Try a smaller tau_m/tau_r: errors lead less."""
    now = max((float(np.max(p.tau_m / p.tau_r)) for p in network.populations if p.name in loop.errors), default=1.0)
    if network.rule != "vle" or now <= 1:
        return ""

    def changed(network: Network, most: float) -> Network:
        return _with_populations(network, loop.errors, lambda p: replace(p, tau_m=np.minimum(p.tau_m, most * p.tau_r)))

    most = _largest(trial, 1.0, now, changed)
    return f"tau_m / tau_r at most {most:g} in {' and '.join(loop.errors)} (now up to {now:.3g})" if most else ""


def _latent(trial: Trial, loop: Loop, network: Network) -> str:
    """Try errors without a lead."""
    if network.rule != "vle" or not loop.errors or not trial.stable(lambda net: replace(net, rule="le")):
        return ""
    if not trial.holds(replace(trial.start, rule="le")):
        return ""
    return 'errors without their own dynamics (rule = "le")'


def _lag(trial: Trial, loop: Loop, network: Network) -> str:
    """Try a smaller tau_r/tau_m: potentials lead less, or lag more."""
    if loop.kind != "forward":
        return ""
    now = max(float(np.max(p.tau_r / p.tau_m)) for p in network.populations if p.name in loop.potentials)

    def changed(network: Network, most: float) -> Network:
        def slower(p: Population) -> Population:
            tau_r = np.minimum(p.tau_r, most * p.tau_m)
            return replace(p, tau_r=tau_r, wire=p.wire & (tau_r == p.tau_m))

        return _with_populations(network, loop.potentials, slower)

    most = _largest(trial, SMALLEST * now, now, changed)
    return f"tau_r / tau_m at most {most:g} in {' and '.join(loop.potentials)} (now up to {now:.3g})" if most else ""


def _weights(trial: Trial, loop: Loop) -> str:
    """Try smaller weights."""

    def changed(network: Network, share: float) -> Network:
        return replace(
            network,
            projections=tuple(
                replace(
                    q,
                    weights=share * q.weights,
                    feedback_weights=None if q.feedback_weights is None else share * q.feedback_weights,
                )
                if q.name in loop.projections
                else q
                for q in network.projections
            ),
        )

    share = _largest(trial, SMALLEST, 1.0, changed) if loop.projections else None
    return f"the weights of {' and '.join(loop.projections)} times {share:g}" if share else ""


def _nudging(trial: Trial, loop: Loop, network: Network) -> str:
    """Try less nudging: K = gamma beta (1 + ...) must stay below sec^n(pi/n) for n equal poles in a row."""
    if loop.kind != "nudging":
        return ""
    share = _largest(trial, SMALLEST, 1.0, lambda net, part: replace(net, gamma=part * net.gamma))
    if not share:
        return ""
    now = network.gamma * network.beta
    return f"gamma * beta at most {share * now:.2g} (now {now:.3g})"
