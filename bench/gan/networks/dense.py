"""Dense networks."""

from __future__ import annotations

import math

from bench.gan.backend import Layer, Model, Shape, keras
from bench.gan.networks.inserts import PLAIN, Layers
from bench.gan.parts import layers as own


def mlp(
    inputs: Shape,
    outputs: Shape,
    *,
    units: int,
    hidden: int = 2,
    slope: float = 0.0,
    activation: str | None = None,
    layers: Layers = PLAIN,
) -> Model:
    """Dense network [B, *inputs] -> [B, *outputs].

    `hidden` layers of `units`, He normal at first, with a leaky ReLU of `slope` behind each; the
    last layer ends in `activation` (a name of Keras's), None for a linear one.
    """
    stack: list[Layer] = [keras.Input(layers.packed(inputs)), keras.layers.Flatten()]
    for i in range(hidden):
        stack += [own.Dense(units, kernel_initializer="he_normal")]
        stack += layers.hidden(keras.layers.LeakyReLU(negative_slope=slope), first=i == 0)
    stack += [make() for make in layers.head]
    stack += [own.Dense(math.prod(outputs), activation=activation)]
    return keras.Sequential([*stack, keras.layers.Reshape(outputs)])
