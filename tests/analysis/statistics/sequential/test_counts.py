"""Counting tables: distributions that must sum to 1, and the worst common rate."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from bench.analysis.statistics.sequential import counts


@pytest.mark.parametrize(("size", "s"), [(37, 11), (24, 7), (80, 3), (10, 5), (2, 1)])
def test_worst_rate_is_found_between_the_points_of_a_grid(size, s):
    """One sum of successes is likeliest at its share: there is no other peak."""
    shares = np.zeros(size + 1)
    shares[s] = 0.3
    expected = 0.3 * math.comb(size, s) * (s / size) ** s * (1 - s / size) ** (size - s)
    assert counts.worst(shares) == pytest.approx(expected, rel=1e-8)


def test_worst_rate_of_many_peaks():
    shares = np.random.default_rng(4).random(61) ** 6
    shares = shares + shares[::-1]
    rates = np.linspace(0, 0.5, 200_001)
    found = stats.binom.pmf(np.arange(61), 60, rates[:, None][::50]) @ shares
    near = rates[::50][found.argmax()] + np.linspace(-2e-4, 2e-4, 2001)
    best = (stats.binom.pmf(np.arange(61), 60, near.clip(0, 0.5)[:, None]) @ shares).max()
    assert counts.worst(shares) == pytest.approx(best, rel=1e-8)


def test_no_error_at_all_is_none():
    assert counts.worst(np.zeros(9)) == 0
    assert counts.worst(np.ones(9)) == pytest.approx(1)


@pytest.mark.parametrize(("n", "m"), [(0, 4), (3, 7), (6, 6)])
def test_first_seeds_given_all(n, m):
    found = counts.bridge(n, m)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    for s in range(m + 1):
        np.testing.assert_allclose(found[s], stats.hypergeom.pmf(np.arange(n + 1), m, s, n))


def test_order_of_tables_is_fishers():
    found = counts.ordered(6)
    for a in range(7):
        for b in range(7):
            expected = stats.fisher_exact([[a, b], [6 - a, 6 - b]], "greater").pvalue
            assert found[a, b] == pytest.approx(expected)


def test_score_statistic():
    found = counts.score(20)
    pooled = (13 + 6) / 40
    assert found[13, 6] == pytest.approx(7 / 20 / math.sqrt(pooled * (1 - pooled) / 10))
    assert found[6, 13] == -found[13, 6]
    assert found[0, 0] == found[20, 20] == 0


@pytest.mark.parametrize("rate", [0.0, 0.3, 1.0])
def test_binomial(rate):
    found, expected = counts.binomial(9, rate), stats.binom.pmf(np.arange(10), 9, rate)
    np.testing.assert_allclose(found, expected, atol=1e-12)
