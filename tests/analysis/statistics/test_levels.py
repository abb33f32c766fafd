"""At the level itself, and at levels that are not the usual ones; where a term matters only once a
trial is censored, short or unequal."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from bench.analysis import statistics as st

APART = [0.0, 1.0, 2.0], [3.0, 4.0, 5.0]


@pytest.mark.parametrize("test", [st.mann_whitney, st.brunner_munzel])
def test_a_least_p_of_just_the_level_is_not_below_it(test):
    """3 against 3 reach 2 / 20 = 0.1, and p < 0.1 is asked for."""
    assert test(*APART, alpha=0.1).too_few
    assert test(*APART, alpha=0.1 + 1e-9).p == pytest.approx(0.1)
    assert test(*APART, alpha=0.1 - 1e-9).p is None


def test_signed_ranks_of_just_the_level():
    """4 pairs reach 2 / 2^4 = 0.125."""
    x, y = [1.0, 2.0, 3.0, 4.0], [2.0, 4.0, 6.0, 8.5]
    assert st.wilcoxon(x, y, alpha=0.125).comparison.p is None
    assert st.wilcoxon(x, y, alpha=0.1251).comparison.p == pytest.approx(0.125)


@pytest.mark.parametrize(("alpha", "n"), [(0.1, 4), (0.11, 3), (2 / 70, 5), (0.03, 4), (0.05, 4)])
def test_the_fewest_seeds_reach_less_than_the_level(alpha, n):
    """2 / C(2n, n): 0.1 for 3, 0.0286 for 4, 0.0079 for 5."""
    assert st.fewest_seeds(alpha) == n


def test_intervals_have_the_level_that_they_are_asked_for():
    z = stats.norm.ppf(0.75)
    p, n = 3 / 8, 8
    centre, half = (p + z * z / 2 / n), z * math.sqrt(p * (1 - p) / n + z * z / 4 / n**2)
    expected = [(centre - half) / (1 + z * z / n), (centre + half) / (1 + z * z / n)]
    np.testing.assert_allclose(st.wilson(3, 8, level=0.5), expected)
    exact = [stats.beta.ppf(0.25, 3, 6), stats.beta.ppf(0.75, 4, 5)]
    np.testing.assert_allclose(st.clopper_pearson(3, 8, level=0.5), exact)
    hits, seeds = [1, 0, 1, 1, 0, 0, 1, 0], [0, 0, 1, 1, 2, 2, 3, 3]
    wide, narrow = (st.over_grid(hits, seeds, level) for level in (0.95, 0.5))
    assert narrow.high - narrow.low < 0.6 * (wide.high - wide.low)
    own = st.rate_interval([1, 0, 1], [0, 1, 2], 0.5)
    assert own == st.wilson(2, 3, 0.5) != st.wilson(2, 3)
    assert st.rate_interval(hits, seeds, 0.5) == narrow


def test_newcombe_has_its_level_too():
    assert st.newcombe(3, 8, 1, 9, level=0.5) != st.newcombe(3, 8, 1, 9)
    first, second = st.wilson(3, 8, 0.5), st.wilson(1, 9, 0.5)
    assert st.newcombe(3, 8, 1, 9, level=0.5) == st.difference(3 / 8, first, 1 / 9, second)


def test_the_seeds_inside_of_one_configuration_are_resampled():
    """One configuration: nothing but its seeds can vary, by a standard error of sd / sqrt(n)."""
    runs = np.arange(50.0)
    found = st.two_level_bootstrap([runs], lambda scores: float(scores[0].mean()), seed=0)
    error = runs.std() / math.sqrt(50)
    assert found.high - found.low == pytest.approx(2 * 1.96 * error, rel=0.1)


def test_configurations_are_resampled_too():
    """Two of constant runs: their mean is one or the other in half of the resamples."""
    groups = [np.zeros(30), np.ones(30)]
    means = lambda scores: float(np.mean([s.mean() for s in scores]))  # noqa: E731
    assert st.two_level_bootstrap(groups, means, seed=0) == (0.0, 1.0)


def test_a_censored_trial_leaves_the_risk_set_and_has_not_converged():
    """By hand: at 5, 1 of 2 against 0 of 2 (one of those censored just then); at 7, 1 of 1."""
    times, converged = [[5, 7], [5, 9]], [[True, True], [False, False]]
    found = st.logrank(times, converged)
    excess = (1 - 2 / 4) + (1 - 1 / 2)
    variance = 1 * 3 / 3 * (1 / 4) + 1 * 1 / 1 * (1 / 4)
    assert found.statistic == pytest.approx(excess**2 / variance)
    assert found.p == pytest.approx(stats.chi2.sf(excess**2 / variance, 1))


def test_failures_cost_whole_budgets_whenever_they_broke_off():
    """Broken off at 30 of 100 steps: ten budgets in PAR10, its own steps in the running time."""
    assert st.par10([40, 30], [True, False], budget=100) == (40 + 1000) / 2
    assert st.par10([40, 30], [True, False], budget=100, factor=2) == (40 + 200) / 2
    assert st.ert([40, 30, 20], [True, False, False]) == 90
    assert math.isnan(st.par10([], [], budget=100))
    assert st.ert([30], [False]) == math.inf


def test_a_configuration_at_just_the_rate_works():
    four_of_five, three_of_five = np.array([1, 1, 1, 1, 0]), np.array([1, 1, 1, 0, 0])
    assert st.share_that_works([four_of_five, three_of_five], seed=0).share == 0.5
    assert st.share_that_works([four_of_five, three_of_five], seed=0, works=0.6).share == 1.0
    assert st.share_that_works([four_of_five, three_of_five], seed=0, works=0.81).share == 0.0


def test_rates_of_nothing_and_of_all():
    assert st.over_grid([], []) == st.rate_interval([], []) == (0.0, 1.0)
    for k, j, n, m in ((4, 6, 4, 6), (0, 0, 4, 6), (5, 5, 5, 5)):
        assert st.compare_rates(k, n, j, m).p == 1.0
    exact = stats.boschloo_exact([[1, 0], [3, 2]]).pvalue
    assert st.compare_rates(1, 4, 0, 2).p == pytest.approx(exact)


def test_random_permutations_are_the_same_at_every_report():
    """9 against 12 runs are too many to go through: 9,999 random ones and the observed one."""
    x, y = np.arange(9.0), np.arange(12.0) * 1.1 + 3
    assert st.brunner_munzel(x, y).p == pytest.approx(0.0027, abs=1e-12)


@pytest.mark.parametrize(("n", "alpha"), [(4, 0.06), (5, 0.05), (6, 0.02)])
def test_tables_that_boschloo_rejects_are_those_of_scipy_on_both_sides(n, alpha):
    from bench.analysis.statistics.boschloo import rejected

    found = rejected(n, alpha)
    assert found.dtype == bool
    for k in range(n + 1):
        for j in range(n + 1):
            table = [[k, j], [n - k, n - j]]
            p = stats.boschloo_exact(table).pvalue if 0 < k + j < 2 * n else 1.0
            assert found[k, j] == (p <= alpha), (k, j, p)
    assert found.any()
    assert not found.all()
