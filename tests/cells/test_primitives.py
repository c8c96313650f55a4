"""The primitive cells in transistors of generic180 against their ideal laws, within what was measured of them."""

import numpy as np
import pytest

from tests.support.primitive_decks import PROCESS, SUPPLY, instance, rails, simulated, transistors
from vle_analog.cells.library import LEVELS, cell

NAMES = (
    "ota",
    "ota_wide",
    "ota_linear",
    "multiplier",
    "multiplier_linear",
    "update_multiplier",
    "update_multiplier_linear",
    "bump_ota",
    "floating_resistor",
    "hold_switch",
    "common_mode",
)
OTAS = {"ota": (15.8, 0.018), "ota_wide": (10.3, 0.055), "ota_linear": (4.6, 0.11)}  # gm/ib, volts at 2 % compression
MULTIPLIERS = {
    "multiplier": 1e-9,
    "multiplier_linear": 1e-9,
    "update_multiplier": 5e-11,
    "update_multiplier_linear": 5e-11,
}
Y = (-0.1, -0.05, 0.0, 0.05, 0.1)


@pytest.mark.parametrize("name", NAMES)
def test_a_primitive_has_every_level_on_the_same_pins_and_parameters(name):
    primitive = cell(name)
    assert primitive.primitive
    assert {"behavioural", "transistor"} <= set(primitive.levels) <= set(LEVELS)
    for level in ("behavioural", "transistor"):
        read = primitive.subcircuit(level)
        assert read.pins == primitive.pins
        assert read.parameters == {key: p.default for key, p in primitive.parameters.items()}


@pytest.fixture(scope="module")
def otas(tmp_path_factory):
    """Output currents at 1 nA over the input: plain, inputs swapped (s), two units (k), four times the area (a)."""
    cards = [*rails(), *transistors(*OTAS), "Vx x 0 0"]
    for name in OTAS:
        variants = {
            "": ("x 0", 1e-9, 1, 1),
            "s": ("0 x", 1e-9, 1, 1),
            "k": ("x 0", 2e-9, 2, 1),
            "a": ("x 0", 1e-9, 1, 2),
        }
        for label, (inputs, ib, k, s) in variants.items():
            cards.append(instance(name, f"{inputs} {name}{label}", ib=ib, k=k, s=s))
            cards.append(f"V{name}{label} {name}{label} 0 0")
    return simulated(tmp_path_factory.mktemp("otas"), cards, ".dc Vx -0.16 0.16 0.002")


def slope(x, y):
    """The derivative at the middle of an odd number of points."""
    middle = len(x) // 2
    return (y[middle + 2] - y[middle - 2]) / (x[middle + 2] - x[middle - 2])


def from_tanh(x, y):
    """The largest deviation from the nearest tanh of the scale of a pair, 2 UT/kappa with kappa from 0.75 to 1."""
    return min(np.abs(y / y[-1] - np.tanh(x / v) / np.tanh(x[-1] / v)).max() for v in np.linspace(0.052, 0.069, 35))


@pytest.mark.parametrize("name", OTAS)
def test_transconductance_range_and_offset(otas, name):
    gain, width = OTAS[name]
    x, current = otas["x"], otas[f"v{name}#branch"]
    gm = slope(x, current)
    assert gm == pytest.approx(gain * 1e-9, rel=0.03)  # positive: out of the cell for inp above inn
    inside = np.abs(x) <= width
    assert np.abs(current - gm * x)[inside].max() < 0.025 * gm * width
    assert abs(np.interp(0, x, current)) < 1e-4 * gm  # 0.1 mV
    assert np.abs(current + current[::-1]).max() < 0.02e-9


def test_a_plain_pair_is_a_tanh(otas):
    assert otas["vota#branch"][-1] == pytest.approx(1e-9, rel=0.03)
    assert from_tanh(otas["x"], otas["vota#branch"]) < 0.01


@pytest.mark.parametrize("name", OTAS)
def test_swapped_inputs_turn_the_current_around(otas, name):
    assert np.abs(otas[f"v{name}s#branch"] + otas[f"v{name}#branch"]).max() < 0.02e-9


@pytest.mark.parametrize("name", OTAS)
def test_units_in_parallel_add_and_size_keeps_the_gain(otas, name):
    x, current = otas["x"], otas[f"v{name}#branch"]
    assert otas[f"v{name}k#branch"] == pytest.approx(2 * current, rel=0.02, abs=2e-12)
    assert slope(x, otas[f"v{name}a#branch"]) == pytest.approx(slope(x, current), rel=0.03)


@pytest.mark.parametrize("name", OTAS)
def test_output_conductance_is_a_ten_thousandth_of_the_gain(tmp_path, name):
    cards = [*rails(), *transistors(name), instance(name, "0 0 out", ib=1e-9), "Vout out 0 0"]
    found = simulated(tmp_path, cards, ".dc Vout -0.1 0.1 0.01")
    assert 0 < -slope(found["out"], found["vout#branch"]) < 1e-4 * OTAS[name][0] * 1e-9


@pytest.fixture(scope="module", params=MULTIPLIERS)
def multiplied(request, tmp_path_factory):
    """Name, x, and the current over the bias current at every y (rows) and x (columns)."""
    name, ib = request.param, MULTIPLIERS[request.param]
    cards = [*rails(), *transistors(name), "Vx x 0 0"]
    for number, y in enumerate(Y):
        cards += [f"Vy{number} y{number} 0 {y}", f"Vo{number} o{number} 0 0"]
        cards.append(instance(name, f"x 0 y{number} 0 o{number}", ib=ib))
    found = simulated(tmp_path_factory.mktemp(name), cards, ".dc Vx -0.1 0.1 0.005")
    return name, found["x"], np.array([found[f"vo{number}#branch"] for number in range(len(Y))]) / ib


def test_a_multiplier_has_no_offset_where_a_factor_vanishes(multiplied):
    _, x, current = multiplied
    full_scale = current[-1, -1]
    assert np.abs(current[Y.index(0.0)]).max() < 0.001 * full_scale
    assert np.abs(current[:, len(x) // 2]).max() < 0.001 * full_scale


def test_a_multiplier_has_the_shape_of_its_law(multiplied):
    """Each factor by itself: tanh, or linear to 2.5 %; together their product, of a positive sign."""
    name, x, current = multiplied
    full_scale = current[-1, -1]
    first, second = current[-1] / full_scale, current[:, -1] / full_scale
    assert np.abs(current - np.outer(second, first) * full_scale).max() < 0.005 * full_scale
    assert full_scale > 0
    assert from_tanh(np.array(Y), second) < 0.01
    assert (np.abs(first - x / 0.1).max() if name.endswith("linear") else from_tanh(x, first)) < 0.025


def test_bump_is_the_slope_of_the_tanh_of_a_pair(tmp_path):
    """Of the multiplier's first pair, to 2 % of the peak; the output has the sign of h; n = 0.2 V shuts it off."""
    cards = [
        *rails(),
        *transistors("bump_ota", "multiplier"),
        "Vn n 0 0",
        "Vh h 0 0.05",
        "Vl l 0 -0.05",
        *(instance("bump_ota", f"n {h} b{h}", ib=1e-9) for h in ("h", "l", "0")),
        *(f"Vb{h} b{h} 0 0" for h in ("h", "l", "0")),
        instance("multiplier", "n 0 h 0 m", ib=1e-9),
        "Vm m 0 0",
    ]
    found = simulated(tmp_path, cards, ".dc Vn -0.2 0.2 0.005")
    n, pair = found["n"], found["vm#branch"]
    wanted = 1 - (pair / pair[-1]) ** 2
    bump = (found["vbh#branch"] - found["vbl#branch"]) / 2
    peak = bump[len(n) // 2]
    assert peak > 0
    assert np.abs(bump / peak - wanted)[np.abs(n) < 0.15].max() < 0.02
    assert np.abs(bump / peak)[[0, -1]].max() < 0.012
    assert np.abs(found["vb0#branch"]).max() < 1e-3 * peak


def test_bump_undoes_the_compression_of_a_linear_load(tmp_path):
    cards = [
        *rails(),
        *transistors("bump_ota", "ota_linear"),
        "Iin 0 h 0",
        instance("ota_linear", "0 h h", ib=1e-9),
        instance("bump_ota", "0 h out", ib=1e-9),
        "Vout out 0 0",
    ]
    found = simulated(tmp_path, cards, ".dc Iin -4.8e-10 4.8e-10 2e-11")
    given, out = np.linspace(-4.8e-10, 4.8e-10, 49), found["vout#branch"]
    assert np.abs(found["h"]).max() > 0.105  # where the load alone is 2 % off
    assert np.abs(out - slope(given, out) * given).max() < 0.003 * out.max()


@pytest.fixture(scope="module", params=[None, 1, 2])
def resistor(request, tmp_path_factory):
    """v(a,b), and the currents into a and out of b, at three common voltages; nominal, and two draws of the devices."""
    cards = [*rails(), *transistors("floating_resistor"), "Vx x 0 0"]
    for number, common in enumerate((-0.1, 0.0, 0.1)):
        cards += [f"Vc{number} c{number} 0 {common}", instance("floating_resistor", f"p{number} q{number}", ib=1e-9)]
        for sign, end, pin in (("", f"a{number}", f"p{number}"), ("-", f"b{number}", f"q{number}")):
            cards += [f"E{end} {end} c{number} x 0 {sign}0.5"]
            cards += [f"Vi{number} {end} {pin} 0"] if sign == "" else [f"Vo{number} {pin} {end} 0"]
    found = simulated(tmp_path_factory.mktemp("resistor"), cards, ".dc Vx -0.04 0.04 0.002", request.param)
    return found["x"], [found[f"vi{n}#branch"] for n in range(3)], [found[f"vo{n}#branch"] for n in range(3)]


def test_floating_resistor_takes_at_one_end_what_it_gives_at_the_other(resistor):
    _, into, out = resistor
    for first, second in zip(into, out, strict=True):
        assert np.abs(first - second).max() < 1e-3 * np.abs(first).max()


def test_floating_resistor_carries_nothing_between_equal_voltages_whatever_its_devices(resistor):
    x, into, out = resistor
    for current in (*into, *out):
        assert abs(current[len(x) // 2]) < 0.002 * slope(x, current) * 0.03


@pytest.mark.parametrize("resistor", [None], indirect=True)
def test_floating_resistor_is_linear_and_does_not_feel_the_common_voltage(resistor):
    x, into, _ = resistor
    g = slope(x, into[1])
    assert g == pytest.approx(2.12e-8, rel=0.02)  # 21 per volt of bias current
    for current in into:
        assert slope(x, current) == pytest.approx(g, rel=0.02)
        assert np.abs(current - slope(x, current) * x).max() < 0.02 * g * 0.04


def test_hold_switch_holds_and_lets_go(tmp_path):
    """On 5 pF: at its voltage while hold is high; after that within 0.2 mV of it, and no leak that a run would see."""
    cards = [*rails(), *transistors("hold_switch"), f"Vhold hold vss pulse({SUPPLY} 0 5e-5 1e-6 1e-6 1 2)"]
    for number, volts in enumerate((-0.15, 0.0, 0.15)):
        cards += [instance("hold_switch", f"n{number}", "hold", v=volts), f"C{number} n{number} 0 5e-12"]
    found = simulated(tmp_path, cards, ".tran 1e-6 1e-2 0 1e-4")
    held = found["time"] < 5e-5
    for number, volts in enumerate((-0.15, 0.0, 0.15)):
        node = found[f"n{number}"]
        assert np.abs(node[held] - volts).max() < 1e-5
        assert 2e-5 < np.abs(node[~held] - volts).max() < 2e-4
        assert abs(node[-1] - np.interp(1e-4, found["time"], node)) < 2e-5


def test_common_mode_is_the_stack_of_a_multiplier(tmp_path):
    """Three gate-source voltages at the current per unit; where the lifting diode of an idle multiplier is as well."""
    cards = [
        *rails(),
        *transistors("multiplier"),
        "Vframe2 frame2 0 1.8",
        "Xtwo two 0 frame2 0 0 common_mode ib=2e-9 k=2",
        "Xmore more 0 frame2 0 0 common_mode ib=1e-8",
        instance("multiplier", "0 0 0 0 out", ib=1e-9),
        "Vout out 0 0",
    ]
    found = simulated(tmp_path, cards, ".op")
    height = found["height"][0]
    assert 0.6 < height < PROCESS.supply - 0.9
    assert found["two"][0] == pytest.approx(height, abs=1e-6)
    assert 3 * 0.07 < found["more"][0] - height < 3 * 0.1  # three times UT ln(10)/kappa, and the body effect
    (lifted,) = [values[0] for node, values in found.items() if node.startswith("xmultiplier") and node.endswith(".f")]
    assert lifted == pytest.approx(0.0, abs=0.01)
