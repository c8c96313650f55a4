"""From a network to a circuit, as a visible list of passes."""

from vle_analog.mapping.passes import build_circuit

__all__ = ["build_circuit"]
