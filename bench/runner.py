"""Running trials on this machine: one process a core, one TensorFlow thread a trial.

`train` is what a process does with one trial: it stores an outcome whatever happens, and raises
nothing. `run` hands trials to joblib's processes and yields their outcomes as they come. The
process that trained a trial also stores it, so that nothing finished is lost with the runner.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
import traceback
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.store import Store
from bench.trial import Result, Status, Trial


class WorkerDied(Exception):
    """A process ended without an outcome: killed, out of memory, or crashed in C++."""


@dataclass(frozen=True)
class Outcome:
    """What the runner tells of a finished trial; the rest is in the store."""

    trial: Trial
    status: Status
    seconds: float
    error: str | None = None


def run(
    trials: Sequence[Trial], store: Store, *, jobs: int, plugins: Sequence[Path] = ()
) -> Generator[Outcome, None, None]:
    """Train and store every trial, `jobs` at a time; outcomes in the order in which they end.

    Raises WorkerDied when a process is lost; what had finished is stored.
    """
    from joblib import Parallel, delayed
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    from bench.gan.backend import one_thread

    one_thread()  # processes inherit it, and import TensorFlow later
    parallel = Parallel(jobs, "loky", return_as="generator_unordered", batch_size=1)
    outcomes = parallel(delayed(train)(trial, store, tuple(plugins)) for trial in trials)
    try:
        yield from outcomes
    except TerminatedWorkerError as error:
        raise WorkerDied(str(error).partition("\n")[0]) from error
    finally:
        outcomes.close()


def train(trial: Trial, store: Store, plugins: tuple[Path, ...] = ()) -> Outcome:
    """Train one trial and store how it ended. An exception becomes a stored status."""
    _leave_signals_to_the_runner()
    begin = time.perf_counter()
    log = store.path / "logs" / f"{trial.id}.log"
    try:
        with _output_to(log):
            fitted = _fit(trial, plugins)
        store.write_real(fitted.result.facts["real"], fitted.real)
        store.write(fitted.result, fitted.samples)
    except Exception as error:
        result = _failure(trial, error, time.perf_counter() - begin)
        store.write(result)
        return Outcome(trial, result.status, result.seconds, f"{type(error).__name__}: {error}")
    log.unlink(missing_ok=True)  # what TensorFlow says of a trial that went well helps nobody
    return Outcome(trial, fitted.result.status, fitted.result.seconds)


def cores() -> int:
    """Cores that this process may use, cgroups and affinity considered."""
    from joblib import cpu_count

    return max(1, cpu_count())


def _fit(trial: Trial, plugins: tuple[Path, ...]) -> Any:
    from bench import gan, grid
    from bench.gan.train import fit

    gan.load_parts()
    grid.load_plugins(plugins)
    return fit(trial)


def _failure(trial: Trial, error: Exception, seconds: float) -> Result:
    from bench.provenance import provenance

    memory = isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError"
    return Result(
        trial=trial,
        status=Status.OUT_OF_MEMORY if memory else Status.CRASHED,
        error={
            "type": type(error).__name__,
            "message": str(error),
            "traceback": "".join(traceback.format_exception(error)),
        },
        seconds=seconds,
        provenance=provenance(),
    )


def _leave_signals_to_the_runner() -> None:
    """Ctrl-C reaches the whole process group; the runner alone decides what it means."""
    in_worker = os.environ.get("BENCH_RUNNER", str(os.getpid())) != str(os.getpid())
    if in_worker and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextlib.contextmanager
def _output_to(file: Path) -> Iterator[None]:
    """Send what this process writes, C++ included, to a file.

    TensorFlow greets with ten lines per process that no setting silences.
    """
    file.parent.mkdir(exist_ok=True)
    saved = [os.dup(1), os.dup(2)]
    try:
        with open(file, "wb") as stream:
            os.dup2(stream.fileno(), 1)
            os.dup2(stream.fileno(), 2)
            yield
    finally:
        for descriptor, original in zip((1, 2), saved, strict=True):
            os.dup2(original, descriptor)
            os.close(original)
