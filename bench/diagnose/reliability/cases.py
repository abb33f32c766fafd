"""Trials as cases: what their logs look like to the rules, and what they were."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from bench.analysis import verdicts
from bench.analysis.verdicts import Judgement, Verdict
from bench.analysis.verdicts import thresholds as at
from bench.diagnose import columns
from bench.diagnose.courses import LOSSES
from bench.diagnose.formats import stored
from bench.diagnose.judging import judge
from bench.diagnose.log import Series
from bench.diagnose.reliability.table import FAILED, LEVELS
from bench.store import Store

Look = tuple[str, str]
"""A rule, and the role of the series that it holds on."""

SAMPLES = ("distance",)
"""Roles that are measured of samples alone."""


class Case(NamedTuple):
    """A trial as a case."""

    task: str
    """Its task."""
    method: str
    """Its method."""
    looks: frozenset[Look]
    """The rules that hold on its series, whatever else is known of it."""
    roles: frozenset[str]
    """The roles of its series."""
    truths: Mapping[str, bool | None]
    """Its end: a key of `table.TRUTHS` -> it was, or it was not; None: it cannot be said."""
    series: Mapping[str, Series]
    """Its series by their roles."""
    family: str
    """The first of the methods that train as its own does; see `families`."""

    def has(self, look: Look) -> bool:
        """True where it has the series of a look."""
        return look[1] in self.roles or look[1] in LEVELS

    def shown(self, level: str) -> frozenset[Look]:
        """The looks that a level of information shows."""
        return frozenset(look for look in self.looks if look[1] in roles_of(self.roles, level))


def roles_of(roles: frozenset[str], level: str) -> frozenset[str]:
    """Those of some roles that a level of information has."""
    if level == LEVELS[0]:
        return roles & set(LOSSES)
    return roles if level == LEVELS[2] else roles - set(SAMPLES)


def cases(folder: Path) -> Iterator[Case]:
    """Yield the trials of a results folder that came to their end with a verdict.

    One that broke off at a number that is not finite has diverged by definition: there is nothing
    to count. Raises StoreError.
    """
    store = Store(folder)
    results = [store.read(one) for one in sorted(store.ids())]
    for result, judgement in zip(results, verdicts.judge_all(results), strict=True):
        if judgement.numbers is None or judgement.verdict is Verdict.NONE:
            continue
        series = stored.log("", result).series
        taken = columns.find(series).roles
        known = {role: series[name] for role, name in taken.items()}
        if "pairwise_ratio" in series:
            known["distance"] = series["pairwise_ratio"]
        if known.keys() & set(LOSSES):
            truths = {name: truth(judgement) for name, truth in _TRUTHS.items()}
            yield Case(
                result.trial.task,
                result.trial.method.name,
                _looks(known),
                frozenset(known),
                truths,
                known,
                result.trial.method.name,
            )


def families(known: Sequence[Case]) -> list[Case]:
    """The cases, each with its family: methods that have a trial of the same losses, bit for bit.

    They differ only in what samples are drawn from, as in an average of the generator. To a rule
    on losses one of them says nothing that the other has not said, so they are held out together.
    """
    first: dict[str, str] = {case.method: case.method for case in known}
    alike: dict[Any, str] = {}
    for case in sorted(known, key=lambda case: case.method):
        losses = [(role, case.series[role]) for role in LOSSES if role in case.series]
        key = (case.task, *((role, own.values.tobytes()) for role, own in losses))
        if losses:
            other = first[alike.setdefault(key, case.method)]
            own, joined = sorted((first[case.method], other))[::-1]
            first = {name: joined if kin == own else kin for name, kin in first.items()}
    return [case._replace(family=first[case.method]) for case in known]


def _looks(known: Mapping[str, Series]) -> frozenset[Look]:
    """Rules that hold, given the losses alone and given all."""
    losses = {role: own for role, own in known.items() if role in LOSSES}
    found = [*judge(**losses), *judge(**known)]
    return frozenset((one.rule, one.series) for one in found)


def _lost(judgement: Judgement) -> bool | None:
    numbers = judgement.numbers
    assert numbers is not None
    if math.isnan(numbers.modes) or math.isnan(numbers.modes_needed):
        return None
    return numbers.modes < numbers.modes_needed


def _holds(share: Callable[[verdicts.Numbers], float]) -> Callable[[Judgement], bool | None]:
    def holds(judgement: Judgement) -> bool | None:
        assert judgement.numbers is not None
        value = share(judgement.numbers)
        return None if math.isnan(value) else value >= at.MOST

    return holds


def _is(*named: Verdict) -> Callable[[Judgement], bool | None]:
    return lambda judgement: judgement.verdict in named


_TRUTHS: Mapping[str, Callable[[Judgement], bool | None]] = {
    FAILED: lambda judgement: judgement.verdict not in (Verdict.CONVERGED, Verdict.IMPROVING),
    "diverged": _is(Verdict.DIVERGED),
    "collapsed": _holds(lambda numbers: numbers.collapsed),
    "lost modes": _lost,
    "oscillating": _is(Verdict.OSCILLATING),
    "degraded": _is(Verdict.DEGRADED),
    "improving": _is(Verdict.IMPROVING),
    "pinned": _holds(lambda numbers: numbers.told),
}
