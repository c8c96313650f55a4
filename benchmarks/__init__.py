"""Timed comparisons: processor time, as ratios of runs that took turns in one session; never part of the tests."""
