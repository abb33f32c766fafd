"""Bootstrap intervals: runs within tasks, and configurations with the seeds inside them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from bench.analysis.statistics.common import LEVEL, Interval, Scores

REPS = 2000
"""Number of resamples."""


def stratified_bootstrap(
    scores: Scores,
    statistic: Callable[[Scores], float],
    seed: int,
    reps: int = REPS,
    level: float = LEVEL,
) -> Interval:
    """Percentile interval of a statistic, the runs resampled with replacement within each task
    (Agarwal et al. 2021).

    Equal seeds give equal intervals. One run, or runs that are all equal, give an interval of no
    width: it says nothing. Raises ValueError for a task without runs.
    """
    tasks = [np.asarray(task, dtype=float) for task in scores]
    if not tasks or any(len(task) == 0 for task in tasks):
        raise ValueError("a task without runs cannot be resampled")
    rng = np.random.default_rng(seed)
    # Within each task: a task stays in every resample, with its own number of runs.
    drawn = [task[rng.integers(0, len(task), (reps, len(task)))] for task in tasks]
    values = [statistic([task[i] for task in drawn]) for i in range(reps)]
    return percentiles(values, level)


def iqm_interval(values: np.ndarray, seed: int, reps: int = REPS, level: float = LEVEL) -> Interval:
    """Percentile interval of the interquartile mean of the runs [n] of one task: that of
    `stratified_bootstrap` with `iqm`, all resamples at once. Raises ValueError for no runs."""
    n = len(values)
    if not n:
        raise ValueError("a task without runs cannot be resampled")
    drawn = values[np.random.default_rng(seed).integers(0, n, (reps, n))]
    middle = np.sort(drawn, axis=1)[:, n // 4 : n - n // 4]
    return percentiles(middle.mean(axis=1).tolist(), level)


def two_level_bootstrap(
    groups: Sequence[np.ndarray],
    statistic: Callable[[Scores], float],
    seed: int,
    reps: int = REPS,
    level: float = LEVEL,
) -> Interval:
    """Percentile interval of a statistic of configurations (arrays of seeds): configurations are
    resampled, and the seeds inside each. Raises ValueError for none, or one without runs."""
    if not groups or any(len(group) == 0 for group in groups):
        raise ValueError("a configuration without runs cannot be resampled")
    rng = np.random.default_rng(seed)
    values = []
    for _ in range(reps):
        # Both levels: other configurations might have been drawn, and other seeds of each.
        chosen = rng.integers(0, len(groups), len(groups))
        values.append(statistic([rng.choice(groups[i], len(groups[i])) for i in chosen]))
    return percentiles(values, level)


def percentiles(values: Sequence[float], level: float = LEVEL) -> Interval:
    """Interval that holds the middle `level` of resampled values; infinite ones take part."""
    # Nearest values: between a number and infinity there is nothing to interpolate.
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2], method="nearest")
    return Interval(float(low), float(high))
