"""Keras layers that Keras lacks. Importing this module imports TensorFlow."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from bench.gan import keys


class Dropout(keras.layers.Layer):
    """Dropout whose mask is the same with and without XLA (Keras's own differs).

    Its seed is a buffer that the trainer overwrites before each call, see `bench.gan.networks`.
    """

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate
        self.seed = keras.random.SeedGenerator(0)

    def call(self, x: Any, training: bool = False) -> Any:
        """x with a share of its elements 0 and the others scaled up; x itself in evaluation."""
        if not training:
            return x
        keep = keys.uniform(tf.cast(self.seed.next(), tf.int32), tf.shape(x), x.dtype) >= self.rate
        return tf.where(keep, x / (1 - self.rate), tf.zeros_like(x))
