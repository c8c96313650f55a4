"""Cards as the compiled engine reads them, and what it refuses."""

from pathlib import Path

import pytest
import sympy as sp

from vle_analog import Study
from vle_analog.cells.subcircuit import read_subcircuit
from vle_analog.errors import InputError
from vle_analog.fastsim import compile_circuit
from vle_analog.fastsim.branches import branches, parameter, voltage
from vle_analog.fastsim.law import reduced
from vle_analog.netlist.circuit import Leaf
from vle_analog.netlist.elements import elements
from vle_analog.netlist.placed import placed


def _leaf(folder: Path, *cards: str) -> Leaf:
    path = folder / "cell.cir"
    path.write_text("\n".join([".subckt cell a b cm vdd vss hold params: g=1 vs=2", *cards, ".ends cell"]))
    return Leaf("cell", "cell", "macromodel", read_subcircuit(path, (), "primitive"), {}, "", primitive=True)


def test_a_current_source_is_read_as_it_stands(tmp_path: Path):
    (found,) = branches(_leaf(tmp_path, "Bx a cm I={2*g}*tanh(V(a,b)/{vs})+1u"), "here")

    a, b, g, vs = voltage("a"), voltage("b"), parameter("g"), parameter("vs")
    assert found.ends == ("a", "cm")
    assert sp.simplify(found.value - (2 * g * sp.tanh((a - b) / vs) + 1e-6)) == 0


def test_changes_are_the_derivatives_of_currents(tmp_path: Path):
    leaf = _leaf(
        tmp_path, "By cm y I={g}*(tanh((V(a,b)+{vs})/{vs})-V(y,cm))", "Bo cm b I=V(y,cm)*V(y,cm)", "Cy y cm {g}"
    )
    law = reduced(tuple(branches(leaf, "here")), leaf.subcircuit.internal).law
    back = {sp.Symbol(f"c{k}", real=True): formula for k, formula in enumerate(law.constants)}
    back |= {sp.Symbol(f"s{k}", real=True): formula for k, formula in enumerate(law.same)}
    back |= {sp.Symbol(f"t{k}", real=True): sp.tanh(value.xreplace(back)) for k, value in enumerate(law.arguments)}

    for (node, other), change in law.changes.items():
        flow = law.flows[node].xreplace(back)
        assert sp.simplify(change.xreplace(back) + sp.diff(flow, voltage(other))) == 0
    assert set(law.changes) == {("y", "a"), ("y", "b"), ("y", "y"), ("b", "y")}


def test_a_node_that_nothing_drives_is_left_out(tmp_path: Path):
    leaf = _leaf(tmp_path, "Ra a cm 5", "Rz z cm 1e6", "Bo cm b I=V(a,cm)+V(z,cm)")

    found = reduced(tuple(branches(leaf, "here")), leaf.subcircuit.internal)

    assert found.idle == {"z"}
    assert set(found.law.nodes) == {"a", "b"}


@pytest.mark.parametrize("card", ["Ex a cm b cm 2", "Lx a cm 1", "Bx a cm V=V(b,cm)", "Bx a cm I=abs(V(b,cm))"])
def test_a_card_that_cannot_be_compiled_is_named_with_its_path(card: str, tmp_path: Path):
    with pytest.raises(InputError) as refused:
        list(branches(_leaf(tmp_path, card), "hidden_0.cell"))

    assert "hidden_0.cell" in str(refused.value)
    assert card in str(refused.value)


def test_transistors_are_refused():
    circuit = Study.load("online_chain", {"circuit.level": "transistor"}).circuit()

    with pytest.raises(InputError, match="transistors"):
        compile_circuit(circuit)


def test_elements_have_the_paths_and_parameters_of_what_is_placed():
    circuit = Study.load("online_chain", {"circuit.level": "macromodel"}).circuit()
    taken = {element.path: element for element in elements(circuit)}

    for piece in placed(circuit):
        element = taken[piece.path]
        assert dict(element.parameters) == dict(piece.parameters)
        pins = {pin: "0" if net.endswith("cm") else net for pin, net in piece.nets.items()}
        assert {pin: element.nets[pin] for pin in pins} == pins
