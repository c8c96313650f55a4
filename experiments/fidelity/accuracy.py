"""The sections of docs/results/fidelity.md without learning: circuits against equations and against each other."""

from collections.abc import Mapping
from typing import Any

from experiments.fidelity.claims import JUDGED, PROCESSES, STUDIES, Claim, Found, entry, percent, verdict
from vle_analog.cells.nonideal import KINDS

LEVELS = {"behavioural": 1e-3, "macromodel, nothing": 2e-3, "transistor": 2e-2}
DEEP = 5e-2  # of `depth` at transistor level
CORRELATED = 0.99
FITTED = 3e-2


def against_ideal(found: Found) -> tuple[list[Claim], str]:
    """Compare forward and error signals without learning."""
    claims, rows = [], []
    for level in LEVELS:
        for study in STUDIES:
            bound, judged = bound_of(study, level), []
            for process in PROCESSES:
                run = entry(found, "ideal", f"{study}/{level}/{process}")
                if run is None:
                    rows.append(f"| `{study}` | {level} | {process} | | | | not measured |")
                    judged += [None] if process in JUDGED else []
                    continue
                forward, error, least = run["forward"], run["error"], run["correlation"]
                good = forward["nrmse"] <= bound and least["least"] >= CORRELATED
                judged += [run] if process in JUDGED else []
                rows.append(
                    f"| `{study}` | {level} | {process} | {percent(forward['nrmse'])} (`{forward['signal']}`) | "
                    f"{percent(error['nrmse'])} | {least['least']:.4f} (`{least['signal']}`) | "
                    f"{verdict(good) if process in JUDGED else 'for information'} |"
                )
            claims += ideal_claims(study, level, bound, judged)
    return (
        claims,
        f"""
## Against the equations

Nothing learns, 20 units of time. Level `macromodel, nothing` is the macromodel with `circuit.nonidealities = []`.
Bounds of the forward signals: {", ".join(f"{level} {percent(bound)}" for level, bound in LEVELS.items())},
of `depth` at transistor level {percent(DEEP)}; least correlation of any error signal with that of the
equations: {CORRELATED}.

| study | level | process | forward, worst | error, worst | least correlation of an error signal | |
|---|---|---|---|---|---|---|
{chr(10).join(rows)}

![Signals of the chain: equations and transistors](../images/fidelity_chain.png)
""",
    )


def bound_of(study: str, level: str) -> float:
    """Return the bound of the forward NRMSE against the equations."""
    return DEEP if (study, level) == ("depth", "transistor") else LEVELS[level]


def ideal_claims(study: str, level: str, bound: float, judged: list[dict[str, Any] | None]) -> list[Claim]:
    """Claim the worst of the processes with a bound."""
    there = [run for run in judged if run is not None]
    forward = [run["forward"]["nrmse"] for run in there]
    least = [run["correlation"]["least"] for run in there]
    good, alike = (max(forward) <= bound, min(least) >= CORRELATED) if there else (True, True)
    whole = len(there) == len(judged)
    sentences = ", ".join(percent(value) for value in forward) or "-"
    where = f"`{study}`, {level}: "
    return [
        Claim(
            where + "forward against the equations", f"{percent(bound)}", sentences, good if whole or not good else None
        ),
        Claim(
            where + "correlation of error signals",
            f"{CORRELATED}",
            ", ".join(f"{value:.4f}" for value in least) or "-",
            alike if whole or not alike else None,
        ),
    ]


def fitted(found: Found) -> tuple[list[Claim], str]:
    """Compare the macromodel with its fitted numbers with the transistors."""
    claims, rows = [], []
    for study in STUDIES:
        for process in PROCESSES:
            run = entry(found, "fitted", f"{study}/{process}")
            where = f"`{study}`, {process}: macromodel against transistors"
            if run is None:
                rows.append(f"| `{study}` | {process} | | | | | |")
                claims += [Claim(where, percent(FITTED), "-", None)] if process in JUDGED else []
                continue
            own = {name: run["ideal"][name]["forward"]["nrmse"] for name in ("macromodel", "transistor")}
            better = own["macromodel"] < own["transistor"]
            apart = run["forward"]["nrmse"]
            if process in JUDGED:
                claims.append(Claim(where, percent(FITTED), percent(apart), apart <= FITTED))
                claims.append(
                    Claim(
                        f"`{study}`, {process}: macromodel no better than transistors",
                        f">= {own['transistor']:.2%}",
                        f"{own['macromodel']:.2%}",
                        not better,
                    )
                )
            rows.append(
                f"| `{study}` | {process} | {percent(apart)} (`{run['forward']['signal']}`) | "
                f"{percent(run['error']['nrmse'])} | {own['macromodel']:.2%} | {own['transistor']:.2%} | "
                f"{'yes' if better else 'no'} |"
            )
    return (
        claims,
        f"""
## The fitted macromodel against the transistors

The same studies and settings; the traces of the transistors stand where the equations stood. Bound of the forward
signals {percent(FITTED)}; error signals for information. The last columns say how far each is from the equations: a
macromodel that comes nearer to them than the transistors do lacks something.

| study | process | forward, worst | error, worst | macromodel to equations | transistors to equations | better? |
|---|---|---|---|---|---|---|
{chr(10).join(rows)}
""",
    )


def attribution(found: Found) -> tuple[list[Claim], str]:
    """Report the contribution of each kind of deviation."""
    rows = []
    for kind in ("nothing", *KINDS, "saturation + offset", "all"):
        cells = []
        for study in STUDIES:
            alone, without = (entry(found, "attribution", f"{study}/{name}") for name in (kind, f"all but {kind}"))
            cells += [forward_and_error(alone), forward_and_error(without) if kind in KINDS else ""]
        rows.append(f"| {kind} | " + " | ".join(cells) + " |")
    return (
        [],
        f"""
## What limits what

The macromodel on generic180 with one kind of deviation alone, and with all but that one (`circuit.nonidealities`),
against the equations: forward / error, worst NRMSE in per cent.

| deviation | {" | ".join(f"`{study}`, alone | all but it" for study in STUDIES)} |
|---|{"---|" * 2 * len(STUDIES)}
{chr(10).join(rows)}

{chr(10).join(limits(found, study) for study in STUDIES)}

Some deviations balance each other, and alone cost what the other no longer takes back: the offset of a pair is the sum
of a shift and of unequal halves (`vos`, `dt`), and the second is nothing without saturation, so the row with both is
the one to read. Noise is nothing here, because a transient analysis has none.

![Deviation with each kind alone and with all but it](../images/fidelity_attribution.png)
""",
    )


def forward_and_error(run: Mapping[str, Any] | None) -> str:
    """Write `1.2 / 2.9`, per cent."""
    return "" if run is None else f"{100 * run['forward']['nrmse']:.2g} / {100 * run['error']['nrmse']:.2g}"


def limits(found: Found, study: str) -> str:
    """Describe which deviation, left out, reduces the total most; of forward and of error signals."""
    whole = entry(found, "attribution", f"{study}/all")
    runs = {kind: entry(found, "attribution", f"{study}/all but {kind}") for kind in KINDS}
    there = {kind: run for kind, run in runs.items() if run is not None}
    if whole is None or not there:
        return f"- `{study}`: not measured."
    sentences = []
    for group in ("forward", "error"):
        all_of_it = whole[group]["nrmse"]
        falls = sorted(there, key=lambda kind, group=group: there[kind][group]["nrmse"])
        named = [
            f"{kind} ({percent(there[kind][group]['nrmse'])})"
            for kind in falls
            if there[kind][group]["nrmse"] < 0.95 * all_of_it
        ]
        texts = ", ".join(named[:3]) or "none by more than a twentieth"
        hidden = [
            f"{kind} ({percent(there[kind][group]['nrmse'])})"
            for kind in reversed(falls)
            if there[kind][group]["nrmse"] > 1.05 * all_of_it
        ]
        raised = f"; left out it rises, by what they balance: {', '.join(hidden[:3])}" if hidden else ""
        sentences.append(f"{group} {percent(all_of_it)} with all, less without: {texts}{raised}")
    return f"- `{study}`: " + ". ".join(part[0].upper() + part[1:] for part in sentences) + "."
