"""Networks of levels: the sides that an image goes through, and what these networks share."""

from __future__ import annotations

from collections.abc import Iterable

from bench.gan.backend import Layer, Tensor, keras
from bench.gan.networks.inserts import Sizes

SLOPE = 0.2
"""The slope of leaky ReLU below 0."""

UNTIL = 0.6
"""The share of the training after which a network is grown. Our choice: the paper shows each phase
as many images, and leaves the last one open."""


MOST = 512
"""Most channels of a level, before they are multiplied by `width`: the `nfilter_max` of Mescheder
et al. 2018, and what ProGAN and StyleGAN have at 4 pixels."""


def channels(sizes: Sizes, below: int) -> int:
    """The channels so many levels below the image: 64 at the image, twice as many a level below, at
    most 512, all times `sizes.width`."""
    return sizes.channels(min(MOST, 64 * 2**below))


def levels(side: int) -> list[int]:
    """Sides of an image from 4 ... 7 pixels up to `side`, each twice the one before."""
    sides = [side]
    while sides[0] % 2 == 0 and sides[0] >= 8:
        sides.insert(0, sides[0] // 2)
    return sides


def widths(sizes: Sizes) -> list[int]:
    """A generator's channels at each of its levels (see `channels`), from the smallest on."""
    count = len(levels(sizes.shape[0]))
    return [channels(sizes, count - 1 - i) for i in range(count)]


def act(slope: float = SLOPE) -> Layer:
    """A new leaky ReLU."""
    return keras.layers.LeakyReLU(negative_slope=slope)


def conv(features: int, size: int) -> Layer:
    """A new convolution that keeps height and width, He normal at first."""
    return keras.layers.Conv2D(features, size, padding="same", kernel_initializer="he_normal")


def through(layers: Iterable[Layer], x: Tensor) -> Tensor:
    """The output of the last of these layers, one after the other from x on."""
    for layer in layers:
        x = layer(x)
    return x
