"""The comparison of ideal and circuit, on one time grid, with the study's bounds."""

from vle_analog.compare.align import align
from vle_analog.compare.comparison import GROUP_OF_KIND, Comparison, SignalComparison, compare
from vle_analog.compare.loss import Learning, loss

__all__ = ["GROUP_OF_KIND", "Comparison", "Learning", "SignalComparison", "align", "compare", "loss"]
