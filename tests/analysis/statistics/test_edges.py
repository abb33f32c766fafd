"""All fail, all succeed, ties, one run, no runs, infinities; and closed forms."""

import math

import numpy as np
import pytest

from bench.analysis import statistics

INF, NAN = math.inf, math.nan


def test_rates_of_nothing_and_of_everything():
    assert statistics.clopper_pearson(0, 0) == (0, 1)
    assert statistics.clopper_pearson(5, 5) == pytest.approx((0.478, 1), abs=5e-4)
    assert statistics.newcombe(0, 0, 3, 5) == (-1, 1)
    assert statistics.compare_rates(5, 5, 7, 7)[::2] == (0, 1)
    assert statistics.compare_rates(0, 5, 0, 7)[::2] == (0, 1)
    nothing = statistics.compare_rates(0, 0, 2, 3)
    assert math.isnan(nothing.difference)
    assert nothing.p == 1
    large = statistics.compare_rates(400, 1000, 300, 1000)
    assert 0 < large.p < 1e-4
    with pytest.raises(ValueError, match="6 successes in 5"):
        statistics.newcombe(6, 5, 1, 2)


def test_nan_is_refused_where_a_failure_needs_a_value():
    for function in (statistics.a12, statistics.brunner_munzel, statistics.wilcoxon):
        with pytest.raises(ValueError, match="worst value"):
            function([1, NAN], [2, 3])


def test_cliff_s_delta_and_the_words_for_it():
    assert statistics.cliffs_delta([3, INF], [1, 2, INF, 3]) == pytest.approx(0.5)
    assert statistics.cliffs_delta([1], [INF]) == -1
    words = [statistics.size(a) for a in (0.5, 0.57, 0.3, 0.65, 0.71, 0.0)]
    assert words == ["none", "small", "medium", "medium", "large", "large"]
    assert math.isnan(statistics.a12([], [1]))


def test_the_interval_of_a12_keeps_some_doubt_of_separated_groups():
    found = statistics.a12_interval([6, 7, 8, 9, 10], [1, 2, 3, 4, 5])
    assert found.high == 1
    assert 0.5 < found.low < 0.8
    mirror = statistics.a12_interval([1, 2, 3, 4, 5], [6, 7, 8, 9, 10])
    assert mirror == pytest.approx((1 - found.high, 1 - found.low), abs=1e-4)
    assert statistics.a12_interval([], [1]) == (0, 1)
    many = statistics.a12_interval(np.arange(50) + 0.5, np.arange(50))
    assert many.low < 0.5 < many.high
    assert many.high - many.low < 0.25
    assert statistics.meaningful(1.0, found)
    assert not statistics.meaningful(0.74, statistics.Interval(0.6, 0.8))
    assert not statistics.meaningful(0.9, statistics.Interval(0.5, 1.0))


def test_brunner_munzel_of_separated_tied_and_few_runs():
    found = statistics.brunner_munzel([1, 2, 3, 4, 5], [6, 7, 8, 9, INF])
    assert found.p == pytest.approx(2 / 252) == found.smallest_p
    assert found.a12 == 0
    assert statistics.brunner_munzel([INF] * 5, [INF] * 5).p == 1
    assert statistics.brunner_munzel([1, 2, 3], [4, 5, 6]).too_few
    apart = statistics.brunner_munzel(np.arange(12), np.arange(12) + 20)
    assert apart.p == pytest.approx(1e-4)  # of 9,999 random orders and the observed one


def test_wilcoxon_bears_failures_on_both_sides():
    x, y = [INF, INF, 1, 2, 3, 4, 5], [INF, 9, 2, 3, 4, 5, 6]
    found = statistics.wilcoxon(x, y)
    assert 0.0 < found.comparison.p <= 1
    assert statistics.wilcoxon([INF] * 6, [INF] * 6).comparison.p == 1
    assert statistics.wilcoxon([1, 2, 3, 4, 5], [6, 7, 8, 9, 10]).comparison.too_few
    better = statistics.wilcoxon([1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11, 12])
    assert better.comparison.p == pytest.approx(2 / 64) == better.comparison.smallest_p
    assert better.correlation == pytest.approx(1)
    assert math.isnan(statistics.wilcoxon([2], [3]).correlation)
    with pytest.raises(ValueError, match="3 and 2 runs"):
        statistics.wilcoxon([1, 2, 3], [1, 2])


def test_friedman_of_ties_infinities_and_too_little():
    assert statistics.friedman(np.ones((4, 3)))[1:] == (0, 1)
    found = statistics.friedman([[1, 2, INF], [1, INF, INF], [0, 3, 2]])
    assert found.ranks == pytest.approx([1, (2 + 2.5 + 3) / 3, (3 + 2.5 + 2) / 3])
    for few in ([[1, 2, 3]], [[1, 2], [2, 1]]):
        assert math.isnan(statistics.friedman(few).p)
    with pytest.raises(ValueError, match="complete blocks"):
        statistics.friedman([[1, NAN, 2], [1, 2, 3]])


def test_cliques_are_the_largest_groups_within_the_difference():
    assert statistics.cliques([1.0, 3.0, 1.5, 2.4], 1.0) == [(0, 2), (2, 3), (3, 1)]
    assert statistics.cliques([1.0, 1.2, 1.4], 1.0) == [(0, 1, 2)]
    assert statistics.cliques([1.0, 2.0], 1.0) == []


def test_survival_where_all_or_none_converge():
    never = statistics.kaplan_meier([5000] * 5, [False] * 5)
    assert (never.steps.tolist(), never.share.tolist(), never.median) == ([0], [1], INF)
    assert never.low[0] == pytest.approx(1 - 0.434, abs=1e-3)
    every = statistics.kaplan_meier([100, 200, 300], [True] * 3)
    assert every.share == pytest.approx([1, 2 / 3, 1 / 3, 0])
    assert (every.low[-1], every.median) == (0, 200)
    assert every.high[-1] == pytest.approx(statistics.wilson(0, 3).high)
    with pytest.raises(ValueError, match="no trials"):
        statistics.kaplan_meier([], [])


def test_logrank_of_equal_and_of_empty_evidence():
    assert statistics.logrank([[5, 5], [5, 5]], [[False] * 2] * 2) == (0, 1)
    same = statistics.logrank([[1, 2, 9], [1, 2, 9]], [[True, True, False]] * 2)
    assert same == pytest.approx((0, 1))
    assert statistics.logrank([[1, 2]], [[True, True]]) == (0, 1)


def test_cost_of_a_success():
    times, converged = [100, 300, 1000, 1000], [True, True, False, False]
    assert statistics.ert(times, converged) == 1200
    assert statistics.ert([1000], [False]) == INF
    assert statistics.par10(times, converged, 1000) == pytest.approx((400 + 20_000) / 4)
    assert math.isnan(statistics.par10([], [], 1000))


def test_best_of_k_with_failures_and_out_of_range():
    y = [INF, 0.5, INF, 0.2]
    assert statistics.expected_best(y, 2) == INF
    assert statistics.expected_best(y, 3) == pytest.approx(0.2 * 3 / 4 + 0.5 / 4)
    assert statistics.best_of(y, 2) == 0.2
    assert statistics.best_of([INF, INF], 2) == INF
    assert statistics.best_of([0.7], 1) == 0.7
    for k in (0, 5):
        with pytest.raises(ValueError, match=f"best of {k} of 4"):
            statistics.best_of(y, k)


def test_profile_is_a_mean_over_tasks_with_a_band():
    scores = [np.array([0.1, 0.3, INF]), np.array([0.2])]
    found = statistics.performance_profile(scores, [0.15, 0.3, 9], seed=1)
    assert found.share == pytest.approx([(1 / 3 + 0) / 2, (2 / 3 + 1) / 2, (2 / 3 + 1) / 2])
    assert (found.low <= found.share).all()
    assert (found.share <= found.high).all()
    assert found.low[0] < found.high[0]
    again = statistics.performance_profile(scores, [0.15, 0.3, 9], seed=1)
    assert (found.high == again.high).all()
    with pytest.raises(ValueError, match="without runs"):
        statistics.performance_profile([np.empty(0)], [1], seed=1)


def test_time_profiles_and_their_area():
    times = [[100, 150, INF], [400, 100, INF], [INF, INF, INF]]
    found = statistics.time_profile(times, [1, 1.5, 4])
    expected = np.array([[1, 1, 2], [1, 2, 2], [0, 0, 0]]) / 3
    assert found == pytest.approx(expected)
    area = statistics.algoperf_score(times)
    assert area == pytest.approx([1 / 3, (2.5 / 3 + 1) / 3, 0])
    grid = np.linspace(1, 4, 30_001)
    curves = statistics.time_profile(times, grid)
    assert area == pytest.approx(np.trapezoid(curves, grid) / 3, abs=1e-3)


def test_share_of_configurations_that_work():
    works, half, fails = np.ones(5), np.array([1, 1, 0, 0.0]), np.zeros(5)
    found = statistics.share_that_works([works, half, fails, fails], seed=0)
    assert found.share == 0.25
    assert 0 <= found.interval.low < 0.25 < found.interval.high < 1
    assert found == statistics.share_that_works([works, half, fails, fails], seed=0)
    assert statistics.share_that_works([works], seed=0) == (1, (1, 1))
    with pytest.raises(ValueError, match="without runs"):
        statistics.share_that_works([], seed=0)


def test_importance_of_nothing_and_of_random_search():
    constant = statistics.importance({"lr": [1, 2]}, [INF, INF])
    assert math.isnan(constant.main["lr"])
    rng = np.random.default_rng(0)
    lr, other = rng.uniform(size=200), rng.uniform(size=200)
    found = statistics.importance({"lr": lr, "other": other}, np.where(lr > 0.5, INF, lr))
    assert found.main["lr"] > 0.8
    assert found.main["other"] < 0.1
    assert not found.full_grid
    assert not found.pairs


def test_edf_counts_failures_in_its_denominator():
    values, share = statistics.edf([INF, 0.3, 0.1, INF])
    assert (values.tolist(), share.tolist()) == ([0.1, 0.3], [0.25, 0.5])
    assert len(statistics.edf([])[0]) == 0


@pytest.mark.parametrize(("a", "seeds"), [(0.80, 15), (0.71, 30), (0.64, 67), (0.56, 364)])
def test_noether_gives_the_printed_numbers(a, seeds):
    assert statistics.seeds_for_a12(a) == pytest.approx(seeds, abs=1)
    assert statistics.seeds_for_a12(1 - a) == statistics.seeds_for_a12(a)
    assert statistics.seeds_for_a12(a, comparisons=10) > 1.5 * seeds


def test_seeds_are_never_fewer_than_can_decide():
    assert statistics.fewest_seeds(0.05) == 4
    assert statistics.seeds_for_a12(1.0) == 6
    assert statistics.seeds_for_a12(1.0, comparisons=1000) >= statistics.fewest_seeds(0.05 / 1000)
    assert statistics.seeds_for_a12(0.5) is None
    assert statistics.seeds_for_a12(NAN) is None
    assert statistics.seeds_for_rates(0.4, 0.4) is None


def test_two_level_bootstrap_is_wider_than_that_of_the_seeds_alone():
    groups = [np.full(4, float(i)) for i in range(5)]
    mean = lambda scores: float(np.mean([s.mean() for s in scores]))  # noqa: E731
    both = statistics.two_level_bootstrap(groups, mean, seed=0, reps=300)
    alone = statistics.stratified_bootstrap(groups, mean, seed=0, reps=300)
    assert both.low < 2 < both.high
    assert alone == (2, 2)
    assert both == statistics.two_level_bootstrap(groups, mean, seed=0, reps=300)
    assert both != statistics.two_level_bootstrap(groups, mean, seed=1, reps=300)


@pytest.mark.slow
def test_the_bootstrap_of_the_iqm_covers():
    """95 % intervals of the IQM of three tasks of 20 lognormal runs hold the true value in 92 to
    97 of 100 cases. The true IQM is that of the pooled distribution, by a very large sample."""
    rng = np.random.default_rng(0)
    spread = (0.3, 0.6, 0.9)
    truth = statistics.iqm([rng.lognormal(sigma=s, size=1_000_000) for s in spread])
    covered = 0
    for trial in range(2000):
        scores = [rng.lognormal(sigma=s, size=20) for s in spread]
        low, high = statistics.stratified_bootstrap(scores, statistics.iqm, seed=trial, reps=1000)
        covered += low <= truth <= high
    assert 0.92 <= covered / 2000 <= 0.97


def test_dunnett_has_nothing_to_say_of_failures_of_single_runs_and_of_constants():
    for groups, control in (
        ([[1.0, 2.0], [3.0, math.inf]], [1.0, 3.0]),
        ([[1.0], [3.0, 4.0]], [1.0, 3.0]),
        ([[1.0, 1.0], [1.0, 1.0]], [1.0, 1.0]),
    ):
        assert np.isnan(statistics.dunnett(groups, control)).all()
    assert len(statistics.dunnett([], [1.0, 2.0])) == 0
    with pytest.raises(ValueError, match="NaN"):
        statistics.dunnett([[1.0, math.nan]], [1.0, 2.0])
