"""Power and current of the simulated circuit, against an operating point of its netlist that ngspice finds itself."""

import json
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest

from vle_analog import Study
from vle_analog.cli import run
from vle_analog.compare.power import simulated_power
from vle_analog.mapping.budget import budget

SHORT = {"circuit.level": "transistor", "duration": 0.2, "simulate.points": 21}
HOT = {"circuit.corner": "ss", "circuit.temperature": 125.0, "circuit.supply": 1.62}


def operating_current(study: Study, folder: Path) -> float:
    """Amperes from vdd of the hierarchical testbench, by `.op` and a print of ngspice's own."""
    for name, content in study.netlist().items():
        (folder / name).write_bytes(content)
    bench = folder / "testbench.cir"
    text = bench.read_text()
    text = re.sub(r"(?m)^\.(tran|save|meas).*\n", "", text).replace(
        ".end\n", ".control\nset num_threads=1\nop\nprint i(vvdd)\nquit\n.endc\n.end\n"
    )
    bench.write_text(text)
    shown = subprocess.run(
        ["ngspice", "-b", "testbench.cir"], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
    return -float(re.findall(r"i\(vvdd\) = (\S+)", shown.stdout)[0])


@pytest.mark.parametrize("condition", [{}, HOT])
def test_power_is_that_of_an_operating_point_of_the_netlist(condition, tmp_path: Path):
    study = Study.load("online_chain", SHORT | condition)
    power = study.simulate().power
    assert power is not None
    assert power.supply == condition.get("circuit.supply", 1.8)
    assert power.operating == pytest.approx(operating_current(study, tmp_path), rel=1e-3)
    assert power.operating_power == pytest.approx(power.supply * power.operating)
    assert power.mean == pytest.approx(power.operating, rel=0.1)
    estimate = sum(row.current * row.number for row in budget(study.circuit()))
    assert estimate == pytest.approx(power.operating, rel=5e-3 if condition == {} else 3e-2)


def test_the_mean_is_one_over_time():
    """Steps of any length count as long as they last; what was before model time 0 does not count."""
    study = Study.load("online_chain", SHORT)
    circuit, result = study.circuit(), study.simulate().result
    power = simulated_power(circuit, result)
    clock = result.time - circuit.hold
    grid = np.linspace(max(0.0, clock[clock >= 0][0]), clock[-1], 20001)
    assert power is not None
    assert power.mean == pytest.approx(-np.mean(np.interp(grid, clock, result.vectors["vvdd#branch"])), rel=1e-3)


def test_models_draw_nothing_and_say_nothing():
    assert Study.load("online_chain", SHORT | {"circuit.level": "macromodel"}).simulate().power is None


def test_terminal_json_and_report_have_it_beside_the_estimate(capsys, tmp_path: Path):
    sets = [word for key, value in (SHORT | HOT).items() for word in ("--set", f"{key}={json.dumps(value)}")]
    folder = tmp_path / "out"
    assert run(["compare", "online_chain", *sets, "-o", str(folder)]) in (0, 1)
    power = json.loads((folder / "results.json").read_text())["power"]
    shown = f"{power['operating_power'] * 1e6:.4g} uW at the operating point"
    assert shown in capsys.readouterr().out
    page = (folder / "report.html").read_text()
    assert "simulated, mean over the run" in page
    assert "estimate, from cells at 1.8 V, 27 °C, corner tt" in page
    assert "1.62 V, 125 °C" in page
