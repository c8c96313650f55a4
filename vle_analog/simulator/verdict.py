"""The check of a run, based on the vectors it produced rather than on the tone of its messages.

A run succeeds if its scale reaches the end and every saved vector exists, has the length of the scale and is finite.
The output of ngspice is used to detect aborts and invalid operating points, and to explain failures. Progress notes on
standard error never fail a run.
"""

import re
from dataclasses import dataclass

import numpy as np

from vle_analog.errors import Problem
from vle_analog.netlist.deck import Deck
from vle_analog.simulator.diagnostics import Diagnostic
from vle_analog.simulator.result import Output

ABORTED = re.compile(
    r"simulation\(s\) aborted|simulation not started|circuit not parsed|aren't any circuits loaded"
    r"|awaits to be (?:reset or )?detached|fatal error in ngspice"
)
END_TOLERANCE = 1e-6

WRONG_POINT = "wrong-point"  # diagnostic of a run that may reach its end with finite, but wrong values

# Diagnostics in the order in which they explain a failure best.
EXPLANATIONS = (WRONG_POINT, "out-of-domain", "singular-matrix", "timestep-too-small", "no-start", "iteration-limit")


@dataclass(frozen=True)
class Failure:
    """The reason for rejecting a run: a code (`netlist`, `convergence`, `incomplete`, `engine`) and the problem."""

    code: str
    problem: Problem


def judge(deck: Deck, output: Output, diagnostics: tuple[Diagnostic, ...]) -> Failure | None:
    """Check a run; `None` where it succeeded."""
    refused = netlist_failure(diagnostics)
    if refused is not None:
        return refused
    wrong = any(entry.code == WRONG_POINT for entry in diagnostics)
    if wrong or any(ABORTED.search(line) for line in output.lines):
        return _convergence_failure(diagnostics)
    if output.status:
        return Failure("engine", Problem(what=f"ngspice gave up with status {output.status}", got=tail(output.lines)))
    return _incomplete(deck, output)


def tail(lines: tuple[str, ...], count: int = 3) -> str:
    """Return the last printed lines, on one line."""
    return " | ".join([line.strip() for line in lines if line.strip()][-count:])


def netlist_failure(diagnostics: tuple[Diagnostic, ...]) -> Failure | None:
    """Return the error of an unreadable deck; `None` without one."""
    found = [entry for entry in diagnostics if entry.kind == "netlist"]
    if not found:
        return None
    best = next((entry for entry in found if entry.code != "not-parsed"), found[0])
    return Failure(
        "netlist",
        Problem(what=f"ngspice cannot read the deck: {best.text}", where=", ".join(best.where), hint=best.hint),
    )


def _convergence_failure(diagnostics: tuple[Diagnostic, ...]) -> Failure:
    found = [entry for entry in diagnostics if entry.kind == "convergence"]
    if not found:
        reason = next((entry.text for entry in reversed(diagnostics) if entry.severity == "error"), "no reason printed")
        return Failure("engine", Problem(what="ngspice aborted the run", got=reason))
    found.sort(key=lambda entry: EXPLANATIONS.index(entry.code))
    places = dict.fromkeys(place for entry in found for place in entry.where)
    reasons = dict.fromkeys(entry.text for entry in found)
    return Failure(
        "convergence",
        Problem(
            what=f"the circuit did not converge: {'; '.join(reasons)}", where=", ".join(places), hint=found[0].hint
        ),
    )


def _incomplete(deck: Deck, output: Output) -> Failure | None:
    missing = [name for name in deck.saves if name not in output.vectors]
    if missing:
        return _incomplete_failure("ngspice did not save every vector", "missing: " + _listed(missing))
    if output.time.size == 0:
        return _incomplete_failure("ngspice computed no point", tail(output.lines))
    if deck.transient is not None and output.time[-1] < deck.transient.stop * (1 - END_TOLERANCE):
        return _incomplete_failure(
            "the simulation stopped before its end", f"t = {output.time[-1]:g} s", f"t = {deck.transient.stop:g} s"
        )
    short = [name for name in deck.saves if output.vectors[name].size != output.time.size]
    if short:
        return _incomplete_failure("vectors differ in length", _listed(short))
    wild = [name for name in deck.saves if not np.isfinite(output.vectors[name]).all()]
    if wild:
        return _incomplete_failure("a result is not a finite number", _listed(wild), "finite values")
    return None


def _incomplete_failure(what: str, got: str, expected: str = "") -> Failure:
    return Failure("incomplete", Problem(what=what, got=got, expected=expected))


def _listed(names: list[str], most: int = 5) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
