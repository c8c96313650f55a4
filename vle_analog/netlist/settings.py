"""Solver settings of a study as options and analysis.

Tolerances follow from the units, so that every study is solved to the same relative accuracy at any volts and amperes.
"""

from vle_analog.netlist.circuit import Circuit
from vle_analog.netlist.deck import Transient
from vle_analog.network.pace import pace
from vle_analog.study import StudySpec

COMPOSED = {"reltol": 1e-4, "vntol": 1e-6, "abstol": 1e-14, "chgtol": 1e-17, "gmin": 1e-15}
# Model time; against reltol 1e-5 and steps of 0.005, errors of the online chain at transistor level (of u, e, W):
# 0.02 trap 5e-5 4e-4 1e-4, gear 1e-4 2e-3 5e-4; 0.05 trap 4e-4 3e-3 9e-4, gear 8e-4 6e-3 2e-3.
COMPOSED_STEP = 0.05
FINEST = {"reltol": 1e-6, "refine": 5.0, "trtol": 1.0}
FEWEST_FINEST = 250  # steps of a run, however short it is
# Volts: the charge injected by a switch when hold falls is below COMPOSED's tolerance (2e-6 of weight, off).
FINEST_VNTOL = 1e-9
STEPS_PER_BEND = 4


def solver_settings(spec: StudySpec, circuit: Circuit) -> tuple[dict[str, float | str], Transient]:
    """Return `.options` and `.tran` for a study.

    Absolute tolerances are a millionth of the smallest unit of voltage, of the current it drives through a node, and of
    the charge of that current in a unit of time; where cells are made of devices, those that suit transistors in weak
    inversion (ngspice's own gmin of 1e-12 would be a leak of 1 pA per volt). ngspice uses `xtrtol` instead of `trtol`
    where a deck has XSPICE devices (a sampled stimulus is one), and 1 where that is not given, so both are written.
    """
    simulate = spec.simulate
    reltol, tmax, trtol = simulate.reltol, simulate.tmax, simulate.trtol
    if simulate.finest:
        reltol, trtol = min(reltol, FINEST["reltol"]), FINEST["trtol"]
        tmax = min(tmax / FINEST["refine"], spec.duration / FEWEST_FINEST)
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
    if circuit.hold:  # the currents of transistors are not smooth to a part in a million, and need not be
        options |= COMPOSED | {"reltol": max(reltol, COMPOSED["reltol"] / (10 if simulate.finest else 1))}
        options |= {"vntol": FINEST_VNTOL} if simulate.finest else {}
        tmax = min(tmax, COMPOSED_STEP)
    if circuit.seed is not None:
        options["seed"] = circuit.seed
    # a step must not jump over an edge: ngspice would not detect it
    steps = pace(circuit.stimuli.values(), spec.duration, tmax, finest=simulate.finest)
    tmax = steps.longest
    # and noise has a kink at every sample: several steps are needed between two of them
    tmax = min([tmax, *(samples.resolution / STEPS_PER_BEND for samples in spec.network.noise().values())])
    if circuit.noise is not None:
        tmax = min(tmax, circuit.noise.currents.resolution / STEPS_PER_BEND)
    step, breaks = tmax * units.time, tuple((steps.breaks * units.time + circuit.hold).tolist())
    return options, Transient(step, spec.duration * units.time + circuit.hold, step, circuit.hold, breaks)
