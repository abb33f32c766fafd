"""A style-based generator and its discriminator, small. Karras et al. 2019 and 2020."""

from __future__ import annotations

from bench.gan.backend import Model, Tensor, keras
from bench.gan.networks.inserts import Layers, Sizes
from bench.gan.networks.levels import act, channels, conv, levels, through, widths
from bench.gan.networks.pieces import styles as style
from bench.gan.parts import layers as ours

DEPTH = 4
"""Layers of the mapping network; the paper has 8."""

MIXING = 0.9
"""The share of the samples that mix two styles in training."""


def generator(sizes: Sizes) -> Model:
    """[B, latent] -> [B, *shape].

    A mapping network z -> w; a trained constant, for each size of the image two modulated
    convolutions (one at the first) with noise and leaky ReLU, and a projection to the image, which
    are summed; linear at the end.
    """
    z = keras.Input((sizes.latent,))
    mapping = [ours.PixelNorm(), *(style.Mapping(sizes.latent) for _ in range(DEPTH))]
    w, other = through(mapping, z), through(mapping, style.Another()(z))
    sides = levels(sizes.shape[0])
    count = 2 * len(sides) - 1
    # every convolution has a style of its own: n counts them
    styles = style.Mixed(count, "stylegan.mixing", MIXING)([w, other])
    wide = widths(sizes)
    x = style.Constant(sides[0], wide[0])(z)
    image, n = None, 0
    for i, features in enumerate(wide):
        x = keras.layers.UpSampling2D()(x) if i else x
        for _ in range(2 if i else 1):
            x = style.ModulatedConv(features)([x, _style(styles[:, n], x.shape[-1])])
            x = act()(style.Noise()(x))
            n += 1
        drawn = style.ModulatedConv(sizes.shape[-1], 1, demodulate=False)(
            [x, _style(styles[:, n - 1], features)]
        )
        image = keras.layers.Add()([keras.layers.UpSampling2D()(image), drawn]) if i else drawn
    return keras.Model(z, image)


def discriminator(sizes: Sizes, layers: Layers) -> Model:
    """[B, *shape] -> logits [B, 1]: residual blocks (skip + branch) / sqrt(2), halved in between,
    then all pixels through a dense layer.
    """
    inputs = keras.Input(layers.packed(sizes.shape))
    x = act()(conv(sizes.channels(64), 1)(inputs))
    for i in range(1, len(levels(sizes.shape[0]))):
        y = x
        for features in (channels(sizes, i - 1), channels(sizes, i)):
            y = conv(features, 3)(y)
            y = through(layers.hidden(act()), y)
        skip = keras.layers.Conv2D(y.shape[-1], 1, use_bias=False)(x)
        x = keras.layers.Rescaling(2**-0.5)(keras.layers.Add()([skip, y]))
        x = keras.layers.AveragePooling2D(2)(x)
    x = keras.layers.Flatten()(act()(conv(x.shape[-1], 3)(x)))
    x = through((make() for make in layers.head), x)
    x = act()(keras.layers.Dense(sizes.channels(128))(x))
    return keras.Model(inputs, keras.layers.Dense(1)(x))


def _style(w: Tensor, features: int) -> Tensor:
    """Scales of a convolution's inputs, an affine map of w; about 1 at first."""
    return keras.layers.Dense(features, bias_initializer="ones")(w)
