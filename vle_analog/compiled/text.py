"""The texts that are compiled: one per law, the currents of a leaf and their changes, and one that drives some of them.

Every instance of a law is one turn of a loop over rows of numbers: which rows of V its nodes are, which rows of F its
currents go to, which rows of A its changes. Samples are the last index of every array, `lane`. A law is compiled once,
whatever circuits it occurs in; what drives it depends on no circuit but by the laws that it calls.
"""

import re
from collections.abc import Sequence
from importlib.resources import files

import sympy as sp

from vle_analog.compiled.law import Law
from vle_analog.engine.printer import straight_line
from vle_analog.engine.text import HEAD, NUMBERS

TAB = "    "
KEPT = 'law = numba.njit(fastmath=LOOSE, **(INSIDE | {"cache": True}))'
ENDS = {"float64": 19.0, "float32": 11.0}  # from here on tanh is 1 to the last bit
_NUMBER = re.compile(r"real\(-?[\d.]+(?:e-?\d+)?\)")


def law_text(law: Law, dtype: str) -> str:
    """The text of one law."""
    own = _function(law)
    # a name costs the compiler less than a call
    names = {number: f"k_{k}" for k, number in enumerate(dict.fromkeys(_NUMBER.findall(own)))}
    own = _NUMBER.sub(lambda found: names[found[0]], own)
    constants = "\n".join(
        [KEPT, f"END = real({ENDS[dtype]})", *(f"{name} = {number}" for number, name in names.items())]
    )
    parts = [_head(dtype), _part("vle_analog.engine.kernel", "functions"), constants]
    return _joined([*parts, _part("vle_analog.compiled.kernel", "pieces"), own])


def driver_text(laws: Sequence[str], dtype: str) -> str:
    """The text that drives laws, given the names of their modules."""
    imports = [f"from {name} import stamp as stamp_{k}" for k, name in enumerate(laws)]
    kernel = [_part("vle_analog.compiled.kernel", name) for name in ("factor", "march")]
    return _joined([_head(dtype), "\n".join(imports), _all(len(laws)), *kernel])


def _head(dtype: str) -> str:
    return HEAD.format(**NUMBERS[dtype], lanes="array.shape[array.ndim - 1]")


def _joined(parts: Sequence[str]) -> str:
    return "\n\n\n".join(part.strip("\n") for part in parts) + "\n"


def _function(law: Law) -> str:
    """Currents of all instances into F, and what changes them into A where that is wanted."""
    flows, changes = tuple(law.flows), tuple(law.changes)
    lines = [
        "@law",
        "def stamp(V, F, A, changing, B, C, pins, rows, places, meters, gauges, X, T, S):",
        f"{TAB}L = lanes(V)",
        f"{TAB}for m in range(pins.shape[0]):",
        *(f"{TAB * 2}i_{node} = pins[m, {k}]" for k, node in enumerate(law.nodes)),
        *(f"{TAB * 2}s{k} = B[m, {k}]" for k in range(len(law.same))),
    ]
    if law.arguments:
        lines += _lanes([(f"X[{k}, lane]", value) for k, value in enumerate(law.arguments)])
        lines += [f"{TAB * 2}squash(X, T, {len(law.arguments)})"]
    flowing = [(f"S[{k}, lane]", law.flows[node]) for k, node in enumerate(flows)]
    changing = [(f"S[{len(flows) + k}, lane]", law.changes[pair]) for k, pair in enumerate(changes)]
    lines += [
        f"{TAB * 2}if changing:",
        *(f"{TAB}{line}" for line in _lanes(flowing + changing)),
        f"{TAB * 3}scatter(A, S, places, m, {len(flows)}, {len(changes)})",
        f"{TAB * 3}scatter(A, S, gauges, m, {len(flows)}, gauges.shape[1])",
        f"{TAB * 2}else:",
        *(f"{TAB}{line}" for line in _lanes(flowing)),
        f"{TAB * 2}scatter(F, S, rows, m, 0, {len(flows)})",
        f"{TAB * 2}scatter(F, S, meters, m, 0, meters.shape[1])",
    ]
    return "\n".join(lines)


def _lanes(assignments: Sequence[tuple[str, sp.Expr]]) -> list[str]:
    """Loads, straight-line code and stores, for every sample."""
    used = sorted({str(symbol) for _, value in assignments for symbol in value.free_symbols})
    lines = [f"{TAB * 2}for lane in range(L):"]
    for name in (name for name in used if name[0] != "s"):
        place = {"v": f"V[i_{name[2:]}, lane]", "t": f"T[{name[1:]}, lane]", "c": f"C[m, {name[1:]}, lane]"}[name[0]]
        lines.append(f"{TAB * 3}{name} = {place}")
    named = [(f"out{k}", value) for k, (_, value) in enumerate(assignments)]
    lines += [f"{TAB * 3}{line}" for line in straight_line(named)]
    return lines + [f"{TAB * 3}{place} = out{k}" for k, (place, _) in enumerate(assignments)]


def _all(count: int) -> str:
    """One function that calls those of every law."""
    calls = [f"{TAB}stamp_{k}(V, F, A, changing, *blocks[{k}], *work)" for k in range(count)]
    return "\n".join(["@jit", "def stamps(V, F, A, changing, blocks, work):", *(calls or [f"{TAB}pass"])])


def _part(package: str, name: str) -> str:
    """What stands below the mark in a file."""
    source = files(package).joinpath(f"{name}.py").read_text(encoding="utf-8")
    return source.split("# --- kernel ---\n", 1)[1]
