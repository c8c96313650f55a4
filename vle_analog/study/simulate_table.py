"""The keys of `[simulate]`: the settings of ngspice."""

from typing import Annotated, Literal

from pydantic import Field

from vle_analog.study.keys import Duration, Table, key


class SimulateTable(Table):
    """The settings of ngspice."""

    reltol: Annotated[float, Field(ge=1e-12, le=0.1)] = key("Relative tolerance.", 1e-5, 1e-5)
    tmax: Duration = key("Largest time step.", 0.02, 0.02, "model time")
    method: Literal["trap", "gear"] = key("Integration: trap (about four times as accurate) or gear.", "gear", "trap")
    trtol: Annotated[float, Field(gt=0, le=1e6)] = key(
        "Factor by which the truncation error is overestimated: smaller is finer.", 1.0, 7.0
    )
    timeout: Annotated[float, Field(gt=0, le=1e7)] = key("Longest wall-clock time of a simulation.", 60.0, 600.0, "s")
    points: Annotated[int, Field(ge=2, le=1_000_000)] = key(
        "Points of the common time grid of the comparison.", 501, 2001
    )
    backend: Literal["libngspice", "ngspice"] = key(
        "The shared library through PySpice, or the program.", "ngspice", "libngspice"
    )
    unstable: Literal["refuse", "warn"] = key(
        "Treatment of a study whose loops are unstable: it is not simulated, or it is, with a warning.",
        "warn",
        "refuse",
    )
    finest: bool = key("Use the finest settings in place of `reltol`, `tmax`, `method`, `trtol`.", True, False)
    noise: bool = key(
        "Where cells are made of devices: their noise is added to circuit and ideal, the same path in both.",
        True,
        False,
    )
    noise_seed: Annotated[int, Field(ge=0, lt=2**32)] = key("Seed of that noise.", 7, 1)
    noise_spacing: Duration = key(
        "Time between its samples, linear in between: white up to about a third of a cycle per spacing.",
        0.05,
        0.02,
        "model time",
    )
