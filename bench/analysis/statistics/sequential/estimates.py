"""Estimates the difference of two rates after a race has ended.

A race ends early when the difference looks large, so that the observed difference is too large on
average. The estimates here know the stopping rule. All tables at which a race can end are put in
one order (stage-wise ordering; Jennison and Turnbull 2000, chapter 8): the first arm found better
at the first look, at the second, ...; then all ends without a rejection, by the signed statistic;
then the second arm found better at the last look, ..., at the first. Within a look the signed
statistic decides. The median-unbiased estimate and both ends of the interval are the differences
for which the ended race lies at the median and at the outer quantiles of this order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from bench.analysis.statistics.common import Interval
from bench.analysis.statistics.sequential import counts
from bench.analysis.statistics.sequential.boundaries import Boundaries, boundaries, decide
from bench.analysis.statistics.sequential.design import Design
from bench.analysis.statistics.sequential.power import alive
from bench.analysis.statistics.sequential.profile import crossings, likeliest
from bench.analysis.statistics.sequential.repeated import agreeing


@dataclass(frozen=True)
class Estimate:
    """The difference of two rates after a race: the first minus the second."""

    difference: float
    """Median-unbiased estimate: as often too large as too small."""
    interval: Interval
    """Interval with confidence 1 - alpha of the design. 0 is outside just where equality was
    rejected."""
    naive: float
    """Observed difference of the rates. Where equality was rejected early it is too far from
    0 on average."""
    unbiased: float
    """Mean-unbiased estimate: its average over all races is the true difference, exactly. It need
    not lie in the interval."""
    p: float
    """Two-sided p-value against equal rates, at the worst common rate. It is at most alpha just
    where equality was rejected."""


@lru_cache(maxsize=4096)
def estimate(design: Design, s1: int, s2: int, look: int) -> Estimate:
    """Estimate after a race that ended at a look with `s1` and `s2` successes of
    `design.looks[look]` seeds each: by a rejection, given up, or undecided at the last look. Looks
    are counted from 0.

    The p-value is exact: the largest probability over all common rates, doubled; no end without a
    rejection is credited for giving up. With one look it is Boschloo's. For estimate and interval
    the mean of the two rates is at its likeliest value for each difference (a profile), and a table
    itself counts half (mid-p), so that the coverage is near its level and not above it throughout.

    Raises ValueError where the race goes on (give `repeated_interval` there), and as `decide` does.
    """
    decision = decide(design, s1, s2, look)
    if decision == "open":
        raise ValueError(
            f"{s1} and {s2} successes of {design.looks[look]} seeds: the race goes on;"
            " give an end of it, or take repeated_interval"
        )
    rejected = decision in ("first", "second")
    quantile = _quantile(design, s1, s2, look)
    low, middle, high = crossings(quantile, [design.alpha / 2, 0.5, 1 - design.alpha / 2])
    interval = agreeing(Interval(low, high), s1 - s2, rejected)
    middle = min(max(middle, interval.low), interval.high)
    naive = (s1 - s2) / design.looks[look]
    unbiased = float(_unbiased(design)[look][s1, s2])
    return Estimate(middle, interval, naive, unbiased, _p(design, s1, s2, look, rejected))


def _quantile(design: Design, s1: int, s2: int, look: int) -> Callable[[np.ndarray], np.ndarray]:
    """The probability of an end above the observed one, half of that of itself included, as a
    function of differences of the rates [d]. It rises."""
    n = design.looks[look]
    above, equal = _beside(design, s1, s2, look)
    masses = [
        open_ * (up + same / 2)
        for open_, up, same in zip(alive(design, True), above, equal, strict=True)
    ]

    def chance(apart: np.ndarray) -> np.ndarray:
        one = likeliest(s1, s2, n, apart)
        two = (one - apart).clip(0, 1)
        found = np.zeros(len(apart))
        for m, mass in zip(design.looks, masses, strict=True):
            found += ((counts.binomials(m, one) @ mass) * counts.binomials(m, two)).sum(axis=1)
        return found

    return chance


@lru_cache(maxsize=64)
def _unbiased(design: Design) -> tuple[np.ndarray, ...]:
    """The mean-unbiased estimate at each table: K of [n_k + 1, n_k + 1].

    The difference observed at the first look is unbiased, since that look always takes place. Its
    mean over the orders of the seeds that lead to an end is so too, with less variance
    (Rao-Blackwell; Girshick, Mosteller and Savage 1946; Jung and Kim 2004).
    """
    s = np.arange(design.looks[0] + 1)
    total = (s[:, None] - s) / design.looks[0]
    found, open_, estimates = boundaries(design), alive(design, True), [total]
    for k in range(1, len(design.looks)):
        ends = found.rejects[k - 1] | found.futile[k - 1]
        step = counts.bridge(design.looks[k - 1], design.looks[k])
        total = step @ (total * ~ends) @ step.T
        none = np.zeros_like(total)
        estimates.append(np.divide(total, open_[k], out=none, where=open_[k] > 0))
    return tuple(estimates)


def _p(design: Design, s1: int, s2: int, look: int, rejected: bool) -> float:
    """Two-sided p-value, of the side of the observed difference."""
    high, low = max(s1, s2), min(s1, s2)
    above, equal = _beside(design, high, low, look)
    found, total = boundaries(design), np.zeros((1, 1))
    for k, (before, n) in enumerate(counts.fresh(design.looks)):
        step = counts.bridge(before, n)
        beyond, rejects = above[k] | equal[k], found.rejects[k]
        # Rejections count with nothing given up, as the boundaries do; other ends as they come.
        total = step @ total @ step.T + alive(design, False)[k] * (beyond & rejects)
        total = total + alive(design, True)[k] * (beyond & ~rejects)
    p = min(1.0, 2 * counts.worst(counts.over_sums(total)))
    return p if rejected else max(p, float(np.nextafter(design.alpha, 1)))


def _beside(
    design: Design, s1: int, s2: int, look: int
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """The ends of a race that lie above an end, and those equal to it: K of bool
    [n_k + 1, n_k + 1] each."""
    found = boundaries(design)
    rank, value = _rank(found, look)[s1, s2], counts.signed(design.looks[look])[s1, s2]
    above, equal = [], []
    for k, n in enumerate(design.looks):
        ends = found.rejects[k] | found.futile[k] | (k == len(design.looks) - 1)
        ranks, values = _rank(found, k), counts.signed(n)
        same = ends & (ranks == rank)
        near = np.abs(values - value) <= 1e-9 * (1 + abs(value))
        above.append(ends & (ranks > rank) | same & (values > value) & ~near)
        equal.append(same & near)
    return above, equal


def _rank(found: Boundaries, look: int) -> np.ndarray:
    """Rank of the tables of a look before their statistic counts: 0 where equality is not rejected,
    and the farther from 0 the earlier it is."""
    rejects = found.rejects[look]
    signs = np.sign(counts.score(len(rejects) - 1))
    ranks: np.ndarray = rejects * signs * (len(found.rejects) - look)
    return ranks
