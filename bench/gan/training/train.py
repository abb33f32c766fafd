"""fit(trial): train one GAN from one seed and measure it on the way."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench import registry
from bench.gan import keys, tasks
from bench.gan.backend import tf
from bench.gan.game.game import SIGNALS, State
from bench.gan.methods import cost
from bench.gan.tasks import Task
from bench.gan.training import motion
from bench.gan.training.critic import Critic
from bench.gan.training.record import KEPT, Record
from bench.gan.training.step import Step, compiled
from bench.metrics import Facts
from bench.metrics.criterion import bounds
from bench.names import declared
from bench.store.provenance import provenance
from bench.trial import Result, Status, Trial

Array = np.ndarray


@dataclass(frozen=True)
class Fit:
    """A result, and what it takes to look at it: samples of the generator and real ones."""

    result: Result
    samples: dict[str, Array]
    real: dict[str, Array]


Watch = Callable[[int, dict[str, float | None]], None]


def fit(trial: Trial, watch: Watch | None = None) -> Fit:
    """Train one trial from its first step to its last, or to its first number that is not finite.

    `watch` is called after each measurement with the number of steps done and the last value of
    each metric and signal. Raises what goes wrong in the program; divergence is not an error but a
    status.
    """
    begin, cpu = time.perf_counter(), time.process_time()
    task = tasks.build(trial.task, tuple(sorted(trial.options.items())))
    step = compiled(task, trial.method)
    facts = _facts(task)
    record = Record(task, facts, len(_schedule(trial)))
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
    real = {"real": np.asarray(facts.real.points[:kept], np.float32)}
    return Fit(result, record.samples(), real)


def _train(trial: Trial, step: Step, record: Record, watch: Watch) -> dict[str, Any] | None:
    """The loop. Returns where and in what the first number was not finite, or None."""
    task, hparams = step.task, {**trial.hparams, "steps": trial.steps}
    z = _fixed_latent(task, record.facts.n)
    real = record.facts.real
    critic = Critic(step, hparams, real.points, task.held, getattr(real, "modes", None))
    state, done = step.init(trial.seed, hparams), 0
    for place, stop in enumerate(_schedule(trial)):
        look = place in record.looks
        state, rows, seen = _advance(step, state, trial.seed, hparams, done, stop, look)
        record.rows.append(rows)
        points = step.generate(state, z).numpy()
        broken = _broken(rows, done, points)
        if broken:
            return broken
        more = motion.motion(seen, done, stop) if look else {}
        if task.observe:
            record.evaluate(stop, {}, task.observe(state) | more)
        else:
            more |= critic(state, points) if look else {}
            record.evaluate(stop, _generated(step, state, z, points), more)
        watch(stop, record.latest())
        done = stop
    return None


def _generated(step: Step, state: State, z: Any, points: Array) -> dict[str, Array]:
    """What is measured, by the prefix of its curves: the generator, and its average."""
    average = step.generate_ema(state, z)
    return {"": points} if average is None else {"": points, "ema_": average.numpy()}


def _advance(
    step: Step,
    state: State,
    seed: int,
    hparams: dict[str, float],
    done: int,
    stop: int,
    look: bool,
) -> tuple[State, Array, dict[int, motion.Point]]:
    """The steps between two measurements: state, signals [stop - done, S], weights on the way."""
    seen, rows = {done: motion.point(state)} if look else {}, []
    for mark in motion.marks(done, stop) if look else [stop]:
        state, signals = step.run(state, seed, hparams, done, mark)
        rows.append(signals.numpy())
        done = mark
        if look:
            seen[mark] = motion.point(state)
    return state, np.concatenate(rows), seen


def _schedule(trial: Trial) -> list[int]:
    """The steps after which to measure: as many as asked for, at equal distances, the last one
    included."""
    marks = np.linspace(0, trial.steps, trial.evaluations + 1)[1:]
    return np.unique(np.rint(marks)).astype(int).tolist()


def _fixed_latent(task: Task, n: int) -> Any:
    """The same z [n, latent] for every trial, seed and step: no evaluation noise in a curve."""
    return tf.constant(keys.gaussian(keys.key(0, "evaluation"), (n, task.latent), task.dtype))


def _broken(rows: Array, done: int, points: Array) -> dict[str, Any] | None:
    wrong = ~np.isfinite(rows)
    if wrong.any():
        row, column = (int(i) for i in np.argwhere(wrong)[0])
        return {"type": "nonfinite", "step": done + row + 1, "what": SIGNALS[column]}
    if not np.isfinite(points).all():
        return {"type": "nonfinite", "step": done + len(rows), "what": "samples"}
    return None


def _known(trial: Trial, task: Task, record: Record) -> dict[str, Any]:
    """What the analysis must know of the task, beside the curves."""
    equilibrium = registry.loss[trial.method.loss].traits.get("equilibrium")
    return record.facts.record() | {
        "kind": task.kind,
        "network": trial.method.network or task.network,
        **_judged(task, record.facts),
        "equilibrium_loss_d": equilibrium,
        "real": real_name(trial),
        "turning_window": motion.WINDOW,
        "gradients": cost.gradients(trial.method),
        "final": record.final,
        "missing": record.missing,
    }


def _judged(task: Task, facts: Facts) -> dict[str, Any]:
    """When a measurement is a success, and between which values each bound stands; or why no bound
    can be set."""
    try:
        bands = task.bands(facts)
    except bounds.Inseparable as error:
        return {"criterion": {}, "criterion_missing": str(error)}
    given = {} if callable(task.criterion) else task.criterion
    criterion = {name: list(rule) for name, rule in {**given, **bounds.criterion(bands)}.items()}
    ends = {b.metric: {"trivial": b.trivial, "real": b.real, "by": b.by} for b in bands if b.by}
    return {"criterion": criterion} | ({"bands": ends} if ends else {})


def _deterministic(trial: Trial, step: Step) -> bool:
    """True where nothing is drawn at random: a game that another seed plays alike, by its weights
    after a hundred steps. One whose method draws (noise, interpolations that matter) is not."""
    if step.task.kind != "game":
        return False
    hparams, stop = {**trial.hparams, "steps": trial.steps}, min(trial.steps, 100)
    seeds = trial.seed, trial.seed ^ 1
    ends = [step.run(step.init(seed, hparams), seed, hparams, 0, stop)[0] for seed in seeds]
    players = zip(*map(motion.point, ends), strict=True)
    return all(np.array_equal(own, other, equal_nan=True) for own, other in players)


def real_name(trial: Trial) -> str:
    """The name under which real samples of a trial's task are stored."""
    shown = {k: v for k, v in trial.options.items() if k in ("sigma", "data") and v != ""}
    return "-".join([trial.task, *map(str, shown.values())])


@functools.lru_cache(maxsize=8)
def _facts(task: Task) -> Facts:
    """The task's instrument, calibrated once per process."""
    return task.facts()
