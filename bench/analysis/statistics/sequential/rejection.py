"""Computes which tables reject equal rates at each look, exactly.

The statistic is Fisher's one-sided p of the table at the look, in place of the score statistic:
with one look the test is then Boschloo's, table by table. Each direction has an order of its own
and half of the level. A boundary for |statistic| must be compared with |statistic|: AdaStop
compares |statistic| with the largest *signed* statistic of its permutations, and so rejects twice
as often as it says.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from bench.analysis.statistics.sequential import counts
from bench.analysis.statistics.sequential.design import Design, spent


class Rejections:
    """The tables that reject, and the error that this costs."""

    def __init__(self, first: list[np.ndarray], error: list[float]) -> None:
        self.first = first
        """True at [s_1, s_2] where the first arm is found better: K of bool [n_k + 1, n_k + 1]."""
        self.both = [one | one.T for one in first]
        """True where either arm is found better, as `first`."""
        self.error = error
        """Two-sided probability of a rejection up to each look, at the worst common rate [K]."""
        self.critical = [_critical(table) for table in self.both]
        """Least |score statistic| that rejects at each look [K], of tables with a pooled rate from
        1/4 to 3/4; infinite where none does. Nearer to 0 and 1 it is not nearly normal."""


def rejections(design: Design) -> Rejections:
    """The tables that reject at each look, whatever the design says of futility. Cached."""
    return _rejections(design.looks, design.alpha, design.spending)


@lru_cache(maxsize=512)
def _rejections(looks: tuple[int, ...], alpha: float, spending: str) -> Rejections:
    design = Design(looks, alpha, spending)
    open_, won = np.ones((1, 1)), np.zeros((1, 1))
    first, error = [], []
    for (before, n), level in zip(counts.fresh(looks), spent(design), strict=True):
        step = counts.bridge(before, n)
        # Shares of the orders of the seeds that are still open at a table, and that had the first
        # arm found better before.
        alive, won = step @ open_ @ step.T, step @ won @ step.T
        rejects, size = _most(n, alive, won, level / 2)
        won = won + alive * rejects
        open_ = alive * ~(rejects | rejects.T)
        first.append(rejects)
        error.append(2 * size)
    return Rejections(first, error)


def _critical(rejects: np.ndarray) -> float:
    n = len(rejects) - 1
    total = np.add.outer(np.arange(n + 1), np.arange(n + 1))
    middle = rejects & (2 * total >= n) & (2 * total <= 3 * n)
    return float(np.abs(counts.score(n))[middle].min(initial=np.inf))


def _most(n: int, alive: np.ndarray, won: np.ndarray, level: float) -> tuple[np.ndarray, float]:
    """The most tables that may reject in favour of the first arm at a look, and the one-sided error
    up to it. What earlier looks had no table for is left for this one."""
    p = counts.ordered(n)
    better = np.tri(n + 1, n + 1, -1, dtype=bool)  # s_1 > s_2
    candidates = counts.thresholds(p[better])
    so_far = counts.over_sums(won)

    def attempt(taken: int) -> tuple[np.ndarray, float]:
        if not taken:
            return np.zeros_like(better), counts.worst(so_far)
        rejects = better & counts.within(p, candidates[taken - 1])
        return rejects, counts.worst(so_far + counts.over_sums(alive * rejects))

    low, high = 0, len(candidates) + 1
    found = attempt(0)
    while high - low > 1:
        middle = (low + high) // 2
        rejects, size = attempt(middle)
        if counts.alike(size, level):
            low, found = middle, (rejects, size)
        else:
            high = middle
    return found
