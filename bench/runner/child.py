"""A child: trains trials one after the other and hands over each result, until it is done or dies.

It stands alone in a process, so that whatever a trial does to it (a segfault, an endless loop, all
of the memory) happens to nobody else. It writes nothing but TensorBoard's events.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from multiprocessing.connection import Connection
from typing import Any

import bench.runner.events as events
import bench.runner.machine as machine
from bench import gan, grid
from bench.gan import tasks
from bench.gan.environment import all_instructions
from bench.gan.training.logged import Failed
from bench.gan.training.step import xla
from bench.runner.messages import Finished, Setup, Unfit, failure, raised
from bench.runner.phases import Watch
from bench.trial import Status, Trial

_QUIET = 0.5
"""Seconds between two messages about the progress of a trial."""


_PATIENCE = 1.0
"""Seconds between two looks at whether the slot is still there."""


def main(
    setup: Setup, parent: int, requests: Connection, messages: Connection, output: Connection
) -> None:
    """Train the trials that are asked for and send a Finished for each, and the place of the trial
    now and then.

    Ends after the first trial that raised: what it left behind must not meet the next one.
    """
    machine.die_with(parent)
    _stand_alone(output)
    for answer in _train_all(_asked(requests, parent), setup, messages):
        messages.send(answer)


def _asked(requests: Connection, parent: int) -> Iterator[Trial]:
    """The trials that the slot sends, until it hangs up or is gone."""
    while True:
        while not requests.poll(_PATIENCE):
            if machine.orphaned(parent):
                return
        try:
            yield requests.recv()
        except (EOFError, OSError):
            return


def _stand_alone(output: Connection) -> None:
    """A process group of its own (so that all it starts dies with it), output to the slot."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if os.name == "posix":
        os.setpgid(0, 0)
        for descriptor in (1, 2):
            os.dup2(output.fileno(), descriptor)
        faulthandler.enable(2)


def _train_all(
    trials: Iterable[Trial], setup: Setup, messages: Connection
) -> Iterator[Finished | Unfit]:
    known: set[str] = set()
    for trial in trials:
        first, fresh = not known, trial.structure not in known
        known.add(trial.structure)
        answer = _attempt(trial, setup, messages, first, fresh)
        yield answer
        if isinstance(answer, Unfit) or answer.result.status.failed:
            return


def _attempt(
    trial: Trial, setup: Setup, messages: Connection, first: bool, fresh: bool
) -> Finished | Unfit:
    """Train a trial. A user's code may raise anything: SystemExit and KeyboardInterrupt are errors
    like others, since no signal but the one that kills reaches a child."""
    begin, kills = time.perf_counter(), machine.oom_kills()
    try:
        if first:
            _load(setup)
        if fresh and not _fit_for(trial, setup, first):
            return Unfit()
        return _train(trial, setup, messages, fresh)
    except Failed as error:
        return _failed(trial, error, time.perf_counter() - begin, kills)
    except BaseException as error:
        return raised(trial, error, time.perf_counter() - begin)


def _failed(trial: Trial, error: Failed, seconds: float, kills: int) -> Finished:
    """The result of a trial whose trainer has failed: killed where more were `kills` for want of
    memory."""
    killed = error.code == -9 and machine.oom_kills() > kills
    memory = killed or error.kind in ("MemoryError", "OutOfMemoryError", "ResourceExhaustedError")
    status = Status.OUT_OF_MEMORY if memory else Status.CRASHED
    return failure(
        trial, status, seconds, type=error.kind, message=str(error), traceback=error.trace
    )


def _load(setup: Setup) -> None:
    gan.load_parts()
    grid.load_plugins(setup.plugins)


def _fit_for(trial: Trial, setup: Setup, first: bool) -> bool:
    """True where this process has the instructions that the trial is computed with. The first one
    chooses them, since they cannot be changed once they are used."""
    global _all_instructions
    task = tasks.build(trial.task, tuple(sorted(trial.options.items())))
    wanted = not setup.portable and not xla(task, trial.method)
    if first:
        _all_instructions = wanted
        if wanted:
            all_instructions()
    return wanted == _all_instructions


_all_instructions = False


def _train(trial: Trial, setup: Setup, messages: Connection, fresh: bool) -> Finished:
    from bench.gan.training import external, train

    fit = external.fit if trial.method.external else train.fit
    clock, told = Watch(fresh), 0.0
    with events.writer(setup.events, trial) as write:

        def watch(step: int, values: Mapping[str, Any]) -> None:
            nonlocal told
            write(step, values)
            at = clock.measured(step, trial.steps)
            if time.monotonic() - told > _QUIET or step in (at.first_step, trial.steps):
                told = time.monotonic()
                messages.send(at)

        fitted = fit(trial, watch)
    result = fitted.result
    if spent := clock.spent(result.seconds):
        result = replace(result, facts={**result.facts, "phases": vars(spent)})
    return Finished(result, fitted.samples, fitted.real)
