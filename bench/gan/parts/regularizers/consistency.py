"""Penalties on how logits change under small changes of the input. See the package's docstring."""

from __future__ import annotations

from bench.gan import keys
from bench.gan.backend import Key, Tensor, tf
from bench.gan.parts.augmentations import flipped_and_shifted
from bench.gan.parts.regularizers.seen import Seen
from bench.ranges import Positive, Weight
from bench.registry import regularizer


@regularizer(per_sample=True, images=True, d_cost=1, also=("consistency regularization",))
def cr(d: Seen, real: Tensor, fake: Tensor, key: Key, *, weight: Weight = 10.0) -> Tensor:
    """weight * (d(real) - d(T real))^2 on logits, T a random flip and shift by an eighth. -> [B].

    No 1/2. Zhang et al. 2020, eq. 2.
    """
    return weight * (d(real) - d(flipped_and_shifted(real, key))) ** 2


@regularizer(per_sample=True, images=True, d_cost=2, also=("balanced consistency regularization",))
def bcr(
    d: Seen,
    real: Tensor,
    fake: Tensor,
    key: Key,
    *,
    weight: Weight = 10.0,
    weight_fake: Weight = 10.0,
) -> Tensor:
    """weight * (d(real) - d(T real))^2 + weight_fake * (d(fake) - d(T fake))^2. -> [B].

    T as in `cr`; no 1/2. Zhao et al. 2021, alg. 1.
    """
    first, second = tf.unstack(keys.split(key, (2,)))
    changes = d(fake) - d(flipped_and_shifted(fake, second))
    return cr(d, real, fake, first, weight=weight) + weight_fake * changes**2


@regularizer(
    players="gd", samples_g=True, d_cost=1, g_cost=0.5, also=("latent consistency regularization",)
)
def zcr(
    d: Seen,
    real: Tensor,
    fake: Tensor,
    key: Key,
    *,
    weight: Weight = 20.0,
    weight_g: Weight = 0.5,
    radius: Positive = 0.05,
) -> Tensor:
    """L_D += weight * (d(G(z)) - d(G(z + e)))^2; L_G -= weight_g * |G(z) - G(z + e)|^2. -> [B].

    e ~ N(0, radius^2); the second square is the mean over a sample's numbers, as in StudioGAN. D
    shall not see small changes of z and G shall make them large. No 1/2. Zhao et al. 2021, alg. 2.
    """
    moved = d.generate(d.z + radius * keys.normal(key, tf.shape(d.z), d.z.dtype))
    if d.player == "g":
        return -weight_g * tf.reduce_mean((fake - moved) ** 2, axis=_inner(fake))
    return weight * (d(fake) - d(moved)) ** 2


@regularizer(
    per_sample=True,
    d_cost=1,
    also=("approximated R1", "approximate R1", "APT", "finite difference R1"),
)
def ar1(
    d: Seen,
    real: Tensor,
    fake: Tensor,
    key: Key,
    *,
    weight: Weight = 100.0,
    sigma: Positive = 0.01,
) -> Tensor:
    """weight * (d(real) - d(real + sigma e))^2, e ~ N(0, 1) for each number. -> [B].

    R1 by a difference, without a second derivative: its mean over e tends to `r1` with gamma =
    2 weight sigma^2 as sigma falls, which is 0.02 for the numbers here. No 1/2. In float32 a
    difference below 1e-7 of the logits is lost: sigma = 1e-4 is too small for logits of 10. Lin et
    al. 2025 (APT), from memory; numbers as in three public re-implementations.
    """
    return weight * _moved(d, real, key, sigma) ** 2


@regularizer(
    per_sample=True,
    d_cost=1,
    also=("approximated R2", "approximate R2", "finite difference R2"),
)
def ar2(
    d: Seen,
    real: Tensor,
    fake: Tensor,
    key: Key,
    *,
    weight: Weight = 100.0,
    sigma: Positive = 0.01,
) -> Tensor:
    """weight * (d(fake) - d(fake + sigma e))^2, the same as `ar1` on generated samples. -> [B].

    Tends to `r2` with gamma = 2 weight sigma^2. Lin et al. 2025 (APT) have it on real samples only;
    both: their later work (autoregressive APT), from memory.
    """
    return weight * _moved(d, fake, key, sigma) ** 2


def _moved(d: Seen, x: Tensor, key: Key, sigma: Tensor) -> Tensor:
    """The change of each logit where every number of a sample is moved by sigma N(0, 1). [B]."""
    return d(x) - d(x + sigma * keys.normal(key, tf.shape(x), x.dtype))


def _inner(x: Tensor) -> list[int]:
    """All axes of a batch but the first."""
    return list(range(1, len(x.shape)))
