"""Networks: builders of Keras models, and a Keras model as a pure function.

Shapes are without the batch axis. A builder takes `layers`, what a method puts into the network.
What Keras does by default and the GAN literature does otherwise (slopes, initial weights) is said
explicitly.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, NamedTuple

from bench.gan import keys
from bench.gan.backend import keras, tf

Shape = tuple[int, ...]
Norm = Callable[[], Any] | None
Tensors = tuple[Any, ...]


class Layers(NamedTuple):
    """What a method puts into the discriminator: functions that make Keras layers.

    `norm` goes behind every hidden layer, `after` behind every hidden activation, `head` before the
    last layer; `pack` is how many samples D judges together, side by side along the last axis.
    `g` is the same of the generator.
    """

    norm: Norm = None
    after: tuple[Callable[[], Any], ...] = ()
    head: tuple[Callable[[], Any], ...] = ()
    pack: int = 1
    g: Any = None

    def hidden(self, activation: Any) -> list[Any]:
        """Normalizing layer, activation, and what comes behind it."""
        norm = [self.norm()] if self.norm else []
        return [*norm, activation, *(make() for make in self.after)]

    def packed(self, shape: Shape) -> Shape:
        """The shape that D sees."""
        return (*shape[:-1], shape[-1] * self.pack)


PLAIN = Layers()


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
    for _ in range(hidden):
        stack += [keras.layers.Dense(units, kernel_initializer="he_normal")]
        stack += layers.hidden(keras.layers.LeakyReLU(negative_slope=slope))
    stack += [make() for make in layers.head]
    stack += [keras.layers.Dense(math.prod(outputs), activation=activation)]
    return keras.Sequential([*stack, keras.layers.Reshape(outputs)])


def dcgan_generator(latent: int, channels: int, *, width: float = 1.0) -> Any:
    """Generator [B, latent] -> [B, 28, 28, channels] in [-1, 1], after TensorFlow's DCGAN tutorial.

    Dense 7*7*256, transposed 5x5 convolutions 128 (stride 1), 64 (stride 2), channels (stride 2,
    tanh); no biases, batch norm and leaky ReLU 0.3 (Keras's defaults) before each convolution.
    `width` multiplies the hidden channels.
    """
    first, second, third = (_scaled(n, width) for n in (256, 128, 64))
    layers = keras.layers

    def up(filters: int, strides: int, **options: Any) -> Any:
        return layers.Conv2DTranspose(
            filters, 5, strides, padding="same", use_bias=False, **options
        )

    def activate() -> list[Any]:
        return [layers.BatchNormalization(), layers.LeakyReLU(negative_slope=0.3)]

    return keras.Sequential(
        [
            keras.Input((latent,)),
            *(layers.Dense(7 * 7 * first, use_bias=False), *activate()),
            layers.Reshape((7, 7, first)),
            *(up(second, 1), *activate()),
            *(up(third, 2), *activate()),
            up(channels, 2, activation="tanh"),
        ]
    )


def dcgan_discriminator(channels: int, *, width: float = 1.0, layers: Layers = PLAIN) -> Any:
    """Discriminator [B, 28, 28, channels] -> logits [B, 1], after TensorFlow's DCGAN tutorial.

    5x5 convolutions 64 and 128 with stride 2, each with leaky ReLU 0.3 and dropout 0.3; dense 1.
    """
    from bench.gan.layers import Dropout

    stack: list[Any] = [keras.Input(layers.packed((28, 28, channels)))]
    for filters in (64, 128):
        stack += [keras.layers.Conv2D(_scaled(filters, width), 5, 2, padding="same")]
        stack += [*layers.hidden(keras.layers.LeakyReLU(negative_slope=0.3)), Dropout(0.3)]
    head = [keras.layers.Flatten(), *(make() for make in layers.head)]
    return keras.Sequential([*stack, *head, keras.layers.Dense(1)])


class Network:
    """A Keras model as a pure function of its weights and buffers.

    Buffers are what training changes without a gradient: batch-norm statistics, and the seeds of
    random layers, which are overwritten from the key at every call. The model keeps only the
    structure; its own variables are read once, by `initial`.
    """

    def __init__(self, model: Any) -> None:
        self.model = model
        self.kernels = [
            i for i, v in enumerate(model.trainable_variables) if v.name.endswith("kernel")
        ]
        self._seeds = [
            i for i, v in enumerate(model.non_trainable_variables) if "seed_generator" in v.path
        ]

        self._numbers = {
            i: v.name for i, v in enumerate(model.non_trainable_variables) if "." in v.name
        }
        self.size = len(model.trainable_variables)

    @cached_property
    def features(self) -> Network:
        """The same network up to its last hidden layer: [B, ...] -> [B, F]."""
        last = [layer for layer in self.model.layers if hasattr(layer, "kernel")][-1]
        model = keras.Model(self.model.inputs, [self.model.outputs[0], last.input])
        return _Second(model)

    def initial(self) -> tuple[Tensors, Tensors]:
        """(weights, buffers) that the model was built with."""
        model = self.model
        return tuple(
            tuple(tf.convert_to_tensor(v.value) for v in variables)
            for variables in (model.trainable_variables, model.non_trainable_variables)
        )  # type: ignore[return-value]

    def __call__(
        self,
        weights: Tensors,
        buffers: Tensors,
        x: Any,
        key: Any = None,
        hparams: Mapping[str, Any] | None = None,
    ) -> tuple[Any, Tensors]:
        """(output, buffers). With a key in training mode, without one in evaluation mode.

        Buffers that are named as a hyper-parameter ("dropout.rate") take its value.
        """
        training = key is not None
        given = list(buffers)
        for i, name in self._numbers.items() if hparams else ():
            given[i] = tf.cast(hparams[name], given[i].dtype)  # type: ignore[index]
        for n, i in enumerate(self._seeds if training else ()):
            given[i] = tf.cast(keys.fold(key, n), given[i].dtype)
        y, changed = self.model.stateless_call(list(weights), given, x, training=training)
        return y, tuple(changed)


class _Second(Network):
    """A network of two outputs, of which the second counts."""

    def __call__(self, *args: Any) -> tuple[Any, Tensors]:
        """(the second output, buffers)."""
        outputs, buffers = super().__call__(*args)
        return outputs[1], buffers


def initialized(build: Callable[[], Any], seed: int) -> Any:
    """build(), with Keras's initializers drawing from `seed`, all global generators as before."""
    import random

    import numpy as np

    saved = random.getstate(), np.random.get_state()  # noqa: NPY002 - Keras draws from this one
    try:
        keras.utils.set_random_seed(seed)
        return build()
    finally:
        random.setstate(saved[0])
        np.random.set_state(saved[1])  # noqa: NPY002


def _scaled(filters: int, width: float) -> int:
    return max(1, round(filters * width))
