"""A generator that acts: a policy in a linear system, from whose rollouts its samples are."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

from bench.gan.backend import Layer, Model, Tensor

Array = np.ndarray


class Rollout(keras.layers.Layer):
    """Noise [N, n] of a linear system -> the pairs (state, action) [N, n + m] of a policy in it.

    Rows 0 ... T - 1 are one rollout, rows T ... 2 T - 1 the next; the last one may be shorter. The
    first noise of a rollout makes its first state, `start` z, each later one disturbs the step
    before it: x' = A x + B u + `disturbance` z. The policy takes states that are divided by the
    first n of `scale` and gives actions divided by the others; so are the pairs.
    """

    def __init__(
        self,
        policy: Layer,
        *,
        a: Array,
        b: Array,
        start: Array,
        disturbance: Array,
        scale: Array,
        length: int,
    ) -> None:
        super().__init__()
        self.policy, self.length = policy, length
        n = len(a)
        own = scale[:n], scale[n:]
        # in the units of the networks, so that a step is two products
        self._a = _float(a * own[0] / own[0][:, None]).T
        self._b = _float(b * own[1] / own[0][:, None]).T
        self._start = _float(start / own[0][:, None]).T
        self._disturbance = _float(disturbance / own[0][:, None]).T

    def build(self, shape: tuple[int | None, ...]) -> None:
        """Nothing: the policy is built with its own input."""
        self.built = True

    def call(self, z: Tensor) -> Tensor:
        """z [N, n] -> [N, n + m]."""
        rows, n = tf.shape(z)[0], z.shape[1]
        missing = tf.math.floormod(-rows, self.length)
        noise = tf.reshape(tf.pad(z, [[0, missing], [0, 0]]), (-1, self.length, n))
        each = tf.unstack(noise, axis=1)
        x, pairs = each[0] @ self._start, []
        for following in (*each[1:], None):
            u = self.policy(x)
            pairs.append(tf.concat([x, u], 1))
            if following is not None:
                x = x @ self._a + u @ self._b + following @ self._disturbance
        made = tf.reshape(tf.stack(pairs, 1), (-1, pairs[0].shape[1]))
        return made[:rows]


def acting(rollout: Rollout, noise: int) -> Model:
    """The generator [N, noise] -> [N, n + m] of a policy's rollouts."""
    z = keras.Input((noise,))
    return keras.Model(z, rollout(z))


def _float(x: Array) -> Array:
    return np.asarray(x, np.float32)
