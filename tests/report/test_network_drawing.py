"""Columns in forward order whatever the connections, and one line per synapse."""

from dataclasses import replace

import numpy as np

from vle_analog.network import Network, Population, Projection, Sines
from vle_analog.report.layout import MOST_SHOWN, columns, feedback, groups, shown
from vle_analog.report.network_drawing import described, network_drawing
from vle_analog.style import svg


def _population(name, size=1, tau_r=0.5):
    ones = np.ones(size)
    return Population(name, size, ones, tau_r * ones, "tanh", 0 * ones, np.full(size, tau_r == 1.0))


def _network(links, sizes, output):
    populations = tuple(_population(name, size) for name, size in sizes.items())
    size_of = {**sizes, "drive": 1}
    random = np.random.default_rng(0)
    projections = tuple(
        Projection(f"{a}_{b}", a, b, random.standard_normal((size_of[b], size_of[a]))) for a, b in links
    )
    drive = {"drive": Sines(((),), (0.0,))}
    return Network("vle", 1.0, 0.0, output, "zero", True, populations, projections, drive)


def test_a_skip_moves_nobody():
    network = _network([("drive", "one"), ("one", "two"), ("drive", "two")], {"two": 1, "one": 1}, "two")
    assert columns(network) == {"drive": 0, "one": 1, "two": 2}


def test_what_closes_a_circle_is_feedback():
    links = [("drive", "one"), ("one", "two"), ("two", "one"), ("one", "one")]
    network = _network(links, {"one": 2, "two": 2}, "two")
    assert set(feedback(network)) == {"two_one", "one_one"}
    assert columns(network) == {"drive": 0, "one": 1, "two": 2}


def test_a_chain_of_thousands_is_ordered():
    names = [f"p{k}" for k in range(1500)]
    network = _network(zip(["drive", *names], names, strict=False), dict.fromkeys(names, 1), "p1499")
    assert columns(network)["p1499"] == 1500


def test_of_many_neurons_the_first_and_the_last_are_drawn():
    assert shown(MOST_SHOWN) == tuple(range(MOST_SHOWN))
    assert len(shown(1000)) < MOST_SHOWN
    assert {0, 999} <= set(shown(1000))


def test_one_line_per_synapse_in_the_colour_of_its_sign(make):
    spec = make("two_layer").spec
    lines = [
        c for c in network_drawing(spec).axes[0].collections if len(c.get_paths()) > 1 or "Path" in type(c).__name__
    ]
    drawn = [c for c in lines if np.all(c.get_facecolor().size == 0)]
    assert [len(c.get_paths()) for c in drawn] == [6, 3]
    weights = np.ravel(spec.network.projections[0].weights)
    shades = {tuple(row) for row in drawn[0].get_edgecolor()[weights > 0]}
    assert len(shades) == 1
    assert shades.isdisjoint({tuple(row) for row in drawn[0].get_edgecolor()[weights < 0]})


def test_every_name_is_written(make):
    for study in ("recurrent_pair", "depth", "wide"):
        spec = make(study).spec
        texts = {text.get_text() for text in network_drawing(spec).axes[0].texts}
        assert {group.name for group in groups(spec.network)} <= texts


def test_time_constants_are_written_as_ranges():
    population = replace(_population("one", 2), tau_m=np.array([0.5, 1.0]))
    assert described(population).split("\n") == ["tanh", "τₘ = 0.5–1", "τᵣ = 0.5"]
    assert described(_population("two", 2, tau_r=1.0)).endswith("wire")


def test_a_tangled_network_can_be_drawn(make):
    links = [
        ("drive", "left"),
        ("drive", "right"),
        ("left", "middle"),
        ("right", "middle"),
        ("middle", "out"),
        ("drive", "out"),
        ("out", "middle"),
        ("middle", "middle"),
        ("left", "right"),
    ]
    network = _network(links, {"left": 40, "right": 3, "middle": 12, "out": 2}, "out")
    assert svg(network_drawing(replace(make().spec, network=network))).startswith(b"<?xml")
