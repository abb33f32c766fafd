"""Three stacked digits: images of a thousand modes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from bench.gan import data, keys
from bench.gan.tasks import cases, instruments
from bench.gan.tasks.cases import Case
from bench.gan.tasks.images import DIGITS
from bench.gan.tasks.options import check_few
from bench.gan.tasks.task import Distribution
from bench.metrics.criterion.trivial import Trivial, of_images
from bench.metrics.sample import Array
from bench.ranges import Number
from bench.registry import task

TRAINED = 1198
"""Digits of the two thirds that are trained on."""


@task(
    steps=10_000,
    hparams=DIGITS,
    shape=(8, 8, 3),
    images=False,
    pixels=True,
    network="mlp",
    batch=64,
    latent=64,
    units=512,
    bounds={},
    resolve=lambda options: check_few(options, TRAINED),
    also=(
        "stacked MNIST",
        "1000 modes",
    ),
)
def stacked(*, n: Number = 0) -> Distribution:
    """Three digits 8 x 8 as the channels of one image: 1,000 modes; two hidden layers each.

    Trained on two thirds of scikit-learn's digits; the others are held back, for the overfit gap.
    A measurement takes 10,000 samples and a quarter of a second, so `evaluations = 20` is enough.
    `n` stacks so many of the digits only, as many of each class.
    """
    whole, held = data.split(data.digits8())
    known, _ = data.few(whole, n)
    return Distribution(
        real=lambda key, n: data.stacked(known, keys.generator(key), n),
        instrument=instruments.stacked,
        case=_case,
        held=data.stacked(held, np.random.default_rng(5), 500),
    )


def _case() -> Case:
    known, _ = data.split(data.digits8())
    assert known.labels is not None
    one = _Labels(known.images, known.labels)

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
    return Case(instruments.stacked(), real, (*unlabelled, *more), cases.FEWER)


class _Labels(NamedTuple):
    """Images with their classes, drawn by class."""

    images: Array
    """Images [m, h, w, c]."""

    labels: Array
    """The class of each, int [m]."""

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
