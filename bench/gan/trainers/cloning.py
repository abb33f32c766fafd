"""Behaviour cloning: the policy of a task by regression, without a game."""

from __future__ import annotations

from bench import registry
from bench.gan.backend import Tensor, keras, tf
from bench.gan.trainers import networks
from bench.ranges import Positive
from bench.trainer import Run


@registry.trainer(gradients=1, yardstick=True, rollouts=True, also=("behaviour cloning", "BC"))
def cloning(run: Run, *, lr: Positive = 1e-3) -> None:
    """Fits the actions of the expert: loss_g is the mean of |policy(x) - u|^2 over a batch.

    Pairs of state x and action u are in the units of the networks. The policy is that of the task's
    generator, and samples are its rollouts, so that errors add up along them as they do for every
    policy. Pomerleau 1991; beside imitation by a game: Ho & Ermon 2016. One step counts as one
    gradient.
    """
    keras.utils.set_random_seed(run.seed)
    generator = networks.decoder(run)
    policy = next(layer.policy for layer in generator.layers if hasattr(layer, "policy"))
    weights, adam, states = policy.trainable_variables, keras.optimizers.Adam(lr), run.latent
    adam.build(weights)

    def step(x: Tensor, at: Tensor) -> Tensor:
        with tf.GradientTape() as tape:
            off = policy(x[:, :states], training=True) - x[:, states:]
            loss = tf.reduce_mean(tf.reduce_sum(tf.square(off), 1))
        adam.apply(tape.gradient(loss, weights), weights)
        return loss

    networks.sample_from(run, generator)
    networks.train(run, step)
