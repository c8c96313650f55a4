"""The page docs/results/fidelity.md: the deviations of circuits from the equations, level by level, with their bounds.

python scripts/make_docs.py fidelity [--only SECTION ...]

Numbers and curves come from docs/results/fidelity.json, which the same command fills (fidelity_runs.py); with `--only`
it measures those sections and takes the others as they are, with `--only nothing` it makes the page alone.
"""

import json
from collections.abc import Iterator

from experiments.fidelity.accuracy import against_ideal, attribution, fitted
from experiments.fidelity.claims import JUDGED, PROCESSES, Claim, Found, entry, percent, verdict
from experiments.fidelity.pictures import pictures
from experiments.fidelity.runs import POLE, RESULTS, SECTIONS, measure

FALL = {
    ("online_chain", "generic180"): 200.0,
    ("online_chain", "gf180mcu"): 200.0,
    ("online_chain", "sky130"): 50.0,
    ("two_layer", "generic180"): 50.0,
}
DRAWN_FALL, DRAWN_SHARE = 10.0, 0.95
CHIPS = RESULTS.with_name("yield.json")
PART, FULL_SCALE = 0.5, 0.01  # relative to the bias or to full scale: required accuracy of a prediction
SHORTER = {"behavioural": 10.0, "transistor": 3.0}
CPU = 20.0  # seconds


def fidelity_page(only: list[str] | None = None) -> str:
    """Return the page; measures first, and writes the pictures."""
    wanted = list(SECTIONS) if only is None else [name for name in SECTIONS if name in only]
    found = measure(wanted)
    pictures(found)
    sections = [part(found) for part in (against_ideal, fitted, attribution, learning, mismatch, delay, cost)]
    claims = [claim for found_claims, _ in sections for claim in found_claims]
    lines = [
        "# How faithful the circuits are",
        "",
        "Made by `python scripts/make_docs.py fidelity`; every number is from a run kept in",
        "`docs/results/fidelity.json` with the digests of study and deck and the simulator's version. NRMSE: root mean",
        "square of circuit minus equations over the peak-to-peak of the equations, all neurons of a population",
        "together; forward: u, U, r; error: v, B, e. Lines of gf180mcu and sky130 are run with `PDK_ROOT` set, at the",
        "nominal corner; sky130 with `online_chain` alone, which takes as many minutes there as seconds elsewhere, at",
        "ten times the time (`circuit.time_unit = 1e-2`). The first table is all that is asked; two numbers are of",
        "generic180 and gf180mcu.",
        "",
        "| asked | bound | found | |",
        "|---|---|---|---|",
        *(f"| {c.what} | {c.bound} | {c.found} | {verdict(c.met)} |" for c in claims),
        "",
        *refusals(found),
    ]
    return "\n".join(lines).rstrip() + "\n\n" + "\n\n".join(text.strip() for _, text in sections) + "\n"


def refusals(found: Found) -> Iterator[str]:
    """Yield the reasons for missing runs."""
    reasons: dict[str, list[str]] = {}
    for section, entries in found.items():
        for name, kept in entries.items():
            if "refused" in kept:
                reasons.setdefault(kept["refused"], []).append(f"{section}/{name}")
    for reason, names in reasons.items():
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        yield f"- Not measured: {names[0]}{more}: {reason}"


def learning(found: Found) -> tuple[list[Claim], str]:
    """Report the fall of the loss, nominal."""
    claims, rows = [], []
    for study in ("online_chain", "two_layer"):
        for process in PROCESSES:
            run, bound = entry(found, "learning", f"{study}/{process}"), FALL.get((study, process))
            asked = "for information" if bound is None else f"{bound:g}"
            if bound is not None:
                ratio = None if run is None else run["ratio"]
                claims.append(
                    Claim(
                        f"`{study}`, {process}: loss falls by, transistors, nominal",
                        f">= {bound:g}",
                        "-" if ratio is None else f"{ratio:.0f}",
                        None if ratio is None else ratio >= bound,
                    )
                )
            if run is None:
                rows.append(f"| `{study}` | {process} | | | {asked} | | | | |")
                continue
            good = verdict(run["ratio"] >= bound) if bound is not None else ""
            plain = run["forward"].get("plain")
            rows.append(
                f"| `{study}` | {process} | {run['first']:.2e} | {run['last']:.2e} | {asked} | "
                f"**{run['ratio']:.0f}** {good} | "
                f"{run['ideal_ratio']:.0f} | {percent(run['forward']['nrmse'])} / "
                f"{percent(plain) if plain is not None else '-'} | {percent(run['weights']['nrmse'])} |"
            )
    return (
        claims,
        f"""
## Learning, nominal devices

All cells in transistors, plasticity on, trainable output bias, 120 units of time. Loss: mean over the first tenth and
over the last sixth. The equations are those with bounded weights; the last but one column gives the forward signals
against these, and against the equations with plain weights.

| study | process | loss, first | last | asked | falls by | equations fall by | forward, bounded / plain | weights |
|---|---|---|---|---|---|---|---|---|
{chr(10).join(rows)}

![Loss against time: equations and transistors](../images/fidelity_learning.png)
""",
    )


def mismatch(_: Found) -> tuple[list[Claim], str]:
    """Report the chain with mismatch: the chips of docs/results/yield.md."""
    chips = json.loads(CHIPS.read_text(encoding="utf-8")).get("online_chain/transistor") if CHIPS.is_file() else None
    learns = f"`online_chain`, mismatch: chips whose loss falls by {DRAWN_FALL:g}"
    asked = (
        "final bias of a weight, predicted by macromodels within half of it or 1 % of full scale, rms over the chips"
    )
    bound = f"{100 * DRAWN_SHARE:.0f} of 100"
    if chips is None:
        claims = [Claim(learns, bound, "-", None), Claim(asked, "", "-", None)]
        return claims, "\n## Mismatch\n\nNot measured yet: `python scripts/make_docs.py yield`.\n"
    point, raw, bare = chips["point"], chips["nrmse_forward"], chips["nrmse_forward_ac"]
    claims = [
        Claim(
            learns,
            bound,
            f"{point['works']} of {point['samples']}, median {point['ratio'][1]:.0f}",
            point["works"] >= DRAWN_SHARE * point["samples"],
        )
    ]
    for name, one in chips["prediction"].items():
        most = max(PART * one["rms_bias"], FULL_SCALE * one["full_scale"])
        found = f"{one['rms_apart']:.3g} ({one['within']} of {one['chips']} chips one by one)"
        claims.append(Claim(f"{asked}: `{name}`", f"{most:.3g}", found, one["rms_apart"] <= most))
    return (
        claims,
        f"""
## Mismatch

`online_chain` on generic180, transistors, trainable output bias, nine times the area and, as larger devices are
slower, four times the time: the chips, their spread and what macromodels say of them are in [yield.md](yield.md). The
loss falls by at least {DRAWN_FALL:g} in **{point["works"]} of {point["samples"]}**; median
{point["ratio"][1]:.0f}, nine of ten
{point["ratio"][0]:.0f} to {point["ratio"][2]:.0f}. Forward signals against the equations, raw: {percent(raw[0])} in the
median, {percent(raw[1])} in the worst of twenty; constant part taken off: {percent(bare[0])}, {percent(bare[1])}.
""",
    )


def delay(found: Found) -> tuple[list[Claim], str]:
    """Report a step through a deep chain."""
    claims, rows = [], []
    for level, bound in SHORTER.items():
        for process in PROCESSES:
            run = entry(found, "delay", f"{level}/{process}")
            if process in JUDGED:
                claims.append(
                    Claim(
                        f"`depth`, {level}, {process}: delay shorter than integrators'",
                        f">= {bound:g} x",
                        "-" if run is None else f"{run['ratio']:.0f} x",
                        None if run is None else run["ratio"] >= bound,
                    )
                )
            if run is not None:
                rows.append(
                    f"| {level} | {process} | {run['delay']:.3f} | {run['integrators']:.2f} | {run['ratio']:.1f} | "
                    f"{bound:g} | {verdict(run['ratio'] >= bound)} |"
                )
    return (
        claims,
        f"""
## Eight layers without delay

A step enters `depth` (eight neurons in latent equilibrium, tau of 0.5 to 1.2). A parasitic pole of {POLE:g} sits at the
nodes U, h and e of every neuron; the transistors have poles of their own besides. Delay: from when the output of the
equations is half way to when the circuit's is. Beside it the same for a chain of plain leaky integrators with the same
time constants and weights, tau du/dt = -u + W r.

| level | process | delay | of integrators | times shorter | asked | |
|---|---|---|---|---|---|---|
{chr(10).join(rows)}

![A step through eight layers](../images/fidelity_delay.png)
""",
    )


def cost(found: Found) -> tuple[list[Claim], str]:
    """Report power, area, and the simulator's time."""
    claims, rows = [], []
    for process in PROCESSES:
        run = entry(found, "cost", f"online_chain/{process}")
        if run is not None:
            rows += [
                f"| {process} | {name.replace('_', ' ')} | {kind['current'] * 1e9:.3g} | {kind['power'] * 1e9:.3g} | "
                f"{kind['gates'] * 1e12:.4g} | {kind['capacitors'] * 1e12:.4g} | {kind['area'] * 1e12:.4g} |"
                for name, kind in run["kinds"].items()
            ]
            power, area = run["total"]["power"] * 1e9, run["total"]["area"] * 1e12
            rows.append(f"| {process} | **together** | | {power:.3g} | | | {area:.4g} |")
    learned = entry(found, "learning", "online_chain/generic180")
    seconds = None if learned is None else learned["cpu_seconds"]
    claims.append(
        Claim(
            "`online_chain`, generic180, transistors over 120: ngspice's processor time",
            f"{CPU:g} s",
            "-" if seconds is None else f"{seconds:.1f} s",
            None if seconds is None else seconds <= CPU,
        )
    )
    spent = (
        ""
        if learned is None
        else (
            f"\nngspice took {seconds:.1f} s of processor time for 120 units of time of this chain in transistors of "
            f"generic180 ({learned['simulator']}), on the machine that made this page; others differ.\n"
        )
    )
    return (
        claims,
        f"""
## Power and area

`online_chain` in transistors. Currents from the bias currents and the supply current per ampere of bias as each cell
was characterised; gates and capacitors as drawn, area with the process' overhead for wires and wells.

| process | part | current, nA | power, nW | gates, um2 | capacitors, um2 | area, um2 |
|---|---|---|---|---|---|---|
{chr(10).join(rows)}
{spent}""",
    )
