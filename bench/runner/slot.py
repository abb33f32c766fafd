"""A slot: trains trials in a child that can be killed, and survives whatever happens to it.

The same function serves a loky worker on this machine (`bench.runner.local`) and a worker of a
Dask cluster (`bench.runner.cluster`). A child trains one trial after the other, of this batch and
of the next ones, and keeps the steps that it has compiled. When it dies, or a trial fails in it,
the trial in flight gets its status and the rest goes to a fresh child.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import multiprocessing
import os
import re
import signal
import time
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection, wait
from typing import Protocol

import bench.runner.child as child
import bench.runner.machine as machine
from bench import gan
from bench.gan import compilation
from bench.gan.backend import load
from bench.gan.environment import prepare_process
from bench.gan.training import keeper
from bench.runner.messages import Finished, Setup, Unfit, failure
from bench.runner.phases import At, Phase
from bench.store.provenance import provenance
from bench.trial import Status, Trial

SLICE = 120.0
"""Seconds after which a slot hands the rest of its batch back, so that the seeds of all methods
advance together. Compiling a step takes 3 to 6 of them."""
MOST = 16
"""Most structures that a child keeps compiled; then a fresh one is begun. They hold memory."""

_TICK = 0.2
_NOISE = re.compile(rb"^E\d{4} .* (cpu_aot_loader|text_format)\.cc:\d+\] ")
"""Lines that XLA writes at every kept step: that tuning flags are no features of the processor, and
that the file is none of text."""
_EXTENSIONS = re.compile(r"^Extension modules: .*\n?", re.MULTILINE)
"""The line after the stack of a crash: with hundreds of modules it would leave no room for that."""
_LOG = 64 * 1024
"""Most bytes of a child's output that are kept, from its end."""


class Desk(Protocol):
    """The receiver of a slot's finished trials and of its progress."""

    def keep(self, finished: Finished) -> None:
        """Store a finished trial."""

    def show(self, trial: Trial, at: At, left: int) -> None:
        """Note the place that a trial has reached, and that `left` of its batch come after it."""

    def abandoned(self) -> bool:
        """True where nobody waits for the results any more."""


_NEEDED = ("bench.gan.training.external", "scipy.ndimage", "scipy.optimize")
"""Modules that every trial is trained or measured with, beside TensorFlow."""
_kept: compilation.Kept | None = None


def prepare(keep: bool = True) -> None:
    """Import once what every child needs; a child is then forked in milliseconds.

    With `keep`, its children use the steps that were compiled on this machine before, and keep
    those that they compile. No TensorFlow operation may run here: its threads would not survive
    the fork.
    """
    global _kept
    prepare_process()
    _kept = compilation.keep() if keep else None
    with _silence():
        load()
        for name in _NEEDED:
            importlib.import_module(name)
    gan.load_parts()
    provenance()  # asks git, once
    gc.collect()
    gc.freeze()  # or the first collection of each child copies all of this


def work(trials: Sequence[Trial], setup: Setup, desk: Desk) -> int:
    """Train trials of one structure in order -> the number that is done: all of them, or those that
    SLICE seconds were enough for. Whatever happens to a trial is kept as its status."""
    begin, done = time.monotonic(), 0
    while done < len(trials) and not desk.abandoned():
        done += _in_one_child(trials[done:], setup, desk, begin + SLICE)
        if time.monotonic() > begin + SLICE:
            break
    return done


_idle: _Child | None = None
"""The child of the last batch, where it may go on."""


def _child(setup: Setup) -> _Child:
    """The child of the batch before where it can go on, else a fresh one."""
    global _idle
    if _kept:
        _kept.fetch()  # no child compiles now
    process, _idle = _idle, None
    if process is not None:
        if process.can_go_on(setup):
            return process
        process.close()
    return _Child(setup)


def _in_one_child(trials: Sequence[Trial], setup: Setup, desk: Desk, until: float) -> int:
    """Train trials until the child dies, or the first of them is finished after the time `until`
    -> the number that is done."""
    global _idle
    process, well, done = _child(setup), False, 0
    try:
        for trial in trials:
            left = len(trials) - done - 1
            fresh = process.ask(trial) and not trial.method.external
            desk.show(trial, At(Phase.COMPILING if fresh else Phase.STARTING), left)
            finished = _await(process, trial, left, setup, desk)
            if finished is None:
                return done
            desk.keep(finished)
            done += 1
            if finished.result.status.failed:
                return done
            if _kept and fresh:
                _kept.share()
            if time.monotonic() > until:
                break
        well = True
    finally:
        if well:
            _idle = process
        else:
            process.close()
    return done


def _await(process: _Child, trial: Trial, left: int, setup: Setup, desk: Desk) -> Finished | None:
    """Wait for the trial in flight, after which `left` of its batch come -> the finished trial;
    None when nobody wants it any more, or it needs a fresh child."""
    begin = time.monotonic()
    while not desk.abandoned():
        message = process.next()
        seconds = time.monotonic() - begin
        if isinstance(message, Finished):
            failed = message.result.status.failed
            return process.logged(message) if failed else message
        if isinstance(message, Unfit):
            return None
        if message:
            desk.show(trial, message, left)
        broken = process.broken(setup, seconds)
        if broken:
            status, error = broken
            finished = failure(trial, status, seconds, **error, traceback=process.printed())
            return process.logged(finished)
    return None


class _Child:
    """A process that runs `child.main`, and the pipes to and from it. Raises `machine.Unsupported`
    where it can be neither forked nor started.

    `structures` are those that it has compiled.
    """

    def __init__(self, setup: Setup) -> None:
        self.setup, self.structures = setup, set[str]()
        self.kills, self.ended, self.log = machine.oom_kills(), False, b""
        forkable = machine.forkable()
        if not forkable:
            machine.startable()
        context = multiprocessing.get_context("fork" if forkable else "spawn")
        requests, self.requests = context.Pipe(duplex=False)
        self.messages, messages = context.Pipe(duplex=False)
        self.output, output = context.Pipe(duplex=False)
        self.process = context.Process(  # type: ignore[attr-defined]
            target=child.main, args=(setup, os.getpid(), requests, messages, output), daemon=True
        )
        self.process.start()
        requests.close()
        messages.close()
        output.close()

    def ask(self, trial: Trial) -> bool:
        """Have it train a trial -> True where it has not compiled that structure yet."""
        fresh = trial.structure not in self.structures
        self.structures.add(trial.structure)
        self.kills = machine.oom_kills()
        with contextlib.suppress(OSError):  # it has died, which `broken` will say
            self.requests.send(trial)
        return fresh

    def can_go_on(self, setup: Setup) -> bool:
        """True where it lives, and what it keeps leaves room for the trials of a setup."""
        if setup != self.setup or len(self.structures) >= MOST or not self.process.is_alive():
            return False
        return setup.memory is None or machine.resident(self.process.pid) < setup.memory / 2

    def uses(self, memory: int) -> bool:
        """True where it and what it has started use more than so many bytes. Memory that several of
        them share is counted once, which takes longer to find out."""
        own = [self.process.pid, *keeper.kin(self.process.pid)]
        if sum(map(machine.resident, own)) <= memory:
            return False
        return len(own) == 1 or sum(map(machine.proportional, own)) > memory

    def close(self) -> None:
        """End it, and what it started."""
        self.kill()
        self.process.close()
        for pipe in (self.requests, self.messages, self.output):
            pipe.close()

    def kill(self) -> None:
        """End the child and what it started, and wait for them: no zombie stays."""
        kin = keeper.kin(self.process.pid or 0)
        with contextlib.suppress(ProcessLookupError, AttributeError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()
        self.process.join()
        until = time.monotonic() + keeper.PATIENCE
        while any(map(machine.alive, kin)) and time.monotonic() < until:
            time.sleep(0.01)  # their keeper ends them, and what they start meanwhile

    def next(self) -> Finished | Unfit | At | None:
        """The next message, or None when there is none for a moment or the child has ended."""
        ready = wait([pipe for pipe in (self.messages, self.output) if not pipe.closed], _TICK)
        if self.output in ready:
            self._drain()
        if self.messages in ready:
            try:
                message: Finished | Unfit | At = self.messages.recv()
                return message
            except (EOFError, OSError):
                self.ended = True
                self.process.join(_TICK)
        return None

    def broken(self, setup: Setup, seconds: float) -> tuple[Status, dict[str, str]] | None:
        """Kill a child that will not finish the trial in flight -> its status and its error; None
        where all is well."""
        if self.ended:
            return self._death()
        if setup.timeout is not None and seconds > setup.timeout:
            text = f"no end after {setup.timeout:g} s"
            broken = Status.TIMEOUT, {"type": "timeout", "message": text}
        elif setup.memory is not None and self.uses(setup.memory):
            text = f"more than {setup.memory / machine.GIB:.3g} GiB"
            broken = Status.OUT_OF_MEMORY, {"type": "memory", "message": text}
        else:
            return None
        self.kill()
        return broken

    def _death(self) -> tuple[Status, dict[str, str]]:
        code = self.process.exitcode
        if code is None:  # it closed the pipe and lives on: not ours any more
            self.kill()
            code = self.process.exitcode
        if code >= 0:
            return Status.CRASHED, {
                "type": "exit",
                "message": f"its process ended with code {code}",
            }
        name = signal.Signals(-code).name
        if name == "SIGKILL" and machine.oom_kills() > self.kills:
            return Status.OUT_OF_MEMORY, {"type": name, "message": "killed for want of memory"}
        return Status.CRASHED, {"type": name, "message": f"its process was killed by {name}"}

    def logged(self, finished: Finished) -> Finished:
        """The finished trial, with the output of the child."""
        self._drain()
        log = b"".join(line for line in self.log.splitlines(True) if not _NOISE.search(line))
        return Finished(finished.result, finished.samples, finished.real, log)

    def printed(self) -> str:
        """The end of the child's output: after a signal, the stack of its Python code."""
        self._drain()
        return _EXTENSIONS.sub("", self.log.decode(errors="replace"))[-8192:]

    def _drain(self) -> None:
        while not self.output.closed and self.output.poll(0):
            data = _read(self.output)
            if not data:
                self.output.close()
            self.log = (self.log + data)[-_LOG:]


def _read(pipe: Connection) -> bytes:
    return os.read(pipe.fileno(), _LOG) if os.name == "posix" else b""


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Close the error stream: no setting silences the ten lines that TensorFlow begins with."""
    saved = os.dup(2)
    null = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(null, 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(null)
