"""The environment of a simulator process: a whitelist of variables, so that user settings do not affect a run.

ngspice reads a dozen variables (`SPICE_ASCIIRAWFILE`, `SPICE_LIB_DIR`, `NGSPICE_INPUT_DIR`, ...) and start-up files
in several places, and other versions read others; a whitelist is independent of them.
"""

import os
import subprocess
import tempfile
from pathlib import Path

PASSED = (
    "PATH",  # a program may be a script that calls others
    # libraries outside the system's folders
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "DYLD_FALLBACK_LIBRARY_PATH",
    # a worker runs in this interpreter
    "PYTHONHOME",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONPYCACHEPREFIX",
    "OPENBLAS_CORETYPE",  # some builds of OpenBLAS crash on some processors, unless it names another one
)
FIXED = {
    "LC_ALL": "C",  # decimal point and English messages
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
PROBE_SECONDS = 30.0


def simulator_environment(folder: Path) -> dict[str, str]:
    """Return all variables of a simulator process that runs in its own folder, which is also its home.

    ngspice looks for `.spiceinit` in its current folder, then at home.
    """
    kept = {name: os.environ[name] for name in PASSED if name in os.environ}
    return {**kept, **FIXED, "HOME": str(folder)}


def answer(program: str, *arguments: str, deck: str = "") -> str:
    """Return the complete output of the ngspice program in a folder that contains this deck alone, as `probe.cir`.

    **Raises:** `OSError` where it cannot be started, `subprocess.TimeoutExpired` after `PROBE_SECONDS`.
    """
    with tempfile.TemporaryDirectory(prefix="vle-analog-") as name:
        Path(name, "probe.cir").write_text(deck, encoding="utf-8")
        done = subprocess.run(
            [program, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=PROBE_SECONDS,
            cwd=name,
            env=simulator_environment(Path(name)),
            check=False,
        )
    return done.stdout
