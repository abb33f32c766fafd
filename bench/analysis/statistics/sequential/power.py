"""Computes what a race will do at given rates of success: its power and its number of seeds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from bench.analysis.statistics import boschloo
from bench.analysis.statistics.sequential import counts
from bench.analysis.statistics.sequential.boundaries import boundaries
from bench.analysis.statistics.sequential.design import Design

_RATES = 50
"""Steps of a rate, where the worst rate is looked for."""


@dataclass(frozen=True, eq=False)
class Operating:
    """The course of a race at two true rates of success, by probability."""

    power: float
    """Probability that the arms are found different, in whichever direction."""
    first: float
    """Probability that the first arm is found better."""
    second: float
    """Probability that the second arm is found better."""
    futile: float
    """Probability that the comparison is given up."""
    expected: float
    """Expected number of seeds an arm."""
    at_look: np.ndarray
    """Probability to end at each look [K]; they sum to 1."""


def operating(design: Design, p: float, q: float, futility: bool = True) -> Operating:
    """The course of a race of two methods with rates of success p and q, exactly.

    With `futility` a comparison is given up as the design says, without it never is. Raises
    ValueError for rates outside of 0 to 1.
    """
    for rate in (p, q):
        if not 0 <= rate <= 1:
            raise ValueError(f"rate {rate}: give from 0 to 1")
    found, open_ = boundaries(design), alive(design, futility)
    first, second, futile, at_look = 0.0, 0.0, 0.0, []
    for k, n in enumerate(design.looks):
        reached = counts.binomial(n, p)[:, None] * open_[k] * counts.binomial(n, q)
        won = float(np.tril(reached * found.rejects[k]).sum())
        lost = float(np.triu(reached * found.rejects[k]).sum())
        up = float((reached * found.futile[k]).sum()) if futility else 0.0
        first, second, futile = first + won, second + lost, futile + up
        last = k == len(design.looks) - 1
        at_look.append(float(reached.sum()) if last else won + lost + up)
    shares = np.array(at_look)
    expected = float(shares @ np.array(design.looks))
    return Operating(first + second, first, second, futile, expected, shares)


@lru_cache(maxsize=512)
def alive(design: Design, futility: bool) -> tuple[np.ndarray, ...]:
    """Share of the orders of the seeds of a table that no earlier look ended: K of
    [n_k + 1, n_k + 1], at [s_1, s_2]. It does not depend on the rates."""
    found, open_, shares = boundaries(design), np.ones((1, 1)), []
    for k, (before, n) in enumerate(counts.fresh(design.looks)):
        step = counts.bridge(before, n)
        shares.append(step @ open_ @ step.T)
        ends = found.rejects[k] | (found.futile[k] if futility else False)
        open_ = shares[-1] * ~ends
    return tuple(shares)


def worst_power(design: Design, difference: float, futility: bool = True) -> float:
    """The least probability to find the better arm better, when the rates differ by `difference`:
    at the worst of 51 pairs of rates. Raises ValueError for a difference outside of 0 to 1."""
    return min(operating(design, p, q, futility).first for p, q in pairs(difference))


def worst_expected(design: Design, futility: bool = True) -> float:
    """The largest expected number of seeds an arm, at the worst of all pairs of rates in steps of a
    20th."""
    rates = [float(rate) for rate in np.linspace(0, 1, 21)]
    every = [(p, q) for p in rates for q in rates if q <= p and p + q <= 1 + 1e-9]
    return max(operating(design, p, q, futility).expected for p, q in every)


def pairs(difference: float) -> list[tuple[float, float]]:
    """Pairs of rates that differ by `difference`, the first the larger, where the second goes from
    0 to what leaves room for it. Raises ValueError for a difference outside of 0 to 1."""
    if not 0 <= difference <= 1:
        raise ValueError(f"difference {difference}: give from 0 to 1")
    lower = np.linspace(0, 1 - difference, _RATES + 1)
    return [(min(1.0, float(q) + difference), float(q)) for q in lower]


def fixed_power(n: int, alpha: float, difference: float) -> float:
    """The least probability that Boschloo's test with n seeds an arm finds the better arm better,
    when the rates differ by `difference`: at the worst of 51 pairs of rates."""
    better = np.tril(boschloo.rejected(n, alpha))
    return min(boschloo.power(better, p, q) for p, q in pairs(difference))


def fixed_seeds(power: float, alpha: float, difference: float, most: int = 400) -> int | None:
    """Seeds an arm with which Boschloo's test has at least this worst-case power at a difference of
    rates: the design without looks that a race is to be compared with. None: more than `most`."""
    return next((n for n in range(2, most + 1) if fixed_power(n, alpha, difference) >= power), None)
