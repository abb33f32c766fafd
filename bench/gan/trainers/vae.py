"""A variational autoencoder whose decoder is the task's generator: the task without a game."""

from __future__ import annotations

import math

from bench import registry
from bench.gan.backend import Tensor, keras, tf
from bench.gan.trainers import networks
from bench.ranges import NonNegative, Positive
from bench.trainer import Run


@registry.trainer(gradients=2, yardstick=True, codes=True)
def vae(
    run: Run, *, lr: Positive = 1e-3, beta: NonNegative = 1.0, warmup: NonNegative = 0.5
) -> None:
    """Maximizes a lower bound of the likelihood, with a decoder of the best variance.

    loss_g = (D / 2) ln MSE + w beta KL(q(z | x) || N(0, I)), the mean over a batch. MSE is the mean
    square of x - decoder(z) over the batch and its D numbers each, which is the variance that makes
    the likelihood largest: so no weight has to be chosen between the two terms. Kingma & Welling
    2014; the variance: Rybkin, Daniilidis & Levine 2021 (sigma-VAE). w grows from 0 to 1 over the
    share `warmup` of the steps (Bowman et al. 2016): from the start at 1, on the ring the code says
    nothing of x for ever. The decoder is the task's
    generator, the encoder its discriminator up to the last hidden layer. Samples are the decoder's
    means, without noise. One step counts as two gradients.
    """
    keras.utils.set_random_seed(run.seed)
    decoder, encoder = networks.decoder(run), networks.encoder(run, 2 * run.latent)
    weights = decoder.trainable_variables + encoder.trainable_variables
    adam, size = keras.optimizers.Adam(lr), math.prod(run.shape)
    adam.build(weights)

    def step(x: Tensor, at: Tensor) -> Tensor:
        with tf.GradientTape() as tape:
            mean, spread = tf.split(encoder(x, training=True), 2, axis=1)
            noise = tf.random.stateless_normal(tf.shape(mean), tf.stack([run.seed, at]))
            made = decoder(mean + tf.exp(spread / 2) * noise, training=True)
            # the floor: a decoder that repeats a batch exactly would have an endless likelihood
            error = size / 2 * tf.math.log(tf.reduce_mean(tf.square(x - made)) + 1e-8)
            divergence = tf.reduce_sum(tf.exp(spread) + tf.square(mean) - 1 - spread, 1) / 2
            grown = tf.minimum(1.0, (tf.cast(at, tf.float32) + 1) / (warmup * run.steps + 1))
            loss = error + beta * grown * tf.reduce_mean(divergence)
        adam.apply(tape.gradient(loss, weights), weights)
        return loss

    networks.sample_from(run, decoder)
    networks.train(run, step)
