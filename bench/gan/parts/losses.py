"""Losses: (real logits [B], fake logits [B]) -> (L_G [B], L_D [B]), both minimised.

The discriminator is high on real samples and returns logits, never probabilities. sp(t) is
softplus(t) = log(1 + e^t) and sig the sigmoid: -log sig(d) = sp(-d), -log(1 - sig(d)) = sp(d).
`log(sigmoid(d))` is in circulation; in float32 it is -inf with a NaN gradient at d = -100.

Each docstring ends with the losses at the ideal equilibrium, d = 0 on every sample. Traits, told to
the decorator: `equilibrium` is the value of L_D there, the zero of the loss gap; `pairs` marks a
loss that compares the logits of a sample with those of others; `draws` one that draws and is called
with a key, int32 [2]; `forbids` names numbers that cannot stand together.
"""

from __future__ import annotations

from bench.gan import keys
from bench.gan.backend import Key, Map, Tensor, tf
from bench.ranges import Fraction, Real, Share
from bench.registry import loss

LOG2 = 0.6931471805599453


def _softplus(x: Tensor) -> Tensor:
    return tf.nn.softplus(x)


@loss(equilibrium=2 * LOG2, also=("saturating", "vanilla", "GAN", "original"))
def minimax(real: Tensor, fake: Tensor, *, smoothing: Fraction = 0.0) -> tuple[Tensor, Tensor]:
    """L_G = -sp(d_f), L_D = sp(-d_r) + sp(d_f): the zero-sum game of GANs. [B] -> [B], [B].

    G's gradient vanishes where D is sure. One-sided label smoothing makes D's target on real
    samples 1 - smoothing. Goodfellow et al. 2014, eq. 1; smoothing: Salimans et al. 2016, 3.4.
    Equilibrium: (-0.6931, 1.3863).
    """
    return -_softplus(fake), _cross_entropy(real, smoothing) + _softplus(fake)


@loss(
    equilibrium=2 * LOG2,
    also=(
        "NSGAN",
        "logistic",
        "vanilla",
        "GAN",
        "BCE",
        "binary cross entropy",
        "cross entropy",
        "heuristic",
        "softplus",
    ),
)
def non_saturating(
    real: Tensor, fake: Tensor, *, smoothing: Fraction = 0.0
) -> tuple[Tensor, Tensor]:
    """L_G = sp(-d_f), L_D = sp(-d_r) + sp(d_f): G maximises log D(G(z)). [B] -> [B], [B].

    One-sided label smoothing as in `minimax`. Goodfellow et al. 2014, section 3.
    Equilibrium: (0.6931, 1.3863).
    """
    return _softplus(-fake), _cross_entropy(real, smoothing) + _softplus(fake)


def _equal_targets(a: float, b: float, c: float) -> str | None:
    return f"a = b = {a:g}: D is taught the same of real and of fake samples" if a == b else None


@loss(equilibrium=0.25, forbids=_equal_targets, also=("LSGAN", "MSE", "L2 loss"))
def least_squares(
    real: Tensor, fake: Tensor, *, a: Real = 0.0, b: Real = 1.0, c: Real = 1.0
) -> tuple[Tensor, Tensor]:
    """L_G = 1/2 (d_f - c)^2, L_D = 1/2 (d_r - b)^2 + 1/2 (d_f - a)^2. [B] -> [B], [B].

    On raw logits; a version on sigmoid(d) is in circulation and is another loss. The equilibrium
    is d = (a + b)/2. Mao et al. 2017, eq. 2. Equilibrium: (0.125, 0.25) at d = 1/2.
    """
    return (fake - c) ** 2 / 2, (real - b) ** 2 / 2 + (fake - a) ** 2 / 2


@loss(equilibrium=2.0, also=("geometric GAN",))
def hinge(real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    """L_G = -d_f, L_D = relu(1 - d_r) + relu(1 + d_f). [B] -> [B], [B].

    No relu for G: relu(1 - d_f) would have no gradient where d_f > 1. Lim & Ye 2017; Miyato et al.
    2018, eq. 16. Equilibrium: (0, 2).
    """
    return -fake, tf.nn.relu(1 - real) + tf.nn.relu(1 + fake)


@loss(equilibrium=0.0, also=("WGAN", "earth mover"))
def wasserstein(real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    """L_G = -d_f, L_D = d_f - d_r. [B] -> [B], [B].

    Unbounded without a Lipschitz constraint (clipping, a penalty, spectral normalization).
    Arjovsky et al. 2017, alg. 1. Equilibrium: (0, 0).
    """
    return -fake, fake - real


@loss(equilibrium=2 * LOG2, also=("LGAN",))
def lipschitz(real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    """L_G = -d_f, L_D = phi(-d_r) + phi(d_f), phi = sp: Lipschitz GANs. [B] -> [B], [B].

    For use with a bound on D's slope (`maxgp`). phi(t) = -log sig(-t) is increasing and strictly
    convex, so that D's optimum is unique; with a linear phi, which is `wasserstein`, it is unique
    up to a constant only. exp and t + sqrt(t^2 + 1) are others of the paper. Zhou et al. 2019,
    section 3, and their code (`log_sigmoid`), where G's loss is linear. Equilibrium: (0, 1.3863).
    """
    return -fake, _softplus(-real) + _softplus(fake)


@loss(equilibrium=LOG2, pairs=True, also=("RpGAN", "RGAN", "relativistic pairing"))
def relativistic(real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    """L_G = sp(-(d_f - d_r)), L_D = sp(-(d_r - d_f)), pairs by batch index. [B] -> [B], [B].

    Jolicoeur-Martineau 2019 (RpGAN); Huang et al. 2024 (R3GAN), eq. 2. Logits must be rank 1:
    [B, 1] - [B] broadcasts to [B, B] without an error. Equilibrium: (0.6931, 0.6931).
    """
    return _softplus(real - fake), _softplus(fake - real)


@loss(equilibrium=1.0)
def least_squares_symmetric(real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    """L_G = 1/2 d_f^2, L_D = 1/2 (d_r - 1)^2 + 1/2 (d_f + 1)^2. [B] -> [B], [B].

    `least_squares` with a = -1, b = 1, c = 0, which minimises a Pearson chi^2 divergence. Mao et
    al. 2017, eq. 8. Equilibrium: (0, 1).
    """
    return fake**2 / 2, (real - 1) ** 2 / 2 + (fake + 1) ** 2 / 2


@loss(equilibrium=LOG2, pairs=True, also=("RaGAN",))
def relativistic_average(real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    """L_D = 1/2 [sp(-(d_r - m_f)) + sp(d_f - m_r)], L_G the same with real and fake swapped.

    m is the mean of a batch's logits. [B] -> [B], [B]. With the 1/2, which the paper's experiments
    leave out. Jolicoeur-Martineau 2019 (RaGAN). Equilibrium: (0.6931, 0.6931).
    """
    return _relativistic_average(_softplus, fake, real), _relativistic_average(
        _softplus, real, fake
    )


@loss(equilibrium=1.0, pairs=True, also=("RaHinge",))
def relativistic_average_hinge(real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    """L_D = 1/2 [relu(1 - (d_r - m_f)) + relu(1 + (d_f - m_r))], L_G with real and fake swapped.

    m is the mean of a batch's logits. [B] -> [B], [B]. In circulation: a G loss with the mean of
    d_f inside one relu. Jolicoeur-Martineau 2019 (RaHingeGAN). Equilibrium: (1, 1).
    """
    return _relativistic_average(_hinge, fake, real), _relativistic_average(_hinge, real, fake)


@loss(equilibrium=0.5, pairs=True, also=("RpLSGAN",))
def relativistic_least_squares(real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    """L_G = 1/2 (d_f - d_r - 1)^2, L_D = 1/2 (d_r - d_f - 1)^2, pairs by index. [B] -> [B], [B].

    Jolicoeur-Martineau 2019 (RpLSGAN). Equilibrium: (0.5, 0.5).
    """
    return (fake - real - 1) ** 2 / 2, (real - fake - 1) ** 2 / 2


@loss(
    equilibrium=2 * LOG2,
    draws=True,
    also=(
        "label noise",
        "noisy labels",
    ),
)
def label_flipping(
    real: Tensor, fake: Tensor, key: Key, *, share: Share = 0.05, smoothing: Fraction = 0.0
) -> tuple[Tensor, Tensor]:
    """`non_saturating`, but D takes a share of the pairs (d_r, d_f) the wrong way round.

    L_G = sp(-d_f); L_D = sp(-d_r) + sp(d_f), or sp(-d_f) + sp(d_r) with probability `share`.
    [B] -> [B], [B]. Noisy labels: Chintala et al. 2016, "How to train a GAN?", hint 6. The share is
    ours. Equilibrium: (0.6931, 1.3863).
    """
    flipped = keys.uniform(key, tf.shape(real), real.dtype) < share
    high, low = tf.where(flipped, fake, real), tf.where(flipped, real, fake)
    return _softplus(-fake), _cross_entropy(high, smoothing) + _softplus(low)


@loss(equilibrium=2 * LOG2)
def article(real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    """L_G = sp(d_f), L_D = sp(-d_r) + sp(d_f): a negative control. [B] -> [B], [B].

    G minimises the cross-entropy of its samples against *zeros*, the discriminator's own target:
    both players want D low on fake samples, so nothing pulls G towards the data. An error in
    circulation in tutorial code; the corrected loss is `non_saturating`, of Goodfellow et al. 2014.
    Equilibrium: (0.6931, 1.3863).
    """
    return _softplus(fake), _softplus(-real) + _softplus(fake)


def _hinge(x: Tensor) -> Tensor:
    """relu(1 + x)."""
    return tf.nn.relu(1 + x)


def _relativistic_average(loss: Map, high: Tensor, low: Tensor) -> Tensor:
    """1/2 [loss(-(high - mean low)) + loss(low - mean high)]: teaches that high is high."""
    return (loss(tf.reduce_mean(low) - high) + loss(low - tf.reduce_mean(high))) / 2


def _cross_entropy(real: Tensor, smoothing: Tensor) -> Tensor:
    """Cross-entropy of real logits against the target 1 - smoothing."""
    return (1 - smoothing) * _softplus(-real) + smoothing * _softplus(real)
