"""The keys of `[variation]`: the variation of chips, and the condition for one to work."""

from typing import Annotated

from pydantic import Field

from vle_analog.study.keys import NotNegative, Positive, Table, key
from vle_analog.study.spec import Sampling, Variations


class VariationTable(Table):
    """The variation of chips, and the condition for one of them to work. Used by `montecarlo` alone."""

    variations: Variations = key(
        "none, process (all devices of a chip alike), mismatch (every device on its own) or all (both).",
        "all",
        "mismatch",
    )
    seed: Annotated[int, Field(ge=0, lt=2**32)] = key("Seed of all draws.", 7, 1)
    sampling: Sampling = key(
        "random (stable when a run grows), latin (Latin hypercube, of a fixed number of samples) or sobol (scrambled, "
        "of a power of two).",
        "sobol",
        "random",
    )
    scale: NotNegative = key("Multiple of all standard deviations.", 2.0, 1.0)
    loss_ratio: Positive = key(
        "Where something learns, a chip works when its loss fell at least by this factor.", 5.0, 10.0
    )
    nrmse: Positive = key(
        "Where nothing learns, a chip works when the largest NRMSE of u, U and r is at most this.", 0.05, 0.1
    )
