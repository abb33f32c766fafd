"""Running trials: isolated, in parallel, on this machine or on a Dask cluster.

    runner ── batches ──▶ slots ── fork ──▶ children
      ▲                     │                  │
      └────── notices ──────┴──── finished ◀───┘

A *child* trains one trial after the other and may die of it (`child`). A *slot* starts the child,
asks it for trials, watches it and stores each finished one (`slot`); slots are loky workers
(`local`) or live on the workers of a cluster (`cluster`). The *runner* hands batches to slots and
takes notices of what is finished from them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterable
from typing import Protocol

from bench.runner.machine import Unsupported, check
from bench.runner.messages import Finished, Notice, Now, Returned, Setup, failure
from bench.runner.queue import Batches
from bench.trial import Status, Trial

__all__ = ["NoCluster", "Notice", "Now", "Pool", "Setup", "Unsupported", "check", "run"]

TICK = 0.25
"""Seconds between two looks at the slots."""

ATTEMPTS = 5
"""Number of slots that may die with a trial in flight before the trial counts as crashed. A trial
cannot kill its slot, only the machine or its owner can; but a sweep must end."""


class NoCluster(Exception):
    """The cluster cannot be used: it has no scheduler, or has had no worker for too long."""


class Pool(Protocol):
    """The slots of a sweep: `bench.runner.local.LocalPool` or `bench.runner.cluster.DaskPool`."""

    @property
    def jobs(self) -> int:
        """Number of slots."""

    def busy(self) -> int:
        """Number of batches that have not come back."""

    def submit(self, trials: tuple[Trial, ...]) -> None:
        """Have a slot train a batch."""

    def now(self) -> list[Now]:
        """The trial that each slot trains now."""

    def wait(self, seconds: float) -> list[Returned]:
        """Batches that have come back, after at most so many seconds."""

    def keep(self, finished: Finished) -> None:
        """Store a trial whose slot has died with it."""

    def close(self) -> None:
        """Stop everything at once."""


def run(trials: Iterable[Trial], pool: Pool) -> Generator[Notice | None, None, None]:
    """Train and store every trial. Yields notices as they come, and None a few times a second, so
    that whoever watches gets a word in. Closing the generator stops the trials in flight.

    Raises StoreError when results cannot be written, and what the pool raises when it is no more.
    """
    batches, told, deaths = Batches(trials), set[str](), Counter[str]()
    try:
        while batches or pool.busy():
            while batches and pool.busy() < pool.jobs:
                pool.submit(batches.take(pool.jobs))
            returned = pool.wait(TICK)
            notices = [notice for now in pool.now() for notice in now.ended]
            notices += [notice for batch in returned for notice in batch.notices]
            for batch in returned:
                # A trial without a notice goes back to the queue. The first of them was in flight:
                # where the slot has died of it too often, it is given up.
                done = {notice.id for notice in notices} | told
                left = [trial for trial in batch.trials if trial.id not in done]
                if left and (batch.lost or len(left) == len(batch.trials)):
                    deaths[left[0].id] += 1
                    if deaths[left[0].id] == ATTEMPTS:
                        notices.append(_given_up(left.pop(0), batch.why, pool))
                batches.put(left)
            for notice in notices:
                if notice.id not in told:
                    told.add(notice.id)
                    yield notice
            yield None
    finally:
        pool.close()


def _given_up(trial: Trial, why: str, pool: Pool) -> Notice:
    text = (
        f"the slots that trained it have died {ATTEMPTS} times; see whether the machine kills them"
    )
    text = f"{text}: {why}" if why else text
    finished = failure(trial, Status.CRASHED, 0.0, type="slot", message=text, traceback="")
    pool.keep(finished)
    return finished.notice
