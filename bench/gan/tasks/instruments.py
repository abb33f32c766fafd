"""The instruments of image data: classifier features, classes as modes, calibrated once.

Images have no sigma, so there is no `high_quality` for them: the mode of an image is the class
that the stored classifier gives it.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.gan import data, keys
from bench.gan.data import Images
from bench.gan.data.classifier import Classifier, Own, cached, stored, untrained
from bench.metrics import Instrument, Sample, endless, finite

Array = NDArray[Any]

RANGE = (-1.0, 1.0)
REFERENCE = 20_000


@cache
def digits8(own: Own | None = None) -> Instrument:
    """CLS-FD on 8 x 8 digits with the classifier of this package, or OWN-FD; n is half of the
    1797."""
    classifier = stored("digits8")
    if own is not None:
        return of_own(data.digits8(), own, classifier=classifier)
    return of_images(data.digits8(), classifier)


@cache
def glyphs28(n: int = 1000, own: Own | None = None) -> Instrument:
    """CLS-FD on rendered digits with the classifier of this package, or OWN-FD; data without
    end."""
    classifier = stored("glyphs28")

    def draw(index: int, n: int) -> Array:
        return data.glyphs28(keys.key(0, "reference", index), n)[0].numpy()

    about = _labelled(classifier, np.full(10, 0.1)) | _named(own)
    see = _see(classifier, own)
    return endless(see, draw, reference=REFERENCE, n=n, bounds=RANGE, **about)


@cache
def stacked(n: int = 10_000) -> Instrument:
    """Stacked digits, 8 x 8 x 3: each channel by the classifier of digits8, 1,000 modes.

    Mode 100 a + 10 b + c of the classes a, b, c; features [N, 192] and the mean confidence of the
    channels. Their shares are products of the classes' shares. N = 10,000, as a mode needs two
    samples; the literature takes 25,600 and counts one.
    """
    classifier, (known, _) = stored("digits8"), data.split(data.digits8())

    def see(points: Array) -> Sample:
        channels = [classifier(points[..., i : i + 1]) for i in range(3)]
        found, probabilities = (np.stack(parts, 1) for parts in zip(*channels, strict=True))
        modes = probabilities.argmax(2) @ np.array([100, 10, 1])
        return Sample(
            points, found.reshape(len(points), -1), modes, confidence=probabilities.max(2).mean(1)
        )

    def draw(index: int, n: int) -> Array:
        return data.stacked(known, np.random.default_rng((3, index)), n)

    assert known.labels is not None
    share = np.bincount(known.labels) / len(known.labels)
    weights = np.einsum("a,b,c->abc", share, share, share).ravel()
    about = _labelled(classifier, weights) | {"splits": 5}  # a second each
    return endless(see, draw, reference=2 * n, n=n, bounds=RANGE, **about)


@cache
def twins8() -> Instrument:
    """Pairs of a digit and its negative, 8 x 16, each half by the classifier of digits8.

    The reference are true pairs, so features [N, 128] of both halves see what does not belong
    together; the mode is the class of the left one.
    """
    classifier, known = stored("digits8"), data.digits8()

    def see(points: Array) -> Sample:
        halves = classifier(points[:, :, :8]), classifier(-points[:, :, 8:])
        left, right = (probabilities.argmax(1) for _, probabilities in halves)
        seen = np.concatenate([found for found, _ in halves], 1)
        confidence = np.mean([probabilities.max(1) for _, probabilities in halves], 0)
        return Sample(points, seen, left, confidence=confidence, agree=left == right)

    assert known.labels is not None
    about = _labelled(classifier, np.bincount(known.labels) / len(known.labels))
    twins = np.concatenate([known.images, -known.images], 2)
    return finite(see, twins, n=1000, bounds=RANGE, **about)


def of_few(instrument: Instrument, images: Array) -> Instrument:
    """An instrument that tells copies of few images [n, h, w, c], on which alone is trained; the
    rest of it is that of the whole distribution."""
    return replace(instrument, train=instrument.see(images).features)


def of_own(
    known: Images, own: Own, n: int = 1000, classifier: Classifier | None = None
) -> Instrument:
    """The instrument of a data set on features of the user's own (proxy "OWN-FD").

    Classes come from a classifier as in `of_images` where there are labels. A plugin's task gives
    it as its `instrument`:  lambda: instruments.of_own(images, Own("dino.keras"))
    """
    about: dict[str, Any] = {**_named(own), "bounds": RANGE}
    if known.labels is None:
        return finite(lambda points: Sample(points, own(points)), known.images, n=n, **about)
    classifier = classifier or cached(known)
    about = _labelled(classifier, np.bincount(known.labels) / len(known.labels)) | about
    return finite(_see(classifier, own), known.images, n=n, **about)


def of_images(known: Images, classifier: Classifier | None = None, n: int = 1000) -> Instrument:
    """The instrument of a data set: CLS-FD and classes with labels, RND-FD without.

    Without a classifier one is taken from the user's cache, or trained now (up to a minute).
    """
    if known.labels is None:
        blind = classifier or untrained(known.images.shape[1:])
        about: dict[str, Any] = {"proxy": "RND-FD", "digest": blind.digest}
        return finite(_see_features(blind), known.images, n=n, bounds=RANGE, **about)
    classifier = classifier or cached(known)
    about = _labelled(classifier, np.bincount(known.labels) / len(known.labels))
    return finite(_see(classifier), known.images, n=n, bounds=RANGE, **about)


def _labelled(classifier: Classifier, weights: Array) -> dict[str, Any]:
    about = {"proxy": "CLS-FD", "digest": classifier.digest, "weights": weights}
    return about | {"accuracy": classifier.accuracy}


def _named(own: Own | None) -> dict[str, Any]:
    return {} if own is None else {"proxy": "OWN-FD", "digest": own.digest}


def _see(classifier: Classifier, own: Own | None = None) -> Any:
    """Classes by the classifier, features by it or by the user's own network."""

    def see(points: Array) -> Sample:
        found, probabilities = classifier(points)
        modes, confidence = probabilities.argmax(1), probabilities.max(1)
        return Sample(points, own(points) if own else found, modes, confidence=confidence)

    return see


def _see_features(classifier: Classifier) -> Any:
    return lambda points: Sample(points, classifier(points)[0])
