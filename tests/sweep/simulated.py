"""A sweep without training: slots on a clock that is set, with trials of known durations.

`bench.runner.run` and its queue are the real ones; only the pool is another.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from bench import runner
from bench.runner import Notice, Now
from bench.runner.messages import Finished, Returned
from bench.runner.phases import At, Phase, Spent
from bench.runner.slot import SLICE
from bench.trial import Status, Trial


@dataclass(frozen=True)
class Truth:
    """The true duration of a trial."""

    start: float
    """Seconds before its first step in a fresh process."""
    train: float
    """Seconds of all its steps."""
    end: float = 0.5
    """Seconds of the last measurements."""
    warm: float = 0.2
    """Seconds before its first step otherwise."""
    status: Status = Status.COMPLETED
    """The status that it ends with."""
    share: float = 1.0
    """The part of its steps that it comes to."""


@dataclass
class _Flight:
    """A trial on a slot, from a time on."""

    trial: Trial
    truth: Truth
    fresh: bool
    begin: float
    left: int

    @property
    def start(self) -> float:
        return self.truth.start if self.fresh else self.truth.warm

    @property
    def seconds(self) -> float:
        end = self.truth.end if self.truth.share == 1 else 0.0
        return self.start + self.truth.train * self.truth.share + end

    def at(self, now: float) -> At:
        """Its place, as a child tells it: at measurements, and every half second at most."""
        every = max(1, self.trial.steps // self.trial.evaluations)
        seconds = self.truth.train / self.trial.steps

        def when(step: int) -> float:
            return self.start + step * seconds

        trained = (now - self.begin - self.start) / seconds
        step = int(max(0.0, min(trained, self.trial.steps * self.truth.share)) // every * every)
        if not step:
            return At(Phase.COMPILING if self.fresh else Phase.STARTING)
        seen = max(every, int(0.5 / seconds) // every * every)
        if step < self.trial.steps:
            step = max(every, step // seen * seen)
        phase = Phase.TRAINING if step < self.trial.steps else Phase.MEASURING
        return At(phase, step, when(step), every, when(every))

    @property
    def notice(self) -> Notice:
        spent, truth = None, self.truth
        if truth.status is Status.COMPLETED:
            spent = Spent(self.start, truth.train, truth.end, self.fresh)
        error = None if not truth.status.failed else "RuntimeError: a bug in a user's own part"
        return Notice(self.trial.id, truth.status, self.seconds, error, spent)


@dataclass
class _Slot:
    name: str
    batch: tuple[Trial, ...] = ()
    flights: list[_Flight] = field(default_factory=list)
    ready: float = 0.0


class Pool:
    """`jobs` slots that take `importing` seconds to begin, and `gap` between two trials."""

    def __init__(
        self,
        jobs: int,
        truth: Callable[[Trial], Truth],
        importing: float = 6.0,
        gap: float = 0.1,
    ) -> None:
        self.jobs, self.truth, self.importing, self.gap = jobs, truth, importing, gap
        self.time = 0.0
        self.slots = [_Slot(f"{1000 + i}", ready=importing) for i in range(jobs)]

    def clock(self) -> float:
        return self.time

    def busy(self) -> int:
        return sum(bool(slot.batch) for slot in self.slots)

    def submit(self, trials: tuple[Trial, ...]) -> None:
        slot = next(slot for slot in self.slots if not slot.batch)
        begin, fresh = max(self.time, slot.ready), True
        slot.batch, slot.flights, until = trials, [], begin + SLICE
        for i, trial in enumerate(trials):
            flight = _Flight(trial, self.truth(trial), fresh, begin, len(trials) - 1 - i)
            slot.flights.append(flight)
            begin += flight.seconds + self.gap
            fresh = flight.truth.status.failed
            if begin > until:
                break
        slot.ready = begin

    def now(self) -> list[Now]:
        return [self._now(slot) for slot in self.slots if slot.flights]

    def _now(self, slot: _Slot) -> Now:
        ended = tuple(f.notice for f in slot.flights if f.begin + f.seconds <= self.time)
        if len(ended) == len(slot.flights):
            flight, at = slot.flights[-1], At(Phase.WAITING)
        else:
            flight = slot.flights[len(ended)]
            at = flight.at(self.time)
        if self.time < self.importing:
            at = At(Phase.IMPORTING)
        trial = flight.trial
        since = 1e9 + (self.time if at.phase is Phase.WAITING else flight.begin)
        return Now(slot.name, trial.id, trial.label, trial.steps, since, at, flight.left, ended)

    def wait(self, seconds: float) -> list[Returned]:
        self.time += seconds
        back = []
        for slot in self.slots:
            if slot.batch and self.time >= slot.ready:
                back.append(Returned(slot.batch, tuple(f.notice for f in slot.flights)))
                slot.batch, slot.flights = (), []
        return back

    def keep(self, finished: Finished) -> None:
        raise AssertionError("no slot dies here")

    def close(self) -> None:
        self.slots = []


def noisy(truth: Callable[[Trial], Truth], sd: float, seed: int = 0) -> Callable[[Trial], Truth]:
    """The same truth, each trial slower or faster by a factor exp(sd * gaussian)."""

    def found(trial: Trial) -> Truth:
        name = f"{seed} {trial.task} {trial.method.name} {trial.seed}"
        factor = 2.718 ** (sd * random.Random(name).gauss(0, 1))
        own = truth(trial)
        return Truth(own.start, own.train * factor, own.end, own.warm, own.status, own.share)

    return found


def events(trials: Sequence[Trial], pool: Pool) -> Iterator[tuple[float, Notice | None, list[Now]]]:
    """(seconds, a trial that has ended or None, the slots) of the sweep, tick by tick."""
    for notice in runner.run(trials, pool):
        yield pool.time, notice, pool.now()
