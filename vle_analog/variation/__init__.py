"""Deviating chips: named draws of mismatch, the metrics of a chip, statistics and sensitivities."""
