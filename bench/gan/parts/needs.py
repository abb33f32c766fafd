"""Needs that parts have of a batch, for the trait `batch` of a decorator. Loads no TensorFlow.

A need is a function (samples in a batch) -> why it cannot be, or None. A discriminator of packs
counts packs. Batches are checked when a sweep is read (see `bench.gan.methods.rules`).
"""

from __future__ import annotations

from collections.abc import Callable

Need = Callable[[int], str | None]
"""The number of samples in a batch -> why it cannot be, to stand in a sentence; None: it can."""


def at_least(least: int, why: str) -> Need:
    """A need of `least` samples; `why` says what fewer would do."""

    def need(batch: int) -> str | None:
        return None if batch >= least else f"{why}, so it needs a batch of {least} or more"

    return need


GROUP = 4
"""Samples in a group of minibatch standard deviation; all where a batch has fewer."""


def grouped(batch: int) -> str | None:
    """The need of groups of min(4, batch) samples."""
    if batch < 2:
        return "a group of one sample has no deviation, so it needs a batch of 2 or more"
    if batch > GROUP and batch % GROUP:
        return f"its groups have {GROUP} samples, so a batch larger than that is a multiple of it"
    return None
