"""Arrays of images: what is wanted of them, and how they are cropped, resized and put in order."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bench.gan.data.digits import Images, hashed
from bench.store.arrays import Array

if TYPE_CHECKING:
    from PIL.Image import Image

LEAST = 20
"""Fewest images of a data set: its halves are compared with one another."""

MOST_NUMBERS = 2**31
"""Most numbers of all images: 100,000 of 64 x 64 x 3 are 1.2 billion of them."""

_FLOATS = 2**27
"""Most numbers of the images that a classifier and the moments of features are made of."""


class BadCount(ValueError):
    """A number `n` of images that cannot be drawn."""

    option = "n"


@dataclass(frozen=True)
class Wanted:
    """The form that images are brought into."""

    size: int
    """The side of an image in pixels."""

    channels: int = 0
    """1 or 3; 0: 3 where any image has colours, else 1."""

    n: int = 0
    """The number of images, drawn once; 0: all of them."""

    skip: bool = False
    """True where files that cannot be read are left out."""


@dataclass(frozen=True, eq=False)
class Decoded:
    """The images of a source, decoded."""

    images: Array
    """[n, size, size, channels]: uint8, or float32 in [-1, 1]."""

    labels: NDArray[np.integer] | None = None
    """The class of each, 0 ... K - 1, int64 [n]; None where there are none."""

    @property
    def digest(self) -> str:
        """16 hex digits of images and classes."""
        return hashed(*(a for a in (self.images, self.labels) if a is not None))

    def scaled(self, which: Any) -> NDArray[np.float32]:
        """Some images, by their indices, as float32 in [-1, 1]."""
        return scaled(self.images[which])

    def known(self) -> Images:
        """The data set that instruments are made of: all images, or as many as there is memory for,
        drawn by a fixed key."""
        most = max(LEAST, _FLOATS // max(1, self.images[0].size))
        which: Any = slice(None)
        if len(self.images) > most:
            which = np.sort(np.random.default_rng(0).permutation(len(self.images))[:most])
        return Images(self.scaled(which), None if self.labels is None else self.labels[which])


def scaled(images: Array) -> NDArray[np.float32]:
    """Bytes 0 ... 255 as float32 in [-1, 1]; floats as they are."""
    if images.dtype == np.uint8:
        return (images / np.float32(127.5) - 1).astype(np.float32)
    return np.asarray(images, np.float32)


def square(image: Image, size: int) -> tuple[Image, Counter[str]]:
    """An image of any shape as a square of a size, and what was done to it: the middle is cut out,
    and resized with Lanczos' filter, which is antialiased."""
    from PIL.Image import Resampling

    done: Counter[str] = Counter()
    wide, high = image.size
    side = min(wide, high)
    if wide != high:
        done["cropped to a square"] = 1
        left, top = (wide - side) // 2, (high - side) // 2
        image = image.crop((left, top, left + side, top + side))
    if side != size:
        done[f"resized{' from fewer pixels' if side < size else ''}"] = 1
        image = image.resize((size, size), Resampling.LANCZOS)
    return image, done


def fitted(images: Array, size: int) -> tuple[Array, Counter[str]]:
    """Images [n, h, w, c], uint8 or float32 in [-1, 1], as squares of a size, and what was done."""
    from PIL import Image

    if images.shape[1:3] == (size, size):
        return images, Counter()
    made = np.empty((len(images), size, size, images.shape[3]), images.dtype)
    done: Counter[str] = Counter()
    for i, image in enumerate(images):
        for channel in range(image.shape[2]):
            one, how = square(Image.fromarray(image[:, :, channel]), size)
            made[i, :, :, channel] = np.asarray(one)
        done += how
    # a filter with negative lobes overshoots where numbers are not bytes
    return (made if made.dtype == np.uint8 else np.clip(made, -1, 1)), done


def in_channels(images: Array, channels: int) -> Array:
    """Images [n, h, w, 1 or 3] with a number of channels: grey is repeated, colours are weighted as
    Pillow does it (ITU-R 601); 0 gives 1 where all images are grey."""
    if channels == 0:
        grey = images.shape[3] == 1 or all((x == x[:, :, :1]).all() for x in images)
        return images[:, :, :, :1] if grey else images
    if channels == images.shape[3]:
        return images
    if channels == 3:
        return np.repeat(images, 3, axis=3)
    weighed = images.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    if images.dtype == np.uint8:
        weighed = np.rint(weighed)
    return weighed.astype(images.dtype)[..., None]


def over_white(images: Array) -> Array:
    """Images [n, h, w, 2 or 4] of bytes, whose last channel is their opacity, on white."""
    colours, opacity = images[..., :-1].astype(np.float32), images[..., -1:] / np.float32(255)
    return np.rint(colours * opacity + 255 * (1 - opacity)).astype(np.uint8)


def drawn(labels: Sequence[int], names: Sequence[bytes]) -> list[int]:
    """All indices in an order of which any first n are a draw with each class in its share.

    `names` are hashes of the contents: the order is as good as random, and the same whatever files
    are called.
    """
    ranks: dict[int, list[int]] = {}
    for i in sorted(range(len(names)), key=lambda i: names[i]):
        ranks.setdefault(labels[i], []).append(i)
    keyed = [
        ((rank + 0.5) / len(own), label, i)
        for label, own in ranks.items()
        for rank, i in enumerate(own)
    ]
    return [i for *_, i in sorted(keyed)]


def hashes(images: Iterable[Array]) -> list[bytes]:
    """A hash of the content of each image."""
    return [hashlib.sha256(np.ascontiguousarray(image).data).digest() for image in images]


def ordered(images: Array, labels: NDArray[np.integer] | None) -> Decoded:
    """Images in the order of their contents, class by class: whatever their files are called, they
    are the same data."""
    names = hashes(images)
    classes = np.zeros(len(images), np.int64) if labels is None else np.asarray(labels, np.int64)
    order = sorted(range(len(names)), key=lambda i: (classes[i], names[i]))
    if order != list(range(len(order))):
        images, classes = images[order], classes[order]
    return Decoded(np.ascontiguousarray(images), None if labels is None else classes)
