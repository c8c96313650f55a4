"""A network of populations and projections, its stimuli, and its signals over time."""

from vle_analog.network.model import ACTIVATIONS, RULES, Network, Population, Projection
from vle_analog.network.signals import KINDS, Signal, Traces
from vle_analog.network.stimuli import Samples, Sine, Sines, Step, Steps, Stimulus

__all__ = [
    "ACTIVATIONS",
    "KINDS",
    "RULES",
    "Network",
    "Population",
    "Projection",
    "Samples",
    "Signal",
    "Sine",
    "Sines",
    "Step",
    "Steps",
    "Stimulus",
    "Traces",
]
