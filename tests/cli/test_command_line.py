"""The command line, in process: what it prints, what it writes, what it returns."""

import functools
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from vle_analog.cli import run
from vle_analog.simulator import doctor_facts
from vle_analog.simulator.doctor import TESTED

SHORT = ["--set", "duration=2", "--set", "simulate.points=101"]


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "results"


def test_compare_prints_one_json_object(capsys, output: Path):
    code = run(["compare", "online_chain", *SHORT, "--json", "--output", str(output)])
    printed = capsys.readouterr()
    summary = json.loads(printed.out)
    assert code == 0
    assert printed.err == ""
    assert summary["study"] == "online_chain"
    assert summary["level"] == "behavioural"
    assert summary["passed"] is True
    assert summary["worst_nrmse"] == max(s["nrmse"] for s in summary["signals"].values())
    assert set(summary["signals"]["hidden.u[0]"]) >= {"nrmse", "max_abs", "delay", "final"}
    assert set(summary["seconds"]) >= {"derive", "simulate", "ideal", "report"}
    assert Path(summary["report"]).is_file()


def test_compare_leaves_one_whole_folder(capsys, output: Path):
    assert run(["compare", "depth", *SHORT, "--output", str(output)]) == 0
    assert "within the bounds" in capsys.readouterr().out
    names = {path.name for path in output.iterdir()}
    assert names >= {
        "report.html",
        "results.json",
        "run.json",
        "times.json",
        "deck.cir",
        "ngspice.log",
        "circuit.nc",
        "ideal.nc",
        "depth.cir",
        "testbench.cir",
        "figures",
    }
    absent = ("encoded.nc", "devices.cir")  # what circuits made of devices have besides
    assert names.isdisjoint(absent)
    assert not any(name in (output / "report.html").read_text() for name in absent)
    assert [path.name for path in output.parent.iterdir()] == [output.name], "nothing is left beside it"


@pytest.mark.pictures
def test_the_same_run_twice_leaves_the_same_bytes(tmp_path: Path):
    for name in ("a", "b"):
        run(["compare", "depth", *SHORT, "--quiet", "--output", str(tmp_path / name)])
    differing = {"times.json", "ngspice.log", "report.html"}
    for path in sorted((tmp_path / "a").rglob("*")):
        other = tmp_path / "b" / path.relative_to(tmp_path / "a")
        if path.is_file() and path.name not in differing:
            assert path.read_bytes() == other.read_bytes(), path.name


def test_outside_the_bounds_is_exit_code_1(capsys, output: Path):
    code = run(["compare", "online_chain", *SHORT, "--set", "compare.bounds.forward=1e-12", "--output", str(output)])
    assert code == 1
    assert "outside the bounds" in capsys.readouterr().out


def test_quiet_prints_nothing(capsys, output: Path):
    assert run(["netlist", "depth", "--quiet", "--output", str(output)]) == 0
    assert capsys.readouterr() == ("", "")


def test_simulate_writes_traces_and_no_report(capsys, output: Path):
    assert run(["simulate", "depth", *SHORT, "--json", "--output", str(output)]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["time_points"] > 10
    assert (output / "circuit.nc").is_file()
    assert not (output / "report.html").exists()


def test_netlist_keeps_the_report_of_the_same_study(output: Path):
    run(["simulate", "depth", *SHORT, "--quiet", "--output", str(output)])
    run(["netlist", "depth", *SHORT, "--quiet", "--output", str(output)])
    assert (output / "circuit.nc").is_file()
    assert (output / "testbench.cir").is_file()
    run(["netlist", "depth", "--quiet", "--output", str(output)])
    assert not (output / "circuit.nc").exists(), "results of other settings do not stay"


def test_the_level_option_overrides_the_study(capsys, output: Path):
    units = ["--set", "circuit.voltage_unit=auto", "--set", "circuit.error_unit=0.1", "--set", "circuit.time_unit=1e-3"]
    assert run(["netlist", "depth", *SHORT, *units, "--level", "transistor", "--output", str(output)]) == 0
    assert (output / "devices.cir").is_file()
    other = ["--set", "network.populations.first.activation=softplus"]
    assert run(["netlist", "depth", *SHORT, *other, "--level", "macromodel", "--output", str(output)]) == 2
    assert "no macromodel version of slope for activation 'softplus'" in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["compare", "netlist", "simulate"])
def test_the_adjoint_is_refused(capsys, verb: str, output: Path):
    assert run([verb, "depth", "--set", "network.rule=adjoint", "--output", str(output)]) == 2
    assert "backwards in time" in capsys.readouterr().err
    assert not output.exists()


def test_a_missing_study_is_bad_input(capsys):
    assert run(["compare", "no_such_study"]) == 2
    assert "no such study" in capsys.readouterr().err


def test_a_wrong_option_is_bad_input(capsys):
    assert run(["compare", "depth", "--no-such-option"]) == 2
    assert "no-such-option" in capsys.readouterr().err.lower()


def test_a_folder_of_somebody_else_is_not_touched(capsys, output: Path):
    output.mkdir()
    (output / "thesis.tex").write_text("years of work")
    assert run(["netlist", "depth", "--output", str(output)]) == 2
    assert "not a result" in capsys.readouterr().err
    assert (output / "thesis.tex").read_text() == "years of work"


def test_a_run_json_of_somebody_else_is_no_result(capsys, output: Path):
    output.mkdir()
    (output / "run.json").write_text("{}")
    assert run(["netlist", "depth", "--output", str(output)]) == 2
    assert "not a result" in capsys.readouterr().err


def test_what_others_put_into_a_result_folder_stays(output: Path):
    run(["netlist", "depth", "--quiet", "--output", str(output)])
    (output / "notes").mkdir()
    (output / "notes" / "measured.txt").write_text("by hand")
    run(["netlist", "two_layer", "--quiet", "--output", str(output)])
    assert (output / "notes" / "measured.txt").read_text() == "by hand"
    assert (output / "two_layer.cir").is_file()
    assert not (output / "depth.cir").exists()


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError("moved away")])
def test_what_was_there_survives_an_end_between_two_renames(
    output: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
):
    run(["netlist", "depth", "--quiet", "--output", str(output)])
    (output / "notes.txt").write_text("by hand")
    before = {path.name: path.read_bytes() for path in output.iterdir()}
    rename = Path.rename

    def interrupted(self: Path, target: Path) -> Path:
        if Path(target) == output and self.name != "results":  # the new folder on its way in
            raise error
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", interrupted)
    assert run(["netlist", "two_layer", "--quiet", "--output", str(output)]) != 0
    assert {path.name: path.read_bytes() for path in output.iterdir()} == before
    assert list(output.parent.iterdir()) == [output]


def test_a_name_too_long_for_the_file_system_is_refused(capsys, tmp_path: Path):
    assert run(["netlist", "depth", "--output", str(tmp_path / ("a" * 300))]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_wires_beside_neurons_with_states_are_compared_and_drawn(output: Path):
    mixed = [
        "--set",
        "network.populations.hidden.tau_m=[1, 1, 1]",
        "--set",
        "network.populations.hidden.tau_r=[1, 0.5, 2]",
    ]
    assert run(["compare", "two_layer", *SHORT, *mixed, "--quiet", "--output", str(output)]) == 0
    assert (output / "report.html").is_file()


def test_the_version_is_told(capsys):
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("vle-analog ")


def test_a_fault_of_the_kit_has_a_code_of_its_own(capsys, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("vle_analog.study.study_schema", lambda: 1 / 0)
    assert run(["schema"]) == 4
    assert "a fault of vle-analog" in capsys.readouterr().err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("arguments", [["schema"], ["netlist", "no_such_study"]])
def test_a_full_standard_output_or_error_is_exit_code_2(arguments: list[str]):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "vle_analog", *arguments], stdout=full, stderr=full, timeout=60, check=False
        )
    assert done.returncode == 2


def test_start_up_scripts_of_the_user_do_not_reach_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "spinit").write_text(f"shell touch {tmp_path}/ran\nset temp=100\n")
    monkeypatch.setenv("SPICE_SCRIPTS", str(tmp_path))
    for backend in ("libngspice", "ngspice"):
        choice = ["--set", f"simulate.backend={backend}", "--output", str(tmp_path / backend)]
        assert run(["compare", "online_chain", *SHORT, *choice, "--quiet"]) == 0
    assert not (tmp_path / "ran").exists()


def test_an_output_that_is_a_file_is_refused(capsys, output: Path):
    output.write_text("")
    assert run(["netlist", "depth", "--output", str(output)]) == 2
    assert "not a folder" in capsys.readouterr().err


def test_an_output_that_cannot_be_made_is_refused(capsys):
    assert run(["netlist", "depth", "--output", "/dev/null/results"]) == 2
    assert "would lie in what is not a folder but a device" in capsys.readouterr().err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_leaves_nothing(capsys, monkeypatch: pytest.MonkeyPatch, output: Path):
    write = Path.write_bytes

    def full(self: Path, data: bytes) -> int:
        if self.name == "testbench.cir":
            with Path("/dev/full").open("wb", buffering=0) as device:
                device.write(data)
        return write(self, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    assert run(["netlist", "depth", "--output", str(output)]) == 2
    assert "disk is full" in capsys.readouterr().err
    assert list(output.parent.iterdir()) == []


def test_a_missing_libngspice_is_exit_code_3(capsys, monkeypatch: pytest.MonkeyPatch, output: Path):
    monkeypatch.setenv("NGSPICE_LIBRARY_PATH", "/nowhere/libngspice.so")
    assert run(["simulate", "depth", *SHORT, "--output", str(output)]) == 3
    assert "libngspice" in capsys.readouterr().err
    assert not output.exists()


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_leaves_nothing_behind(tmp_path: Path, kind: signal.Signals):
    endless = ["--set", "duration=9000", "--set", "simulate.tmax=0.001", "--output", "results"]
    command = [sys.executable, "-m", "vle_analog", "simulate", "depth", *endless]
    # a shell that runs the tests in the background has them ignore the interrupt, and children inherit that
    heed = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True, preexec_fn=heed) as running:  # noqa: PLW1509 - one thread here
        wait_for_child(running.pid)
        running.send_signal(kind)
        _, said = running.communicate(timeout=30)
    assert running.returncode == 130
    assert said == "interrupted\n"
    assert list(tmp_path.iterdir()) == []


def wait_for_child(pid: int) -> None:
    """Returns when the process has started a worker and the worker has had time to begin."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    deadline = time.monotonic() + 60
    while not children.read_text().strip():
        assert time.monotonic() < deadline, "no worker was started"
        time.sleep(0.05)
    time.sleep(1.0)


def test_a_circuit_that_ngspice_cannot_solve_keeps_its_deck(capsys, output: Path):
    limit = ["--set", "simulate.timeout=0.2", "--set", "duration=9000", "--set", "simulate.tmax=0.001"]
    assert run(["simulate", "depth", *limit, "--output", str(output)]) == 3
    said = capsys.readouterr().err
    kept = output.with_name("results-failed")
    assert str(kept / "deck.cir") in said
    assert (kept / "deck.cir").read_text().startswith("* depth")
    assert not output.exists()


def test_schema_is_json(capsys):
    assert run(["schema"]) == 0
    assert "network" in json.loads(capsys.readouterr().out)["properties"]


@pytest.mark.parametrize("form, sign", [("text", "Euler-Lagrange"), ("latex", "\\begin{document}"), ("markdown", "$$")])
def test_derive_prints_in_three_forms(capsys, form: str, sign: str):
    assert run(["derive", "--format", form]) == 0
    assert sign in capsys.readouterr().out


def test_doctor_finds_nothing_wrong(capsys):
    assert run(["doctor", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["problems"] == []
    assert facts["code_models"] is True


@pytest.mark.parametrize("here, said", [("44.2", ""), ("42", "; not with 42, which is here")])
def test_doctor_says_with_which_versions_the_kit_was_tested(capsys, monkeypatch: pytest.MonkeyPatch, here, said: str):
    facts = replace(doctor_facts(), library_version=here, program_version=here)
    monkeypatch.setattr("vle_analog.verbs.doctor.doctor_facts", lambda: facts)
    assert run(["doctor"]) == 0
    assert f"tested with   ngspice {', '.join(TESTED)}{said}\n" in capsys.readouterr().out


def test_doctor_minds_a_wrong_folder_of_design_kits(capsys, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("PDK_ROOT", os.fspath(tmp_path / "nowhere"))
    assert run(["doctor"]) == 3
    assert "problem: PDK_ROOT is not a folder" in capsys.readouterr().out


def test_doctor_names_the_design_kits(capsys, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    (tmp_path / "gf180mcuD/libs.tech/ngspice").mkdir(parents=True)
    monkeypatch.setenv("PDK_ROOT", os.fspath(tmp_path))
    run(["doctor"])
    printed = capsys.readouterr().out
    assert "gf180mcuD" in printed
    assert "sky130" in printed
