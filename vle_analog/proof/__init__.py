"""The proof that a circuit's own equations, found by Kirchhoff's laws from its cells, are the derived ones."""

from vle_analog.proof.prove import verify
from vle_analog.proof.result import Proof, Statement

__all__ = ["Proof", "Statement", "verify"]
