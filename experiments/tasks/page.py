"""The page docs/results/tasks.md: the results of the papers' tasks beside the published numbers, and its pictures.

Nothing here is typed in but what was published: all other numbers are computed when the page is made, and those of the
long training of MNIST-1D are read from docs/results/mnist1d.json, a list of the `results.json` of its runs.
"""

import json
from pathlib import Path

import numpy as np

from experiments.tasks.pictures import lagline_picture
from experiments.tasks.robustness import robustness
from vle_analog import Study
from vle_analog.gradient import Gradients, gradients
from vle_analog.network import Traces
from vle_analog.style import png

DOCS = Path(__file__).resolve().parents[2] / "docs"
MNIST1D = DOCS / "results" / "mnist1d.json"
# GLE's stored results: mean and population standard deviation of the test accuracy of ten seeds, per cent.
PUBLISHED = {"42k": (93.5, 0.9), "15k": (91.7, 0.8)}
TAUGHT = {"drive_hidden.W[0,0]": 1.0, "hidden_readout.W[0,0]": 2.0, "hidden.tau_m[0]": 1.0, "readout.tau_m[0]": 2.0}
RISE, HALF_PERIOD = 0.1, 2.0
# The same task with the wave of the source: longer, since the wave tells so little, and with a finer teacher.
WAVE = {
    "duration": 4000.0,
    "target.spacing": 0.005,
    "network.populations.hidden.tau_m_eta": 0.4,
    "network.populations.readout.tau_m_eta": 7.0,
    "network.projections.drive_hidden.eta": 0.3,
    "network.projections.hidden_readout.eta": 0.4,
}


def tasks_page() -> str:
    """Return the page; writes its pictures, too."""
    sections = [lagline(), lagnet(), depth(), robustness(), online_chain(), mnist1d()]
    lines = [
        "# The tasks of the papers",
        "",
        "Made by `make docs`. Published numbers are those that could be read; one that could not is not available,",
        "and nothing stands in its place. Times are in model time. Learning is continuous and online, without batches,",
        "momentum or Adam, except for MNIST-1D.",
        "",
        "| task | published | here | command |",
        "|---|---|---|---|",
        *(row for row, _ in sections),
        "",
    ]
    return "\n".join(lines) + "\n" + "\n\n".join(text.strip() for _, text in sections) + "\n"


def lagline() -> tuple[str, str]:
    """Report GLE, Fig. 5."""
    study = Study.load("lagline", {"simulate.timeout": 3000.0})
    ideal, comparison = study.ideal(), study.compare()
    wave = Study.load("lagline", {**WAVE, "stimuli.drive.channels": [square_wave()]}).ideal()
    wrong = {"network.populations.hidden.tau_m": 2.0, "network.populations.readout.tau_m": 1.0}
    astray = Study.load("lagline", wrong).ideal()
    (DOCS / "images" / "lagline.png").write_bytes(png(lagline_picture(ideal, comparison.circuit, TAUGHT)))
    runs = {"equations": ideal, "circuit": comparison.circuit, "source's wave": wave}
    rows = "\n".join(
        f"| `{name}` | {ideal[name][0]:g} | {value:g} | "
        + " | ".join(f"{run[name][-1]:.4f} ({off(run, name):.1e})" for run in runs.values())
        + " |"
        for name, value in TAUGHT.items()
    )
    worst = {key: max(off(run, name) for name in TAUGHT) for key, run in runs.items()}
    ours = f"weights and time constants within {worst['equations']:.1e}, in the circuit within {worst['circuit']:.1e}"
    return (
        f"| GLE lagline | not available | {ours} | `vle-analog solve lagline`, "
        "`vle-analog compare lagline --set simulate.timeout=3000` |",
        f"""
## GLE lagline: a chain learns weights and time constants

![Weights and membrane time constants against time, with the teacher's values](../images/lagline.png)

Parameters at the start, the teacher's, and after learning, with their relative distance from the teacher's:

| parameter | start | teacher | equations | circuit | equations, the source's wave |
|---|---|---|---|---|---|
{rows}

The run lasts {study.spec.duration:g}; NRMSE of the circuit against the equations: {comparison.worst_nrmse:.1e} at worst
(`{comparison.worst.signal}`). The last column is the same study with the square wave of the source, +-1 with half
periods of {HALF_PERIOD:g} (edges tanh(t / {RISE:g}), as a Fourier series), over {WAVE["duration"]:g}: the odd harmonics
of one frequency tell the two time constants apart less well than three sines do; its learning rates are others, too.
Most of what remains of the distance comes from the teacher's samples, linear in between: the error has a gain of up to
tau_m / tau_r = 20 for their kinks. It falls with the square of the spacing.

Not every start leads there. With time constants that start the wrong way round, {astray["hidden.tau_m[0]"][0]:g} and
{astray["readout.tau_m[0]"][0]:g}, all else as it is, they are {astray["hidden.tau_m[0]"][-1]:.2f} and
{astray["readout.tau_m[0]"][-1]:.2f} after {astray.time[-1]:g}, and go on apart.
""",
    )


def lagnet() -> tuple[str, str]:
    """Report GLE, Fig. 6."""
    study = Study.load("lagnet", {"duration": 600.0})
    ideal, target = study.ideal(), study.target
    loss = 0.5 * (target(ideal.time)[0] - ideal["readout.r[0]"]) ** 2
    tenth = len(loss) // 10
    early, late = float(loss[:tenth].mean()), float(loss[-tenth:].mean())
    names = {"drive_first.W[0,0]": -0.5, "drive_first.W[1,0]": 1.0}
    marks = [int(np.argmin(abs(ideal.time - t))) for t in (0.0, 150.0, 300.0, 600.0)]
    rows = "\n".join(
        f"| `{name}` | {value:g} | " + " | ".join(f"{ideal[name][k]:.4f}" for k in marks) + " |"
        for name, value in names.items()
    )
    short = Study.load("lagnet", {"duration": 40.0})
    found = gradients(short.spec.network, short.target, 40.0, finite_differences=False)
    rules = {"local (VLE, GLE)": "local", "LE, instantaneous backprop": "le"}
    angles = "\n".join(
        f"| {name} | {cosine(found, rule):.4f} | {np.degrees(np.arccos(cosine(found, rule))):.1f} | "
        f"{found.agreement(rule, 'W', 'drive_first').ratio:.2f} |"
        for name, rule in rules.items()
    )
    worst = max(abs(ideal[name][-1] / value - 1) for name, value in names.items())
    return (
        f"| GLE lagnet | not available | first layer within {worst:.1%} of the teacher's, loss down "
        f"to {late / early:.1e} of its start | `vle-analog solve lagnet --set duration=600` |",
        f"""
## GLE lagnet: slow and fast neurons side by side

| weight | teacher | {" | ".join(f"time {ideal.time[k]:g}" for k in marks)} |
|---|---|{"---|" * len(marks)}
{rows}

Mean loss over the first tenth of the run {early:.1e}, over the last {late:.1e}. How the gradient of the first layer's
two weights lies to the exact one, the adjoint's, at the start of learning, over 40
(`vle-analog gradient lagnet --set duration=40`):

| rule | cosine | angle, degrees | norm / exact norm |
|---|---|---|---|
{angles}

The weight onto the instantaneous neuron has the same gradient by every rule, for only instantaneous neurons lie behind
it; all difference is in the weight onto the slow one. It is one network at one point: no claim beyond it.
""",
    )


def depth() -> tuple[str, str]:
    """Report LE: no delay at any depth."""
    comparison = Study.load("depth").compare()
    delay = max(abs(s.delay) for s in comparison.signals if s.signal.kind == "r")
    return (
        f"| LE depth | not available | eight layers, circuit behind its ideal by at most {delay:.1e} | "
        "`vle-analog compare depth` |",
        f"""
## LE: a deep chain without delay

Eight layers with membrane time constants of 0.5 to 1.2 in latent equilibrium. The rates of the ideal follow the step
at the input at once; the circuit's are at most {delay:.1e} behind, NRMSE {comparison.worst_nrmse:.1e} at worst.
""",
    )


def online_chain() -> tuple[str, str]:
    """Report a chain that learns online."""
    comparison = Study.load("online_chain").compare()
    ideal, circuit = comparison.ideal, comparison.circuit
    names = {"drive_hidden.W[0,0]": 1.2, "hidden_readout.W[0,0]": 0.8}
    rows = "\n".join(
        f"| `{name}` | {ideal[name][0]:g} | {value:g} | {ideal[name][-1]:.4f} | {circuit[name][-1]:.4f} |"
        for name, value in names.items()
    )
    worst = max(abs(circuit[name][-1] - ideal[name][-1]) for name in names)
    return (
        f"| online chain | not available | circuit and equations end within {worst:.1e} of each other | "
        "`vle-analog compare online_chain` |",
        f"""
## A chain that learns online

| weight | start | teacher | equations at {ideal.time[-1]:g} | circuit at {ideal.time[-1]:g} |
|---|---|---|---|---|
{rows}

The product of the two weights is learned soon, their ratio slowly. NRMSE {comparison.worst_nrmse:.1e} at worst.
""",
    )


def mnist1d() -> tuple[str, str]:
    """Report GLE, Fig. 8."""
    runs = json.loads(MNIST1D.read_text(encoding="utf-8")) if MNIST1D.is_file() else []
    table, lines = [], []
    for size, (mean, deviation) in PUBLISHED.items():
        mine = [run for run in runs if run["size"] == size]
        ours = "not run"
        if mine:
            found = [100 * run["test_accuracy"] for run in mine]
            several = f" +- {np.std(found):.1f}" if len(found) > 1 else ""
            epochs = " and ".join(str(n) for n in sorted({run["epochs"] for run in mine}))
            ours = (
                f"{np.mean(found):.1f}{several} % ({len(found)} seed{'s' if len(found) > 1 else ''}, {epochs} epochs)"
            )
        published = f"{mean} +- {deviation} %"
        table.append(f"| GLE MNIST-1D, {size} | {published} | {ours} | `vle-analog mnist1d --size {size}` |")
        seeds = "; ".join(
            f"seed {run['seed']}: {run['test_accuracy']:.1%} (training data {run['train_accuracy']:.1%})"
            for run in mine
        )
        lines.append(f"- {size}: published {published}, ten seeds; here {seeds or ours}.")
    text = """
## GLE MNIST-1D: online classification

Accuracy on the test data after the last epoch. What is computed, and what was chosen, is said in
[mnist1d.md](mnist1d.md).

"""
    return "\n".join(table), text + "\n".join(lines)


def square_wave(harmonics: int = 12) -> list[dict[str, float]]:
    """Return the Fourier series of a square wave of +-1 with edges tanh(t / RISE): one entry per odd harmonic.

    An edge turns the 4 / (pi k) of a sharp wave into 4 / (pi k) x / sinh(x) with x = pi omega RISE / 2.
    """
    k = np.arange(1, 2 * harmonics, 2)
    omega = k * np.pi / HALF_PERIOD
    x = np.pi * omega * RISE / 2
    amplitude = 4 / (np.pi * k) * x / np.sinh(x)
    return [{"amplitude": float(a), "omega": float(w)} for a, w in zip(amplitude, omega, strict=True)]


def off(run: Traces, name: str) -> float:
    """Return the final relative distance of a parameter from the teacher's."""
    return abs(float(run[name][-1]) / TAUGHT[name] - 1)


def cosine(found: Gradients, rule: str) -> float:
    """Return the cosine of the angle between a rule's gradient and the exact one, first layer (nan if one is zero)."""
    value = found.agreement(rule, "W", "drive_first").cosine
    return np.nan if value is None else value
