"""Gathers what the bounds of a task need: its instrument, real samples and trivial samplers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np

from bench.metrics import Instrument, Mixture, Spiral, grid, ring
from bench.metrics.criterion.trivial import (
    Draw,
    Labelled,
    Trivial,
    of_images,
    of_mixture,
    of_spiral,
)
from bench.metrics.planar.planar import look
from bench.metrics.sample import Array

USUAL: Mapping[str, tuple[float, ...]] = {
    "ring8": (0.1, 0.02),
    "grid25": (0.2, 0.05),
    "spiral": (0.25,),
    "digits8": (0.0,),
    "dcgan28": (0.0,),
    "digits8_twins": (0.0,),
    "stacked": (0.0,),
}
"""The tasks that have trivial samplers, with the widths that `bounds.csv` has: of points, the quick
one and that of the literature; 0 of images."""


class Case(NamedTuple):
    """Everything that bounds are computed from."""

    instrument: Instrument
    real: Draw
    trivial: tuple[Trivial, ...]


def of(task: str, width: float) -> Case:
    """The case of a task of this package, of points at a width before scaling."""
    if task == "spiral":
        return _of_spiral(Spiral(width))
    if width:
        return _of_mixture(mixture(task, width))
    return _IMAGES[task]()


def mixture(task: str, sigma: float) -> Mixture:
    """The truth of ring8 or grid25."""
    return Mixture.standardized({"ring8": ring, "grid25": grid}[task](), sigma)


def _of_mixture(truth: Mixture) -> Case:
    def real(rng: np.random.Generator, n: int) -> Array:
        centres = truth.centres[rng.integers(len(truth.centres), size=n)]
        return centres + truth.sigma * rng.normal(size=centres.shape)

    light = replace(truth.instrument(), see=partial(look, truth.place))
    return Case(light, real, tuple(of_mixture(truth)))


def _of_spiral(truth: Spiral) -> Case:
    def real(rng: np.random.Generator, n: int) -> Array:
        return truth.points(rng.random(n), rng.normal(size=(n, 2)))

    light = replace(truth.instrument(), see=partial(look, truth.place))
    return Case(light, real, tuple(of_spiral(truth)))


def fresh(images: Array, labels: Array | None) -> Labelled:
    """Draws of images that the reference of a data set is not made of: what a perfect generator
    would give is new to its instrument (see `bench.metrics.calibrate.finite`)."""
    kept = np.random.default_rng(0).permutation(len(images))[len(images) // 2 :]

    def draw(rng: np.random.Generator, n: int) -> tuple[Array, Array | None]:
        which = kept[rng.integers(len(kept), size=n)]
        return images[which], None if labels is None else labels[which]

    return draw


def _plain(draw: Labelled) -> Draw:
    return lambda rng, n: draw(rng, n)[0]


def _digits8() -> Case:
    from bench.gan import data
    from bench.gan.tasks import instruments

    known = data.digits8()
    draw = fresh(known.images, known.labels)
    return Case(instruments.digits8(), _plain(draw), tuple(of_images(draw)))


def rendered(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
    """Digits rendered from fonts and their classes, as `dcgan28` has them without a file."""
    from bench.gan import data, keys

    images, labels = data.glyphs28(keys.key(int(rng.integers(2**31)), "real"), n)
    return images.numpy(), labels.numpy()


def _dcgan28() -> Case:
    from bench.gan.tasks import instruments

    return Case(instruments.glyphs28(), _plain(rendered), tuple(of_images(rendered)))


def _twins() -> Case:
    from bench.gan import data
    from bench.gan.tasks import instruments

    known = data.digits8()
    halves = fresh(known.images, known.labels)

    def pairs(rng: np.random.Generator, n: int) -> tuple[Array, Array | None]:
        images, labels = halves(rng, n)
        return np.concatenate([images, -images], 2), labels

    def strangers(rng: np.random.Generator, n: int, share: float = 1.0) -> Array:
        left, right = pairs(rng, n)[0], pairs(rng, n)[0]
        own = np.where((rng.random(n) < share)[:, None, None, None], right, left)
        return np.concatenate([left[:, :, :8], own[:, :, 8:]], 2)

    def half(rng: np.random.Generator, n: int) -> Array:
        return strangers(rng, n, 0.5)

    more = (
        Trivial("pairs of strangers", "agreement", strangers),
        Trivial("half of the pairs strangers", "agreement", half),
    )
    return Case(instruments.twins8(), _plain(pairs), (*of_images(pairs), *more))


def _stacked() -> Case:
    from bench.gan import data
    from bench.gan.tasks import instruments

    known, _ = data.split(data.digits8())
    assert known.labels is not None
    one = Labels(known.images, known.labels)

    def stack(*channels: Array) -> Array:
        return np.concatenate(channels, -1)

    def real(rng: np.random.Generator, n: int) -> Array:
        return data.stacked(known, rng, n)

    def missing(rng: np.random.Generator, n: int) -> Array:
        return stack(one.without(rng, n, 3), one.any(rng, n), one.any(rng, n))

    def twice(rng: np.random.Generator, n: int) -> Array:
        channel = one.any(rng, n)
        return stack(channel, one.any(rng, n), channel)

    def moved(rng: np.random.Generator, n: int) -> Array:
        return stack(*(one.moved(rng, n) for _ in range(3)))

    unlabelled = of_images(lambda rng, n: (real(rng, n), None))
    more = (
        Trivial("a class missing in one channel", "modes", missing),
        Trivial("two channels the same", "modes", twice),
        Trivial("a tenth moved in every channel", "mode_kl", moved),
    )
    return Case(instruments.stacked(), real, (*unlabelled, *more))


class Labels(NamedTuple):
    """Images with their classes, drawn by class."""

    images: Array
    labels: Array

    def any(self, rng: np.random.Generator, n: int) -> Array:
        """n of them."""
        return self.images[rng.integers(len(self.images), size=n)]

    def without(self, rng: np.random.Generator, n: int, label: int) -> Array:
        """n of them, none of one class."""
        kept = np.flatnonzero(self.labels != label)
        return self.images[kept[rng.integers(len(kept), size=n)]]

    def moved(self, rng: np.random.Generator, n: int) -> Array:
        """n of them: half of two classes gives way to a third."""
        weights = np.where(self.labels < 2, 0.5, 1.0)
        third = self.labels == 2
        weights[third] += 0.5 * (self.labels < 2).sum() / third.sum()
        return self.images[rng.choice(len(weights), n, p=weights / weights.sum())]


_IMAGES: Mapping[str, Callable[[], Case]] = {
    "digits8": _digits8,
    "dcgan28": _dcgan28,
    "digits8_twins": _twins,
    "stacked": _stacked,
}
