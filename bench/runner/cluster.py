"""Slots on a Dask cluster: the same `bench.runner.slot.work`, as plain futures.

Not through joblib's Dask backend, which hangs when a task ends in an error. Workers need this
package, no shared file system: endings come back with the task, and the runner stores them.
What a worker is at comes as an event. A worker that dies takes its batch along, which is then
trained elsewhere; without workers the runner waits a while, and then says so.
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import bench.runner.machine as machine
from bench.runner import NoCluster
from bench.runner.local import keep
from bench.runner.nursery import Nursery
from bench.runner.task import Ending, Now, Returned, Setup
from bench.store import Store
from bench.trial import NUMERICS, Trial

_TICK = 0.5
_LOOK = 1.0


class DaskPool:
    """The threads of a cluster's workers, each of them a slot.

    `patience` is for how many seconds to wait for a scheduler, and for workers. Raises NoCluster.
    """

    def __init__(self, address: str, store: Store, setup: Setup, patience: float) -> None:
        self.address, self.store, self.setup, self.patience = address, store, setup, patience
        self._flying: dict[Any, tuple[Trial, ...]] = {}
        self._now: dict[str, Now] = {}
        self._topic = f"gan-stability-bench-{socket.gethostname()}-{os.getpid()}"
        self._threads, self._looked = 0, 0.0
        self._seen = time.monotonic()
        self._client = self._connect(patience)

    @property
    def jobs(self) -> int:
        """Threads of all workers, at least one."""
        return max(1, self._threads)

    def busy(self) -> int:
        """Batches that have not come back."""
        return len(self._flying)

    def submit(self, trials: tuple[Trial, ...]) -> None:
        """Have a worker train a batch."""
        future = self._client.submit(train, trials, self.setup, self._topic, pure=False)
        self._flying[future] = trials

    def now(self) -> list[Now]:
        """What the workers are at."""
        return list(self._now.values())

    def wait(self, seconds: float) -> list[Returned]:
        """Batches that have come back, after at most so many seconds. Raises StoreError, and
        NoCluster when the cluster has been without workers for too long."""
        deadline = time.monotonic() + seconds
        while not (done := [f for f in self._flying if f.status != "pending"]):
            if time.monotonic() > deadline:
                break
            time.sleep(0.02)
        returned = [self._collect(future) for future in done]
        return returned + self._look_after()

    def keep(self, ending: Ending) -> None:
        """Store how a trial ended that no slot could tell of."""
        keep(ending, self.store)

    def close(self) -> None:
        """Give up what is in flight; the workers notice and end their children."""
        from distributed.comm.core import CommClosedError

        with contextlib.suppress(OSError, TimeoutError, CommClosedError):
            self._client.cancel(list(self._flying), force=True)
            self._client.close(timeout=2)

    def _connect(self, seconds: float) -> Any:
        from distributed import Client

        for name in [n for n in logging.root.manager.loggerDict if n.startswith("distributed")]:
            logging.getLogger(name).setLevel(logging.CRITICAL)  # what matters, we say
        try:
            client = Client(self.address, timeout=seconds, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            raise NoCluster(f"no Dask scheduler at {self.address}: {error}") from error
        client.subscribe_topic(self._topic, self._hear)
        return client

    def _hear(self, event: tuple[float, dict[str, Any]]) -> None:
        now = Now.from_record(event[1]["now"])
        self._now[now.slot] = now
        self.store.write_now(now.slot, now.record())

    def _collect(self, future: Any) -> Returned:
        trials = self._flying.pop(future)
        if future.status != "finished":  # its workers have died, or the scheduler has
            self._now.clear()
            why = repr(future.exception()) if future.status == "error" else future.status
            return Returned(trials, lost=True, why=why)
        endings: Sequence[Ending] = future.result()
        future.release()
        for ending in endings:
            if ending.result.provenance["numerics"] != NUMERICS:
                raise NoCluster("the workers run another version of this package")
            keep(ending, self.store)
        return Returned(trials, tuple(ending.outcome for ending in endings))

    def _look_after(self) -> list[Returned]:
        """Count the workers now and then; connect again where the scheduler is gone. Returns the
        batches that are lost then."""
        if time.monotonic() - self._looked < _LOOK:
            return []
        self._looked, self._threads = time.monotonic(), self._count()
        if self._threads:
            self._seen = time.monotonic()
        elif time.monotonic() - self._seen > self.patience:
            raise NoCluster(f"no worker at {self.address} for {self.patience:g} s")
        if self._client.status != "closed":
            return []
        lost = [Returned(trials, lost=True) for trials in self._flying.values()]
        self._flying.clear()
        self._client = self._connect(self.patience)
        return lost

    def _count(self) -> int:
        """Threads of all workers; 0 where the scheduler does not answer."""
        if self._client.status != "running":
            return 0
        try:
            return sum(self._client.nthreads().values())
        except (OSError, TimeoutError, ValueError):
            return 0


def train(trials: tuple[Trial, ...], setup: Setup, topic: str) -> list[Ending]:
    """What a thread of a Dask worker does with a batch; `topic` is of the events that say what it
    is at. Endings that its nursery did not live to
    tell of are missing."""
    errand, endings = _Errand(topic), list[Ending]()
    with contextlib.suppress(EOFError, OSError), _nursery() as nursery:
        nursery.send(trials, errand.setup(setup))
        for message in nursery.messages(_TICK):
            if errand.cancelled():
                raise EOFError
            if isinstance(message, Ending):
                endings.append(message)
            elif message is not None:
                errand.tell(nursery.name, *message)
    return endings


_mine = threading.local()


@contextlib.contextmanager
def _nursery() -> Iterator[Nursery]:
    """The nursery of this thread; a new one where the last has died or is not wanted any more."""
    if not hasattr(_mine, "nursery"):
        _mine.nursery = Nursery()
    try:
        yield _mine.nursery
    except BaseException:
        _mine.nursery.close()
        del _mine.nursery
        raise


class _Errand:
    """The task that a thread of a worker is at, as Dask sees it."""

    def __init__(self, topic: str) -> None:
        from distributed import get_worker

        self.topic = topic
        self.worker = get_worker()
        self.key = self.worker.get_current_task()
        self._since = 0.0

    def setup(self, setup: Setup) -> Setup:
        """With this machine's memory in place of no cap."""
        cap = setup.memory or machine.default_cap(self.worker.state.nthreads)
        return replace(setup, memory=cap)

    def tell(self, slot: str, trial: Trial, step: int) -> None:
        """Say what the slot is at."""
        self._since = self._since if step else time.time()
        now = Now(slot, trial.id, trial.label, step, trial.steps, self._since)
        self.worker.log_event(self.topic, {"now": now.record()})  # Dask adds the worker

    def cancelled(self) -> bool:
        """Whether nobody waits for the task any more: the runner has stopped, or is dead."""
        task = self.worker.state.tasks.get(self.key)
        return task is None or task.state != "executing"
