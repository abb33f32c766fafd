"""Does a generator repeat its training data? Distances of its samples to the nearest of them.

Only for data sets of limited size: on endless data every sample is new. A data set is trained on as
a whole, so there is no held-out part to compare with; in its place stands each training image's
distance to the nearest *other* one, which has the distribution that an independent sample's would
have (but for one image of the data set). Nearest neighbours are in feature space.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from bench.metrics.discriminator import ranked
from bench.metrics.distances import distances
from bench.metrics.sample import Array, Instrument, Sample
from bench.registry import metric

GROUPS = 3
LEAST = 20
"""A cell counts in C_T from this many generated samples on."""
ROWS = 200
"""Rows of the matrix of distances that are in memory at once."""


@metric(
    better="higher",
    label="share of samples that are no copies  (AuthPct)",
    floor=0.0,
    ceiling=1.0,
    needs=("train",),
    final=True,
    also=(
        "memorization",
        "memorisation",
        "overfitting",
    ),
)
def authentic(real: Sample, fake: Sample, instrument: Instrument) -> float:
    """Share of generated samples that are not nearly a training sample, as AuthPct counts them.
    Such a sample is farther from its nearest training sample than that one is from its own nearest
    other. Alaa et al. 2022 (AuthPct, which is 100 times this).

    About 0.5 for new samples of the data's distribution, 0 for copies. Blind to copies that are
    perturbed beyond the spacing of the data, and to quality: garbage is authentic.
    """
    near, where = _nearest(instrument, fake)
    return float((near > _others(instrument)[where]).mean())


@metric(
    label="distance to the training data, generated / real",
    floor=0.0,
    needs=("train",),
    final=True,
    also=(
        "nearest neighbour",
        "nearest neighbor",
        "memorization",
        "memorisation",
    ),
)
def nn_ratio(real: Sample, fake: Sample, instrument: Instrument) -> float:
    """Median distance to the nearest training sample, generated / other training samples.
    A training sample's is to its nearest other. Near 1 for new samples, 0 for copies.

    Above 1 for anything that is not like the data. Blind to copies in a minority.
    """
    return float(np.median(_nearest(instrument, fake)[0]) / np.median(_others(instrument)))


@metric(
    label="copying, C_T  (below 0: nearer to the training data than real data are)",
    needs=("train",),
    final=True,
    also=(
        "memorization",
        "memorisation",
        "overfitting",
        "data copying",
    ),
)
def c_t(real: Sample, fake: Sample, instrument: Instrument) -> float:
    """Mann-Whitney z of the distances to the training data, generated against new samples.
    Distances are to the nearest training sample, in three cells of k-means, weighted by the data in
    the cell. Meehan et al. 2020.

    z = (U - m n / 2) / sqrt(m n (m + n + 1) / 12). Below -3: copies; above 3: underfitted. The sign
    is the paper's. Cells with fewer than 20 generated samples are left out. Blind to
    modes that are missing, and to copies in a minority.
    """
    cells, other = _cells(instrument)
    near, where = _nearest(instrument, fake)
    found = cells[where]
    used = [c for c in range(GROUPS) if (found == c).sum() >= LEAST and (cells == c).any()]
    if not used:
        raise ValueError(f"no cell has {LEAST} generated samples")
    weights = [(cells == c).sum() for c in used]
    z = [_z(near[found == c], other[cells == c]) for c in used]
    return float(np.average(z, weights=weights))


def _z(generated: Array, new: Array) -> float:
    m, n = len(generated), len(new)
    u = ranked(np.concatenate([generated, new]))[:m].sum() - m * (m + 1) / 2
    return float((u - m * n / 2) / np.sqrt(m * n * (m + n + 1) / 12))


@lru_cache(maxsize=1)
def _nearest(instrument: Instrument, fake: Sample) -> tuple[Array, Array]:
    """The distance to the nearest training sample [N], and its index [N]."""
    return _scan(instrument.space(fake), _train(instrument))


@lru_cache(maxsize=2)
def _others(instrument: Instrument) -> Array:
    """Distance of each training sample to its nearest other [M]."""
    return _scan(_train(instrument), _train(instrument), itself=True)[0]


@lru_cache(maxsize=2)
def _cells(instrument: Instrument) -> tuple[Array, Array]:
    """The cell of each training sample, and its distance to the nearest other. [M], [M]"""
    from sklearn.cluster import KMeans

    if len(np.unique(_train(instrument), axis=0)) < GROUPS:
        raise ValueError(f"the data have fewer than {GROUPS} different features")
    means = KMeans(GROUPS, n_init=5, random_state=0).fit(_train(instrument))
    return means.labels_, _others(instrument)


def _train(instrument: Instrument) -> Array:
    assert instrument.train is not None
    return instrument.train


def _scan(x: Array, train: Array, itself: bool = False) -> tuple[Array, Array]:
    near, where = np.empty(len(x)), np.empty(len(x), int)
    for start in range(0, len(x), ROWS):
        rows = slice(start, min(start + ROWS, len(x)))
        apart = distances(x[rows], train)
        if itself:
            apart[np.arange(len(apart)), np.arange(rows.start, rows.stop)] = np.inf
        where[rows] = apart.argmin(1)
        near[rows] = apart.min(1)
    return near, where
