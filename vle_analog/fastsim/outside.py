"""The external signals of a circuit, in volts: stimuli and hold, with their slopes, at both ends of every step."""

import numpy as np

from vle_analog.netlist.circuit import Circuit
from vle_analog.netlist.rails import FALL
from vle_analog.network.stimuli import Samples


def outside(circuit: Circuit, times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Compute values (V) and slopes (V/s) of the driven nets, each of shape (steps, begin or end, nets).

    **Arguments:** `times`: ends of the steps, model time; before 0 stimuli stand at their values of time 0.
    """
    begins, ends = times, np.append(times[1:], times[-1])
    clock = np.maximum(np.stack([begins, ends]), 0.0)
    inside = (begins + ends) / 2
    runs = inside > 0
    rows, rates = [], []
    for source in circuit.sources:
        stimulus, k = circuit.stimuli[source.stimulus], source.channel
        # the slope of samples jumps: it is that within the step, at both ends
        at = [np.maximum(inside, 0.0)] * 2 if isinstance(stimulus, Samples) else clock
        slope = np.stack([stimulus.slope(row)[k] for row in at])
        if source.slope:
            row = circuit.units.potential * source.slope * slope
            rate = np.stack([np.diff(row, axis=0)[0] / np.where(ends > begins, ends - begins, 1.0)] * 2)
        else:
            row = circuit.units.potential * np.stack([stimulus(row)[k] for row in clock])
            rate = circuit.units.potential * slope
        rows.append(row)
        rates.append(rate * runs)
    high = circuit.supply if circuit.hold else 0.0
    rows.append(-circuit.supply / 2 + high * np.clip(-np.stack([begins, ends]) / FALL, 0.0, 1.0))
    rates.append(np.stack([np.where(inside < 0, -high / FALL, 0.0)] * 2))
    values, slopes = (np.ascontiguousarray(np.stack(part, axis=-1).transpose(1, 0, 2)) for part in (rows, rates))
    return values, slopes / circuit.units.time
