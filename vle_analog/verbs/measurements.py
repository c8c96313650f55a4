"""The results of a characterisation that does not finish: its runs, or the numbers."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from vle_analog.cells.fitted import fitted_text
from vle_analog.characterise.characterise import Characterisation
from vle_analog.provenance import kit_version
from vle_analog.simulator import SimulationError, open_backend
from vle_analog.simulator.recorded import Recorded
from vle_analog.verbs.kept import Files, bytes_file, deck_files, kept, run_files


@dataclass
class Measurements:
    """The simulator to measure with, and what came of it, once it is there."""

    backend: Recorded
    found: Characterisation | None = None

    def files(self, failure: BaseException) -> Files:
        """The numbers where there are any; else every finished run, and deck and log of the one that failed."""
        if self.found is not None:
            fitted = self.found.fitted
            return {f"{fitted.process}.toml": bytes_file(fitted_text(fitted).encode())}
        files = run_files(self.backend.runs)
        return {**files, **deck_files(failure.deck, failure.log)} if isinstance(failure, SimulationError) else files


@contextmanager
def kept_measurements(folder: Path, cell: str, process: str) -> Iterator[Measurements]:
    """Keeps in `DIR-failed` what was measured when the block fails or is interrupted."""
    entries = {"cell": cell, "process": process, "kit": f"vle-analog {kit_version()}"}
    with Recorded(open_backend()) as backend:
        measurements = Measurements(backend)
        with kept(folder, measurements.files, lambda _: entries):
            yield measurements
