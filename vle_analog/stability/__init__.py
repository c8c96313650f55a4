"""The loops of a network, analysed before a simulation, and the frequency response of neurons and error path.

Only NumPy and expressions printed by SymPy are loaded here, since every `simulate` starts with this analysis.
"""

from vle_analog.stability.analysis import Analysis, analyse
from vle_analog.stability.growth import Finding, Stability, examine
from vle_analog.stability.loops import Loop, loops
from vle_analog.stability.operating import OperatingPoint, Trajectory, follow
from vle_analog.stability.poles import Poles, poles_of
from vle_analog.stability.summary import brief, summary
from vle_analog.stability.words import problems, refuse_unstable

__all__ = [
    "Analysis",
    "Finding",
    "Loop",
    "OperatingPoint",
    "Poles",
    "Stability",
    "Trajectory",
    "analyse",
    "brief",
    "examine",
    "follow",
    "loops",
    "poles_of",
    "problems",
    "refuse_unstable",
    "summary",
]
