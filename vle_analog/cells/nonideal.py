"""The deviations of macromodels by their kinds: what `circuit.nonidealities` switches."""

from collections.abc import Collection, Mapping
from types import MappingProxyType

KINDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "saturation": ("vs", "d", "vr", "q", "sx", "sy", "sn", "c1", "c2"),
        "offset": ("vos", "ox", "oy", "on", "ios", "fy", "od", "dt", "vgs"),
        "gain": ("dg",),
        "conductance": ("go", "goff"),
        "rails": ("hp", "rp", "hn", "rn"),
        "pole": ("tp", "ty"),
        "capacitance": ("cin", "ciny", "cout", "ch", "cn"),
        "noise": ("white",),
    }
)
"""Kind -> parameters of the primitives' `macromodel.cir`; each is at its default where its kind is switched off."""


def kept(numbers: Mapping[str, float], kinds: Collection[str]) -> dict[str, float]:
    """The numbers of these kinds, and those that are no deviation."""
    off = {name for kind, names in KINDS.items() if kind not in kinds for name in names}
    return {name: value for name, value in numbers.items() if name not in off}
