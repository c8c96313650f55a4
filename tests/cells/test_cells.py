"""Every cell of the library: its description, its netlist, and that the two say the same by Kirchhoff's law."""

import math
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import sympy as sp

from tests.support.kirchhoff import D, cards, currents, expression, i, v
from vle_analog.cells.library import LEVELS, cell, cell_names
from vle_analog.errors import InputError
from vle_analog.simulator.rawfile import read_raw

LIBRARY = Path(__file__).resolve().parents[2] / "circuits"
NAMES = sorted(path.parent.name for path in LIBRARY.glob("*/cell.toml"))
PRIMITIVES = sorted(path.parent.name for path in LIBRARY.glob("*/transistor.cir"))


def test_the_library_holds_every_folder():
    folders = {path.name for path in LIBRARY.iterdir() if path.is_dir()} - {"processes"}
    assert set(cell_names()) == folders == set(NAMES)
    assert len(NAMES) == 40
    assert len(PRIMITIVES) == 11


@pytest.mark.parametrize("name", NAMES)
def test_cell_loads_and_agrees_with_its_netlist_on_pins_and_parameters(name):
    loaded = cell(name)
    subcircuit = loaded.subcircuit("behavioural")
    pins, _ = cards(LIBRARY / name / "behavioural.cir")
    document = tomllib.loads((LIBRARY / name / "cell.toml").read_text())
    assert list(subcircuit.pins) == list(loaded.pins) == pins == document["pins"]
    assert pins[-4:] == ["cm", "vdd", "vss", "hold"]
    assert subcircuit.name == name
    assert set(subcircuit.parameters) == set(loaded.parameters)
    assert set(subcircuit.internal) == set(loaded.internal)
    assert all(p.unit and p.description for p in loaded.parameters.values())
    defaults = {key: p.default for key, p in loaded.parameters.items()}
    assert subcircuit.parameters == pytest.approx(defaults)
    composed = loaded.primitive or list((LIBRARY / name).glob("composed*.cir"))
    assert loaded.levels == (LEVELS if composed else ("behavioural",))
    assert loaded.summary
    assert loaded.equation


@pytest.mark.parametrize("name", PRIMITIVES)
def test_a_primitive_has_one_interface_at_all_levels(name):
    loaded = cell(name)
    assert loaded.primitive
    behavioural, macromodel, transistor = map(loaded.subcircuit, LEVELS)
    assert behavioural.pins == macromodel.pins == transistor.pins
    assert behavioural.parameters == transistor.parameters
    shared = {key: macromodel.parameters[key] for key in behavioural.parameters}
    assert shared == behavioural.parameters  # besides these, it has one parameter for each of its faults


@pytest.mark.parametrize("name", NAMES)
def test_every_bound_function_is_called(name):
    loaded = cell(name)
    assert {call.function for call in loaded.subcircuit("behavioural").calls.values()} == set(loaded.functions)


@pytest.mark.parametrize("name", NAMES)
def test_law_is_the_sum_of_the_currents_of_the_cards(name):
    """Per pin the current that the cell sends into the net; at an inner node the currents vanish."""
    document = tomllib.loads((LIBRARY / name / "cell.toml").read_text())
    functions = document.get("functions", [])
    into, fixed = currents(LIBRARY / name / "behavioural.cir", functions)
    law = {node: expression(text, functions) for node, text in document["law"].items()}
    across = {node: law.pop(f"i({node})") for node in fixed}  # what vanishes in the loop of a voltage source
    for node, voltage in across.items():
        assert sp.expand(voltage - fixed[node].lhs + fixed[node].rhs) == 0, node
    nodes = set(document["pins"]) - {"cm", "vdd", "vss", "hold"} | set(document.get("internal", []))
    assert set(law) <= nodes
    free = {i(node) for node in fixed}
    for node in nodes:
        wanted, got = law.get(node, sp.Integer(0)), into.get(node, sp.Integer(0))
        if got in free | {-current for current in free} and len(law) == 1:
            assert wanted in (got, -got)  # a source alone: its current is what the net asks for, of either sign
        else:
            assert sp.expand(wanted - got) == 0, node


@pytest.mark.parametrize("name", NAMES)
def test_no_cell_sends_current_through_the_supplies(name):
    into, _ = currents(LIBRARY / name / "behavioural.cir", cell(name).functions)
    assert not set(into) & {"vdd", "vss", "hold"}


def test_lead_cell_has_the_time_constants_of_its_equation():
    into, _ = currents(LIBRARY / "membrane_lead" / "behavioural.cir")
    g, rs, c, p, s, n, u = sp.symbols("g rs c p s n u")

    def at(node):
        law = into[node].replace(D, lambda x: p * x)
        return law.subs({v("n"): n, v("u"): u})

    found = sp.solve([at("n") + g * s, at("u")], [n, u], dict=True)[0]
    tau_r, tau_m = rs * c, c / g + rs * c
    assert sp.simplify(found[n] / s - (1 + p * tau_r) / (1 + p * tau_m)) == 0
    assert sp.simplify(found[u] / s - 1 / (1 + p * tau_m)) == 0


def test_error_cell_is_the_inverse_of_the_lead_cell():
    into, fixed = currents(LIBRARY / "error_lead" / "behavioural.cir")
    g, gb, gv, c, p, b, e, state = sp.symbols("g gb gv c p b e state")

    def at(node):
        law = into[node].replace(D, lambda x: p * x)
        return law.subs({v("e"): e, v("v"): state, i("b"): (g + gb) * b})

    found = sp.solve([at("e"), at("v")], [e, state], dict=True)[0]
    tau_m = c / gv
    tau_r = tau_m * g / (g + gb)  # R = tau_m / tau_r = (g + gb) / g
    assert sp.simplify(found[e] / b - (1 + p * tau_m) / (1 + p * tau_r)) == 0
    assert sp.simplify(found[state] / b - 1 / (1 + p * tau_r)) == 0
    assert fixed["b"] == sp.Eq(v("b") - v("e"), 0)


def test_weighted_sum_has_the_time_constants_of_its_equation():
    into, _ = currents(LIBRARY / "membrane_sum" / "behavioural.cir")
    g, gu, gs, c, p, s, n, u, drive = sp.symbols("g gu gs c p s n u drive")

    def at(node):
        law = into[node].replace(D, lambda x: p * x)
        return law.subs({v("s"): s, v("n"): n, v("u"): u, sp.Symbol("gl"): g - gs})

    found = sp.solve([at("s") + g * drive, at("n"), at("u")], [s, n, u], dict=True)[0]
    tau_m, rho = c / gu, gs / g
    assert sp.simplify(found[n] / drive - (1 + p * rho * tau_m) / (1 + p * tau_m)) == 0


def settled(name, functions=(), **known):
    """The currents of a cell's cards at every node, d/dt as p, voltages by their names or as `known`; what is fixed."""
    into, fixed = currents(LIBRARY / name / "behavioural.cir", functions)
    p = sp.Symbol("p")
    names = {
        symbol: sp.Symbol(str(symbol).removeprefix("v_of_")) for law in into.values() for symbol in law.free_symbols
    }
    held = {v(node): value for node, value in known.items()}
    return {node: law.replace(D, lambda x: p * x).subs(held).subs(names) for node, law in into.items()}, fixed


def test_plastic_membrane_has_time_constants_in_proportion_to_its_voltages():
    slow, fast, g, gu, c, p, s, n, d, u, drive = sp.symbols("slow fast g gu c p s n d u drive")
    vm = sp.Symbol("vm")  # at this voltage a time constant is c/gu
    into, _ = settled("membrane_plastic", tm=slow * vm * gu / c, tr=fast * vm * gu / c)
    assert set(into) - {"cm"} == {"s", "n", "d", "u"}  # no current into the voltages that it reads
    found = sp.solve([into["s"] + g * drive, into["d"], into["u"], into["n"]], [s, d, u, n], dict=True)[0]
    assert sp.simplify(found[u] / drive - 1 / (1 + p * slow)) == 0
    assert sp.simplify(found[n] / drive - (1 + p * fast) / (1 + p * slow)) == 0
    assert sp.simplify(found[d] - c / gu * p * found[u]) == 0


def test_plastic_error_is_the_inverse_of_the_plastic_membrane_times_its_gain():
    slow, fast, g, ge, gv, c, p, b, q, e, arrives, vr = sp.symbols("slow fast g ge gv c p b q e arrives vr")
    state = sp.Symbol("v")
    into, _ = settled("error_plastic", tm=slow * vr * gv / c, tr=fast * vr * gv / c)
    assert set(into) - {"cm"} == {"b", "q", "v", "e"}
    found = sp.solve([into["b"] + g * arrives, into["q"], into["v"], into["e"]], [b, q, state, e], dict=True)[0]
    assert found[b] == arrives  # B is the voltage of its own node
    assert sp.simplify(found[state] / arrives - 1 / (1 + p * fast)) == 0
    assert sp.simplify(found[e] / arrives - g / ge * (1 + p * slow) / (1 + p * fast)) == 0


def test_time_constant_moves_with_the_product_of_error_and_slope():
    (update, _), (store, _) = settled("time_constant_update"), settled("time_constant")
    a, d, t, g, c, p = sp.symbols("a d t g c p")
    (found,) = sp.solve(update["t"] + store["t"], p * t)
    assert sp.simplify(found - g * a * d / c) == 0


def test_target_of_the_membrane_is_its_look_ahead_against_what_drives_it():
    t, ahead, s, tm, g, vm = sp.symbols("t l s tm g vm")
    into, _ = settled("target_membrane")
    assert sp.expand(into["e"] - g * (t + ahead * tm / vm - s)) == 0


def test_highpass_has_the_transfer_of_its_equation():
    into, _ = settled("highpass", ["phi"], n=0)
    rate, gr, g, c, p, a, rbar = sp.symbols("rate gr g c p a rbar")
    into = {node: law.subs(sp.Function("phi")(0), rate) for node, law in into.items()}
    found = sp.solve([into["a"], into["rbar"]], [a, rbar], dict=True)[0]
    tau = c / g
    assert sp.simplify(found[rbar] / (gr * rate / g) - 1 / (1 + p * tau)) == 0
    assert sp.simplify(found[a] / (gr * rate / g) - p * tau / (1 + p * tau)) == 0


def test_feedback_weight_hears_noise_and_answer_and_leaks():
    (update, _), (store, _) = settled("feedback_update"), settled("weight")
    x, a, f, w, g, gd, c, p = sp.symbols("x a f w g gd c p")
    (found,) = sp.solve(update["f"] + store["w"].subs(w, f), p * f)
    assert sp.expand(found - (g * x * a - gd * f) / c) == 0


@pytest.mark.parametrize("level", [level for level in LEVELS if level != "behavioural"])
def test_a_level_that_a_cell_lacks_is_refused(level):
    with pytest.raises(InputError, match=rf"(?s)membrane_lead has no level '{level}'.*behavioural"):
        cell("membrane_lead").subcircuit(level)


def test_a_synapse_multiplies_in_ngspice(tmp_path):
    """Direct currents of three cells, read back from the program: tanh in the place of the function that is bound."""
    text = "\n".join(
        [
            "* cells",
            ".func phi(x) {tanh(x)}",
            ".func slope(x) {1-tanh(x)*tanh(x)}",
            "Vcm cm 0 0",
            "Va a cm 0.03",
            "Vb b cm -0.4",
            "Vdd vdd 0 0.9",
            "Vss vss 0 -0.9",
            *((LIBRARY / name / "behavioural.cir").read_text() for name in ("synapse_forward", "slope", "error_lead")),
            "X1 a b x cm vdd vss 0 synapse_forward g=1e-6 vu=0.02",
            "V1 x cm 0",
            "X2 b a y cm vdd vss 0 slope gh=1e-8 g=2e-6 vu=0.05",
            "V2 y cm 0",
            "X3 p e cm vdd vss 0 error_lead g=1e-6 gb=3e-6 gv=1e-6",
            "I3 cm p 2e-7",
            ".save i(v1) i(v2) v(e)",
            ".op",
            ".end",
            "",
        ]
    )
    (tmp_path / "cells.cir").write_text(text)
    subprocess.run(["ngspice", "-b", "-r", "out.raw", "cells.cir"], cwd=tmp_path, check=True, capture_output=True)
    plot = read_raw(tmp_path / "out.raw")
    assert plot is not None
    got = dict(zip(plot.names, plot.values[0], strict=True))
    assert got["v1#branch"] == pytest.approx(1e-6 * -0.4 * math.tanh(0.03 / 0.02), rel=1e-6)
    assert got["v2#branch"] == pytest.approx(2e-6 * -0.4 * (1 - math.tanh(0.03 / 0.05) ** 2), rel=1e-6)
    assert got["e"] == pytest.approx(2e-7 / 4e-6, rel=1e-6)  # unit gain at rest: the current is R g B


def test_no_netlist_refers_to_ground():
    for path in LIBRARY.glob("*/*.cir"):
        assert not re.search(r"(?<= )0(?= )", path.read_text()), path
