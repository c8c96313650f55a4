"""MNIST-1D: a signal is fed sample by sample to a deep network of slow and fast neurons that learns online.

The experiment of GLE (Nat. Commun. 2025, Fig. 8), with the equations of this kit.
"""

from vle_analog.tasks.mnist1d.run import Outcome, train_mnist1d
from vle_analog.tasks.mnist1d.settings import SIZES, Settings

__all__ = ["SIZES", "Outcome", "Settings", "train_mnist1d"]
