"""Measures the size of a difference: between two groups of runs, and over tasks."""

from __future__ import annotations

import functools
import math

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from bench.analysis.statistics.common import LEVEL, Interval, Scores, runs

_SIZES = ((0.56, "none"), (0.64, "small"), (0.71, "medium"))
_MEANINGFUL = 0.75


def iqm(scores: Scores) -> float:
    """Interquartile mean: the mean of the middle half of all runs of all tasks (Agarwal et al.
    2021); NaN for none.

    int(N/4) values are cut at each end, so of 5 values 3 are kept. It hides up to a quarter of
    failures: print the failure rate beside it.
    """
    pooled = np.sort(np.concatenate([*(np.ravel(task) for task in scores), np.empty(0)]))
    cut = len(pooled) // 4
    return float(np.mean(pooled[cut : len(pooled) - cut])) if len(pooled) else math.nan


def a12(x: ArrayLike, y: ArrayLike) -> float:
    """P(X > Y) + P(X = Y)/2 over all pairs of runs (Vargha and Delaney 2000); NaN for no runs.

    0.5: no difference; `size` gives the conventional words. Two infinite runs are equal.
    """
    first, second = runs(x), np.sort(runs(y))
    if not len(first) or not len(second):
        return math.nan
    # Both sides: those that are smaller count twice, those that are equal once.
    below = np.searchsorted(second, first, "left") + np.searchsorted(second, first, "right")
    return float(below.mean() / (2 * len(second)))


def cliffs_delta(x: ArrayLike, y: ArrayLike) -> float:
    """P(X > Y) - P(X < Y) = 2 A12 - 1, from -1 to 1 (Cliff 1993); NaN for no runs."""
    return 2 * a12(x, y) - 1


def size(a: float) -> str:
    """The conventional word for an A12 (Vargha and Delaney 2000): none below 0.56, small below
    0.64, medium below 0.71, else large; the same for its mirror image 1 - A12."""
    strength = max(a, 1 - a)
    return next((word for limit, word in _SIZES if strength < limit), "large")


def probability_of_improvement(x: Scores, y: Scores) -> float:
    """Mean over tasks of `a12`: how often a run of x beats one of y, larger being better (Agarwal
    et al. 2021). x and y have the same tasks in the same order; raises ValueError otherwise."""
    if len(x) != len(y):
        raise ValueError(f"{len(x)} and {len(y)} tasks: give both the same tasks")
    return float(np.mean([a12(first, second) for first, second in zip(x, y, strict=True)]))


def a12_interval(x: ArrayLike, y: ArrayLike, level: float = LEVEL) -> Interval:
    """Newcombe's (2006, method 5) score-like interval of A12, which never leaves [0, 1].

    The half width comes from Hanley and McNeil's variance at the bound itself: solved for the two
    theta with |A12 - theta| = z sqrt(V(theta)). A bootstrap of 5 against 5 separated runs would
    give [1, 1], as if there were no doubt left. [0, 1] where a group is empty.
    """
    n, m = len(runs(x)), len(runs(y))
    return _score_interval(a12(x, y), n, m, level) if n and m else Interval(0.0, 1.0)


@functools.lru_cache(maxsize=65536)
def _score_interval(a: float, n: int, m: int, level: float) -> Interval:
    theta = np.linspace(0.0, 1.0, 20_001)  # the equation has no closed form: try every theta
    mean = (n + m) / 2 - 1
    ends = mean * ((1 - theta) / (2 - theta) + theta / (1 + theta))
    variance = theta * (1 - theta) * (1 + ends) / (n * m)
    z = stats.norm.ppf((1 + level) / 2)
    inside = theta[np.abs(a - theta) <= z * np.sqrt(variance) + 1e-12]
    return Interval(float(inside[0]), float(inside[-1]))


def meaningful(a: float, interval: Interval) -> bool:
    """Surely and largely better (Bouthillier et al. 2021): the whole interval of A12 above 0.5 and
    A12 at least 0.75."""
    return interval.low > 0.5 and a >= _MEANINGFUL
