"""Corrects for many comparisons: Holm's correction, Dunnett's test, mean ranks over many tasks."""

from __future__ import annotations

import inspect
import math
import warnings
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from bench.analysis.statistics.common import ALPHA, runs


def holm(p: ArrayLike) -> np.ndarray:
    """p-values adjusted for their number by Holm's step-down method (1979) -> [n], same order.

    Reject where the adjusted value is below alpha: the chance of any false rejection is at most
    alpha. NaN (no test was possible) stays NaN and does not count.
    """
    values = np.asarray(p, dtype=float)
    adjusted = np.full_like(values, math.nan)
    tested = np.flatnonzero(~np.isnan(values))
    order = tested[np.argsort(values[tested], kind="stable")]
    # The smallest p is multiplied by their number, the next by one less ...; none may fall below
    # the one before it.
    steps = values[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(steps))
    return adjusted


def dunnett(groups: Sequence[ArrayLike], control: ArrayLike) -> np.ndarray:
    """Two-sided p of each group's mean against the control's, adjusted for the number of groups ->
    [k]. Dunnett 1955.

    For normal values of one variance: a second opinion beside the ranks. All NaN where any value is
    infinite (a run that failed has no place in a mean), a group has fewer than 2 runs, or nothing
    varies. SciPy integrates with random numbers, here of a fixed seed: 1e-3 is their error.
    """
    samples = [runs(group) for group in (*groups, control)]
    known = all(len(own) > 1 and np.isfinite(own).all() for own in samples)
    if not groups or not known or not any(np.ptp(own) for own in samples):
        return np.full(len(groups), math.nan)
    seed = np.random.default_rng(0)
    key = "rng" if "rng" in inspect.signature(stats.dunnett).parameters else "random_state"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of a group whose runs are all equal
        test = stats.dunnett(*samples[:-1], control=samples[-1], **{key: seed})
    return np.asarray(test.pvalue)


class Friedman(NamedTuple):
    """The result of Friedman's test."""

    ranks: np.ndarray
    """Mean rank of each method over the blocks [k], 1 the best (smallest value)."""
    statistic: float
    """Friedman's chi-squared."""
    p: float
    """p-value against methods that are all alike."""


def friedman(scores: ArrayLike) -> Friedman:
    """Friedman's test (1937) of k methods over n blocks: scores [n, k], lower is better.

    Infinite values are ranks like any other. p = 1 where every block is tied throughout; NaN for
    fewer than 3 methods or 2 blocks. Raises ValueError for NaN: leave out incomplete blocks.
    """
    table = np.asarray(scores, dtype=float)
    if table.ndim != 2 or np.isnan(table).any():
        raise ValueError("friedman takes complete blocks: scores [blocks, methods] without NaN")
    ranks = stats.rankdata(table, axis=1)
    n, k = table.shape
    mean = ranks.mean(axis=0) if n else np.full(k, math.nan)
    if k < 3 or n < 2:
        return Friedman(mean, math.nan, math.nan)
    if (ranks == ranks[:, :1]).all():
        return Friedman(mean, 0.0, 1.0)
    test = stats.friedmanchisquare(*ranks.T)
    return Friedman(mean, float(test.statistic), float(test.pvalue))


def critical_difference(k: int, n: int, alpha: float = ALPHA) -> float:
    """Nemenyi's critical difference of mean ranks, q_alpha sqrt(k (k + 1) / (6 n)), of k methods
    over n blocks (Demsar 2006). For a picture only: whether A and B differ by it depends on the
    other methods in the pool (Benavoli et al. 2016)."""
    q = stats.studentized_range.ppf(1 - alpha, k, np.inf) / math.sqrt(2)
    return float(q) * math.sqrt(k * (k + 1) / (6 * n))


def cliques(ranks: ArrayLike, difference: float) -> list[tuple[int, ...]]:
    """List the largest groups of methods (places in `ranks`) whose mean ranks differ by less than
    `difference`, best first; a method alone is no group."""
    values = np.asarray(ranks, dtype=float)
    order = np.argsort(values, kind="stable")
    found: list[tuple[int, ...]] = []
    reached = 0
    for start in range(len(order)):
        end = int(np.searchsorted(values[order], values[order[start]] + difference))
        if end - start > 1 and end > reached:  # else it is part of a group before
            found.append(tuple(int(i) for i in order[start:end]))
            reached = end
    return found
