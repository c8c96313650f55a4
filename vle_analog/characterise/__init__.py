"""The characterisation of a primitive cell in ngspice: its law, its spread, and the macromodel fitted to both."""
