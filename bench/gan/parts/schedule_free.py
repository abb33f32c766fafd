"""Schedule-free Adam: an average in place of a schedule. See `bench.gan.parts.optimizers`."""

from __future__ import annotations

from typing import NamedTuple

from bench.gan.backend import Tensor, Tensors, tf
from bench.gan.parts.optimizers import Optimizer
from bench.ranges import Decay, Positive
from bench.registry import optimizer


class Sequences(NamedTuple):
    """The memory of schedule-free Adam after t steps."""

    z: Tensors
    """The weights that are stepped."""

    x: Tensors
    """Their average, which is measured."""

    second: Tensors
    """s: averages of the squared gradients, from 0."""

    power2: Tensor
    """beta2^t, []; 1 at first."""

    most: Tensor
    """The largest learning rate so far, []."""

    total: Tensor
    """Sum of the weights of the average, []."""


@optimizer(measures=True, also=("schedule-free", "AdamW schedule-free", "road less scheduled"))
def schedule_free_adam(
    *, beta1: Decay = 0.9, beta2: Decay = 0.999, eps: Positive = 1e-8
) -> Optimizer:
    """y = (1 - beta1) z + beta1 x; z <- z - r g(y) / (sqrt(s) + eps); x <- (1 - c) x + c z.

    r = lr sqrt(1 - beta2^t), c = m^2 over the sum of all m^2 so far, m the largest r so far: x is
    the plain average of z once the first steps are over. A player plays, and has its gradient, at
    y; x is what is measured, of both players. beta1 takes the place of momentum. No warm-up and no
    decay of weights. Defazio et al. 2024, alg. 1; facebookresearch/schedule_free,
    schedulefree/adamw_schedulefree_reference.py.
    """

    def init(weights: Tensors) -> Sequences:
        one = tf.ones([], weights[0].dtype)
        zeros = tuple(tf.zeros_like(w) for w in weights)
        return Sequences(weights, weights, zeros, one, 0 * one, 0 * one)

    def update(gradients: Tensors, slots: Sequences, lr: Tensor) -> tuple[Tensors, Sequences]:
        power2 = slots.power2 * beta2
        rate = lr * tf.sqrt(1 - power2)
        most = tf.maximum(slots.most, rate)
        total = slots.total + most**2
        share = most**2 / total
        second = tuple(
            beta2 * s + (1 - beta2) * g**2 for s, g in zip(slots.second, gradients, strict=True)
        )
        z = tuple(
            w - rate * g / (tf.sqrt(s) + eps)
            for w, g, s in zip(slots.z, gradients, second, strict=True)
        )
        x = tuple((1 - share) * a + share * w for a, w in zip(slots.x, z, strict=True))
        before, after = (_played(beta1, *pair) for pair in ((slots.z, slots.x), (z, x)))
        changes = tuple(b - a for a, b in zip(before, after, strict=True))
        return changes, Sequences(z, x, second, power2, most, total)

    def measured(weights: Tensors, slots: Sequences) -> Tensors:
        return slots.x

    return Optimizer(init, update, measured)


def _played(beta1: Tensor, z: Tensors, x: Tensors) -> Tensors:
    """y, the weights that a player plays with."""
    return tuple((1 - beta1) * a + beta1 * b for a, b in zip(z, x, strict=True))
