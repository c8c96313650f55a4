"""A network of transistors from the command line: what its folder holds, and that it runs by hand."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from scipy.io import netcdf_file

from vle_analog.cli import run

SHORT = ["--set", "duration=1", "--set", "simulate.points=51"]


def last(path: Path, name: str) -> float:
    """The last value of a trace."""
    with netcdf_file(path, "r", mmap=False) as file:
        return float(file.variables[name][-1])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A comparison at transistor level."""
    made = tmp_path_factory.mktemp("levels") / "out"
    assert run(["compare", "online_chain", "--level", "transistor", *SHORT, "-o", str(made), "--quiet"]) in (0, 1)
    return made


def test_the_report_names_every_file(folder: Path):
    listed = (folder / "report.html").read_text().split("<h3>Files</h3>")[1]
    for name in ("devices.cir", "encoded.nc", "ideal.nc", "online_chain.cir"):
        assert (folder / name).exists()
        assert f"<td>{name}</td>" in listed


def test_both_ideals_are_kept(folder: Path):
    """The circuit is held against the one whose weights are bounded, which is slower to learn."""
    name = "drive_hidden.W[0,0]"
    plain, bounded, circuit = (last(folder / f"{file}.nc", name) for file in ("ideal", "encoded", "circuit"))
    assert 0.5 < bounded < plain
    assert abs(circuit - bounded) < 0.05


@pytest.mark.skipif(shutil.which("ngspice") is None, reason="there is no program ngspice")
def test_the_testbench_runs_by_hand(folder: Path, tmp_path: Path):
    here = Path(shutil.copytree(folder, tmp_path / "by_hand"))
    done = subprocess.run(["ngspice", "-b", "testbench.cir"], cwd=here, capture_output=True, text=True, check=False)
    measured = {key: float(number) for key, number in re.findall(r"^(end_\w+)\s*=\s*(\S+)", done.stdout, re.MULTILINE)}
    assert done.returncode == 0, done.stderr
    assert measured["end_readout_0_r"] == pytest.approx(last(folder / "circuit.nc", "readout.r[0]"), abs=5e-3)
    assert 0.02 < measured["end_drive_hidden_0_0_w"] < 0.06
    title, *_ = (here / "online_chain.cir").read_text().splitlines()
    assert "transistor cells for generic180" in title
