"""Measures the dependence of a method on its hyper-parameters."""

from __future__ import annotations

import itertools
import math
from collections.abc import Hashable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from bench.analysis.statistics.bootstrap import percentiles
from bench.analysis.statistics.common import Interval

WORKS = 0.8
"""A configuration works when its rate of success over the seeds is at least this."""


class Share(NamedTuple):
    """A share of the configurations."""

    share: float
    """The share itself."""
    interval: Interval
    """Its interval."""


def share_that_works(
    configurations: Sequence[np.ndarray], seed: int, works: float = WORKS, reps: int = 1000
) -> Share:
    """Share of the configurations (arrays of 0 and 1, a seed each) whose rate of success is at
    least `works` (Lucic et al. 2018), configurations and their seeds resampled for the interval.
    Raises ValueError for none."""

    if not configurations or any(len(seeds) == 0 for seeds in configurations):
        raise ValueError("a configuration without runs cannot be resampled")
    n = np.array([len(seeds) for seeds in configurations])
    rates = np.array([float(np.mean(seeds)) for seeds in configurations])
    rng = np.random.default_rng(seed)
    chosen = rng.integers(0, len(n), (reps, len(n)))
    resampled = rng.binomial(n[chosen], rates[chosen]) / n[chosen]  # seeds inside: 0 or 1 each
    return Share(
        float(np.mean(rates >= works)), percentiles((resampled >= works).mean(axis=1).tolist())
    )


class Importance(NamedTuple):
    """Shares of the variance of a response over the configurations."""

    main: Mapping[str, float]
    """Share that each hyper-parameter explains alone."""
    pairs: Mapping[tuple[str, str], float]
    """Share that each pair explains beyond its two; empty unless the grid is full."""
    full_grid: bool
    """True where every combination of values was tried, equally often."""


def importance(settings: Mapping[str, Sequence[Hashable]], response: ArrayLike) -> Importance:
    """Find the hyper-parameter that decides: variance of the marginal means over the whole
    variance, as in functional ANOVA (Hutter et al. 2014), exact on a full balanced grid.

    `settings`: the value of each hyper-parameter in each trial [n]; `response` [n] is replaced by
    its ranks, so that failures (infinite) take part. Elsewhere (random search) values are taken
    together in up to 5 groups of equal size, and shares overlap: a share is then at least what
    chance gives, (groups - 1) / (n - 1). NaN where the response is constant.
    """
    ranks = stats.rankdata(np.asarray(response, dtype=float))
    levels = {name: _levels(values) for name, values in settings.items()}
    total = float(np.var(ranks))
    full = _is_full(list(levels.values()))
    if not total:
        return Importance(dict.fromkeys(levels, math.nan), {}, full)
    main = {name: _between(level, ranks) / total for name, level in levels.items()}
    pairs = {}
    for a, b in itertools.combinations(levels, 2) if full else ():
        # The pair as one factor, less the two alone: their interaction.
        both = levels[a] * (levels[b].max() + 1) + levels[b]
        pairs[a, b] = max(0.0, _between(both, ranks) / total - main[a] - main[b])
    return Importance(main, pairs, full)


def _levels(values: Sequence[Hashable], most: int = 5) -> np.ndarray:
    """The group of each value [n]: its place among the different values, or among `most` groups of
    equal size where there are more than 12 of them."""
    different, place = np.unique(np.asarray(values), return_inverse=True)
    if len(different) <= 12:
        return np.asarray(place)
    return np.asarray(np.minimum(stats.rankdata(place) * most / (len(place) + 1), most - 1), int)


def _is_full(levels: Sequence[np.ndarray]) -> bool:
    """True where every combination of levels is there, equally often."""
    _, counts = np.unique(np.stack(levels), axis=1, return_counts=True)
    cells = math.prod(int(level.max()) + 1 for level in levels)
    return len(counts) == cells and len(set(counts.tolist())) == 1


def _between(level: np.ndarray, response: np.ndarray) -> float:
    """Variance of the means of the groups, each weighted by its size."""
    sizes = np.bincount(level)
    means = np.bincount(level, response)[sizes > 0] / sizes[sizes > 0]
    return float(np.average((means - response.mean()) ** 2, weights=sizes[sizes > 0]))


def edf(values: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Empirical distribution over configurations (Radosavovic et al. 2019): the finite values in
    order, and the share of *all* configurations that are at most that."""
    y = np.sort(np.asarray(values, dtype=float))
    finite = y[np.isfinite(y)]
    return finite, np.arange(1, len(finite) + 1) / max(len(y), 1)
