"""Does a generator repeat its training data? Distances of its samples to the nearest of them.

Only for data sets of limited size: on endless data every sample is new. A data set is trained on as
a whole, so there is no held-out part to compare with; in its place stands each training image's
distance to the nearest *other* one, which has the distribution that an independent sample's would
have (but for one image of the data set). Nearest neighbours are in feature space.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from bench.metrics.distances import distances
from bench.metrics.sample import Array, Facts, Sample
from bench.registry import metric

GROUPS = 3
LEAST = 20
"""A cell counts in C_T from this many generated samples on."""
ROWS = 200
"""Rows of the matrix of distances that are in memory at once."""


@metric(better="higher", needs=("train",), final=True)
def authentic(real: Sample, fake: Sample, facts: Facts) -> float:
    """Share of generated samples that are farther from their nearest training sample than that one
    is from its own nearest other. Alaa et al. 2022 (AuthPct, which is 100 times this).

    About 0.5 for new samples of the data's distribution, 0 for copies. Blind to copies that are
    perturbed beyond the spacing of the data, and to quality: garbage is authentic.
    """
    near, where = _nearest(facts, fake)
    return float((near > _others(facts)[where]).mean())


@metric(better="higher", needs=("train",), final=True)
def nn_ratio(real: Sample, fake: Sample, facts: Facts) -> float:
    """Median distance of a generated sample to its nearest training sample / the same of a training
    sample to its nearest other. Near 1 for new samples, 0 for copies.

    Blind to copies in a minority, and above 1 for anything that is not like the data.
    """
    return float(np.median(_nearest(facts, fake)[0]) / np.median(_others(facts)))


@metric(better="higher", needs=("train",), final=True)
def c_t(real: Sample, fake: Sample, facts: Facts) -> float:
    """Mann-Whitney z of the distances to the nearest training sample, generated against new ones,
    in three cells of k-means, weighted by the data in the cell. Meehan et al. 2020.

    z = (U - m n / 2) / sqrt(m n (m + n + 1) / 12). Below -3: copies; above 3: underfitted. The sign
    is the paper's. Cells with fewer than 20 generated samples are left out, and they are missing
    modes. Blind to these, and to copies in a minority.
    """
    cells, other = _cells(facts)
    near, where = _nearest(facts, fake)
    found = cells[where]
    used = [c for c in range(GROUPS) if (found == c).sum() >= LEAST and (cells == c).any()]
    if not used:
        raise ValueError(f"no cell has {LEAST} generated samples")
    weights = [(cells == c).sum() for c in used]
    z = [_z(near[found == c], other[cells == c]) for c in used]
    return float(np.average(z, weights=weights))


def _z(generated: Array, new: Array) -> float:
    from scipy.stats import rankdata

    m, n = len(generated), len(new)
    u = rankdata(np.concatenate([generated, new]))[:m].sum() - m * (m + 1) / 2
    return float((u - m * n / 2) / np.sqrt(m * n * (m + n + 1) / 12))


@lru_cache(maxsize=1)
def _nearest(facts: Facts, fake: Sample) -> tuple[Array, Array]:
    """Distance to the nearest training sample, and which it is. [N], [N]"""
    return _scan(facts.space(fake), _train(facts))


@lru_cache(maxsize=2)
def _others(facts: Facts) -> Array:
    """Distance of each training sample to its nearest other [M]."""
    return _scan(_train(facts), _train(facts), itself=True)[0]


@lru_cache(maxsize=2)
def _cells(facts: Facts) -> tuple[Array, Array]:
    """The cell of each training sample, and its distance to the nearest other. [M], [M]"""
    from sklearn.cluster import KMeans

    if len(np.unique(_train(facts), axis=0)) < GROUPS:
        raise ValueError(f"the data have fewer than {GROUPS} different features")
    means = KMeans(GROUPS, n_init=5, random_state=0).fit(_train(facts))
    return means.labels_, _others(facts)


def _train(facts: Facts) -> Array:
    assert facts.train is not None
    return facts.train


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
