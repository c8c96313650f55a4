"""Write `netlists/`: the netlist of every shipped study, after a change to a cell, a pass or a writer."""

import shutil
from pathlib import Path

from vle_analog import Study
from vle_analog.resources import PART_FOR_CIRCUIT, shipped_studies

NETLISTS = Path(__file__).resolve().parent.parent / "netlists"


def main() -> None:
    for name in shipped_studies():
        folder = NETLISTS / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for file, content in Study.load(name, PART_FOR_CIRCUIT.get(name, {})).netlist().items():
            (folder / file).write_bytes(content)
        print(folder.relative_to(NETLISTS.parent))


if __name__ == "__main__":
    main()
