"""Rates over a grid of settings: the seeds are resampled, the grid stays."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint

from bench.analysis import statistics

PER_SEED = [9, 11, 9, 10, 10, 9, 10, 10, 9, 11]
"""Successes of each of ten seeds on a grid of 15 settings, of which nine always work, three never,
and three (rates .1, .3, .4) now and then: 98 of 150."""


def trials(per_seed=PER_SEED, settings=15):
    hits = [s < count for count in per_seed for s in range(settings)]
    return np.array(hits), np.repeat(np.arange(len(per_seed)), settings)


def test_settings_that_always_work_are_no_doubt():
    low, high = statistics.wilson(98, 150)
    assert (low, high) == pytest.approx((0.574, 0.725), abs=1e-3)
    low, high = statistics.rate_interval(*trials())
    assert (low, high) == pytest.approx((0.627, 0.687), abs=0.007)  # a step is 1/150


def test_it_is_the_bootstrap_of_whole_seeds():
    per_seed = [0, 1, 5, 5, 7, 2, 6]
    hits, seeds = trials(per_seed, 7)
    order = np.random.default_rng(3).permutation(len(hits))
    low, high = statistics.over_grid(hits[order], seeds[order], reps=20_000)
    rng = np.random.default_rng(99)
    drawn = rng.choice(np.array(per_seed) / 7, (40_000, 7)).mean(axis=1)
    assert (low, high) == pytest.approx(np.quantile(drawn, [0.025, 0.975]), abs=0.021)
    assert statistics.over_grid(hits, seeds) == statistics.over_grid(hits, seeds)


def test_a_seed_that_lacks_settings_weighs_less():
    hits = np.array([1, 1, 1, 1, 0, 0], bool)
    low, high = statistics.over_grid(hits, [0, 0, 0, 0, 1, 2])
    assert (low, high) == (0.0, 1.0)
    rng = np.random.default_rng(5)
    own, size = np.array([3, 0, 1, 2, 1, 0]), np.array([4, 2, 4, 3, 4, 4])
    seeds = np.repeat(np.arange(6), size)
    hits = np.concatenate([np.arange(n) < k for k, n in zip(own, size, strict=True)])
    drawn = rng.integers(0, 6, (40_000, 6))
    oracle = np.quantile(own[drawn].sum(1) / size[drawn].sum(1), [0.025, 0.975])
    assert tuple(statistics.over_grid(hits, seeds, reps=20_000)) == pytest.approx(oracle, abs=0.01)


@pytest.mark.parametrize("seeds", [1, 3, 10])
@pytest.mark.parametrize("rate", [0, 15])
def test_where_nothing_varies_the_seeds_alone_count(seeds, rate):
    """150 trials of 10 seeds that all failed are no 150 independent failures."""
    found = statistics.rate_interval(*trials([rate] * seeds))
    oracle = proportion_confint(seeds if rate else 0, seeds, 0.05, "wilson")
    assert tuple(found) == pytest.approx(oracle)


def test_equal_seeds_leave_the_doubt_that_another_is_unlike_them():
    low, high = statistics.rate_interval(*trials([9] * 10))
    unlike = proportion_confint(0, 10, 0.05, "wilson")[1]
    assert (low, high) == pytest.approx((0.6 * (1 - unlike), 0.6 * (1 - unlike) + unlike))
    assert low < 0.6 < high


def test_one_trial_a_seed_has_wilson_s():
    hits = np.arange(20) < 7
    assert statistics.rate_interval(hits, np.arange(20)) == statistics.wilson(7, 20)
    assert statistics.rate_interval([], []) == (0.0, 1.0)


def test_it_covers_the_rate_of_the_grid_and_wilson_s_covers_too_much():
    """Settings of very different rates, seeds that help or hurt all of them."""
    rng, truth = np.random.default_rng(11), np.array([0.0, 0.05, 0.5, 0.95, 1.0, 1.0])
    inside, widths = [], []
    for _ in range(300):
        luck = rng.choice([-0.15, 0.15], 12)[:, None] * (truth * (1 - truth) > 0.1)
        hits = rng.random((12, 6)) < truth + luck
        low, high = statistics.over_grid(hits.ravel(), np.repeat(np.arange(12), 6), reps=500)
        inside.append(low <= truth.mean() <= high)
        wide = statistics.wilson(int(hits.sum()), hits.size)
        widths.append((high - low) / (wide.high - wide.low))
    assert 0.87 < np.mean(inside) < 0.99
    assert np.mean(widths) < 0.7


def test_a_difference_from_two_intervals_is_newcombe_s_with_wilson_s():
    own, rest = statistics.wilson(7, 9), statistics.wilson(2, 11)
    found = statistics.difference(7 / 9, own, 2 / 11, rest)
    assert tuple(found) == pytest.approx(tuple(statistics.newcombe(7, 9, 2, 11)))
