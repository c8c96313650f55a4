"""A lot: the chips of one study, drawn in one way. What they all share is made once per process, where it is needed."""

import hashlib
import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from vle_analog.netlist.circuit import Circuit
from vle_analog.network import StudySpec, Traces
from vle_analog.network.stimuli import Stimulus
from vle_analog.variation.chips import chip, deviations
from vle_analog.variation.draws import normals
from vle_analog.variation.metrics import Metrics
from vle_analog.variation.sites import Site, sites

MOST_POINTS = 501  # of the time grid on which chips are measured and kept
MOST_OF_A_KIND = 8  # traces kept of each kind in each population or projection
KEPT = 2  # lots whose shared parts stay in memory


@dataclass(frozen=True, eq=False)
class Nominal:
    """What a study is without variation: its circuit, the ideal that chips are held against, and the target;
    `disturbed`, the ideal with the noise of a circuit in its equations, the same path."""

    circuit: Circuit
    ideal: Traces
    target: Stimulus
    disturbed: Callable[[Circuit], Traces]


@dataclass(frozen=True, eq=False)
class Lot:
    """Which chips there are; small, as it travels to every worker.

    **Arguments:**

    - `spec`: the study, on the grid of the lot (see `on_grid`); how chips are drawn is in its `variation`.
    - `make`: makes the nominal circuit of a study; a function that other processes find by its name.
    - `total`: how many samples the plan has, where the sampling depends on it.
    - `traces`: traces are kept of the samples before this one.
    - `base`: 0, or of the design that Sobol indices are computed from, which then takes the place of the sampling.
    """

    spec: StudySpec
    make: Callable[[StudySpec], Nominal]
    total: int | None = None
    traces: int = 0
    base: int = 0

    @property
    def key(self) -> str:
        """A digest of all that the chips share."""
        parts = (self.spec.digest, self.spec.simulate.points, self.spec.variation.variations)
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    @property
    def shared(self) -> "Shared":
        """What all chips have in common, made once per process."""
        return _once(_shared, self.key, lambda: _share(self.spec, self.make))

    def draws(self, samples: Sequence[int]) -> np.ndarray:
        """Standard normals, shape `(sites, samples)`."""
        variation, sites = self.spec.variation, self.shared.sites
        if not self.base:
            return normals(sites, variation.seed, samples, variation.sampling, self.total)
        from vle_analog.variation.sensitivity import design

        key = (self.key, self.base, variation.seed)
        return _once(_designs, key, lambda: design(sites, self.base, variation.seed))[:, list(samples)]

    def deviations(self, z: np.ndarray) -> dict[tuple[str, str], np.ndarray]:
        """What chips deviate by; `z` has the shape `(sites, samples)`."""
        shared = self.shared
        return deviations(shared.circuit, shared.sites, z, self.spec.variation.scale, shared.library)

    def chip(self, sample: int, z: np.ndarray) -> Circuit:
        """The circuit of one chip; `z` has the shape `(sites,)`. Where the study has noise, every chip its own."""
        shared, simulate = self.shared, self.spec.simulate
        made = chip(shared.circuit, shared.sites, z, self.spec.variation.scale, shared.library)
        if not simulate.noise:
            return made
        from vle_analog.variation.noise import with_noise

        return with_noise(made, self.spec.duration, simulate.noise_spacing, simulate.noise_seed, sample, shared.library)

    def quiet(self) -> "Lot":
        """The same chips without noise."""
        return replace(self, spec=without_noise(self.spec))


@dataclass(frozen=True, eq=False)
class Shared:
    """The nominal circuit, where its chips differ, and how they are measured."""

    circuit: Circuit
    sites: tuple[Site, ...]
    metrics: Metrics
    disturbed: Callable[[Circuit], Traces]
    library: Path | None = None

    @property
    def time(self) -> np.ndarray:
        """The grid, in model time."""
        return self.metrics.ideal.time

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """Of the sites, in their order."""
        return tuple(site.group for site in self.sites)

    @cached_property
    def kept(self) -> tuple[int, ...]:
        """Rows of the signals whose traces are kept: the first of every kind in every population and projection."""
        count: dict[tuple[str, str], int] = {}
        rows = []
        for row, signal in enumerate(self.metrics.signals):
            kind = (signal.owner, signal.kind)
            count[kind] = count.get(kind, 0) + 1
            rows += [row] if count[kind] <= MOST_OF_A_KIND else []
        return tuple(rows)


def on_grid(spec: StudySpec) -> StudySpec:
    """The study on a grid of at most so many points as chips are measured on."""
    return replace(spec, simulate=replace(spec.simulate, points=min(spec.simulate.points, MOST_POINTS)))


def without_noise(spec: StudySpec) -> StudySpec:
    """The study without the noise of its devices: what chips are held against."""
    return replace(spec, simulate=replace(spec.simulate, noise=False))


_shared: dict = {}
_designs: dict = {}
_lock = threading.RLock()


def _once(known: dict, key: object, make: Callable[[], Any]) -> Any:
    """What was made of this key before, or is now; only the last few stay in memory."""
    with _lock:
        if key not in known:
            while len(known) >= KEPT:
                del known[next(iter(known))]
            known[key] = make()
        return known[key]


def _share(spec: StudySpec, make: Callable[[StudySpec], Nominal]) -> Shared:
    nominal = make(without_noise(spec))
    library = Path(spec.circuit.cells) if spec.circuit.cells else None
    signals = tuple(probe.signal for probe in nominal.circuit.probes)
    taught = nominal.target(nominal.ideal.time)
    metrics = Metrics(spec.network, taught, nominal.ideal, spec.compare.floor, signals)
    return Shared(
        nominal.circuit, sites(nominal.circuit, spec.variation.variations, library), metrics, nominal.disturbed, library
    )
