"""Feedback weights that learn by noise: what the noise is, and that they turn towards the forward weights."""

import numpy as np
import pytest

from vle_analog import Study
from vle_analog.ideal import solve
from vle_analog.network.alignment import ornstein_uhlenbeck

SIGMA, TAU = 0.3, 0.2


def test_noise_has_the_deviation_and_the_correlation_that_it_says():
    spacing, lags = 0.05, (1, 4, 8)
    noise = ornstein_uhlenbeck("hidden", 4, 4000.0, sigma=SIGMA, tau=TAU, spacing=spacing, seed=7)
    assert noise.times[-1] == pytest.approx(4000.0)
    # so many independent samples: one per 2 tau, in each of four channels
    independent = 4 * 4000.0 / (2 * TAU)
    for lag in (0, *lags):
        product = noise.values[: len(noise.times) - lag] * noise.values[lag:]
        found, wanted = float(product.mean()), SIGMA**2 * np.exp(-lag * spacing / TAU)
        assert abs(found - wanted) < 4 * SIGMA**2 * np.sqrt(2 / independent)
    assert abs(noise.values.mean()) < 4 * SIGMA / np.sqrt(independent)
    between = np.corrcoef(noise.values.T)[~np.eye(4, dtype=bool)]
    assert np.max(np.abs(between)) < 4 * np.sqrt(4 / independent)


def test_noise_begins_as_it_goes_on():
    starts = [ornstein_uhlenbeck("hidden", 50, 0.05, sigma=SIGMA, tau=TAU, spacing=0.05, seed=s) for s in range(40)]
    first = np.array([start.values[0] for start in starts])
    assert np.std(first) == pytest.approx(SIGMA, rel=4 / np.sqrt(2 * first.size))


def test_noise_is_that_of_name_and_seed_alone():
    options = {"sigma": SIGMA, "tau": TAU, "spacing": 0.1}
    noise = ornstein_uhlenbeck("hidden", 3, 10.0, seed=1, **options)
    assert np.array_equal(ornstein_uhlenbeck("hidden", 3, 10.0, seed=1, **options).values, noise.values)
    assert np.array_equal(ornstein_uhlenbeck("hidden", 3, 4.0, seed=1, **options).values, noise.values[:41])
    assert not np.allclose(ornstein_uhlenbeck("other", 3, 10.0, seed=1, **options).values, noise.values)
    assert not np.allclose(ornstein_uhlenbeck("hidden", 3, 10.0, seed=2, **options).values, noise.values)


def network(duration, **changes):
    """Three linear neurons onto two, fixed weights, hardly any drive: F hears the noise and its echo."""
    hidden = {"size": 3, "tau_m": 0.1, "tau_r": 0.05, "activation": "linear"}
    readout = {"size": 2, "tau_m": 0.1, "tau_r": 0.1, "activation": "linear"}
    weights = [[0.8, -0.5, 0.3], [-0.2, 0.6, 0.7]]
    return Study.from_document(
        {
            "duration": duration,
            "network": {
                "output": "readout",
                "feedback": "learned",
                "alignment": {
                    "eta": 1.0,
                    "decay": 0.02,
                    "sigma": SIGMA,
                    "tau_noise": TAU,
                    "tau_highpass": 0.5,
                    "spacing": 0.1,
                    "seed": 4,
                }
                | changes,
                "populations": {"hidden": hidden, "readout": readout},
                "projections": {
                    "drive_hidden": {"source": "drive", "target": "hidden", "weights": [[0.1], [0.1], [0.1]]},
                    "hidden_readout": {
                        "source": "hidden",
                        "target": "readout",
                        "weights": weights,
                        "feedback_weights": [[-0.5, 0.2, 0.4], [0.6, 0.5, -0.3]],
                    },
                },
            },
            "stimuli": {"drive": {"kind": "sines", "channels": [[{"amplitude": 0.1, "omega": 0.2}]]}},
            "target": {"kind": "sines", "channels": [[], []]},
        }
    )


@pytest.fixture(scope="module")
def run():
    """A long run: the study and its traces."""
    study = network(250.0)
    return study, solve(study.spec.network, study.target, 250.0, 501, rtol=1e-6)


def cosine(a, b):
    return float(np.sum(a * b) / (np.linalg.norm(a) * np.linalg.norm(b)))


def test_feedback_turns_towards_the_forward_weights(run):
    """F settles on <xi rhat> / decay, which is c W with one c for all synapses, as all neurons have the same constants.

    Both are Gaussian, so the variance of the mean over 1 / (eta decay) follows from their correlation functions:
    Var F <= eta / (2 decay) * 2 * sigma^2 Var(rhat) * (the correlation time of the product, at most 2 tau_noise).
    """
    study, traces = run
    forward = study.spec.network.projections[1].weights
    F = np.array([[traces[f"hidden_readout.F[{k},{i}]"] for i in range(3)] for k in range(2)])
    start, end = F[:, :, 0], F[:, :, 300:].mean(axis=2)
    assert cosine(start, forward) < 0.2
    strength = np.sum(end * forward) / np.sum(forward**2)  # c
    assert strength > 0
    rates = np.array([traces[f"readout.r[{k}]"] for k in range(2)])
    variance = 1.0 / (2 * 0.02) * 2 * SIGMA**2 * rates.var(axis=1).mean() * 2 * TAU
    unlike = forward.size * variance / np.sum((strength * forward) ** 2) / 2  # 1 - cos of so much noise in F
    assert unlike < 0.1
    assert 1 - cosine(end, forward) < 3 * unlike
    assert cosine(end, forward) > 0.95


def test_the_strength_of_learned_feedback_is_that_of_the_spectra(run):
    """<xi_i r_k> of linear filters, by Wiener's formula: the integral of the noise's spectrum times the path's gain."""
    study, traces = run
    forward = study.spec.network.projections[1].weights
    F = np.array([[traces[f"hidden_readout.F[{k},{i}]"][300:].mean() for i in range(3)] for k in range(2)])
    omega = np.linspace(-4000, 4000, 800_001)
    spectrum = 2 * SIGMA**2 * TAU / (1 + (omega * TAU) ** 2)
    path = (1 + 0.05j * omega) / (1 + 0.1j * omega) * (0.5j * omega / (1 + 0.5j * omega))
    wanted = np.trapezoid(spectrum * path.real, omega) / (2 * np.pi) / 0.02
    found = np.sum(F * forward) / np.sum(forward**2)
    assert found == pytest.approx(wanted, rel=0.15)  # noise, and samples that are linear in between


def test_without_plasticity_feedback_is_fixed_and_there_is_no_noise():
    learning = network(5.0).spec.document
    learning["network"]["plasticity"] = False
    fixed = Study.from_document(learning)
    assert fixed.spec.network.noise() == {}
    traces = fixed.ideal()
    assert "F" not in {s.kind for s in traces.signals}
    learning["network"]["feedback"] = "random"
    assert np.array_equal(traces.values, Study.from_document(learning).ideal().values)


def test_the_noise_of_one_population_does_not_depend_on_the_others():
    document = network(5.0).spec.document
    alone = Study.from_document(document).spec.network.noise()["hidden"]
    document["network"]["populations"]["between"] = {"size": 1, "tau_m": 1.0, "tau_r": 0.5, "activation": "tanh"}
    document["network"]["projections"] |= {
        "hidden_between": {"source": "hidden", "target": "between", "weights": [[0.1, 0.1, 0.1]]},
        "between_readout": {"source": "between", "target": "readout", "weights": [[0.1], [0.1]]},
    }
    noise = Study.from_document(document).spec.network.noise()
    assert set(noise) == {"hidden", "between"}
    assert np.array_equal(noise["hidden"].values, alone.values)
