"""The passes that turn a network into a circuit."""

from vle_analog.mapping.passes import build_circuit

__all__ = ["build_circuit"]
