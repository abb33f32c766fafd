"""The effects that a sweep can find with its seeds: exact, before anything is trained.

For the tests that the report uses: Boschloo's for two rates of success, Mann-Whitney's for ranks,
both two-sided, with Holm's correction (its first step, which divides the level by the number of
comparisons). Here and not in `bench.analysis.statistics`, because a plan does not wait for SciPy.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import NormalDist

from bench.analysis.statistics.boschloo import EXACT, power, rejected
from bench.analysis.statistics.common import ALPHA, POWER
from bench.trial import Trial


@dataclass(frozen=True)
class Detectable:
    """The smallest effects on a task that the share POWER of such sweeps find. None: no effect."""

    task: str
    """The task."""
    seeds: int
    """Number of trials a method, one a seed."""
    comparisons: int
    """Number of comparisons that the level is divided by."""
    over_none: float | None
    """The least rate of success that is told from one of 0."""
    over_half: float | None
    """The least rate of success that is told from one of 1/2."""
    better: float | None
    """The least probability that a trial of one method is better than one of another."""


def detectable(trials: Iterable[Trial], baseline: str | None) -> list[Detectable]:
    """The smallest effects that the trials of a sweep can find on each task: in one comparison, and
    corrected for all comparisons of the sweep. None for a task with one method."""
    cells = _cells(trials)
    against = sum(len(methods) - 1 for methods in cells.values() if baseline in methods)
    found = []
    for task, methods in cells.items():
        family = against if baseline in methods else math.comb(len(methods), 2)
        if len(methods) > 1:
            seeds = min(methods.values())
            found += [_detectable(task, seeds, comparisons) for comparisons in sorted({1, family})]
    return found


def _cells(trials: Iterable[Trial]) -> dict[str, dict[str, int]]:
    """Task -> method -> trials that methods are compared on, one a seed: where hyper-parameters are
    searched, each seed is judged at a setting that others chose
    (`bench.analysis.tables.ranking`)."""
    seeds: dict[str, dict[str, set[int]]] = {}
    for trial in trials:
        seeds.setdefault(trial.task, {}).setdefault(trial.method.name, set()).add(trial.seed)
    return {
        task: {method: len(own) for method, own in methods.items()}
        for task, methods in seeds.items()
    }


def _detectable(task: str, seeds: int, comparisons: int) -> Detectable:
    alpha = ALPHA / comparisons
    over_none, over_half = (rate_over(rate, seeds, alpha) for rate in (0.0, 0.5))
    return Detectable(task, seeds, comparisons, over_none, over_half, a12_over(seeds, alpha))


def rate_over(rate: float, n: int, alpha: float = ALPHA) -> float | None:
    """The least rate of success above `rate` that Boschloo's test on n against n trials tells from
    it with probability POWER; None where it does not even tell 1."""
    if n > EXACT:
        return _cohen(rate, n, alpha)
    rejects = rejected(n, alpha)
    if power(rejects, rate, 1.0) < POWER:
        return None
    low, high = rate, 1.0  # the power grows with the rate: halve the interval that holds POWER
    while high - low > 1e-4:
        middle = (low + high) / 2
        low, high = (low, middle) if power(rejects, rate, middle) >= POWER else (middle, high)
    return high


def _cohen(rate: float, n: int, alpha: float) -> float | None:
    """The rate at h = z sqrt(2 / n) above `rate`, h being the difference of 2 asin sqrt(rate)
    (Cohen 1988)."""
    angle = 2 * math.asin(math.sqrt(rate)) + _z(alpha) * math.sqrt(2 / n)
    return math.sin(angle / 2) ** 2 if angle <= math.pi else None


def a12_over(n: int, alpha: float = ALPHA) -> float | None:
    """The least probability above 1/2 of being better that Mann-Whitney's test on n against n
    trials finds with probability POWER: 1/2 + z / sqrt(6 n) (Noether 1987), at most 1, where every
    trial is better than every other; None where not even that order reaches `alpha`."""
    if 2 / math.comb(2 * n, n) >= alpha:
        return None
    return min(1.0, 0.5 + _z(alpha) / math.sqrt(6 * n))


def _z(alpha: float) -> float:
    normal = NormalDist()
    return normal.inv_cdf(1 - alpha / 2) + normal.inv_cdf(POWER)
