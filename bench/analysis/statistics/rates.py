"""Computes rates of success with their intervals, and differences of two."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from bench.analysis.statistics.bootstrap import REPS, percentiles
from bench.analysis.statistics.common import LEVEL, Interval

_EXACT_TABLES = 4000
"""Number of pairs of counts up to which Boschloo's test takes well under a second."""


class RateDifference(NamedTuple):
    """The difference of two rates."""

    difference: float
    """The first rate minus the second."""
    interval: Interval
    """Interval of the difference."""
    p: float
    """Two-sided p-value against equal rates."""


def wilson(k: int, n: int, level: float = LEVEL) -> Interval:
    """Wilson's score interval for a rate of k successes in n trials (Brown, Cai and DasGupta 2001).

    [0, 1] for no trials: nothing is known. Raises ValueError unless 0 <= k <= n.
    """
    return _interval(k, n, level, "wilson")


def clopper_pearson(k: int, n: int, level: float = LEVEL) -> Interval:
    """The exact interval for a rate (Clopper and Pearson 1934): it covers at least `level`, and is
    wider than Wilson's. [0, 1] for no trials. Raises ValueError unless 0 <= k <= n."""
    return _interval(k, n, level, "exact")


@lru_cache(maxsize=4096)
def _interval(k: int, n: int, level: float, method: Literal["wilson", "exact"]) -> Interval:
    if not 0 <= k <= n:
        raise ValueError(f"{k} successes in {n} trials: give from 0 to {n}")
    if n == 0:
        return Interval(0.0, 1.0)
    interval = stats.binomtest(int(k), int(n)).proportion_ci(level, method=method)
    return Interval(float(interval.low), float(interval.high))


def rate_interval(hits: ArrayLike, seeds: ArrayLike, level: float = LEVEL) -> Interval:
    """Interval of the rate of success of trials of which `hits` [n] succeeded, of `seeds` [n]:
    Wilson's where every trial has a seed of its own, else `over_grid`."""
    hit, seed = np.asarray(hits, dtype=bool), np.asarray(seeds)
    if len(np.unique(seed)) == len(seed):
        return wilson(int(hit.sum()), len(hit), level)
    return over_grid(hit, seed, level)


def over_grid(
    hits: ArrayLike, seeds: ArrayLike, level: float = LEVEL, reps: int = REPS
) -> Interval:
    """Interval of the mean rate of success over a fixed grid of settings, each tried with several
    seeds: `hits` [n] whether a trial succeeded, `seeds` [n] its seed.

    The interval says what other seeds would give on this grid, and nothing of other settings. It is
    a percentile bootstrap with a fixed seed: the seeds are resampled, each with all of its trials,
    because trials of one seed share their start and are not independent. With fewer than about
    eight seeds it is too narrow.

    Where all seeds have the same rate r there is nothing to resample. Wilson's bound u on the share
    of seeds that are unlike all of these then gives [r (1 - u), r (1 - u) + u], since such a seed
    may have any rate. For no success at all that is Wilson's interval for the seeds. [0, 1] for no
    trials.
    """
    _, seed = np.unique(np.asarray(seeds), return_inverse=True)
    if not len(seed):
        return Interval(0.0, 1.0)
    return of_clusters(
        np.bincount(seed, np.asarray(hits, dtype=float)), np.bincount(seed), level, reps
    )


def of_clusters(
    successes: np.ndarray, trials: np.ndarray, level: float = LEVEL, reps: int = REPS
) -> Interval:
    """The interval of `over_grid` from the sums of each seed: `successes` [n] (or shares of them)
    and `trials` [n]. No interval of a rate has no width, also where all seeds did the same."""
    n, rates = len(trials), successes / trials
    if np.ptp(rates) < 1e-12:
        unlike, rate = wilson(0, n, level).high, float(rates[0])
        return Interval(rate * (1 - unlike), rate * (1 - unlike) + unlike)
    counts = drawn(n, reps)
    return percentiles((counts @ successes / (counts @ trials)).tolist(), level)


@lru_cache(maxsize=8)
def drawn(n: int, reps: int) -> np.ndarray:
    """Counts of each of n seeds in each resample [reps, n]; its trials come along, however many
    they are. They are the same for all methods with so many seeds."""
    drawn = np.random.default_rng(0).multinomial(n, np.full(n, 1 / n), reps)
    drawn.setflags(write=False)
    return drawn


def difference(rate: float, own: Interval, other: float, rest: Interval) -> Interval:
    """Interval of the difference of two rates from the interval of each, whatever those are
    (Newcombe 1998, method 10, with Wilson's; Donner and Zou 2002 for others)."""
    return Interval(
        rate - other - math.hypot(rate - own.low, rest.high - other),
        rate - other + math.hypot(own.high - rate, other - rest.low),
    )


def newcombe(k: int, n: int, j: int, m: int, level: float = LEVEL) -> Interval:
    """Interval of k/n - j/m from the two Wilson intervals (Newcombe 1998, method 10).

    [-1, 1] where one of the groups is empty. Raises ValueError for impossible counts.
    """
    first, second = wilson(k, n, level), wilson(j, m, level)
    if not n or not m:
        return Interval(-1.0, 1.0)
    return difference(k / n, first, j / m, second)


def compare_rates(k: int, n: int, j: int, m: int) -> RateDifference:
    """Compare k of n with j of m successes: difference with Newcombe's interval, p by Boschloo's
    exact test (1970), which is more powerful than Fisher's; by Fisher's where groups are large.

    p = 1 where a group is empty, or both are all successes or all failures.
    """
    interval = newcombe(k, n, j, m)
    if not n or not m:
        return RateDifference(math.nan, interval, 1.0)
    apart = k / n - j / m
    if k + j in (0, n + m):
        return RateDifference(apart, interval, 1.0)
    # The other group first, and failures in place of successes, are the same table: one test each.
    same = (k, n, j, m), (j, m, k, n), (n - k, n, m - j, m), (m - j, m, n - k, n)
    return RateDifference(apart, interval, _exact_p(*min(same)))


@lru_cache(maxsize=65536)
def _exact_p(k: int, n: int, j: int, m: int) -> float:
    table = [[k, j], [n - k, m - j]]
    exact = (n + 1) * (m + 1) <= _EXACT_TABLES
    test = stats.boschloo_exact(table) if exact else stats.fisher_exact(table)
    return min(1.0, float(test.pvalue))
