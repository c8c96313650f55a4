"""`python -m benchmarks [NAME ...] [--write]`: run benchmarks, print tables, write docs/results/performance.md."""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks import (
    edges,
    engine,
    engine_torch,
    ideal,
    memory,
    montecarlo,
    montecarlo_memory,
    overhead,
    pdk_load,
    setup_scaling,
    threads,
)
from benchmarks.result import Result, write_section

BENCHMARKS: dict[str, Callable[[], Result]] = {
    "overhead": overhead.main,
    "setup_scaling": setup_scaling.main,
    "memory": memory.main,
    "ideal": ideal.main,
    "edges": edges.main,
    "engine": engine.main,
    "engine_torch": engine_torch.main,
    "pdk_load": pdk_load.main,
    "threads": threads.main,
    "montecarlo": montecarlo.main,
    "montecarlo_memory": montecarlo_memory.main,
}
HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "results" / "performance.md"
RESULTS = HERE / "results"


def main() -> int:
    """Run the requested benchmarks; return 0 where every bound was met, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=" | ".join(BENCHMARKS))
    parser.add_argument(
        "--write", action="store_true", help=f"write the figures into {PAGE.name} and benchmarks/results/"
    )
    options = parser.parse_args()
    if unknown := [name for name in options.names if name not in BENCHMARKS]:
        parser.error(f"there is no benchmark {unknown[0]}; there are {', '.join(BENCHMARKS)}")

    passed = True
    for name in options.names or BENCHMARKS:
        result = BENCHMARKS[name]()
        print(f"\n{name}\n\n{result.to_markdown()}\n", flush=True)
        for line in result.details:
            print(line)
        passed &= result.passed
        if options.write:
            RESULTS.mkdir(exist_ok=True)
            (RESULTS / f"{name}.json").write_text(json.dumps(result.to_json(), indent=2) + "\n", encoding="utf-8")
            write_section(PAGE, name, result.to_markdown())
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
