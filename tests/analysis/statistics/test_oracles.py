"""Every statistic against an independent implementation, on fixed data."""

import itertools
import math
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats

from bench.analysis import statistics

posthocs = pytest.importorskip("scikit_posthocs")
multitest = pytest.importorskip("statsmodels.stats.multitest")
proportion = pytest.importorskip("statsmodels.stats.proportion")
power = pytest.importorskip("statsmodels.stats.power")
duration = pytest.importorskip("statsmodels.duration.survfunc")
nonparametric = pytest.importorskip("statsmodels.stats.nonparametric")

INF = math.inf
COUNTS = [(3, 9), (7, 23), (0, 5), (5, 5)]


@pytest.mark.parametrize(("k", "n"), COUNTS)
def test_intervals_of_rates(k, n):
    for ours, method in ((statistics.wilson, "wilson"), (statistics.clopper_pearson, "beta")):
        assert ours(k, n) == pytest.approx(proportion.proportion_confint(k, n, method=method))


@pytest.mark.parametrize(("first", "second"), list(itertools.pairwise(COUNTS)))
def test_newcombe(first, second):
    expected = proportion.confint_proportions_2indep(
        *first, *second, compare="diff", method="newcomb"
    )
    assert statistics.newcombe(*first, *second) == pytest.approx(expected)


def test_two_rates_by_boschloo():
    found = statistics.compare_rates(4, 5, 1, 9)
    expected = stats.boschloo_exact([[4, 1], [1, 8]]).pvalue
    assert found.p == pytest.approx(expected)
    assert found.p < stats.fisher_exact([[4, 1], [1, 8]]).pvalue
    assert found.difference == pytest.approx(4 / 5 - 1 / 9)
    assert statistics.compare_rates(1, 9, 4, 5).difference == pytest.approx(1 / 9 - 4 / 5)


def test_holm():
    p = [0.01, 0.04, 0.03, 0.005, 0.2]
    expected = multitest.multipletests(p, method="holm")[1]
    assert statistics.holm(p) == pytest.approx(expected)
    assert statistics.holm([*p[:2], math.nan, *p[2:]])[[0, 1, 3, 4, 5]] == pytest.approx(expected)


def test_brunner_munzel_of_larger_groups():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=14), rng.normal(0.8, 3, size=11)
    found = statistics.brunner_munzel(x, y)
    assert found.p == pytest.approx(stats.brunnermunzel(x, y).pvalue)
    other = nonparametric.rank_compare_2indep(x, y)
    assert found.p == pytest.approx(other.pvalue)
    assert found.a12 == pytest.approx(other.prob1)


def test_brunner_munzel_of_small_groups_is_a_permutation_test():
    x, y = np.array([0.1, 0.5, 0.9, 2.0, 7.0]), np.array([1.5, 3.0, 4.0, 5.0])

    def statistic(a, b):
        with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
            value = stats.brunnermunzel(a, b).statistic
        return abs(value) if np.isfinite(value) else INF

    pooled = np.concatenate([x, y])
    every = [
        statistic(pooled[list(split)], np.delete(pooled, split))
        for split in itertools.combinations(range(9), 5)
    ]
    expected = np.mean(np.array(every) >= statistic(x, y) - 1e-9)
    assert statistics.brunner_munzel(x, y).p == pytest.approx(expected)


@pytest.mark.parametrize(("n", "m"), [(5, 5), (4, 11)])
def test_the_interval_of_a12_solves_its_equation(n, m):
    """|A12 - theta| = z sqrt(V(theta)), V as printed in Newcombe 2006, method 5."""
    rng = np.random.default_rng(n)
    x, y = rng.normal(0.8, size=n), rng.normal(size=m)
    seen, more = statistics.a12(x, y), (n + m) / 2 - 1
    z = stats.norm.ppf(0.975)

    def excess(theta):
        inner = 1 + more * (1 - theta) / (2 - theta) + more * theta / (1 + theta)
        return abs(seen - theta) - z * math.sqrt(theta * (1 - theta) * inner / (n * m))

    low, high = statistics.a12_interval(x, y)
    assert low == pytest.approx(optimize.brentq(excess, 1e-9, seen), abs=2e-4)
    assert high == pytest.approx(optimize.brentq(excess, seen, 1 - 1e-9), abs=2e-4)


def test_wilcoxon():
    rng = np.random.default_rng(2)
    for n in (7, 13, 40):
        x = rng.normal(size=n)
        y = x + rng.normal(0.4, 0.6, size=n)
        found = statistics.wilcoxon(x, y)
        ranks = stats.rankdata(np.concatenate([x, y]))
        differences = ranks[:n] - ranks[n:]
        tied = len(set(np.abs(differences))) < n or not differences.all()
        if not tied or n > 14:
            method = "exact" if n <= 14 else "asymptotic"
            expected = stats.wilcoxon(differences[differences != 0], method=method).pvalue
            assert found.comparison.p == pytest.approx(expected)
        assert found.correlation == pytest.approx(stats.spearmanr(x, y).statistic)


def test_wilcoxon_of_distinct_ranks_is_exact():
    x, y = np.array([1, 5, 9, 30, 60, 100.0]), np.array([2, 3, 20, 10, 90, 61.0])
    ranks = stats.rankdata(np.concatenate([x, y]))
    expected = _all_signs(ranks[:6] - ranks[6:])
    assert statistics.wilcoxon(x, y).comparison.p == pytest.approx(expected)


def _all_signs(differences):
    ranks = stats.rankdata(np.abs(differences))
    sums = [np.dot(signs, ranks) for signs in itertools.product((-1, 1), repeat=len(ranks))]
    return np.mean(np.abs(sums) >= abs(np.dot(np.sign(differences), ranks)) - 1e-9)


def test_friedman_and_its_critical_difference():
    scores = np.random.default_rng(3).normal([0, 0.5, 1, 3], size=(9, 4))
    found = statistics.friedman(scores)
    expected = stats.friedmanchisquare(*scores.T)
    assert (found.statistic, found.p) == pytest.approx((expected.statistic, expected.pvalue))
    pairs = posthocs.posthoc_nemenyi_friedman(pd.DataFrame(scores)).to_numpy()
    cd = statistics.critical_difference(4, 9)
    differ = np.abs(found.ranks[:, None] - found.ranks) >= cd
    assert (differ == (pairs < 0.05)).all()
    assert 0 < differ.sum() < 12
    assert statistics.critical_difference(5, 30) == pytest.approx(
        2.728 * math.sqrt(30 / 180), rel=1e-3
    )


TIMES = (
    np.array([650, 700, 700, 1200, 5000, 5000.0]),
    np.array([900, 1300, 2000, 5000, 5000.0]),
    np.array([5000, 4000, 3900, 5000.0]),
)
EVENTS = tuple(times < 5000 for times in TIMES)


def test_kaplan_meier():
    found = statistics.kaplan_meier(TIMES[0], EVENTS[0])
    expected = duration.SurvfuncRight(TIMES[0], EVENTS[0])
    assert found.steps[1:] == pytest.approx(expected.surv_times)
    assert found.share[1:] == pytest.approx(expected.surv_prob)
    assert found.median == 700  # the first step at which half are left
    slower = duration.SurvfuncRight(TIMES[1], EVENTS[1])
    assert statistics.kaplan_meier(TIMES[1], EVENTS[1]).median == slower.quantile(0.5) == 2000


@pytest.mark.filterwarnings("ignore")  # lifelines 0.30 speaks to pandas 2
def test_survival_equals_that_of_lifelines():
    lifelines = pytest.importorskip("lifelines")
    found = statistics.kaplan_meier(TIMES[0], EVENTS[0])
    fitter = lifelines.KaplanMeierFitter().fit(TIMES[0], EVENTS[0])
    expected = fitter.survival_function_at_times(found.steps).to_numpy()
    assert found.share == pytest.approx(expected)
    band = fitter.confidence_interval_.loc[found.steps[1:]].to_numpy()
    assert found.low[1:] == pytest.approx(band[:, 0])
    assert found.high[1:] == pytest.approx(band[:, 1])
    test = lifelines.statistics.multivariate_logrank_test(*_pooled())
    assert statistics.logrank(TIMES, EVENTS) == pytest.approx((test.test_statistic, test.p_value))


def test_kaplan_meier_with_censoring_in_between_equals_scipys():
    times, event = np.array([1, 2, 2, 3, 4, 7.0]), np.array([1, 0, 1, 1, 0, 1], bool)
    data = stats.CensoredData.right_censored(times, ~event)
    expected = stats.ecdf(data).sf
    found = statistics.kaplan_meier(times, event)
    assert found.share[1:] == pytest.approx(expected.evaluate(found.steps[1:]))
    with warnings.catch_warnings(action="ignore"):  # it says that the last one is undefined
        band = expected.confidence_interval(method="log-log")
    assert found.low[1:-1] == pytest.approx(band.low.evaluate(found.steps[1:-1]))
    assert found.high[1:-1] == pytest.approx(band.high.evaluate(found.steps[1:-1]))


def _pooled():
    group = np.repeat([0, 1, 2], [len(times) for times in TIMES])
    return np.concatenate(TIMES), group, np.concatenate(EVENTS)


def test_logrank_of_three_groups():
    times, group, events = _pooled()
    expected = duration.survdiff(times, events, group)
    assert statistics.logrank(TIMES, EVENTS) == pytest.approx(expected)


def test_logrank_of_two_groups_is_the_square_of_scipys():
    data = [stats.CensoredData.right_censored(t, ~e) for t, e in zip(TIMES, EVENTS, strict=True)]
    expected = stats.logrank(data[0], data[1])
    found = statistics.logrank(TIMES[:2], EVENTS[:2])
    assert found == pytest.approx((expected.statistic**2, expected.pvalue))


def test_seeds_for_rates():
    """Exact for few seeds, where the formula for the normal approximation is too low by a few."""
    for p, q, least, most in ((0.9, 0.5, 0, 3), (0.52, 0.4, 0, 0)):
        effect = proportion.proportion_effectsize(p, q)
        formula = math.ceil(power.NormalIndPower().solve_power(effect, alpha=0.05, power=0.8))
        assert least <= statistics.seeds_for_rates(p, q) - formula <= most


def test_best_of_k_equals_going_through_all_subsets():
    y = [0.3, 0.9, 0.1, 0.5, 1.4, 0.2]
    for k in (1, 2, 3, 6):
        best = sorted(min(subset) for subset in itertools.combinations(y, k))
        assert statistics.expected_best(y, k) == pytest.approx(np.mean(best))
        for share in (0.25, 0.5, 0.9):
            expected = np.quantile(best, share, method="inverted_cdf")
            assert statistics.best_of(y, k, share) == pytest.approx(expected)


def test_importance_on_a_full_grid_is_the_analysis_of_variance():
    a, b = (axis.ravel() for axis in np.meshgrid([1, 2, 3], [10, 20], indexing="ij"))
    response = np.array([1, 2, 4, 8, 3, 16.0])
    found = statistics.importance({"a": a, "b": b}, response)
    ranks = stats.rankdata(response).reshape(3, 2)
    total = ((ranks - ranks.mean()) ** 2).sum()
    main_a = 2 * ((ranks.mean(1) - ranks.mean()) ** 2).sum() / total
    main_b = 3 * ((ranks.mean(0) - ranks.mean()) ** 2).sum() / total
    assert found.main == pytest.approx({"a": main_a, "b": main_b})
    assert found.full_grid
    assert sum(found.main.values()) + found.pairs["a", "b"] == pytest.approx(1)


def test_dunnett_against_a_simulation_of_its_null_distribution():
    """The largest |t| of three groups against one control, with a pooled variance, by chance."""
    rng = np.random.default_rng(11)
    groups, control = (
        [rng.normal(m, 1, n) for m, n in ((1.2, 7), (0.2, 5), (-0.7, 6))],
        rng.normal(size=6),
    )

    def t(samples):
        *own, base = samples
        pooled = sum(((s - s.mean(-1, keepdims=True)) ** 2).sum(-1) for s in samples)
        sd = np.sqrt(pooled / (sum(s.shape[-1] for s in samples) - len(samples)))
        scale = [np.sqrt(1 / s.shape[-1] + 1 / base.shape[-1]) for s in own]
        means = [np.abs(s.mean(-1) - base.mean(-1)) for s in own]
        return np.stack([mean / (sd * by) for mean, by in zip(means, scale, strict=True)])

    observed = t([*groups, control])
    null = t([rng.normal(size=(100_000, len(s))) for s in (*groups, control)]).max(axis=0)
    simulated = [(null >= value).mean() for value in observed]
    assert statistics.dunnett(groups, control) == pytest.approx(simulated, abs=6e-3)


def test_dunnett_gives_the_published_example():
    """Blood counts under two drugs; Dunnett 1955, table 1."""
    control = [7.40, 8.50, 7.20, 8.24, 9.84, 8.32]
    a, b = [9.76, 8.80, 7.68, 9.36], [12.80, 9.68, 12.16, 9.20, 10.55]
    assert statistics.dunnett([a, b], control) == pytest.approx([0.6200, 0.0058], abs=1e-3)


def test_numbers_that_rliable_gives():
    """rliable 1.2.0 on 10 runs of 4 tasks, printed once: it wants an older arch than there is."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(10, 4)), rng.normal(0.3, 1, size=(10, 4))
    tasks = list(x.T)
    assert statistics.iqm(tasks) == pytest.approx(-0.07926867569328708)
    alone = {n: statistics.iqm([x[:n, 0]]) for n in (3, 5, 7)}
    expected = {3: -0.3712247959582367, 5: -0.5945545306084711, 7: -0.3572936067352109}
    assert alone == pytest.approx(expected)
    assert statistics.probability_of_improvement(tasks, list(y.T)) == pytest.approx(0.3175)
    interval = statistics.stratified_bootstrap(tasks, statistics.iqm, seed=0, reps=5000)
    assert interval == pytest.approx((-0.32034333, 0.17758615), abs=0.02)
    above = [0.975, 0.975, 0.9, 0.675, 0.475, 0.225, 0.1, 0, 0]  # its profile is of larger values
    low = [0.925, 0.925, 0.8, 0.525, 0.325, 0.1, 0.025, 0, 0]
    high = [1, 1, 0.975, 0.8, 0.625, 0.35, 0.2, 0, 0]
    found = statistics.performance_profile(tasks, np.linspace(-2, 2, 9), seed=0, reps=2000)
    assert 1 - found.share == pytest.approx(above)
    assert 1 - found.high == pytest.approx(low, abs=0.026)  # a run more or less
    assert 1 - found.low == pytest.approx(high, abs=0.026)
