"""Runs a trainer of the user's own and measures it, as `train.fit` does with a method of parts.

The task's own instrument measures the samples that it writes, while it goes on. Its losses become
training signals by the same formulas.
"""

from __future__ import annotations

import math
import os
import time
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from bench.gan import keys, tasks
from bench.gan.tasks import Task
from bench.gan.training import process, train
from bench.gan.training.logged import Failed, Log
from bench.gan.training.process import Process
from bench.gan.training.record import KEPT, Record, series
from bench.gan.training.train import Fit, Watch
from bench.metrics import discriminator
from bench.store.provenance import provenance
from bench.trial import Result, Status, Trial
from bench.vocabulary.names import NO_SAMPLES, declared

Array = np.ndarray

DRAWS = 100_000
"""Most real samples of a distribution that a trainer is given."""

NUMBERS = 2**24
"""Most numbers that they have: 64 MiB."""

LARGEST = 2**26
"""Most numbers of a data set that it is given as a whole: 256 MiB."""

TICK = 0.05
"""Seconds between two looks at what a trainer has written."""


def fit(
    trial: Trial,
    watch: Watch | None = None,
    patience: float = math.inf,
    environment: Mapping[str, str] | None = None,
    quiet: bool = False,
) -> Fit:
    """Run the trainer of a trial to its end, or to the first number that is not finite.

    `watch` is called after each measurement. Raises Failed where the trainer does not do what is
    asked of it, and where it has made no step for `patience` seconds; four times as long before the
    first one. What it has printed then follows on the error stream, unless `quiet`.
    """
    begin, cpu = time.perf_counter(), _cpu()
    task = tasks.build(trial.task, tuple(sorted(trial.options.items())))
    instrument, schedule = train._instrument(task), train._schedule(trial)
    record = Record(task, instrument, len(schedule))
    with process.folder() as folder:
        _give(folder, trial, task, record, schedule)
        running = Process(trial, folder, environment or {})
        patient = Patience(running.log, patience)
        try:
            broken = _follow(running, record, schedule, watch or _nobody, patient)
        except Failed:
            _print(b"" if quiet else running.output())
            raise
        finally:
            running.close()
    spent = time.perf_counter() - begin, _cpu() - cpu
    result = _result(trial, record, running.log, broken, *spent)
    kept = KEPT.get(task.kind, 1000)
    real = {"real": np.asarray(instrument.real.points[:kept], np.float32)}
    return Fit(result, record.samples(), real)


def _result(
    trial: Trial,
    record: Record,
    log: Log,
    broken: dict[str, Any] | None,
    seconds: float,
    cpu: float,
) -> Result:
    """The result of a trainer that came to its end, or broke."""
    if broken:
        record.cut(broken["step"])
    else:
        record.finish()
    before = broken["step"] if broken else math.inf
    known = train._known(trial, record.task, record)
    return Result(
        trial=trial,
        status=Status.DIVERGED if broken else Status.COMPLETED,
        curves=record.curves,
        signals=series(*log.table(before), 2 * record.evaluations),
        facts=declared(known | {"deterministic": False, "cpu_seconds": cpu}),
        error=broken,
        seconds=seconds,
        provenance=provenance() | {"compiler": "trainer"},
    )


class Patience:
    """The time that a trainer may take without a new step."""

    def __init__(self, log: Log, seconds: float) -> None:
        self._log, self._seconds = log, seconds
        self._step, self._since = 0, time.monotonic()

    def check(self, steps: int) -> None:
        """Raises Failed where it is over."""
        if self._log.step > self._step:
            self._step, self._since = self._log.step, time.monotonic()
        most = self._seconds if self._step else 4 * self._seconds  # imports, compilers
        if time.monotonic() - self._since > most:
            text = f"no step in {most:g} s, after {self._step} of {steps}"
            if self._step >= steps:
                text = f"does not stop: it goes on {most:g} s after the last step"
            raise Failed("timeout", text)


def _nobody(step: int, values: Mapping[str, float | None]) -> None:
    pass


def _give(folder: Path, trial: Trial, task: Task, record: Record, schedule: list[int]) -> None:
    """Write what the trainer is given into its folder."""
    real, classes = _real(task, keys.key(trial.seed, "real"))
    arrays = {"real": np.asarray(real, np.float32)}
    if classes is not None:
        arrays["labels"] = np.asarray(classes, np.int64)
    asked = {
        "shape": list(task.shape),
        "batch": task.batch,
        "latent": task.latent,
        "labels": task.sizes.classes if task.sizes and task.labelled else 0,
        "samples": record.instrument.n,
        "evaluations": schedule,
    }
    process.write(folder, trial, asked, arrays)


def _real(task: Task, key: Array) -> tuple[Any, Any]:
    """Real samples [N, *shape] and their classes [N], None where there are none: a whole data set
    where it is not too large, else draws by a key."""
    if task.whole:
        images, labels = task.whole()
        if images.size <= LARGEST:
            return images, labels
    n = max(1, min(DRAWS, NUMBERS // task.size))
    return task.labelled(key, n) if task.labelled else (task.real(key, n), None)


def _follow(
    running: Process, record: Record, schedule: list[int], watch: Watch, patient: Patience
) -> dict[str, Any] | None:
    """Measure what the trainer writes until it ends. Returns where and in what the first number was
    not finite, or None."""
    left, log = deque(schedule), running.log
    ended = False
    while True:
        log.read()
        if log.broken:
            running.stop()  # what it has written before that step still counts
        while left and (log.broken is None or left[0] < log.broken[0]):
            points = None if left[0] in log.without else running.samples(left[0])
            if points is None and left[0] not in log.without:
                break
            log.read()  # the lines before these samples
            stop = left.popleft()
            if not _finite(points, record, log, stop):
                break
            if log.broken is None or stop < log.broken[0]:
                _measure(record, log, stop, points)
                watch(stop, record.measured() | log.latest())
        if log.broken:
            running.stop()
            step, what = log.broken
            return {"type": "nonfinite", "step": step, "what": what}
        if ended:
            break
        ended = running.wait(TICK)
        patient.check(running.trial.steps)
    running.check()
    if len(left) == len(schedule) and log.step >= running.trial.steps:  # it wrote no samples at all
        for stop in schedule:
            _measure(record, log, stop, None)
        left.clear()
    if left:
        raise process.lacking(running, left)
    if len(record.curves) == 1 or "q" not in record.curves:
        record.missing["q"] = NO_SAMPLES
    return None


def _finite(points: Array | None, record: Record, log: Log, stop: int) -> bool:
    """True where samples are finite, or there are none; else that is noted. Raises Failed for a
    wrong shape."""
    if points is None:
        return True
    if points.shape != (shape := (record.instrument.n, *record.task.shape)):
        raise Failed("samples", f"samples of shape {points.shape}, needed {shape}")
    if whole := bool(np.isfinite(points).all()):
        return whole
    if log.broken is None or stop < log.broken[0]:
        log.broken = stop, "samples"
    return False


def _measure(record: Record, log: Log, stop: int, points: Array | None) -> None:
    """One evaluation: of samples, where there are any, and of the discriminator's logits."""
    logits = log.judged(stop)
    looks = logits is not None and len(record.curves["step"]) in record.looks
    # its loss is not known, so the threshold of the accuracy is the median of the logits
    more = discriminator.curves(*logits, None) if logits and looks else {}
    record.evaluate(stop, {} if points is None else {"": points}, more)


def _cpu() -> float:
    """Seconds of the processor that this process and those that it has waited for have taken."""
    import resource  # not on Windows, where this module is imported all the same

    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + spent.ru_utime + spent.ru_stime


def _print(output: bytes) -> None:
    """Pass on what a trainer that failed has printed."""
    os.write(2, output)
