"""Images: small handwritten digits, 28 x 28 pixels for a DCGAN, and any data set of images."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import numpy as np

from bench.gan import data
from bench.gan.backend import Tensor
from bench.gan.data import sources
from bench.gan.data.classifier import Own
from bench.gan.tasks import cases, instruments
from bench.gan.tasks.cases import Case
from bench.gan.tasks.image_sets import (
    HELD,
    criterion,
    data_set,
    decoded_set,
    drawn,
    drawn_with_labels,
    few_set,
    own_features,
    rendered,
)
from bench.gan.tasks.options import BadOption, check_few
from bench.gan.tasks.task import Distribution
from bench.metrics import Instrument
from bench.metrics.criterion.trivial import of_images
from bench.metrics.sample import Array
from bench.ranges import Number, Range
from bench.registry import task
from bench.trial import NO_FILE, File

__all__ = ["data_set", "dcgan28", "digits8", "images", "rendered"]

PHOTOS = File("photos2")
"""The images of `images` where a sweep names none."""

DENSE = 16
"""The largest side of images for dense networks: of larger ones they have too many weights."""

SMALL_DIGITS = 1797
MOST_RENDERED = 20_000
Side = Annotated[int, Range("[8, 128]", whole=True)]
Channels = Annotated[int, Range("[0, 3]", whole=True)]

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
    resolve=lambda options: check_few(options, SMALL_DIGITS),
    order=lambda options: True,
    also=(
        "MNIST",
        "USPS",
    ),
)
def digits8(*, n: Number = 0, features: File = NO_FILE) -> Distribution:
    """The 1797 handwritten digits 8 x 8 of scikit-learn in [-1, 1]; two hidden layers each.

    `n` trains on so many of them only, as many of each class, and judges by all: few data. The
    others are then held back, for the overfit gap. `features` names a network of your own for the
    Fréchet distance (see `bench.gan.data.classifier.Own`).
    """
    known, own = data.digits8(), own_features(features)
    train, held = data.few(known, n)

    def instrument() -> Instrument:
        made = instruments.digits8(own)
        return instruments.of_few(made, train.images) if n else made

    return Distribution(
        real=drawn(train),
        instrument=instrument,
        criterion=criterion(known) if own else None,
        case=_digits,
        labelled=drawn_with_labels(train),
        classes=10,
        whole=lambda: (train.images, train.labels),
        held=None if held is None else held.images[:HELD],
    )


@task(
    steps=3000,
    hparams={"lr_g": 1e-4, "lr_d": 1e-4, "r1.gamma": 10.0, "r2.gamma": 10.0, "dragan.weight": 10.0},
    shape=(28, 28, 1),
    labels=True,
    resolve=lambda options: _small(options),
    order=lambda options: bool(options["path"] or options["n"]),
    network="dcgan",
    width=1.0,
    batch=64,
    latent=100,
    bounds={},
    also=(
        "MNIST",
        "Fashion-MNIST",
        "own images",
    ),
)
def dcgan28(*, path: File = NO_FILE, n: Number = 0, features: File = NO_FILE) -> Distribution:
    """The DCGAN of TensorFlow's tutorial on grey images 28 x 28; `width` scales its channels.

    `path` names an .npz with `x_train` [n, 28, 28] and, where it has labels, `y_train`, such as
    `mnist.npz`, or whatever `images` takes; without one, digits are rendered from fonts. It counts
    by the digest of its arrays. `n` trains on so many rendered digits only, as for `digits8`;
    `features` as there. Radford et al. 2016.
    """
    own = own_features(features)
    if path:
        return _own_images(path, own)
    if n:
        return _few_rendered(n, own)
    return Distribution(
        real=_rendered,
        instrument=lambda: instruments.glyphs28(own=own),
        criterion=criterion(None) if own else None,
        case=_glyphs,
        labelled=_labelled,
        classes=10,
    )


@task(
    steps=3000,
    hparams={"lr_g": 1e-4, "lr_d": 1e-4, "r1.gamma": 10.0, "r2.gamma": 10.0, "dragan.weight": 10.0},
    shape=(32, 32, 3),
    labels=True,
    resolve=lambda options: _resolved(options),
    order=lambda options: True,
    network="dcgan",
    width=1.0,
    batch=64,
    latent=100,
    also=(
        "own images",
        "folder of images",
        "photographs",
        "MNIST",
        "CIFAR",
    ),
)
def images(
    *,
    path: File = PHOTOS,
    size: Side = 32,
    n: Number = 0,
    channels: Channels = 0,
    skip_unreadable: bool = False,
    few: Number = 0,
    features: File = NO_FILE,
) -> Distribution:
    """Your own images of 8 to 128 pixels, grey or RGB; `width` scales the channels of networks.

    `path` names a folder (PNG, JPEG, WebP, BMP; its subfolders are classes), an .npz with `x_train`
    [n, h, w] or [n, h, w, c] and perhaps `y_train`, "mnist5k" (5,000 digits of MNIST) or "photos2"
    (colour patches of two photographs). What is not `size` x `size` is cropped to a square and
    resized. `n` draws that many of them, once. `channels = 3` repeats grey images, 1 takes colours
    as grey. With `skip_unreadable` damaged files are left out. Images count by the digest of their
    decoded numbers. `few` trains on so many of the `n` only, of each class as many, and judges by
    all: the others are then held back, for the overfit gap. `features` as for `digits8`.
    """
    wanted = sources.Wanted(size, channels, n, skip_unreadable)
    decoded, own = sources.load(path, wanted), own_features(features)
    return few_set(decoded, few, own) if few else decoded_set(decoded, own)


def _digits() -> Case:
    known = data.digits8()
    draw = cases.fresh(known.images, known.labels)
    return Case(instruments.digits8(), cases.plain(draw), tuple(of_images(draw)))


def _glyphs() -> Case:
    return Case(instruments.glyphs28(), cases.plain(rendered), tuple(of_images(rendered)))


def _labelled(key: Array, n: int) -> tuple[Tensor, Tensor]:
    return data.glyphs28(key, n)


def _rendered(key: Array, n: int) -> Tensor:
    return data.glyphs28(key, n)[0]


def _few_rendered(n: int, own: Own | None) -> Distribution:
    """n rendered digits, of each class as many, judged by endless ones."""
    images, labels = rendered(np.random.default_rng(20), 2 * n + HELD)
    train, held = data.few(data.Images(images, labels.astype(np.int64)), n)
    assert held
    return Distribution(
        real=drawn(train),
        instrument=lambda: instruments.of_few(instruments.glyphs28(own=own), train.images),
        criterion=criterion(None) if own else None,
        case=_glyphs,
        labelled=drawn_with_labels(train),
        classes=10,
        whole=lambda: (train.images, train.labels),
        held=held.images[:HELD],
    )


def _own_images(file: File, own: Own | None) -> Distribution:
    """The distribution of a user's images of 28 x 28 pixels. Raises ValueError where they are not
    those of the trial's id."""
    if not _as_they_are(file.path):
        return decoded_set(sources.load(file, SMALL), own)
    if file.digest and data.digest(file.path) != file.digest:
        raise ValueError(f"{file}: not the images that this trial was planned with")
    return data_set(data.load_npz(file.path), own)


SMALL = sources.Wanted(28, 1)
"""The form of the images of `dcgan28`."""


def _as_they_are(path: str) -> bool:
    """True for an .npz that needs no decoding: its arrays count as they are in the file, also where
    they are not what is needed."""
    if path in sources.NAMED or Path(path).is_dir():
        return False
    try:
        data.check_npz(path)
    except ValueError as error:
        return "needed is [n, 28, 28]" not in str(error)
    return True


def _small(options: dict[str, Any]) -> dict[str, Any]:
    """The options of `dcgan28`, with the digest of images that are brought into its form."""
    file = options["path"]
    if file and options["n"]:
        raise BadOption("n", "is for rendered digits: of images of your own, take the task images")
    check_few(options, MOST_RENDERED)
    if not file or _as_they_are(file.path):
        return options
    found = sources.find(file.path, SMALL)
    return options | {"path": File(file.path, found.digest)}


def _resolved(options: dict[str, Any]) -> dict[str, Any]:
    """The options of `images` as a trial has them: the digest of the decoded images, their number
    and their channels. Raises BadOption and ValueError."""
    size, channels, file = options["size"], options["channels"], options["path"]
    if size % 4:
        raise BadOption("size", f"= {size} is no multiple of 4")
    if channels == 2:
        raise BadOption("channels", "= 2: images are grey (1) or in colours (3)")
    if options["network"] == "mlp" and size > DENSE:
        text = f"is for images up to {DENSE} x {DENSE}, and size is {size}: take dcgan or residual"
        raise BadOption("network", f'= "mlp" {text}')
    if not file:
        raise BadOption("path", "is empty: name a folder of images, an .npz, or photos2")
    wanted = sources.Wanted(size, channels, options["n"], options["skip_unreadable"])
    found = sources.find(file.path, wanted)
    if options["few"]:
        check_few(options, found.count - 1, "few")  # with none held back it were all of them
    # what was left out decides nothing but the images, which have a digest
    return options | {
        "path": File(file.path, found.digest),
        "channels": found.channels,
        "n": found.count,
        "skip_unreadable": False,
    }
