"""From transistors to the macromodel around them: slopes measured one at a time, held against all at once."""

import numpy as np
import pytest

from vle_analog import Study
from vle_analog.cells.fitted import fitted
from vle_analog.characterise.bench import transfer
from vle_analog.characterise.laws import LAWS
from vle_analog.characterise.mismatch import grids
from vle_analog.characterise.primitives import PRIMITIVES
from vle_analog.netlist.placed import placed
from vle_analog.simulator import open_backend
from vle_analog.variation.draws import normals
from vle_analog.variation.sites import sites
from vle_analog.variation.translation import Slopes, movable_bench, parameter_of, slopes_of, translated

CHIPS = 4


@pytest.fixture(scope="module")
def chain():
    return Study.load("online_chain", {"circuit.level": "transistor", "duration": 1.0}).circuit()


@pytest.mark.parametrize("name", ["ota_linear", "multiplier"])
def test_what_transistors_do_alone_adds_up_to_what_they_do_together(chain, name: str):
    primitive = next(one for one in placed(chain) if one.cell == name)
    path, kind = ".".join(primitive.path), PRIMITIVES[name]
    unit = primitive.parameters["ib"] / primitive.parameters["k"]
    own = [site for site in sites(chain, "mismatch") if site.path.startswith(f"{path}.")]
    drawn = {
        (one.path, one.parameter): one.sigma * row for one, row in zip(own, normals(own, 3, range(CHIPS)), strict=True)
    }
    bench, _ = movable_bench(chain, primitive)
    together = [
        {parameter_of(device.rpartition(".")[2], key): float(values[chip]) for (device, key), values in drawn.items()}
        for chip in range(CHIPS)
    ]
    x, y = grids(kind)
    with open_backend() as backend:
        slopes = slopes_of(chain, primitive, unit, backend)
        currents = transfer(backend, bench, x, y, [unit] * (CHIPS + 1), each=[{}, *together])
    moved = translated({path: slopes}, drawn)
    numbers = fitted(name, chain.process)
    ys, xs = np.meshgrid(y.values, x.values, indexing="ij")
    begin = {**dict.fromkeys(("dt", "d"), 0.0), **numbers.macromodel, "gain": numbers.gain(unit)}
    for chip in range(CHIPS):
        after = {key: value + (moved[path, key][chip] if (path, key) in moved else 0.0) for key, value in begin.items()}
        said = LAWS[name](xs, ys, after) - LAWS[name](xs, ys, begin)
        seen = currents[chip + 1] - currents[0]
        assert np.sqrt(np.mean((said - seen) ** 2)) <= 0.15 * np.sqrt(np.mean(seen**2))
    assert slopes.explained >= 0.99


def test_capacitors_keep_their_deviations_and_others_are_left_out():
    slopes = {"a.load": Slopes(("vos",), (("X1", "dvt"), ("X2", "db")), np.array([[2.0, 0.5]]), 1.0)}
    given = {
        ("a.m", "c"): np.array([0.1, 0.2]),
        ("a.load.X1", "dvt"): np.array([1.0, 2.0]),
        ("b.load.X1", "dvt"): np.array([5.0, 5.0]),
    }
    found = translated(slopes, given)
    assert set(found) == {("a.m", "c"), ("a.load", "vos")}
    assert found["a.load", "vos"].tolist() == [2.0, 4.0]
    assert found["a.m", "c"] is given["a.m", "c"]
