"""Penalties on what the networks give: logits, features and samples of a batch. See the package's
docstring."""

from __future__ import annotations

import math

from bench.gan.backend import Key, Memory, Tensor, Tensors, tf
from bench.gan.parts.needs import at_least
from bench.gan.parts.regularizers.seen import Seen
from bench.ranges import Decay, Fraction, Positive, Weight
from bench.registry import regularizer


def _anchors(weights: Tensors, kernels: Tensors) -> tuple[Tensor, Tensor]:
    """LeCam's a_R and a_F at first: 0."""
    zero = tf.zeros([], weights[0].dtype)
    return zero, zero


@regularizer(memory=_anchors)
def lecam(
    d: Seen,
    real: Tensor,
    fake: Tensor,
    key: Key,
    *,
    weight: Weight = 0.3,
    decay: Decay = 0.99,
    start: Fraction = 0.1,
) -> tuple[Tensor, Memory]:
    """weight * (relu(d(real) - a_F)^2 + relu(a_R - d(fake))^2). -> [B].

    The anchors a_R, a_F are moving averages of the mean logits of real and fake batches, constants
    to the gradient; the penalty begins at a share `start` of the training (the code: after 1000
    steps). No 1/2. Tseng et al. 2021, eq. 5, and their code, where logits are clipped from below.
    """
    logits = d(real), d(fake)
    # the anchors move from the first step on, whether or not the penalty has begun
    a_real, a_fake = d.memory
    means = [tf.stop_gradient(tf.reduce_mean(x)) for x in logits]
    memory = tuple(decay * a + (1 - decay) * m for a, m in zip(d.memory, means, strict=True))
    # this step is measured against the anchors as they were before it
    on = tf.cast(d.progress >= start, real.dtype)
    away = tf.nn.relu(logits[0] - a_fake) ** 2 + tf.nn.relu(a_real - logits[1]) ** 2
    return on * weight * away, memory


@regularizer(players="g", features=True, g_cost=0.5, also=("FM",))
def feature_matching(
    d: Seen, real: Tensor, fake: Tensor, key: Key, *, weight: Weight = 1.0
) -> Tensor:
    """L_G += weight * ||mean f(real) - mean f(fake)||^2, f D's last hidden layer. -> [], of [B].

    Added to the loss, where the paper puts it in its place; no 1/2. In circulation: the mean of
    absolute differences (StudioGAN). Salimans et al. 2016, section 3.1.
    """
    means = [tf.reduce_mean(d.features(x), 0) for x in (real, fake)]
    return weight * tf.reduce_sum((means[0] - means[1]) ** 2)


@regularizer(
    players="g",
    samples_g=True,
    batch=at_least(2, "it compares two samples"),
    also=("MSGAN", "mode seeking regularization"),
)
def mode_seeking(d: Seen, real: Tensor, fake: Tensor, key: Key, *, weight: Weight = 1.0) -> Tensor:
    """L_G += weight / (mean |G(z1) - G(z2)| / mean |z1 - z2| + 1e-5). -> [], of [B].

    z1 and z2 are the halves of a batch; means of absolute differences over all numbers. Mao et al.
    2019, eq. 3, and their code.
    """
    half = tf.shape(fake)[0] // 2
    x, z = (t[:half] - t[half : 2 * half] for t in (fake, d.z))
    ratio = tf.reduce_mean(tf.abs(x)) / tf.reduce_mean(tf.abs(z))
    return weight / (ratio + 1e-5)


@regularizer(
    players="g",
    samples_g=True,
    batch=at_least(2, "it compares two samples"),
    also=("Bourgain embedding", "distance preserving regularization"),
)
def bourgan(
    d: Seen,
    real: Tensor,
    fake: Tensor,
    key: Key,
    *,
    weight: Weight = 0.1,
    scale: Positive = 1.0,
) -> Tensor:
    """L_G += weight * mean (log ||G(z1) - G(z2)|| - log(s ||z1 - z2||))^2. -> [], of [B].

    z1 and z2 are the halves of a batch, s = scale sqrt(numbers of a sample / numbers of z): at
    scale 1 samples of unit deviation are as far from each other as is asked for. A cousin of
    `mode_seeking` that has a target. This is the term alone: Xiao et al. 2018 (BourGAN), and their
    code, draw z near points of a Bourgain embedding of the data, which gives them s as well.
    """
    half = tf.shape(fake)[0] // 2
    x, z = (tf.reshape(t, [tf.shape(t)[0], -1]) for t in (fake, d.z))
    s = scale * (math.prod(fake.shape[1:]) / math.prod(d.z.shape[1:])) ** 0.5
    logs = [_log_lengths(t[:half] - t[half : 2 * half]) for t in (x, z)]
    asked = logs[1] + tf.math.log(tf.cast(s, fake.dtype))
    return weight * tf.reduce_mean((logs[0] - asked) ** 2)


def _log_lengths(x: Tensor) -> Tensor:
    """Logarithm of the Euclidean norm of each row, with the derivative 0 at 0. [N, n] -> [N]."""
    return tf.math.log(tf.reduce_sum(x**2, 1) + 1e-12) / 2


@regularizer(also=("GAN-QP", "quadratic potential"))
def qp(d: Seen, real: Tensor, fake: Tensor, key: Key, *, weight: Weight = 0.1) -> Tensor:
    """weight/2 * (d(real) - d(fake))^2 / dist(real, fake), pairs by batch index. -> [B].

    dist is the root of the mean square over a sample's numbers. With the Wasserstein loss this is
    GAN-QP: L_D = -D + D^2 / (2 lambda dist), D = d_r - d_f, lambda = 1/weight; L_G is D but for
    d_r, which G does not change. No Lipschitz bound is needed: at its optimum |D| is at most lambda
    dist. In circulation: logits [B, 1] divided by distances [B], which gives [B, B] and divides by
    the mean of 1/dist (128/gan_qp_l2.py; mended in 512/gan_qp_l1.py). Su 2018, and that code
    (bojone/gan-qp).
    """
    away = tf.reshape(real - fake, [tf.shape(real)[0], -1])
    dist = tf.sqrt(tf.reduce_mean(away**2, 1) + 1e-12)
    return weight / 2 * (d(real) - d(fake)) ** 2 / dist


@regularizer(players="g", paired=True, also=("L1 loss", "pixel loss", "content loss"))
def reconstruction(
    d: Seen, real: Tensor, fake: Tensor, key: Key, *, weight: Weight = 1.0
) -> Tensor:
    """L_G += weight * mean |G(x) - y|, y the right answer to the input x. -> [B].

    The mean is over a sample's numbers. For tasks whose inputs are made of real samples. Isola et
    al. 2017, eq. 4, where weight is 100 and the adversary has 1.
    """
    return weight * tf.reduce_mean(tf.abs(fake - real), axis=list(range(1, len(fake.shape))))


@regularizer(generators=True)
def identification(
    d: Seen, real: Tensor, fake: Tensor, key: Key, *, weight: Weight = 1.0
) -> Tensor:
    """weight * -log softmax(s_1 ... s_n)_i on fake, i the generator that made it. -> [B].

    s_0 ... s_n are D's scores, its logit is d = s_0 - log sum_{j>0} e^{s_j}. With weight 1 and the
    non-saturating loss this is MAD-GAN: sp(-d) = -log softmax(s)_0 on real samples, and
    sp(d) + penalty = -log softmax(s)_i on generated ones; G minimises -log softmax(s)_0. Means over
    real samples and over the samples of all generators, as in the authors' code; the paper's eq. 3
    sums over the generators, which counts a real sample n times less. At the optimum of D:
    log n where the generators are the same, 0 where they are disjoint. Ghosh et al. 2018.
    """
    scores = d.scores(fake)[:, 1:]
    n = scores.shape[-1]
    made_by = tf.range(tf.shape(scores)[0]) % n  # as `layers.Interleaved` deals them
    return weight * tf.nn.sparse_softmax_cross_entropy_with_logits(made_by, scores)


@regularizer
def drift(d: Seen, real: Tensor, fake: Tensor, key: Key, *, weight: Weight = 1e-3) -> Tensor:
    """weight * d(real)^2, so that the logits of a Wasserstein loss stay near 0. -> [B].

    No 1/2. Karras et al. 2018 (ProGAN), appendix A.1.
    """
    return weight * d(real) ** 2
