"""Cards of transistors: the generic process in ngspice, its corners, and what is refused."""

from pathlib import Path

import pytest

from tests.support.device_bench import operating_point
from vle_analog import InputError
from vle_analog.process.devices import device_cards, unusable
from vle_analog.process.process import process

# One transistor of each channel as a diode at 1 nA, and as a switch that is fully on.
BENCH = [
    "in 0 n 1n",
    "xn n n 0 0 nch w=4e-6 l=4e-6 m=1",
    "ip p 0 1n",
    "xp p p 0 0 pch w=4e-6 l=4e-6 m=1",
    "vn vdd 0 1.8",
    "xnon vdd vdd 0 0 nch w=4e-6 l=4e-6 m=1",
    "vp vss 0 -1.8",
    "xpon vss vss 0 0 pch w=4e-6 l=4e-6 m=1",
]


@pytest.fixture(scope="module")
def corners(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, float]]:
    """What the bench shows at each corner of the generic process."""
    made = process("generic180")
    folder = tmp_path_factory.mktemp("corners")
    return {corner: operating_point(folder, [*device_cards(made, corner), *BENCH]) for corner in made.corners}


def test_the_first_corner_is_the_nominal_one():
    assert device_cards(process("generic180")) == device_cards(process("generic180"), "tt")


def test_the_card_file_alone_is_the_nominal_corner(corners, tmp_path: Path):
    made = process("generic180")
    card_file = made.file.parent / made.devices.files[0][0]
    assert operating_point(tmp_path, [f".include {card_file}", *BENCH]) == pytest.approx(
        corners["tt"], rel=1e-9, abs=1e-17
    )


@pytest.mark.parametrize("corner, slower_n, slower_p", [("ff", -1, -1), ("ss", 1, 1), ("fs", -1, 1), ("sf", 1, -1)])
def test_corners_shift_thresholds_and_currents(corners, corner: str, slower_n: int, slower_p: int):
    shifted, nominal = corners[corner], corners["tt"]
    for node, source, sign in (("n", "vn#branch", slower_n), ("p", "vp#branch", slower_p)):
        # 30 mV of threshold, and a little for the mobility: kappa UT ln(1.08) is 2.5 mV
        assert shifted[node] - nominal[node] == pytest.approx(sign * 0.0325, abs=0.002)
        current = shifted[source] / nominal[source]
        assert current == pytest.approx(1 - sign * 0.125, abs=0.03)


def test_weak_inversion_is_exponential(tmp_path: Path):
    cards = [*device_cards(process("generic180")), "i1 0 a 0.1n", "x1 a a 0 0 nch w=4e-6 l=4e-6 m=1"]
    cards += ["i2 0 b 1n", "x2 b b 0 0 nch w=4e-6 l=4e-6 m=1"]
    found = operating_point(tmp_path, cards)
    slope = (found["b"] - found["a"]) / 2.302585 / 0.025865  # n of exp(V / (n UT))
    assert 1.1 < slope < 1.5


def test_parallel_devices_share_the_current(tmp_path: Path):
    cards = [*device_cards(process("generic180")), "vd d 0 1", "vg g 0 0.5"]
    cards += ["va d a 0", "xa a g 0 0 nch w=4e-6 l=2e-6 m=3", "vb d b 0", "xb b g 0 0 nch w=4e-6 l=2e-6 m=1"]
    found = operating_point(tmp_path, cards)
    assert found["va#branch"] == pytest.approx(3 * found["vb#branch"], rel=1e-6)


def test_an_unknown_corner_is_refused():
    with pytest.raises(InputError, match=r"(?s)circuit\.corner.*no corner 'slow'.*tt \| ff \| ss \| fs \| sf"):
        device_cards(process("generic180"), "slow")


def test_compiled_models_need_a_simulator_that_loads_them():
    with pytest.raises(InputError, match=r"(?s)sg13g2.*built without OSDI.*`osdi`"):
        device_cards(process("sg13g2"))


def test_compiled_models_are_loaded_before_the_deck_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    kit = tmp_path / "ihp-sg13g2/libs.tech/ngspice"
    for name in ("models/cornerMOSlv.lib", "osdi/psp103.osdi", "osdi/psp103_nqs.osdi"):
        (kit / name).parent.mkdir(parents=True, exist_ok=True)
        (kit / name).touch()
    monkeypatch.setenv("PDK_ROOT", str(tmp_path))
    cards = device_cards(process("sg13g2"), "ss", mismatch=True, osdi=True)
    assert cards[:4] == (
        ".control",
        f"pre_osdi {kit}/osdi/psp103.osdi",
        f"pre_osdi {kit}/osdi/psp103_nqs.osdi",
        ".endc",
    )
    assert cards[4] == f".lib '{kit}/models/cornerMOSlv.lib' mos_ss"
    assert sum("mm_ok=1" in card for card in cards) == 2


def test_what_cannot_be_used_says_why(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("PDK_ROOT", raising=False)
    assert unusable(process("generic180")) == ""
    assert "PDK_ROOT is not set" in unusable(process("gf180mcu"))
    assert "cannot load" in unusable(process("sg13g2"))
