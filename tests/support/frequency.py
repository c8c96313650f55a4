"""The error of one linear neuron at one frequency, by the local rule and exactly."""

import numpy as np
from scipy.integrate import solve_ivp

from vle_analog import Study
from vle_analog.ideal import solve

DECAY = 24.0  # time constants until a transient has left: exp(-24) = 4e-11


def wave(time, values, omega):
    """Complex amplitude of the frequency omega, over whole periods sampled evenly (the last sample left out)."""
    return 2 * np.mean(values[:-1] * np.exp(-1j * omega * time[:-1]))


def local_and_exact(tau_m, tau_r, omega, rule="vle", **network):
    """Amplitudes of the local and of the exact error of one neuron, once every transient has gone."""
    slowest, period = max(tau_m, tau_r), 2 * np.pi / omega
    start = np.ceil(DECAY * slowest / period) * period
    study = Study.from_document(
        {
            "duration": start + period,
            "network": {
                "output": "cell",
                "beta": 1.0,
                "rule": rule,
                **network,
                "populations": {"cell": {"size": 1, "tau_m": tau_m, "tau_r": tau_r, "activation": "linear"}},
                "projections": {"drive_cell": {"source": "drive", "target": "cell", "weights": [[0.8]]}},
            },
            "stimuli": {"drive": {"kind": "sines", "channels": [[{"amplitude": 1.0, "omega": omega}]]}},
            "target": {"kind": "sines", "channels": [[{"amplitude": 1.4, "omega": omega, "phase": 1.1}]]},
        }
    )
    per_period = 64
    points = round((start + period) / period) * per_period + 1
    traces = solve(study.spec.network, study.target, start + period, points, rtol=1e-10)
    window = slice(-per_period - 1, None)
    return wave(traces.time[window], traces["cell.e[0]"][window], omega), exact_amplitude(tau_m, tau_r, omega, start)


def exact_amplitude(tau_m, tau_r, omega, start):
    """The exact error in the period from `start`: u forward, then tau_m w' = w - B backwards from long after it."""
    period = 2 * np.pi / omega
    end = start + period + DECAY * tau_m
    rho = tau_r / tau_m

    def S(t):
        return 0.8 * np.sin(omega * t)

    accurate = {"method": "DOP853", "rtol": 1e-11, "atol": 1e-13, "max_step": 0.1 * period}
    u = solve_ivp(lambda t, u: (S(t) - u) / tau_m, (0.0, end), [0.0], dense_output=True, **accurate).sol

    def B(t):
        return 1.4 * np.sin(omega * t + 1.1) - rho * S(t) - (1 - rho) * u(t)[0]

    time = start + np.linspace(0.0, period, 65)
    w = solve_ivp(lambda t, w: (w - B(t)) / tau_m, (end, start), [0.0], t_eval=time[::-1], **accurate).y[0, ::-1]
    return wave(time, rho * B(time) + (1 - rho) * w, omega)


def g(tau_m, tau_r, omega):
    return (1 + (omega * tau_m) ** 2) / (1 + (omega * tau_r) ** 2)
