"""The keys of `[compare]`: the bounds within which circuit and ideal agree."""

from vle_analog.study.keys import Positive, Table, key


class BoundsTable(Table):
    """Largest NRMSE that passes, by group of signals."""

    forward: Positive = key("u, U and r.", 1e-3, 1e-3)
    error: Positive = key("v, B and e.", 1e-3, 1e-3)
    weights: Positive = key("W, b, F, tau_m and tau_r: all that learns.", 1e-3, 1e-3)


class CompareTable(Table):
    """The bounds within which circuit and ideal agree."""

    bounds: BoundsTable = key("Largest NRMSE that passes.", {"forward": 2e-3, "weights": 5e-3}, BoundsTable())
    device_bounds: BoundsTable = key(
        "The same where cells are macromodels or transistors.",
        {"forward": 0.02, "error": 0.05},
        BoundsTable(forward=0.05, error=0.1, weights=0.2),
    )
    floor: Positive = key("Least peak-to-peak value that errors are divided by.", 1e-3, 1e-3)
