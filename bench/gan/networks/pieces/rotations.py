"""A generator that turns a space: an orthogonal map, trained without leaving the rotations."""

from __future__ import annotations

import keras
import tensorflow as tf

from bench.gan.backend import Model, Tensor
from bench.gan.parts.layers import product

ITERATIONS = 14
"""Steps of Newton and Schulz: from the least singular value of 0.1 to 1 within rounding."""


class Rotation(keras.layers.Layer):
    """x [B, n] -> x Q, Q [n, n] the orthogonal matrix that is nearest to a trained kernel.

    The kernel begins as a random rotation. Q is its polar factor, by the iteration of Newton and
    Schulz, X <- 1.5 X - 0.5 X X^T X, through which gradients flow: training cannot leave the
    rotations, and the determinant stays 1. The length of the kernel has no effect.
    """

    def build(self, shape: tuple[int | None, ...]) -> None:
        """Make the kernel [n, n]."""
        n = shape[-1]
        self.kernel = self.add_weight(shape=(n, n), initializer=random, name="kernel")

    def call(self, x: Tensor) -> Tensor:
        """x Q."""
        return product(x, polar(tf.convert_to_tensor(self.kernel)))

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """The same shape."""
        return shape


def random(shape: tuple[int, int], dtype: str | None = None) -> Tensor:
    """A random rotation [n, n]: uniform among the orthogonal matrices of determinant 1."""
    found = keras.initializers.Orthogonal()(shape, dtype)
    first = found[:1] * tf.sign(tf.linalg.det(found))
    return tf.concat([first, found[1:]], 0)


def polar(w: Tensor) -> Tensor:
    """The orthogonal polar factor [n, n] of an invertible w [n, n]."""
    # all singular values below sqrt(3), where the iteration begins to converge to 1
    x = w * (1.7 / tf.sqrt(tf.reduce_sum(w**2) + 1e-30))
    for _ in range(ITERATIONS):
        x = 1.5 * x - 0.5 * x @ tf.matmul(x, x, transpose_a=True)
    return x


def turning(n: int) -> Model:
    """The generator [B, n] -> [B, n] of a rotation."""
    x = keras.Input((n,))
    return keras.Model(x, Rotation()(x))
