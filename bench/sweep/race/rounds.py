"""Carries out a race: trains what the next looks need, takes them, and goes on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from bench.grid import Sweep
from bench.store.kept import races
from bench.store.kept.races import Record
from bench.sweep.plan import Plan
from bench.sweep.race import course, words
from bench.sweep.race.arms import Outcomes, Task, tasks
from bench.trial import Trial

if TYPE_CHECKING:
    from rich.console import Console

    from bench.store import Store

ATTEMPTS = 2
"""Times that a trial is tried in one run before the race waits for it."""


class Race:
    """A race over the trials of a sweep, in a results folder. Whoever lets it advance has locked
    that. Raises StoreError, and Refused where the folder has another race; `anew` does not look."""

    def __init__(self, sweep: Sweep, store: Store, anew: bool = False) -> None:
        if sweep.race is None:
            raise ValueError(f"{sweep.name} is no race")
        self.sweep, self.store = sweep, store
        self.tasks: Sequence[Task] = tasks(sweep.race, sweep.trials)
        self.outcomes = Outcomes(store, sweep.race.success)
        known = None if anew else races.read(store.path)
        file = str(store.path / races.NAME)
        self.record: Record = course.begin(sweep.race, self.tasks, known, file)
        self._attempts = Counter[str]()

    @property
    def begun(self) -> bool:
        """True where a look was taken, or a setting chosen."""
        return any(any(one.counts.values()) or one.settings for one in self.record.courses)

    @property
    def decided(self) -> bool:
        """True where no comparison goes on."""
        return bool(self.record.states) and all(state.ended for state in self.record.states)

    def advance(self) -> list[str]:
        """Take all looks that can be taken, and write them down -> a line for each comparison that
        has ended. Raises StoreError."""
        before, self.record = self.record, course.advance(self.record, self.tasks, self.outcomes)
        races.write(self.store.path, self.record)
        return words.taken(before, self.record)

    def asked(self) -> Sweep:
        """The sweep with the trials that the race has asked for so far, in its own order."""
        return replace(self.sweep, trials=self._ordered(course.asked(self.record, self.tasks)))

    def possible(self) -> tuple[Trial, ...]:
        """The trials that it has asked for so far, and those that it may still come to ask for, in
        the order of the sweep."""
        return self._ordered(course.possible(self.record, self.tasks))

    def _ordered(self, trials: Sequence[Trial]) -> tuple[Trial, ...]:
        wanted = {trial.id for trial in trials}
        return tuple(trial for trial in self.sweep.trials if trial.id in wanted)

    def needed(self, plan: Plan) -> tuple[Trial, ...]:
        """The trials to train now: those of the plan, and those that failed and are compared."""
        beside = {trial.id for task in self.tasks for trial in task.beside}
        failed = {id for id, brief in plan.stored.items() if brief.status.failed}
        wanted = {trial.id for trial in plan.todo} | (failed - beside)
        return tuple(trial for trial in plan.trials if trial.id in wanted)

    def due(self, trials: Sequence[Trial]) -> tuple[Trial, ...]:
        """Those of the trials that have not been tried often enough yet: they are counted as
        tried. The others are waited for."""
        found = tuple(trial for trial in trials if self._attempts[trial.id] < ATTEMPTS)
        self._attempts.update(trial.id for trial in found)
        self.outcomes.forget(found)
        return found


def run(
    race: Race,
    make: Callable[[Sweep], Plan],
    train: Callable[[Plan], int],
    console: Console,
) -> tuple[Plan, int]:
    """Train and look until everything is decided or asked for -> the last plan, and 0 or the exit
    code that says what stopped it. `make` plans what a sweep asks for, `train` trains a plan and
    gives its exit code. A trial that fails again and again holds up its own task alone. Raises
    StoreError."""
    said = ""
    while True:
        for line in race.advance():
            console.print(line, soft_wrap=not console.is_terminal)
        plan = make(race.asked())
        needed = race.needed(plan)
        plan = replace(plan, todo=race.due(needed))
        if not plan.todo and needed:
            console.print(words.waiting(needed), soft_wrap=not console.is_terminal)
            return replace(plan, todo=needed), 3
        if not plan.todo:
            return plan, 0
        now = "\n".join(words.look(race.record))
        if now != said:
            console.print(now, soft_wrap=not console.is_terminal)
        said = now
        if code := train(plan):
            return plan, code
