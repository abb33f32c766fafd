"""Residual networks: blocks that add to what they are given."""

from __future__ import annotations

import math
from typing import Any

from bench.gan.backend import Model, Tensor, keras
from bench.gan.networks.inserts import PLAIN, Layers, Sizes
from bench.gan.networks.levels import act, channels, levels, through, widths

BRANCH = 0.1
"""The factor of a block's branch, as in the code of Mescheder et al. 2018."""


def block(x: Tensor, features: int, layers: Layers, first: bool = False) -> Tensor:
    """x + 0.1 branch(x): twice (normalizer, activation, layer); 3 x 3 convolutions of images, dense
    layers of vectors. A 1 x 1 layer without bias takes the place of x where the width changes.
    The `first` block is the one behind a network's first layer.
    """
    # the same block of dense layers or of convolutions, as x has it
    kind = keras.layers.Dense
    width: tuple[Any, ...] = (features,)
    options: dict[str, Any] = {"kernel_initializer": "he_normal"}
    skip = x
    if len(x.shape) == 4:
        kind, width = keras.layers.Conv2D, (features, 3)
        options["padding"] = "same"
        if x.shape[-1] != features:
            skip = kind(features, 1, use_bias=False)(x)
    elif x.shape[-1] != features:
        skip = kind(features, use_bias=False)(x)
    for i in range(2):
        x = through(layers.hidden(act(), first=first and i == 0), x)
        x = kind(*width, **options)(x)
    return keras.layers.Add()([skip, keras.layers.Rescaling(BRANCH)(x)])


def generator(sizes: Sizes, layers: Layers = PLAIN) -> Model:
    """[B, latent] -> [B, *shape]. Images: 4 ... 7 pixels, doubled (nearest) between the blocks,
    whose channels are halved, tanh at the end. Points: three dense blocks.
    """
    inputs = keras.Input((sizes.latent,))
    if len(sizes.shape) == 1:
        x = keras.layers.Dense(sizes.units, kernel_initializer="he_normal")(inputs)
        for _ in range(3):
            x = block(x, sizes.units, layers)
        y = keras.layers.Dense(math.prod(sizes.shape))(act()(x))
        return keras.Model(inputs, keras.layers.Reshape(sizes.shape)(y))
    sides = levels(sizes.shape[0])
    wide = widths(sizes)
    x = keras.layers.Dense(sides[0] ** 2 * wide[0])(inputs)
    x = keras.layers.Reshape((sides[0], sides[0], wide[0]))(x)
    for i, features in enumerate(wide):
        x = keras.layers.UpSampling2D()(x) if i else x
        x = block(x, features, layers)
    y = keras.layers.Conv2D(sizes.shape[-1], 3, padding="same", activation="tanh")(act()(x))
    return keras.Model(inputs, y)


def discriminator(sizes: Sizes, layers: Layers = PLAIN) -> Model:
    """[B, *shape] -> logits [B, 1]. The generator's blocks the other way, averaged in between; all
    pixels go into the last layer.
    """
    inputs = keras.Input(layers.packed(sizes.shape))
    if len(sizes.shape) == 1:
        x = keras.layers.Dense(sizes.units, kernel_initializer="he_normal")(inputs)
        for i in range(3):
            x = block(x, sizes.units, layers, first=i == 0)
        return _logit(inputs, act()(x), layers)
    sides = levels(sizes.shape[0])
    x = keras.layers.Conv2D(sizes.channels(64), 3, padding="same")(inputs)
    for i in range(len(sides)):
        x = keras.layers.AveragePooling2D(2)(x) if i else x
        x = block(x, channels(sizes, i), layers, first=i == 0)
    return _logit(inputs, keras.layers.Flatten()(act()(x)), layers)


def _logit(inputs: Tensor, x: Tensor, layers: Layers) -> Model:
    """The network from its inputs to one logit of x, its last features."""
    x = through((make() for make in layers.head), x)
    return keras.Model(inputs, keras.layers.Dense(1)(x))
