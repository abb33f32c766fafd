"""Diversity of the generated samples by themselves, whatever their quality."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from bench.metrics.distances import gaussian
from bench.metrics.sample import Array, Instrument, Sample
from bench.registry import metric

LOOKED_AT = 100
"""Points of a 2-D sample that are looked at: eigenvalues of a [100, 100] kernel take 1 ms, and the
score is taken along training."""


@metric(
    better="higher",
    label="effective number of samples, generated / real",
    floor=0.0,
    also=("Vendi score", "diversity"),
)
def vendi(real: Sample, fake: Sample, instrument: Instrument) -> float:
    """Vendi score / that of the real sample. Friedman & Dieng 2023, q = 1.

    exp(-sum l log l), l the eigenvalues of K / n: the effective number of different samples. K is
    the Gaussian kernel with half the distance between modes as its bandwidth (2-D, 100 points), or
    the cosine similarity of the features, whose eigenvalues are those of the small X^T X / n. 1 /
    (the real score) for a single point.
    Blind to quality: noise is diverse and gets more than 1.
    """
    return effective(instrument, fake) / _real(instrument)


def effective(instrument: Instrument, sample: Sample) -> float:
    """The Vendi score itself: between 1 and the number of samples."""
    values = np.linalg.eigvalsh(_kernel(instrument, sample))
    values = values[values > 1e-12]
    return float(np.exp(-(values * np.log(values)).sum()))


@lru_cache(maxsize=8)
def _real(instrument: Instrument) -> float:
    return effective(instrument, instrument.real)


def _kernel(instrument: Instrument, sample: Sample) -> Array:
    x = instrument.space(sample)
    if instrument.bandwidths is not None:
        x = x[:LOOKED_AT]
        return gaussian(x, x, instrument.bandwidths[1:2]) / len(x)
    norms = np.linalg.norm(x, axis=1, keepdims=True)
    x = x / np.maximum(norms, 1e-12)
    kernel: Array = x.T @ x / len(x) if len(x) > x.shape[1] else x @ x.T / len(x)
    return kernel
