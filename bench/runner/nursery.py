"""A slot in a process of its own, for a worker that cannot be one.

A Dask worker has threads, and is itself a child that may have none: it neither forks safely nor
may start processes by `multiprocessing`. So each of its threads keeps a nursery: a process that
has imported TensorFlow and runs `bench.runner.slot.work` for the batches that it is sent.

    worker thread ── trials, setup ──▶ nursery ── fork ──▶ child
         ▲─── (trial, at, left) | Finished | Done ───┘
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from multiprocessing import Pipe
from multiprocessing.connection import Connection

import bench.runner.machine as machine
import bench.runner.slot as slot
from bench.gan.environment import settings
from bench.runner.messages import Done, Finished, Setup
from bench.runner.phases import At
from bench.trial import Trial


class Nursery:
    """The worker's end of a nursery. Raises EOFError or OSError when the process has died."""

    def __init__(self) -> None:
        self.pipe, theirs = Pipe()
        with theirs:
            command = [sys.executable, "-m", "bench.runner.nursery", str(theirs.fileno())]
            environment = {**os.environ, **settings()}
            self.process = subprocess.Popen(
                command, pass_fds=[theirs.fileno()], env=environment, stdin=subprocess.DEVNULL
            )

    @property
    def name(self) -> str:
        """The slot's name, unique in the cluster."""
        return f"{socket.gethostname()}-{self.process.pid}"

    def send(self, trials: tuple[Trial, ...], setup: Setup) -> None:
        """Send it a batch to train."""
        self.pipe.send((trials, setup))

    def messages(self, seconds: float) -> Iterator[tuple[Trial, At, int] | Finished | None]:
        """Yield its messages until the batch is done; None after so many seconds without one."""
        while True:
            message = self.pipe.recv() if self.pipe.poll(seconds) else None
            if isinstance(message, Done):
                return
            yield message

    def close(self) -> None:
        """Kill the process; its child dies with it."""
        self.pipe.close()
        self.process.kill()
        self.process.wait()


class _Desk:
    """The nursery's end: passes on finished trials and their progress, until nobody listens."""

    def __init__(self, pipe: Connection, parent: int) -> None:
        self.pipe, self.parent = pipe, parent

    def keep(self, finished: Finished) -> None:
        self.pipe.send(finished)

    def show(self, trial: Trial, at: At, left: int) -> None:
        self.pipe.send((trial, at, left))

    def abandoned(self) -> bool:
        return machine.orphaned(self.parent) or (self.pipe.poll(0) and self._closed())

    def _closed(self) -> bool:
        """True where the worker has hung up. It sends nothing to a nursery at work: whatever there
        is to read is the end."""
        try:
            self.pipe.recv()
        except (EOFError, OSError):
            return True
        return False


def main() -> None:
    """Train batches until the worker hangs up."""
    pipe, parent = Connection(int(sys.argv[1])), os.getppid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ready = False
    while True:
        try:
            trials, setup = pipe.recv()
            if not ready:
                slot.prepare(setup.compiled)
                ready = True
            slot.work(trials, setup, _Desk(pipe, parent))
            pipe.send(Done())
        except (EOFError, OSError):
            return


if __name__ == "__main__":
    main()
