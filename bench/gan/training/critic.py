"""Curves of the discriminator's logits on real and generated samples, at each evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

import numpy as np

from bench import registry
from bench.gan.backend import tf
from bench.gan.methods import meetings
from bench.gan.state import State
from bench.gan.training.step import Step
from bench.metrics import discriminator
from bench.vocabulary import schedules

Array = np.ndarray

LOOKED_AT = {"mixture": 500, "images": 200}
"""Real samples that are looked at, by the kind of task, and as many generated ones: convolutions
are dear."""

CROSS_ENTROPY = ("minimax", "non_saturating", "article")
"""Losses under which sig(logit) is a probability."""


class Critic:
    """Judges the discriminator by its logits on fixed real samples and on the generated ones.

    `real` [N, ...] are samples as the training draws them, `held` [M, ...] some that it never sees,
    where a data set has any; the overfit gap is the mean logit of the former less that of the
    latter. A discriminator that is told classes is told those that the task's instrument sees in
    the real samples, `classes` [N].
    """

    def __init__(
        self,
        step: Step,
        hparams: Mapping[str, float],
        real: Array,
        held: Array | None = None,
        classes: Array | None = None,
    ) -> None:
        self._step, self._hparams = step, hparams
        pack = step.method.pack  # a packed D judges whole packs
        n = min(len(real), LOOKED_AT.get(step.task.kind, 500)) // pack
        while meetings.batches(replace(step.method, batch_factor=1), None, n):
            n -= 1  # for a D that sees groups, all of them whole
        self._n = n * pack
        self._real = [part[: self._n] for part in (real, held) if part is not None]
        self._classes = classes
        self._threshold = neutral(step, hparams)

    def __call__(self, state: State, fake: Array) -> dict[str, float | None]:
        """Curves of one evaluation, for generated samples [N, ...], of which the first are looked
        at. None where a curve has no value."""
        classes = (*(self._classes for _ in self._real), self._step.labels(self._n))
        parts = zip((*self._real, fake[: self._n]), classes, strict=True)
        real, *held, generated = self._logits(state, *parts)
        found = discriminator.curves(real, generated, self._threshold)
        if self._step.method.loss in CROSS_ENTROPY:
            found["d_calibration"] = discriminator.calibration(real, generated)
        if held:
            found["d_overfit"] = float(real.mean() - held[0].mean())
        return found

    def _logits(self, state: State, *parts: tuple[Array, Array | None]) -> list[Array]:
        dtype = self._step.task.dtype
        batches = [(tf.constant(x, dtype), c if c is None else c[: len(x)]) for x, c in parts]
        found = self._step.logits(state, self._hparams, *batches)
        return [logits.numpy().astype(float) for logits in found]


def neutral(step: Step, hparams: Mapping[str, float]) -> float | None:
    """The logit t that minimises L_D(t, t), which D gives where it cannot tell real from fake.

    0 for cross-entropy and hinge, (a + b) / 2 for least squares. None where every level is as good
    (Wasserstein, relativistic).
    """
    prefix = f"{step.method.loss}."
    numbers = schedules.still(hparams)
    own = {k.removeprefix(prefix): v for k, v in numbers.items() if k.startswith(prefix)}
    return _neutral(step.method.loss, tuple(sorted(own.items())))


@lru_cache(maxsize=64)
def _neutral(name: str, own: tuple[tuple[str, float], ...]) -> float | None:
    loss, levels = registry.loss[name], np.linspace(-2, 2, 81)
    same = [tf.fill([2], tf.constant(t, tf.float64)) for t in levels]  # a batch, for its mean
    draws = (tf.constant([0, 0]),) if loss.traits.get("draws") else ()
    values = np.array([float(tf.reduce_mean(loss.fn(x, x, *draws, **dict(own))[1])) for x in same])
    if np.ptp(values) < 1e-9:
        return None
    best = levels[values <= values.min() + 1e-9]
    return float((best[0] + best[-1]) / 2)
