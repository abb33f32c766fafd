"""Dense networks."""

from __future__ import annotations

import math
from typing import Any

from bench.gan.backend import keras
from bench.gan.networks.inserts import PLAIN, Layers, Shape


def mlp(
    inputs: Shape,
    outputs: Shape,
    *,
    units: int,
    hidden: int = 2,
    slope: float = 0.0,
    activation: str | None = None,
    layers: Layers = PLAIN,
) -> Any:
    """Dense network [B, *inputs] -> [B, *outputs]; He-normal hidden layers, leaky ReLU of slope."""
    stack: list[Any] = [keras.Input(layers.packed(inputs)), keras.layers.Flatten()]
    for i in range(hidden):
        stack += [keras.layers.Dense(units, kernel_initializer="he_normal")]
        stack += layers.hidden(keras.layers.LeakyReLU(negative_slope=slope), first=i == 0)
    stack += [make() for make in layers.head]
    stack += [keras.layers.Dense(math.prod(outputs), activation=activation)]
    return keras.Sequential([*stack, keras.layers.Reshape(outputs)])
