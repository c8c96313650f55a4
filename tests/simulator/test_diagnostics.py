"""Recorded logs of ngspice 39, library and program, are understood."""

import time
from pathlib import Path

import pytest

from vle_analog.simulator.diagnostics import classify, readable

LOGS = Path(__file__).parent / "logs"

# deck -> (code, names) that must be among the errors, warnings and convergence remarks of its log
EXPECTED = {
    "algebraic_no_solution": {("timestep-too-small", ("c",))},
    "bad_instance_param": {("bad-line", ("r1",)), ("not-parsed", ())},
    "bad_model_param": {("other-warning", ()), ("ignored-parameter", ())},
    "bad_save": {("no-vectors", ())},
    "bad_tran": {("bad-line", (".tran",)), ("not-parsed", ())},
    "bad_xspice_model": {("unknown-model", ("a1",)), ("not-parsed", ())},
    "bexpr": {("unknown-function", ()), ("bad-line", ("b1",)), ("not-parsed", ())},
    "div0": set(),
    "duplicate_name": {("bad-line", ("r1",)), ("not-parsed", ())},
    "fine_transient": set(),
    "fixed_resistor_loop": {("singular-matrix", ("b",))},
    "floating_node": {("singular-matrix", ("b",))},
    "floating_output_uic": {("singular-matrix", ("c",)), ("timestep-too-small", ())},
    "missing_data_file": {("missing-data-file", ("a1",))},
    "missing_include": {("missing-include", ()), ("not-parsed", ())},
    "nan_expr": {("out-of-domain", ("b1",)), ("no-start", ()), ("other-error", ())},
    "no_analysis": {("no-analysis", ())},
    "op_noconv": {("no-start", ("b",)), ("other-error", ())},
    "singular_vloop": {("singular-matrix", ("v1#branch",)), ("no-start", ()), ("other-error", ())},
    "sqrt_negative": {("out-of-domain", ("b1",)), ("timestep-too-small", ())},
    "subckt_undefined_param": {("undefined-parameter", ()), ("other-error", ())},
    "syntax": {("resistance-too-low", ("r1",))},
    "timestep": {("timestep-too-small", ("b",))},
    "too_few_pins": {("wrong-pins", ("x1",)), ("not-parsed", ())},
    "undef_model": {("unknown-model", ("m1",)), ("bad-line", ("m1",)), ("not-parsed", ())},
    "undef_param": {("undefined-parameter", ()), ("other-error", ())},
    "undef_subckt": {("unknown-subcircuit", ("x1",)), ("not-parsed", ())},
    "unknown_node_in_b": {("singular-matrix", ("nowhere",)), ("timestep-too-small", ())},
    "vloop_uic": {("singular-matrix", ("v1#branch",)), ("timestep-too-small", ())},
    "word_error_in_title": set(),
}
# The program looks at the first point in another way, and says nothing where the deck has no analysis.
PROGRAM = {
    "algebraic_no_solution": {("no-start", ("c",))},
    "floating_output_uic": {("singular-matrix", ("c",)), ("no-start", ())},
    "no_analysis": set(),
    "sqrt_negative": {("out-of-domain", ("b1",)), ("no-start", ())},
    "unknown_node_in_b": {("singular-matrix", ("nowhere",)), ("no-start", ())},
    "vloop_uic": {("singular-matrix", ("v1#branch",)), ("no-start", ())},
}


def log(kind: str, name: str) -> list[str]:
    return (LOGS / kind / f"{name}.txt").read_text().splitlines()


def test_every_recorded_log_has_an_expectation():
    for kind in ("library", "program"):
        assert {path.stem for path in (LOGS / kind).glob("*.txt")} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_library_log(name: str):
    found = {(entry.code, entry.names) for entry in classify(log("library", name)) if entry.severity != "note"}
    assert found == EXPECTED[name]


@pytest.mark.parametrize("name", EXPECTED)
def test_program_log(name: str):
    found = {(entry.code, entry.names) for entry in classify(log("program", name)) if entry.severity != "note"}
    assert found == PROGRAM.get(name, EXPECTED[name])


def test_every_error_of_the_netlist_says_what_to_try():
    for name in EXPECTED:
        assert all(entry.hint for entry in classify(log("library", name)) if entry.kind)


def test_stepping_is_a_note_and_no_error():
    found = classify(log("library", "fixed_resistor_loop"))
    assert {entry.severity for entry in found} == {"note", "warning"}


def test_names_are_mapped_to_what_a_person_knows():
    (entry,) = classify(log("library", "timestep"), {"b": "hidden.u[0]"})
    assert (entry.names, entry.where) == (("b",), ("hidden.u[0]",))
    assert entry.text == "the time step became too small at t = 7.0461e-10 s"


def test_a_line_stands_in_where_no_name_is_mentioned():
    assert classify(log("library", "undef_param"))[0].where == ("line 2 of the deck",)


def test_a_device_named_by_the_simulator():
    line = (
        "doAnalyses: TRAN:  Timestep too small; time = 1e-06, timestep = 1e-18: trouble with nmos:nch-instance m.x1.m1"
    )
    (entry,) = classify([line], {"x1.m1": "synapse[0,1]: M1"})
    assert (entry.names, entry.where) == (("m.x1.m1",), ("synapse[0,1]: M1",))


def test_the_same_remark_is_given_once():
    line = "Warning: singular matrix:  check node c"
    assert len(classify([line, line, line])) == 1


def test_a_log_of_many_lines_is_read_in_a_moment():
    start = time.process_time()
    (entry,) = classify(["Error: -1 out of range for ln", "    in line b1", ""] * 10_000)
    assert entry.code == "out-of-domain"
    assert time.process_time() - start < 3


def test_two_nodes_of_a_singular_matrix():
    (entry,) = classify(["Warning: singular matrix:  check nodes n_1 and n_2"])
    assert entry.names == ("n_1", "n_2")


@pytest.mark.parametrize(
    "name, expected",
    [("v1#branch", "input"), ("r.x1.r1", "leak"), ("x1.n", "membrane"), ("other", "other")],
)
def test_readable(name: str, expected: str):
    assert readable(name, {"v1": "input", "x1.r1": "leak", "x1.n": "membrane"}) == expected


def test_an_undefined_parameter_as_later_versions_print_it():
    (found, *_) = classify(["Error in netlist line no. 3, new internal line no. 2:", "Undefined parameter [nope]"])
    assert (found.code, found.kind, found.where) == ("undefined-parameter", "netlist", ("line 3 of the deck",))
