"""A generator of table rows: numbers, and levels of categories as nearly one-hot blocks."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import tensorflow as tf

from bench.gan.backend import Layer, Model, Tensor

EDGE = 1e-6
"""Uniform numbers are kept so far from 0 and 1, whose logarithms have no end."""


class Row(keras.layers.Layer):
    """z [N, latent + levels] -> rows [N, numbers + levels].

    `trunk` makes all columns of the first `latent` numbers of z. Those of a category go through a
    softmax of temperature `tau` with Gumbel noise, which is made of the other numbers of z, so that
    a row is drawn from its probabilities and has a gradient. Jang, Gu & Poole 2017; in tables: Xu
    et al. 2019 (CTGAN), tau 0.2.
    """

    def __init__(self, trunk: Layer, numbers: int, levels: Sequence[int], tau: float) -> None:
        super().__init__()
        self.trunk, self.numbers, self.levels, self.tau = trunk, numbers, tuple(levels), tau

    def build(self, shape: tuple[int | None, ...]) -> None:
        """Nothing: the trunk is built with its own input."""
        self.built = True

    def call(self, z: Tensor) -> Tensor:
        """z [N, latent + levels] -> [N, numbers + levels]."""
        latent = z.shape[1] - sum(self.levels)
        uniform = tf.clip_by_value(tf.math.erfc(-z[:, latent:] / 2**0.5) / 2, EDGE, 1 - EDGE)
        gumbel = -tf.math.log(-tf.math.log(uniform))
        made = self.trunk(z[:, :latent])
        columns, place = [made[:, : self.numbers]], 0
        for n in self.levels:
            logits = made[:, self.numbers + place : self.numbers + place + n]
            noise = gumbel[:, place : place + n]
            columns.append(tf.nn.softmax((logits + noise) / self.tau))
            place += n
        return tf.concat(columns, 1)


def filling(row: Row, latent: int) -> Model:
    """The generator [N, latent + levels] -> [N, numbers + levels] of rows."""
    z = keras.Input((latent + sum(row.levels),))
    return keras.Model(z, row(z))
