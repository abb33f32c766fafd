"""Statistics of a few seeds per method: intervals first, p-values second, failures counted.

The trial is the unit: values of one trial are combined before they come here. A trial that failed
takes part with the worst value, infinity where there is none; nothing here drops it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

LEVEL = 0.95
ALPHA = 0.05

_EXACT_PAIRS = 2500
_EXACT_ORDERS = 20_000

Scores = Sequence[np.ndarray]
"""One array of runs per task; tasks may have different numbers of runs."""


class Interval(NamedTuple):
    """A confidence interval."""

    low: float
    high: float


class Comparison(NamedTuple):
    """Two groups of independent runs: `a12` is the probability that a run of the first has the
    larger value (ties count half), `p` two-sided, None when so few runs cannot reach `alpha`."""

    a12: float
    p: float | None
    smallest_p: float

    @property
    def too_few(self) -> bool:
        """No outcome of so few runs could have been significant."""
        return self.p is None


def wilson(k: int, n: int, level: float = LEVEL) -> Interval:
    """Wilson's score interval for a rate of k successes in n trials (Brown, Cai and DasGupta 2001).

    [0, 1] for no trials: nothing is known. Raises ValueError unless 0 <= k <= n.
    """
    if not 0 <= k <= n:
        raise ValueError(f"{k} successes in {n} trials")
    if n == 0:
        return Interval(0.0, 1.0)
    interval = stats.binomtest(int(k), int(n)).proportion_ci(level, method="wilson")
    return Interval(float(interval.low), float(interval.high))


def iqm(scores: Scores) -> float:
    """Interquartile mean: the mean of the middle half of all runs of all tasks (Agarwal et al.
    2021); NaN for none.

    int(N/4) values are cut at each end, so of 5 values 3 are kept. It hides up to a quarter of
    failures: print the failure rate beside it.
    """
    pooled = np.sort(np.concatenate([*(np.ravel(runs) for runs in scores), np.empty(0)]))
    cut = len(pooled) // 4
    return float(np.mean(pooled[cut : len(pooled) - cut])) if len(pooled) else math.nan


def stratified_bootstrap(
    scores: Scores,
    statistic: Callable[[Scores], float],
    seed: int,
    reps: int = 2000,
    level: float = LEVEL,
) -> Interval:
    """Percentile interval of a statistic, the runs resampled with replacement within each task.

    Equal seeds give equal intervals. Raises ValueError for a task without runs.
    """
    runs = [np.asarray(task, dtype=float) for task in scores]
    if not runs or any(len(task) == 0 for task in runs):
        raise ValueError("a task without runs cannot be resampled")
    rng = np.random.default_rng(seed)
    values = [statistic([rng.choice(task, len(task)) for task in runs]) for _ in range(reps)]
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2], method="nearest")
    return Interval(float(low), float(high))


def a12(x: ArrayLike, y: ArrayLike) -> float:
    """P(X > Y) + P(X = Y)/2 over all pairs of runs (Vargha and Delaney 2000); NaN for no runs.

    0.5: no difference; conventionally 0.56 is small, 0.64 medium, 0.71 large.
    """
    first, second = np.ravel(np.asarray(x, dtype=float)), np.ravel(np.asarray(y, dtype=float))
    if not len(first) or not len(second):
        return math.nan
    larger = first[:, None] > second[None, :]
    equal = first[:, None] == second[None, :]
    return float(np.mean(larger + 0.5 * equal))


def probability_of_improvement(x: Scores, y: Scores) -> float:
    """Mean over tasks of `a12`: how often a run of x beats one of y, larger being better (Agarwal
    et al. 2021). x and y have the same tasks in the same order; raises ValueError otherwise."""
    if len(x) != len(y):
        raise ValueError(f"{len(x)} and {len(y)} tasks")
    return float(np.mean([a12(first, second) for first, second in zip(x, y, strict=True)]))


def mann_whitney(x: ArrayLike, y: ArrayLike, alpha: float = ALPHA) -> Comparison:
    """Mann-Whitney's test of two unpaired groups of runs, infinite values allowed.

    n and m runs cannot give a two-sided p below 2 / C(n + m, n): 3 against 3 never reach 0.05.
    """
    first, second = np.ravel(np.asarray(x, dtype=float)), np.ravel(np.asarray(y, dtype=float))
    n, m = len(first), len(second)
    smallest = min(1.0, 2 / math.comb(n + m, n))
    if smallest >= alpha:
        return Comparison(a12(first, second), None, smallest)
    ranks = stats.rankdata(np.concatenate([first, second]))  # infinity is a rank like any other
    if len(np.unique(ranks)) == 1:
        return Comparison(0.5, 1.0, smallest)
    tied = len(np.unique(ranks)) < n + m
    test = stats.mannwhitneyu(ranks[:n], ranks[n:], method=_method(n, m, tied))
    return Comparison(float(test.statistic) / (n * m), float(test.pvalue), smallest)


def _method(n: int, m: int, tied: bool) -> Any:
    """Exact where that takes no time: the normal approximation can be smaller than the smallest
    possible p. With ties (failures are all equal) that means going through all permutations."""
    if not tied:
        return "exact" if n * m <= _EXACT_PAIRS else "asymptotic"
    orders = math.comb(n + m, n)
    few = orders <= _EXACT_ORDERS
    return stats.PermutationMethod(n_resamples=orders) if few else "asymptotic"


def holm(p: ArrayLike) -> np.ndarray:
    """p-values adjusted for their number by Holm's step-down method (1979) -> [n], same order.

    Reject where the adjusted value is below alpha: the chance of any false rejection is at most
    alpha.
    """
    values = np.asarray(p, dtype=float)
    order = np.argsort(values, kind="stable")
    steps = values[order] * np.arange(len(values), 0, -1)
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(steps))
    return adjusted
