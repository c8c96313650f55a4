"""Solver settings of a study as options and analysis: tolerances follow from the units, so that every study is solved
to the same relative accuracy whatever its volts and amperes."""

from vle_analog.netlist.circuit import Circuit
from vle_analog.netlist.deck import Transient
from vle_analog.network import StudySpec

FINEST = {"reltol": 1e-6, "refine": 5.0, "trtol": 1.0}
STEPS_PER_BEND = 4


def solver_settings(spec: StudySpec, circuit: Circuit) -> tuple[dict[str, float | str], Transient]:
    """`.options` and `.tran` for a study.

    Absolute tolerances are a millionth of the smallest unit of voltage, of the current it drives through a node, and of
    the charge that current carries in a unit of time. ngspice takes `xtrtol` in the place of `trtol` where a deck has
    XSPICE devices (a sampled stimulus is one), and 1 where that is not given, so both are written.
    """
    simulate = spec.simulate
    reltol, tmax, trtol = simulate.reltol, simulate.tmax, simulate.trtol
    if simulate.finest:
        reltol, tmax, trtol = min(reltol, FINEST["reltol"]), tmax / FINEST["refine"], FINEST["trtol"]
    units = circuit.units
    volt = min(units.potential, units.weight, units.error)
    current = volt * circuit.conductance
    options: dict[str, float | str] = {
        "method": simulate.method,
        "reltol": reltol,
        "trtol": trtol,
        "xtrtol": max(1, round(trtol)),
        "vntol": 1e-6 * volt,
        "abstol": 1e-6 * current,
        "chgtol": 1e-6 * current * units.time,
        "temp": circuit.temperature,
    }
    # a step must not jump over an edge: ngspice would never know that it was there
    tmax = min(tmax, *(stimulus.resolution for stimulus in circuit.stimuli.values()))
    # and noise bends at every sample: between two bends there must be steps enough to read a signal from
    tmax = min([tmax, *(samples.resolution / STEPS_PER_BEND for samples in spec.network.noise().values())])
    step = tmax * units.time
    return options, Transient(step, spec.duration * units.time, step)
