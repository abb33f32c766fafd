"""Tests of two groups of runs; infinite values are ranks like any other.

Too few runs cannot be significant whatever they show: then p is None, and `smallest_p` says what
could have been reached.
"""

from __future__ import annotations

import functools
import itertools
import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from bench.analysis.statistics.common import ALPHA, runs
from bench.analysis.statistics.effects import a12

_EXACT_PAIRS = 2500
_EXACT_ORDERS = 20_000
_RANDOM_ORDERS = 9_999
_EXACT_SIGNS = 14
_SMALL = 10


class Comparison(NamedTuple):
    """A comparison of two groups of runs."""

    a12: float
    """Probability that a run of the first group has the larger value; ties count half."""
    p: float | None
    """Two-sided p-value; None where so few runs cannot reach `alpha`."""
    smallest_p: float
    """The least p that so many runs can give."""

    @property
    def too_few(self) -> bool:
        """True where no result of so few runs could have been significant."""
        return self.p is None


def smallest_p(n: int, m: int) -> float:
    """The least two-sided p that n against m runs can give: 2 / C(n + m, n)."""
    return min(1.0, 2 / math.comb(n + m, n))


def mann_whitney(x: ArrayLike, y: ArrayLike, alpha: float = ALPHA) -> Comparison:
    """Mann-Whitney's test of two unpaired groups of runs, infinite values allowed.

    n and m runs cannot give a two-sided p below 2 / C(n + m, n): 3 against 3 never reach 0.05.
    """
    first, second = runs(x), runs(y)
    n, m = len(first), len(second)
    smallest = smallest_p(n, m)
    if smallest >= alpha:
        return Comparison(a12(first, second), None, smallest)
    ranks = stats.rankdata(np.concatenate([first, second]))  # infinity is a rank like any other
    if len(np.unique(ranks)) == 1:
        return Comparison(0.5, 1.0, smallest)
    effect = float(ranks[:n].sum() - n * (n + 1) / 2) / (n * m)
    return Comparison(effect, _mann_whitney_p(ranks, n), smallest)


def _mann_whitney_p(ranks: np.ndarray, n: int) -> float:
    """The p of the first n of pooled ranks: exact where that takes no time.

    The normal approximation can be smaller than the smallest possible p. With ties (failures are
    all equal), exact means going through all splits; they are the same for every pair of methods
    with these ties.
    """
    m = len(ranks) - n
    tied = len(np.unique(ranks)) < n + m
    if not tied or math.comb(n + m, n) > _EXACT_ORDERS:
        exact = "exact" if not tied and n * m <= _EXACT_PAIRS else "asymptotic"
        return float(stats.mannwhitneyu(ranks[:n], ranks[n:], method=exact).pvalue)
    sums, found = _rank_sums(tuple(np.sort(ranks).tolist()), n), ranks[:n].sum()
    below = np.searchsorted(sums, found + 1e-9, "right")
    above = len(sums) - np.searchsorted(sums, found - 1e-9, "left")
    return min(1.0, float(2 * min(below, above) / len(sums)))


@functools.lru_cache(maxsize=256)
def _rank_sums(ranks: tuple[float, ...], n: int) -> np.ndarray:
    """The sums of all choices of n of these ranks, in order."""
    return np.sort(np.array(ranks)[_splits(len(ranks), n)].sum(axis=1))


@functools.lru_cache(maxsize=16)
def _splits(total: int, n: int) -> np.ndarray:
    """The places of all choices of n of `total` [choices, n]."""
    return np.array(list(itertools.combinations(range(total), n)))


def brunner_munzel(x: ArrayLike, y: ArrayLike, alpha: float = ALPHA) -> Comparison:
    """Brunner and Munzel's test (2000), which does not need equal variances.

    Below 10 runs, or where the groups do not overlap (SciPy gives p = NaN there), its statistic is
    referred to its permutations: all of them up to 20,000, else 9,999 random ones.
    """
    first, second = runs(x), runs(y)
    n, m = len(first), len(second)
    smallest = smallest_p(n, m)
    if smallest >= alpha:
        return Comparison(a12(first, second), None, smallest)
    ranks = stats.rankdata(np.concatenate([first, second]))
    effect = a12(first, second)
    if len(np.unique(ranks)) == 1:
        return Comparison(effect, 1.0, smallest)
    if min(n, m) >= _SMALL and 0 < effect < 1:
        p = float(stats.brunnermunzel(ranks[:n], ranks[n:]).pvalue)
    else:
        p = _permuted(ranks, n)
    return Comparison(effect, p, smallest)


def _permuted(ranks: np.ndarray, n: int) -> float:
    """Permutation p-value: share of the splits of the pooled ranks whose statistic is as extreme as
    that of the first n against the others."""
    reference, whole = _reference(tuple(np.sort(ranks).tolist()), n)
    observed = np.abs(_statistic(ranks, np.arange(len(ranks))[None] < n))[0]
    extreme = int(np.sum(reference >= observed * (1 - 1e-9)))
    # Random splits do not hold the observed one, which is a possible one all the same.
    return extreme / len(reference) if whole else (extreme + 1) / (len(reference) + 1)


@functools.lru_cache(maxsize=256)
def _reference(ranks: tuple[float, ...], n: int) -> tuple[np.ndarray, bool]:
    """The absolute statistics of the splits of these ranks, and True where those are all splits:
    the same for every pair of methods with these ties."""
    total = len(ranks)
    whole = math.comb(total, n) <= _EXACT_ORDERS
    if whole:
        splits = _splits(total, n)
    else:
        rng = np.random.default_rng(0)
        orders = rng.permuted(np.tile(np.arange(total), (_RANDOM_ORDERS, 1)), axis=1)
        splits = orders[:, :n]
    first = np.zeros((len(splits), total), dtype=bool)
    np.put_along_axis(first, splits, True, axis=1)
    return np.abs(_statistic(np.array(ranks), first)), whole


def _statistic(ranks: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Brunner and Munzel's W of each split (rows of `first` [splits, n + m]), without its constant
    factor; infinite where the groups do not overlap."""
    # The variance of a rank among all, less its rank among its own group, is that of the share of
    # the other group below it.
    pooled = np.broadcast_to(ranks, first.shape)
    shape = (len(first), -1)
    a, b = pooled[first].reshape(shape), pooled[~first].reshape(shape)
    n, m = a.shape[1], b.shape[1]
    variances = [np.var(own - stats.rankdata(own, axis=1), axis=1, ddof=1) for own in (a, b)]
    spread = variances[0] / m + variances[1] / n
    difference = b.mean(axis=1) - a.mean(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(difference == 0, 0.0, difference / np.sqrt(spread))


class Paired(NamedTuple):
    """A comparison of two methods whose runs are paired by seed."""

    comparison: Comparison
    """The comparison, with p by Wilcoxon's signed ranks."""
    correlation: float
    """Spearman's correlation of the pairs. Pairing pays only where it is positive."""
    pairs: int
    """Number of seeds."""


def wilcoxon(x: ArrayLike, y: ArrayLike, alpha: float = ALPHA) -> Paired:
    """Wilcoxon's signed-rank test of runs paired by seed, x and y [n] in the same order.

    The values are replaced by their pooled ranks first: two failures (inf - inf) would give NaN
    and a wrong p without an error. Pairs without a difference are dropped; n pairs cannot give a p
    below 2 / 2^n. Raises ValueError for different lengths.
    """
    first, second = runs(x), runs(y)
    if len(first) != len(second):
        raise ValueError(
            f"{len(first)} and {len(second)} runs are no pairs: give a run for each seed"
        )
    n = len(first)
    pooled = stats.rankdata(np.concatenate([first, second]))
    differences = pooled[:n] - pooled[n:]
    differences = differences[differences != 0]
    smallest = min(1.0, 2.0 ** (1 - len(first)))
    p = None if smallest >= alpha else _signed_rank_p(differences)
    varied = n > 1 and len(np.unique(first)) > 1 and len(np.unique(second)) > 1
    correlation = float(stats.spearmanr(pooled[:n], pooled[n:]).statistic) if varied else math.nan
    return Paired(Comparison(a12(first, second), p, smallest), correlation, n)


def _signed_rank_p(differences: np.ndarray) -> float:
    n = len(differences)
    if n == 0:
        return 1.0
    ranks = stats.rankdata(np.abs(differences))
    if n > _EXACT_SIGNS:
        return float(stats.wilcoxon(differences, method="asymptotic").pvalue)
    # All 2^n ways to give the differences signs, each as likely where there is no effect.
    signs = 2 * ((np.arange(2**n)[:, None] >> np.arange(n)) & 1) - 1
    observed = abs(float(np.sign(differences) @ ranks))
    return float(np.mean(np.abs(signs @ ranks) >= observed - 1e-9))
