"""The derivation as a whole: its steps for each rule, by kind, and how it is kept."""

import pytest

from vle_analog import cache
from vle_analog.errors import InputError
from vle_analog.theory import Kinds, PopulationKind, ProjectionKind, circuit_ready, derive, steps
from vle_analog.theory.step import Setting

KINDS = Kinds(
    (
        PopulationKind("hidden", "tanh", bias_plastic=True),
        PopulationKind("readout", "linear", wire=True, output=True),
    ),
    (
        ProjectionKind("drive_hidden", "drive", "hidden", plastic=True),
        ProjectionKind("hidden_readout", "hidden", "readout", plastic=True),
        ProjectionKind("around", "hidden", "hidden", transpose=False),
    ),
)


def lines(step):
    return [equation.text() for equation in step.equations]


def step_called(made, title):
    return next(step for step in made if step.title.startswith(title))


def test_euler_lagrange_and_its_end_condition_are_printed():
    shown = lines(step_called(derive("vle").steps, "Euler-Lagrange"))
    assert "eᵢ − τₘᵢ ėᵢ = Bᵢ − τᵣᵢ Ḃᵢ" in shown
    assert "τₘᵢ eᵢ(T) = τᵣᵢ Bᵢ(T)" in shown


def test_cost_on_the_membrane_stands_outside_of_the_drive():
    shown = lines(step_called(derive("vle", cost="membrane").steps, "Euler-Lagrange"))
    assert "Bᵢ = φ'(Uᵢ) Σₖ Wₖᵢ eₖ" in shown
    assert "eᵢ − τₘᵢ ėᵢ = Bᵢ − τᵣᵢ Ḃᵢ − β c'ᵢ(uᵢ)" in shown


@pytest.mark.parametrize("rule, states", [("vle", 2), ("gle", 2), ("le", 1), ("backprop", 1)])
def test_circuit_ready_system_has_its_states(rule, states):
    step = step_called(derive(rule).steps, "Circuit-ready")
    assert sum(equation.note == "state" for equation in step.equations) == states


def test_backprop_membrane_is_not_driven_by_the_error():
    assert "u̇ᵢ = (Sᵢ − uᵢ)/τₘᵢ" in lines(step_called(derive("backprop").steps, "Circuit-ready"))


@pytest.mark.parametrize("place", ["prospective", "membrane"])
def test_adjoint_ends_with_the_system_that_runs_backwards(place):
    last = derive("adjoint", cost=place).steps[-1]
    assert last.title == "The exact error runs backwards"
    assert "wᵢ(T) = 0" in lines(last)


def test_exact_error_in_state_form():
    shown = lines(derive("adjoint").steps[-1])
    assert "ẇᵢ = (wᵢ − Bᵢ)/τₘᵢ" in shown
    assert "eᵢ = (1 − τᵣᵢ/τₘᵢ) wᵢ + (τᵣᵢ/τₘᵢ) Bᵢ" in shown


def test_populations_are_printed_by_name():
    made = derive("vle", kinds=KINDS).steps
    hidden, readout = (lines(step_called(made, f"Population {name}")) for name in ("hidden", "readout"))
    assert "hidden.Sᵢ = Σⱼ drive_hidden.Wᵢⱼ drive.rⱼ + Σⱼ around.Wᵢⱼ hidden.rⱼ + hidden.bᵢ" in hidden
    assert "hidden.hᵢ = Σₖ around.W_backₖᵢ hidden.eₖ + Σₖ hidden_readout.Wₖᵢ readout.eₖ" in hidden
    assert "hidden.Bᵢ = (1 − tanh²(hidden.Uᵢ)) hidden.hᵢ" in hidden
    assert "readout.hᵢ = β (readout.y*ᵢ − readout.rᵢ)" in readout
    assert "readout.eᵢ = readout.Bᵢ" in readout


LEARNING = Kinds(
    (
        PopulationKind("hidden", "tanh", tau_m_plastic=True, tau_r_plastic=True),
        PopulationKind("out", "linear", output=True),
    ),
    (ProjectionKind("hidden_out", "hidden", "out", plastic=True, transpose=False, aligned=True),),
    corrected=True,
)


def test_feedback_and_time_constants_that_learn_are_printed():
    made = circuit_ready.population_steps(Setting("vle", "membrane", LEARNING))
    hidden, out = (lines(step_called(made, f"Population {name}")) for name in ("hidden", "out"))
    assert "hidden.Sᵢ = hidden.ξᵢ + hidden.bᵢ" in hidden
    assert "hidden.hᵢ = Σₖ hidden_out.Fₖᵢ out.eₖ" in hidden
    assert any(line.startswith("hidden.eᵢ = correction (") for line in hidden)
    assert "hidden.τ̇ₘᵢ = −hidden.ηₘ hidden.eᵢ hidden.u̇ᵢ" in hidden
    assert "hidden.τ̇ᵣᵢ = hidden.ηᵣ hidden.Bᵢ hidden.u̇ᵢ" in hidden
    assert "hidden_out.Ḟₖᵢ = hidden_out.η_F (hidden.ξᵢ out.r̂ₖ − decay hidden_out.Fₖᵢ)" in hidden
    assert "out.r̄̇ᵢ = (out.rᵢ − out.r̄ᵢ)/τ_highpass" in out
    (count,) = made[-1].equations
    sizes = {str(symbol): symbol for symbol in count.right.free_symbols}
    # u, v, two time constants of each hidden neuron; u, v, rbar of each output; W and F
    assert count.right.subs({sizes["hidden.N"]: 4, sizes["out.N"]: 3}) == 4 * 4 + 3 * 3 + 2 * 4 * 3


@pytest.mark.parametrize("rule", ["vle", "le", "backprop"])
def test_cost_on_the_membrane_ends_in_a_system_too(rule):
    shown = lines(circuit_ready.circuit_ready_step(Setting(rule, "membrane")))
    nudge = {"backprop": "β (y*ᵢ − uᵢ)"}.get(rule, "β (y*ᵢ + τₘᵢ ẏ*ᵢ − Sᵢ − γ eᵢ)")
    (error,) = (line for line in shown if line.startswith("eᵢ ="))
    assert nudge in error


def test_states_of_a_network_are_counted():
    (count,) = derive("vle", kinds=KINDS).steps[-1].equations
    sizes = {str(symbol): symbol for symbol in count.right.free_symbols}
    network = {sizes["drive.N"]: 5, sizes["hidden.N"]: 3, sizes["readout.N"]: 2}
    # u, v and a learned bias of each hidden neuron, and two plastic projections
    assert count.right.subs(network) == 3 * 3 + 3 * 5 + 2 * 3


def test_unknown_place_of_the_cost_is_refused():
    with pytest.raises(InputError, match="unknown place of the cost"):
        derive("vle", cost="somewhere")


def test_a_second_call_reads_the_cache(cache_folder, monkeypatch):
    first = derive("backprop")
    assert len(list(cache_folder.glob("*.pickle"))) == 1
    monkeypatch.setattr(steps, "CIRCUIT_STEPS", ())
    assert derive("backprop") == first


@pytest.mark.parametrize("damage", [b"", b"short", None])
def test_a_damaged_entry_is_made_again(cache_folder, damage):
    question = "what is asked"
    cache.remembered(question, lambda: 1)
    (entry,) = cache_folder.glob("*.pickle")
    whole = entry.read_bytes()
    entry.write_bytes(whole[:-1] + b"!" if damage is None else damage)
    assert cache.remembered(question, lambda: 2) == 2
    assert cache.remembered(question, lambda: 3) == 2


@pytest.mark.usefixtures("cache_folder")
def test_the_key_depends_on_question_and_sources(monkeypatch):
    assert cache.remembered("one", lambda: 1) == 1
    assert cache.remembered("two", lambda: 2) == 2
    monkeypatch.setattr(cache, "source_digest", lambda: b"other sources")
    assert cache.remembered("one", lambda: 3) == 3


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("VLE_ANALOG_CACHE", str(tmp_path / "file"))
    assert cache.remembered("question", lambda: 1) == 1
    assert cache.remembered("question", lambda: 2) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_without_a_choice_the_cache_lies_in_the_users_folder(monkeypatch, tmp_path):
    monkeypatch.delenv("VLE_ANALOG_CACHE")
    monkeypatch.setattr(cache.sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache.folder() == tmp_path / "vle-analog" / "theory"


@pytest.mark.parametrize("relative", ["", "cache", "./cache", "~/cache"])
def test_a_relative_cache_folder_of_the_user_is_ignored(monkeypatch, tmp_path, relative):
    monkeypatch.delenv("VLE_ANALOG_CACHE")
    monkeypatch.setattr(cache.sys, "platform", "linux")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", relative)
    assert cache.folder() == tmp_path / ".cache" / "vle-analog" / "theory"


def test_the_chosen_cache_may_lie_at_home(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("VLE_ANALOG_CACHE", "~/mine")
    assert cache.folder() == tmp_path / "mine" / "theory"


def test_a_user_without_a_home_gets_the_answer(monkeypatch):
    def none():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("VLE_ANALOG_CACHE")
    monkeypatch.setattr(cache.sys, "platform", "linux")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(cache.Path, "home", none)
    assert cache.remembered("question", lambda: 1) == 1
