"""From the equations of networks that learn in time to analog circuits: derive, map to SPICE, simulate, compare."""

from vle_analog.api import Simulation, Study
from vle_analog.errors import InputError, SimulatorError, VleAnalogError

__all__ = ["InputError", "Simulation", "SimulatorError", "Study", "VleAnalogError"]
