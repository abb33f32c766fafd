"""Fidelity and diversity apart, by balls around samples that reach to their k-th neighbour.

Precision and recall: Kynkaanniemi et al. 2019 (k = 3). Density and coverage: Naeem et al. 2020
(k = 5), whose balls are those of the real samples only, so that a far-off sample cannot cover them.
The neighbour of a point is never the point itself; versions that count it are in circulation and
use k - 1. In the space of the task, brute force, once at the end of a trial.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from bench.metrics.distances import distances
from bench.metrics.sample import Array, Instrument, Sample
from bench.registry import metric

BALLS = 3
"""k of precision and recall."""
CELLS = 5
"""k of density and coverage."""


@metric(better="higher", label="precision", floor=0.0, ceiling=1.0, final=True, also=("PRDC",))
def precision(real: Sample, fake: Sample, instrument: Instrument) -> float:
    """Share of generated samples inside at least one ball of a real sample, k = 3.

    About 0.97 for a perfect sampler of the ring. Blind to missing modes and to copies: one good
    point gets 1. One far real sample makes a large ball, in which anything counts.
    """
    return float(
        (_apart(instrument, real, fake) <= _radii(instrument, real, BALLS)[:, None]).any(0).mean()
    )


@metric(better="higher", label="recall", floor=0.0, ceiling=1.0, final=True, also=("PRDC",))
def recall(real: Sample, fake: Sample, instrument: Instrument) -> float:
    """Share of real samples inside at least one ball of a generated sample, k = 3.

    Blind to quality: samples scattered far apart have large balls that hold all the data.
    """
    return float((_apart(instrument, real, fake) <= _radii(instrument, fake, BALLS)).any(1).mean())


@metric(better="higher", label="density", floor=0.0, final=True, also=("PRDC",))
def density(real: Sample, fake: Sample, instrument: Instrument) -> float:
    """Mean number of real balls (k = 5) around a generated sample, divided by k.

    1 in the mean for a perfect sampler, more for samples that keep to the densest places.
    Blind to missing modes.
    """
    inside = _apart(instrument, real, fake) <= _radii(instrument, real, CELLS)[:, None]
    return float(inside.sum() / (CELLS * len(fake)))


@metric(better="higher", label="coverage", floor=0.0, ceiling=1.0, final=True, also=("PRDC",))
def coverage(real: Sample, fake: Sample, instrument: Instrument) -> float:
    """Share of real balls (k = 5) that hold a generated sample.

    `expected_coverage` for a perfect sampler: 0.969 for equal counts, not 1. Blind to a minority of
    bad samples, and to the shares of the modes as long as each ball is hit.
    """
    inside = _apart(instrument, real, fake) <= _radii(instrument, real, CELLS)[:, None]
    return float(inside.any(1).mean())


def expected_coverage(n: int, k: int = CELLS) -> float:
    """Mean coverage of n real by n generated samples of the same distribution.

    1 - prod_{i < k} (n - 1 - i) / (2 n - 1 - i). Naeem et al. 2020, lemma 2.
    """
    i = np.arange(k)
    return float(1 - np.prod((n - 1 - i) / (2 * n - 1 - i)))


def radii(x: Array, k: int) -> Array:
    """Distance of each point [n, d] to its k-th nearest other point [n]. Raises ValueError for
    k points or fewer."""
    if len(x) <= k:
        raise ValueError(f"needs more than {k} samples, got {len(x)}")
    return np.partition(distances(x, x), k, axis=1)[:, k]  # place 0 is the point itself


@lru_cache(maxsize=4)
def _radii(instrument: Instrument, sample: Sample, k: int) -> Array:
    return radii(instrument.space(sample), k)


@lru_cache(maxsize=1)
def _apart(instrument: Instrument, real: Sample, fake: Sample) -> Array:
    return distances(instrument.space(real), instrument.space(fake))
