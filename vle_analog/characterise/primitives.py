"""The primitives as measured on the benches: pins of the inputs, ranges of use, and the kind of gain."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from vle_analog.errors import InputError, Problem

FINE = (1e-11, 2e-8)  # A per unit: from the leakage floor to the end of weak inversion
SMALL = (2e-12, 5e-9)  # likewise of the update cells


@dataclass(frozen=True)
class Primitive:
    """One primitive.

    **Arguments:**

    - `gain`: name of its ideal parameter. `x`, `y`: its inputs, as pairs of pins; `y` is empty where it has one.
    - `output`: the pin of its output current.
    - `reach`: volts of the inputs in use, x and y. `currents`: A per unit, first and last of the sweep.
    - `share`: preferred unit current, relative to that of the process.
    - `linear`: x is a linear pair. `update`: y is used as linear, over 60 mV.
    - `shot`: devices with half of the bias current in them whose shot noise reaches the output, at zero input.
    - `drawn`: macromodel parameters that differ from device to device; `more`: those that a nominal fit needs besides.
    """

    name: str
    gain: str
    x: tuple[str, str]
    y: tuple[str, ...]
    output: str
    reach: tuple[float, float]
    drawn: tuple[str, ...]
    currents: tuple[float, float] = FINE
    share: float = 1.0
    linear: bool = False
    update: bool = False
    shot: float = 0.0
    more: tuple[str, ...] = ()
    ideal: Mapping[str, float] = field(default_factory=dict)


_PAIR = ("inp", "inn")
_FACTORS = ("ox", "oy", "ios", "fy", "od", "dg")
_LINEAR = ("ox", "oy", "ios", "od", "dg")  # at a linear pair an offset and `fy` are the same
_PRODUCT = {"gain": "i", "x": ("xp", "xn"), "y": ("yp", "yn"), "output": "out"}
_UPDATE = {"currents": SMALL, "share": 1 / 40, "update": True}

PRIMITIVES = {
    primitive.name: primitive
    for primitive in (
        Primitive("ota", "gm", _PAIR, (), "out", (0.12, 0.0), ("vos", "ios", "dg"), shot=8.0),
        Primitive("ota_wide", "gm", _PAIR, (), "out", (0.12, 0.0), ("vos", "ios", "dg"), shot=8.0),
        Primitive(
            "ota_linear", "gm", _PAIR, (), "out", (0.12, 0.0), ("vos", "ios", "dg"), linear=True, shot=7.0, more=("dt",)
        ),
        Primitive("multiplier", reach=(0.1, 0.1), drawn=_FACTORS, shot=4.0, **_PRODUCT),
        Primitive("multiplier_linear", reach=(0.12, 0.1), drawn=_LINEAR, linear=True, shot=4.0, **_PRODUCT),
        Primitive("update_multiplier", reach=(0.1, 0.06), drawn=_FACTORS, shot=4.0, **_PRODUCT, **_UPDATE),
        Primitive(
            "update_multiplier_linear", reach=(0.12, 0.06), drawn=_LINEAR, linear=True, shot=4.0, **_PRODUCT, **_UPDATE
        ),
        Primitive("bump_ota", "gm", ("h", "cm"), ("n", "cm"), "out", (0.06, 0.12), ("vos", "on", "dg"), linear=True),
        Primitive("floating_resistor", "g", ("a", "b"), (), "a", (0.06, 0.12), ("dg",)),
        Primitive("hold_switch", "", ("n", "cm"), (), "n", (0.12, 0.0), ()),
        Primitive("common_mode", "", ("out", "cm"), (), "out", (0.0, 0.0), ("vgs",), share=0.25),
    )
}


def primitive(name: str) -> Primitive:
    """Return the primitive called `name`.

    **Raises:** `InputError` where there is none.
    """
    import difflib

    if name in PRIMITIVES:
        return PRIMITIVES[name]
    near = difflib.get_close_matches(name, PRIMITIVES, n=1)
    raise InputError(
        Problem(
            f"{name!r} is not a primitive cell",
            "CELL",
            got=name,
            expected=" | ".join(PRIMITIVES),
            hint=f"did you mean {near[0]!r}?" if near else "cells made of primitives need no numbers of their own",
        )
    )
