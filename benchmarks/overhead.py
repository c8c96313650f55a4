"""The overhead of the package: `vle-analog simulate wide` against the bare `ngspice -b` on the same deck."""

import tempfile
from pathlib import Path
from statistics import median

from benchmarks.measure import ngspice_seconds, simulate_seconds
from benchmarks.result import Check, Result

STUDY = "wide"
AT_LEAST = (5.0, 15.0, 30.0)  # target seconds of the bare program
MARGIN = 1.1
TRIAL = 200.0  # model time of the run that determines the length of the others
PAIRS = 3
BOUND = 1.15


def main() -> Result:
    """Measure interleaved pairs for each length; report the median of their ratios."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "wide")
        simulate_seconds(STUDY, folder, f"duration={TRIAL}")
        speed = ngspice_seconds(folder) / TRIAL
        rows, checks, details = [], [], []
        for least in AT_LEAST:
            duration = round(MARGIN * least / speed, -1)
            pairs = [
                (simulate_seconds(STUDY, folder, f"duration={duration}"), ngspice_seconds(folder)) for _ in range(PAIRS)
            ]
            ratios = sorted(kit / bare for kit, bare in pairs)
            rows.append((f"{least:g} s", f"{PAIRS}", *(f"{r:.3f}" for r in (median(ratios), ratios[0], ratios[-1]))))
            checks.append(Check(f"ratio where ngspice runs {least:g} s or more", median(ratios), BOUND))
            details.append(
                f"duration {duration:g}: " + ", ".join(f"{kit:.2f} s against {bare:.2f} s" for kit, bare in pairs)
            )
    columns = ("ngspice alone runs at least", "pairs", "median ratio", "smallest", "largest")
    return Result(columns, tuple(rows), tuple(checks), tuple(details))
