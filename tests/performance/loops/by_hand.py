"""The ring as a loop by hand in TensorFlow, compiled by XLA; and what the core can multiply.

Unlike ours, both may use all instructions that the processor has.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from tests.performance.loops import BETA1, BETA2, EPS, LATENT, LR, SIGMA

Run = Callable[[int], None]


def ring8(units: float, batch: float) -> tuple[Run, str]:
    """A non-saturating GAN on the ring with Adam: one XLA loop, weights as tensors."""
    size, hidden = int(batch), int(units)
    centres = tf.constant(
        [[np.cos(a), np.sin(a)] for a in 2 * np.pi * np.arange(8) / 8], tf.float32
    )

    def draw(i, salt):
        def normal(k, shape):
            return tf.random.stateless_normal(shape, tf.stack([i, salt + k]), alg="threefry")

        which = tf.random.stateless_uniform(
            [size], tf.stack([i, salt]), 0, 8, tf.int32, alg="threefry"
        )
        return tf.gather(centres, which) + SIGMA * normal(1, [size, 2]), normal(2, [size, LATENT])

    def step(i, g, d):
        t = tf.cast(i + 1, tf.float32)
        x, z = draw(i, 0)
        fake = _forward(g[0], z, 0.0)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(d[0])
            loss = tf.reduce_mean(
                tf.nn.softplus(-_forward(d[0], x, 0.2)) + tf.nn.softplus(_forward(d[0], fake, 0.2))
            )
        d = _adam(d, tape.gradient(loss, d[0]), t)
        _, z = draw(i, 10)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(g[0])
            loss = tf.reduce_mean(tf.nn.softplus(-_forward(d[0], _forward(g[0], z, 0.0), 0.2)))
        g = _adam(g, tape.gradient(loss, g[0]), t)
        return i + 1, g, d

    @tf.function(jit_compile=True)
    def loop(start, stop, g, d):
        return tf.while_loop(lambda i, *_: i < stop, step, (start, g, d))

    rng = np.random.default_rng(0)
    sizes = (LATENT, hidden, hidden, 2), (2, hidden, hidden, 1)
    done, *players = (0, *((w, [0 * t for t in w], [0 * t for t in w]) for w in _nets(rng, *sizes)))

    def run(steps: int) -> None:
        nonlocal done, players
        _, *players = loop(tf.constant(done), tf.constant(done + steps), *players)
        players[0][0][0].numpy()
        done += steps

    return run, f"TensorFlow {tf.__version__} by hand"


def products(units: float, batch: float) -> tuple[Run, str]:
    """[batch, units] @ [units, units], once a step: data in the cache of the processor."""
    n = int(units)
    a, w = tf.random.normal([int(batch), n]), tf.random.normal([n, n]) / n**0.5

    @tf.function(jit_compile=True)
    def loop(a, steps):
        return tf.while_loop(lambda i, _: i < steps, lambda i, a: (i + 1, a @ w), (0, a))[1]

    return lambda steps: loop(a, tf.constant(steps)).numpy(), "matrix products"


def _nets(rng, *networks):
    def dense(n, m):
        return [tf.constant(rng.normal(0, np.sqrt(2 / n), (n, m)), tf.float32), tf.zeros([m])]

    return [[t for n, m in itertools.pairwise(sizes) for t in dense(n, m)] for sizes in networks]


def _forward(w, x, slope):
    for i in range(0, len(w) - 2, 2):
        x = tf.nn.leaky_relu(x @ w[i] + w[i + 1], slope)
    return x @ w[-2] + w[-1]


def _adam(player, g, t):
    w, m, s = player
    m = [BETA1 * a + (1 - BETA1) * b for a, b in zip(m, g, strict=True)]
    s = [BETA2 * a + (1 - BETA2) * b * b for a, b in zip(s, g, strict=True)]
    c1, c2 = 1 - BETA1**t, 1 - BETA2**t
    w = [a - LR * (b / c1) / (tf.sqrt(c / c2) + EPS) for a, b, c in zip(w, m, s, strict=True)]
    return w, m, s
