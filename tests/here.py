"""What takes processes of its own, in the process of the tests: trials, and questions to TensorFlow
while a sweep is read. For tests in which no process is the matter: here none has to import it."""

from __future__ import annotations

import contextlib
import importlib
import pickle
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import bench.runner.child as child
import bench.runner.local as local
import bench.sweep.execution as execution
from bench import grid, registry
from bench.gan.tasks.task import build
from bench.gan.training import critic, step, train
from bench.runner.messages import Now, Returned, Setup
from bench.store import Store
from bench.trial import Trial
from tests import commands


class _Nobody:
    """The receiver of messages that nobody reads."""

    def send(self, message: object) -> None:
        pass


class Here:
    """A pool of one slot: this process trains what the children of `LocalPool` would."""

    jobs = 1

    def __init__(self, jobs: int, store: Store, setup: Setup) -> None:
        self.store, self.setup = store, setup
        self._batches: list[tuple[Trial, ...]] = []

    def busy(self) -> int:
        return len(self._batches)

    def submit(self, trials: tuple[Trial, ...]) -> None:
        self._batches.append(trials)

    def now(self) -> list[Now]:
        return []

    def wait(self, seconds: float) -> list[Returned]:
        trials, told = self._batches.pop(), []
        for i, trial in enumerate(trials):
            setup = replace(self.setup, portable=True)  # nothing can be chosen here any more
            finished = child._attempt(trial, setup, _Nobody(), first=False, fresh=i == 0)
            local.keep(finished, self.store)
            told.append(finished.notice)
        return [Returned(trials, tuple(told))]

    def close(self) -> None:
        self._batches.clear()


def sweep(toml: Path, *options: object) -> subprocess.CompletedProcess[str]:
    """`python -m bench.sweep` with its trials trained here, from the folder of its file."""
    with _apart(), contextlib.chdir(toml.parent), mock.patch.object(execution, "LocalPool", Here):
        return commands.inside("sweep", toml.name, *options)


def alone(toml: Path, place: Path) -> Store:
    """The trials of a sweep, each trained here as if there were no other, in a store at `place`."""
    store = Store(place).create()
    with _apart():
        read = grid.load(toml)
        for trial in read.trials:
            setup = Setup(read.plugins, portable=True)
            finished = child._attempt(trial, setup, _Nobody(), first=False, fresh=True)
            local.keep(finished, store)
    return store


def answer(place: str, argument: Any, waiting: Callable[[], None] = lambda: None) -> Any:
    """In place of `bench.grid.checks.apart.call`: both still have to survive being pickled."""
    module, _, name = place.partition(":")
    with _apart():
        found = getattr(importlib.import_module(module), name)(pickle.loads(pickle.dumps(argument)))
        return pickle.loads(pickle.dumps(found))


@contextlib.contextmanager
def graph_kernels() -> Iterator[None]:
    """Within it, TensorFlow compiles steps and not XLA, which takes seconds longer: for tests of
    which no claim is one of a compiler."""
    with mock.patch.object(step, "xla", return_value=False):
        step.compiled.cache_clear()
        try:
            yield
        finally:
            step.compiled.cache_clear()


@contextlib.contextmanager
def _apart() -> Iterator[None]:
    """Nothing that a plugin brings, and nothing made of it, meets what is read before or after."""
    kept = (build, step.compiled, train._instrument, critic._neutral)
    with contextlib.ExitStack() as back:
        for known in (registry.files, *(kind._parts for kind in registry.KINDS.values())):
            back.enter_context(mock.patch.dict(known))
        for each in kept:
            each.cache_clear()
            back.callback(each.cache_clear)
        yield
