"""The quantities extracted from the runs behind docs/results/fidelity.md, and thinned curves for the pictures."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from vle_analog import Study
from vle_analog.compare import GROUP_OF_KIND, Comparison, Learning, SignalComparison, loss
from vle_analog.mapping.budget import budget
from vle_analog.network import Network, Traces

Numbers = dict[str, Any]
POINTS = 250  # of a curve
KEPT = {"online_chain": ("hidden.u[0]", "readout.r[0]", "hidden.e[0]", "readout.e[0]"), "depth": ("readout.r[0]",)}
EDGE = 3.0  # model time of the step


def against_ideal(study: Study) -> Numbers:
    """Measure the deviation of the circuit from the equations."""
    comparison = study.compare()
    names = KEPT.get(study.spec.name, ()) if study.spec.circuit.level == "transistor" else ()
    found = {**deviations(comparison), **made(study)}
    if names:
        every = slice(None, None, max(1, len(comparison.ideal.time) // POINTS))
        curves = {name: [rounded(t[name][every]) for t in (comparison.ideal, comparison.circuit)] for name in names}
        found["curves"] = {"time": rounded(comparison.ideal.time[every]), **curves}
    return found


def deviations(comparison: Comparison) -> Numbers:
    """Return the worst of the forward and of the error signals, and the least correlation of any error signal."""
    groups = {group: [s for s in comparison.signals if GROUP_OF_KIND[s.signal.kind] == group] for group in GROUPS}
    found: Numbers = {group: worst(signals) for group, signals in groups.items() if signals}
    found["forward"]["delay"] = significant(max((s.delay for s in groups["forward"] if not s.still), key=abs))
    correlated = [(s.correlation, str(s.signal)) for s in groups["error"] if s.correlation is not None]
    if correlated:
        least, name = min(correlated)
        found["correlation"] = {"least": significant(least, 6), "signal": name}
    return found


def worst(signals: Iterable[SignalComparison]) -> Numbers:
    """Return the largest NRMSE, raw, without offset, and against the equations with plain weights if different."""
    signals = list(signals)
    most = max(signals, key=lambda s: s.nrmse)
    found: Numbers = {
        "nrmse": significant(most.nrmse),
        "signal": str(most.signal),
        "no_offset": significant(max(s.nrmse_no_offset for s in signals)),
    }
    plain = [s.nrmse_plain for s in signals if s.nrmse_plain is not None]
    return {**found, "plain": significant(max(plain))} if plain else found


def against_transistors(macromodel: Study, transistor: Study) -> Numbers:
    """Measure the deviation of the macromodel from the transistors, and of both from the equations."""
    from vle_analog.compare import compare

    # both start from the same file: the transistors replace the equations as reference
    between = compare(transistor.simulate().traces, macromodel.simulate().traces, macromodel.spec.compare)
    apart = {
        name: deviations(study.compare()) for name, study in (("macromodel", macromodel), ("transistor", transistor))
    }
    return {**deviations(between), "ideal": apart, **made(transistor)}


def learned(study: Study) -> Numbers:
    """Measure the fall of the loss, its course over time, and the time of the simulator."""
    comparison = study.compare()
    network, target = study.spec.network, study.target
    ideal, circuit = pair(comparison)
    plain = study.ideal()
    return {
        "ratio": significant(circuit.ratio or np.inf),
        "ideal_ratio": significant(ideal.ratio or np.inf),
        "first": significant(circuit.first),
        "last": significant(circuit.last),
        **deviations(comparison),
        "weights_end": ends(comparison),
        "loss": {
            name: smoothed(traces, network, target)
            for name, traces in (("equations", plain), ("circuit", comparison.circuit))
        },
        "weight_limit": significant(study.circuit().weight_limit),
        **made(study),
    }


def pair(comparison: Comparison) -> tuple[Learning, Learning]:
    """Return the losses of equations and circuit of a run that learns."""
    if comparison.learning is None:
        raise ValueError("nothing learns in this run")
    return comparison.learning


def ends(comparison: Comparison) -> Numbers:
    """Return the last value of every learned parameter, of the equations and of the circuit."""
    return {
        str(s.signal): [significant(value, 5) for value in s.final]
        for s in comparison.signals
        if GROUP_OF_KIND[s.signal.kind] == "weights"
    }


def delayed(study: Study) -> Numbers:
    """Measure the time from the step to half of the output, relative to the equations, and for plain integrators."""
    comparison, network = study.compare(), study.spec.network
    output = f"{network.output}.r[0]"
    plain = integrators(network, comparison.ideal.time)
    curves = {"equations": comparison.ideal[output], "circuit": comparison.circuit[output], "integrators": plain}
    time = comparison.ideal.time
    half = {name: half_way(time, values) for name, values in curves.items()}
    drawn = (time <= EDGE + 20.0) & ((abs(time - EDGE - 0.4) < 0.8) | (np.arange(len(time)) % 10 == 0))
    late, slow = half["circuit"] - half["equations"], half["integrators"] - half["equations"]
    return {
        "delay": significant(late),
        "integrators": significant(slow),
        "ratio": significant(slow / late),
        "curves": {"time": rounded(time[drawn]), **{name: rounded(values[drawn]) for name, values in curves.items()}},
        **made(study),
    }


def integrators(network: Network, time: np.ndarray) -> np.ndarray:
    """Integrate the chain with the same parameters, without look-ahead: tau u' = -u + W r_before, r = phi(u)."""
    from scipy.integrate import solve_ivp

    stimulus = network.stimuli[network.projections[0].source]
    weights = np.array([projection.weights[0, 0] for projection in network.projections])
    tau = np.array([population.tau_m[0] for population in network.populations])
    linear = np.array([population.activation == "linear" for population in network.populations])

    def rates(u: np.ndarray) -> np.ndarray:
        return np.where(linear, u.T, np.tanh(u.T)).T

    def slope(at: float, u: np.ndarray) -> np.ndarray:
        return (-u + weights * np.concatenate([stimulus(at), rates(u)[:-1]])) / tau

    span = (float(time[0]), float(time[-1]))
    found = solve_ivp(slope, span, np.zeros(len(tau)), t_eval=time, rtol=1e-8, atol=1e-10, max_step=0.05)
    return rates(found.y)[-1]


def half_way(time: np.ndarray, values: np.ndarray) -> float:
    """Return the time of the first crossing of the level half way from the value before the edge to the last one."""
    before = values[np.searchsorted(time, EDGE - 1.0)]
    part = (values - before) / (values[-1] - before)
    k = int(np.argmax((part >= 0.5) & (time > EDGE - 1.0)))
    return float(time[k - 1] + (0.5 - part[k - 1]) / (part[k] - part[k - 1]) * (time[k] - time[k - 1]))


def cost(study: Study) -> Numbers:
    """Return, per kind of neuron and synapse and in total, A, W and m^2."""
    kinds = budget(study.circuit())
    rows = {
        kind.name: {
            "number": kind.number,
            "current": significant(kind.current),
            "power": significant(kind.power),
            "gates": significant(kind.gates),
            "capacitors": significant(kind.capacitors),
            "area": significant(kind.area),
        }
        for kind in kinds
    }
    total = {key: significant(sum(getattr(kind, key) * kind.number for kind in kinds)) for key in ("power", "area")}
    return {"kinds": rows, "total": total, "supply": study.circuit().supply}


def smoothed(traces: Traces, network: Network, target: Any) -> list[list[float]]:
    """Return model time and the mean of the loss over a surrounding twentieth of the run."""
    values = loss(traces, network, target)
    width = max(1, len(values) // 20)
    mean = np.convolve(values, np.ones(width) / width, "valid")
    time = traces.time[(width - 1) // 2 :][: len(mean)]
    every = slice(None, None, max(1, len(mean) // POINTS))
    return [rounded(time[every]), rounded(mean[every])]


def made(study: Study) -> Numbers:
    """Return the simulator and its processor time."""
    result = study.simulate().result
    return {"simulator": result.simulator, "cpu_seconds": round(result.cpu_seconds, 2)}


def rounded(values: np.ndarray) -> list[float]:
    """Round to four significant digits, enough for a picture."""
    return [significant(value, 4) for value in values]


def significant(value: float, digits: int = 4) -> float:
    """Round a number to significant digits."""
    return float(f"{float(value):.{digits}g}")


GROUPS = ("forward", "error", "weights")
