"""The examples, generated locally by the package `mnist1d` without a download."""

import random
from dataclasses import dataclass
from typing import Any

import numpy as np

from vle_analog.errors import InputError, Problem
from vle_analog.learn.mnist1d.settings import Settings

DATA_SEED = 42  # the package's default, so that the data are the published ones


@dataclass(frozen=True, eq=False)
class Examples:
    """Signals of shape `(examples, steps)` and their classes, shape `(examples,)`; four fifths are for training."""

    train: np.ndarray
    train_class: np.ndarray
    test: np.ndarray
    test_class: np.ndarray


def load_examples(settings: Settings) -> Examples:
    """Generate the data set with its default arguments, sampled once per time step instead of at 40 points.

    An example is 72 units long before the package resamples it (linear interpolation of a template of 12 points padded
    by up to 60): with `final_seq_length = 72 / dt`, every time step gets a sample.

    **Raises:** `InputError` where the package is missing.
    """
    try:
        from mnist1d.data import get_dataset_args, make_dataset
    except ImportError:
        raise InputError(
            Problem(
                "the package mnist1d, which makes the data, is not installed",
                "vle-analog mnist1d",
                hint="pip install 'vle-analog[tasks]'",
            )
        ) from None
    arguments: Any = get_dataset_args()
    arguments.final_seq_length = settings.steps
    arguments.num_samples = settings.examples
    arguments.seed = DATA_SEED
    drawn, drawn_by_python = np.random.get_state(), random.getstate()  # the package seeds the global generators
    try:
        made = make_dataset(arguments)
    finally:
        np.random.set_state(drawn)
        random.setstate(drawn_by_python)
    return Examples(
        np.ascontiguousarray(made["x"], np.float32),
        np.asarray(made["y"], np.intp),
        np.ascontiguousarray(made["x_test"], np.float32),
        np.asarray(made["y_test"], np.intp),
    )
