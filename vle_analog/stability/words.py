"""The findings about the loops of a study as text: for the refusal, the warning, the terminal and the report."""

from collections.abc import Callable

from vle_analog.errors import InputError, Problem
from vle_analog.network.model import Network
from vle_analog.stability.cure import cures
from vle_analog.stability.growth import NOTICED, REFUSED, VERDICTS, Finding, Stability
from vle_analog.study.spec import StudySpec

MOST_NEURONS = 4


def number(value: complex) -> str:
    """Format an eigenvalue as `+193 + 6801i`."""
    imaginary = f" {'+' if value.imag >= 0 else '-'} {abs(value.imag):.4g}i" if value.imag else ""
    return f"{value.real:+.3g}{imaginary}"


def neuron_names(finding: Finding) -> dict[str, float]:
    """Return `pair[0]` -> share in the worst eigenvalue, the largest first."""
    owners = [f"{p.name}[{k}]" for p in finding.worst.network.populations for k in range(p.size)]
    return {owners[k]: share for k, share in finding.neurons.items()}


def loop_name(finding: Finding) -> str:
    """Return a name such as `the error loop of pair (along loop)`."""
    loop = finding.loop
    along = f" (along {', '.join(loop.projections)})" if loop.projections else ""
    return f"the {loop.kind} loop of {', '.join(loop.populations)}{along}"


def sentence(finding: Finding) -> str:
    """Describe a finding in one line: which loop is unstable, where, and how much."""
    return f"{judgement(finding)}: {_evidence(finding)}"


def judgement(finding: Finding) -> str:
    """Describe the verdict on a loop."""
    how = "is stable"
    if finding.verdict == "unstable":
        how = "is unstable"
    elif finding.verdict == "warning":
        how = "is unstable for a while" if finding.growth > NOTICED else "grows, as the forward network does by itself"
    return f"{loop_name(finding)} {how}"


def _evidence(finding: Finding) -> str:
    names = list(neuron_names(finding).items())
    shown = ", ".join(f"{name} ({share:.0%})" for name, share in names[:MOST_NEURONS])
    more = f" and {len(names) - MOST_NEURONS} more" if len(names) > MOST_NEURONS else ""
    grown = f", a deviation grows to e^{finding.growth:.3g}" if finding.growth > 0 else ""
    own = (
        f", of which the forward network does e^{finding.own_growth:.3g} alone" if finding.own_growth > NOTICED else ""
    )
    return (
        f"eigenvalue {number(finding.rightmost)} at model time {finding.worst.time:.4g} in {shown}{more}, "
        f"with {finding.poles}{grown}{own}"
    )


Reexamine = Callable[[Network], Stability]
"""The findings for a changed network in its whole run."""


def problems(spec: StudySpec, stability: Stability, again: Reexamine) -> list[Problem]:
    """Return one problem for every loop that is not stable, and for every one that was too large to examine."""
    found = [_problem(spec, finding, again) for finding in stability.findings if finding.verdict != "stable"]
    return found + [
        Problem(
            f"the {loop.kind} loop of {', '.join(loop.populations)} is too large to be analysed",
            f"{spec.source}: network",
        )
        for loop in stability.skipped
    ]


def _problem(spec: StudySpec, finding: Finding, again: Reexamine) -> Problem:
    def holds(network: Network) -> bool:
        """True where the verdict on this loop is better along the whole run."""
        same = [
            f.verdict
            for f in again(network).findings
            if f.loop.kind == finding.loop.kind and set(f.loop.populations) & set(finding.loop.populations)
        ]
        return all(VERDICTS.index(verdict) < VERDICTS.index(finding.verdict) for verdict in same)

    remedies = list(cures(finding, spec.network, holds)) if finding.growth > NOTICED else []
    refused = finding.verdict == "unstable"
    if refused:
        remedies.append('simulate.unstable = "warn" simulates it all the same')
    expected = f"growth of at most e^{REFUSED:g} in the whole run" if refused else ""
    where = f"{spec.source}: network.projections" if finding.loop.projections else f"{spec.source}: network"
    return Problem(judgement(finding), where, _evidence(finding), expected, "; or ".join(remedies))


def refuse_unstable(spec: StudySpec, stability: Stability, again: Reexamine) -> None:
    """Refuse a study that would diverge, unless it is to be simulated all the same.

    **Raises:** `InputError` naming every unstable loop, its neurons, eigenvalue, model time and cures.
    """
    if spec.simulate.unstable == "refuse" and stability.verdict == "unstable":
        worst = [finding for finding in stability.findings if finding.verdict == "unstable"]
        raise InputError(*(_problem(spec, finding, again) for finding in worst))
