"""Effects of a factorial with seeds as blocks, against least squares and against chance."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from statsmodels.stats.anova import anova_lm

from bench.analysis.statistics.factorial import EXACT, effects


def drawn(shape, seeds, seed=0, rates=None):
    rng = np.random.default_rng(seed)
    p = np.broadcast_to(0.4 if rates is None else rates, (seeds, *shape))
    return (rng.random((seeds, *shape)) < p).astype(float)


def long(table):
    index = list(itertools.product(*map(range, table.shape)))
    frame = pd.DataFrame(index, columns=["seed", "a", "b", "c"])
    return frame.assign(y=table.ravel())


def test_estimates_and_shares_are_those_of_least_squares_with_seeds_as_blocks():
    table = drawn((3, 2, 4), 6, rates=np.linspace(0.1, 0.9, 24).reshape(3, 2, 4))
    found = {own.factors: own for own in effects(table)}
    fitted = smf.ols("y ~ C(seed) + C(a, Sum) * C(b, Sum) + C(c, Sum)", long(table)).fit()
    for level, own in enumerate(found[0,].deviations[:-1]):
        assert own == pytest.approx(fitted.params[f"C(a, Sum)[S.{level}]"], abs=1e-10)
    assert found[1,].deviations[0] == pytest.approx(fitted.params["C(b, Sum)[S.0]"], abs=1e-10)
    for a in range(2):
        both = fitted.params[f"C(a, Sum)[S.{a}]:C(b, Sum)[S.0]"]
        assert found[0, 1].deviations[a, 0] == pytest.approx(both, abs=1e-10)
    cells = long(table).groupby(["a", "b", "c"])["y"].mean().reset_index()
    with np.errstate(all="ignore"):  # nothing is left over: no F, but sums of squares
        squares = anova_lm(smf.ols("y ~ C(a) * C(b) * C(c)", cells).fit())["sum_sq"]
    whole = squares.iloc[:-1].sum()
    for factors, name in (((0,), "C(a)"), ((2,), "C(c)"), ((0, 2), "C(a):C(c)")):
        assert found[factors].share == pytest.approx(squares[name] / whole, abs=1e-10)


def test_the_test_of_two_levels_is_the_permutation_of_levels_within_each_seed():
    table = drawn((2, 3), 7, seed=5, rates=np.array([[0.2] * 3, [0.7] * 3]))
    apart = table.mean(axis=2) @ [1, -1]
    every = [abs(np.dot(signs, apart)) for signs in itertools.product((1, -1), repeat=7)]
    wanted = np.mean(np.array(every) >= abs(apart.sum()) - 1e-12)
    own = effects(table)[0]
    assert own.p == pytest.approx(wanted)
    assert own.smallest_p == 2**-6


@pytest.mark.parametrize("seeds", [8, EXACT + 4])
def test_chance_is_called_an_effect_as_often_as_it_says(seeds):
    """Seeds differ, factors do nothing: 400 tables, three factors and three pairs each. Times have
    no ties; successes have, and with them the test is the more careful."""
    rng = np.random.default_rng(seeds)
    times, successes = [], []
    for run in range(400):
        rates = np.broadcast_to(rng.uniform(0.1, 0.9, (seeds, 1, 1, 1)), (seeds, 3, 2, 2))
        time = rates + rng.normal(size=rates.shape) * rng.uniform(0.1, 1, (seeds, 1, 1, 1))
        times.append([own.p for own in effects(time, seed=run)])
        success = (rng.random(rates.shape) < rates).astype(float)
        successes.append([own.p for own in effects(success, seed=run)])
    below = (np.array(times) <= 0.05).mean(axis=0)
    assert (below > 0.018).all()  # 3 deviations of 400 draws below 0.05
    assert (below < 0.083).all()
    assert ((np.array(successes) <= 0.05).mean(axis=0) < 0.083).all()


def test_an_interaction_that_is_there_is_found_and_no_other():
    """b helps with the first level of a, hurts with the second, and c does nothing."""
    rates = np.array([[0.1, 0.9], [0.9, 0.1]])[:, :, None].repeat(3, axis=2)
    found = {own.factors: own for own in effects(drawn((2, 2, 3), 10, seed=3, rates=rates))}
    own = found[0, 1]
    assert own.p <= 2**-9
    assert own.share > 0.8
    np.testing.assert_allclose(own.deviations, [[-0.4, 0.4], [0.4, -0.4]], atol=0.1)
    assert (own.low <= own.deviations).all()
    assert (own.deviations <= own.high).all()
    assert own.high[0, 0] < 0 < own.low[0, 1]
    assert min(other.p for factors, other in found.items() if factors != (0, 1)) > 0.01


def test_intervals_hold_the_true_difference():
    """Two-sided: of 300 tables of 20 seeds, between 90 and 98 % (a bootstrap over 20 is narrow)."""
    rates = np.array([[0.3, 0.3], [0.5, 0.5]])
    hits = 0
    for run in range(300):
        own = effects(drawn((2, 2), 20, seed=run, rates=rates))[0]
        low, high = own.differences[1][1]
        hits += low <= 0.2 <= high
    assert 0.90 < hits / 300 < 0.98


def test_seeds_that_are_all_alike_have_an_interval_and_no_share_where_nothing_differs():
    table = np.zeros((5, 2, 2))
    own = effects(table)[0]
    assert np.isnan(own.share)
    assert own.p == 1
    table[:, 1] = 1
    own = effects(table)[0]
    assert own.p == 2**-4
    assert own.low[1] < 0.5 <= own.high[1]


@pytest.mark.parametrize(
    "table",
    [np.zeros((1, 2, 2)), np.zeros((3, 2)), np.zeros((3, 1, 2)), np.full((3, 2, 2), np.nan)],
)
def test_what_is_no_factorial_is_refused(table):
    with pytest.raises(ValueError, match="two or more of each"):
        effects(table)
