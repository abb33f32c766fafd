"""Convolutional networks for images of 8 pixels' height."""

from __future__ import annotations

from bench.gan.backend import Layer, Model, Shape, keras
from bench.gan.networks.inserts import PLAIN, Layers
from bench.gan.networks.levels import act


def small_generator(latent: int, shape: Shape, *, units: int, layers: Layers = PLAIN) -> Model:
    """Generator [B, latent] -> [B, h, w, c] in [-1, 1], for even h and w.

    Dense h/2 * w/2 * units, transposed 3x3 convolutions units/2 (stride 1), units/4 (stride 2) and
    c (stride 1, tanh); leaky ReLU 0.2.
    """
    h, w, c = shape
    stack = [keras.Input((latent,)), keras.layers.Dense(h * w * units // 4, use_bias=False)]
    stack += [keras.layers.Reshape((h // 2, w // 2, units)), *layers.hidden(act())]
    for filters, strides in ((units // 2, 1), (units // 4, 2)):
        stack += [keras.layers.Conv2DTranspose(filters, 3, strides, padding="same")]
        stack += layers.hidden(act())
    last = keras.layers.Conv2DTranspose(c, 3, 1, padding="same", activation="tanh")
    return keras.Sequential([*stack, last])


def small_discriminator(shape: Shape, *, units: int, layers: Layers = PLAIN) -> Model:
    """Discriminator [B, h, w, c] -> logits [B, 1]: 3x3 convolutions units/4 (stride 1), units/2 and
    units (stride 2), each with leaky ReLU 0.2; dense 1."""
    stack: list[Layer] = [keras.Input(layers.packed(shape))]
    for i, (filters, strides) in enumerate(((units // 4, 1), (units // 2, 2), (units, 2))):
        stack += [keras.layers.Conv2D(filters, 3, strides, padding="same")]
        stack += layers.hidden(act(), first=i == 0)
    head = [keras.layers.Flatten(), *(make() for make in layers.head)]
    return keras.Sequential([*stack, *head, keras.layers.Dense(1)])
