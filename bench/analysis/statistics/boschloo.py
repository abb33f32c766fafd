"""Computes Boschloo's test and its power exactly, by counting tables.

A plan uses it before anything is trained and does not wait for SciPy, so that nothing is imported
from SciPy here. A report takes its number of seeds from the same tables.
"""

from __future__ import annotations

import functools
import math

import numpy as np

EXACT = 100
"""Number of seeds up to which rates are compared exactly; from there on by Cohen's formula, which
is then off by three points at most."""


def power(rejects: np.ndarray, p: float, q: float) -> float:
    """Probability that a test finds rates p and q of success different, when it rejects the tables
    `rejects` [n + 1, n + 1]."""
    n = len(rejects) - 1
    return float(_binomial(n, p) @ rejects @ _binomial(n, q))


@functools.cache
def rejected(n: int, alpha: float) -> np.ndarray:
    """True at [k, j] where Boschloo's test (1970) tells k of n successes from j of n: bool
    [n + 1, n + 1].

    Tables are ordered by Fisher's one-sided p; the test's p is the largest probability, over the
    common rate of success, of a table at most as likely, doubled for two sides.
    """
    above = 2 * _sizes(n) <= alpha
    return above | above.T  # the other side


@functools.cache
def _sizes(n: int) -> np.ndarray:
    """The one-sided p of Boschloo's test for more successes in the first of two groups of n, at
    [k, j]."""
    fisher = _fisher(n)
    order = np.argsort(fisher, axis=None)
    # The common rate is not known, so its worst value counts. A grid to 1/2 is enough: at 1 - rate
    # the tables (k, j) and (n - j, n - k) change places, and Fisher gives both the same p.
    rates = (np.arange(200) + 0.5) / 400
    single = np.stack([_binomial(n, rate) for rate in rates], axis=-1)
    k, j = np.unravel_index(order, fisher.shape)
    # Probability of all tables up to each one, the least likely first, at the worst rate.
    sizes = np.cumsum(single[k] * single[j], axis=0).max(axis=1)
    ordered = fisher.ravel()[order]
    # Tables of equal p stand or fall together: each counts as the last of its equals.
    last = np.searchsorted(ordered, ordered * (1 + 1e-9), side="right") - 1
    found = np.empty(fisher.shape)
    found[k, j] = sizes[last]
    return found


def _fisher(n: int) -> np.ndarray:
    """Fisher's one-sided p [n + 1, n + 1], at [k, j], for more successes in the first of two groups
    of n."""
    p = np.zeros((n + 2, n + 2))
    for k in range(n, -1, -1):
        for j in range(n + 1):
            # The table itself, and the next more extreme one with the same sum of successes.
            ways = math.comb(n, k) * math.comb(n, j) / math.comb(2 * n, k + j)
            p[k, j] = ways + (p[k + 1, j - 1] if j else 0.0)
    return p[: n + 1, : n + 1]


@functools.lru_cache(maxsize=65536)
def _binomial(n: int, p: float) -> np.ndarray:
    """Probability of 0 to n successes [n + 1]."""
    return np.array([math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)])
