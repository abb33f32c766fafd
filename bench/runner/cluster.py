"""Slots on a Dask cluster: the same `bench.runner.slot.work`, as plain futures.

Not through joblib's Dask backend, which hangs when a task ends in an error. Workers need this
package, no shared file system: finished trials come back at once through a queue on the scheduler,
and the runner stores them. Progress comes as events. A worker that dies takes the trial in flight
along, no finished one, and the rest of its batch is trained elsewhere; without workers the runner
waits a while, and then says so.
"""

from __future__ import annotations

import contextlib
import logging
import os
import pickle
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import bench.runner.machine as machine
from bench.runner import NoCluster
from bench.runner.local import keep
from bench.runner.messages import Finished, Notice, Now, Returned, Setup
from bench.runner.nursery import Nursery
from bench.runner.phases import IDLE, At, Phase
from bench.store import Store, StoreError, running
from bench.trial import NUMERICS, Trial

_TICK = 0.5
_LOOK = 1.0


class DaskPool:
    """The threads of a cluster's workers, each of them a slot.

    It waits `patience` seconds for a scheduler and for workers, then raises NoCluster.
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
        """Number of threads of all workers, at least one."""
        return max(1, self._threads)

    def busy(self) -> int:
        """Number of batches that have not come back."""
        return len(self._flying)

    def submit(self, trials: tuple[Trial, ...]) -> None:
        """Have a worker train a batch."""
        future = self._client.submit(train, trials, self.setup, self._topic, pure=False)
        self._flying[future] = trials

    def now(self) -> list[Now]:
        """The trial that each worker's thread trains now."""
        return list(self._now.values())

    def wait(self, seconds: float) -> list[Returned]:
        """Batches that have come back, after at most so many seconds. Raises StoreError, and
        NoCluster when the cluster has been without workers for too long."""
        deadline = time.monotonic() + seconds
        while not (done := [f for f in self._flying if f.status != "pending"]):
            if time.monotonic() > deadline:
                break
            time.sleep(0.02)
        # Before the batches that are `done`: their trials must have come in when they are judged.
        ended = Returned((), self._take_in())
        return [ended, *(self._collect(future) for future in done), *self._look_after()]

    def keep(self, finished: Finished) -> None:
        """Store a trial whose slot has died with it."""
        keep(finished, self.store)

    def close(self) -> None:
        """Give up what is in flight; the workers notice and end their children. What has ended is
        stored, where there is room."""
        from distributed.comm.core import CommClosedError

        with contextlib.suppress(StoreError, NoCluster):
            self._take_in()
        with contextlib.suppress(OSError, TimeoutError, CommClosedError):
            self._client.cancel(list(self._flying), force=True)
            self._queue.close()
            self._client.close(timeout=2)

    def _connect(self, seconds: float) -> Any:
        from distributed import Client

        for name in [n for n in logging.root.manager.loggerDict if n.startswith("distributed")]:
            logging.getLogger(name).setLevel(logging.CRITICAL)  # what matters, we say
        try:
            client = Client(self.address, timeout=seconds, set_as_default=False)
            self._listen(client)
        except (OSError, TimeoutError, ValueError) as error:
            raise NoCluster(f"no Dask scheduler at {self.address}: {error}") from error
        return client

    def _listen(self, client: Any) -> None:
        """Have the scheduler pass on finished trials, and the progress of the others."""
        from distributed import Queue

        self._queue = Queue(self._topic, client=client)
        client.subscribe_topic(self._topic, self._hear)

    def _hear(self, event: tuple[float, dict[str, Any]]) -> None:
        now = Now.from_record(event[1]["now"])
        self._now[now.slot] = now
        self.store.write_now(now.slot, now.record())

    def _take_in(self) -> tuple[Notice, ...]:
        """Store the finished trials that have come back -> their notices."""
        if self._client.status != "running":
            return ()
        try:
            arrived = [pickle.loads(content) for content in self._queue.get(batch=True)]
        except KeyError:  # Dask has found a scheduler again: a new one, that has no such queue
            with contextlib.suppress(OSError, TimeoutError):
                self._listen(self._client)
            return ()
        except (OSError, TimeoutError):
            return ()
        for finished in arrived:
            if finished.result.provenance["numerics"] != NUMERICS:
                raise NoCluster(
                    "the workers run another version of this package: install the same one there"
                )
            keep(finished, self.store)
        return tuple(finished.notice for finished in arrived)

    def _collect(self, future: Any) -> Returned:
        """The batch of a future that is done; its notices have come before it."""
        trials = self._flying.pop(future)
        if future.status != "finished":
            self._forget()
            why = repr(future.exception()) if future.status == "error" else future.status
            return Returned(trials, lost=True, why=why)
        moved = future.result()
        future.release()
        return Returned(trials, lost=moved, why="its worker has died" if moved else "")

    def _forget(self) -> None:
        """Forget the places of all trials: some slot is no more, and the others soon tell."""
        self._now.clear()
        running.clear(self.store.path, sweep=False)

    def _look_after(self) -> list[Returned]:
        """Count the workers now and then, and connect again where the scheduler is gone -> the
        batches that are lost with it. Raises NoCluster where workers stay away too long."""
        if time.monotonic() - self._looked < _LOOK:
            return []
        self._looked, self._threads = time.monotonic(), self._count()
        if self._threads:
            self._seen = time.monotonic()
        elif time.monotonic() - self._seen > self.patience:
            raise NoCluster(f"no worker at {self.address} for {self.patience:g} s: start some")
        if self._client.status != "closed":
            return []
        lost = [Returned(trials, lost=True) for trials in self._flying.values()]
        self._flying.clear()
        self._forget()
        self._client = self._connect(self.patience)
        return lost

    def _count(self) -> int:
        """Number of threads of all workers; 0 where the scheduler does not answer."""
        if self._client.status != "running":
            return 0
        try:
            return sum(self._client.nthreads().values())
        except (OSError, TimeoutError, ValueError):
            return 0


def train(trials: tuple[Trial, ...], setup: Setup, topic: str) -> bool:
    """Train a batch in a thread of a Dask worker. Finished trials go to the queue `topic`, their
    progress to the events of this name.

    Dask moves the task of a worker that has died to another worker. Only the runner knows which
    trials of it are done. So nothing is trained here then, True is returned, and the runner makes
    a new batch of the rest. Trials that the nursery did not live to finish are missing.
    """
    with contextlib.suppress(EOFError, OSError), _Errand(topic) as errand:
        if errand.moved():
            return True
        with _nursery() as nursery:
            errand.tell(nursery.name, trials[0], At(Phase.IMPORTING), len(trials) - 1)
            nursery.send(trials, errand.setup(setup))
            for message in nursery.messages(_TICK):
                if errand.cancelled():
                    raise EOFError
                if isinstance(message, Finished):
                    errand.keep(message)
                elif message is not None:
                    errand.tell(nursery.name, *message)
            errand.tell(nursery.name, trials[-1], At(Phase.WAITING), 0)
    return False


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
        from distributed import Event, Queue, get_client, get_worker

        self.topic = topic
        self.worker = get_worker()
        self.key = self.worker.get_current_task()
        self._begun = Event(f"begun-{self.key}", client=get_client())
        self._queue = Queue(topic, client=get_client())
        self._shown, self._since = ("", False), 0.0

    def __enter__(self) -> _Errand:
        return self

    def __exit__(self, *error: object) -> None:
        self._begun.clear()
        self._queue.close()

    def moved(self) -> bool:
        """Mark the task as begun -> True where another worker had begun it before."""
        if self._begun.is_set():
            return True
        self._begun.set()
        return False

    def keep(self, finished: Finished) -> None:
        """Send a finished trial to the runner. The scheduler has it when this returns."""
        self._queue.put(pickle.dumps(finished))

    def setup(self, setup: Setup) -> Setup:
        """The setup of this machine: where it has no cap on memory, the machine gives one."""
        cap = setup.memory or machine.default_cap(self.worker.state.nthreads)
        return replace(setup, memory=cap)

    def tell(self, slot: str, trial: Trial, at: At, left: int) -> None:
        """Send the place that the slot's trial has reached to the runner."""
        if self._shown != (trial.id, idle := at.phase in IDLE):
            self._shown, self._since = (trial.id, idle), time.time()
        now = Now(slot, trial.id, trial.label, trial.steps, self._since, at, left)
        self.worker.log_event(self.topic, {"now": now.record()})  # Dask adds the worker

    def cancelled(self) -> bool:
        """True where nobody waits for the task any more: the runner has stopped, or is dead."""
        task = self.worker.state.tasks.get(self.key)
        return task is None or task.state != "executing"
