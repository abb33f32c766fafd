"""The comparisons of a race as they stand, with what can be said after it has ended.

A race that ends early ends at a large difference: rates as they were seen, and tests for a number
of seeds that was fixed beforehand, say too much. The numbers here know when it looked.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bench.analysis.statistics import sequential
from bench.analysis.statistics.common import Interval
from bench.analysis.statistics.sequential import Design
from bench.vocabulary.races import Course, Pair, Race, State

_ENDS = {"first": "better", "second": "worse", "open": ""}


@dataclass(frozen=True)
class Comparison:
    """One comparison of a race."""

    state: State
    """Its counts and its end."""
    design: Design
    """The looks and the level at which it is tested, or was decided."""
    at: int | None
    """The look, from 0, whose counts decided it; None before it has ended."""
    path: tuple[tuple[int, int], ...]
    """Successes of both methods at each look so far."""

    @property
    def ended(self) -> bool:
        """True where no more seeds are asked for."""
        return self.at is not None

    def interval(self, look: int) -> Interval:
        """The repeated confidence interval of the difference of rates at a look, from 0."""
        return sequential.repeated_interval(self.design, *self.path[look], look)

    def estimate(self) -> sequential.Estimate | None:
        """The estimate after the end; None before it."""
        if self.at is None:
            return None
        return sequential.estimate(self.design, *self.path[self.at], self.at)


def comparisons(race: Race, course: Course) -> list[Comparison]:
    """The comparisons of one task as its counts decide them, in the order of the course."""
    pairs = list(course.counts)
    if not pairs:
        return []
    counts = [course.counts[pair] for pair in pairs]
    found = sequential.decisions(
        counts, len(pairs), race.looks, race.alpha, race.spending, race.least
    )
    return [
        Comparison(
            _state(race, course, pair, one),
            Design(race.looks, one.level, race.spending, race.least),
            one.look,
            course.counts[pair],
        )
        for pair, one in zip(pairs, found, strict=True)
    ]


def _state(race: Race, course: Course, pair: Pair, one: sequential.State) -> State:
    path = course.counts[pair]
    return State(
        task=course.task,
        method=pair[0],
        other=pair[1],
        look=len(path),
        seeds=race.looks[len(path) - 1] if path else 0,
        successes=path[-1] if path else (0, 0),
        ended=_ENDS.get(one.decision, one.decision),
    )


def saved(race: Race, found: Sequence[Comparison]) -> tuple[int, int]:
    """Seeds that the methods of a task were trained with together, and those that the last look
    would have asked for."""
    used: dict[str, int] = {}
    for one in found:
        for method in (one.state.method, one.state.other):
            used[method] = max(used.get(method, 0), one.state.seeds)
    return sum(used.values()), len(used) * race.most


def adjusted_p(race: Race, one: Comparison, count: int) -> float:
    """The p-value of an ended comparison on the scale of the whole family of `count` comparisons:
    at most alpha just where equality was rejected. NaN while it goes on."""
    found = one.estimate()
    if found is None:
        return math.nan
    return min(1.0, found.p * race.alpha / one.design.alpha)
