"""The text of kernels: what the sweep says, what becomes of other laws, and where compiled kernels are kept."""

import os
import subprocess
import sys

import numpy as np
import pytest
import sympy as sp

from vle_analog import InputError, Study
from vle_analog.codegen import load
from vle_analog.codegen.load import available
from vle_analog.codegen.printer import straight_line
from vle_analog.codegen.text import HEAD, NUMBERS
from vle_analog.ideal.compiled.generate import Generator, names
from vle_analog.ideal.compiled.laws import LawSet, NeuronEquation, theory_laws
from vle_analog.ideal.compiled.tableau import adaptive
from vle_analog.network.model import ACTIVATIONS


@pytest.mark.parametrize("many", [False, True])
def test_the_sweep_of_the_theory(many: bool, snapshot):
    assert Generator(theory_laws(), many).text() == snapshot


def test_other_laws_make_other_kernels():
    # a saturating synapse, a membrane whose offset differs from neuron to neuron, no state of the error
    W, F, r_pre, e_post, current, feedback, u, tau, offset, U = sp.symbols(
        "W F r_pre e_post current feedback u tau offset U"
    )
    law = LawSet(
        forward=(
            NeuronEquation("u", "state", (current - u) / tau),
            NeuronEquation("U", "algebraic", u + offset),
            NeuronEquation("r", "activation", U),
        ),
        backward=(NeuronEquation("e", "algebraic", sp.Symbol("slope") * feedback),),
        synapse_forward=sp.tanh(W) * sp.tanh(r_pre),
        synapse_backward=F * e_post,
        synapse_states=(("W", e_post * r_pre),),
        per_synapse=("W", "F"),
        cost=sp.Symbol("r") ** 2,
    )
    text = Generator(law, True).text()
    assert {"tau", "offset", "u"} <= set(names(law).at)
    assert "part = tanh(W)*tanh(r_pre)" in text
    compile(text, "kernel", "exec")


def test_a_law_may_not_take_a_name_of_the_kernel():
    law = theory_laws()
    with pytest.raises(ValueError, match="uses these names"):
        names(LawSet(**{**vars(law), "cost": sp.Symbol("net")}))


def test_common_subexpressions_are_computed_once():
    x, y = sp.symbols("x y")
    lines = straight_line([("a", sp.tanh(x) + y), ("b", sp.tanh(x) / 3)])
    assert sum("tanh(" in line for line in lines) == 1


def test_numbers_of_the_kernel_are_of_its_type():
    (line,) = straight_line([("a", 2 * sp.Symbol("x") + sp.Rational(1, 3))])
    assert line.replace("real(2.0)", "").replace("real(0.3333333333333333)", "").count(".") == 0


@pytest.mark.parametrize("kind", ACTIVATIONS)
def test_activations_hold_where_exp_overflows(kind: str):
    study = Study.load("two_layer", {"duration": 1.0, "network.populations.hidden.activation": kind})
    from vle_analog.ideal.compiled import CompiledNetwork
    from vle_analog.theory import ACTIVATIONS as THEORY

    network = study.spec.network
    hidden = network.population("hidden")
    formula = sp.lambdify(sp.Symbol("x", real=True), THEORY[kind].rate, "mpmath")
    for bias in (-800.0, -30.0, -1.0, -1e-9, 0.3, 30.0, 800.0):
        changed = network.with_parameters(biases={"hidden": np.full(hidden.size, bias)})
        engine = CompiledNetwork(changed, study.target)
        state = engine.initial()
        for name, rows in engine._wiring.rows.items():
            if name.endswith((".u", ".b")) and rows.max() < engine.states:
                state[rows] = bias if name == "hidden.b" else 0.0
        now = engine.algebraic(0.0, state)
        at = engine.slices["hidden"]
        import mpmath

        with mpmath.workdps(30):
            wanted = np.array([float(formula(mpmath.mpf(float(U)))) for U in now.U[at]])
        assert np.abs(now.r[at] - wanted).max() <= 4e-16 * (1 + np.abs(wanted).max())


@pytest.mark.parametrize("name", ["RK45", "DOP853"])
def test_dense_output_is_that_of_scipy(name: str):
    import scipy.integrate

    def f(t, y):
        return np.array([y[1], -np.sin(y[0]) + 0.1 * t])

    solver = getattr(scipy.integrate, name)(f, 0.0, np.array([1.0, 0.0]), 10.0, rtol=1e-6)
    solver.step()
    solver.step()
    table, h, y = adaptive(name), solver.t - solver.t_old, solver.y_old
    K: list[np.ndarray] = []
    for row, c in zip(table.A, table.C, strict=True):
        K.append(f(solver.t_old + c * h, y + h * sum((a * k for a, k in zip(row, K, strict=False)), np.zeros(2))))
    theta = 0.37
    weights = table.P @ theta ** np.arange(1, table.P.shape[1] + 1)
    mine = y + h * weights @ np.array(K)
    assert np.abs(mine - solver.dense_output()(solver.t_old + theta * h)).max() < 1e-13


def test_without_numba_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "numba", None)
    available.cache_clear()
    try:
        assert not available()
        with pytest.raises(InputError, match=r"vle-analog\[fast\]"):
            load.load("text")
    finally:
        available.cache_clear()


def test_a_kernel_is_written_once_and_whole(tmp_path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VLE_ANALOG_CACHE", str(tmp_path))
    one = load.load("answer = 42\n")
    (path,) = (tmp_path / "engine").glob("*.py")
    before = path.stat().st_mtime_ns
    load._module.cache_clear()
    assert load.load("answer = 42\n").answer == one.answer == 42
    assert path.stat().st_mtime_ns == before
    assert not list((tmp_path / "engine").glob("*.draft"))


def test_a_kernel_that_two_processes_need_is_compiled_by_one(tmp_path):
    pytest.importorskip("numba")
    kernel = HEAD.format(**NUMBERS["float64"], lanes="1") + "\n\n@entry\ndef twice(x):\n    return x + x\n"
    (tmp_path / "kernel.txt").write_text(kernel)
    code = (
        "import sys; from vle_analog.codegen.load import load; module = load(open(sys.argv[1]).read());"
        "print('ready', flush=True); input(); assert module.twice(1.0) == 2.0;"
        "print(sum(module.twice.stats.cache_misses.values()), flush=True)"
    )
    environment = os.environ | {"VLE_ANALOG_CACHE": str(tmp_path / "cache")}
    environment.pop("NUMBA_CACHE_DIR", None)
    command = [sys.executable, "-c", code, str(tmp_path / "kernel.txt")]
    pipe = subprocess.PIPE
    both = [subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, text=True) for _ in range(2)]
    for process in both:
        assert process.stdout.readline() == "ready\n"
    for process in both:
        process.stdin.write("go\n")
        process.stdin.flush()
    assert sum(int(process.communicate()[0]) for process in both) == 1


def test_the_package_does_not_load_numba():
    code = "import sys, vle_analog.ideal.compiled.engine; print('numba' in sys.modules, 'sympy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
