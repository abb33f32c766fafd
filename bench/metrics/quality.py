"""Distances between the generated and the real distribution, and signs of collapse or escape."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from bench.metrics.frechet import frechet
from bench.metrics.sample import Array, Instrument, Sample
from bench.registry import metric


@metric(
    better="higher", label="share of pairs of one class", floor=0.0, ceiling=1.0, needs=("agree",)
)
def agreement(real: Sample, fake: Sample, instrument: Instrument) -> float:
    """Share of pairs whose two images the stored classifier puts into one class.

    Pairs that have nothing to do with each other agree by chance, sum_k w_k^2 for classes of shares
    w (0.1 for ten equal ones). Liu & Tuzel 2016 count equal pixels instead, of which small digits
    have many by chance. Blind to differences within a class, and where a classifier errs twice.
    """
    assert fake.agree is not None
    return float(fake.agree.mean())


@metric(
    better="lower",
    label="Fréchet distance of the proxy's features",
    floor=0.0,
    also=("Frechet distance", "FID", "Frechet inception distance"),
)
def fd(real: Sample, fake: Sample, instrument: Instrument) -> float:
    """Fréchet distance of the features of the samples to those of the real data.
    The features are a proxy, which `instrument.proxy` names. No Inception network is involved, and
    it is not FID.

    |m1 - m2|^2 + tr S1 + tr S2 - 2 tr (S1^1/2 S2 S1^1/2)^1/2 (Heusel et al. 2017, with features of
    their own). Biased upward as 1 / N: compare it at equal N, and with the floor.
    Blind to what the features do not see, and to all but mean and covariance of what they see.
    """
    return _distance(instrument, fake)


@metric(better="lower", label="distance q  (0: real data, 1: one broad Gaussian)")
def q(real: Sample, fake: Sample, instrument: Instrument) -> float:
    """ln(FD / floor) / ln(ceiling / floor) of the Fréchet distance FD, named `fd`.
    The floor is what two sets of real samples give, the ceiling what one Gaussian with the moments
    of the data gives. 0: not to be told from real samples (small negative values are luck); 1: as
    bad as that Gaussian; above 1: worse.

    Ours. A logarithm, because FD spans two to three decades. Near 0 it is mostly noise (0.06 at N =
    1000). Missing for other counts than `instrument.n` samples, where the data are Gaussian to the
    proxy (see `Instrument.q_missing`), and for an FD of 0: the samples are then those of the
    reference. Blind where FD is.
    """
    reason, ceiling = instrument.q_missing, instrument.ceiling
    if reason or ceiling is None:
        raise ValueError(reason)
    if len(fake) != instrument.n:
        raise ValueError(f"q needs {instrument.n} samples, got {len(fake)}")
    distance = _distance(instrument, fake)
    if distance <= instrument.rounding:
        raise ValueError(f"{instrument.proxy} is 0 but for rounding: it has no logarithm")
    return float(np.log(distance / instrument.floor) / np.log(ceiling / instrument.floor))


@metric(
    label="mean distance of two samples, generated / real",
    floor=0.0,
    also=(
        "pairwise distance",
        "LPIPS",
        "MS-SSIM",
        "diversity",
    ),
)
def pairwise_ratio(real: Sample, fake: Sample, instrument: Instrument) -> float:
    """Mean Euclidean distance of (up to 500) disjoint pairs of samples / the same for real ones.

    The cheapest detector of collapse: 0 when all samples are equal, about 1 for real samples.
    Blind to quality: noise that is too broad gets more than 1.
    """
    return float(_pairwise(fake.points) / _real_pairs(real))


@metric(better="lower", label="share of samples far outside the data", floor=0.0, ceiling=1.0)
def outside(real: Sample, fake: Sample, instrument: Instrument) -> float:
    """Share of samples farther from the mean of the data than 3 times the farthest real point.

    A sign of divergence. Blind inside of that radius, and for generators that end in a tanh.
    """
    offsets = (fake.points - instrument.centre).reshape(len(fake), -1)
    return float((np.linalg.norm(offsets, axis=1) > 3 * instrument.radius).mean())


@metric(
    better="higher",
    label="mean confidence of the classifier",
    floor=0.0,
    ceiling=1.0,
    needs=("confidence",),
    also=(
        "IS",
        "inception score",
        "classifier confidence",
    ),
)
def confidence(real: Sample, fake: Sample, instrument: Instrument) -> float:
    """Mean of the largest class probability that the stored classifier gives.

    Near that of real images for images that look like one class. To be read beside `modes`, as
    noise falls into classes too, and a classifier can be sure and wrong. Blind to diversity.
    """
    assert fake.confidence is not None
    return float(fake.confidence.mean())


@lru_cache(maxsize=1)
def _distance(instrument: Instrument, fake: Sample) -> float:
    """The proxy of one sample, for `fd` and `q` together: most of the time of a measurement."""
    return frechet(instrument.moments, fake.features)


@lru_cache(maxsize=4)
def _real_pairs(real: Sample) -> float:
    return float(_pairwise(real.points))


def _pairwise(points: Array) -> np.float64:
    """Mean distance of the two samples of each of up to 500 pairs."""
    flat = points.reshape(len(points), -1)[:1000].astype(np.float64)
    half = len(flat) // 2
    if half == 0:
        raise ValueError("a pair needs two samples")
    mean: np.float64 = np.linalg.norm(flat[:half] - flat[half : 2 * half], axis=1).mean()
    return mean
