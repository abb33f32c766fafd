"""Losses: (real logits [B], fake logits [B]) -> (L_G [B], L_D [B]), both minimised.

The discriminator is high on real samples and returns logits, never probabilities. sp(t) is
softplus(t) = log(1 + e^t) and sig the sigmoid: -log sig(d) = sp(-d), -log(1 - sig(d)) = sp(d).
`log(sigmoid(d))` is in circulation; in float32 it is -inf with a NaN gradient at d = -100.

Each docstring ends with the losses at the ideal equilibrium, d = 0 on every sample. Each loss is
registered with the value of L_D there (`equilibrium`), the zero of the loss gap.
"""

from __future__ import annotations

from typing import Any

from bench.gan.backend import tf
from bench.registry import loss

LOG2 = 0.6931471805599453


def _softplus(x: Any) -> Any:
    return tf.nn.softplus(x)


@loss(equilibrium=2 * LOG2)
def minimax(real: Any, fake: Any, *, smoothing: float = 0.0) -> tuple[Any, Any]:
    """L_G = -sp(d_f), L_D = sp(-d_r) + sp(d_f): the zero-sum game of GANs. [B] -> [B], [B].

    G's gradient vanishes where D is sure. One-sided label smoothing makes D's target on real
    samples 1 - smoothing. Goodfellow et al. 2014, eq. 1; smoothing: Salimans et al. 2016, 3.4.
    Equilibrium: (-0.6931, 1.3863).
    """
    return -_softplus(fake), _cross_entropy(real, smoothing) + _softplus(fake)


@loss(equilibrium=2 * LOG2)
def non_saturating(real: Any, fake: Any, *, smoothing: float = 0.0) -> tuple[Any, Any]:
    """L_G = sp(-d_f), L_D = sp(-d_r) + sp(d_f): G maximises log D(G(z)). [B] -> [B], [B].

    One-sided label smoothing as in `minimax`. Goodfellow et al. 2014, section 3.
    Equilibrium: (0.6931, 1.3863).
    """
    return _softplus(-fake), _cross_entropy(real, smoothing) + _softplus(fake)


@loss(equilibrium=0.25)
def least_squares(
    real: Any, fake: Any, *, a: float = 0.0, b: float = 1.0, c: float = 1.0
) -> tuple[Any, Any]:
    """L_G = 1/2 (d_f - c)^2, L_D = 1/2 (d_r - b)^2 + 1/2 (d_f - a)^2. [B] -> [B], [B].

    On raw logits; a version on sigmoid(d) is in circulation and is another loss. The equilibrium
    is d = (a + b)/2. Mao et al. 2017, eq. 2. Equilibrium: (0.125, 0.25) at d = 1/2.
    """
    return (fake - c) ** 2 / 2, (real - b) ** 2 / 2 + (fake - a) ** 2 / 2


@loss(equilibrium=2.0)
def hinge(real: Any, fake: Any) -> tuple[Any, Any]:
    """L_G = -d_f, L_D = relu(1 - d_r) + relu(1 + d_f). [B] -> [B], [B].

    Lim & Ye 2017; Miyato et al. 2018, eq. 16. Equilibrium: (0, 2).
    """
    return -fake, tf.nn.relu(1 - real) + tf.nn.relu(1 + fake)


@loss(equilibrium=0.0)
def wasserstein(real: Any, fake: Any) -> tuple[Any, Any]:
    """L_G = -d_f, L_D = d_f - d_r. [B] -> [B], [B].

    Unbounded without a Lipschitz constraint (clipping, a penalty, spectral normalization).
    Arjovsky et al. 2017, alg. 1. Equilibrium: (0, 0).
    """
    return -fake, fake - real


@loss(equilibrium=LOG2, pairs=True)
def relativistic(real: Any, fake: Any) -> tuple[Any, Any]:
    """L_G = sp(-(d_f - d_r)), L_D = sp(-(d_r - d_f)), pairs by batch index. [B] -> [B], [B].

    Jolicoeur-Martineau 2019 (RpGAN); Huang et al. 2024 (R3GAN), eq. 2. Logits must be rank 1:
    [B, 1] - [B] broadcasts to [B, B] without an error. Equilibrium: (0.6931, 0.6931).
    """
    return _softplus(real - fake), _softplus(fake - real)


@loss(equilibrium=2 * LOG2)
def article(real: Any, fake: Any) -> tuple[Any, Any]:
    """L_G = sp(d_f), L_D = sp(-d_r) + sp(d_f): a negative control. [B] -> [B], [B].

    G minimises the cross-entropy of its samples against *zeros*, the discriminator's own target:
    both players want D low on fake samples, so nothing pulls G towards the data. An error in
    circulation in tutorial code; the corrected loss is `non_saturating`.
    Equilibrium: (0.6931, 1.3863).
    """
    return _softplus(fake), _softplus(-real) + _softplus(fake)


def _cross_entropy(real: Any, smoothing: Any) -> Any:
    """Cross-entropy of real logits against the target 1 - smoothing."""
    return (1 - smoothing) * _softplus(-real) + smoothing * _softplus(real)
