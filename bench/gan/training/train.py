"""Trains one GAN from one seed and measures it on the way: `fit(trial)`."""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench import registry
from bench.gan import keys, tasks
from bench.gan.backend import Tensor, tf
from bench.gan.methods import cost
from bench.gan.methods.rules import yardstick
from bench.gan.state import SIGNALS, State
from bench.gan.tasks import Task
from bench.gan.training import motion
from bench.gan.training.critic import Critic
from bench.gan.training.path import path
from bench.gan.training.record import KEPT, Record
from bench.gan.training.step import Step, compiled
from bench.metrics import Instrument, quantities
from bench.metrics.criterion import bounds
from bench.store.provenance import provenance
from bench.trial import Result, Status, Trial
from bench.vocabulary.names import declared

Array = np.ndarray


@dataclass(frozen=True)
class Fit:
    """A result, and what it takes to look at it."""

    result: Result
    """All that was measured along the trial."""
    samples: dict[str, Array]
    """Samples of the generator, at the end and on the way (see `Record.samples`)."""
    real: dict[str, Array]
    """Real samples of the task under "real", [n, ...]."""


Watch = Callable[[int, dict[str, float | None]], None]
"""(steps done, the last value of each metric and signal) -> None."""


def fit(trial: Trial, watch: Watch | None = None) -> Fit:
    """Train one trial from its first step to its last, or to its first number that is not finite.

    `watch` is called after each measurement. Raises what goes wrong in the program; divergence is
    not an error but a status.
    """
    begin, cpu = time.perf_counter(), time.process_time()
    task = tasks.build(trial.task, tuple(sorted(trial.options.items())))
    step = compiled(task, trial.method)
    instrument = _instrument(task)
    record = Record(task, instrument, len(_schedule(trial)))
    broken = _train(trial, step, record, watch or (lambda done, values: None))
    if not broken:
        record.finish()
    result = Result(
        trial=trial,
        status=Status.DIVERGED if broken else Status.COMPLETED,
        curves=record.curves,
        signals=record.signals(),
        facts=declared(
            _known(trial, task, record)
            | {"deterministic": _deterministic(trial, step)}
            | {"cpu_seconds": time.process_time() - cpu}
        ),
        error=broken,
        seconds=time.perf_counter() - begin,
        provenance=provenance() | {"compiler": "xla" if step.xla else "graph"},
    )
    kept = KEPT.get(task.kind, 1000)
    real = {"real": np.asarray(instrument.real.points[:kept], np.float32)}
    return Fit(result, record.samples(), real)


def _train(trial: Trial, step: Step, record: Record, watch: Watch) -> dict[str, Any] | None:
    """Train and measure in turn, into the record. Returns where and in what the first number was
    not finite, or None."""
    task, hparams = step.task, {**trial.hparams, "steps": trial.steps}
    z = _fixed_latent(task, record.instrument.n)
    real = record.instrument.real
    critic = Critic(step, hparams, real.points, task.held, getattr(real, "modes", None))
    state, done = step.init(trial.seed, hparams), 0
    record.path = path(step, state, trial.seed, hparams, trial.steps)
    for place, stop in enumerate(_schedule(trial)):
        look = place in record.looks
        state, rows, seen = _advance(step, state, trial.seed, hparams, done, stop, look)
        record.rows.append(rows)
        points = step.generate(state, z).numpy()
        broken = _broken(rows, done, points)
        if broken:
            return broken
        # motion and discriminator are looked at in some of the evaluations only
        more = motion.motion(seen, done, stop) if look else {}
        more |= step.game.shown(state)
        if task.observe:  # a game of few numbers: its weights are what there is to see
            record.evaluate(stop, {}, task.observe(step.game.measured(state)) | more)
        else:
            more |= critic(state, points) if look else {}
            record.evaluate(stop, _generated(step, state, z, points), more)
        watch(stop, record.latest())
        done = stop
    return None


def _generated(step: Step, state: State, z: Tensor, points: Array) -> dict[str, Array]:
    """The samples to measure by the prefix of their curves: the generator's, and its average's."""
    average = step.generate_ema(state, z)
    return {"": points} if average is None else {"": points, "ema_": average.numpy()}


def _advance(
    step: Step,
    state: State,
    seed: int,
    hparams: Mapping[str, float],
    done: int,
    stop: int,
    look: bool,
) -> tuple[State, Array, dict[int, motion.Point]]:
    """The steps between two measurements.

    Returns the state, the signals [stop - done, S] and, where it is to `look`, the weights at the
    steps that motion is read from.
    """
    seen, rows = {done: motion.point(state)} if look else {}, []
    for mark in motion.marks(done, stop) if look else [stop]:
        state, signals = step.run(state, seed, hparams, done, mark)
        rows.append(signals)
        done = mark
        if look:
            seen[mark] = motion.point(state)
    return state, np.concatenate(rows), seen


def _schedule(trial: Trial) -> list[int]:
    """The steps after which to measure: as many as asked for, at equal distances, the last one
    included; each step once where there are fewer steps than that."""
    marks = np.rint(np.linspace(0, trial.steps, trial.evaluations + 1)).astype(int)
    return np.unique(marks[marks > 0]).tolist()


def _fixed_latent(task: Task, n: int) -> Tensor:
    """Latents [n, latent], the same for every trial, seed and step: no noise of an evaluation's own
    in a curve."""
    return tf.constant(task.z(keys.key(0, "evaluation"), n), task.dtype)


def _broken(rows: Array, done: int, points: Array) -> dict[str, Any] | None:
    """The step and the signal of the first number that is not finite, or the samples; None where
    all are. `rows` are the signals [T, S] of the steps after `done`, `points` generated samples."""
    wrong = ~np.isfinite(rows)
    if wrong.any():
        row, column = (int(i) for i in np.argwhere(wrong)[0])
        return {"type": "nonfinite", "step": done + row + 1, "what": SIGNALS[column]}
    if not np.isfinite(points).all():
        return {"type": "nonfinite", "step": done + len(rows), "what": "samples"}
    return None


def _known(trial: Trial, task: Task, record: Record) -> dict[str, Any]:
    """The facts of a result: all that the analysis must know of the task, beside the curves."""
    own = quantities.foreign((*record.curves, *record.final))
    loss = None if trial.method.external else registry.loss[trial.method.loss]
    each = cost.gradients(trial.method)
    equilibrium = loss.traits.get("equilibrium") if loss else None
    return record.instrument.record() | {
        "kind": task.kind,
        "network": "" if loss is None else trial.method.network or task.network,
        **_judged(task, record.instrument),
        "equilibrium_loss_d": equilibrium,
        "real": real_name(trial),
        "turning_window": motion.WINDOW,
        "gradients": None if math.isnan(each) else each,
        **({"yardstick": True} if yardstick(trial.method) else {}),
        "final": record.final,
        "missing": record.missing,
        **({"cards": own} if own else {}),
        **({"path": record.path} if record.path else {}),
    }


def _judged(task: Task, instrument: Instrument) -> dict[str, Any]:
    """The rule by which a measurement is a success, and the values between which each bound
    stands; or why no bound can be set."""
    try:
        bands = task.bands(instrument)
    except bounds.Inseparable as error:
        return {"criterion": {}, "criterion_missing": str(error)}
    given = {} if callable(task.criterion) else task.criterion
    criterion = {name: list(rule) for name, rule in {**given, **bounds.criterion(bands)}.items()}
    ends = {b.metric: {"trivial": b.trivial, "real": b.real, "by": b.by} for b in bands if b.by}
    return {"criterion": criterion} | ({"bands": ends} if ends else {})


def _deterministic(trial: Trial, step: Step) -> bool:
    """True where nothing that is drawn at random matters, so that all seeds are one run.

    Only a game can be so, and is where another seed has the same weights after a hundred steps. One
    whose method draws (noise, interpolations that count) has not.
    """
    if step.task.kind != "game":
        return False
    hparams, stop = {**trial.hparams, "steps": trial.steps}, min(trial.steps, 100)
    seeds = trial.seed, trial.seed ^ 1
    ends = [step.run(step.init(seed, hparams), seed, hparams, 0, stop)[0] for seed in seeds]
    players = zip(*map(motion.point, ends), strict=True)
    return all(np.array_equal(own, other, equal_nan=True) for own, other in players)


def real_name(trial: Trial) -> str:
    """The name under which real samples of a trial's task are stored."""
    shown = {k: v for k, v in trial.options.items() if k in ("sigma", "data", "radius") and v != ""}
    return "-".join([trial.task, *map(str, shown.values())])


@functools.lru_cache(maxsize=8)
def _instrument(task: Task) -> Instrument:
    """The task's instrument, calibrated once per process."""
    return task.instrument()
