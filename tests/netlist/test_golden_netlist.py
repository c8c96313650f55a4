"""The text of a tiny study's netlist and deck, kept as golden files, and that it is always the same text."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.netlist_digest import digest
from tests.support.tiny_circuits import TINY
from vle_analog import Study
from vle_analog.netlist import flat_deck, solver_settings


def test_hierarchical_netlist_is_as_it_was(snapshot):
    files = Study.from_document(TINY, name="tiny").netlist()
    assert {name: content.decode() for name, content in files.items()} == snapshot


def test_deck_is_as_it_was(snapshot):
    deck = Study.from_document(TINY, name="tiny").deck()
    assert deck.text() == snapshot
    assert {name: content.decode() for name, content in deck.files.items()} == snapshot


def test_the_same_study_gives_the_same_bytes():
    assert digest("two_layer") == digest("two_layer")


@pytest.mark.parametrize("seed", ["0", "4711"])
def test_the_bytes_do_not_hang_on_the_order_of_hashes(seed):
    code = "import sys; from tests.support.netlist_digest import digest; print(digest('two_layer'))"
    path = os.pathsep.join([str(Path(__file__).parents[2]), *filter(None, sys.path)])
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": path},
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout.strip() == digest("two_layer")


def test_title_of_a_study_does_not_reach_the_netlist():
    study = Study.from_document(TINY, name="tiny")
    for text in (study.deck().text(), *(content.decode() for content in study.netlist().values())):
        assert ".control" not in text
        assert "shell" not in text


def test_shared_activations_save_cards_but_not_signals():
    study = Study.load("wide", {"duration": 1.0})
    settings = solver_settings(study.spec, study.circuit())
    shared, alone = (flat_deck(study.circuit(), *settings, share=share) for share in (True, False))
    assert shared.saves == alone.saves
    assert len(shared.cards) == len(alone.cards)
    assert shared.text().count("tanh") < alone.text().count("tanh") / 3
