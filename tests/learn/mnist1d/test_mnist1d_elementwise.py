"""The compiled loops and NumPy's give the same bits; so does a training that changes from one to the other."""

import numpy as np
import pytest

from vle_analog.learn.mnist1d.elementwise import elementwise


def test_compiled_loops_give_the_same_bits():
    pytest.importorskip("numba")
    compiled, plain = elementwise(True), elementwise(False)
    assert compiled.cell is not plain.cell
    generator = np.random.default_rng(0)
    for name, shapes in (
        ("cell", [(7, 33)] * 3 + [(7, 1)] * 4),
        ("slope", [(7, 33)] * 2),
        ("adam", [(1001,)] * 4),
    ):
        one = [generator.uniform(0.1, 2, shape).astype(np.float32) for shape in shapes]
        if name == "adam":
            one[1] -= 1
            one += [np.float32(1e-8), np.float32(1e-3)]
        two = [array.copy() for array in one]
        for _ in range(5):
            getattr(compiled, name)(*one)
            getattr(plain, name)(*two)
        for a, b in zip(one, two, strict=True):
            np.testing.assert_array_equal(a, b, err_msg=name)
            assert a.dtype == b.dtype == np.float32
