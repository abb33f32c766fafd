"""Running trials: isolated, in parallel, on this machine or on a Dask cluster.

    runner ── batches ──▶ slots ── fork ──▶ children
      ▲                     │                  │
      └───── outcomes ──────┴──── endings ◀────┘

A *child* trains trials of one structure and may die of it (`child`). A *slot* starts the child,
watches it and keeps how each trial ended (`slot`); slots are loky workers (`local`) or live on the
workers of a cluster (`cluster`). The *runner* hands batches to slots and takes outcomes from them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterable
from typing import Protocol

from bench.runner.batches import Batches
from bench.runner.messages import Ending, Now, Outcome, Returned, Setup, failure
from bench.trial import Status, Trial

__all__ = ["NoCluster", "Now", "Outcome", "Pool", "Setup", "run"]

TICK = 0.25
"""Seconds between two looks at what the slots are at."""

ATTEMPTS = 5
"""So often a trial may be in flight on a slot that dies. A trial cannot kill its slot, only the
machine or its owner can; but a sweep must end."""


class NoCluster(Exception):
    """There is no scheduler, or it has had no worker for too long."""


class Pool(Protocol):
    """Where slots are: `bench.runner.local.LocalPool` or `bench.runner.cluster.DaskPool`."""

    @property
    def jobs(self) -> int:
        """Slots."""

    def busy(self) -> int:
        """Batches that have not come back."""

    def submit(self, trials: tuple[Trial, ...]) -> None:
        """Have a slot train a batch."""

    def now(self) -> list[Now]:
        """What the slots are at."""

    def wait(self, seconds: float) -> list[Returned]:
        """Batches that have come back, after at most so many seconds."""

    def keep(self, ending: Ending) -> None:
        """Store how a trial ended that no slot could tell of."""

    def close(self) -> None:
        """Stop everything at once."""


def run(trials: Iterable[Trial], pool: Pool) -> Generator[Outcome | None, None, None]:
    """Train and store every trial. Yields outcomes as they come, and None a few times a second, so
    that whoever watches gets a word in. Closing the generator stops the trials in flight.

    Raises StoreError when results cannot be written, and what the pool raises when it is no more.
    """
    batches, told, deaths = Batches(trials), set[str](), Counter[str]()
    try:
        while batches or pool.busy():
            while batches and pool.busy() < pool.jobs:
                pool.submit(batches.take(pool.jobs))
            returned = pool.wait(TICK)
            outcomes = [outcome for now in pool.now() for outcome in now.ended]
            outcomes += [outcome for batch in returned for outcome in batch.outcomes]
            for batch in returned:
                done = {outcome.id for outcome in outcomes} | told
                left = [trial for trial in batch.trials if trial.id not in done]
                if left and (batch.lost or len(left) == len(batch.trials)):
                    deaths[left[0].id] += 1
                    if deaths[left[0].id] == ATTEMPTS:
                        outcomes.append(_given_up(left.pop(0), batch.why, pool))
                batches.put(left)
            for outcome in outcomes:
                if outcome.id not in told:
                    told.add(outcome.id)
                    yield outcome
            yield None
    finally:
        pool.close()


def _given_up(trial: Trial, why: str, pool: Pool) -> Outcome:
    text = f"the slots that trained it have died {ATTEMPTS} times"
    text = f"{text}: {why}" if why else text
    ending = failure(trial, Status.CRASHED, 0.0, type="slot", message=text, traceback="")
    pool.keep(ending)
    return ending.outcome
