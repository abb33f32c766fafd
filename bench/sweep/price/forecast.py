"""The time that a sweep will take, before it begins, and how sure that is."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence

from bench.console import count, duration
from bench.runner.queue import MOST
from bench.sweep.price import schedule
from bench.sweep.price.stored import PROBE, Known
from bench.sweep.price.typical import GAP, IMPORT, Structure, structure, work
from bench.trial import Trial

SAME, LIKE = 1.25, 1.6
"""The price of a trial may be off by this factor where its structure was measured, and where
another one of its task was."""


class Forecast:
    """The price of trials on `jobs` slots: in `seconds`, and in words.

    `range` is between which two numbers of seconds it will be, as a rule. Both are None where no
    trial of some task, or of some trainer of the user's own, was measured on this machine; `words`
    names it.
    """

    def __init__(self, trials: Sequence[Trial], jobs: int, known: Known) -> None:
        self._known, self._jobs, self._trials = known, jobs, len(trials)
        self._tasks: dict[tuple[Structure, int, int], schedule.Task] = {}
        unknown = {trial.task for trial in trials} - known.rates.tasks()
        unknown |= {t.method.name for t in trials if _untold(structure(t), known)}
        self.unknown = min(unknown) if unknown else None
        self.seconds: float | None = None
        self.range: tuple[float, float] | None = None
        if self.unknown is None:
            queue = [self._task(trial) for trial in trials]
            self.seconds = schedule.end([IMPORT] * jobs, queue) if queue else 0.0
            off = self._off(queue)
            self.range = self.seconds / off, self.seconds * off

    @property
    def words(self) -> str:
        """The price for a reader, with where it comes from."""
        if self.seconds is None or self.range is None:
            text = f"nothing tells how long; no trial of {self.unknown} was trained on this machine"
            probed = PROBE in self._known.sources
            return f"{text}, and a probe came to none" if probed else f"{text} (--probe tells)"
        low, high = map(duration, self.range)
        sources = [f"{count(n, 'trial')} of {name}" for name, n in self._known.sources.items() if n]
        more = f" and {len(sources) - 3} more" if len(sources) > 3 else ""
        return f"{duration(self.seconds)} ({low} to {high}, by {', '.join(sources[:3])}{more})"

    def slot_seconds(self, trials: Iterable[Trial]) -> float | None:
        """Seconds that one slot takes for some of the trials; None: not known."""
        tasks = [self._task(trial) for trial in trials]
        known = self._known
        if any(
            task.kind.task not in known.rates.tasks() or _untold(task.kind, known) for task in tasks
        ):
            return None
        batch = min(MOST, -(-self._trials // (2 * self._jobs)))
        children = {kind: -(-n // batch) for kind, n in Counter(t.kind for t in tasks).items()}
        fresh = {task.kind: task.fresh for task in tasks}
        return sum(t.seconds for t in tasks) + sum(n * fresh[k] for k, n in children.items())

    def _task(self, trial: Trial) -> schedule.Task:
        kind = structure(trial)
        key = kind, trial.steps, trial.evaluations
        if key not in self._tasks:
            parts = self._known.rates.seconds(kind, work(trial))
            seconds = parts.warm + parts.train + parts.end + GAP
            self._tasks[key] = schedule.Task(kind, max(0.0, parts.start - parts.warm), seconds)
        return self._tasks[key]

    def _off(self, queue: Sequence[schedule.Task]) -> float:
        """The factor by which the price may be off, from those of its trials."""
        logs = whole = 0.0
        for task in queue:
            factor = SAME if self._known.rates.knows(task.kind) else LIKE
            logs, whole = logs + task.seconds * math.log(factor), whole + task.seconds
        return math.exp(logs / whole) if whole else 1.0


def _untold(kind: Structure, known: Known) -> bool:
    """True for a trainer of a user's own that was never run here: other methods tell nothing."""
    return kind.method.external and not known.rates.knows(kind)


def forecast(trials: Sequence[Trial], jobs: int, known: Known) -> Forecast:
    """The price of trials that are to be trained, by the speed that older ones tell."""
    return Forecast(trials, jobs, known)
