"""The comparisons of a race as they stand, with what can be said after it has ended.

A race that ends early ends at a large difference: rates as they were seen, and tests for a number
of seeds that was fixed beforehand, say too much. The numbers here know when it looked.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.analysis.statistics import sequential
from bench.analysis.statistics.common import Interval
from bench.analysis.statistics.sequential import Design
from bench.store import StoreError
from bench.store.kept import races as kept
from bench.vocabulary.races import Course, Pair, Race, State

if TYPE_CHECKING:
    import pandas as pd

    from bench.analysis.frame.sweeps import Declaration

RACED, UNRACED = "race", "not raced"
"""In place of a primary comparison: two methods were compared by a race, or by none on a task that
was raced, where the number of seeds depends on the outcomes."""

_EVERY = (
    *("better low", "better high", "p", "smallest_p", "p_brunner_munzel", "p_paired"),
    *("correlation", "p_rates", "rate difference", "rate difference low", "rate difference high"),
)

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
        found = sequential.estimate(self.design, *self.path[self.at], self.at)
        found = replace(found, difference=round(found.difference, 9) + 0.0)  # and never -0
        if self.state.ended in ("better", "worse"):
            return found
        # Rarely a table is rejected at its level and not at a greater one, so that the family does
        # not reject it (see `sequential.decisions`): interval and p agree with that.
        low, high = found.interval
        p = max(found.p, math.nextafter(self.design.alpha, 1))
        return replace(found, interval=Interval(min(low, 0.0), max(high, 0.0)), p=p)


def read(folder: str | Path) -> list[Comparison]:
    """The comparisons of the race in a results folder, in the order of its tasks and methods.
    Raises StoreError where it holds no race."""
    record = kept.read(Path(folder))
    if record is None:
        raise StoreError(f"{folder}: holds no race: its sweep has no table [race]")
    return [one for course in record.courses for one in comparisons(record.race, course)]


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


@dataclass(frozen=True)
class Raced:
    """A race on one task of a report."""

    task: str
    """The task, as the frame names it."""
    sweep: str
    """The results folder."""
    race: Race
    """The declaration."""
    course: Course
    """The looks that were taken, and the settings that were chosen."""
    comparisons: Sequence[Comparison]
    """The comparisons, in the order of the course."""

    def between(self, method: str, other: str) -> Comparison | None:
        """The comparison of two methods, whichever of them is named first; None: the race did not
        compare them."""
        pair = {method, other}
        return next((c for c in self.comparisons if {c.state.method, c.state.other} == pair), None)


Races = Mapping[str, Sequence[Raced]]
"""Task, as the frame names it -> the races on it."""


def raced(sweeps: Sequence[Declaration], trials: pd.DataFrame) -> dict[str, list[Raced]]:
    """The tasks of some trials that were raced, by the frame's names, each with its races by the
    names of their folders. Of copies of one race the one with most looks counts."""
    named = dict(zip(trials["id"], trials["task"], strict=True))
    found: dict[str, dict[object, Raced]] = {}
    for sweep in sorted(sweeps, key=lambda sweep: sweep.folder.resolve()):
        if (record := sweep.race) is None:
            continue
        for course in record.courses:
            for task in dict.fromkeys(str(named[id]) for id in course.trials if id in named):
                own = comparisons(record.race, course)
                made = Raced(task, str(sweep.folder), record.race, course, own)
                known = found.setdefault(task, {})
                same = known.setdefault((record.race, record.trials), made)
                if _looks(same) < _looks(made):
                    known[record.race, record.trials] = made
    return {task: list(own.values()) for task, own in found.items()}


def _looks(one: Raced) -> int:
    return sum(map(len, one.course.counts.values()))


def without_search(trials: pd.DataFrame, tasks: Races) -> pd.DataFrame:
    """The trials without those that chose the settings of a race, where it has begun after them."""
    first = {(one.task, one.sweep): one.race.first for own in tasks.values() for one in own}
    if not any(first.values()):
        return trials
    keys = ["task", "sweep"]
    begins = [first.get(place, 0) for place in zip(*(trials[key] for key in keys), strict=True)]
    searched = trials["seed"] < begins
    begun = ~searched.groupby([trials[key] for key in keys]).transform("all")
    return trials[~(searched & begun)]


def marked(trials: pd.DataFrame, tasks: Races) -> pd.DataFrame:
    """The trials with a column `raced`, true on these tasks; as they are where there are none."""
    return trials.assign(raced=trials["task"].isin(tasks)) if tasks else trials


def contrast(races: Sequence[Raced], row: Mapping[str, Any]) -> dict[str, Any]:
    """The row of `tables.contrast.contrast` for two methods of a raced task: its difference of
    rates, interval and p are those of the first race that compared them, and there is no other
    test."""
    pairs = ((one, one.between(row["method"], row["other"])) for one in races)
    made, found = next(((one, c) for one, c in pairs if c is not None), (races[0], None))
    kept = {name: row[name] for name in ("task", "method", "other", "better", "pairs", "rates")}
    counts = {"trials": row["trials"], "trials of other": row["trials of other"]}
    if found is None:
        return {**row, **dict.fromkeys(_EVERY, math.nan), **kept, **counts, "primary": UNRACED}
    estimate = found.estimate()
    sign = 1 if found.state.method == row["method"] else -1
    apart, low, high = math.nan, math.nan, math.nan
    if estimate is not None:
        ends = sorted(sign * end for end in estimate.interval)
        apart, (low, high) = sign * estimate.difference, ends
    return {
        **row,
        **dict.fromkeys(_EVERY, math.nan),
        **kept,
        **counts,
        "primary": RACED,
        "rate difference": apart,
        "rate difference low": low,
        "rate difference high": high,
        "p_holm": adjusted_p(made.race, found, len(made.comparisons)),
    }


def table(found: Races, varied: Collection[str] = ()) -> pd.DataFrame | None:
    """A row per comparison. Columns: task, sweep (the folder, where a task has several races),
    method, other, outcome, "looks" (taken), seeds (of each method, at the last look), success,
    "success of other", "rate difference" with its low and high (median-unbiased, interval at the
    comparison's level), level, p (adjusted for the family), unbiased (right on average), naive (the
    difference as it was seen), bias (its direction), setting (the numbers of both methods that were
    chosen before, those of `varied`)."""
    every = [one for own in found.values() for one in own]
    rows = [_row(one, comparison, varied) for one in every for comparison in one.comparisons]
    import pandas as pd  # a plan does without it

    made = pd.DataFrame(rows) if rows else None
    several = any(len(own) > 1 for own in found.values())
    return made if made is None or several else made.drop(columns="sweep")


def _row(one: Raced, found: Comparison, varied: Collection[str]) -> dict[str, Any]:
    state, estimate = found.state, found.estimate()
    a, b = state.successes
    naive = (a - b) / state.seeds if state.seeds else math.nan
    chosen = [one.course.settings.get(m, {}) for m in (state.method, state.other)]
    settings = [{n: v for n, v in own.items() if n in varied} for own in chosen]
    return {
        "task": one.task,
        "sweep": one.sweep,
        "method": state.method,
        "other": state.other,
        "outcome": state.words,
        "looks": state.look,
        "seeds": state.seeds,
        "success": a,
        "success of other": b,
        "rate difference": math.nan if estimate is None else estimate.difference,
        "rate difference low": math.nan if estimate is None else estimate.interval.low,
        "rate difference high": math.nan if estimate is None else estimate.interval.high,
        "level": found.design.alpha,
        "p": adjusted_p(one.race, found, len(one.comparisons)),
        "unbiased": math.nan if estimate is None else round(estimate.unbiased, 9) + 0.0,
        "naive": naive,
        "bias": _bias(state, naive),
        "setting": " against ".join(map(_numbers, settings)) if any(settings) else "",
    }


def _bias(state: State, naive: float) -> str:
    """The direction in which the difference as it was seen is wrong on average."""
    if state.ended in ("better", "worse"):
        return "too large" if naive > 0 else "too small"
    return "too near to 0" if state.ended == "futile" else "open" if not state.ended else "small"


def _numbers(values: Mapping[str, float]) -> str:
    return ", ".join(f"{name}={value:g}" for name, value in values.items())
