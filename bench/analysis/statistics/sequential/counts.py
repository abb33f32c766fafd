"""Counts successes of two arms: their distribution, the order of tables, the worst common rate.

A table (s_1, s_2) holds the successes of two arms of n seeds each. Given a table, all orders of the
seeds are equally likely, whatever the rates are. So the share of orders that did not end earlier
does not depend on the rates: it is computed once and serves all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache

import numpy as np

_CELLS = 200
"""Cells into which the common rates from 0 to 1/2 are divided at first."""
_EQUAL = 1e-9
"""Relative difference of two numbers that count as equal."""


@cache
def ordered(n: int) -> np.ndarray:
    """Fisher's one-sided p [n + 1, n + 1], at [s_1, s_2], for more successes in the first arm: the
    order of the tables, as Boschloo's test has it."""
    p = np.zeros((n + 2, n + 2))
    single = _given_sum(n)
    for s in range(n, -1, -1):
        # The table itself, and the next more extreme one with the same sum of successes.
        p[s, 0] = single[s, 0]
        p[s, 1:-1] = single[s, 1:] + p[s + 1, :-2]
    return _fixed(p[: n + 1, : n + 1])


@cache
def signed(n: int) -> np.ndarray:
    """The statistic of a table [n + 1, n + 1]: -log p by the lesser of Fisher's one-sided p, with
    the sign of the difference s_1 - s_2. The more extreme the table, the farther from 0."""
    p, s = ordered(n), np.arange(n + 1)
    return _fixed(np.sign(s[:, None] - s) * -np.log(np.minimum(p, p.T)))


@cache
def score(n: int) -> np.ndarray:
    """The score statistic of the difference of two rates [n + 1, n + 1], with pooled variance; 0
    where all seeds ended alike."""
    s = np.arange(n + 1)
    pooled = _sums(n) / (2 * n)
    deviation = np.sqrt(pooled * (1 - pooled) * 2 / n)
    apart = (s[:, None] - s) / n
    return _fixed(np.divide(apart, deviation, out=np.zeros_like(apart), where=deviation > 0))


@cache
def bridge(n: int, m: int) -> np.ndarray:
    """Probability that i of the first n seeds succeeded when s of m did: [m + 1, n + 1], at [s, i]
    (hypergeometric)."""
    s, i = np.arange(m + 1)[:, None], np.arange(n + 1)
    possible = (i <= s) & (s - i <= m - n)
    rest = np.clip(s - i, 0, m - n)
    log = ways(n) + ways(m - n)[rest] - ways(m)[:, None]
    return _fixed(np.where(possible, np.exp(log), 0.0))


@lru_cache(maxsize=65536)
def binomial(n: int, rate: float) -> np.ndarray:
    """Probability of 0 to n successes of n seeds [n + 1]."""
    return _fixed(binomials(n, np.array([rate]))[0])


def over_sums(tables: np.ndarray) -> np.ndarray:
    """Mean of `tables` [n + 1, n + 1] given the sum of successes, under equal rates [2 n + 1].

    The sum is sufficient for a common rate, so these are all that a probability depends on.
    """
    n = len(tables) - 1
    return np.bincount(_sums(n).ravel(), (tables * _given_sum(n)).ravel(), minlength=2 * n + 1)


def worst(shares: np.ndarray) -> float:
    """The largest probability over all common rates from 0 to 1/2, of an event that has probability
    `shares` [N + 1] given the sum of successes of all N seeds.

    The rates are divided into cells. In each, the probability is at most what the slope in the
    middle and the largest curvature in the cell allow; cells in which it could exceed the largest
    known value are divided again. So it holds between the points too, to 1e-9 of itself.
    """
    size = len(shares) - 1
    edges = np.linspace(0, 0.5, _CELLS + 1)
    low, high = edges[:-1], edges[1:]
    most = 0.0
    first = True
    while len(low):
        at, slope, bend = _grid(size) if first else _cells(size, low, high)
        first = False
        found, half = at @ shares, (high - low) / 2
        bound = found + half * np.abs(slope @ np.diff(shares))
        bound += half**2 / 2 * (bend @ np.abs(np.diff(shares, 2)))
        most = max(most, float(found.max()))
        open_ = bound > most * (1 + _EQUAL) + 1e-300
        low, high = _quartered(low[open_], high[open_])
    return most


def _quartered(low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Four cells for each."""
    edges = np.linspace(low, high, 5)
    return edges[:-1].ravel(), edges[1:].ravel()


@lru_cache(maxsize=64)
def _grid(size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    edges = np.linspace(0, 0.5, _CELLS + 1)
    return _cells(size, edges[:-1], edges[1:])


def _cells(
    size: int, low: np.ndarray, high: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Factors of the value and the slope in the middle of each cell, and of the largest curvature
    in it: [cells, size + 1], [cells, size], [cells, size - 1].

    They act on shares, their first and their second differences, as for any polynomial in
    Bernstein's form.
    """
    middle = (low + high) / 2
    value = binomials(size, middle)
    slope = size * binomials(size - 1, middle)
    # A binomial probability is largest where the rate is the share of successes.
    peaks = np.arange(size - 1) / max(size - 2, 1)
    rates = np.clip(peaks, low[:, None], high[:, None])
    return value, slope, size * (size - 1) * binomials(size - 2, rates)


def binomials(n: int, rates: np.ndarray) -> np.ndarray:
    """Binomial probabilities [len(rates), n + 1]; a rate for each row, or for each entry."""
    rate = (rates[:, None] if rates.ndim == 1 else rates).clip(1e-300, 1 - 2**-53)
    s = np.arange(n + 1)
    return np.asarray(np.exp(ways(n) + s * np.log(rate) + (n - s) * np.log1p(-rate)))


@cache
def ways(n: int) -> np.ndarray:
    """Logarithm of the number of ways to choose 0 to n of n [n + 1]."""
    logs = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, n + 1)))])
    return _fixed(logs[n] - logs - logs[::-1])


@cache
def _given_sum(n: int) -> np.ndarray:
    """Probability of a table given its sum of successes, under equal rates [n + 1, n + 1]."""
    return _fixed(np.exp(ways(n)[:, None] + ways(n) - ways(2 * n)[_sums(n)]))


@cache
def _sums(n: int) -> np.ndarray:
    return _fixed(np.add.outer(np.arange(n + 1), np.arange(n + 1)))


def thresholds(values: np.ndarray) -> list[float]:
    """The different values, rising; those that differ by rounding only are one, the last."""
    rising = np.unique(values)
    apart = np.append(rising[1:] > rising[:-1] * (1 + _EQUAL), True)
    return [float(value) for value in rising[apart]]


def within(p: np.ndarray, threshold: float) -> np.ndarray:
    """True where `p` is at most a threshold, or differs from it by rounding only."""
    return p <= threshold * (1 + _EQUAL)


def alike(size: float, level: float) -> bool:
    """True where a size does not exceed a level, but for rounding."""
    return size <= level * (1 + _EQUAL)


def fresh(looks: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    """(seeds before, seeds at) each look."""
    return iter(zip((0, *looks), looks, strict=False))


def _fixed(array: np.ndarray) -> np.ndarray:
    array.setflags(write=False)
    return array
