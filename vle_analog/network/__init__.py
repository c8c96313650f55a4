"""What the user asks for: the study file, the network it describes, and signals over time."""

from vle_analog.network.levels import LEVELS
from vle_analog.network.model import ACTIVATIONS, RULES, Network, Population, Projection
from vle_analog.network.schema import study_schema
from vle_analog.network.signals import KINDS, Signal, Traces
from vle_analog.network.spec import (
    Bounds,
    CircuitSettings,
    CompareSettings,
    SimulateSettings,
    StudySpec,
    Teacher,
    VariationSettings,
)
from vle_analog.network.stimuli import Samples, Sine, Sines, Step, Steps, Stimulus
from vle_analog.network.study import read_study, study_from_document

__all__ = [
    "ACTIVATIONS",
    "KINDS",
    "LEVELS",
    "RULES",
    "Bounds",
    "CircuitSettings",
    "CompareSettings",
    "Network",
    "Population",
    "Projection",
    "Samples",
    "Signal",
    "SimulateSettings",
    "Sine",
    "Sines",
    "Step",
    "Steps",
    "Stimulus",
    "StudySpec",
    "Teacher",
    "Traces",
    "VariationSettings",
    "read_study",
    "study_from_document",
    "study_schema",
]
