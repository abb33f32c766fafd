"""The case of a task: instrument, real samples and trivial samplers, which give its bounds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from bench import registry
from bench.metrics import Instrument
from bench.metrics.criterion.bounds import DRAWS
from bench.metrics.criterion.trivial import Draw, Labelled, Trivial
from bench.metrics.sample import Array

FEWER = 40
"""Draws of each sampler where 200 would take minutes: of a user's images, and of samples of 10,000,
which vary a third as much as those of 1,000."""


class Case(NamedTuple):
    """Everything that bounds are computed from."""

    instrument: Instrument
    """The instrument."""

    real: Draw
    """Draws real samples that the instrument's reference is not made of."""

    trivial: tuple[Trivial, ...]
    """The trivial samplers."""

    draws: int = DRAWS
    """The number of draws of each sampler."""


def usual() -> Mapping[str, tuple[float, ...]]:
    """The tasks whose bounds are in `bounds.csv`, with their widths there: of points, the quick one
    and that of the literature; 0 of images. Their decorators say so as `bounds`."""
    found = {p.name: p.traits["bounds"] for p in registry.task if "bounds" in p.traits}
    return {name: next(iter(widths.values()), (0.0,)) for name, widths in found.items()}


def of(task: str, width: float = 0.0) -> Case:
    """The case of a task, of points at a width before scaling. Raises LookupError for a task that
    has no trivial samplers."""
    part = registry.task[task]
    option = next(iter(part.traits.get("bounds", {})), "")
    case = part(**({option: width} if option else {})).case
    if case is None:
        raise LookupError(f"{task} has no trivial samplers")
    made: Case = case()
    return made


def fresh(images: Array, labels: Array | None) -> Labelled:
    """Draws of images that the reference of a data set is not made of: what a perfect generator
    would give is new to its instrument (see `bench.metrics.calibrate.finite`)."""
    kept = np.random.default_rng(0).permutation(len(images))[len(images) // 2 :]

    def draw(rng: np.random.Generator, n: int) -> tuple[Array, Array | None]:
        which = kept[rng.integers(len(kept), size=n)]
        return images[which], None if labels is None else labels[which]

    return draw


def plain(draw: Labelled) -> Draw:
    """The same draws without their classes."""
    return lambda rng, n: draw(rng, n)[0]
