"""The Fréchet distance between two Gaussians fitted to features, stable for any rank.

    FD = |m1 - m2|^2 + tr S1 + tr S2 - 2 tr (S1^1/2 S2 S1^1/2)^1/2

Dowson & Landau 1982; Heusel et al. 2017 on Inception features, where it is called FID. Public
trackers hold the versions that take `scipy.linalg.sqrtm` of the product S1 S2: they return complex
numbers or NaN as soon as one covariance is singular, that is for few samples and for a collapsed
generator. Symmetric eigenvalues, clipped at zero, have no such case.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Moments:
    """The first two moments of a set of features; `root` is computed once."""

    mean: Array
    """The mean [d]."""
    covariance: Array
    """The unbiased covariance [d, d]."""

    @cached_property
    def root(self) -> Array:
        """The symmetric square root S^1/2 [d, d]; eigenvalues below zero are rounding."""
        values, vectors = np.linalg.eigh(self.covariance)
        root: Array = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
        return root


def moments(*batches: Array) -> Moments:
    """Moments of the features [N, d] in all batches together, in float64 (divisor N - 1).

    Float32 loses three to four digits in a covariance. Raises ValueError for fewer than two
    samples: one sample has no covariance.
    """
    count = sum(len(batch) for batch in batches)
    if count < 2:
        raise ValueError(f"moments need at least 2 samples, got {count}")
    mean = sum(batch.sum(0, dtype=np.float64) for batch in batches) / count
    centred = (batch.astype(np.float64, copy=False) - mean for batch in batches)
    return Moments(mean, sum(batch.T @ batch for batch in centred) / (count - 1))


def frechet(real: Moments, features: Array) -> float:
    """Fréchet distance of features [N, d] to the real moments.

    With independent samples of size N of the same d-dimensional Gaussian its mean is not 0 but
    about d (d + 5) / (2 N), against exact moments half of that: compare values only at equal N,
    and with the floor. Raises ValueError for fewer than two samples.
    """
    n, d = features.shape
    if n < d:
        return _thin(real, features)
    fake = moments(features)
    product = real.root @ fake.covariance @ real.root
    cross = np.sqrt(np.maximum(np.linalg.eigvalsh((product + product.T) / 2), 0.0)).sum()
    return _distance(real, fake.mean, np.trace(fake.covariance), cross)


def _thin(real: Moments, features: Array) -> float:
    """The same with fewer samples than dimensions: the cross term is the nuclear norm of
    Xc S1^1/2 / sqrt(n - 1), an [n, d] matrix, exact where the covariance has rank below n."""
    n = len(features)
    if n < 2:
        raise ValueError(f"moments need at least 2 samples, got {n}")
    mean = features.mean(0, dtype=np.float64)
    thin = (features - mean) / np.sqrt(n - 1)
    cross = np.linalg.svd(thin @ real.root, compute_uv=False).sum()
    return _distance(real, mean, (thin**2).sum(), cross)


def _distance(real: Moments, mean: Array, trace: Any, cross: Any) -> float:
    shift = ((real.mean - mean) ** 2).sum()
    found = float(shift + np.trace(real.covariance) + trace - 2 * cross)
    return 0.0 if found < 0 else found  # rounding, of equal moments
