"""Current and power of a circuit of transistors, from its own simulation: at its corner, temperature and supply."""

from dataclasses import dataclass

import numpy as np

from vle_analog.netlist.circuit import Circuit
from vle_analog.netlist.rails import SUPPLY_CURRENT
from vle_analog.simulator import SimulationResult


@dataclass(frozen=True)
class Power:
    """The current of the circuit from vdd, without the replica of the common mode, which is part of the testbench.

    **Arguments:** `supply`: V. `operating`: A at the initial operating point, inputs and stored values held. `mean`: A,
    average over the run from model time 0 on.
    """

    supply: float
    operating: float
    mean: float

    @property
    def operating_power(self) -> float:
        """Power at the operating point, W."""
        return self.supply * self.operating

    @property
    def mean_power(self) -> float:
        """Average power over the run, W."""
        return self.supply * self.mean

    def to_json(self) -> dict[str, float]:
        """Return all numbers in SI units."""
        return {
            "supply": self.supply,
            "operating_current": self.operating,
            "operating_power": self.operating_power,
            "mean_current": self.mean,
            "mean_power": self.mean_power,
        }


def simulated_power(circuit: Circuit, result: SimulationResult) -> Power | None:
    """Return the power of a run; `None` where nothing draws from the supply, or its current was not saved."""
    if not circuit.devices or SUPPLY_CURRENT not in result.vectors:
        return None
    drawn = -result.vectors[SUPPLY_CURRENT]  # ngspice counts current into the plus terminal
    clock = result.time - circuit.hold
    inside = clock >= 0
    mean = np.trapezoid(drawn[inside], clock[inside]) / np.ptp(clock[inside])
    return Power(circuit.supply, float(drawn[0]), float(mean))
