"""Computes repeated confidence intervals of a difference of rates: they hold at all looks at once.

The interval at a look holds the differences that a score test with the look's critical value does
not reject (Jennison and Turnbull 2000, chapter 9; score statistic of Miettinen and Nurminen 1985).
"""

from __future__ import annotations

import numpy as np

from bench.analysis.statistics.common import Interval
from bench.analysis.statistics.sequential.boundaries import boundaries, check
from bench.analysis.statistics.sequential.design import Design
from bench.analysis.statistics.sequential.profile import crossings, score_against


def repeated_interval(design: Design, s1: int, s2: int, look: int) -> Interval:
    """Repeated confidence interval of the first rate minus the second, from `s1` and `s2` successes
    of `design.looks[look]` seeds each; looks are counted from 0.

    All intervals of a race together cover the true difference with probability 1 - alpha, nearly:
    it is exact for a difference of 0, which is outside just where equality is rejected. [-1, 1]
    where no table of the look can reject. Raises ValueError as `decide` does.
    """
    check(design, s1, s2, look)
    found, n = boundaries(design), design.looks[look]
    critical = float(found.critical[look])
    if np.isinf(critical):
        return Interval(-1.0, 1.0)
    low, high = crossings(lambda apart: -score_against(s1, s2, n, apart), [-critical, critical])
    return agreeing(Interval(low, high), s1 - s2, bool(found.rejects[look][s1, s2]))


def agreeing(interval: Interval, sign: int, rejected: bool) -> Interval:
    """The interval, with 0 outside just where equality is rejected.

    Score and Fisher's order differ in few tables. There, an end moves to 0: a test and an interval
    that contradict each other would help nobody. `sign` is that of the observed difference.
    """
    low, high = interval
    if rejected:
        least = np.nextafter(0.0, 1.0)
        return Interval(max(low, least), high) if sign > 0 else Interval(low, min(high, -least))
    return Interval(min(low, 0.0), max(high, 0.0))
