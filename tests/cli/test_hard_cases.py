"""What strangers found: every feature has its report, every failure its words."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from vle_analog.cli import run

SINES = "target={kind='sines', channels=[[{amplitude=0.5, omega=1.0}]]}"
LEARNS = ["--set", "network.populations.hidden.tau_m_plastic=true", "--set", "network.populations.hidden.tau_m_eta=0.1"]


@pytest.mark.parametrize(
    "changes",
    [
        LEARNS,
        ["--set", "network.feedback=learned"],
        ["--set", "network.cost=membrane", "--set", SINES],
        ["--set", "network.gain_correction=1.0"],
    ],
)
def test_every_feature_ends_in_a_report(changes: list[str], tmp_path: Path, capsys: pytest.CaptureFixture):
    assert run(["compare", "online_chain", "--set", "duration=1", *changes, "-o", str(tmp_path / "o")]) == 0
    assert (tmp_path / "o" / "report.html").stat().st_size > 10_000
    assert "error" not in capsys.readouterr().err


def test_solve_says_what_was_learned(tmp_path: Path, capsys: pytest.CaptureFixture):
    assert run(["solve", "online_chain", "--set", "duration=2", "-o", str(tmp_path / "o")]) == 0
    assert "drive_hidden.W[0,0]" in capsys.readouterr().out


def test_solve_warns_of_an_unstable_loop(tmp_path: Path, capsys: pytest.CaptureFixture):
    loop = "network.projections.loop.weights=[[1.5, 0], [0, 0.5]]"
    run(["solve", "recurrent_pair", "--set", "duration=0.1", "--set", loop, "-o", str(tmp_path / "o")])
    assert "unstable" in capsys.readouterr().err


def test_a_numba_that_cannot_be_imported_is_gone_without(tmp_path: Path):
    (tmp_path / "numba").mkdir()
    (tmp_path / "numba" / "__init__.py").write_text("raise ImportError('Numba needs another NumPy')")
    command = [
        sys.executable,
        "-m",
        "vle_analog",
        "solve",
        "two_layer",
        "--set",
        "duration=0.2",
        "-o",
        str(tmp_path / "o"),
    ]
    done = subprocess.run(
        command, env=os.environ | {"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "o" / "ideal.nc").exists()


def test_the_current_folder_may_hold_the_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert run(["solve", "online_chain", "--set", "duration=0.2", "-o", "."]) == 0
    assert (tmp_path / "here" / "ideal.nc").exists()


def test_the_root_is_no_result_folder(capsys: pytest.CaptureFixture):
    assert run(["solve", "online_chain", "--set", "duration=0.2", "-o", "/"]) == 2
    assert "root" in capsys.readouterr().err


def test_a_failure_is_kept_elsewhere_where_its_folder_belongs_to_somebody(
    tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "o-failed").mkdir()
    (tmp_path / "o-failed" / "mine").write_text("")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    changes = [*LEARNS[:2], "--set", "network.populations.hidden.tau_m_eta=1000"]
    assert run(["solve", "online_chain", "--set", "duration=20", *changes, "-o", str(tmp_path / "o")]) == 2
    said = capsys.readouterr().err
    assert "hidden.tau_m[0]" in said
    assert "something that is not a result of vle-analog" in said
    (kept,) = tmp_path.glob("vle-analog-*/o-failed/ideal.nc")
    assert str(kept) in said
    assert (tmp_path / "o-failed" / "mine").exists()


def test_a_loop_of_gain_one_has_no_response(tmp_path: Path, capsys: pytest.CaptureFixture):
    loop = "network.projections.loop.weights=[[1.0, 0], [0, 0.5]]"
    wires = ["--set", "network.populations.hidden.activation=linear", "--set", "network.populations.hidden.tau_r=1.0"]
    wires += ["--set", "network.populations.hidden.tau_m=1.0", "--set", loop, "--set", "network.plasticity=false"]
    assert run(["analyse", "recurrent_pair", "--set", "duration=1", *wires, "-o", str(tmp_path / "o")]) in (1, 2)
    assert "Traceback" not in capsys.readouterr().err
