"""Rates of success: one with its interval, and the difference of two."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Literal, NamedTuple

from scipy import stats

from bench.analysis.statistics.common import LEVEL, Interval

_EXACT_TABLES = 4000
"""Pairs of counts up to which Boschloo's test takes well under a second."""


class RateDifference(NamedTuple):
    """`difference` is rate a minus rate b with its interval; `p` is two-sided."""

    difference: float
    interval: Interval
    p: float


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
        raise ValueError(f"{k} successes in {n} trials")
    if n == 0:
        return Interval(0.0, 1.0)
    interval = stats.binomtest(int(k), int(n)).proportion_ci(level, method=method)
    return Interval(float(interval.low), float(interval.high))


def newcombe(k: int, n: int, j: int, m: int, level: float = LEVEL) -> Interval:
    """Interval of k/n - j/m from the two Wilson intervals (Newcombe 1998, method 10).

    [-1, 1] where one of the groups is empty. Raises ValueError for impossible counts.
    """
    first, second = wilson(k, n, level), wilson(j, m, level)
    if not n or not m:
        return Interval(-1.0, 1.0)
    p, q = k / n, j / m
    return Interval(
        p - q - math.hypot(p - first.low, second.high - q),
        p - q + math.hypot(first.high - p, q - second.low),
    )


def compare_rates(k: int, n: int, j: int, m: int) -> RateDifference:
    """k of n against j of m: difference with Newcombe's interval, p by Boschloo's exact test
    (1970), which is more powerful than Fisher's; by Fisher's where the groups are large.

    p = 1 where a group is empty, or both are all successes or all failures.
    """
    interval = newcombe(k, n, j, m)
    if not n or not m:
        return RateDifference(math.nan, interval, 1.0)
    difference = k / n - j / m
    if k + j in (0, n + m):
        return RateDifference(difference, interval, 1.0)
    table = [[k, j], [n - k, m - j]]
    exact = (n + 1) * (m + 1) <= _EXACT_TABLES
    test = stats.boschloo_exact(table) if exact else stats.fisher_exact(table)
    return RateDifference(difference, interval, min(1.0, float(test.pvalue)))
