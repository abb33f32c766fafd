"""A linear critic d(x) = w.x + b and a linear generator, on which penalties have closed forms."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from bench import registry
from bench.gan.parts.regularizers import Seen

W = np.array([0.6, -1.7, 0.9])  # norm 2.0149: away from 0, 1 and 2, no equal entries
NORM2 = float(np.sum(W**2))
NORM = float(np.sqrt(NORM2))

REAL = tf.constant(np.random.default_rng(1).normal(1.0, 2.0, (5, 3)))
FAKE = tf.constant(np.random.default_rng(2).normal(-0.5, 1.0, (5, 3)))
KEY = tf.constant([3, 5])


def critic(scale: float = 1.0):
    return lambda x: tf.linalg.matvec(x, tf.constant(W * scale)) + 0.3


A = np.random.default_rng(3).normal(size=(2, 3))  # G(z) = z A
Z = tf.constant(np.random.default_rng(4).normal(size=(5, 2)))
KERNELS = tuple(
    tf.constant(np.random.default_rng(n).normal(size=shape))
    for n, shape in ((5, (3, 2)), (6, (2, 2, 3, 4)), (7, (3, 1)))
)
"""Of a dense layer, a convolution, and D's last layer."""


def seen(player: str = "d", scale: float = 1.0, **changes) -> Seen:
    """All that a penalty may look at: the linear critic, features 2 x, G(z) = z A."""
    view = Seen(
        logits=critic(scale),
        features=lambda x: 2 * x,
        generate=lambda z: tf.matmul(z, tf.constant(A)),
        player=player,
        z=Z,
        weights=KERNELS,
        kernels=KERNELS,
        progress=tf.constant(0.5, tf.float64),
        scores=lambda x: tf.concat([critic(scale)(x)[:, None], x], 1),
    )
    return view._replace(**changes)


def penalty(name: str, view: Seen | None = None, real=REAL, fake=FAKE, **own):
    """The value of a regularizer, whatever its kind; its first memory where it has one."""
    part = registry.regularizer[name]
    if view is None:
        view = seen(part.traits.get("players", "d")[0])
    if "memory" in part.traits and view.memory is None:
        view = view._replace(memory=part.traits["memory"](view.weights, view.kernels))
    value = part(view, real, fake, KEY, **own)
    return value[0] if "memory" in part.traits else value


def loss(name: str, real, fake, **own):
    """(L_G, L_D) of a loss, with a key where it draws."""
    part = registry.loss[name]
    return part(real, fake, *([KEY] if part.traits.get("draws") else []), **own)
