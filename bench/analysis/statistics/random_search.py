"""Computes the best of k: the result of a random search over k configurations.

Lower is better; a failed run is infinite. Everything is exact for draws without replacement from
the n runs there are; nothing is said for k > n.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln

from bench.analysis.statistics.common import runs


def expected_best(values: ArrayLike, k: int) -> float:
    """Mean of the best of k of the n runs: sum_i y_(i) C(n-i, k-1) / C(n, k), y ascending.

    Unbiased (Lucic et al. 2018 estimate it by resampling); drawing *with* replacement, as in Dodge
    et al. 2019, is biased (Tang et al. 2020). Infinite as soon as k failures can be drawn. Raises
    ValueError unless 1 <= k <= n.
    """
    y, n = _ordered(values, k)
    # P(y_(i) is the best of k): it is drawn, and the others come from the n - i worse ones.
    weight = np.exp(_log_comb(n - np.arange(1, n + 1), k - 1) - _log_comb(np.array([n]), k))
    return float(np.sum(y[weight > 0] * weight[weight > 0]))  # infinity times 0 would be NaN


def best_of(values: ArrayLike, k: int, share: float = 0.5) -> float:
    """Quantile `share` of the best of k runs: by default its median, finite where the mean is not.

    It is the least y with P(best <= y) >= share, from P(best > y_(i)) = C(n-i, k) / C(n, k).

    Raises ValueError unless 1 <= k <= n.
    """
    return bests_of(values, k, [share])[0]


def bests_of(values: ArrayLike, k: int, shares: Sequence[float]) -> list[float]:
    """`best_of` for several shares at once."""
    y, n = _ordered(values, k)
    above = np.exp(_log_comb(n - np.arange(1, n + 1), k) - _log_comb(np.array([n]), k))
    return [float(y[int(np.argmax(1 - above >= share - 1e-9))]) for share in shares]


def _ordered(values: ArrayLike, k: int) -> tuple[np.ndarray, int]:
    y = np.sort(runs(values))
    if not 1 <= k <= len(y):
        raise ValueError(f"best of {k} of {len(y)} runs: k must be from 1 to the number of runs")
    return y, len(y)


def _log_comb(n: np.ndarray, k: int) -> np.ndarray:
    """log C(n, k); -inf where k > n."""
    possible = n >= k
    safe = np.where(possible, n, k)
    log = gammaln(safe + 1) - math.lgamma(k + 1) - gammaln(safe - k + 1)
    return np.where(possible, log, -np.inf)
