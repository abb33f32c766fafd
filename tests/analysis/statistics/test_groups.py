"""Intervals, comparisons and corrections against scipy, closed forms and printed numbers."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from bench.analysis import statistics

INF = math.inf


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [
        (5, 5, 0.566, 1),
        (10, 10, 0.722, 1),
        (20, 20, 0.839, 1),
        (0, 5, 0, 0.434),
        (3, 9, 0.121, 0.646),
    ],
)
def test_wilson_gives_the_printed_numbers(k, n, low, high):
    assert statistics.wilson(k, n) == pytest.approx((low, high), abs=5e-4)


def test_wilson_equals_its_formula():
    k, n, z = 7, 23, stats.norm.ppf(0.975)
    p = k / n
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    assert statistics.wilson(k, n) == pytest.approx((middle - half, middle + half))


def test_wilson_of_nothing_and_of_nonsense():
    assert statistics.wilson(0, 0) == (0, 1)
    with pytest.raises(ValueError, match="6 successes in 5 trials"):
        statistics.wilson(6, 5)


@pytest.mark.parametrize("n", [1, 3, 4, 5, 8, 11])
def test_iqm_equals_scipys_trimmed_mean(n):
    scores = np.random.default_rng(n).lognormal(size=(n, 3))
    expected = stats.trim_mean(scores, 0.25, axis=None)
    assert statistics.iqm(list(scores.T)) == pytest.approx(expected)


def test_iqm_hides_one_failure_of_five_and_not_two():
    assert statistics.iqm([np.array([INF, 1, 2, 3, 4])]) == pytest.approx(3)
    assert statistics.iqm([np.array([INF, 1, INF, 3, 4])]) == INF
    assert math.isnan(statistics.iqm([]))


def test_bootstrap_agrees_with_scipys_on_one_task():
    scores = np.random.default_rng(0).lognormal(size=20)
    expected = stats.bootstrap(
        (scores,), np.mean, n_resamples=9999, method="percentile", rng=np.random.default_rng(1)
    ).confidence_interval
    mean = lambda runs: float(np.mean(runs[0]))  # noqa: E731
    found = statistics.stratified_bootstrap([scores], mean, seed=2, reps=9999)
    assert found == pytest.approx(tuple(expected), rel=0.02)


def test_bootstrap_resamples_within_each_task():
    scores = [np.full(3, 1.0), np.full(5, 100.0)]
    found = statistics.stratified_bootstrap(scores, statistics.iqm, seed=0, reps=200)
    assert found.low == found.high == statistics.iqm(scores)


def test_equal_seeds_give_equal_intervals_and_others_do_not():
    scores = [np.random.default_rng(3).normal(size=9)]
    intervals = [
        statistics.stratified_bootstrap(scores, statistics.iqm, seed, reps=100)
        for seed in (1, 1, 2)
    ]
    assert intervals[0] == intervals[1] != intervals[2]


def test_bootstrap_bears_failures_and_refuses_an_empty_task():
    scores = [np.array([1.0, 2, 3, INF, INF])]
    found = statistics.stratified_bootstrap(scores, statistics.iqm, seed=0, reps=300)
    assert (np.isfinite(found.low), found.high) == (True, INF)
    with pytest.raises(ValueError, match="without runs"):
        statistics.stratified_bootstrap([np.empty(0)], statistics.iqm, seed=0)


def test_a12_equals_the_statistic_of_mann_and_whitney():
    rng = np.random.default_rng(4)
    x, y = rng.integers(0, 6, 9), rng.integers(2, 8, 7)
    expected = stats.mannwhitneyu(x, y).statistic / 63
    assert statistics.a12(x, y) == pytest.approx(expected)
    assert statistics.a12(x, y) + statistics.a12(y, x) == pytest.approx(1)
    assert statistics.a12([3], [1, 2, INF, 3]) == pytest.approx(2.5 / 4)


def test_probability_of_improvement_is_a_mean_over_tasks():
    x, y = [np.array([2, 3]), np.array([1])], [np.array([1]), np.array([2, 1, 0, 5])]
    assert statistics.probability_of_improvement(x, y) == pytest.approx((1 + 1.5 / 4) / 2)
    with pytest.raises(ValueError, match="2 and 1 tasks"):
        statistics.probability_of_improvement(x, y[:1])


@pytest.mark.parametrize(("n", "smallest"), [(5, 0.00794), (6, 0.002165), (10, 1.083e-5)])
def test_the_smallest_p_is_reached_by_separated_groups(n, smallest):
    found = statistics.mann_whitney(np.arange(n), np.arange(n) + 100)
    assert found.p == pytest.approx(smallest, rel=0.01) == found.smallest_p
    assert (found.a12, found.too_few) == (0.0, False)


def test_too_few_runs_are_called_so():
    found = statistics.mann_whitney([1, 2, 3], [4, 5, 6])
    assert (found.p, found.smallest_p, found.too_few, found.a12) == (None, 0.1, True, 0.0)
    assert not statistics.mann_whitney([1, 2, 3, 4], [5, 6, 7, 8]).too_few
    assert statistics.mann_whitney([1] * 5, [2] * 5, alpha=0.005).too_few
    assert statistics.mann_whitney([], [1, 2]).too_few


def test_mann_whitney_equals_scipys_and_takes_failures_as_ranks():
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=7), rng.normal(size=8) + 1
    assert statistics.mann_whitney(x, y).p == pytest.approx(stats.mannwhitneyu(x, y).pvalue)
    failed, finite = [1.0, 2, 3, INF, INF], [0.1, 0.2, 0.3, 0.4, 2.5]
    found = statistics.mann_whitney(failed, finite)
    assert found.p == pytest.approx(_enumerated([1, 2, 3, 99, 99], finite))
    assert found.smallest_p <= found.p < 1
    ties = np.repeat([1.0, 2.0], 12), np.repeat([1.0, 3.0], 12)
    assert statistics.mann_whitney(*ties).p == pytest.approx(stats.mannwhitneyu(*ties).pvalue)
    assert statistics.mann_whitney([INF] * 6, [INF] * 6).p == 1


def _enumerated(x, y):
    """Two-sided p by going through every split of the pooled values."""
    pooled = np.concatenate([x, y])
    away = [
        abs(statistics.a12(pooled[list(split)], np.delete(pooled, split)) - 0.5)
        for split in itertools.combinations(range(len(pooled)), len(x))
    ]
    return np.mean(np.array(away) >= abs(statistics.a12(x, y) - 0.5) - 1e-12)


def test_holm_gives_the_printed_example():
    found = statistics.holm([0.01, 0.04, 0.03, 0.005])
    assert found == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert statistics.holm([0.9, 0.8]).tolist() == [1, 1]
    assert statistics.holm([]).shape == (0,)
