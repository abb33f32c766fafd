"""Keras layers of class-conditional networks. Importing this module imports TensorFlow.

`shapes` are those of the inputs with the batch axis, which is None there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import keras
import tensorflow as tf

from bench.gan.backend import Shape, Tensor

Pair = tuple[Tensor, Tensor]


class ConditionalBatchNorm(keras.layers.Layer):
    """(x [B, h, w, C], condition [B, K]) -> x normalized over the batch, times 1 + c W, plus c V.

    W and V [K, C] without biases; momentum 0.9, epsilon 1e-5. Brock et al. 2019, appendix B.
    """

    def __init__(self) -> None:
        super().__init__()
        self.normalize = keras.layers.BatchNormalization(
            center=False, scale=False, momentum=0.9, epsilon=1e-5
        )

    def build(self, shapes: Sequence[Shape]) -> None:
        """Make the two projections of the condition, [K, C] each."""
        channels = shapes[0][-1]
        self.gain = keras.layers.Dense(channels, use_bias=False, kernel_initializer="orthogonal")
        self.shift = keras.layers.Dense(channels, use_bias=False, kernel_initializer="orthogonal")
        self.gain.build(shapes[1])
        self.shift.build(shapes[1])
        self.normalize.build(shapes[0])

    def call(self, inputs: Pair, training: bool = False) -> Tensor:
        """x normalized by the batch's statistics in training, by running ones in evaluation."""
        x, condition = inputs
        gain, shift = self.gain(condition), self.shift(condition)
        x = self.normalize(x, training=training)
        return x * (1 + gain[:, None, None]) + shift[:, None, None]

    def compute_output_shape(self, shapes: Sequence[Shape]) -> Shape:
        """The shape of x."""
        return shapes[0]


class Projection(keras.layers.Layer):
    """(phi [B, F], label [B, K]) -> <embed(label), phi> [B, 1]. Miyato & Koyama 2018, eq. 4."""

    def build(self, shapes: Sequence[Shape]) -> None:
        """Make the embedding [K, F]; a `kernel`, so that normalizers of weights find it."""
        shape = (shapes[1][-1], shapes[0][-1])
        self.embedding = self.add_weight(shape=shape, initializer="orthogonal", name="kernel")

    def call(self, inputs: Pair) -> Tensor:
        """The inner product of each sample."""
        phi, label = inputs
        return tf.reduce_sum(phi * (label @ self.embedding), -1, keepdims=True)

    def compute_output_shape(self, shapes: Sequence[Shape]) -> Shape:
        """One number for each sample."""
        return (shapes[0][0], 1)


class Truncated(keras.layers.Layer):
    """z in training; in evaluation normal numbers truncated to [-threshold, threshold].

    F^-1(F(-t) + F(z) (F(t) - F(-t))), F the normal distribution's: what redrawing the numbers
    beyond t gives, from the z that there is. The threshold is the hyper-parameter `hparam`.
    """

    def __init__(self, hparam: str, threshold: float) -> None:
        super().__init__()
        self.threshold = self.add_weight(
            shape=(),
            initializer=keras.initializers.Constant(threshold),
            trainable=False,
            name=hparam,
        )

    def call(self, z: Tensor, training: bool = False) -> Tensor:
        """Latents of the same shape."""
        if training:
            return z
        t = tf.convert_to_tensor(self.threshold)
        half = math.sqrt(0.5)
        share = tf.math.erf(z * half) * tf.math.erf(t * half)  # 2 F(x) - 1
        inside = tf.math.erfinv(tf.clip_by_value(share, -1 + 1e-7, 1 - 1e-7)) / half
        return tf.clip_by_value(inside, -t, t)
