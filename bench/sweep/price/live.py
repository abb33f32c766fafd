"""The time left of a running sweep, from what its slots say and from what has ended."""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterable

from bench.runner import Notice, Now
from bench.runner.phases import Phase
from bench.runner.slot import SLICE
from bench.sweep.price import schedule
from bench.sweep.price.rates import Rates
from bench.sweep.price.stored import add
from bench.sweep.price.typical import GAP, IMPORT, Structure, Work, structure, work
from bench.sweep.price.view import View
from bench.trial import Status, Trial

Clock = Callable[[], float]

HEARD = 3.0
"""Seconds of training, of all slots together, after which an estimate is given."""

WAITED = 8.0
"""Seconds after the first measurement after which it is given in any case."""

REST = 1.0
"""Least seconds between two computations of the time left."""

HOPE = 2.0
"""Imagined trials, trained to their last step and with the usual gap, that the first real ones are
averaged with."""


class Estimate:
    """The time left until all of some trials have ended, on `jobs` slots.

    `older` is the speed that stored trials tell; `clock` gives seconds.
    """

    def __init__(
        self,
        trials: Iterable[Trial],
        jobs: int,
        older: Rates | None = None,
        clock: Clock = time.monotonic,
    ) -> None:
        self.jobs, self.clock = jobs, clock
        self._waiting = {trial.id: (structure(trial), work(trial)) for trial in trials}
        self._completed = False
        self._sure = older is not None and all(older.knows(k) for k, _ in self._waiting.values())
        self._rates = Rates(older)
        self._done: dict[Structure, list[float]] = defaultdict(list)
        self._views: dict[str, View] = {}
        self._ended, self._busy, self._stepped = 0, 0.0, math.inf
        self._at, self._left, self._pause = -math.inf, math.nan, REST

    def see(self, slots: Iterable[Now]) -> None:
        """Take note of what the slots say."""
        now = self.clock()
        for told in slots:
            for notice in told.ended:
                self.end(notice)
            self._views.setdefault(told.slot, View(told, now)).hear(told, now)
            if told.at.step:
                self._stepped = min(self._stepped, now)

    def end(self, notice: Notice) -> None:
        """Take note of a trial that has ended."""
        if notice.id not in self._waiting:
            return
        kind, due = self._waiting.pop(notice.id)
        self._ended, self._busy = self._ended + 1, self._busy + notice.seconds
        if notice.status is Status.COMPLETED:
            add(self._rates, kind, due, notice.seconds, notice.spent)
            self._done[kind].append(1.0)
            self._completed = True
            return
        for view in self._views.values():
            if view.now.id == notice.id:
                view.tell(self._rates, kind, due)
        whole = sum(self._rates.seconds(kind, due)[1:])
        self._done[kind].append(min(1.0, notice.seconds / whole))

    def left(self) -> float | None:
        """Seconds until the sweep is done; None: it is too early to say."""
        now = self.clock()
        if not self._ready(now):
            return None
        if now - self._at >= self._pause:
            begin = time.perf_counter()
            self._at, self._left = now, self._count(now)
            self._pause = max(REST, 50 * (time.perf_counter() - begin))
        return max(0.0, self._left - (now - self._at))

    def _ready(self, now: float) -> bool:
        if self._sure or self._completed or now - self._stepped > WAITED:
            return True
        return sum(view.trained for view in self._views.values()) >= HEARD

    def _count(self, now: float) -> float:
        rates, waiting = self._rates.copy(), dict(self._waiting)
        views = [v for v in self._views.values() if v.now.at.phase is not Phase.WAITING]
        flying = [(view, waiting.pop(view.now.id)) for view in views if view.now.id in waiting]
        for view, (kind, due) in flying:
            view.tell(rates, kind, due)
        prices = _Prices(rates, self._done, self._gap())
        free = []
        for view, (kind, due) in flying:
            rest, used = view.rest(rates.seconds(kind, due), now), view.used(now)
            own = [id for id, (other, _) in waiting.items() if other == kind][: view.now.left]
            for id in own:
                if used + rest > SLICE:
                    break
                rest += prices.task(*waiting.pop(id)).seconds
            free.append(rest)
        free += [0.0 if self._views else IMPORT] * (self.jobs - len(free))
        return schedule.end(free, [prices.task(*own) for own in waiting.values()])

    def _gap(self) -> float:
        """Seconds of a slot between two trials: processes, files, waiting for a batch."""
        between = sum(view.span for view in self._views.values()) - self._busy
        return (HOPE * GAP + max(0.0, between)) / (HOPE + self._ended)


class _Prices:
    """The trials of a queue with their seconds, computed once for equal ones."""

    def __init__(self, rates: Rates, done: dict[Structure, list[float]], gap: float) -> None:
        self._rates, self._done, self._gap = rates, done, gap
        self._known: dict[tuple[Structure, Work], schedule.Task] = {}

    def task(self, kind: Structure, due: Work) -> schedule.Task:
        if (kind, due) not in self._known:
            self._known[kind, due] = self._task(kind, due)
        return self._known[kind, due]

    def _task(self, kind: Structure, due: Work) -> schedule.Task:
        parts, done = self._rates.seconds(kind, due), self._done.get(kind, [])
        share = (sum(done) + HOPE) / (len(done) + HOPE)
        seconds = parts.warm + share * (parts.train + parts.end) + self._gap
        return schedule.Task(kind, max(0.0, parts.start - parts.warm), seconds)
