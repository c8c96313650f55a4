"""A primitive cell measured in ngspice: what it does, how it spreads, and the macromodel that does the same."""
