"""A checkpoint: one file, replaced atomically after every epoch, from which training continues identically."""

import io
import json
import zipfile
from pathlib import Path

import numpy as np

from vle_analog.errors import InputError, Problem
from vle_analog.learn.mnist1d.settings import Settings
from vle_analog.learn.mnist1d.training import Epoch, Score, Training, new_training
from vle_analog.output import write_whole

NAME = "checkpoint.npz"


def save(folder: Path, training: Training) -> None:
    """Save weights, optimiser, history and settings; the same training gives the same bytes."""
    buffer = io.BytesIO()
    np.savez(
        buffer,
        settings=np.array(json.dumps(training.settings.document)),
        values=training.parameters.values,
        mean=training.adam.mean,
        square=training.adam.square,
        steps=np.array(training.adam.steps),
        history=np.array(training.history, float).reshape(-1, 4),
    )
    write_whole(folder / NAME, buffer.getvalue())


def load(folder: Path, settings: Settings) -> Training | None:
    """Load a training; `None` where there is no checkpoint.

    **Raises:** `InputError` where it cannot be read or was made with other settings.
    """
    path = folder / NAME
    if not path.is_file():
        return None
    training = new_training(settings)
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
            earlier = json.loads(str(file["settings"]))
            _check_same(earlier, settings, path)
            training.parameters.values[...] = file["values"]
            training.adam.mean[...] = file["mean"]
            training.adam.square[...] = file["square"]
            training.adam.steps = int(file["steps"])
            training.history = [Epoch(Score(*row[:2]), Score(*row[2:])) for row in file["history"].tolist()]
    except (ValueError, KeyError, EOFError, TypeError, zipfile.BadZipFile) as error:
        raise InputError(
            Problem(
                "the checkpoint cannot be read",
                str(path),
                got=str(error),
                hint="start again with --fresh",
            )
        ) from None
    return training


def _check_same(earlier: dict[str, object], settings: Settings, path: Path) -> None:
    now = settings.document
    different = [key for key in now if earlier.get(key) != now[key]]
    if different:
        raise InputError(
            *(
                Problem(
                    f"the checkpoint was made with another {key.replace('_', ' ')}",
                    str(path),
                    str(now[key]),
                    str(earlier.get(key)),
                    "another folder with --output, or start again with --fresh",
                )
                for key in different
            )
        )
