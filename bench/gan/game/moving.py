"""Numbers that move along the training, at a point of it."""

from __future__ import annotations

import math

from bench.gan.backend import Tensor, tf
from bench.gan.state import HParams
from bench.vocabulary import schedules


def at(hparams: HParams, progress: Tensor | None) -> HParams:
    """The numbers of a trial at a share of the training []: those with a schedule have its value
    there (see `bench.vocabulary.schedules`). Without a progress, as for the structure alone, they
    have their first values."""
    if not schedules.moves(hparams):
        return hparams
    found = schedules.still(hparams)
    if progress is None:
        return found
    for name, form in schedules.forms(hparams).items():
        found[name] = _value(hparams, name, form, tf.cast(progress, hparams[name].dtype))
    return found


def _value(hparams: HParams, name: str, form: str, progress: Tensor) -> Tensor:
    start, to = hparams[name], hparams[f"{name}@{form}"]
    warmup = hparams.get(f"{name}@{schedules.WARMUP}")
    begin = tf.zeros_like(start) if warmup is None else warmup
    value = start
    if form != "constant":
        until = hparams[f"{name}@{schedules.UNTIL}"]
        u = tf.clip_by_value((progress - begin) / (until - begin), 0.0, 1.0)
        way = u if form == "linear" else (1 - tf.cos(math.pi * u)) / 2
        value = start + (to - start) * way
    if warmup is None:
        return value
    return tf.where(progress < warmup, start * progress / warmup, value)
