"""The folder of results that a verb makes: whole or not at all, with what a failure leaves kept beside it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vle_analog.api import Study
from vle_analog.output import whole_folder
from vle_analog.progress import StageProgress
from vle_analog.verbs.results import kept_on_failure


@contextmanager
def result_folder(study: Study, folder: Path) -> Iterator[Path]:
    """Yield a folder to write into, which becomes `folder` when the block ends without an error.

    Where it fails or is interrupted, the results so far are kept in `FOLDER-failed`.

    **Raises:** `InputError` where the folder cannot be written; else what the block raises, with a note on where
    the results are kept.
    """
    with kept_on_failure(study, folder), whole_folder(folder) as stage:
        yield stage


class Stopwatch:
    """Seconds of the wall clock per stage, in the order they were run; each stage is reported to `progress`."""

    def __init__(self, progress: StageProgress | None = None) -> None:
        self.seconds: dict[str, float] = {}
        self._progress = progress or (lambda *_: None)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measure the time of a block and record it under `name`."""
        self._progress(name, 0.0)
        start = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - start, 3)
        self._progress(name, 1.0)


def warned(*studies: Study) -> dict[str, list[dict[str, str]]]:
    """Return the warnings of studies as part of a JSON object, each of them once."""
    found = dict.fromkeys(warning for study in studies for warning in study.warnings)
    return {"warnings": [warning.texts() for warning in found]}
