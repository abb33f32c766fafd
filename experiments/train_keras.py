"""A GAN of Keras with a `train_step` of its own, as in the examples of keras.io."""

import keras
import tensorflow as tf
from keras import layers


def mlp(size, slope):
    """Two hidden layers of 128 units with a leaky ReLU."""
    made = []
    for _ in range(2):
        made += [layers.Dense(128, kernel_initializer="he_normal"), layers.LeakyReLU(slope)]
    return keras.Sequential([*made, layers.Dense(size)])


class GAN(keras.Model):
    """A generator and a discriminator that take turns. The non-saturating loss."""

    def __init__(self, latent, size):
        super().__init__()
        self.latent = latent
        self.g, self.d = mlp(size, slope=0.0), mlp(1, slope=0.2)

    def compile(self, lr):
        """Compile with an Adam for each player."""
        super().compile()
        self.g_optimizer = keras.optimizers.Adam(lr, beta_1=0.5)
        self.d_optimizer = keras.optimizers.Adam(lr, beta_1=0.5)

    def train_step(self, real):
        """Train the discriminator, then the generator, on one batch."""
        n = tf.shape(real)[0]
        real = tf.reshape(real, (n, -1))
        with tf.GradientTape() as tape:
            fake = self.g(tf.random.normal((n, self.latent)))
            d_loss = tf.reduce_mean(tf.nn.softplus(-self.d(real)) + tf.nn.softplus(self.d(fake)))
        weights = self.d.trainable_weights
        self.d_optimizer.apply_gradients(zip(tape.gradient(d_loss, weights), weights, strict=True))
        with tf.GradientTape() as tape:
            fake = self.g(tf.random.normal((n, self.latent)))
            g_loss = tf.reduce_mean(tf.nn.softplus(-self.d(fake)))
        weights = self.g.trainable_weights
        self.g_optimizer.apply_gradients(zip(tape.gradient(g_loss, weights), weights, strict=True))
        return {"d_loss": d_loss, "g_loss": g_loss}


def train(run, *, lr=1e-3):
    """Fit the model to the batches of a run."""
    keras.utils.set_random_seed(run.seed)
    gan = GAN(run.latent, run.size)
    gan.compile(lr)
    z = keras.random.normal((run.samples, run.latent), seed=0)
    run.sampler(lambda n: tf.reshape(gan.g(z[:n]), (n, *run.shape)))
    gan.fit(run.dataset(), callbacks=[run.keras()], verbose=0)
