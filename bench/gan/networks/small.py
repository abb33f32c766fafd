"""Convolutional networks for images of 8 pixels' height."""

from __future__ import annotations

from typing import Any

from bench.gan.backend import keras
from bench.gan.networks.inserts import PLAIN, Layers, Shape


def small_generator(latent: int, shape: Shape, *, units: int, layers: Layers = PLAIN) -> Any:
    """Generator [B, latent] -> [B, h, w, c] in [-1, 1], for even h and w.

    Dense h/2 * w/2 * units, transposed 3x3 convolutions units/2 (stride 1), units/4 (stride 2) and
    c (stride 1, tanh); leaky ReLU 0.2.
    """
    h, w, c = shape
    stack = [keras.Input((latent,)), keras.layers.Dense(h * w * units // 4, use_bias=False)]
    stack += [keras.layers.Reshape((h // 2, w // 2, units)), *layers.hidden(_leaky())]
    for filters, strides in ((units // 2, 1), (units // 4, 2)):
        stack += [keras.layers.Conv2DTranspose(filters, 3, strides, padding="same")]
        stack += layers.hidden(_leaky())
    last = keras.layers.Conv2DTranspose(c, 3, 1, padding="same", activation="tanh")
    return keras.Sequential([*stack, last])


def small_discriminator(shape: Shape, *, units: int, layers: Layers = PLAIN) -> Any:
    """Discriminator [B, h, w, c] -> logits [B, 1]: 3x3 convolutions units/4 (stride 1), units/2 and
    units (stride 2), each with leaky ReLU 0.2; dense 1."""
    stack: list[Any] = [keras.Input(layers.packed(shape))]
    for i, (filters, strides) in enumerate(((units // 4, 1), (units // 2, 2), (units, 2))):
        stack += [keras.layers.Conv2D(filters, 3, strides, padding="same")]
        stack += layers.hidden(_leaky(), first=i == 0)
    head = [keras.layers.Flatten(), *(make() for make in layers.head)]
    return keras.Sequential([*stack, *head, keras.layers.Dense(1)])


def _leaky() -> Any:
    return keras.layers.LeakyReLU(negative_slope=0.2)
