"""Benchmarks: processor times as ratios of interleaved runs in one session; not part of the tests."""
