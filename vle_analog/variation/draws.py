"""Standard normal numbers for every site and sample, independent of the order and grouping of requests."""

import hashlib
import math
from collections.abc import Sequence
from functools import lru_cache
from operator import index

import numpy as np

from vle_analog.errors import InputError, Problem
from vle_analog.variation.sites import Site

SAMPLINGS = ("random", "latin", "sobol")
WHERE = "variation.sampling"
BLOCK = 4  # 64-bit numbers per step of Philox' counter
LAST = 2**53  # samples
GAP = 4096  # samples: a shorter gap is drawn through rather than skipped
SOBOL_BITS = 30
SOBOL_LIMIT = 21201  # dimensions of the direction numbers of Joe and Kuo, SIAM J. Sci. Comput. 30 (2008)


def normals(
    sites: Sequence[Site], seed: int, samples: Sequence[int], sampling: str = "random", total: int | None = None
) -> np.ndarray:
    """Draw standard normal numbers, shape (sites, samples).

    - `random`: the number of a site in a sample depends on seed, sample, path and parameter only. Every site has a
      stream of its own (Philox; Salmon et al., SC 2011), whose k-th number belongs to sample k: no number changes where
      sites or samples are added, or the work is divided.
    - `latin`: over `total` samples every site draws from each of `total` equally likely intervals once (McKay, Beckman
      and Conover, Technometrics 21, 1979). Stable where sites are added; for one `total` only.
    - `sobol`: a scrambled Sobol sequence (Owen, J. Complexity 14, 1998) of `total` points, a power of two; dimension k
      is the k-th site, so that any other set of sites gives other numbers. At most 21201 sites.

    **Arguments:** `seed`: an integer. `samples`: their numbers, from 0. `total`: samples of the whole plan, which
    `latin` and `sobol` need.

    **Raises:** `InputError` for an invalid seed or sample, and for a plan that is not possible.
    """
    seed = _integer(seed, "variation.seed")
    numbers = [_integer(sample, "sample") for sample in samples]
    _check(len(sites), numbers, sampling, total)
    wanted = np.array(numbers, dtype=np.int64)
    if not len(sites) or not len(wanted):
        return np.zeros((len(sites), len(wanted)))
    if sampling == "sobol":
        return _normal(_sobol(len(sites), seed, wanted))
    uniform = _uniform(sites, seed, wanted)
    if sampling == "latin" and total is not None:
        uniform = (np.stack([_intervals(seed, site, total)[wanted] for site in sites]) + uniform) / total
    return _normal(uniform)


@lru_cache(maxsize=2**17)  # cached, as every chunk needs it for every site
def _key(*parts: object) -> np.ndarray:
    """Return the 128-bit key of a seed and a site."""
    text = "\n".join(map(str, parts))
    return np.frombuffer(hashlib.sha256(text.encode()).digest()[:16], dtype="<u8")


def _uniform(sites: Sequence[Site], seed: int, samples: np.ndarray) -> np.ndarray:
    """Draw numbers between 0 and 1, both excluded: midpoints of 2^53 intervals; shape (sites, samples)."""
    runs = _runs(np.unique(samples))
    places = np.concatenate([np.arange(first, last) for first, last in runs])
    words = np.empty((len(sites), len(places)), np.uint64)
    stream = np.random.Philox(key=0)  # one generator that is repositioned is several times faster than one per site
    state = stream.state
    for row, site in zip(words, sites, strict=True):
        key, filled = _key(seed, site.path, site.parameter), 0
        for first, last in runs:
            step, skip = divmod(first, BLOCK)
            state["state"] = {"counter": np.array([step, 0, 0, 0], np.uint64), "key": key}
            stream.state = state
            row[filled : filled + last - first] = stream.random_raw(skip + last - first)[skip:]
            filled += last - first
    chosen = words[:, np.searchsorted(places, samples)]
    return ((chosen >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53


def _runs(samples: np.ndarray) -> list[tuple[int, int]]:
    """Return ranges (first, last + 1) that cover all of these sorted samples."""
    cuts = np.flatnonzero(np.diff(samples) > GAP) + 1
    return [(int(part[0]), int(part[-1]) + 1) for part in np.split(samples, cuts)]


def _intervals(seed: int, site: Site, total: int) -> np.ndarray:
    """Return the interval of every sample at a site; sites are independent of each other."""
    key = _key("latin", seed, site.path, site.parameter)
    return np.random.Generator(np.random.Philox(key=key)).permutation(total)


def _sobol(dimensions: int, seed: int, samples: np.ndarray) -> np.ndarray:
    from scipy.stats import qmc

    first, last = int(samples.min()), int(samples.max()) + 1
    sequence = qmc.Sobol(dimensions, scramble=True, bits=SOBOL_BITS, rng=np.random.default_rng(seed))
    if first:
        sequence.fast_forward(first)
    points = sequence.random(1)  # suppressed: SciPy warns where a part of a sequence does not begin at a power of two
    if last - first > 1:
        points = np.concatenate([points, sequence.random(last - first - 1)])
    return points[samples - first].T + 0.5 * 2.0**-SOBOL_BITS


def _normal(uniform: np.ndarray) -> np.ndarray:
    """Transform uniform to standard normal numbers by the inverse distribution function."""
    from scipy.special import ndtri

    return ndtri(uniform)


def _integer(value: object, where: str) -> int:
    try:
        if isinstance(value, bool):
            raise TypeError
        return index(value)  # type: ignore[arg-type] - refused where it is none
    except TypeError:
        raise InputError(Problem("not an integer", where, got=repr(value), expected="an integer")) from None


def _check(dimensions: int, samples: Sequence[int], sampling: str, total: int | None) -> None:
    """Check a sampling plan.


    **Raises:** `InputError` where the plan is not possible.
    """
    if sampling not in SAMPLINGS:
        raise InputError(Problem("unknown sampling", WHERE, got=repr(sampling), expected=" | ".join(SAMPLINGS)))
    if samples and not 0 <= min(samples) <= max(samples) < LAST:
        bad = min(samples) if min(samples) < 0 else max(samples)
        raise InputError(Problem("samples are numbered from 0", "sample", got=str(bad), expected=f"0 to {LAST - 1}"))
    if sampling == "random":
        return
    if total is None or _integer(total, "variation.samples") < 1:
        raise InputError(
            Problem(
                f"{sampling} sampling needs the total number of samples",
                "variation.samples",
                got=str(total),
                expected="a positive number",
                hint='sampling = "random" needs no total',
            )
        )
    if samples and max(samples) >= total:
        raise InputError(Problem("a sample beyond the plan", "sample", got=str(max(samples)), expected=f"< {total}"))
    if sampling == "sobol" and (total & (total - 1) or total > 2**SOBOL_BITS):
        near = 2 ** min(round(math.log2(total)), SOBOL_BITS)
        raise InputError(
            Problem(
                "a Sobol sequence is balanced for powers of two only",
                "variation.samples",
                got=str(total),
                expected=f"a power of two, such as {near}",
            )
        )
    if sampling == "sobol" and dimensions > SOBOL_LIMIT:
        raise InputError(
            Problem(
                "more deviations than a Sobol sequence has dimensions",
                WHERE,
                got=str(dimensions),
                expected=f"at most {SOBOL_LIMIT}",
                hint='sampling = "random" or "latin"',
            )
        )
