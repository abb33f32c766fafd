"""Data sets of images as distributions: how they are drawn, measured and judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from bench.gan import data, keys
from bench.gan.data.classifier import Own
from bench.gan.tasks import cases, criteria, instruments
from bench.gan.tasks.task import Distribution, Draws, Labelled
from bench.metrics.sample import Array
from bench.trial import File

if TYPE_CHECKING:
    from bench.gan.data import Images
    from bench.gan.data.sources import Decoded
    from bench.metrics import Instrument
    from bench.metrics.criterion.bounds import Bands


HELD = 500
"""Most images that are held back for the overfit gap, where a task trains on few."""


def data_set(known: Images, own: Own | None = None) -> Distribution:
    """A data set of images in [-1, 1], with or without labels, drawn with replacement.

    They are measured on the features of a classifier of their labels, of an untrained network where
    they have none, or on `own`. The bounds are computed when they are first needed.
    """
    labels = known.labels
    return Distribution(
        real=drawn(known),
        instrument=lambda: instruments.of_own(known, own) if own else instruments.of_images(known),
        criterion=criterion(known),
        labelled=drawn_with_labels(known),
        classes=0 if labels is None else int(labels.max()) + 1,
        whole=lambda: (known.images, labels),
    )


def decoded_set(decoded: Decoded, own: Own | None = None) -> Distribution:
    """A user's decoded images, drawn with replacement, measured as by `data_set`. They stay bytes
    until they are drawn: only the part that instruments are made of is in memory as floats."""
    half = _Half(decoded)
    labels = decoded.labels

    def which(key: Array, n: int) -> Array:
        return keys.generator(key).integers(len(decoded.images), size=n)

    def labelled(key: Array, n: int) -> tuple[Array, Array]:
        assert labels is not None
        chosen = which(key, n)
        return decoded.scaled(chosen), labels[chosen]

    def instrument() -> Instrument:
        known = half.known
        return instruments.of_own(known, own) if own else instruments.of_images(known)

    return Distribution(
        real=lambda key, n: decoded.scaled(which(key, n)),
        instrument=instrument,
        criterion=lambda instrument: criterion(half.known)(instrument),
        labelled=None if labels is None else labelled,
        classes=0 if labels is None else int(labels.max()) + 1,
        shape=decoded.images.shape[1:],
        whole=lambda: (decoded.scaled(np.arange(len(decoded.images))), labels),
    )


def few_set(decoded: Decoded, few: int, own: Own | None = None) -> Distribution:
    """A user's decoded images, of which so `few` are trained on, of each class as many. Judged by
    all as `decoded_set` is, and copies of the few are told; at most `HELD` others are held back."""
    order = data.spread(len(decoded.images), decoded.labels)
    chosen, labels = np.sort(order[:few]), decoded.labels
    train = replace(
        decoded,
        images=decoded.images[chosen],
        labels=None if labels is None else labels[chosen],
    )
    every, some = decoded_set(decoded, own), decoded_set(train)
    return replace(
        every,
        real=some.real,
        labelled=some.labelled,
        whole=some.whole,
        held=decoded.scaled(order[few : few + HELD]),
        instrument=lambda: instruments.of_few(every.instrument(), decoded.scaled(chosen)),
    )


class _Half:
    """The part of decoded images that instruments are made of, made when it is first needed."""

    def __init__(self, decoded: Decoded) -> None:
        self.decoded = decoded

    @cached_property
    def known(self) -> Images:
        return self.decoded.known()


def rendered(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
    """Digits [n, 28, 28, 1] rendered from fonts and their classes [n]."""
    drawn, labels = data.glyphs28(keys.key(int(rng.integers(2**31)), "real"), n)
    return drawn.numpy(), labels.numpy()


def criterion(known: Images | None) -> Callable[[Instrument], Bands]:
    """The bounds for a data set, or a feature network, that this package does not know. Rendered
    digits where there is no data set."""

    def bands(instrument: Instrument) -> Bands:
        if known is None:
            return criteria.of_data(instrument, rendered, "rendered")
        draw = cases.fresh(known.images, known.labels)
        return criteria.of_data(instrument, draw, data.fingerprint(known))

    return bands


def drawn(known: Images) -> Draws:
    """Draws with replacement from a data set."""

    def real(key: Array, n: int) -> Array:
        return known.images[keys.generator(key).integers(len(known.images), size=n)]

    return real


def drawn_with_labels(known: Images) -> Labelled | None:
    """The same draws as `drawn`, with their labels; None where there are none."""
    labels = known.labels
    if labels is None:
        return None

    def labelled(key: Array, n: int) -> tuple[Array, Array]:
        which = keys.generator(key).integers(len(known.images), size=n)
        return known.images[which], labels[which]

    return labelled


def own_features(file: File) -> Own | None:
    """The user's feature network. Raises ValueError where it is not that of the trial's id."""
    if file.digest and Own(file.path).digest != file.digest:
        raise ValueError(f"{file}: not the feature network that this trial was planned with")
    return Own(file.path) if file else None
