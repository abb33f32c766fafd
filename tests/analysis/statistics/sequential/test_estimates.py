"""Estimates after a race: coverage, bias and p-values, over every end that a race can have.

Each end is weighted with the paths that lead to it, counted in whole numbers; only
`test_drawn_races_are_covered` draws races (20,000 of each design, seed 31, rates drawn for each).
Coverage over a grid of rates (mean, least, largest), that of the drawn races, and the largest bias
over all pairs of rates; the designs are `RACES`:

    design          counted                   drawn     bias: naive  median-unb.  mean-unb.
    default         95.0 %  (93.4 to 98.9)    94.9 %          0.033        0.012          0
    never given up  95.0 %  (93.4 to 98.5)    94.9 %          0.033        0.012          0
    eager           95.6 %  (93.3 to 99.6)    95.2 %          0.071        0.030          0
    two looks       95.1 %  (93.4 to 98.6)    95.2 %          0.057        0.031          0
    strict (99 %)   99.1 %  (98.8 to 99.9)    99.0 %          0.021        0.012          0

A median-unbiased estimate is not unbiased in the mean: where the naive one has 0.07, it keeps 0.03.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from bench.analysis.statistics.sequential import (
    Design,
    boundaries,
    decide,
    estimate,
    repeated_interval,
)
from tests.analysis.statistics.sequential import paths

SMALL = Design((4, 8, 12), 0.05, "pocock", 0.4)
LOOKS = (5, 10, 15, 20, 30, 40)
RACE = Design(LOOKS, 0.05, "pocock", 0.3)


def outcomes(design: Design):
    """(look, s1, s2, paths) of every end."""
    found = boundaries(design)
    ends = [a | b for a, b in zip(found.rejects, found.futile, strict=True)]
    for k, ended in enumerate(paths.endings(design.looks, ends)):
        for (s1, s2), number in ended.items():
            yield k, s1, s2, number


class Course:
    """Every end of a race, with its estimate."""

    def __init__(self, design: Design) -> None:
        ends = list(outcomes(design))
        self.design = design
        self.look, self.s1, self.s2 = (
            np.array(column) for column in list(zip(*ends, strict=True))[:3]
        )
        self.paths = np.array([float(end[3]) for end in ends])
        self.n = np.array(design.looks)[self.look]
        found = [estimate(design, int(a), int(b), int(k)) for k, a, b, _ in ends]
        self.difference = np.array([one.difference for one in found])
        self.naive = np.array([one.naive for one in found])
        self.unbiased = np.array([one.unbiased for one in found])
        self.low, self.high = np.array([one.interval for one in found]).T
        self.p = np.array([one.p for one in found])
        decisions = [decide(design, int(a), int(b), int(k)) for k, a, b, _ in ends]
        self.rejected = np.isin(decisions, ["first", "second"])

    def chances(self, p: float, q: float) -> np.ndarray:
        """Probability of each end at two rates."""
        first = p**self.s1 * (1 - p) ** (self.n - self.s1)
        return self.paths * first * q**self.s2 * (1 - q) ** (self.n - self.s2)

    def coverage(self, p: float, q: float) -> float:
        covers = (self.low <= p - q + 1e-6) & (p - q - 1e-6 <= self.high)
        return float(self.chances(p, q) @ covers)


@pytest.fixture(scope="module")
def small() -> Course:
    return Course(SMALL)


def agrees(course: Course) -> None:
    np.testing.assert_array_equal(course.p <= course.design.alpha, course.rejected)
    outside = (course.low > 0) | (course.high < 0)
    np.testing.assert_array_equal(outside, course.rejected)
    assert (course.low <= course.difference).all()
    assert (course.difference <= course.high).all()
    assert ((course.low >= -1) & (course.high <= 1) & (course.p <= 1)).all()


def test_interval_p_value_and_decision_agree(small):
    assert 20 < small.rejected.sum() < len(small.p) - 20
    agrees(small)


def test_arms_change_places(small):
    for k, a, b, _ in outcomes(SMALL):
        one, other = estimate(SMALL, a, b, k), estimate(SMALL, b, a, k)
        assert one.difference == pytest.approx(-other.difference, abs=2e-6)
        assert one.interval.low == pytest.approx(-other.interval.high, abs=2e-6)
        assert one.p == pytest.approx(other.p)
        assert one.naive == -other.naive == pytest.approx((a - b) / SMALL.looks[k])


def valid(course: Course) -> None:
    """A p-value is at most x with probability x at most, for every common rate and every x."""
    order = np.argsort(course.p)
    last = np.append(np.diff(course.p[order]) > 1e-9, True)
    for rate in np.linspace(0, 1, 101):
        below = np.cumsum(course.chances(rate, rate)[order])
        assert (below[last] <= course.p[order][last] + 1e-9).all()


def test_p_values_are_valid(small):
    valid(small)
    assert small.p.min() < 0.01


@pytest.mark.parametrize("n", [5, 9])
def test_p_of_one_look_is_boschloos(n):
    design = Design((n,), 0.05)
    for a in range(n + 1):
        for b in range(a):
            table = [[a, b], [n - a, n - b]]
            p = 2 * stats.boschloo_exact(table, "greater", n=64).pvalue
            expected = max(min(1, p), 0)
            assert estimate(design, a, b, 0).p == pytest.approx(expected, rel=1e-3), (a, b)


def test_the_more_extreme_the_earlier():
    """5 of 5 against none after 5 seeds says more than 8 of 10 against 1 after 10."""
    early, late = estimate(RACE, 5, 0, 0), estimate(RACE, 8, 1, 1)
    assert early.p < late.p
    assert early.difference > late.difference


def test_no_difference_is_estimated_as_none(small):
    same = small.s1 == small.s2
    assert (small.difference[same] == 0).all()
    assert (small.p[same] == 1).all()
    assert abs(small.unbiased[same]).max() < 1e-12


def biases(course: Course, rates: np.ndarray) -> np.ndarray:
    """Bias of the naive, the median-unbiased and the mean-unbiased estimate, for all pairs of rates
    of which the first is the larger [pairs, 3]."""
    kinds = np.stack([course.naive, course.difference, course.unbiased])
    every = [(p, q) for p in rates for q in rates if p > q]
    return np.array([kinds @ course.chances(p, q) - (p - q) for p, q in every])


def test_one_estimate_has_no_bias(small):
    found = biases(small, np.linspace(0, 1, 11))
    assert found[:, 0].max() > 0.05
    assert abs(found[:, 1]).max() < 0.04
    np.testing.assert_allclose(found[:, 2], 0, atol=1e-12)


def test_estimate_is_as_often_too_large_as_too_small(small):
    """On average over the rates; for given ones a few seeds have too few values to be so."""
    balance = []
    for p, q in np.random.default_rng(1).random((300, 2)):
        above = small.difference > max(p, q) - min(p, q)
        balance.append(small.chances(max(p, q), min(p, q)) @ above)
    assert 0.45 < np.mean(balance) < 0.55


def test_intervals_cover_at_most_a_little_less_than_they_say(small):
    found = [small.coverage(p, q) for p in np.linspace(0, 1, 11) for q in np.linspace(0, 1, 11)]
    assert min(found) > 0.92
    assert 0.94 < np.mean(found) < 0.98


def test_p_of_a_rejection_is_not_credited_for_giving_up():
    never = Design(LOOKS, 0.05, "pocock")
    for s1, s2, look in ((27, 13, 5), (20, 8, 4), (9, 2, 1)):
        assert decide(RACE, s1, s2, look) == "first"
        assert estimate(RACE, s1, s2, look).p == pytest.approx(estimate(never, s1, s2, look).p)


def test_an_open_race_has_no_estimate():
    with pytest.raises(ValueError, match=r"3 and 2 .* of 5 seeds: the race goes on"):
        estimate(RACE, 3, 2, 0)
    low, high = repeated_interval(RACE, 3, 2, 0)
    assert low < 0 < high


def test_repeated_intervals_narrow_and_agree_with_rejections():
    widths = [
        np.subtract(*repeated_interval(RACE, n // 5 * 3, n // 5 * 2, k)[::-1])
        for k, n in enumerate(RACE.looks)
    ]
    assert widths == sorted(widths, reverse=True)
    found = boundaries(RACE)
    for k, n in enumerate(RACE.looks[:3]):
        for a in range(n + 1):
            for b in range(n + 1):
                low, high = repeated_interval(RACE, a, b, k)
                assert (low > 0 or high < 0) == found.rejects[k][a, b]
                mirrored = repeated_interval(RACE, b, a, k)
                assert (low, high) == pytest.approx((-mirrored.high, -mirrored.low), abs=1e-9)


def test_a_look_without_a_boundary_has_no_interval():
    assert repeated_interval(Design((2, 20), 0.05), 2, 0, 0) == (-1, 1)


RACES = {
    "default": (Design(LOOKS, 0.05, "obrien_fleming", 0.3), 0.0125),
    "never given up": (Design(LOOKS, 0.05), 0.0125),
    "eager": (RACE, 0.032),
    "two looks": (Design((10, 40), 0.05, "pocock"), 0.032),
    "strict": (Design((10, 20, 30, 40), 0.01, "obrien_fleming", 0.4), 0.0125),
}
"""Designs, and a bound of the bias of their median-unbiased estimate."""


@pytest.mark.slow
@pytest.mark.parametrize("name", RACES)
def test_every_end_of_a_race(name):
    design, bias = RACES[name]
    course = Course(design)
    agrees(course)
    valid(course)
    rates = np.linspace(0.05, 0.95, 19)
    level = 1 - design.alpha
    covered = np.array([[course.coverage(p, q) for p in rates] for q in rates])
    found = biases(course, np.linspace(0, 1, 21))
    naive, median, mean = abs(found).max(axis=0)
    print(
        f"{name}: coverage {covered.mean():.4f} ({covered.min():.4f} to {covered.max():.4f}),"
        f" bias naive {naive:.4f} median {median:.4f} mean {mean:.0e}"
    )
    assert abs(covered.mean() - level) < 0.01
    assert covered.min() > level - 0.02
    assert median < bias
    assert median < 0.6 * naive
    assert mean < 1e-12


@pytest.mark.slow
@pytest.mark.parametrize("name", RACES)
def test_drawn_races_are_covered(name):
    """20,000 races with rates drawn anew for each."""
    design, _ = RACES[name]
    rng, covered = np.random.default_rng(31), 0
    races = 20_000
    found = boundaries(design)
    for p, q in rng.random((races, 2)):
        hits = np.cumsum(rng.random((2, design.looks[-1])) < np.array([[p], [q]]), axis=1)
        for k, n in enumerate(design.looks):
            s1, s2 = hits[:, n - 1]
            last = n == design.looks[-1]
            if found.rejects[k][s1, s2] or found.futile[k][s1, s2] or last:
                low, high = estimate(design, int(s1), int(s2), k).interval
                covered += low <= p - q <= high
                break
    print(f"{name}: {covered / races:.4f} of {races} covered")
    assert abs(covered / races - (1 - design.alpha)) < 0.01
