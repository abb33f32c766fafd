"""Images: small handwritten digits, 28 x 28 pixels for a DCGAN, and any data set of images."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from bench.gan import data, keys
from bench.gan.backend import Tensor
from bench.gan.data.classifier import Own
from bench.gan.tasks import cases, criteria, instruments
from bench.gan.tasks.cases import Case
from bench.gan.tasks.task import Distribution, Draws, Labelled
from bench.metrics.criterion.trivial import of_images
from bench.metrics.sample import Array
from bench.registry import task
from bench.trial import NO_FILE, File

if TYPE_CHECKING:
    from bench.gan.data import Images
    from bench.metrics import Instrument
    from bench.metrics.criterion.bounds import Bands

DIGITS = {
    "lr_g": 1e-3,
    "lr_d": 1e-3,
    "r1.gamma": 1.0,
    "r2.gamma": 1.0,
    "wgan_gp.weight": 1.0,
    "wgan_lp.weight": 1.0,
    "gp0.weight": 0.5,
    "dragan.weight": 1.0,
    "weight_clipping.bound": 0.05,
    "ema.decay": 0.9885,
}
"""Numbers that fit small digits in [-1, 1]."""


@task(
    steps=3000,
    hparams=DIGITS,
    shape=(8, 8, 1),
    labels=True,
    network="mlp",
    batch=64,
    latent=32,
    units=256,
    bounds={},
    also=(
        "MNIST",
        "USPS",
        "images",
    ),
)
def digits8(*, features: File = NO_FILE) -> Distribution:
    """The 1797 handwritten digits 8 x 8 of scikit-learn in [-1, 1]; two hidden layers each.

    `features` names a network of your own for the Fréchet distance (see
    `bench.gan.data.classifier.Own`).
    """
    known, own = data.digits8(), _own(features)
    return Distribution(
        real=_from(known),
        instrument=lambda: instruments.digits8(own),
        criterion=_criterion(known) if own else None,
        case=_digits,
        labelled=_labelled_from(known),
        classes=10,
        whole=lambda: (known.images, known.labels),
    )


@task(
    steps=3000,
    hparams={"lr_g": 1e-4, "lr_d": 1e-4, "r1.gamma": 10.0, "r2.gamma": 10.0, "dragan.weight": 10.0},
    shape=(28, 28, 1),
    labels=True,
    network="dcgan",
    width=1.0,
    batch=64,
    latent=100,
    bounds={},
    also=(
        "MNIST",
        "Fashion-MNIST",
        "own images",
        "images",
    ),
)
def dcgan28(*, path: File = NO_FILE, features: File = NO_FILE) -> Distribution:
    """The DCGAN of TensorFlow's tutorial on 28 x 28 images; `width` scales its channels.

    `path` names an .npz with `x_train` [n, 28, 28] and, where it has labels, `y_train`, such as
    `mnist.npz`; without one, digits are rendered from fonts. It counts by the digest of its arrays.
    `features` as for `digits8`. Radford et al. 2016.
    """
    own = _own(features)
    if path:
        return data_set(_images(path), own)
    return Distribution(
        real=_rendered,
        instrument=lambda: instruments.glyphs28(own=own),
        criterion=_criterion(None) if own else None,
        case=_glyphs,
        labelled=_labelled,
        classes=10,
    )


def data_set(known: Images, own: Own | None = None) -> Distribution:
    """A data set of images in [-1, 1], with or without labels, drawn with replacement.

    They are measured on the features of a classifier of their labels, of an untrained network where
    they have none, or on `own`. The bounds are computed when they are first needed.
    """
    labels = known.labels
    return Distribution(
        real=_from(known),
        instrument=lambda: instruments.of_own(known, own) if own else instruments.of_images(known),
        criterion=_criterion(known),
        labelled=_labelled_from(known),
        classes=0 if labels is None else int(labels.max()) + 1,
        whole=lambda: (known.images, known.labels),
    )


def _digits() -> Case:
    known = data.digits8()
    draw = cases.fresh(known.images, known.labels)
    return Case(instruments.digits8(), cases.plain(draw), tuple(of_images(draw)))


def _glyphs() -> Case:
    return Case(instruments.glyphs28(), cases.plain(rendered), tuple(of_images(rendered)))


def rendered(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
    """Digits [n, 28, 28, 1] rendered from fonts and their classes [n]."""
    drawn, labels = data.glyphs28(keys.key(int(rng.integers(2**31)), "real"), n)
    return drawn.numpy(), labels.numpy()


def _criterion(known: Images | None) -> Callable[[Instrument], Bands]:
    """The bounds for a data set, or a feature network, that this package does not know. Rendered
    digits where there is no data set."""

    def bands(instrument: Instrument) -> Bands:
        if known is None:
            return criteria.of_data(instrument, rendered, "rendered")
        draw = cases.fresh(known.images, known.labels)
        return criteria.of_data(instrument, draw, data.fingerprint(known))

    return bands


def _from(known: Images) -> Draws:
    """Draws with replacement from a data set."""

    def real(key: Array, n: int) -> Array:
        return known.images[keys.generator(key).integers(len(known.images), size=n)]

    return real


def _labelled(key: Array, n: int) -> tuple[Tensor, Tensor]:
    return data.glyphs28(key, n)


def _labelled_from(known: Images) -> Labelled | None:
    """The same draws as `_from`, with their labels; None where there are none."""
    labels = known.labels
    if labels is None:
        return None

    def labelled(key: Array, n: int) -> tuple[Array, Array]:
        which = keys.generator(key).integers(len(known.images), size=n)
        return known.images[which], labels[which]

    return labelled


def _rendered(key: Array, n: int) -> Tensor:
    return data.glyphs28(key, n)[0]


def _images(file: File) -> Images:
    """The user's images. Raises ValueError where they are not those of the trial's id."""
    if file.digest and data.digest(file.path) != file.digest:
        raise ValueError(f"{file}: not the images that this trial was planned with")
    return data.load_npz(file.path)


def _own(file: File) -> Own | None:
    """The user's feature network. Raises ValueError where it is not that of the trial's id."""
    if file.digest and Own(file.path).digest != file.digest:
        raise ValueError(f"{file}: not the feature network that this trial was planned with")
    return Own(file.path) if file else None
