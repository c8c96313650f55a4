"""The proof that a circuit's equations, composed from its cells by Kirchhoff's laws, equal the derived ones."""

from vle_analog.proof.prove import verify
from vle_analog.proof.result import Proof, Statement

__all__ = ["Proof", "Statement", "verify"]
