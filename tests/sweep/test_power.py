"""What a plan says of a sweep's power, against SciPy's tests and by counting."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from bench.analysis import statistics
from bench.sweep import power
from bench.trial import Method, Trial


@pytest.mark.parametrize("n", [2, 3, 5, 6])
@pytest.mark.parametrize("alpha", [0.05, 0.01, 0.05 / 15])
def test_rejected_tables_are_those_of_boschloos_test(n, alpha):
    counts = range(n + 1)
    p = [[statistics.compare_rates(k, n, j, n).p for j in counts] for k in counts]
    np.testing.assert_array_equal(power.rejected(n, alpha), np.array(p) <= alpha)


def test_power_is_the_probability_of_a_rejected_table():
    rejects = power.rejected(20, 0.05)
    tables = stats.binom.pmf(np.arange(21)[:, None], 20, 0.5) * stats.binom.pmf(
        np.arange(21), 20, 0.9
    )
    assert power.power(rejects, 0.5, 0.9) == pytest.approx(tables[rejects].sum(), abs=1e-12)
    assert 0.75 < power.power(rejects, 0.5, 0.9) < 0.85
    assert power.power(rejects, 0.3, 0.3) <= 0.05  # the level is kept
    assert power.power(power.rejected(5, 0.05), 0.5, 0.9) < 0.15


@pytest.mark.parametrize(("rate", "n"), [(0.0, 3), (0.0, 5), (0.5, 10), (0.5, 40), (0.2, 15)])
def test_the_least_rate_has_just_the_power(rate, n):
    found = power.rate_over(rate, n)
    rejects = power.rejected(n, 0.05)
    assert power.power(rejects, rate, found) >= 0.8
    assert power.power(rejects, rate, found - 0.001) < 0.8
    assert power.power(rejects, 1 - found, 1 - rate) >= 0.8  # failures count as successes do


def test_few_seeds_tell_nothing():
    assert power.rate_over(0.5, 5) is None
    assert power.rate_over(0.0, 2) is None
    assert power.a12_over(3) is None
    assert power.a12_over(5) == 1.0
    assert power.a12_over(5, 0.001) is None


@pytest.mark.parametrize("rate", [0.0, 0.5])
def test_many_seeds_by_formula_agree_with_the_exact_power(rate):
    exact, approximate = power.rate_over(rate, 100), power._cohen(rate, 100, 0.05)
    assert abs(exact - approximate) < 0.03
    n = statistics.seeds_for_rates(rate, power._cohen(rate, 150, 0.05))
    assert n in (150, 151)
    assert power.rate_over(rate, 101) == pytest.approx(power._cohen(rate, 101, 0.05))


@pytest.mark.parametrize("n", [12, 15, 67])
@pytest.mark.parametrize("comparisons", [1, 10])
def test_better_is_the_inverse_of_the_seeds_needed(n, comparisons):
    found = power.a12_over(n, 0.05 / comparisons)
    assert statistics.seeds_for_a12(found + 1e-9, comparisons) == n


def trials(methods, seeds, settings=1, task="ring8"):
    return [
        Trial(task, Method(name), seed, 10, {"lr_g": 10.0**-lr})
        for name in methods
        for seed in range(seeds)
        for lr in range(settings)
    ]


def test_comparisons_are_those_of_the_report():
    six = trials("abcdef", 5)
    assert [(d.seeds, d.comparisons) for d in power.detectable(six, None)] == [(5, 1), (5, 15)]
    assert [(d.seeds, d.comparisons) for d in power.detectable(six, "a")] == [(5, 1), (5, 5)]
    both = six + trials("ab", 3, task="digits8")
    found = [(d.task, d.seeds, d.comparisons) for d in power.detectable(both, "a")]
    assert found == [("ring8", 5, 1), ("ring8", 5, 6), ("digits8", 3, 1), ("digits8", 3, 6)]
    assert power.detectable(trials("a", 5), None) == []
    assert [d.comparisons for d in power.detectable(trials("ab", 5), None)] == [1]


def test_a_searched_setting_is_judged_on_every_seed():
    (found,) = power.detectable(trials("ab", 9, settings=3), None)
    assert found.seeds == 9
    (found,) = power.detectable(trials("a", 9, settings=3) + trials("b", 7), None)
    assert found.seeds == 7
