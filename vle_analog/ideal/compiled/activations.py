"""The codes of activations in kernels, and the rates at potential zero, available without SymPy."""

import math

from vle_analog.network.model import ACTIVATIONS

ACTIVATION_CODES = {name: code for code, name in enumerate(ACTIVATIONS)}
RATES_AT_ZERO = {"tanh": 0.0, "logistic": 0.5, "softplus": math.log(2.0), "linear": 0.0}
AT_ZERO = tuple(RATES_AT_ZERO[name] for name in ACTIVATIONS)  # initial guess of a solution
