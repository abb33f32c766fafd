"""The contract of trainers: one is run for some steps on a small task, three times, in processes of
its own, and what it lacks is said in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from bench.gan.training import external
from bench.gan.training.logged import Failed
from bench.gan.training.train import Fit
from bench.registry import Part
from bench.trainer import GLOBAL_SEED
from bench.trial import Method, Status, Trial

STEPS, EVALUATIONS = 20, 4
PATIENCE = 30.0
"""Seconds without a new step after which a trainer is taken for one that does not stop."""

TASKS = ("ring8", "digits8")
"""The tasks that are tried: the first on which it trains is the one that counts."""

NEAR = 1e-3
"""Distance from [-1, 1] that rounding may bring a pixel to."""


def trials(method: Method, hparams: Mapping[str, float], plugins: Mapping[str, str]) -> list[Trial]:
    """A short trial of a trainer on each of the tasks that are tried."""
    return [Trial(t, method, 1, STEPS, hparams, {}, EVALUATIONS, plugins) for t in TASKS]


def of_part(part: Part, call: object = None) -> Iterator[str]:
    """The faults of a trainer that is registered, a sentence each."""
    method = Method(part.name, "", (), "", "", "", trainer=part.name)
    numbers = {f"train.{name}": float(value) for name, value in part.defaults.items()}
    yield from faults(trials(method, numbers, {}))


def faults(tried: Sequence[Trial]) -> Iterator[str]:
    """The faults of a trainer, a sentence each, by short trials of it on several tasks."""
    failures: list[str] = []
    for trial in tried:
        try:
            first = _fit(trial, 1)
        except Failed as failed:
            failures.append(f"on {trial.task}: {_words(failed)}")
            if failed.kind in ("timeout", "command"):
                break
            continue
        yield from _of_run(trial, first)
        return
    yield failures[0]


def _fit(trial: Trial, seed: int) -> Fit:
    environment = {GLOBAL_SEED: str(seed)}
    return external.fit(trial, patience=PATIENCE, environment=environment, quiet=True)


def _of_run(trial: Trial, first: Fit) -> Iterator[str]:
    """The faults of a trainer that came to an end on a task."""
    result = first.result
    if result.status is Status.DIVERGED:
        error = result.error or {}
        yield f"on {trial.task}: {error.get('what')} is not finite at step {error.get('step')}"
        return
    if not first.samples:
        yield "gives no samples: call run.sampler(lambda n: ...) before the first batch"
    elif result.facts["kind"] == "images":
        yield from _range(first.samples["fake"])
    if not {"loss_g", "loss_d"} & result.signals.keys():
        yield "logs no losses: run.log(loss_g=..., loss_d=...) after each step"
    try:
        if not _equal(first, _fit(trial, 1)):
            text = "gives other numbers when it is run again: seed what it draws with run.seed"
            yield text
        elif not _equal(first, _fit(trial, 2)):
            text = "draws from global generators (of random, NumPy, PyTorch or TensorFlow)"
            yield f"{text} and does not seed them: seed them with run.seed"
    except Failed as failed:
        yield f"run again on {trial.task}: {_words(failed)}"


def _range(fake: np.ndarray) -> Iterator[str]:
    low, high = float(fake.min()), float(fake.max())
    if low < -1 - NEAR or high > 1 + NEAR:
        yield f"gives images in [{low:.3g}, {high:.3g}], needed are pixels in [-1, 1]"
    elif low >= 0:
        yield f"gives images in [{low:.3g}, {high:.3g}]: pixels are in [-1, 1], not in [0, 1]"


def _equal(one: Fit, other: Fit) -> bool:
    """True where two runs have the same curves, signals and samples."""
    a, b = one.result, other.result
    same = (a.status, a.curves, a.signals) == (b.status, b.curves, b.signals)
    return same and all(np.array_equal(x, other.samples[k]) for k, x in one.samples.items())


def _words(failed: Failed) -> str:
    lines = (line.strip() for line in failed.trace.splitlines())
    place = [line for line in lines if line.startswith("File") and "bench/trainer.py" not in line]
    where = f" ({place[-1]})" if place else ""
    return f"{failed.kind}: {failed}{where}"
