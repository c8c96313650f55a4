"""Noise in time: what depends on its seed and what does not, its density, and its variance behind an RC."""

import numpy as np
import pytest
from scipy.signal import periodogram, welch

from vle_analog.errors import InputError
from vle_analog.netlist.deck import Deck, Transient
from vle_analog.netlist.file_source import CHANNELS
from vle_analog.netlist.noise import NetNoise, noise_cards, noise_files
from vle_analog.network.stimuli import Samples
from vle_analog.noise.paths import net_noise, normals
from vle_analog.noise.sites import NoiseSite
from vle_analog.simulator import Job, open_backend

SECOND = 1e-3  # per unit of model time
BOLTZMANN, KELVIN = 1.380649e-23, 300.15


def site(name, white=1e-26, flicker=0.0, out_of=None):
    return NoiseSite(f"{name}.cell.part", "ota", f"{name}_n", out_of, white, flicker)


def made(sites, duration=4.0, spacing=0.01, seed=1, sample=0):
    return net_noise(sites, duration, spacing, SECOND, seed, sample)


def test_a_seed_gives_the_same_again_and_another_another():
    sites = [site("a", flicker=1e-24), site("b")]
    one, again = made(sites), made(sites)
    assert np.array_equal(one.currents.values, again.currents.values)
    files = [noise_files(noise, SECOND, 1e-3, 5e-3) for noise in (one, again, made(sites, seed=2))]
    assert files[0] == files[1]
    assert files[0] != files[2]
    for other in (made(sites, seed=2), made(sites, sample=1)):
        assert np.abs(np.corrcoef(one.currents.values[:, 0], other.currents.values[:, 0])[0, 1]) < 0.2


def test_a_network_that_grows_keeps_its_noise():
    few, many = [site("a", flicker=1e-24)], [site("b"), site("a", flicker=1e-24), site("c", flicker=1e-23)]
    small, large = made(few), made(many)
    assert np.array_equal(small.currents.values[:, 0], large.currents.values[:, large.nets.index("a_n")])


def test_a_longer_run_begins_like_a_shorter_one():
    sites = [site("a", flicker=1e-24)]
    short, long = made(sites, duration=2.0).currents.values, made(sites, duration=5.0).currents.values
    assert np.allclose(long[: len(short)], short, rtol=0, atol=1e-12 * np.abs(short).max())


def test_it_begins_with_nothing():
    assert not made([site("a", flicker=1e-24)]).currents.values[0].any()


def test_a_resistor_takes_from_one_end_what_it_gives_to_the_other():
    noise = made([site("a", out_of="other")])
    assert np.array_equal(noise.currents.values[:, 0], -noise.currents.values[:, 1])
    assert noise.nets == ("a_n", "other")


def test_streams_are_standard_normal():
    draws = normals(1, 0, "a.b.c", "white", 20001)[1:]
    assert abs(draws.mean()) < 4 / np.sqrt(20000)
    assert abs(draws.var() - 1) < 4 * np.sqrt(2 / 20000)
    assert np.abs(draws[1:] @ draws[:-1]) / 20000 < 4 / np.sqrt(20000)


def test_the_density_of_white_noise():
    """Mean over a band of a one-sided periodogram, whose values are exponentially distributed."""
    white, spacing = 3e-26, 0.01
    noise = made([site("a", white)], duration=200.0, spacing=spacing)
    frequency, density = periodogram(noise.currents.values[:, 0], 1 / (spacing * SECOND))
    inner = density[1:-1]
    for band in np.array_split(inner, 4):
        assert abs(band.mean() / white - 1) < 4 / np.sqrt(len(band))
    assert frequency[-1] == pytest.approx(0.5 / (spacing * SECOND), rel=1e-3)


def test_the_density_of_flicker_noise():
    """K/f over three decades: 48 paths, each in windows of 4096 samples; far below half of the sampling rate."""
    flicker, spacing = 2e-24, 0.01
    noise = made([site(f"n{k}", 0.0, flicker) for k in range(48)], duration=327.67, spacing=spacing)
    rate = 1 / (spacing * SECOND)
    frequency, density = welch(noise.currents.values, rate, nperseg=4096, axis=0)
    mean = density.mean(axis=1)
    for low, high in ((8, 32), (32, 128), (128, 512)):  # multiples of the lowest frequency of a window
        scaled = (mean * frequency)[low:high] / flicker
        windows = 48 * (32768 / 4096)
        assert abs(scaled.mean() - 1) < 0.02 + 4 / np.sqrt(windows * (high - low))
    slope = np.polyfit(np.log(frequency[8:512]), np.log(mean[8:512]), 1)[0]
    assert slope == pytest.approx(-1.0, abs=0.03)


def test_the_spacing_does_not_change_the_densities():
    """White: sample variance over rate. 1/f: what two spacings have below the lower rate, by their mean density."""
    coarse, fine = (made([site("a", 1e-26)], 100.0, spacing).currents.values[1:] for spacing in (0.02, 0.01))
    assert fine.var() / coarse.var() == pytest.approx(2.0, rel=4 * np.sqrt(2 / 5000 + 2 / 10000))


def test_too_many_samples_are_refused():
    with pytest.raises(InputError, match="noise_spacing"):
        made([site("a")], duration=1e9, spacing=1e-6)


def test_lines_are_as_short_as_ngspice_reads_them():
    count = 3 * CHANNELS - 1
    values = -1.23456789e-12 * np.ones((3, count))
    noise = NetNoise(tuple(f"n{k}" for k in range(count)), Samples(1e-7 * np.arange(3) / 3, values))
    files = noise_files(noise, SECOND, 0.1234567890123, 1.0)
    assert len(files) == 3
    assert all(len(line) < 511 for content in files.values() for line in content.splitlines())
    assert sum(card.startswith("A_noise") for card in noise_cards(noise, str)) == 3


def test_noise_of_a_resistor_on_a_capacitor_is_kt_over_c():
    """In ngspice: 40 nets (two data files) with an RC each; straight lines between samples take 0.47 dt/tau."""
    farads, siemens, count, spacing, turns = 1e-12, 1e-9, 40, 0.1, 100.0  # tau = 1 ms = a unit of model time
    sites = [site(f"n{k}", 4 * BOLTZMANN * KELVIN * siemens) for k in range(count)]
    noise = made(sites, duration=turns, spacing=spacing)
    cards = [*noise_cards(noise, str)]
    for net in noise.nets:
        cards += [f"R{net} {net} 0 {1 / siemens:g}", f"C{net} {net} 0 {farads:g} ic=0"]
    stop, step = turns * SECOND, spacing * SECOND / 4
    deck = Deck(
        "noise on capacitors",
        tuple(cards),
        {"reltol": 1e-4, "vntol": 1e-9, "abstol": 1e-18, "xtrtol": 7},
        Transient(step, stop, step),
        noise.nets,
        noise_files(noise, SECOND, 0.0, stop),
    )
    with open_backend("libngspice") as backend:
        result = backend.run(Job(deck))
    late = result.time > 5 * SECOND
    volts = np.stack([result.vectors[net][late] for net in noise.nets])
    share = 1 - 0.467 * spacing
    sampling = np.sqrt(2 / (count * (turns - 5)))  # of a mean square: 2 tau/T of its square, per net
    assert np.mean(volts**2) / (BOLTZMANN * KELVIN / farads * share) == pytest.approx(1.0, abs=4 * sampling)
    # a net of each file, its path convolved with the RC's response
    for net in (noise.nets[0], noise.nets[-1]):
        exact = _through_rc(
            noise.currents.times * SECOND, noise.currents.values[:, noise.nets.index(net)], siemens, farads
        )
        there = np.interp(noise.currents.times * SECOND, result.time, result.vectors[net])
        assert np.abs(there - exact).max() < 0.01 * exact.std()


def _through_rc(times, currents, siemens, farads):
    """Volts at the times of the samples, exactly: a straight line of current into an RC, piece by piece."""
    tau, step = farads / siemens, times[1] - times[0]
    kept = np.exp(-step / tau)
    volts = np.zeros(len(times))
    for k in range(1, len(times)):
        slope = (currents[k] - currents[k - 1]) / step
        settled = (currents[k - 1] - slope * tau) / siemens
        volts[k] = settled + slope * step / siemens + (volts[k - 1] - settled) * kept
    return volts
