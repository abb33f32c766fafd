"""Derivatives of the trainer's own step and field, by automatic differentiation in float64."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from bench.gan.game.game import Batch
from bench.gan.training.step import Step, _batch


def _flat(parts) -> tf.Tensor:
    return tf.concat([tf.reshape(p, [-1]) for p in tf.nest.flatten(parts)], 0)


def _first_batches(step: Step) -> list[Batch]:
    draws = step._draws(0, 0)
    zero = tf.constant(0)
    return [_batch(draws, 0, n, zero, step.task.dtype) for n in range(step.batches)]


def of_field(step: Step, hparams: dict, state) -> np.ndarray:
    """J = dv/dw, v = -(grad_G L_G, grad_D L_D), at a state: [n, n], G's weights first."""
    numbers = step.tensors(hparams)
    field, batch = step.game.bind(numbers).field, _first_batches(step)[0]
    weights = (state.g.weights, state.d.weights)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(weights)
        v = -_flat([field.g(state, batch).gradient, field.d(state, batch).gradient])
        rows = tf.unstack(v)
    return _rows(tape, rows, weights)


def of_step(step: Step, hparams: dict, state) -> np.ndarray:
    """dF/dw of one whole step w -> F(w) of a method without a memory: [n, n]."""
    numbers = step.tensors(hparams)
    play = step.game.bind(numbers)
    weights = (state.g.weights, state.d.weights)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(weights)
        after = play.step(state, _first_batches(step))
        rows = tf.unstack(_flat([after.g.weights, after.d.weights]))
    return _rows(tape, rows, weights)


def _rows(tape, rows, weights) -> np.ndarray:
    none = tf.UnconnectedGradients.ZERO
    return np.array(
        [_flat(tape.gradient(r, weights, unconnected_gradients=none)).numpy() for r in rows]
    )


def radius(matrix: np.ndarray) -> float:
    """Spectral radius."""
    return float(np.abs(np.linalg.eigvals(matrix)).max())
