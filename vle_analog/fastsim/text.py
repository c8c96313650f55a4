"""The texts that are compiled: one per law, the currents of a leaf and their changes, and one that drives them all.

Every instance of a law is one turn of a loop over rows of numbers: which rows of V its nodes are, which rows of F its
currents go to, which rows of A its changes. Samples are the last index of every array, `lane`. A law is compiled once,
whatever circuits it occurs in, and so is what drives laws: it calls them by their addresses.
"""

import re
from collections.abc import Sequence

import sympy as sp

from vle_analog.codegen.printer import straight_line
from vle_analog.codegen.text import LANES, head, part
from vle_analog.fastsim.law import Law

TAB = "    "
IMPORTS = """from llvmlite import ir
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np.arrayobj import populate_array"""
KEPT = """number, row = (numba.types.CPointer(numba.from_dtype(np.dtype(kind))) for kind in (real, np.uint64))
kinds = (*[number] * 3, *[numba.types.int64] * 4, *[number] * 5, *[row] * 5)
law = numba.cfunc(numba.types.void(*kinds), fastmath=LOOSE, **(INSIDE | {"cache": True}))"""
ENDS = {"float64": 19.0, "float32": 11.0}  # from here on tanh is 1 to the last bit
_NUMBER = re.compile(r"real\(-?[\d.]+(?:e-?\d+)?\)")


def pieces_text(dtype: str) -> str:
    """The text of what all laws use."""
    parts = (part("vle_analog.codegen", "functions"), part("vle_analog.fastsim.kernel", "pieces"))
    return _joined([head(dtype, LANES), IMPORTS, f"END = real({ENDS[dtype]})", *parts])


def law_text(law: Law, dtype: str, pieces: str) -> str:
    """The text of one law, given the name of the module that has the pieces."""
    own = _function(law)
    # a name is cheaper to compile than a call
    names = {number: f"k_{k}" for k, number in enumerate(dict.fromkeys(_NUMBER.findall(own)))}
    own = _NUMBER.sub(lambda found: names[found[0]], own)
    used = f"from {pieces} import exp, expm1, scatter, softplus, squash, table, tanh"
    constants = "\n".join([KEPT, *(f"{name} = {number}" for number, name in names.items())])
    return _joined([head(dtype, LANES), used, constants, own])


def driver_text(dtype: str) -> str:
    """The text that drives laws, whichever they are."""
    kernel = [part("vle_analog.fastsim.kernel", name) for name in ("calls", "factor", "march")]
    return _joined([head(dtype, LANES), IMPORTS, *kernel])


def _joined(parts: Sequence[str]) -> str:
    return "\n\n\n".join(part.strip("\n") for part in parts) + "\n"


def _function(law: Law) -> str:
    """Return the function that adds currents of all instances to F and, on request, their derivatives to A."""
    flows, changes = tuple(law.flows), tuple(law.changes)
    tables = [(name, "1, L") for name in "VFA"]
    tables += [("B", f"instances, {len(law.same)}"), ("C", f"instances, {len(law.constants)}, L")]
    rows = {"X": len(law.arguments), "T": len(law.arguments), "S": len(flows) + len(changes)}
    tables += [(name, f"{count}, L") for name, count in rows.items()]
    widths = {"pins": len(law.nodes), "rows": len(flows), "places": len(changes)}
    tables += [(name, f"instances, {count}") for name, count in widths.items()]
    tables += [("meters", f"instances, counted * {len(flows)}"), ("gauges", f"instances, counted * {len(changes)}")]
    names = [name for name, _ in tables]
    lines = [
        "@law",
        f"def stamp({', '.join([*names[:3], 'changing', 'L', 'instances', 'counted', *names[3:]])}):",
        *(f"{TAB}{name} = table({name}, ({shape}))" for name, shape in tables),
        f"{TAB}changes = S[{len(flows)}:]",
        f"{TAB}for m in range(pins.shape[0]):",
        *(f"{TAB * 2}i_{node} = pins[m, {k}]" for k, node in enumerate(law.nodes)),
        *(f"{TAB * 2}s{k} = B[m, {k}]" for k in range(len(law.same))),
    ]
    if law.arguments:
        lines += _lanes([(f"X[{k}, lane]", value) for k, value in enumerate(law.arguments)])
        lines += [f"{TAB * 2}squash(X, T)"]
    flowing = [(f"S[{k}, lane]", law.flows[node]) for k, node in enumerate(flows)]
    changing = [(f"S[{len(flows) + k}, lane]", law.changes[pair]) for k, pair in enumerate(changes)]
    lines += [
        f"{TAB * 2}if changing:",
        *(f"{TAB}{line}" for line in _lanes(flowing + changing)),
        f"{TAB * 3}scatter(A, changes, places, m)",
        f"{TAB * 3}scatter(A, changes, gauges, m)",
        f"{TAB * 2}else:",
        *(f"{TAB}{line}" for line in _lanes(flowing)),
        f"{TAB * 2}scatter(F, S, rows, m)",
        f"{TAB * 2}scatter(F, S, meters, m)",
    ]
    return "\n".join(lines)


def _lanes(assignments: Sequence[tuple[str, sp.Expr]]) -> list[str]:
    """Return loads, straight-line code and stores, for every sample."""
    used = sorted({str(symbol) for _, value in assignments for symbol in value.free_symbols})
    lines = [f"{TAB * 2}for lane in range(L):"]
    for name in (name for name in used if name[0] != "s"):
        place = {"v": f"V[i_{name[2:]}, lane]", "t": f"T[{name[1:]}, lane]", "c": f"C[m, {name[1:]}, lane]"}[name[0]]
        lines.append(f"{TAB * 3}{name} = {place}")
    named = [(f"out{k}", value) for k, (_, value) in enumerate(assignments)]
    lines += [f"{TAB * 3}{line}" for line in straight_line(named)]
    return lines + [f"{TAB * 3}{place} = out{k}" for k, (place, _) in enumerate(assignments)]
