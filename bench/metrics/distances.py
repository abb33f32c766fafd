"""Distances between two sets of samples: kernel, energy, Wasserstein.

All are taken in the space of the task (`Instrument.space`): coordinates of mixtures, features of
images.
They are slower than the Fréchet proxy and weaker on faults inside a mode, so they are measured
once, at the end of a trial.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bench.metrics.sample import Array, Instrument, Sample
from bench.registry import metric

PROJECTIONS = 64
EXACT = 500
"""Samples of the exact Wasserstein distance: 20 ms, and the cost grows with the cube."""


@metric(
    better="lower",
    label="maximum mean discrepancy",
    final=True,
    also=("maximum mean discrepancy", "KID", "kernel distance"),
)
def mmd(real: Sample, fake: Sample, instrument: Instrument) -> float:
    """Squared maximum mean discrepancy, unbiased; it may come out below 0.

    sum_{i != j} k(x_i, x_j) / (m (m - 1)) + the same of y - 2 sum_ij k(x_i, y_j) / (m n).
    In 2-D k is the mean of exp(-|x - y|^2 / (2 s^2)) over the bandwidths of the instrument; on
    features the cubic kernel (x.y / d + 1)^3, the formula of KID (Binkowski et al. 2018), which it
    is not called, as the features are not Inception's. The sum with i = j in it is in circulation:
    it is above 0 for equal distributions.
    Blind to faults much finer than its least bandwidth (sigma twice too wide is 3 of its standard
    deviations away at N = 500, where the Fréchet proxy has 33), and to what features do not see.
    """
    x, y = instrument.space(real), instrument.space(fake)
    if min(len(x), len(y)) < 2:
        raise ValueError("needs two samples of each")
    if instrument.bandwidths is None:
        return unbiased(cubic(x, x), cubic(y, y), cubic(x, y))
    widths = instrument.bandwidths
    return unbiased(gaussian(x, x, widths), gaussian(y, y, widths), gaussian(x, y, widths))


@metric(better="lower", label="energy distance", final=True, also=("energy distance",))
def energy(real: Sample, fake: Sample, instrument: Instrument) -> float:
    """Energy distance 2 E|X - Y| - E|X - X'| - E|Y - Y'|, without the pairs of a point with itself.

    Szekely & Rizzo 2013. Unbiased; it may come out below 0.
    Blind to most errors inside a mode: at N = 2500 sigma twice too wide is lost in its noise.
    """
    x, y = instrument.space(real), instrument.space(fake)
    if min(len(x), len(y)) < 2:
        raise ValueError("needs two samples of each")
    return -unbiased(distances(x, x), distances(y, y), distances(x, y))


@metric(
    better="lower",
    label="sliced Wasserstein distance",
    floor=0.0,
    final=True,
    also=("sliced Wasserstein", "SWD"),
)
def sliced_w2(real: Sample, fake: Sample, instrument: Instrument) -> float:
    """Root of the mean, over 64 fixed directions, of the squared 1-D Wasserstein-2 distance.

    Rabin et al. 2011. Of sorted projections; unequal counts are cut to the smaller.
    Biased upward (0.1 to 0.2 for real samples): compare it at equal N. Blind to errors inside a
    mode, which are less than the noise of how many samples each mode got.
    """
    x, y = instrument.space(real), instrument.space(fake)
    n = min(len(x), len(y))
    to = directions(x.shape[1])
    apart = np.sort(x[:n] @ to, axis=0) - np.sort(y[:n] @ to, axis=0)
    return float(np.sqrt((apart**2).mean()))


@metric(
    better="lower",
    label="Wasserstein distance",
    floor=0.0,
    final=True,
    most=EXACT,
    also=("Wasserstein distance", "earth mover's distance", "EMD"),
)
def w2(real: Sample, fake: Sample, instrument: Instrument) -> float:
    """Exact Wasserstein-2 distance of 500 samples, from their best matching.
    The root of the mean squared distance of matched samples. Equal counts; the larger set is cut.
    Its floor is high and mostly chance: how many samples each mode got (squared 0.13 to 0.24 on
    the ring). Blind to widths, contamination and small shifts, which are below that.
    """
    from scipy.optimize import linear_sum_assignment

    x, y = instrument.space(real), instrument.space(fake)
    n = min(len(x), len(y), EXACT)
    costs = squared(x[:n], y[:n])
    return float(np.sqrt(costs[linear_sum_assignment(costs)].mean()))


def directions(dim: int) -> Array:
    """The 64 fixed unit vectors [dim, 64] of the sliced distance."""
    drawn = np.random.default_rng(7).normal(size=(dim, PROJECTIONS))
    found: Array = drawn / np.linalg.norm(drawn, axis=0)
    return found


def unbiased(xx: Array, yy: Array, xy: Array) -> float:
    """Mean of xx [m, m] and of yy [n, n] off their diagonals, less twice the mean of xy [m, n]."""
    return _off_diagonal(xx) + _off_diagonal(yy) - 2 * float(xy.mean())


def cubic(x: Array, y: Array) -> Array:
    """(x.y / d + 1)^3 of [m, d] and [n, d] -> [m, n]."""
    found: Array = (x @ y.T / x.shape[1] + 1) ** 3
    return found


def gaussian(x: Array, y: Array, bandwidths: Sequence[float]) -> Array:
    """Mean over the bandwidths s of exp(-|x - y|^2 / (2 s^2)) -> [m, n]."""
    apart, total = squared(x, y), np.zeros((len(x), len(y)))
    for s in bandwidths:
        total += np.exp(apart / (-2 * s**2))
    return total / len(bandwidths)


def distances(x: Array, y: Array) -> Array:
    """Euclidean distances [m, n] of [m, d] and [n, d]."""
    return np.sqrt(squared(x, y))


def squared(x: Array, y: Array) -> Array:
    """Squared distances [m, n]. By differences in few dimensions, where |x|^2 + |y|^2 - 2 x.y
    would lose the distance of near points far from the origin."""
    from scipy.spatial.distance import cdist

    if x.shape[1] <= 8:
        near: Array = cdist(x, y, "sqeuclidean")
        return near
    found = (x**2).sum(1)[:, None] + (y**2).sum(1) - 2 * x @ y.T
    above: Array = np.maximum(found, 0.0)
    return above


def _off_diagonal(values: Array) -> float:
    n = len(values)
    return float((values.sum() - np.trace(values)) / (n * (n - 1)))
