"""Slots on this machine: joblib's loky workers, each of which trains in children of its own.

A slot stores what it trains, so that nothing finished is lost with the runner, and says in
`running/` what it is at, for the runner's progress and for `python -m bench.status`.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any

import bench.runner.machine as machine
import bench.runner.slot as slot
from bench.gan.environment import prepare_process
from bench.runner.messages import Finished, Notice, Now, Returned, Setup
from bench.runner.phases import IDLE, At, Phase
from bench.store import Store
from bench.trial import Trial


class LocalPool:
    """`jobs` slots on this machine."""

    def __init__(self, jobs: int, store: Store, setup: Setup) -> None:
        prepare_process()  # slots inherit it, and import TensorFlow later
        self.jobs, self.store, self.setup = jobs, store, setup
        self._flying: dict[Future[Any], tuple[Trial, ...]] = {}
        self._executor: Any = None

    def busy(self) -> int:
        """Number of batches that have not come back."""
        return len(self._flying)

    def submit(self, trials: tuple[Trial, ...]) -> None:
        """Have a slot train a batch."""
        with machine.deaf_children():
            self._executor = self._executor or self._start()
            future = self._executor.submit(train, trials, self.setup, self.store, os.getpid())
        self._flying[future] = trials

    def now(self) -> list[Now]:
        """The trial that each slot trains now."""
        return [Now.from_record(record) for record in self.store.now()]

    def wait(self, seconds: float) -> list[Returned]:
        """Batches that have come back, after at most so many seconds. Raises StoreError when a slot
        cannot write."""
        done, _ = wait(self._flying, seconds, FIRST_COMPLETED)
        returned = [self._collect(future) for future in done]
        if any(batch.lost for batch in returned):
            # loky gives up all workers when one is killed; so every batch is lost, and comes here
            self.close()
            lost = [Returned(trials, lost=True) for trials in self._flying.values()]
            self._flying.clear()
            return returned + lost
        return returned

    def keep(self, finished: Finished) -> None:
        """Store a trial whose slot has died with it."""
        keep(finished, self.store)

    def close(self) -> None:
        """Kill slots and children. The trials in flight are lost, the stored ones are not."""
        if self._executor is not None:
            self._executor.shutdown(kill_workers=True)
            self._executor = None

    def _start(self) -> Any:
        from joblib.externals.loky import ProcessPoolExecutor

        self.store.tidy()  # what slots that were killed have left
        return ProcessPoolExecutor(self.jobs)

    def _collect(self, future: Future[Any]) -> Returned:
        trials = self._flying.pop(future)
        try:
            return Returned(trials, tuple(future.result()))
        except BrokenProcessPool as error:
            return Returned(trials, lost=True, why=str(error).partition("\n")[0])


def train(trials: Sequence[Trial], setup: Setup, store: Store, runner: int) -> list[Notice]:
    """Train a batch in a loky worker. Raises StoreError, and nothing else."""
    global _ready
    desk = _Desk(store, runner)
    if not _ready:
        machine.die_with(runner)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        desk.show(trials[0], At(Phase.IMPORTING), len(trials) - 1)
        slot.prepare(setup.compiled)
        _ready = True
    slot.work(trials, setup, desk)
    desk.show(trials[-1], At(Phase.WAITING), 0)
    return desk.ended


_ready = False


class _Desk:
    """Stores finished trials, and the progress of the others in a file of this slot."""

    def __init__(self, store: Store, runner: int) -> None:
        self.store, self.runner, self.name = store, runner, f"{os.getpid()}"
        self.ended: list[Notice] = []
        self._shown, self._since = ("", False), 0.0

    def keep(self, finished: Finished) -> None:
        keep(finished, self.store)
        self.ended.append(finished.notice)

    def show(self, trial: Trial, at: At, left: int) -> None:
        if self._shown != (trial.id, idle := at.phase in IDLE):
            self._shown, self._since = (trial.id, idle), time.time()
        ended = tuple(self.ended)
        now = Now(self.name, trial.id, trial.label, trial.steps, self._since, at, left, ended)
        self.store.write_now(self.name, now.record())

    def abandoned(self) -> bool:
        return machine.orphaned(self.runner)


def keep(finished: Finished, store: Store) -> None:
    """Store a finished trial: its log where it failed, its samples, and at last its result."""
    trial, facts = finished.result.trial, finished.result.facts
    if finished.log:
        store.write_log(trial.id, finished.log)
    if finished.real:
        store.write_real(facts["real"], finished.real)
    store.write(finished.result, finished.samples)
