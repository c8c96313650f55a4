"""The growth of a cell's poles and capacitances with its size s, measured on a cell s times as wide and long.

Gates are areas, but junctions and overlaps are edges: an output grows with s, an input nearly with s^2, poles between.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from vle_analog.cells.nonideal import GROWTH
from vle_analog.characterise.bench import Bench
from vle_analog.characterise.laws import unbalance
from vle_analog.characterise.measure import dynamics
from vle_analog.characterise.numbers import dynamic_numbers
from vle_analog.errors import InputError
from vle_analog.netlist.device_sizes import device_sizes
from vle_analog.process.process import Process
from vle_analog.simulator import Backend

SIZES = (3.0, 2.0, 1.5, 1.2)  # the first of them that the process can make


def growth(
    backend: Backend, bench: Bench, bias: float, small: Mapping[str, float], made_for: Process, path: Path
) -> dict[str, float]:
    """Measure the powers of s, `etp` to `eco` of `macromodel.cir`.

    **Arguments:** `bias`: A in a unit. `small`: the macromodel's numbers for s = 1. `path`: the cell's file.

    **Returns:** empty for a cell without a size, or of the largest size.

    **Raises:** `SimulatorError`.
    """
    sizes = SIZES if "s" in bench.subcircuit.parameters else ()
    size = next((size for size in sizes if _can_be_made(bench, size, made_for, path)), None)
    if size is None:
        return {}
    larger = replace(bench, parameters={**bench.parameters, "s": size})
    large = dynamic_numbers(bench.primitive, dynamics(backend, larger, bias, float(unbalance(small))))
    there = [name for name in GROWTH if small.get(name, 0.0) > 0 and large[name] > 0]
    return {GROWTH[name]: float(np.log(large[name] / small[name]) / np.log(size)) for name in there}


def _can_be_made(bench: Bench, size: float, made_for: Process, path: Path) -> bool:
    try:
        for device in device_sizes(bench.subcircuit, {"s": size}, path):
            made_for.check_size(device.width, device.length, device.where)
    except InputError:
        return False
    return True
