"""Distances between the generated and the real distribution, and signs of collapse or escape."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from bench.metrics.frechet import frechet
from bench.metrics.sample import Array, Facts, Sample
from bench.registry import metric


@metric(better="lower")
def fd(real: Sample, fake: Sample, facts: Facts) -> float:
    """Fréchet distance of the features to those of the real data; `facts.proxy` names them.

    |m1 - m2|^2 + tr S1 + tr S2 - 2 tr (S1^1/2 S2 S1^1/2)^1/2 (Heusel et al. 2017, with features of
    their own: a proxy, not FID). Biased upward as 1 / N: compare it at equal N, and with the floor.
    Blind to what the features do not see, and to all but mean and covariance of what they see.
    """
    return _distance(facts, fake)


@metric(better="lower")
def q(real: Sample, fake: Sample, facts: Facts) -> float:
    """ln(FD / floor) / ln(ceiling / floor), with `facts.n` samples; missing for other counts.

    Ours. 0: not to be told from real samples (small negative values are luck), 1: as bad as one
    Gaussian with the right mean and covariance, above 1: worse. A logarithm, because FD spans two
    to three decades. Blind where FD is; near 0 it is mostly noise (0.06 at N = 1000). Missing where
    the data are Gaussian to the proxy (see `Facts.q_missing`), and for an FD of 0: the samples are
    then those of the reference.
    """
    reason, ceiling = facts.q_missing, facts.ceiling
    if reason or ceiling is None:
        raise ValueError(reason)
    if len(fake) != facts.n:
        raise ValueError(f"q needs {facts.n} samples, got {len(fake)}")
    distance = _distance(facts, fake)
    if distance <= facts.rounding:
        raise ValueError(f"{facts.proxy} is 0 but for rounding: it has no logarithm")
    return float(np.log(distance / facts.floor) / np.log(ceiling / facts.floor))


@metric(better="higher")
def pairwise_ratio(real: Sample, fake: Sample, facts: Facts) -> float:
    """Mean Euclidean distance of (up to 500) disjoint pairs of samples / the same for real ones.

    The cheapest detector of collapse: 0 when all samples are equal, about 1 for real samples.
    Blind to quality: noise that is too broad gets more than 1.
    """
    return float(_pairwise(fake.points) / _real_pairs(real))


@metric(better="lower")
def outside(real: Sample, fake: Sample, facts: Facts) -> float:
    """Share of samples farther from the mean of the data than 3 times the farthest real point.

    A sign of divergence. Blind inside of that radius, and for generators that end in a tanh.
    """
    offsets = (fake.points - facts.centre).reshape(len(fake), -1)
    return float((np.linalg.norm(offsets, axis=1) > 3 * facts.radius).mean())


@metric(better="higher", needs=("confidence",))
def confidence(real: Sample, fake: Sample, facts: Facts) -> float:
    """Mean of the largest class probability that the stored classifier gives.

    Near that of real images for images that look like one class. To be read beside `modes`, as
    noise falls into classes too. Blind to diversity, and a classifier can be sure and wrong.
    """
    assert fake.confidence is not None
    return float(fake.confidence.mean())


@lru_cache(maxsize=1)
def _distance(facts: Facts, fake: Sample) -> float:
    """Of one sample, for `fd` and `q` together: it is most of the time of a measurement."""
    return frechet(facts.moments, fake.features)


@lru_cache(maxsize=4)
def _real_pairs(real: Sample) -> float:
    return float(_pairwise(real.points))


def _pairwise(points: Array) -> Array:
    flat = points.reshape(len(points), -1)[:1000].astype(np.float64)
    half = len(flat) // 2
    if half == 0:
        raise ValueError("a pair needs two samples")
    return np.linalg.norm(flat[:half] - flat[half : 2 * half], axis=1).mean()
