"""Penalties on the gradient of d by its input. See the package's docstring."""

from __future__ import annotations

from bench.gan import keys
from bench.gan.backend import Key, Map, Tensor, tf
from bench.gan.parts.regularizers.seen import Seen
from bench.ranges import NonNegative, Positive, Weight
from bench.registry import regularizer


@regularizer(
    per_sample=True,
    d_cost=0.7,
    also=(
        "R1 regularization",
        "zero-centered gradient penalty on real data",
        "zero-centred gradient penalty",
    ),
)
def r1(d: Seen, real: Tensor, fake: Tensor, key: Key, *, gamma: Weight = 10.0) -> Tensor:
    """gamma/2 * ||grad d(real)||^2. -> [B].

    Mescheder et al. 2018, eq. 9. Their code leaves out the 1/2: its 10 is gamma = 20 here.
    """
    return gamma / 2 * squared_gradient_norm(d, real)


@regularizer(
    per_sample=True,
    d_cost=0.7,
    also=("R2 regularization", "zero-centered gradient penalty on generated data"),
)
def r2(d: Seen, real: Tensor, fake: Tensor, key: Key, *, gamma: Weight = 10.0) -> Tensor:
    """gamma/2 * ||grad d(fake)||^2. -> [B]. Mescheder et al. 2018, eq. 10; the 1/2 as in `r1`."""
    return gamma / 2 * squared_gradient_norm(d, fake)


@regularizer(
    per_sample=True,
    d_cost=1.5,
    also=(
        "gradient penalty",
        "GP",
        "one-centered gradient penalty",
        "interpolated gradient penalty",
    ),
)
def wgan_gp(d: Seen, real: Tensor, fake: Tensor, key: Key, *, weight: Weight = 10.0) -> Tensor:
    """weight * (||grad d(x)|| - 1)^2 at x = e real + (1 - e) fake, e ~ U(0, 1). -> [B].

    No 1/2. One e per sample: versions with a normal e, or one per pixel, are in circulation.
    Gulrajani et al. 2017, eq. 3.
    """
    return weight * (gradient_norm(d, _interpolate(real, fake, key)) - 1) ** 2


@regularizer(
    per_sample=True, d_cost=1.5, also=("Lipschitz penalty", "LP", "one-sided gradient penalty")
)
def wgan_lp(d: Seen, real: Tensor, fake: Tensor, key: Key, *, weight: Weight = 10.0) -> Tensor:
    """weight * max(0, ||grad d(x)|| - 1)^2 at x as in `wgan_gp`. -> [B].

    One-sided: a slope below 1 costs nothing. No 1/2. Petzka et al. 2018, eq. 7.
    """
    return weight * tf.nn.relu(gradient_norm(d, _interpolate(real, fake, key)) - 1) ** 2


@regularizer(per_sample=True, d_cost=1.5, also=("zero-centered gradient penalty", "0-GP"))
def gp0(d: Seen, real: Tensor, fake: Tensor, key: Key, *, weight: Weight = 10.0) -> Tensor:
    """weight * ||grad d(x)||^2 at x as in `wgan_gp`; no 1/2. -> [B].

    Zero-centred at interpolates. Thanh-Tung et al. 2019, whose weight is 100; the default is that
    of Mescheder et al.'s code.
    """
    return weight * squared_gradient_norm(d, _interpolate(real, fake, key))


@regularizer(per_sample=True, d_cost=1.5)
def dragan(
    d: Seen,
    real: Tensor,
    fake: Tensor,
    key: Key,
    *,
    weight: Weight = 10.0,
    spread: NonNegative = 0.5,
) -> Tensor:
    """weight * (||grad d(x)|| - 1)^2 at x = real + a * spread * std * u. -> [B].

    a ~ U(0, 1) per sample, u ~ U(0, 1) per element, std one scalar over the whole batch. No 1/2. In
    circulation: the variance in place of the std, and the penalty taken on sigmoid(d).
    Kodali et al. 2017, and their code.
    """
    first, second = tf.unstack(keys.split(key, (2,)))
    noise = keys.uniform(first, tf.shape(real), real.dtype)
    x = real + _per_sample_uniform(second, real) * spread * tf.math.reduce_std(real) * noise
    return weight * (gradient_norm(d, x) - 1) ** 2


@regularizer(per_sample=True, d_cost=1.5, also=("max gradient penalty",))
def maxgp(d: Seen, real: Tensor, fake: Tensor, key: Key, *, weight: Weight = 10.0) -> Tensor:
    """weight * max_i ||grad d(x_i)||^2 at x as in `wgan_gp`, the same for all samples. -> [B].

    No 1/2 and no root: a bound on the largest slope, not on the mean. Zhou et al. 2019
    (Lipschitz GAN); form and default as in StudioGAN's `cal_maxgrad_penalty`.
    """
    squares = squared_gradient_norm(d, _interpolate(real, fake, key))
    return weight * tf.fill(tf.shape(squares), tf.reduce_max(squares))


@regularizer(
    per_sample=True,
    d_cost=1.5,
    also=("Wasserstein divergence", "W-div", "WGAN-div"),
)
def wgan_div(
    d: Seen,
    real: Tensor,
    fake: Tensor,
    key: Key,
    *,
    weight: Weight = 10.0,
    power: Positive = 6.0,
) -> Tensor:
    """weight * ||grad d(x)||^power at x as in `wgan_gp`; no 1/2. -> [B].

    A divergence between real and generated samples, for D of any slope: with the Wasserstein loss
    no Lipschitz bound is left to be kept. Power 2 is `gp0`. Wu et al. 2018, eq. 8; numbers of their
    code, where the paper has weight 2 (from memory).
    """
    square = squared_gradient_norm(d, _interpolate(real, fake, key))
    return weight * tf.pow(square + 1e-12, power / 2)


@regularizer(per_sample=True, d_cost=1.4, also=("discriminator gradient gap",))
def diggan(d: Seen, real: Tensor, fake: Tensor, key: Key, *, weight: Weight = 1000.0) -> Tensor:
    """weight * (||grad d(fake)|| - ||grad d(real)||)^2, pairs by batch index; no 1/2. -> [B].

    D shall be as steep at generated samples as at real ones, whatever that is: with few data it
    grows steep at the real ones alone. Fang et al. 2022, and their code, where norms are averaged
    with those of the last step and the penalty is in the first of four D steps only. Weights there:
    1000 on all of CIFAR-10, 10,000 on a tenth; with augmentations 10 and 1000.
    """
    return weight * (gradient_norm(d, fake) - gradient_norm(d, real)) ** 2


def squared_gradient_norm(d: Map | Seen, x: Tensor) -> Tensor:
    """||grad d(x_i)||^2 of each sample. x [B, ...] -> [B]."""
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(x)
        # the sum's gradient is each sample's own, as long as d does not couple samples
        total = tf.reduce_sum(d(x))
    gradient = tape.gradient(total, x)
    return tf.reduce_sum(gradient**2, axis=list(range(1, len(x.shape))))


def gradient_norm(d: Map | Seen, x: Tensor) -> Tensor:
    """||grad d(x_i)|| of each sample. x [B, ...] -> [B].

    1e-12 under the root: the gradient of a plain norm is NaN where the norm is 0.
    """
    return tf.sqrt(squared_gradient_norm(d, x) + 1e-12)


def _interpolate(real: Tensor, fake: Tensor, key: Key) -> Tensor:
    """e real + (1 - e) fake, one e ~ U(0, 1) for each sample. [B, ...] -> [B, ...]."""
    e = _per_sample_uniform(key, real)
    return e * real + (1 - e) * fake


def _per_sample_uniform(key: Key, x: Tensor) -> Tensor:
    """U(0, 1) of shape [B, 1, ...]."""
    shape = tf.concat([tf.shape(x)[:1], tf.ones([len(x.shape) - 1], tf.int32)], 0)
    return keys.uniform(key, shape, x.dtype)
