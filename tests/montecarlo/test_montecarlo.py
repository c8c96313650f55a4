"""Monte Carlo runs of a small study: the same chips whoever makes them, resumed, checked, made again."""

import dataclasses
import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vle_analog import Study
from vle_analog.api import nominal
from vle_analog.montecarlo import run as montecarlo
from vle_analog.montecarlo.engines import NgspiceWork, chunk_size, chunks, close_simulators, ngspice_chip
from vle_analog.montecarlo.folder import RunFolder
from vle_analog.montecarlo.grid import points
from vle_analog.montecarlo.lot import Lot, on_grid
from vle_analog.montecarlo.rankings import values_of
from vle_analog.montecarlo.replay import largest_difference, replay
from vle_analog.montecarlo.run import MonteCarlo
from vle_analog.simulator import open_backend

SHORT = {"circuit.level": "macromodel", "duration": 2.0, "simulate.points": 101, "variation.loss_ratio": 1.0}


@pytest.fixture(scope="module")
def short() -> Study:
    return Study.load("online_chain", SHORT)


@pytest.fixture(scope="module")
def alone(short: Study, tmp_path_factory: pytest.TempPathFactory) -> MonteCarlo:
    """Six chips in ngspice, one worker."""
    return short.montecarlo(6, tmp_path_factory.mktemp("alone"), engine="ngspice")


@pytest.fixture(scope="module")
def checked(short: Study, tmp_path_factory: pytest.TempPathFactory) -> MonteCarlo:
    """Forty chips in the compiled engine, two of them checked in ngspice."""
    return short.montecarlo(40, tmp_path_factory.mktemp("checked"), referees=2, workers=2)


def test_two_workers_and_an_interrupted_run_give_the_same_bytes(short: Study, alone: MonteCarlo, tmp_path: Path):
    short.montecarlo(3, tmp_path, engine="ngspice")
    assert (tmp_path / "results.parquet").read_bytes() != (alone.folder / "results.parquet").read_bytes()
    found = short.montecarlo(6, tmp_path, engine="ngspice", workers=2)
    assert found.table.equals(alone.table)
    assert (tmp_path / "results.parquet").read_bytes() == (alone.folder / "results.parquet").read_bytes()


def test_a_row_per_chip_with_its_numbers(alone: MonteCarlo):
    columns = {name: np.asarray(alone.table[name]) for name in alone.table}
    assert list(columns["sample"]) == [0, 1, 2, 3, 4, 5]
    assert set(columns["status"]) == {"ok"}
    assert np.std(columns["bias.hidden_readout.W[0,0]"]) > 0
    assert np.all(np.abs(columns["draw.ota_linear.offset"] - 1.6) < 1.4)
    assert alone.nominal["nrmse_forward"] < np.median(columns["nrmse_forward"])
    assert alone.statistics.samples == 6
    assert alone.statistics.working == np.count_nonzero(alone.table["loss_ratio"] >= 1.0)


def test_the_compiled_engine_agrees_with_ngspice(alone: MonteCarlo, checked: MonteCarlo):
    assert checked.engine == "compiled"
    assert checked.referee is not None
    assert len(checked.referee) == 2
    assert checked.disagreement is not None
    assert 0 < checked.disagreement <= 1e-3
    assert checked.agreed
    ours, theirs = checked.table["final.hidden_readout.W[0,0]"][:6], alone.table["final.hidden_readout.W[0,0]"]
    assert np.allclose(ours, theirs, atol=1e-3)
    assert [ranking.metric for ranking in checked.rankings][1:] == ["log.loss_last", "nrmse_forward"]


def test_engines_that_disagree_are_said(checked: MonteCarlo):
    assert checked.referee is not None
    worse = ({**checked.referee[0], "disagreement": 0.02}, {**checked.referee[1], "ngspice": "did not converge"})
    found = dataclasses.replace(checked, referee=worse)
    assert not found.agreed
    first, second, *_ = found.sentences
    assert str(worse[1]["sample"]) in first
    assert "2.00%" in second


@pytest.mark.parametrize("run", ["alone", "checked"])
def test_a_chip_is_made_again_to_its_row(run: str, request: pytest.FixtureRequest):
    found: MonteCarlo = request.getfixturevalue(run)
    again = replay(found.folder, 4, nominal)
    assert again.reproduced
    assert again.difference <= 1e-7
    assert again.row["loss_last"] == found.table["loss_last"][4]


def test_rows_that_differ_are_found():
    row = {"sample": 1, "status": "ok", "loss_last": 1.0, "bias.w": 1e-15, "loss_ratio": float("nan")}
    assert largest_difference(row, row | {"bias.w": -1e-15}) == (0.0, "")
    assert largest_difference(row, row | {"loss_last": 1.1}) == (pytest.approx(0.1 / 1.1), "loss_last")
    assert largest_difference(row, row | {"loss_ratio": 2.0})[0] == np.inf


def test_chips_that_fail_are_counted_with_their_reason(tmp_path: Path):
    hasty = Study.load("online_chain", {**SHORT, "simulate.timeout": 1e-3})
    found = hasty.montecarlo(2, tmp_path, engine="ngspice")
    assert list(found.statistics.failures["count"]) == [2]
    assert "did not end within" in found.statistics.failures["reason"][0]
    assert found.statistics.working == 0
    assert found.nominal == {}
    assert json.loads((tmp_path / "run.json").read_text())["summary"]["yield"]["value"] == 0.0


def test_a_chip_without_deviations_is_the_nominal_circuit(short: Study):
    lot = Lot(on_grid(short.spec), nominal)
    try:
        with open_backend() as backend:
            found = ngspice_chip(lot, 0, np.zeros(len(lot.shared.sites)), backend)
    finally:
        close_simulators()
    assert found.values is not None
    assert np.array_equal(found.values, short.simulate().traces.values)


def test_what_travels_to_a_worker_is_small(short: Study):
    lot = Lot(on_grid(short.spec), nominal)
    assert lot.shared.sites
    work = pickle.dumps(NgspiceWork(lot))
    assert len(work) < 20_000
    assert pickle.loads(work).lot.key == lot.key  # noqa: S301 - our own


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 300), st.integers(1, 300), st.sampled_from([1, 4, 32, 256]))
def test_chunks_are_all_samples_cut_at_multiples_of_their_size(first: int, count: int, size: int):
    parts = chunks(range(first, first + count), size)
    assert [sample for part in parts for sample in part] == list(range(first, first + count))
    assert all(part.start // size == (part.stop - 1) // size for part in parts)
    assert len(parts) <= count // size + 2


def test_the_size_of_chunks_does_not_depend_on_the_run(short: Study):
    shared = Lot(on_grid(short.spec), nominal).shared
    assert chunk_size(shared, "ngspice") >= 1
    assert chunk_size(shared, "compiled") % 32 == 0


def test_a_grid_has_every_combination_of_the_values_asked_for():
    grid = points({"corner": ["tt", "ss"], "temp": [27.0, 85.0], "supply": []})
    assert [point.name for point in grid] == [
        "corner_tt-temp_27",
        "corner_tt-temp_85",
        "corner_ss-temp_27",
        "corner_ss-temp_85",
    ]
    assert grid[1].overrides == ["circuit.corner=tt", "circuit.temperature=85"]


def test_devices_are_ranked_first_by_what_has_a_sign(checked: MonteCarlo):
    first = checked.rankings[0].metric
    sizes = dict(zip(map(str, checked.lot.shared.metrics.signals), checked.lot.shared.metrics.ranges, strict=True))
    names = [name for name in checked.table if name.startswith("bias.") and "readout.r" not in name]
    assert len(names) == 3
    assert first == max(names, key=lambda name: np.std(checked.table[name]) / sizes[name.removeprefix("bias.")])


def test_without_learning_devices_are_ranked_by_the_mean_shift_of_the_output(tmp_path: Path):
    still = Study.load("online_chain", {**SHORT, "network.plasticity": False, "variation.nrmse": 0.5})
    found = still.montecarlo(200, tmp_path, engine="compiled", traces=0)
    shift, even = found.rankings
    assert (shift.metric, even.metric) == ("dc.readout.r[0]", "nrmse_forward")
    assert shift.r_squared > 0.8  # an offset shifts in proportion
    assert even.r_squared < 0.5


def test_a_logarithm_of_a_loss_of_nothing_is_finite():
    table = pd.DataFrame({"loss_last": [1.0, 0.0, np.e]})
    found = values_of(table, "log.loss_last")
    assert found[[0, 2]] == pytest.approx([0.0, 1.0])
    assert np.isfinite(found).all()


def test_a_bound_that_the_nominal_chip_misses_is_said(tmp_path: Path):
    high = Study.load("online_chain", {**SHORT, "variation.loss_ratio": 1e6})
    found = high.montecarlo(32, tmp_path, engine="compiled", traces=0)
    assert found.statistics.working == 0
    assert any("the chip without deviations does not work either" in sentence for sentence in found.sentences)


def test_an_interrupt_in_the_sobol_design_loses_nothing(
    short: Study, alone: MonteCarlo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    chunked = montecarlo.run_chunks

    def interrupted(work: NgspiceWork, *rest: Any, **more: Any) -> None:
        if isinstance(work, NgspiceWork) and work.lot.base:
            raise KeyboardInterrupt
        chunked(work, *rest, **more)

    monkeypatch.setattr(montecarlo, "run_chunks", interrupted)
    with pytest.raises(KeyboardInterrupt):
        short.montecarlo(6, tmp_path, engine="ngspice", sobol=8)
    run = RunFolder(tmp_path)
    assert run.record()["state"] == "complete"
    assert run.record()["summary"]["works"] == alone.statistics.working
    assert (tmp_path / "results.parquet").read_bytes() == (alone.folder / "results.parquet").read_bytes()
