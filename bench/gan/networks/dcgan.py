"""The DCGAN of TensorFlow's tutorial."""

from __future__ import annotations

from typing import Any

from bench.gan.backend import Layer, Model, keras
from bench.gan.networks.inserts import PLAIN, Layers
from bench.gan.parts import layers as ours


def dcgan_generator(
    latent: int, channels: int, *, width: float = 1.0, side: int = 28, own: Layers = PLAIN
) -> Model:
    """Generator [B, latent] -> [B, side, side, channels], after TensorFlow's DCGAN tutorial.

    In [-1, 1]; `side` is a multiple of 4. Dense 7*7*256 (a quarter of the side), transposed 5x5
    convolutions 128 (stride 1), 64 (stride 2), channels (stride 2, tanh); no biases, batch norm and
    leaky ReLU 0.3 (Keras's defaults) before each convolution. From 64 pixels on, one more of stride
    2 for each doubling above 32, of twice the channels (see `doublings`).
    `width` multiplies the hidden channels. Layers that a method puts in (`own`) take the place of
    the batch norm; behind the dense layer they see its numbers as an image.
    """
    count = doublings(side)
    first, second, *others = (_scaled(64 * 2**i, width) for i in range(count, -1, -1))
    start = side // 2**count
    layers = keras.layers
    plain = not (own.norm or own.after)

    def up(filters: int, strides: int, **options: Any) -> Layer:
        return layers.Conv2DTranspose(
            filters, 5, strides, padding="same", use_bias=False, **options
        )

    def activate() -> list[Layer]:
        activation = layers.LeakyReLU(negative_slope=0.3)
        return [layers.BatchNormalization(), activation] if plain else own.hidden(activation)

    image = [layers.Reshape((start, start, first))]
    return keras.Sequential(
        [
            *(keras.Input((latent,)), layers.Dense(start * start * first, use_bias=False)),
            *([*activate(), *image] if plain else [*image, *activate()]),
            *(up(second, 1), *activate()),
            *(layer for filters in others for layer in (up(filters, 2), *activate())),
            up(channels, 2, activation="tanh"),
        ]
    )


def dcgan_discriminator(
    channels: int, *, width: float = 1.0, side: int = 28, layers: Layers = PLAIN
) -> Model:
    """Discriminator [B, side, side, channels] -> logits [B, 1], after TensorFlow's DCGAN tutorial.

    5x5 convolutions 64 and 128 with stride 2, each with leaky ReLU 0.3 and dropout 0.3; dense 1.
    As many convolutions as the generator has doublings, each of twice the channels.
    """
    stack: list[Layer] = [keras.Input(layers.packed((side, side, channels)))]
    for i, filters in enumerate(64 * 2**i for i in range(doublings(side))):
        stack += [keras.layers.Conv2D(_scaled(filters, width), 5, 2, padding="same")]
        activation = keras.layers.LeakyReLU(negative_slope=0.3)
        stack += [*layers.hidden(activation, first=i == 0), ours.Dropout(0.3)]
    head = [keras.layers.Flatten(), *(make() for make in layers.head)]
    return keras.Sequential([*stack, *head, keras.layers.Dense(1)])


def doublings(side: int) -> int:
    """The number of times that a generator doubles its image: 2, and one more for each doubling of
    the side above 32, as far as the side can be halved."""
    count = 2
    while side >= 32 * 2 ** (count - 1) and side % 2 ** (count + 1) == 0:
        count += 1
    return count


def _scaled(filters: int, width: float) -> int:
    """A number of filters times `width`, rounded, at least one."""
    return max(1, round(filters * width))
