"""The MNIST-1D task: a deep network of slow and fast neurons learns online from signals presented sample by sample.

The experiment of GLE (Nat. Commun. 2025, Fig. 8), with the equations of this package.
"""

from vle_analog.learn.mnist1d.run import TrainingResult, train_mnist1d
from vle_analog.learn.mnist1d.settings import SIZES, Settings

__all__ = ["SIZES", "Settings", "TrainingResult", "train_mnist1d"]
