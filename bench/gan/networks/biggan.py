"""BigGAN's networks, small. Brock et al. 2019, appendix B."""

from __future__ import annotations

from typing import Any

from bench.gan.backend import Layer, Model, Tensor, keras
from bench.gan.networks.inserts import Layers, Sizes
from bench.gan.networks.levels import channels, levels, through, widths
from bench.gan.networks.pieces import classes

EMBEDDED = 16
"""Numbers of the shared class embedding; the paper has 128 for a thousand classes."""

THRESHOLD = 2.0
"""Latents are truncated to [-2, 2] in evaluation: the largest threshold of the paper's figure 2."""

ORTHOGONAL = {"kernel_initializer": "orthogonal"}
"""The option of every layer with a kernel."""


def generator(sizes: Sizes) -> Model:
    """(z [B, latent], label [B, classes]) -> [B, *shape].

    z in equal parts: the first makes the 4 ... 7 pixels, each of the others conditions a block,
    beside the class, through its batch norms (skip-z).
    """
    z, label = keras.Input((sizes.latent,)), keras.Input((sizes.classes,))
    sides = levels(sizes.shape[0])
    # one part of z for each block; the first part, for the smallest image, takes what is left over
    part = sizes.latent // (len(sides) + 1)
    first = sizes.latent - part * len(sides)
    inside = classes.Truncated("biggan.truncation", THRESHOLD)(z)
    shared = keras.layers.Dense(EMBEDDED, use_bias=False, **ORTHOGONAL)(label)
    wide = widths(sizes)
    x = keras.layers.Dense(sides[0] ** 2 * wide[0], **ORTHOGONAL)(inside[:, :first])
    x = keras.layers.Reshape((sides[0], sides[0], wide[0]))(x)
    for i, features in enumerate(wide):
        chunk = inside[:, first + i * part : first + (i + 1) * part]
        condition = keras.layers.Concatenate()([shared, chunk])
        y = keras.layers.ReLU()(classes.ConditionalBatchNorm()([x, condition]))
        if i:
            x, y = keras.layers.UpSampling2D()(x), keras.layers.UpSampling2D()(y)
        y = _conv(features, 3)(y)
        y = keras.layers.ReLU()(classes.ConditionalBatchNorm()([y, condition]))
        x = keras.layers.Add()([_conv(features, 1)(x), _conv(features, 3)(y)])
    last = keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-5)(x)
    y = _conv(sizes.shape[-1], 3, activation="tanh")(keras.layers.ReLU()(last))
    return keras.Model([z, label], y)


def discriminator(sizes: Sizes, layers: Layers) -> Model:
    """(x [B, *shape], label [B, classes]) -> w phi(x) + <embed(label), phi(x)>, [B, 1].

    phi sums over pixels behind the last activation. Projection: Miyato & Koyama 2018.
    """
    inputs, label = keras.Input(sizes.shape), keras.Input((sizes.classes,))
    x: Tensor = inputs
    for i in range(len(levels(sizes.shape[0]))):
        features = channels(sizes, i)
        y = x
        if i:  # the first block sees pixels, not features
            y = through(layers.hidden(keras.layers.ReLU()), y)
        y = _conv(features, 3)(y)
        y = through(layers.hidden(keras.layers.ReLU(), first=i == 0), y)
        y, x = _conv(features, 3)(y), _conv(features, 1)(x)
        x = keras.layers.Add()([x, y])
        x = keras.layers.AveragePooling2D(2)(x)
    phi = keras.layers.ReLU()(x)
    phi = keras.layers.GlobalAveragePooling2D()(phi)
    phi = keras.layers.Rescaling(float(x.shape[1] * x.shape[2]))(phi)  # the sum, not the mean
    phi = through((make() for make in layers.head), phi)
    linear = keras.layers.Dense(1, **ORTHOGONAL)(phi)
    return keras.Model(
        [inputs, label], keras.layers.Add()([linear, classes.Projection()([phi, label])])
    )


def _conv(features: int, size: int, **options: Any) -> Layer:
    """A new convolution that keeps height and width, orthogonal at first."""
    return keras.layers.Conv2D(features, size, padding="same", **ORTHOGONAL, **options)
