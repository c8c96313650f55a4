"""The deviations of macromodels by kind, as switched by `circuit.nonidealities`, and the growth of some with size."""

from collections.abc import Collection, Mapping
from types import MappingProxyType

SCALES_MOVE = tuple(f"{of}{power}" for of in "xyg" for power in (1, 2, 3))
"""Of multipliers: scales and full current as functions of the current of a unit, powers of its logarithm."""
GROWTH: Mapping[str, str] = MappingProxyType(
    {"tp": "etp", "ty": "ety", "tl": "etl", "cin": "eci", "ciny": "ecy", "cout": "eco"}
)
"""Pole or capacitance -> the power of s with which it grows. A gate is an area, a junction and an overlap an edge, and
the power of a pole depends on their shares: the powers are measured."""
AREA = 2.0  # the power where none was measured
KINDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "saturation": ("vs", "d", "vr", "q", "sx", "sy", "sn", "c1", "c2", *SCALES_MOVE),
        "offset": ("vos", "ox", "oy", "on", "ios", "fy", "od", "dt", "vgs"),
        "gain": ("dg",),
        "conductance": ("go", "goff"),
        "rails": ("hp", "rp", "hn", "rn"),
        "pole": ("tp", "ty", "tl", "etp", "ety", "etl"),
        "capacitance": ("cin", "ciny", "cout", "eci", "ecy", "eco", "ch", "cn"),
        "noise": ("white",),
    }
)
"""Kind -> parameters of the primitives' `macromodel.cir`; each is at its default where its kind is switched off."""


def kept(numbers: Mapping[str, float], kinds: Collection[str]) -> dict[str, float]:
    """Return the numbers of these kinds, and those that are not deviations."""
    off = {name for kind, names in KINDS.items() if kind not in kinds for name in names}
    return {name: value for name, value in numbers.items() if name not in off}


def grown(numbers: Mapping[str, float], name: str, size: float) -> float:
    """Return a pole (A s) or a capacitance (F) of one unit with `size` times the widths and lengths; 0 without one.

    **Arguments:** `numbers`: parameters of a `macromodel.cir`. `name`: one of `GROWTH`.
    """
    return numbers.get(name, 0.0) * size ** numbers.get(GROWTH[name], AREA)
