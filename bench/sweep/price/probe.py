"""Trains a little of each structure to tell how long a sweep takes, where no result does."""

from __future__ import annotations

import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from time import monotonic as clock

from bench import runner
from bench.grid import Plugin
from bench.runner import Now, Setup
from bench.runner.local import LocalPool
from bench.store import Store
from bench.sweep.price.rates import Rates
from bench.sweep.price.stored import PROBE, Known, add
from bench.sweep.price.typical import Structure, structure, work
from bench.sweep.price.view import View
from bench.trial import Status, Trial

SECONDS = 20.0
"""The time that a probe takes."""

LONGEST = 120.0
"""The time that it takes where nothing was measured after SECONDS."""

TRAINED = 1.5
"""Typical seconds of training in the shortened trial of a structure."""


def probe(
    trials: Iterable[Trial],
    jobs: int,
    older: Known,
    plugins: Sequence[Plugin],
    say: Callable[[str], None],
) -> Known:
    """The speed of the structures of some trials: `older`, and what a shortened trial of each
    tells, as many as there is time for. Nothing is stored; `say` is told of trials that fail."""
    short = {trial.id: trial for trial in chosen(trials)}
    rates, views, told = Rates(older.rates), dict[str, View](), 0
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder)).create()
        pool = LocalPool(min(jobs, max(1, len(short))), store, Setup(tuple(plugins)))
        begin = clock()
        with closing(runner.run(short.values(), pool)) as notices:
            for notice in notices:
                _see(views, pool.now())
                if notice and notice.error:
                    say(f"probe: {short[notice.id].label}: {notice.status}: {notice.error}")
                elif notice and notice.status is Status.COMPLETED:
                    own = short.pop(notice.id)
                    add(rates, structure(own), work(own), notice.seconds, notice.spent)
                    told += 1
                told_now = told + sum(v.now.at.pace is not None for v in views.values())
                if clock() - begin > (SECONDS if told_now else LONGEST):
                    break
        for view in views.values():  # of trials that were not done in time
            if view.now.at.pace and view.now.id in short:
                own = short[view.now.id]
                view.tell(rates, structure(own), work(own))
                told += 1
    return Known(rates, Counter({**older.sources, PROBE: told}))


def chosen(trials: Iterable[Trial]) -> list[Trial]:
    """A shortened trial of each structure, the ones with most work first; a second one of a task
    comes after the first of every other."""
    work_of: dict[Structure, float] = defaultdict(float)
    some: dict[Structure, Trial] = {}
    for trial in trials:
        kind = structure(trial)
        work_of[kind] += sum(work(trial)[2:])
        some.setdefault(kind, trial)
    ranked = sorted(some, key=lambda kind: -work_of[kind])
    turn: dict[str, int] = defaultdict(int)
    order: list[tuple[int, float, Structure]] = []
    for kind in ranked:
        order.append((turn[kind.task], -work_of[kind], kind))
        turn[kind.task] += 1
    return [shortened(some[kind]) for *_, kind in sorted(order, key=lambda entry: entry[:2])]


def shortened(trial: Trial) -> Trial:
    """A trial of the same structure and cadence of measurements, of some TRAINED seconds: at least
    two measurements, so that compiling is told from training."""
    every = max(1, trial.steps // trial.evaluations)
    each = max(1e-6, (work(trial).train) / max(1, trial.steps) * every)
    times = max(2, min(trial.evaluations, round(TRAINED / each)))
    if each > TRAINED:
        every = max(1, int(every * TRAINED / each / 2))
    return replace(trial, steps=times * every, evaluations=times)


def _see(views: dict[str, View], slots: Iterable[Now]) -> None:
    now = clock()
    for told in slots:
        views.setdefault(told.slot, View(told, now)).hear(told, now)
