"""Computes the number of seeds that would decide a comparison."""

from __future__ import annotations

import functools
import math

from scipy import stats

from bench.analysis.statistics import boschloo
from bench.analysis.statistics.common import ALPHA, POWER

_LADDER = (*range(2, 30), *range(30, 60, 2), *range(60, boschloo.EXACT + 1, 5))
"""Numbers of seeds that are tried one after the other."""


def seeds_for_a12(
    a12: float, comparisons: int = 1, power: float = POWER, alpha: float = ALPHA
) -> int | None:
    """Number of seeds per method for which Mann-Whitney's test finds an effect of this A12.

    It is (z_{1-a/2} + z_{power})^2 / (6 (A12 - 1/2)^2) (Noether 1987), with `alpha` divided by the
    number of comparisons, and never less than can reach `alpha` at all. None for no effect: no
    number would do.
    """
    effect = abs(a12 - 0.5)
    if math.isnan(effect) or effect < 1e-9:
        return None
    z = _z(comparisons, power, alpha)
    return max(math.ceil(z**2 / (6 * effect**2)), fewest_seeds(alpha / comparisons))


@functools.lru_cache(maxsize=65536)
def seeds_for_rates(
    p: float, q: float, comparisons: int = 1, power: float = POWER, alpha: float = ALPHA
) -> int | None:
    """Number of seeds per method for which Boschloo's test finds rates of success p and q
    different.

    `alpha` is divided by the number of comparisons. The number is exact up to 100 (on a ladder of
    numbers), beyond that (z / h)^2 * 2 with h = 2 asin(sqrt p) - 2 asin(sqrt q) (Cohen 1988). None
    for equal rates.
    """
    h = abs(2 * math.asin(math.sqrt(p)) - 2 * math.asin(math.sqrt(q)))
    if h < 1e-9:
        return None
    formula = math.ceil(2 * (_z(comparisons, power, alpha) / h) ** 2)
    level = alpha / comparisons
    ladder: tuple[int, ...] = _LADDER if formula < 2 * boschloo.EXACT else ()
    for n in ladder:
        # Below half of the formula's number no power suffices: those tables need not be counted.
        if n >= formula / 2 and boschloo.power(boschloo.rejected(n, level), p, q) >= power:
            return n
    return max(formula, boschloo.EXACT + 1, fewest_seeds(level))


def _z(comparisons: int, power: float, alpha: float) -> float:
    return float(stats.norm.isf(alpha / comparisons / 2) + stats.norm.ppf(power))


def fewest_seeds(alpha: float = ALPHA) -> int:
    """The least n for which n against n separated runs reach p < alpha: 2 / C(2n, n) < alpha."""
    n = 1
    while 2 / math.comb(2 * n, n) >= alpha:
        n += 1
    return n
