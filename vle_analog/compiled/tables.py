"""The wiring of a circuit as the kernel takes it: index arrays, and the capacitors that are the same in all samples."""

from collections.abc import Sequence

import numpy as np

from vle_analog.compiled.wiring import Wiring


class Tables:
    """Arrays that all runs of a circuit share.

    **Arguments:**

    - `farads`: of all capacitors, nominal. `row`: of every one its row among those by which samples differ, or -1.

    `masses`, `drives`: rows of capacitors by which samples differ, for every such entry of a matrix (with `signs`) and
    every such current from a driven net. `arrays`: pattern, driven rows, drives, couplings, gauges and
    masses.
    """

    def __init__(self, wiring: Wiring, farads: np.ndarray, row: np.ndarray, dtype: str):
        masses = [entry for entry in wiring.masses if row[entry[3]] >= 0]
        drives = [entry for entry in wiring.drives if row[entry[2]] >= 0]
        self.masses, self.drives = row[[entry[3] for entry in masses]], row[[entry[2] for entry in drives]]
        self.signs = np.array([entry[4] for entry in masses]).reshape(-1, 1)
        fixed = {entry[:3]: 0.0 for entry in wiring.masses if row[entry[3]] < 0}
        for *place, k, sign in wiring.masses:
            if row[k] < 0:
                fixed[place[0], place[1], place[2]] += sign * farads[k]
        given = {entry[:2]: 0.0 for entry in wiring.drives if row[entry[2]] < 0}
        for into, outside, k in wiring.drives:
            if row[k] < 0:
                given[into, outside] += farads[k]
        shape = wiring.pattern
        self.arrays = (
            (shape.first, shape.middle, shape.last, shape.columns),
            np.array([wiring.rows[net] for net in wiring.driven], np.uint64),
            (*_columns([entry[:2] for entry in drives], 2), *_columns([*given], 2), np.array([*given.values()], dtype)),
            tuple(part.astype(np.uint64) for part in wiring.couplings),
            tuple(part.astype(np.uint64) for part in wiring.gauges),
            (*_columns([entry[:3] for entry in masses], 3), *_columns([*fixed], 3), np.array([*fixed.values()], dtype)),
        )
        self.groups = [
            tuple(
                table.astype(np.uint64) for table in (group.pins, group.rows, group.places, group.meters, group.gauges)
            )
            for group in wiring.groups
        ]


def _columns(entries: Sequence[tuple[int, ...]], width: int) -> tuple[np.ndarray, ...]:
    return tuple(np.array(entries, np.uint64).reshape(-1, width).T.copy())
