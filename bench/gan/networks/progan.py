"""Networks that grow, small. Karras et al. 2018, table 2."""

from __future__ import annotations

from typing import Any

from bench.gan.backend import keras
from bench.gan.networks.inserts import Layers, Sizes
from bench.gan.networks.levels import act, levels


def generator(sizes: Sizes) -> Any:
    """[B, latent] -> [B, *shape]: at each level two 3 x 3 convolutions, leaky ReLU, pixel norm; a
    linear projection to an image, which fades in over the doubled image of the level below.
    """
    from bench.gan.networks.pieces.growing import Fade
    from bench.gan.parts.layers import PixelNorm

    z = keras.Input((sizes.latent,))
    sides = levels(sizes.shape[0])
    wide = [sizes.channels(64 * 2 ** (len(sides) - 1 - i)) for i in range(len(sides))]
    x = keras.layers.Dense(sides[0] ** 2 * wide[0], kernel_initializer="he_normal")(PixelNorm()(z))
    x = PixelNorm()(act()(keras.layers.Reshape((sides[0], sides[0], wide[0]))(x)))
    x = PixelNorm()(act()(_conv(wide[0], 3)(x)))
    image = _conv(sizes.shape[-1], 1)(x)
    for level, features in list(enumerate(wide))[1:]:
        x = keras.layers.UpSampling2D()(x)
        for _ in range(2):
            x = PixelNorm()(act()(_conv(features, 3)(x)))
        old, new = keras.layers.UpSampling2D()(image), _conv(sizes.shape[-1], 1)(x)
        image = Fade(level, len(sides))([old, new])
    return keras.Model(z, image)


def discriminator(sizes: Sizes, layers: Layers) -> Any:
    """[B, *shape] -> logits [B, 1]: the generator's levels the other way. A level fades in beside
    what the level below makes of the halved image.
    """
    from bench.gan.networks.pieces.growing import Fade

    image = keras.Input(layers.packed(sizes.shape))
    count = len(levels(sizes.shape[0]))
    x, smaller = _seen(image, sizes.channels(64)), image
    for level in reversed(range(1, count)):
        features = sizes.channels(64 * 2 ** (count - 1 - level))
        wider = sizes.channels(64 * 2 ** (count - level))
        x = _hidden(_conv(features, 3)(x), layers)
        x = keras.layers.AveragePooling2D(2)(_hidden(_conv(wider, 3)(x), layers))
        smaller = keras.layers.AveragePooling2D(2)(smaller)
        x = Fade(level, count)([_seen(smaller, wider), x])
    x = keras.layers.Flatten()(_hidden(_conv(x.shape[-1], 3)(x), layers))
    for make in layers.head:
        x = make()(x)
    x = act()(keras.layers.Dense(sizes.channels(128), kernel_initializer="he_normal")(x))
    return keras.Model(image, keras.layers.Dense(1)(x))


def _seen(image: Any, features: int) -> Any:
    """Features of an image's pixels, one by one."""
    return act()(_conv(features, 1)(image))


def _hidden(x: Any, layers: Layers) -> Any:
    for layer in layers.hidden(act()):
        x = layer(x)
    return x


def _conv(features: int, size: int) -> Any:
    return keras.layers.Conv2D(features, size, padding="same", kernel_initializer="he_normal")
