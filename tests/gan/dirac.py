"""The Dirac-GAN of Mescheder et al. 2018 through the real trainer: x = 0, G = theta, D = psi x."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

from bench.gan.step import Step
from bench.gan.tasks import Task
from bench.trial import Method


class Point(keras.layers.Layer):
    """A generator that ignores z: one trainable number."""

    def build(self, shape):
        self.theta = self.add_weight(shape=(1,), initializer="ones", name="theta")

    def call(self, z):
        return 0 * z + self.theta


def _networks(norm):
    inputs = keras.Input((1,), dtype="float64")
    generator = keras.Model(inputs, Point(dtype="float64")(inputs))
    linear = keras.layers.Dense(1, use_bias=False, kernel_initializer="ones", dtype="float64")
    return generator, keras.Model(inputs, linear(inputs))


DIRAC = Task(
    shape=(1,),
    real=lambda key, n: tf.zeros((n, 1), tf.float64),
    networks=_networks,
    facts=lambda: None,
    criterion={},
    latent=1,
    batch=2,
    xla=False,
    dtype="float64",
)

_STEPS: dict[Method, Step] = {}


def trajectory(
    method: Method, hparams: dict, steps: int, start=(1.0, 1.0), every: int = 10
) -> np.ndarray:
    """(theta, psi) at the start and after every so many steps, [1 + steps / every, 2]."""
    step = _STEPS.setdefault(method, Step(DIRAC, method))
    state = step.init(0, hparams)
    theta, psi = (tf.constant(x, tf.float64) for x in start)
    state = state._replace(
        g=state.g._replace(weights=(tf.reshape(theta, (1,)),)),
        d=state.d._replace(weights=(tf.reshape(psi, (1, 1)),)),
    )
    points = [start]
    for i in range(0, steps, every):
        state, _ = step.run(state, 0, hparams, i, i + every)
        points.append((float(state.g.weights[0][0]), float(state.d.weights[0][0, 0])))
    return np.array(points)


def contraction(method: Method, hparams: dict, steps: int = 240, start=(1e-3, 0.7e-3)) -> float:
    """Factor by which the distance to (0, 0) shrinks a step: from a straight line through log r.

    The first quarter is left out: it is the transient.
    """
    points = trajectory(method, hparams, steps, start, every=3)
    log_r = np.log(np.linalg.norm(points, axis=1))
    step = 3 * np.arange(len(log_r))
    late = step >= steps / 4
    return float(np.exp(np.polyfit(step[late], log_r[late], 1)[0]))
