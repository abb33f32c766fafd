"""Keras layers of style-based generators. Importing this module imports TensorFlow.

`shape` and `shapes` are those of the inputs with the batch axis, which is None there.
"""

from __future__ import annotations

from collections.abc import Sequence

import keras
import tensorflow as tf

from bench.gan import keys
from bench.gan.backend import Shape, Tensor

Pair = tuple[Tensor, Tensor]


class Mapping(keras.layers.Layer):
    """A dense layer that learns slower: W = m sqrt(2 / inputs) V, bias m b, V ~ N(0, 1/m^2).

    m = 0.01: Adam then moves the layer a hundredth as fast. Leaky ReLU 0.2 behind it. Karras et
    al. 2019, appendix C. Not named a kernel: `equalized_lr` would scale it again.
    """

    def __init__(self, units: int, multiplier: float = 0.01) -> None:
        super().__init__()
        self.units, self.multiplier = units, multiplier

    def build(self, shape: Shape) -> None:
        """Make V and b."""
        start = keras.initializers.RandomNormal(stddev=1 / self.multiplier)
        self.matrix = self.add_weight(
            shape=(shape[-1], self.units), initializer=start, name="matrix"
        )
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros", name="bias")

    def call(self, x: Tensor) -> Tensor:
        """[B, inputs] -> [B, units]."""
        scale = self.multiplier * (2 / self.matrix.shape[0]) ** 0.5
        return tf.nn.leaky_relu(x @ self.matrix * scale + self.bias * self.multiplier, 0.2)

    def compute_output_shape(self, shape: Shape) -> Shape:
        """One number for each unit."""
        return (shape[0], self.units)


class ModulatedConv(keras.layers.Layer):
    """(x [B, h, w, C], style [B, C]) -> a convolution whose weights w_ijk are s_i w_ijk for each
    sample, and with `demodulate` those divided by their norm over i, k: features of variance 1.

    Scaling x by s before and by the norm behind the convolution is the same. Karras et al. 2020
    (StyleGAN2), eq. 1 and 3.
    """

    def __init__(self, features: int, size: int = 3, demodulate: bool = True) -> None:
        super().__init__()
        self.features, self.size, self.demodulate = features, size, demodulate

    def build(self, shapes: Sequence[Shape]) -> None:
        """Make weights and bias."""
        shape = (self.size, self.size, shapes[0][-1], self.features)
        self.kernel = self.add_weight(shape=shape, initializer="he_normal", name="kernel")
        self.bias = self.add_weight(shape=(self.features,), initializer="zeros", name="bias")

    def call(self, inputs: Pair) -> Tensor:
        """Features [B, h, w, features]."""
        x, style = inputs
        kernel = tf.convert_to_tensor(self.kernel)
        y = tf.nn.conv2d(x * style[:, None, None], kernel, 1, "SAME")
        if self.demodulate:
            square = style**2 @ tf.reduce_sum(kernel**2, [0, 1])
            y *= tf.math.rsqrt(square + 1e-8)[:, None, None]
        return y + self.bias

    def compute_output_shape(self, shapes: Sequence[Shape]) -> Shape:
        """The same height and width, other features."""
        return (*shapes[0][:-1], self.features)


class Noise(keras.layers.Layer):
    """x + strength * n, n ~ N(0, 1) for each pixel, the same for all channels; strength is trained,
    0 at first. Evaluation always takes the same noise. Karras et al. 2019, section 2.
    """

    def __init__(self) -> None:
        super().__init__()
        self.seed = keras.random.SeedGenerator(0)

    def build(self, shape: Shape) -> None:
        """Make the strength."""
        self.strength = self.add_weight(shape=(), initializer="zeros", name="strength")

    def call(self, x: Tensor, training: bool = False) -> Tensor:
        """x with its noise, of the same shape."""
        key = tf.cast(self.seed.next(), tf.int32) if training else tf.constant([7, 11])
        shape = tf.concat([tf.shape(x)[:-1], [1]], 0)
        return x + self.strength * keys.normal(key, shape, x.dtype)


class Constant(keras.layers.Layer):
    """[B, ...] -> the same trained image [B, side, side, features] for each sample."""

    def __init__(self, side: int, features: int) -> None:
        super().__init__()
        self.size = (side, side, features)

    def build(self, shape: Shape) -> None:
        """Make the image."""
        start = keras.initializers.RandomNormal(stddev=1.0)
        self.image = self.add_weight(shape=self.size, initializer=start, name="image")

    def call(self, x: Tensor) -> Tensor:
        """The learned image, as often as x has rows: [B, h, w, c]."""
        return tf.tile(self.image[None], (tf.shape(x)[0], 1, 1, 1))

    def compute_output_shape(self, shape: Shape) -> Shape:
        """One image for each row."""
        return (shape[0], *self.size)


class Another(keras.layers.Layer):
    """z -> other latents of the same shape in training, z itself in evaluation."""

    def __init__(self) -> None:
        super().__init__()
        self.seed = keras.random.SeedGenerator(0)

    def call(self, z: Tensor, training: bool = False) -> Tensor:
        """Standard normal numbers, from the key of the call."""
        if not training:
            return z
        return keys.normal(tf.cast(self.seed.next(), tf.int32), tf.shape(z), z.dtype)


class Mixed(keras.layers.Layer):
    """(w [B, W], other [B, W]) -> a style for each of `count` layers, [B, count, W].

    In training a share of the samples, the hyper-parameter `hparam`, take `other` from a random
    layer on. Karras et al. 2019, section 3.1.
    """

    def __init__(self, count: int, hparam: str, share: float) -> None:
        super().__init__()
        self.count = count
        self.seed = keras.random.SeedGenerator(0)
        self.share = self.add_weight(
            shape=(), initializer=keras.initializers.Constant(share), trainable=False, name=hparam
        )

    def call(self, inputs: Pair, training: bool = False) -> Tensor:
        """Styles of all layers."""
        w, other = (tf.tile(x[:, None], (1, self.count, 1)) for x in inputs)
        if not training:
            return w
        # which samples mix, and the layer 1 ... count - 1 from which on each takes the other style
        first, second = tf.unstack(keys.split(tf.cast(self.seed.next(), tf.int32), (2,)))
        n = tf.shape(w)[:1]
        mixed = keys.uniform(first, n) < tf.convert_to_tensor(self.share)
        crossing = 1 + tf.cast(keys.uniform(second, n) * (self.count - 1), tf.int32)
        behind = tf.range(self.count)[None] >= crossing[:, None]
        return tf.where((mixed[:, None] & behind)[..., None], other, w)

    def compute_output_shape(self, shapes: Sequence[Shape]) -> Shape:
        """A style for each layer."""
        return (shapes[0][0], self.count, shapes[0][-1])
