"""Says where a comparison is given up, because it will hardly find the least difference any more.

A comparison is given up at a look when one of two things holds. The conditional power to find the
least difference `least` is below 5 %, in both directions. Or the repeated confidence interval lies
between -least and least. No boundary depends on it, so that going on all the same costs no error.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bench.analysis.statistics.sequential import counts
from bench.analysis.statistics.sequential.design import Design
from bench.analysis.statistics.sequential.profile import score_against
from bench.analysis.statistics.sequential.rejection import Rejections, rejections

LOST = 0.05
"""Conditional power below which a comparison is given up."""
_STEPS = 40
"""Even number of steps of the mean rate, for which conditional power is computed."""


def futile(design: Design) -> list[np.ndarray]:
    """True at [s_1, s_2] where a comparison is given up: K of bool [n_k + 1, n_k + 1]."""
    none = [np.zeros((n + 1, n + 1), dtype=bool) for n in design.looks]
    if design.least is None:
        return none
    found = rejections(design)
    chances = conditional_power(design)
    given_up = [
        (chances[k] < LOST) | _close(n, design.least, found.critical[k])
        for k, n in enumerate(design.looks[:-1])
    ]
    return [*(up & ~both for up, both in zip(given_up, found.both, strict=False)), none[-1]]


def conditional_power(design: Design) -> list[np.ndarray]:
    """Probability that a later look finds an arm better, given the table at a look and rates that
    differ by `least` from there on; of both directions the larger: K - 1 of [n_k + 1, n_k + 1].

    The mean of the two rates is the observed one, with one success and one failure added, rounded
    to a 40th and far enough from 0 and 1 for the difference to be possible.
    """
    assert design.least is not None
    found = rejections(design)
    half = design.least / 2
    means = np.clip(np.arange(_STEPS + 1) / _STEPS, half, 1 - half)
    chances = []
    for k, later in _backwards(design, found, means + half, means - half):
        n = design.looks[k]
        s = np.arange(n + 1)
        nearest = np.rint((s[:, None] + s + 1) / (2 * n + 2) * _STEPS).astype(int)
        chance = later[nearest, s[:, None], s]
        chances.append(np.maximum(chance, chance.T))
    return chances[::-1]


def _backwards(
    design: Design, found: Rejections, one: np.ndarray, two: np.ndarray
) -> Iterator[tuple[int, np.ndarray]]:
    """(look, probability that a later one finds the first arm better [rates, n + 1, n + 1]), from
    the last look but one to the first."""
    later = np.zeros((1, *found.first[-1].shape))
    for k in range(len(design.looks) - 2, -1, -1):
        n, m = design.looks[k], design.looks[k + 1]
        after = np.where(found.both[k + 1], found.first[k + 1], later)
        later = _steps(n, m, one) @ after @ _steps(n, m, two).transpose(0, 2, 1)
        yield k, later


def _steps(n: int, m: int, rates: np.ndarray) -> np.ndarray:
    """Probability of s' successes of m seeds after s of n: [rates, n + 1, m + 1], at [:, s, s']."""
    found = np.zeros((len(rates), n + 1, m + 1))
    more = np.stack([counts.binomial(m - n, float(rate)) for rate in rates])
    for s in range(n + 1):
        found[:, s, s : s + m - n + 1] = more
    return found


def _close(n: int, least: float, critical: float) -> np.ndarray:
    """True where the repeated confidence interval lies between -least and least."""
    s = np.arange(n + 1)
    one, two = np.meshgrid(s, s, indexing="ij")
    below = score_against(one, two, n, least) < -critical
    return np.asarray(below & (score_against(one, two, n, -least) > critical))
