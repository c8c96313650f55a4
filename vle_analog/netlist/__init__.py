"""The circuit as immutable data, and the writers of netlists."""

from vle_analog.netlist.circuit import Circuit
from vle_analog.netlist.deck import Deck, Transient
from vle_analog.netlist.flat import flat_deck, flat_vector
from vle_analog.netlist.hierarchical import hierarchical_files
from vle_analog.netlist.settings import solver_settings

__all__ = ["Circuit", "Deck", "Transient", "flat_deck", "flat_vector", "hierarchical_files", "solver_settings"]
