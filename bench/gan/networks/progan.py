"""Networks that grow, small. Karras et al. 2018, table 2."""

from __future__ import annotations

from bench.gan.backend import Model, Tensor, keras
from bench.gan.networks.inserts import Layers, Sizes
from bench.gan.networks.levels import act, channels, conv, levels, through, widths
from bench.gan.networks.pieces import growing
from bench.gan.parts import layers as ours


def generator(sizes: Sizes) -> Model:
    """[B, latent] -> [B, *shape]: at each level two 3 x 3 convolutions, leaky ReLU, pixel norm; a
    linear projection to an image, which fades in over the doubled image of the level below.
    """
    z = keras.Input((sizes.latent,))
    sides = levels(sizes.shape[0])
    wide = widths(sizes)
    x = keras.layers.Dense(sides[0] ** 2 * wide[0], kernel_initializer="he_normal")(
        ours.PixelNorm()(z)
    )
    x = ours.PixelNorm()(act()(keras.layers.Reshape((sides[0], sides[0], wide[0]))(x)))
    x = ours.PixelNorm()(act()(conv(wide[0], 3)(x)))
    image = conv(sizes.shape[-1], 1)(x)
    for level, features in list(enumerate(wide))[1:]:
        x = keras.layers.UpSampling2D()(x)
        for _ in range(2):
            x = ours.PixelNorm()(act()(conv(features, 3)(x)))
        old, new = keras.layers.UpSampling2D()(image), conv(sizes.shape[-1], 1)(x)
        image = growing.Fade(level, len(sides))([old, new])
    return keras.Model(z, image)


def discriminator(sizes: Sizes, layers: Layers) -> Model:
    """[B, *shape] -> logits [B, 1]: the generator's levels the other way. A level fades in beside
    what the level below makes of the halved image.
    """
    image = keras.Input(layers.packed(sizes.shape))
    count = len(levels(sizes.shape[0]))
    x, smaller = _seen(image, sizes.channels(64)), image
    for level in reversed(range(1, count)):
        features = channels(sizes, count - 1 - level)
        wider = channels(sizes, count - level)
        x = _hidden(conv(features, 3)(x), layers)
        x = keras.layers.AveragePooling2D(2)(_hidden(conv(wider, 3)(x), layers))
        smaller = keras.layers.AveragePooling2D(2)(smaller)
        x = growing.Fade(level, count)([_seen(smaller, wider), x])
    x = keras.layers.Flatten()(_hidden(conv(x.shape[-1], 3)(x), layers))
    x = through((make() for make in layers.head), x)
    x = act()(keras.layers.Dense(sizes.channels(128), kernel_initializer="he_normal")(x))
    return keras.Model(image, keras.layers.Dense(1)(x))


def _seen(image: Tensor, features: int) -> Tensor:
    """Features of an image's pixels, one by one."""
    return act()(conv(features, 1)(image))


def _hidden(x: Tensor, layers: Layers) -> Tensor:
    """Features behind their activation, and the layers that a method has put there."""
    return through(layers.hidden(act()), x)
