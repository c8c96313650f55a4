"""A lot: the chips of one study and one way of drawing; shared parts are built once per process."""

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
from vle_analog.network import Traces
from vle_analog.network.stimuli import Stimulus
from vle_analog.study import StudySpec
from vle_analog.variation.chips import chip, deviations
from vle_analog.variation.draws import normals
from vle_analog.variation.metrics import Metrics
from vle_analog.variation.sites import Site, sites

MOST_POINTS = 501  # points of the time grid of metrics and traces
MOST_OF_A_KIND = 8  # kept traces of each kind in each population or projection
KEPT = 2  # lots whose shared parts are cached


@dataclass(frozen=True, eq=False)
class Nominal:
    """The study without variation.


    **Arguments:** its circuit, the ideal as reference of the chips, and the target; `disturbed`: the ideal with the
    noise of the circuit in its equations, for the same noise path.
    """

    circuit: Circuit
    ideal: Traces
    target: Stimulus
    disturbed: Callable[[Circuit], Traces]


@dataclass(frozen=True, eq=False)
class Lot:
    """The definition of the chips of a run; small, as it is sent to every worker.

    **Arguments:**

    - `spec`: the study, on the grid of the lot (see `on_grid`); how chips are drawn is in its `variation`.
    - `make`: function that builds the nominal circuit of a study; importable by name in other processes.
    - `total`: number of samples of the plan, where the sampling depends on it.
    - `traces`: traces are kept of the samples before this one.
    - `base`: 0, or the base of the Sobol design, which then replaces the sampling.
    """

    spec: StudySpec
    make: Callable[[StudySpec], Nominal]
    total: int | None = None
    traces: int = 0
    base: int = 0

    @property
    def key(self) -> str:
        """A digest of everything that the chips share."""
        parts = (self.spec.digest, self.spec.simulate.points, self.spec.variation.variations)
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    @property
    def shared(self) -> "Shared":
        """The shared parts of all chips, built once per process."""
        return _once(_shared, self.key, lambda: _share(self.spec, self.make))

    def draws(self, samples: Sequence[int]) -> np.ndarray:
        """Draw standard normals, shape `(sites, samples)`."""
        variation, sites = self.spec.variation, self.shared.sites
        if not self.base:
            return normals(sites, variation.seed, samples, variation.sampling, self.total)
        from vle_analog.variation.sensitivity import design

        key = (self.key, self.base, variation.seed)
        return _once(_designs, key, lambda: design(sites, self.base, variation.seed))[:, list(samples)]

    def deviations(self, z: np.ndarray) -> dict[tuple[str, str], np.ndarray]:
        """Compute the deviations of chips; `z` has the shape `(sites, samples)`."""
        shared = self.shared
        return deviations(shared.circuit, shared.sites, z, self.spec.variation.scale, shared.library)

    def chip(self, sample: int, z: np.ndarray) -> Circuit:
        """Build the circuit of one chip; `z` has the shape `(sites,)`. With noise, every chip has its own path."""
        shared, simulate = self.shared, self.spec.simulate
        made = chip(shared.circuit, shared.sites, z, self.spec.variation.scale, shared.library)
        if not simulate.noise:
            return made
        from vle_analog.noise.paths import with_noise

        return with_noise(made, self.spec.duration, simulate.noise_spacing, simulate.noise_seed, sample, shared.library)

    def quiet(self) -> "Lot":
        """Return the same chips without noise."""
        return replace(self, spec=without_noise(self.spec))


@dataclass(frozen=True, eq=False)
class Shared:
    """The nominal circuit, the sites of deviations, and the metrics."""

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
        """The groups of the sites, in their order."""
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
    """Return the study on a grid of at most the number of points used for chips."""
    return replace(spec, simulate=replace(spec.simulate, points=min(spec.simulate.points, MOST_POINTS)))


def without_noise(spec: StudySpec) -> StudySpec:
    """Return the study without device noise, the reference of chips."""
    return replace(spec, simulate=replace(spec.simulate, noise=False))


_shared: dict = {}
_designs: dict = {}
_lock = threading.RLock()


def _once(known: dict, key: object, make: Callable[[], Any]) -> Any:
    """Return a cached value for a key, or make and cache it; only the last few are kept."""
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
