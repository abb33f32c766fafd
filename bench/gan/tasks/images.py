"""Images: small handwritten digits, three of them stacked, and 28 x 28 pixels for a DCGAN."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from bench import registry
from bench.gan import data, keys
from bench.gan.networks import Sizes
from bench.gan.tasks import cases, criteria
from bench.gan.tasks.task import Task, check, playing
from bench.ranges import Count, Scale, Width
from bench.registry import task

if TYPE_CHECKING:
    from bench.gan.data import Images
    from bench.gan.data.classifier import Own
    from bench.metrics import Instrument
    from bench.metrics.criterion.bounds import Bands

_SIZED = {"units": ("units", "width")}
"""Which of the `Sizes` of networks an option decides; see `_sizes`."""


@task(
    steps=3000,
    hparams={
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
    },
    check=check,
    data="images",
    images=True,
    labels=True,
    sized=_SIZED,
)
def digits8(
    *,
    batch: Count = 64,
    latent: Width = 32,
    units: Width = 256,
    network: str = "mlp",
    generator: str = "",
    discriminator: str = "",
    features: str = "",
    features_digest: str = "",
) -> Task:
    """The 1797 handwritten digits 8 x 8 of scikit-learn in [-1, 1]; two hidden layers each.

    `features` names a network of your own for the Fréchet distance (see
    `bench.gan.data.classifier.Own`), `features_digest` is found when a sweep is read.
    """
    from bench.gan.tasks import instruments

    shape, known = (8, 8, 1), data.digits8()
    own = _own(features, features_digest)

    return Task(
        shape=shape,
        real=_from(known),
        labelled=_labelled_from(known),
        instrument=lambda: instruments.digits8(own),
        criterion=_criterion(known) if own else lambda instrument: criteria.of("digits8"),
        latent=latent,
        batch=batch,
        kind="images",
        **playing(_sizes(shape, latent, units, 10), network, generator, discriminator),
    )


@task(
    steps=3000,
    hparams={"lr_g": 1e-4, "lr_d": 1e-4, "r1.gamma": 10.0, "r2.gamma": 10.0, "dragan.weight": 10.0},
    check=check,
    data="images",
    images=True,
    labels=True,
    sized={"width": ("width",)},
)
def dcgan28(
    *,
    path: str = "",
    data: str = "",
    width: Scale = 1.0,
    batch: Count = 64,
    latent: Width = 100,
    network: str = "dcgan",
    generator: str = "",
    discriminator: str = "",
    features: str = "",
    features_digest: str = "",
) -> Task:
    """The DCGAN of TensorFlow's tutorial on 28 x 28 images; `width` scales its channels.

    `path` names an .npz with `x_train` [n, 28, 28] and, where it has labels, `y_train`, such as
    `mnist.npz`; without one, digits are rendered from fonts. `data` is the digest of its arrays,
    found when a sweep is read; `features` as for `digits8`. Radford et al. 2016.
    """
    known, own = _images(path, data) if path else None, _own(features, features_digest)
    sizes = Sizes((28, 28, 1), latent, width=width, classes=_classes(known) or 0)

    return Task(
        shape=(28, 28, 1),
        real=_from(known) if known else _rendered,
        labelled=_labelled_from(known) if known else _glyphs,
        instrument=lambda: _instrument(known, own),
        criterion=_criterion(known) if known or own else lambda instrument: criteria.of("dcgan28"),
        latent=latent,
        batch=batch,
        kind="images",
        **playing(sizes, network, generator, discriminator),
    )


@task(
    steps=10_000,
    hparams=dict(registry.task["digits8"].traits["hparams"]),
    check=check,
    data="images",
    pixels=True,
    sized=_SIZED,
)
def stacked(
    *,
    batch: Count = 64,
    latent: Width = 64,
    units: Width = 512,
    network: str = "mlp",
    generator: str = "",
    discriminator: str = "",
) -> Task:
    """Three digits 8 x 8 as the channels of one image: 1,000 modes; two hidden layers each.

    Trained on two thirds of scikit-learn's digits; the others are held back, for the overfit gap.
    A measurement takes 10,000 samples and a quarter of a second, so `evaluations = 20` is enough.
    """
    from bench.gan.tasks import instruments

    shape = (8, 8, 3)
    known, held = data.split(data.digits8())

    return Task(
        shape=shape,
        real=lambda key, n: data.stacked(known, keys.generator(key), n),
        instrument=instruments.stacked,
        criterion=lambda instrument: criteria.of("stacked"),
        latent=latent,
        batch=batch,
        kind="images",
        **playing(_sizes(shape, latent, units), network, generator, discriminator),
        held=data.stacked(held, np.random.default_rng(5), 500),
    )


def _criterion(known: Images | None) -> Callable[[Instrument], Bands]:
    """The bounds for a data set, or a feature network, that this package does not know. Rendered
    digits where there is no data set."""

    def bands(instrument: Instrument) -> Bands:
        if known is None:
            return criteria.of_data(instrument, cases.rendered, "rendered")
        draw = cases.fresh(known.images, known.labels)
        return criteria.of_data(instrument, draw, data.fingerprint(known))

    return bands


def _from(known: Images) -> Callable[[np.ndarray, int], np.ndarray]:
    """Draws with replacement from a data set."""

    def real(key: np.ndarray, n: int) -> np.ndarray:
        return known.images[keys.generator(key).integers(len(known.images), size=n)]

    return real


def _glyphs(key: np.ndarray, n: int) -> tuple[Any, Any]:
    return data.glyphs28(key, n)


def _labelled_from(known: Images) -> Callable[[np.ndarray, int], tuple[Any, Any]] | None:
    """The same draws as `_from`, with their labels; None where there are none."""
    labels = known.labels
    if labels is None:
        return None

    def labelled(key: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
        which = keys.generator(key).integers(len(known.images), size=n)
        return known.images[which], labels[which]

    return labelled


def _rendered(key: np.ndarray, n: int) -> Any:
    return data.glyphs28(key, n)[0]


def _images(path: str, digest: str) -> Images:
    """The user's images. Raises ValueError where they are not those of the trial's id."""
    if digest and data.digest(path) != digest:
        raise ValueError(f"{path}: not the images that this trial was planned with")
    return data.load_npz(path)


def _own(path: str, digest: str) -> Own | None:
    """The user's feature network. Raises ValueError where it is not that of the trial's id."""
    from bench.gan.data.classifier import Own

    if path and digest and Own(path).digest != digest:
        raise ValueError(f"{path}: not the feature network that this trial was planned with")
    return Own(path) if path else None


def _classes(known: Images | None) -> int | None:
    """Number of labelled classes; None without labels. The rendered digits have ten."""
    if known is None:
        return 10
    return None if known.labels is None else int(known.labels.max()) + 1


def _instrument(known: Images | None, own: Own | None) -> Instrument:
    from bench.gan.tasks import instruments

    if known is None:
        return instruments.glyphs28(own=own)
    return instruments.of_images(known) if own is None else instruments.of_own(known, own)


def _sizes(shape: tuple[int, ...], latent: int, units: int, classes: int = 0) -> Sizes:
    """Of small images: convolutions have an eighth of the channels that dense layers have units."""
    return Sizes(shape, latent, units, units / 512, classes)
