"""Power, seeds and futility of a race, against paths that are counted and races that are drawn."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from bench.analysis.statistics import boschloo
from bench.analysis.statistics.sequential import (
    Design,
    boundaries,
    fixed_power,
    fixed_seeds,
    operating,
    repeated_interval,
    worst_expected,
    worst_power,
)
from bench.analysis.statistics.sequential.futility import conditional_power
from tests.analysis.statistics.sequential import paths, simulated

RACE = Design((5, 10, 15, 20, 30, 40), 0.05, "pocock", 0.3)
SMALL = Design((4, 7, 13), 0.1, "pocock", 0.4)


@pytest.mark.parametrize(("p", "q"), [(0.2, 0.8), (0.9, 0.55), (0.5, 0.5), (0.0, 0.0), (1.0, 0.0)])
@pytest.mark.parametrize("futility", [True, False])
@pytest.mark.parametrize("design", [RACE, SMALL], ids=["race", "small"])
def test_course_of_a_race(design, futility, p, q):
    found, by_look = operating(design, p, q, futility), []
    tables = boundaries(design)
    ends = [
        rejects | (futile if futility else False)
        for rejects, futile in zip(tables.rejects, tables.futile, strict=True)
    ]
    first = second = futile = 0.0
    for k, (n, ended) in enumerate(
        zip(design.looks, paths.endings(design.looks, ends), strict=True)
    ):
        by_look.append(paths.chance(n, ended, p, q))
        for (s1, s2), number in ended.items():
            chance = paths.chance(n, {(s1, s2): number}, p, q)
            if tables.rejects[k][s1, s2]:
                first, second = first + chance * (s1 > s2), second + chance * (s1 < s2)
            elif k + 1 < len(design.looks):
                futile += chance
    np.testing.assert_allclose(found.at_look, by_look, atol=1e-10)
    assert sum(found.at_look) == pytest.approx(1)
    assert found.expected == pytest.approx(np.dot(by_look, design.looks))
    expected = pytest.approx((first, second, first + second, futile), abs=1e-10)
    assert (found.first, found.second, found.power, found.futile) == expected


def test_drawn_races_take_as_long():
    found = operating(RACE, 0.35, 0.7)
    look, sign = simulated.ends(RACE, 0.35, 0.7, 4000, seed=2)
    assert np.mean(np.array(RACE.looks)[look]) == pytest.approx(found.expected, abs=0.8)
    assert np.mean(sign == -1) == pytest.approx(found.second, abs=0.03)


def test_futility_is_not_binding():
    """Boundaries do not know of it; with it there is less of everything."""
    without = boundaries(Design(RACE.looks, RACE.alpha, RACE.spending))
    for mine, theirs in zip(boundaries(RACE).rejects, without.rejects, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert not any(table.any() for table in without.futile)
    assert not boundaries(RACE).futile[-1].any()
    for p, q in ((0.5, 0.5), (0.4, 0.7)):
        ends, goes_on = operating(RACE, p, q), operating(RACE, p, q, futility=False)
        assert ends.expected < goes_on.expected
        assert ends.power <= goes_on.power
        assert goes_on.futile == 0


def test_no_table_rejects_and_is_given_up():
    for rejects, futile in zip(boundaries(RACE).rejects, boundaries(RACE).futile, strict=True):
        assert not (rejects & futile).any()


def test_conditional_power_is_that_of_drawn_continuations():
    """4 and 3 of 7 seeds, rates 8/16 +- 0.2 for the 6 seeds to come."""
    found = conditional_power(SMALL)[1][4, 3]
    rejects = boundaries(SMALL).rejects[2]
    more = np.arange(7)
    one, two = stats.binom.pmf(more, 6, 0.7), stats.binom.pmf(more, 6, 0.3)
    better = sum(
        one[i] * two[j] for i in more for j in more if rejects[4 + i, 3 + j] and 4 + i > 3 + j
    )
    assert found == pytest.approx(better)
    assert found > sum(
        two[i] * one[j] for i in more for j in more if rejects[4 + i, 3 + j] and 4 + i < 3 + j
    )


def test_conditional_power_counts_all_looks_to_come():
    """1 and 3 of 4 seeds, rates 5/10 +- 0.2 for the 3 and 6 seeds to come."""
    near, far = boundaries(SMALL).rejects[1:]
    one, two = (
        {m: stats.binom.pmf(np.arange(m + 1), m, rate) for m in (3, 6)} for rate in (0.3, 0.7)
    )
    expected = 0.0
    for a, b in np.ndindex(4, 4):
        now = one[3][a] * two[3][b]
        if near[1 + a, 3 + b]:
            expected += now * (b + 3 > a + 1)
            continue
        for c, d in np.ndindex(7, 7):
            if far[1 + a + c, 3 + b + d] and 3 + b + d > 1 + a + c:
                expected += now * one[6][c] * two[6][d]
    assert 0.2 < expected < 0.95
    assert conditional_power(SMALL)[0][1, 3] == pytest.approx(expected)


def test_what_is_given_up_has_little_power_or_a_narrow_interval():
    chances, found = conditional_power(RACE), boundaries(RACE)
    close = hopeless = 0
    for k, chance in enumerate(chances):
        for s1, s2 in np.argwhere(~found.rejects[k]):
            low, high = repeated_interval(RACE, int(s1), int(s2), k)
            narrow = low > -0.3 and high < 0.3
            assert found.futile[k][s1, s2] == (chance[s1, s2] < 0.05 or narrow), (k, s1, s2)
            close += narrow and chance[s1, s2] >= 0.05
            hopeless += not narrow and chance[s1, s2] < 0.05
    assert hopeless > 50


def test_worst_power_is_the_least_of_all_rates():
    found = worst_power(SMALL, 0.4, futility=False)
    assert (
        found <= min(operating(SMALL, q + 0.4, q, False).first for q in (0, 0.11, 0.3, 0.6)) + 1e-9
    )
    assert found == pytest.approx(operating(SMALL, 0.7, 0.3, False).first, abs=0.02)
    assert worst_power(SMALL, 0.8) > found
    with pytest.raises(ValueError, match="difference 2"):
        worst_power(SMALL, 2)


def test_worst_number_of_seeds():
    worst = worst_expected(RACE)
    assert operating(RACE, 0.5, 0.5).expected <= worst <= 40
    assert worst == pytest.approx(
        max(
            operating(RACE, p, q).expected
            for p in np.linspace(0, 1, 21)
            for q in np.linspace(0, 1, 21)
        )
    )


def test_a_fixed_design_of_the_same_power():
    n = fixed_seeds(0.8, 0.05, 0.5)
    assert fixed_power(n, 0.05, 0.5) >= 0.8 > fixed_power(n - 1, 0.05, 0.5)
    assert boschloo.power(boschloo.rejected(n, 0.05), 0.75, 0.25) >= 0.8
    assert fixed_seeds(0.8, 0.05, 0.5, most=5) is None
    assert fixed_power(9, 0.05, 1.0) == pytest.approx(1.0)


def test_rates_are_probabilities():
    with pytest.raises(ValueError, match=r"rate 1\.5"):
        operating(SMALL, 0.5, 1.5)
    assert math.isclose(operating(SMALL, 1, 0).power, 1)
