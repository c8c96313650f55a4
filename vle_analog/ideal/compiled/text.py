"""The complete text of a kernel: head, mathematical functions, the sweep of a law set, Newton's method, a driver."""

from typing import Literal

from vle_analog.codegen.text import LANES, head, part
from vle_analog.ideal.compiled.laws import LawSet

Driver = Literal["adaptive", "fixed"]
PARTS = {"adaptive": ("newton", "stimuli", "adaptive"), "fixed": ("newton", "fixed")}


def kernel_text(law: LawSet, driver: Driver, dtype: str = "float64") -> str:
    """Return the text of a kernel: `adaptive` for one sample, `fixed` for many."""
    from vle_analog.ideal.compiled.generate import Generator

    many = driver == "fixed"
    parts = [
        head(dtype, LANES if many else "1"),
        part("vle_analog.codegen", "functions"),
        Generator(law, many).text(),
        *(part("vle_analog.ideal.compiled.kernel", name) for name in PARTS[driver]),
    ]
    return "\n\n".join(part.strip("\n") + "\n" for part in parts)
