"""The scales of circuits in symbols: symbols of the units, and the sizes of placed cells as formulas in them."""

# SymPy's own annotations are partial: what it returns is often typed wider than it is.
# pyright: reportArgumentType=false, reportCallIssue=false, reportOperatorIssue=false, reportReturnType=false

from collections.abc import Mapping
from itertools import count

import sympy as sp

from vle_analog.cells.sizing import sized_together
from vle_analog.netlist.circuit import Circuit
from vle_analog.netlist.formula import evaluate
from vle_analog.proof.compose import Composed
from vle_analog.proof.law import exactly
from vle_analog.theory import symbols as sy

T, V_u, V_w, V_e, V_t, g0, g1, c_w, g_s, g_h = sp.symbols("T V_u V_w V_e V_t g0 g1 c_w g_s g_h", positive=True)
tau_m_0, tau_r_0 = sp.symbols("tau_m_0 tau_r_0", positive=True)  # of learned quantities, at the start
tau_pole = sp.Symbol("tau_pole", positive=True)
b_0, W_0, F_0 = sp.symbols("b_0 W_0 F_0", real=True)
eta_w, eta_b, eta_f, eta_m, eta_r = sp.symbols("eta_W eta_b eta_F eta_tau_m eta_tau_r", real=True)

SHARED: Mapping[str, sp.Expr] = {
    "T": T,
    "V_u": V_u,
    "V_w": V_w,
    "V_e": V_e,
    "V_t": V_t,
    "g0": g0,
    "g1": g1,
    "c_w": c_w,
    "beta": sy.beta,
    "gamma": sy.gamma,
    "correction": sy.correction,
    "eta_W": eta_w,
    "eta_b": eta_b,
    "eta_F": eta_f,
    "eta_tau_m": eta_m,
    "eta_tau_r": eta_r,
    "decay": sy.decay,
    "tau_highpass": T * sy.tau_highpass,
    "tau_pole": T * tau_pole,
    "g_s": g_s,
    "g_h": g_h,
}
"""The names in formulas of sizes, as symbols."""

START = {key: sp.Symbol(f"{key}_start", real=True) for key in ("u", "U", "v", "h", "B", "e", "rbar")}


def unit_numbers(circuit: Circuit) -> dict[sp.Symbol, float]:
    """Return the numbers of a circuit's units."""
    units = circuit.units
    volts = {V_u: units.potential, V_w: units.weight, V_e: units.error, V_t: units.tau}
    return {T: units.time, **volts, g0: circuit.conductance, g1: circuit.conductance * circuit.conductance_ratio}


def formulas(composed: Composed, known: Mapping[str, sp.Expr]) -> dict[sp.Symbol, sp.Expr]:
    """Return the formula of every parameter of the module; a capacitor on the grid is a separate symbol.

    **Raises:** `InputError` naming file and key of a formula that cannot be read.
    """
    numbers = count()
    names = {**SHARED, **START, **known}

    def drawn(_: sp.Expr) -> sp.Symbol:
        return sp.Symbol(f"C_{next(numbers)}", positive=True)

    sizes = sized_together(composed.cells, names, drawn, exactly)
    return {
        symbol: sp.sympify(sizes[part][key])
        for part, given in composed.given.items()
        for key, symbol in given.items()
        if isinstance(symbol, sp.Symbol)
    }


def line(composed: Composed, part: str, key: str, known: Mapping[str, sp.Expr]) -> sp.Expr:
    """Return a line of a part's sizes that is no parameter, in the placed parameters."""
    cell, given = composed.cells[part], composed.given[part]

    def name(other: str) -> sp.Expr:
        if other in given:
            return given[other]
        return line(composed, part, other, known) if other in cell.sizing else {**SHARED, **known}[other]

    return sp.sympify(evaluate(cell.sizing[key], f"{cell.file('cell.toml')}: sizing.{key}", name, number=exactly))
