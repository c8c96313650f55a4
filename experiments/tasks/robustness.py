"""The section of docs/results/tasks.md on LE with mismatched time constants, beside a network without look-ahead."""

from pathlib import Path

import numpy as np

from experiments.tasks.mismatch import LEAKY, MismatchSweep, mismatch_sweep
from experiments.tasks.pictures import robustness_picture
from vle_analog import Study
from vle_analog.report.variation.content import LossBand
from vle_analog.report.variation.pictures import loss_figure
from vle_analog.style import png

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
COMMAND = "`python scripts/make_docs.py tasks`"
MISMATCHES = (0.0, 0.05, 0.1, 0.2, 0.3, 0.5)
LE, PLAIN = "LE, τ = 1", "leaky, τ = 1"
LEAKS = {PLAIN: 1.0, "leaky, τ = 0.1": 0.1, "leaky, τ = 0.03": 0.03}  # time constants of those without look-ahead
RATES = (0.2, 0.1, 0.05, 0.02, 0.01)  # of which every network without look-ahead gets what suits it best


def robustness() -> tuple[str, str]:
    """Return a row of the table of tasks, and the section; writes its pictures, too."""
    study = Study.load("le_robustness")
    sweep = mismatch_sweep(study.spec, study.target)
    comparison = study.compare()
    (IMAGES / "le_robustness.png").write_bytes(png(robustness_picture(sweep)))
    rows = "\n".join(
        f"| {level:.0%} | " + " | ".join(spread(part[k]) for part in (sweep.given, sweep.learned, sweep.weights)) + " |"
        for k, level in enumerate(sweep.mismatch)
    )
    return (
        f"| LE robustness | not available | {line(sweep)} | {COMMAND}; one draw: `vle-analog compare le_robustness` |",
        f"""
## LE: time constants that do not match

![Error of the output against mismatch, before and after learning](../images/le_robustness.png)

In every neuron of a 2-4-4-1 network tau_m and tau_r are drawn apart, tau = exp(s z), z standard normal, s the mismatch;
{sweep.given.shape[1]} draws (thin lines), seed 0, the same z for every s. Median (lowest to highest). Errors are
rms(y\\* - r) / rms(y\\*), the teacher being the network without mismatch: first with the teacher's weights, then
over the last quarter of {study.spec.duration:g} units of online learning from other weights. Last, how far the learned
weights are from those learned without mismatch, relative to how far these moved.

| mismatch s | error, teacher's weights | error, learned weights | weights apart |
|---|---|---|---|
{rows}

With given weights the error grows in proportion to the mismatch. Learning online takes back part of it, by other
weights than without mismatch; it has not ended after {study.spec.duration:g}, which is what the first row shows. The
shipped study is the first draw at 10 %; its circuit is within an NRMSE of {comparison.worst_nrmse:.1e}.
{without_look_ahead()}""",
    )


def without_look_ahead() -> str:
    """Report the same task for leaky integrators, which respond with delay."""
    study = Study.load("le_robustness")
    sweeps = {LE: mismatch_sweep(study.spec, study.target, MISMATCHES)}
    rates = {LE: study.spec.network.projections[0].eta}
    for label, tau in LEAKS.items():
        rates[label] = best_rate(tau)
        plain = learner(tau, rates[label])
        sweeps[label] = mismatch_sweep(plain.spec, plain.target, MISMATCHES, look_ahead=LEAKY)
    curves = {
        label: LossBand(sweep.mismatch, *np.quantile(sweep.loss, (0.5, 0.05, 0.95), axis=1))
        for label, sweep in sweeps.items()
    }
    title = "What time constants that do not match cost, with and without look-ahead"
    (IMAGES / "le_look_ahead.png").write_bytes(png(loss_figure(curves, "mismatch s, σ of ln τ", title)))
    rows = "\n".join(
        f"| {level:.0%} | " + " | ".join(f"{np.median(sweep.loss[k]):.2g}" for sweep in sweeps.values()) + " |"
        for k, level in enumerate(MISMATCHES)
    )
    wanted = study.target(np.linspace(0.0, study.spec.duration, 1001))
    silence = float(np.mean(np.sum(wanted[:, -250:] ** 2, axis=0)) / 2)
    worst = float(np.quantile(sweeps[LE].loss[-1], 0.95))
    return f"""
### The same without look-ahead

![Loss after learning against mismatch, with and without look-ahead](../images/le_look_ahead.png)

The same network, task, draws and rule, but tau_r = {LEAKY:g} tau, all but zero: plain leaky integrators, U = u. The
comparison favours them: their error stays instantaneous, e = B, and is not delayed as their rates are (rule vle would
look it ahead by tau_m, which is the very thing left out); and each has that learning rate of
{", ".join(f"{r:g}" for r in RATES)} that serves it best without mismatch
({"; ".join(f"{rates[label]:g} at τ = {tau:g}" for label, tau in LEAKS.items())}), while LE keeps the study's
{rates[LE]:g}. Loss: mean of |y\\* - r|^2 / 2 over the last quarter of {study.spec.duration:g}; median of
{sweeps[LE].loss.shape[1]} draws, bands from 5 to 95 %.

| mismatch s | {" | ".join(sweeps)} |
|---|{"---|" * len(sweeps)}
{rows}

A silent output has a loss of {silence:.2g}. Without look-ahead mismatch hardly matters, because the delay of three
layers costs so much more: at tau = 1 the network does worse than silence, as its error meets rates of the past and
pushes weights the wrong way. LE is robust in the sense that counts: at 50 % mismatch nineteen of twenty draws stay
below {worst:.2g}. {compared(worst, sweeps)}

One network without look-ahead, and many:

```sh
vle-analog solve le_robustness --set network.populations.first.tau_r=1e-9 \\
  --set network.populations.second.tau_r=1e-9 --set network.populations.readout.tau_r=1e-9
```

```python
from vle_analog import Study
from experiments.tasks.mismatch import LEAKY, mismatch_sweep

study = Study.load("le_robustness")
for look_ahead in (1.0, LEAKY):
    sweep = mismatch_sweep(study.spec, study.target, draws=5, look_ahead=look_ahead)
    print(sweep.mismatch, sweep.loss.mean(axis=1))
```
"""


def compared(worst: float, sweeps: dict[str, MismatchSweep]) -> str:
    """Describe which networks without look-ahead exceed a loss even without mismatch, and which do not."""
    above = [tau for label, tau in LEAKS.items() if np.median(sweeps[label].loss[0]) > worst]
    below = [tau for tau in LEAKS.values() if tau not in above]
    lines = []
    if above:
        times = " and ".join(f"τ = {tau:g}" for tau in above)
        lines.append(f"Leaky integrators with {times} lose more without any mismatch.")
    if below:
        lines.append(f"To stay below it without look-ahead takes neurons {1 / max(below):.0f} times as fast.")
    return "\n".join(lines)


def learner(tau: float, eta: float) -> Study:
    """Return the study with all time constants of its teacher, around which they are drawn, at `tau`."""
    spec = Study.load("le_robustness").spec
    keys = {f"network.projections.{projection.name}.eta": eta for projection in spec.network.projections}
    for population in spec.network.populations:
        keys |= {f"target.{kind}.{population.name}": tau for kind in ("tau_m", "tau_r")}
    return Study.load("le_robustness", keys)


def best_rate(tau: float) -> float:
    """Return the learning rate at which leaky integrators without mismatch end with the least loss."""
    losses = {}
    for eta in RATES:
        study = learner(tau, eta)
        losses[eta] = float(mismatch_sweep(study.spec, study.target, (), draws=1, look_ahead=LEAKY).loss[0, 0])
    return min(losses, key=lambda eta: losses[eta])


def spread(values: np.ndarray) -> str:
    """Write median, lowest and highest."""
    return f"{np.median(values):.3f} ({values.min():.3f} to {values.max():.3f})"


def line(sweep: MismatchSweep) -> str:
    """Describe a sweep in one line."""
    k = int(np.argmin(abs(sweep.mismatch - 0.1)))
    given, learned = np.median(sweep.given[k]), np.median(sweep.learned[k])
    return f"{sweep.mismatch[k]:.0%} mismatch costs {given:.1%} of the output, {learned:.1%} after learning"
