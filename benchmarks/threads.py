"""The effect of threads: a written testbench of transistors on one thread, against the same with two."""

import tempfile
from pathlib import Path
from statistics import median

from benchmarks.measure import KIT, cpu_seconds, ngspice_seconds
from benchmarks.result import Check, Result
from vle_analog.netlist.deck import ONE_THREAD, command_cards

STUDY = "online_chain"
OVERRIDES = ("--level", "transistor", "--set", "duration=2")
PAIRS = 3
BOUND = 1.1
TESTBENCH, CHANGED = "testbench.cir", "two_threads.cir"


def main() -> Result:
    """Measure interleaved pairs; report the median of their ratios."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, STUDY)
        cpu_seconds([*KIT, "netlist", STUDY, *OVERRIDES, "--output", str(folder), "--quiet"])
        written = "\n".join(command_cards(ONE_THREAD))
        text = (folder / TESTBENCH).read_text(encoding="utf-8")
        if written not in text:
            raise RuntimeError(f"{TESTBENCH} does not set the number of threads")
        changed = text.replace(written, written.replace("num_threads=1", "num_threads=2"))
        (folder / CHANGED).write_text(changed, encoding="utf-8")
        pairs = [(ngspice_seconds(folder, TESTBENCH), ngspice_seconds(folder, CHANGED)) for _ in range(PAIRS)]
    ratios = sorted(one / two for one, two in pairs)
    row = (STUDY, f"{PAIRS}", *(f"{ratio:.2f}" for ratio in (median(ratios), ratios[0], ratios[-1])))
    details = ", ".join(f"{one:.2f} s against {two:.2f} s" for one, two in pairs)
    return Result(
        ("netlist", "pairs", "as written / two threads", "smallest", "largest"),
        (row,),
        (Check("processor time of the folder as written over the same on two threads", median(ratios), BOUND),),
        (details,),
    )
