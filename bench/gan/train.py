"""fit(trial): train one GAN from one seed and measure it on the way."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bench import registry
from bench.gan import keys, tasks
from bench.gan.backend import tf
from bench.gan.game import SIGNALS, State
from bench.gan.step import Step, compiled
from bench.gan.tasks import Task
from bench.metrics import Facts, measure
from bench.provenance import provenance
from bench.trial import Result, Status, Trial

Array = np.ndarray

KEPT = {"mixture": 1000, "images": 64, "game": 0}
"""Samples that are kept of a trial, to look at."""


@dataclass(frozen=True)
class Fit:
    """A result, and what it takes to look at it: samples of the generator and real ones."""

    result: Result
    samples: dict[str, Array]
    real: dict[str, Array]


@dataclass
class _Record:
    """What is collected along a trial."""

    task: Task
    facts: Facts
    curves: dict[str, list[float | None]] = field(default_factory=lambda: {"step": []})
    rows: list[Array] = field(default_factory=list)
    samples: dict[str, Array] = field(default_factory=dict)
    histogram: Array | None = None

    def evaluate(self, step: int, points: Array, state: State) -> None:
        """Measure generated points [n, ...] after so many steps; of a game, the state itself."""
        values: dict[str, float | None]
        if self.task.observe:
            values = {**self.task.observe(state)}
        else:
            fake = self.facts.sample(points)
            values = measure(self.facts, fake) | {"mode_tv": self._hopping(fake)}
        for name, value in ({"step": step} | values).items():
            self.curves.setdefault(name, []).append(value)
        if not self.task.observe:
            self.samples = {"fake": points[: KEPT[self.task.kind]], "step": np.array(step)}

    def latest(self) -> dict[str, float | None]:
        """The last value of each metric, and the mean of each signal since the one before."""
        metrics = {name: curve[-1] for name, curve in self.curves.items() if name != "step"}
        return metrics | dict(zip(SIGNALS, self.rows[-1].mean(0).tolist(), strict=True))

    def _hopping(self, fake: Any) -> float | None:
        """Half the L1 distance between the mode histograms of two successive measurements."""
        before, self.histogram = self.histogram, self.facts.histogram(fake)
        if before is None or self.histogram is None:
            return None
        return float(np.abs(self.histogram - before).sum() / 2)


Watch = Callable[[int, dict[str, float | None]], None]


def fit(trial: Trial, watch: Watch | None = None) -> Fit:
    """Train one trial from its first step to its last, or to its first number that is not finite.

    `watch` is called after each measurement with the number of steps done and the last value of
    each metric and signal. Raises what goes wrong
    in the program; divergence is not an error but a status.
    """
    begin = time.perf_counter()
    task = tasks.build(trial.task, tuple(sorted(trial.options.items())))
    step = compiled(task, trial.method)
    facts = _facts(task)
    record = _Record(task, facts)
    broken = _train(trial, step, record, watch or (lambda done, values: None))
    result = Result(
        trial=trial,
        status=Status.DIVERGED if broken else Status.COMPLETED,
        curves=record.curves,
        signals=_blocks(record.rows, trial.evaluations),
        facts=_known(trial, task, facts),
        error=broken,
        seconds=time.perf_counter() - begin,
        provenance=provenance() | {"compiler": "xla" if task.xla else "graph"},
    )
    real = {"real": np.asarray(facts.real.points[: KEPT[task.kind]], np.float32)}
    return Fit(result, record.samples, real)


def _train(trial: Trial, step: Step, record: _Record, watch: Watch) -> dict[str, Any] | None:
    """The loop. Returns where and in what the first number was not finite, or None."""
    hparams, seed = {**trial.hparams, "steps": trial.steps}, trial.seed
    z = _fixed_latent(step.task, record.facts.n)
    state, done = step.init(seed, hparams), 0
    for stop in _schedule(trial):
        state, signals = step.run(state, seed, hparams, done, stop)
        record.rows.append(signals.numpy())
        points = step.generate(state, z).numpy()
        broken = _broken(record.rows[-1], done, state, points)
        if broken:
            return broken
        record.evaluate(stop, points, state)
        watch(stop, record.latest())
        done = stop
    return None


def _schedule(trial: Trial) -> list[int]:
    """The steps after which to measure: as many as asked for, at equal distances, the last one
    included."""
    marks = np.linspace(0, trial.steps, trial.evaluations + 1)[1:]
    return np.unique(np.rint(marks)).astype(int).tolist()


def _fixed_latent(task: Task, n: int) -> Any:
    """The same z [n, latent] for every trial, seed and step: no evaluation noise in a curve."""
    return tf.constant(keys.gaussian(keys.key(0, "evaluation"), (n, task.latent), task.dtype))


def _broken(rows: Array, done: int, state: State, points: Array) -> dict[str, Any] | None:
    wrong = ~np.isfinite(rows)
    if wrong.any():
        row, column = (int(i) for i in np.argwhere(wrong)[0])
        return {"type": "nonfinite", "step": done + row + 1, "what": SIGNALS[column]}
    last = done + len(rows)
    if not np.isfinite(points).all():
        return {"type": "nonfinite", "step": last, "what": "samples"}
    return None


def _blocks(rows: list[Array], evaluations: int) -> dict[str, list[float | None]]:
    """Signals as means over blocks of steps, two blocks a measurement, up to the break; of the
    losses also the deviation within a block."""
    table = np.concatenate(rows).astype(np.float64)
    finite = np.isfinite(table).all(1)
    table = table[: len(table) if finite.all() else int(np.argmin(finite))]
    blocks = np.array_split(table, min(len(table), 2 * evaluations)) if len(table) else []
    signals: dict[str, list[float | None]] = {
        "step": np.cumsum([len(b) for b in blocks], dtype=int).tolist()
    }
    for i, name in enumerate(SIGNALS):
        signals[name] = [float(b[:, i].mean()) for b in blocks]
        if name.startswith("loss"):
            signals[f"{name}_std"] = [float(b[:, i].std()) for b in blocks]
    return signals


def _known(trial: Trial, task: Task, facts: Facts) -> dict[str, Any]:
    """What the analysis must know of the task, beside the curves."""
    equilibrium = registry.loss[trial.method.loss].facts.get("equilibrium")
    return facts.record() | {
        "kind": task.kind,
        "criterion": {name: list(rule) for name, rule in task.criterion.items()},
        "equilibrium_loss_d": equilibrium,
        "real": real_name(trial),
    }


def real_name(trial: Trial) -> str:
    """The name under which real samples of a trial's task are stored."""
    shown = {k: v for k, v in trial.options.items() if k in ("sigma", "data") and v != ""}
    return "-".join([trial.task, *map(str, shown.values())])


@functools.lru_cache(maxsize=8)
def _facts(task: Task) -> Facts:
    """The task's instrument, calibrated once per process."""
    return task.facts()
