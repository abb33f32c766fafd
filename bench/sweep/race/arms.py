"""The arms of a race: the trials of each method on each task, seed by seed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from bench.analysis.frame.labels import Named, labels, task_of
from bench.analysis.verdicts import judge_all
from bench.gan.methods.rules import yardstick
from bench.grid.race import group, setting
from bench.store import Store
from bench.trial import Trial
from bench.vocabulary.races import Pair, Race

Setting = tuple[tuple[str, object], ...]


class Outcome(NamedTuple):
    """The end of one trial, as a race counts it."""

    success: bool
    """True where it ended with the verdict that counts."""
    q: float
    """Its final distance (q_tail); infinite where there is none."""


@dataclass
class Task:
    """One task of a race, with all trials that it may ask for."""

    name: str
    """The task with its networks, and the options in which tasks of the sweep differ."""
    pairs: tuple[Pair, ...]
    """The pairs of methods that it has."""
    search: dict[str, dict[Setting, list[Trial]]] = field(default_factory=dict)
    """Method -> setting -> the trials that choose among settings; empty without a search."""
    raced: dict[str, dict[Setting, list[Trial]]] = field(default_factory=dict)
    """Method -> setting -> the trials of the race, by seed."""

    def arm(self, method: str, chosen: Mapping[str, float]) -> list[Trial]:
        """The race's trials of a method, at its chosen setting or its only one."""
        own = self.raced[method]
        key = tuple(sorted(chosen.items()))
        return own[key] if key in own else next(iter(own.values()))

    @property
    def beside(self) -> list[Trial]:
        """The trials that no look counts, and no choice of a setting: those of yardsticks, and of
        methods of no pair."""
        rivals = {method for pair in self.pairs for method in pair}
        return [
            trial
            for every in (self.search, self.raced)
            for method, own in every.items()
            if method not in rivals
            for trials in own.values()
            for trial in trials
        ]


def tasks(race: Race, trials: Sequence[Trial]) -> list[Task]:
    """The tasks of a race, in the order of the sweep."""
    found: dict[object, Task] = {}
    named = labels([_named(trial) for trial in trials])
    kept: dict[object, list[Trial]] = {}
    for trial, name in zip(trials, named, strict=True):
        found.setdefault(group(trial), Task(name, ()))
        kept.setdefault(group(trial), []).append(trial)
    for key, own in kept.items():
        task = found[key]
        for trial in own:
            into = task.search if trial.seed < race.first else task.raced
            settings = into.setdefault(trial.method.name, {})
            settings.setdefault(setting(trial), []).append(trial)
        methods = {t.method.name for t in own if not yardstick(t.method)}
        task.pairs = tuple(pair for pair in race.pairs if set(pair) <= methods)
        for settings in (*task.raced.values(), *task.search.values()):
            for each in settings.values():
                each.sort(key=lambda trial: trial.seed)
        _only_first_look(race, task)
    return list(found.values())


def _named(trial: Trial) -> Named:
    """The task with its options. Methods may differ in steps, by a budget in gradients."""
    name, properties = task_of(trial)
    return Named(name, {key: value for key, value in properties.items() if key != "steps"})


def _only_first_look(race: Race, task: Task) -> None:
    """Methods of no pair stay at the seeds of the first look."""
    rivals = {method for pair in task.pairs for method in pair}
    for method in task.raced.keys() - rivals:
        for numbers, own in task.raced[method].items():
            task.raced[method][numbers] = own[: race.looks[0]]


class Outcomes:
    """The ends of stored trials, each read once. A trial that failed for a reason of the machine
    has none."""

    def __init__(self, store: Store, success: str) -> None:
        self._store, self._success = store, success
        self._known: dict[str, Outcome] = {}

    def of(self, trials: Iterable[Trial]) -> dict[str, Outcome]:
        """Id -> outcome of those of the trials that have one. Raises StoreError."""
        wanted = [trial.id for trial in trials]
        present = self._store.ids()
        fresh = [id for id in wanted if id in present and id not in self._known]
        results = [result for _, result in self._store.named(fresh)]
        for result, judged in zip(results, judge_all(results), strict=True):
            if not result.status.failed:
                q = judged.numbers.q_tail if judged.numbers else math.inf
                won = judged.verdict.value == self._success
                self._known[result.trial.id] = Outcome(won, math.inf if q != q else q)
        return {id: self._known[id] for id in wanted if id in self._known}

    def forget(self, trials: Iterable[Trial]) -> None:
        """Read these anew when they are asked for: they are trained again."""
        for trial in trials:
            self._known.pop(trial.id, None)


def chosen(task: Task, method: str, outcomes: Mapping[str, Outcome]) -> dict[str, float]:
    """The setting of a method that did best on the seeds of the search: by its rate of success,
    then by its median final distance, then in the order of the file."""

    def worth(own: Sequence[Trial]) -> tuple[float, float]:
        ends = [outcomes[trial.id] for trial in own]
        rate = sum(end.success for end in ends) / len(ends)
        middle = sorted(end.q for end in ends)[len(ends) // 2]
        return -rate, middle

    settings = task.search[method]
    best = min(settings, key=lambda one: worth(settings[one]))
    return {str(name): float(str(value)) for name, value in best}
