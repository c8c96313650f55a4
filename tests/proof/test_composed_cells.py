"""Cells made of primitives: with ideal ones they have the law of the cell, and a wrong composition does not."""

from dataclasses import replace
from itertools import combinations

import pytest

from vle_analog.cells.library import COMPOSED_ACTIVATIONS, cell, cell_names
from vle_analog.errors import InputError
from vle_analog.netlist.circuit import COMMON_PINS
from vle_analog.proof.composed import composed_against_law


def compositions():
    for name in cell_names():
        made = cell(name)
        for activation in COMPOSED_ACTIVATIONS if made.functions else ("",):
            if not made.primitive and made.composes(activation):
                yield name, activation


CASES = list(compositions())
SYMMETRIC = ("floating_resistor",)
EQUIVALENT = {("synapse_update", "linear"): ["product: e and pre"]}  # two linear factors of a product


@pytest.mark.parametrize("name, activation", CASES)
def test_a_composition_of_ideal_primitives_has_the_law_of_its_cell(name, activation):
    made = cell(name)
    assert composed_against_law(made, made.composition(activation), cell) == "0"


def fails(made, read):
    try:
        return composed_against_law(made, read, cell) != "0"
    except InputError:
        return True


def wrong_pieces(read):
    """Every primitive with two of its nodes swapped, and the composition without it."""
    for k, piece in enumerate(read.pieces):
        rest = [other for m, other in enumerate(read.pieces) if m != k]
        yield f"without {piece.name}", replace(read, pieces=tuple(rest))
        for a, b in combinations(range(len(piece.nodes) - len(COMMON_PINS)), 2):
            nodes = list(piece.nodes)
            nodes[a], nodes[b] = nodes[b], nodes[a]
            if nodes != list(piece.nodes) and piece.cell not in SYMMETRIC:
                yield (
                    f"{piece.name}: {nodes[a]} and {nodes[b]}",
                    replace(read, pieces=(*rest, replace(piece, nodes=tuple(nodes)))),
                )


@pytest.mark.parametrize("name, activation", CASES)
def test_no_wrong_piece_survives(name, activation):
    made = cell(name)
    read = made.composition(activation)
    assert [what for what, wrong in wrong_pieces(read) if not fails(made, wrong)] == EQUIVALENT.get(
        (name, activation), []
    )


@pytest.mark.parametrize("name, activation", CASES)
def test_no_wrong_gain_survives(name, activation):
    made = cell(name)
    read = made.composition(activation)
    used = {parameter for piece in read.pieces for parameter in piece.given.values()}
    for key, text in made.composed.items():
        for wrong in (f"2*({text})", f"-({text})") if key in used else ():
            assert fails(replace(made, composed={**made.composed, key: wrong}), read), f"{key} = {wrong}"
