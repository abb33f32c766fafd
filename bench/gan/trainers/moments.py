"""A generator that is trained by a distance between batches: the task without a discriminator."""

from __future__ import annotations

from bench import registry
from bench.gan.backend import Tensor, keras, tf
from bench.gan.trainers import networks
from bench.ranges import Positive
from bench.trainer import Run


@registry.trainer(gradients=1, yardstick=True)
def moments(run: Run, *, lr: Positive = 1e-3) -> None:
    """Minimizes the energy distance between a batch of samples and a real one.

    loss_g = 2 E |x - y| - E |x - x'| - E |y - y'|, means over the pairs of a batch, a point with
    itself left out: unbiased, so it can be below 0. Euclidean distances of the points, or of all
    pixels. Szekely & Rizzo 2013; trained by it: Bellemare et al. 2017 (Cramer), there between
    features. The generator is the task's. One step counts as one gradient.
    """
    keras.utils.set_random_seed(run.seed)
    generator = networks.decoder(run)
    weights, adam = generator.trainable_variables, keras.optimizers.Adam(lr)
    adam.build(weights)

    def step(x: Tensor, at: Tensor) -> Tensor:
        z = tf.random.stateless_normal([x.shape[0], run.latent], tf.stack([run.seed, at]))
        with tf.GradientTape() as tape:
            loss = energy_distance(x, generator(z, training=True))
        adam.apply(tape.gradient(loss, weights), weights)
        return loss

    networks.sample_from(run, generator)
    networks.train(run, step)


def energy_distance(x: Tensor, y: Tensor) -> Tensor:
    """The unbiased energy distance of two batches [n, ...] and [m, ...], a scalar."""
    x, y = (tf.reshape(a, [a.shape[0], -1]) for a in (x, y))
    return 2 * tf.reduce_mean(_apart(x, y)) - _among(x) - _among(y)


def _among(x: Tensor) -> Tensor:
    n = x.shape[0]
    apart = tf.linalg.set_diag(_apart(x, x), tf.zeros([n], x.dtype))
    return tf.reduce_sum(apart) / (n * (n - 1))


def _apart(x: Tensor, y: Tensor) -> Tensor:
    """Distances [n, m]. By products, which are ten times as fast as differences of images; a
    distance of 0.01 between points near 1 has an error of 1 in 1,000."""
    squares = tf.reduce_sum(tf.square(x), 1)[:, None] + tf.reduce_sum(tf.square(y), 1)
    found = squares - 2 * tf.linalg.matmul(x, y, transpose_b=True)
    # rounding can fall below 0, and the square root has no slope there
    return tf.sqrt(tf.maximum(found, 1e-12))
