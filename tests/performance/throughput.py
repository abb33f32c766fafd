"""How fast are the compiled steps? Ratios measured in one run; nothing is asserted.

    python tests/performance/throughput.py

For a small (32 units, batch 64) and a wide (128 units, batch 256) network on the ring, the
trainer's steps a second against (a) a loop written by hand in TensorFlow for this one case,
compiled by XLA, that measures nothing, and (b) the core's own matrix-multiply rate. One thread.
The two loops take turns, and each ratio is the median of seven rounds.
"""

from __future__ import annotations

import itertools
import statistics
import time

from bench.gan.backend import one_thread

one_thread()

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

from bench import registry  # noqa: E402
from bench.gan import load_parts  # noqa: E402
from bench.gan.training.step import Step  # noqa: E402
from bench.trial import Method  # noqa: E402

LATENT, LR, BETA1, BETA2, EPS = 16, 1e-3, 0.5, 0.999, 1e-8
HPARAMS = {"lr_g": LR, "lr_d": LR, "adam.beta1": BETA1, "adam.beta2": BETA2, "adam.eps": EPS}
ROUNDS = 7


def by_hand(units: int, batch: int):
    """A non-saturating GAN on the ring with Adam: one XLA loop, weights as tensors."""
    centres = tf.constant(
        [[np.cos(a), np.sin(a)] for a in 2 * np.pi * np.arange(8) / 8], tf.float32
    )

    def dense(rng, n, m):
        return [
            tf.constant(rng.normal(0, np.sqrt(2 / n), (n, m)), tf.float32),
            tf.zeros([m]),
        ]

    def network(rng, *sizes):
        return [t for n, m in itertools.pairwise(sizes) for t in dense(rng, n, m)]

    def forward(w, x, slope):
        for i in range(0, len(w) - 2, 2):
            x = tf.nn.leaky_relu(x @ w[i] + w[i + 1], slope)
        return x @ w[-2] + w[-1]

    def adam(w, m, s, g, t):
        m = [BETA1 * a + (1 - BETA1) * b for a, b in zip(m, g, strict=True)]
        s = [BETA2 * a + (1 - BETA2) * b * b for a, b in zip(s, g, strict=True)]
        c1, c2 = 1 - BETA1**t, 1 - BETA2**t
        w = [a - LR * (b / c1) / (tf.sqrt(c / c2) + EPS) for a, b, c in zip(w, m, s, strict=True)]
        return w, m, s

    def draw(i, salt):
        def normal(k, shape):
            return tf.random.stateless_normal(shape, tf.stack([i, salt + k]), alg="threefry")

        which = tf.random.stateless_uniform(
            [batch], tf.stack([i, salt]), 0, 8, tf.int32, alg="threefry"
        )
        return tf.gather(centres, which) + 0.07 * normal(1, [batch, 2]), normal(2, [batch, LATENT])

    def step(i, g, d):
        t = tf.cast(i + 1, tf.float32)
        x, z = draw(i, 0)
        fake = forward(g[0], z, 0.0)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(d[0])
            loss = tf.reduce_mean(
                tf.nn.softplus(-forward(d[0], x, 0.2)) + tf.nn.softplus(forward(d[0], fake, 0.2))
            )
        d = adam(*d, tape.gradient(loss, d[0]), t)
        _, z = draw(i, 10)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(g[0])
            loss = tf.reduce_mean(tf.nn.softplus(-forward(d[0], forward(g[0], z, 0.0), 0.2)))
        g = adam(*g, tape.gradient(loss, g[0]), t)
        return i + 1, g, d

    @tf.function(jit_compile=True)
    def loop(start, stop, g, d):
        return tf.while_loop(lambda i, *_: i < stop, step, (start, g, d))

    rng = np.random.default_rng(0)
    players = [network(rng, LATENT, units, units, 2), network(rng, 2, units, units, 1)]
    g, d = ((w, [0 * t for t in w], [0 * t for t in w]) for w in players)

    def run(steps):
        _, new_g, _ = loop(tf.constant(0), tf.constant(steps), g, d)
        new_g[0][0].numpy()

    return run


def ours(units: int, batch: int):
    """The same game through the trainer, measuring what it measures in every sweep."""
    task = registry.task["ring8"](units=units, batch=batch, latent=LATENT)
    step = Step(task, Method("ns"))
    state = step.init(0, HPARAMS)

    def run(steps):
        _, signals = step.run(state, 0, HPARAMS, 0, steps)
        signals.numpy()

    return run


def flops(units: int, batch: int) -> float:
    """Multiply-adds x 2 of the matrix products of one step, derivatives included.

    D step: G forward (1), D on real and fake forward and backward; D needs no gradient by its
    input. G step: both forward, D backward to its input only, G backward.
    """
    g = [(LATENT, units), (units, units), (units, 2)]
    d = [(2, units), (units, units), (units, 1)]
    size_g, size_d = (sum(n * m for n, m in layers) for layers in (g, d))
    first_g, first_d = g[0][0] * g[0][1], d[0][0] * d[0][1]
    d_step = size_g + 2 * (size_d + 2 * size_d - first_d)
    g_step = size_g + size_d + size_d + (2 * size_g - first_g)
    return 2.0 * batch * (d_step + g_step)


def matmul_rate(units: int, batch: int) -> float:
    """FLOP/s of [batch, units] @ [units, units] in XLA on one thread, data in cache."""
    a, w = tf.random.normal([batch, units]), tf.random.normal([units, units]) / units**0.5

    @tf.function(jit_compile=True)
    def loop(a, n):
        return tf.while_loop(lambda i, _: i < n, lambda i, a: (i + 1, a @ w), (0, a))[1]

    n = 20_000_000 // (units * units)
    return 2.0 * batch * units * units * n / seconds(lambda: loop(a, tf.constant(n)).numpy())


def seconds(call) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def compare(units: int, batch: int, steps: int) -> None:
    """Print one line for one size of network."""
    a, b = ours(units, batch), by_hand(units, batch)
    for run in (a, b):
        run(steps)
    matmul_rate(units, batch)
    ratios, shares, rates = [], [], []
    for _ in range(ROUNDS):
        mine, raw = seconds(lambda: a(steps)), seconds(lambda: b(steps))
        ratios.append(raw / mine)
        rates.append(steps / mine)
        shares.append(steps * flops(units, batch) / mine / matmul_rate(units, batch))
    print(
        f"{units:4d} units, batch {batch:3d}: {statistics.median(rates):7.0f} steps/s, "
        f"{statistics.median(ratios):.2f} of the loop by hand (aim 0.95), "
        f"{statistics.median(shares):.2f} of the matrix-multiply rate"
        + (" (aim 0.70)" if units >= 128 else "")
    )


if __name__ == "__main__":
    load_parts()
    compare(32, 64, 3000)
    compare(128, 256, 500)
