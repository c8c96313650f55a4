"""Learning on a toy problem, checkpoints, folders, interrupts, and the command line."""

import json
from pathlib import Path

import numpy as np
import pytest

from vle_analog.cli import run
from vle_analog.errors import InputError
from vle_analog.learn.mnist1d import Settings, train_mnist1d
from vle_analog.learn.mnist1d import run as room
from vle_analog.learn.mnist1d.cells import cells
from vle_analog.learn.mnist1d.data import Examples, load_examples
from vle_analog.learn.mnist1d.dynamics import Dynamics
from vle_analog.learn.mnist1d.training import Adam, learning_rate, new_parameters, new_training, run_batch

TINY = Settings(size="15k", layers=2, epochs=3, batch=20, dt=0.6, examples=100)


@pytest.fixture(autouse=True)
def few_examples(monkeypatch: pytest.MonkeyPatch):
    """The command line has no option for the size of the data: here it gets a few short examples."""
    made = load_examples(TINY)
    monkeypatch.setattr(room, "load_examples", lambda _: made)


def test_adam_agrees_with_its_definition():
    generator = np.random.default_rng(1)
    values, adam = np.zeros(5, np.float32), Adam(5)
    expected, mean, square = np.zeros(5), np.zeros(5), np.zeros(5)
    for k in range(1, 20):
        direction = generator.normal(size=5)
        mean, square = 0.9 * mean + 0.1 * direction, 0.999 * square + 0.001 * direction**2
        expected += 0.01 * (mean / (1 - 0.9**k)) / (np.sqrt(square / (1 - 0.999**k)) + 1e-8)
        adam.step(values, direction.astype(np.float32), 0.01)
    np.testing.assert_allclose(values, expected, rtol=1e-4)


def test_the_learning_rate_falls_exponentially():
    settings = Settings(size="15k", epochs=10)
    rates = [learning_rate(settings, epoch) for epoch in range(11)]
    assert rates[0] == pytest.approx(5e-3 * 0.2)
    assert rates[10] == pytest.approx(rates[0] / 300)
    assert np.diff(np.log(rates)) == pytest.approx(-np.log(300) / 10)


def test_two_classes_of_signals_are_learnt():
    """Slow against fast oscillation: no single sample tells them apart, so memory is needed."""
    settings = Settings(size="15k", layers=2)
    generator = np.random.default_rng(0)
    classes = np.repeat([0, 1], 20)
    time, phase = np.arange(100) * settings.dt, generator.uniform(0, 2 * np.pi, 40)
    signals = np.sin(np.where(classes, 2.0, 0.5)[:, None] * time + phase[:, None]).astype(np.float32)
    parameters, direction = new_parameters(settings), new_parameters(settings)
    parameters.draw(1)
    network, adam = Dynamics(cells(settings), parameters, 40), Adam(parameters.values.size)
    before = run_batch(network, signals, classes)
    for rate in np.linspace(1e-3, 0, 12):
        run_batch(network, signals, classes, (adam, direction, float(rate)))
    after = run_batch(network, signals, classes)
    assert before.loss == pytest.approx(np.log(10), abs=0.3)
    assert after.loss < before.loss / 3
    assert after.accuracy >= 0.95


def test_the_data_are_the_published_set_at_a_finer_grid():
    examples = load_examples(TINY)
    assert isinstance(examples, Examples)
    assert examples.train.shape == (80, TINY.steps) == (80, 120)
    assert examples.test.shape == (20, 120)
    assert examples.train.dtype == np.float32
    everything = np.concatenate([examples.train, examples.test])
    assert everything.std() == pytest.approx(1.0, abs=1e-4)
    assert everything.mean() == pytest.approx(0.0, abs=1e-4)
    assert sorted(set(examples.train_class)) == list(range(10))


def test_making_the_data_leaves_other_peoples_random_numbers_alone():
    np.random.seed(7)
    expected = np.random.random(3)
    np.random.seed(7)
    load_examples(TINY)
    np.testing.assert_array_equal(np.random.random(3), expected)


def test_a_resumed_training_leaves_the_same_bytes(tmp_path: Path):
    straight, stopped = tmp_path / "straight", tmp_path / "stopped"
    train_mnist1d(TINY, straight)

    def stop(_: str, done: float) -> None:
        if 0.5 < done < 1.0:  # in the middle of the second epoch
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_mnist1d(TINY, stopped, progress=stop)
    assert len((stopped / "accuracy.csv").read_text().splitlines()) == 2, "one epoch was kept"
    epochs: list[int] = []
    train_mnist1d(TINY, stopped, on_epoch=lambda number, _: epochs.append(number))
    assert epochs == [2, 3]
    names = {path.name for path in straight.iterdir()}
    assert names == {path.name for path in stopped.iterdir()} == set(room.FILES)
    for name in names:
        assert (straight / name).read_bytes() == (stopped / name).read_bytes(), name


def test_fresh_starts_again_and_gives_the_same(tmp_path: Path):
    first = train_mnist1d(TINY, tmp_path)
    epochs: list[int] = []
    again = train_mnist1d(TINY, tmp_path, fresh=True, on_epoch=lambda number, _: epochs.append(number))
    assert epochs == [1, 2, 3]
    assert again.summary == first.summary
    np.testing.assert_array_equal(again.training.parameters.values, first.training.parameters.values)


def test_another_seed_is_another_training():
    one, two = (new_training(Settings(size="15k", seed=seed)).parameters.values for seed in (1, 2))
    assert not np.array_equal(one, two)


def test_a_checkpoint_of_other_settings_is_refused(tmp_path: Path):
    train_mnist1d(TINY, tmp_path)
    with pytest.raises(InputError, match=r"another seed(.|\n)*--fresh"):
        train_mnist1d(Settings(**{**vars(TINY), "seed": 5}), tmp_path)


def test_a_damaged_checkpoint_is_refused(tmp_path: Path):
    train_mnist1d(TINY, tmp_path)
    path = tmp_path / "checkpoint.npz"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(InputError, match="cannot be read"):
        train_mnist1d(TINY, tmp_path)


def test_a_folder_of_somebody_else_is_refused(tmp_path: Path):
    (tmp_path / "thesis.txt").write_text("precious")
    with pytest.raises(InputError, match="not a result of this command"):
        train_mnist1d(TINY, tmp_path, fresh=True)
    assert (tmp_path / "thesis.txt").read_text() == "precious"


def test_the_command_prints_one_json_object(capsys, tmp_path: Path):
    assert run(["mnist1d", "--size", "15k", "--epochs", "1", "--json", "--output", str(tmp_path / "out")]) == 0
    printed = capsys.readouterr()
    summary = json.loads(printed.out)
    assert printed.err == ""
    assert (summary["task"], summary["parameters"], summary["epochs"]) == ("mnist1d", 14956, 1)
    assert 0 <= summary["test_accuracy"] <= 1
    assert json.loads((tmp_path / "out" / "run.json").read_text())["command"].startswith("vle-analog mnist1d --size")


def test_the_command_tells_of_every_epoch(capsys, tmp_path: Path):
    assert run(["mnist1d", "--size", "15k", "--epochs", "2", "--output", str(tmp_path / "out")]) == 0
    printed = capsys.readouterr()
    assert [line.split()[1] for line in printed.err.splitlines()] == ["1/2", "2/2"]
    assert "test accuracy" in printed.out


def test_an_interrupt_says_how_to_go_on(capsys, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    def interrupted(_: Settings) -> Examples:
        raise KeyboardInterrupt

    monkeypatch.setattr(room, "load_examples", interrupted)
    assert run(["mnist1d", "--output", str(tmp_path / "out")]) == 130
    assert "goes on from the last epoch" in capsys.readouterr().err


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(__import__("sys").modules, "mnist1d.data", None)
    with pytest.raises(InputError, match=r"pip install 'vle-analog\[tasks\]'"):
        load_examples(TINY)


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--size", "17k"], "no network of this size"),
        (["--epochs", "0"], "at least one epoch"),
        (["--seed", "-1"], "a seed is not negative"),
    ],
)
def test_bad_options_are_bad_input(capsys, arguments: list[str], message: str):
    assert run(["mnist1d", *arguments]) == 2
    assert message in capsys.readouterr().err
