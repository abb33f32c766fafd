"""A linear critic d(x) = w.x + b, on which every penalty has a closed form."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

W = np.array([0.6, -1.7, 0.9])  # norm 2.0149: away from 0, 1 and 2, no equal entries
NORM2 = float(np.sum(W**2))
NORM = float(np.sqrt(NORM2))

REAL = tf.constant(np.random.default_rng(1).normal(1.0, 2.0, (5, 3)))
FAKE = tf.constant(np.random.default_rng(2).normal(-0.5, 1.0, (5, 3)))
KEY = tf.constant([3, 5])


def critic(scale: float = 1.0):
    return lambda x: tf.linalg.matvec(x, tf.constant(W * scale)) + 0.3
