"""Computes performance profiles: the whole distribution of scores instead of one number of it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from bench.analysis.statistics.common import LEVEL, Scores


class Profile(NamedTuple):
    """A performance profile with its band."""

    share: np.ndarray
    """Share of the runs that are at least as good as each threshold [t]."""
    low: np.ndarray
    """Lower end of the band [t]."""
    high: np.ndarray
    """Upper end of the band [t]."""


def performance_profile(
    scores: Scores, thresholds: ArrayLike, seed: int, reps: int = 500, level: float = LEVEL
) -> Profile:
    """F(tau) = mean over tasks of the share of runs with score <= tau (Agarwal et al. 2021, for
    scores of which lower is better); the band is pointwise, from the stratified bootstrap.

    Equal seeds give equal bands. Raises ValueError for a task without runs.
    """
    tau = np.asarray(thresholds, dtype=float)
    if not len(scores) or any(len(task) == 0 for task in scores):
        raise ValueError("a task without runs has no profile")
    rng = np.random.default_rng(seed)
    share, resampled = np.zeros(len(tau)), np.zeros((reps, len(tau)))
    for task in scores:
        runs = np.asarray(task, dtype=float)
        below = runs[:, None] <= tau  # [n, t]
        # To draw runs with replacement is to count how often each is drawn [reps, n].
        counts = rng.multinomial(len(runs), np.full(len(runs), 1 / len(runs)), reps)
        share += below.mean(axis=0) / len(scores)
        resampled += counts @ below / (len(runs) * len(scores))
    low, high = np.quantile(resampled, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return Profile(share, low, high)


def time_profile(times: ArrayLike, ratios: ArrayLike) -> np.ndarray:
    """Share of the tasks on which a method's time is within a ratio tau of the best method's ->
    [methods, ratios] (Dolan and More 2002).

    `times` [tasks, methods]; infinity: never got there. A task that no method solves counts against
    all.
    """
    t = np.asarray(times, dtype=float)
    tau = np.asarray(ratios, dtype=float)
    best = t.min(axis=1, keepdims=True)
    with np.errstate(invalid="ignore"):
        ratio = np.where(np.isfinite(t), t / best, np.inf)
    share: np.ndarray = np.mean(ratio[:, :, None] <= tau, axis=0)
    return share


def algoperf_score(times: ArrayLike, longest: float = 4.0) -> np.ndarray:
    """The area under each method's time profile from ratio 1 to `longest`, over its width: 1 for a
    method that is the fastest everywhere (Dahl et al. 2023). `times` [tasks, methods].
    """
    t = np.asarray(times, dtype=float)
    best = t.min(axis=1, keepdims=True)
    with np.errstate(invalid="ignore"):
        ratio = np.where(np.isfinite(t), t / best, np.inf)
    area: np.ndarray = np.mean(np.clip(longest - ratio, 0, None) / (longest - 1), axis=0)
    return area
