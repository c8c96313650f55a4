"""Names that populations, projections and stimuli may have."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vle_analog.study.findings import Findings
from vle_analog.study.names import check_name, study_name, why_not


@pytest.mark.parametrize("name", ["hidden", "drive_hidden", "layer1", "a1b2", "x_1a", "pop_e", "x" * 40])
def test_accepted(name):
    assert why_not(name) == ""


@pytest.mark.parametrize(
    "name, said",
    [
        ("", "empty"),
        ("Hidden", "plain identifier"),
        ("1hidden", "plain identifier"),
        ("_hidden", "plain identifier"),
        ("hid den", "plain identifier"),
        ("hidden\n", "plain identifier"),
        ("hidden\n.control\nshell rm", "plain identifier"),
        ("héllo", "plain identifier"),
        ("layer１", "plain identifier"),
        ("layer_1", "ends in '_' and digits"),
        ("w_1_2", "ends in '_' and digits"),
        ("x" * 41, "longer than 40"),
        *[
            (name, "reserved")
            for name in ("gnd", "time", "temper", "hertz", "sin", "exp", "pi", "boltz", "agauss", "if")
        ],
        *[
            (name, "reserved")
            for name in ("vdd", "vss", "cm", "error", "target", "teacher", "tran", "subckt", "control")
        ],
        *[(name, "reserved") for name in "eivurbwhn"],
    ],
)
def test_refused_with_the_reason(name, said):
    assert said in why_not(name)


@given(st.text(max_size=50))
def test_accepted_names_are_plain_and_the_example_of_a_refusal_is_accepted(name):
    reason = why_not(name)
    assert bool(reason) or re.fullmatch("[a-z][a-z0-9_]{0,39}", name, re.ASCII)
    findings = Findings("study", lambda _: None)
    check_name(name, ("stimuli", name), findings)
    assert len(findings.problems) == bool(reason)
    if reason:
        assert why_not(findings.problems[0].hint.removeprefix("for example ")) == ""


@given(st.lists(st.from_regex("[a-z][a-z0-9_]{0,6}", fullmatch=True).filter(lambda n: not why_not(n)), unique=True))
def test_nets_of_different_owners_never_collide(names):
    nets = [f"{name}_{index}" for name in names for index in (0, 11)]
    nets += [f"{name}_{row}_{column}" for name in names for row in (0, 11) for column in (0, 1)]
    assert len(set(nets)) == len(nets)


@pytest.mark.parametrize("stem", ["online_chain", "a", "layer_1", "x" * 40])
def test_a_study_with_a_plain_name_keeps_it(stem):
    assert study_name(stem) == stem


@pytest.mark.parametrize(
    "stem, readable",
    [
        ("größe", "grosse"),
        ("Online Chain", "online_chain"),
        ("ネット", "study"),
        ("2.x; rm -rf", "study_2_x_rm_rf"),
        ("a_", "a"),
        ("x" * 90, "x" * 31),
        ("", "study"),
    ],
)
def test_of_another_name_of_a_study_is_kept_what_can_be_read(stem, readable):
    assert re.fullmatch(f"{readable}_[0-9a-f]{{8}}", study_name(stem))


STEMS = st.text(max_size=50) | st.sampled_from(["über", "uber", "Über", "über ", "a-b", "a_b", "网络", "ネット"])


@given(STEMS, STEMS)
def test_two_studies_never_share_a_name(one, other):
    assert re.fullmatch("[a-z][a-z0-9_]{0,39}", study_name(one), re.ASCII)
    same = unicodedata.normalize("NFC", one) == unicodedata.normalize("NFC", other)
    assert (study_name(one) == study_name(other)) == same
