"""The training run of the command: trains to the last epoch and updates its folder after every one."""

import platform
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from vle_analog.errors import InputError, Problem
from vle_analog.learn.mnist1d import checkpoint
from vle_analog.learn.mnist1d.data import load_examples
from vle_analog.learn.mnist1d.settings import Settings
from vle_analog.learn.mnist1d.training import Epoch, Training, new_training
from vle_analog.output import MARK, check_place, write_json, write_whole
from vle_analog.progress import StageProgress
from vle_analog.provenance import kit_version

TASK = "mnist1d"
FILES = (checkpoint.NAME, "accuracy.csv", "accuracy.svg", "accuracy.png", "results.json", MARK)

EpochCallback = Callable[[int, Epoch], None]  # number of the epoch, counted from 1, and its result


@dataclass(frozen=True, eq=False)
class TrainingResult:
    """The final training, and the JSON object of the command line."""

    training: Training
    folder: Path
    summary: dict[str, Any]


def train_mnist1d(
    settings: Settings,
    folder: Path,
    *,
    fresh: bool = False,
    progress: StageProgress | None = None,
    on_epoch: EpochCallback | None = None,
) -> TrainingResult:
    """Train the network, from the checkpoint in `folder` where there is one.

    **Arguments:**

    - `fresh`: discard an existing checkpoint.
    - `progress`: called with the stage and its completed fraction; `on_epoch`: called with the result of every epoch.

    **Returns:** the final training and the summary of the command.

    **Raises:** `InputError` where the folder holds something else, or a training with other settings.
    """
    progress = progress or (lambda *_: None)
    _prepare(folder, fresh)
    training = checkpoint.load(folder, settings) or new_training(settings)
    write_json(folder / MARK, mark(settings))
    progress("making the data", 0.0)
    examples = load_examples(settings)
    progress("making the data", 1.0)
    while len(training.history) < settings.epochs:
        done = len(training.history)
        epoch = training.run_epoch(examples, lambda part: progress("learning", (done + part) / settings.epochs))  # noqa: B023 - called before it changes
        checkpoint.save(folder, training)
        write_whole(folder / "accuracy.csv", table(training.history).encode())
        if on_epoch is not None:
            on_epoch(len(training.history), epoch)
    return TrainingResult(training, folder, _finish(training, folder))


def table(history: list[Epoch]) -> str:
    """Return the history as CSV."""
    rows = [
        f"{number},{epoch.train.loss:.6f},{epoch.train.accuracy:.4f},{epoch.test.loss:.6f},{epoch.test.accuracy:.4f}"
        for number, epoch in enumerate(history, 1)
    ]
    return "\n".join(["epoch,train_loss,train_accuracy,test_loss,test_accuracy", *rows]) + "\n"


def mark(settings: Settings) -> dict[str, Any]:
    """Return the origin of the folder: versions, settings, and the command that reproduces it."""
    return {
        "task": TASK,
        "digest": settings.digest,
        "kit": f"vle-analog {kit_version()}",
        "python": platform.python_version(),
        **{name: version(name) for name in ("numpy", "mnist1d")},
        "command": f"vle-analog mnist1d --size {settings.size} --epochs {settings.epochs} --seed {settings.seed}",
        "document": settings.document,
        "files": sorted(FILES),
    }


def _finish(training: Training, folder: Path) -> dict[str, Any]:
    """Write picture and results; return the summary."""
    from vle_analog.learn.mnist1d.picture import accuracy_picture
    from vle_analog.style import png, svg

    settings, history = training.settings, training.history
    count = training.parameters.values.size
    picture = accuracy_picture(history, f"MNIST-1D, learnt online: {count} parameters, seed {settings.seed}")
    write_whole(folder / "accuracy.svg", svg(picture))
    write_whole(folder / "accuracy.png", png(picture))
    summary = {
        "task": TASK,
        "size": settings.size,
        "parameters": count,
        "epochs": len(history),
        "seed": settings.seed,
        "train_accuracy": history[-1].train.accuracy,
        "train_loss": history[-1].train.loss,
        "test_accuracy": history[-1].test.accuracy,
        "test_loss": history[-1].test.loss,
    }
    write_json(folder / "results.json", summary)
    return summary | {"folder": str(folder)}


def _prepare(folder: Path, fresh: bool) -> None:
    """Create the folder, or check that it belongs to this task."""
    import json

    check_place(folder.absolute())
    try:
        folder.mkdir(parents=True, exist_ok=True)
        ours = json.loads((folder / MARK).read_text(encoding="utf-8")).get("task") == TASK
    except (FileNotFoundError, ValueError, AttributeError):
        ours = False
    if not ours and any(folder.iterdir()):
        raise InputError(
            Problem(
                "the output folder contains something that is not a result of this command",
                "--output",
                got=str(folder),
                expected=f"a new or empty folder, or one with the {MARK} of this command",
                hint="choose another folder",
            )
        )
    if fresh:
        for name in FILES:
            (folder / name).unlink(missing_ok=True)
