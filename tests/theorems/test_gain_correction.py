"""The error of every neuron times 1 / g(omega0): at that frequency the local rule is the exact one.

Exact for linear neurons. A saturating neuron multiplies by phi'(U(t)), which brings other frequencies: no matter for
one such neuron, but in a deep chain driven into saturation even the sign for the first weight may be wrong.
"""

import numpy as np
import pytest

from tests.support.frequency import g, local_and_exact
from vle_analog import Study
from vle_analog.gradient import gradients

OMEGA = 1.3


def test_a_linear_neuron_has_the_exact_error_at_the_corrected_frequency():
    local, exact = local_and_exact(0.9, 0.2, OMEGA, gain_correction=OMEGA)
    assert abs(exact) > 0.1
    assert local == pytest.approx(exact, rel=1e-8)


def test_at_other_frequencies_the_ratio_of_the_gains_remains():
    local, exact = local_and_exact(0.9, 0.2, 2.5, gain_correction=OMEGA)
    assert local / exact == pytest.approx(g(0.9, 0.2, 2.5) / g(0.9, 0.2, OMEGA), rel=1e-8)


def chain(weights, taus, amplitude, **network):
    """Neurons in a row, tanh but for the last, drive and target at one frequency."""
    names = [f"layer{k}" for k in range(len(weights))]
    populations = {
        name: {"size": 1, "tau_m": tau_m, "tau_r": tau_r, "activation": "linear" if name == names[-1] else "tanh"}
        for name, (tau_m, tau_r) in zip(names, taus, strict=True)
    }
    projections = {
        f"{source}_{name}": {"source": source, "target": name, "weights": [[weight]]}
        for source, name, weight in zip(["drive", *names], names, weights, strict=False)
    }
    return Study.from_document(
        {
            "duration": 6 * 2 * np.pi / OMEGA,
            "network": {
                "output": names[-1],
                "plasticity": False,
                "populations": populations,
                "projections": projections,
                **network,
            },
            "stimuli": {"drive": {"kind": "sines", "channels": [[{"amplitude": amplitude, "omega": OMEGA}]]}},
            "target": {"kind": "sines", "channels": [[{"amplitude": 0.6, "omega": OMEGA, "phase": 1.0}]]},
        }
    )


def cosine(study):
    """Of the local and the exact gradient of all weights."""
    spec = study.spec
    result = gradients(spec.network, study.target, spec.duration, finite_differences=False, rtol=1e-7)
    found = result.agreement("local", "W").cosine
    assert found is not None
    return found


CHAIN = ((0.8, 0.9), ((1.0, 0.2), (0.5, 0.5)))
DEEP = ((1.2, 1.1, -1.0, 0.9), ((1.0, 0.2), (0.8, 0.2), (0.6, 0.15), (0.5, 0.5)))


@pytest.mark.parametrize("amplitude", [1.0, 2.0])
def test_a_chain_has_the_exact_direction_at_the_corrected_frequency(amplitude):
    assert cosine(chain(*CHAIN, amplitude)) < 0.95
    assert cosine(chain(*CHAIN, amplitude, gain_correction=OMEGA)) > 0.9997


def test_a_deep_chain_has_it_only_while_it_does_not_saturate():
    assert cosine(chain(*DEEP, 0.3, gain_correction=OMEGA)) > 0.998  # the transient from zero is in it
    assert cosine(chain(*DEEP, 2.0, gain_correction=OMEGA)) < 0.98
