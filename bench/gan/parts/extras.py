"""Extras: hyper-parameters -> Extra, what is done to a method beside its other parts.

A method may have several. Each field of an `Extra` is one place of the step.

Traits, told to the decorator:

* `couples`: the samples of a batch see each other through its layer.
* `batch`: the batches that it can have (see `bench.gan.parts.needs`).
* `averages`: it changes what is measured, and not the training.
* `coupled`: it ties the networks of several domains.
* `rescales`: it changes the optimizer's numbers by the period of lazy penalties.
* `augments`: it decides how often augmentations are applied, and needs one.
* `norms`: it puts a normalizing layer behind D's hidden layers.
* `pools`: it shows D generated samples of earlier steps.
* `noise`: it changes the noise that G is given.
* `draws`: it decides which real samples are drawn.
* `ordered`: it needs a data set that has an order.

Extras that remember something are in `bench.gan.parts.remembering`, faults of a training loop in
`bench.gan.parts.faults`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from bench.gan.backend import Key, Layer, Make, Memory, Shape, Tensor, Tensors, tf
from bench.gan.parts import layers
from bench.gan.parts.needs import at_least, grouped
from bench.ranges import Decay, Fraction, NonNegative, Positive, PositiveShare, Share
from bench.registry import extra

Select = Callable[[Tensor, Tensor], Tensor]
Average = Callable[[Tensors, Tensors, Tensor], Tensors]
Fakes = Callable[[Tensor, Memory, Key], tuple[Tensor, Memory]]
Numbers = Callable[[dict[str, Tensor], int], dict[str, Tensor]]


class Extra(NamedTuple):
    """One change to a method. Each field has a default that changes nothing."""

    after: Make | None = None
    """A Keras layer that goes behind every hidden activation of D."""

    norm: Make | None = None
    """A Keras layer that goes behind every hidden layer of D, before the activation; for a method
    whose normalizer has none there."""

    head: Make | None = None
    """A Keras layer that goes before D's last one."""

    select: Select | None = None
    """(fake logits [B], progress []) -> weights [B] of the samples in G's loss: 1 counts, 0 not."""

    gradients: Callable[[Tensors], Tensors] | None = None
    """One player's gradient -> what its optimizer gets."""

    average: Average | None = None
    """(average, G's weights, steps done before []) -> the new average, for measuring only."""

    coupled: bool = False
    """True where it ties the networks of several domains (see `bench.gan.networks.ensembles`)."""

    numbers: Numbers | None = None
    """(an optimizer's hyper-parameters with `lr`, the period of lazy penalties) -> those of a
    player that has penalties."""

    memory: Callable[[Shape, str], Memory] | None = None
    """(the shape of one sample as D is shown it, the type of numbers) -> what the extra remembers
    at first; it is one memory for the whole training, in `State.extras`."""

    after_d: Callable[[Memory, Tensor, Tensor, Tensor], Memory] | None = None
    """(memory, real logits [B], fake logits [B], L_D without penalties []) -> the memory after D's
    half of the field was taken."""

    fakes: Fakes | None = None
    """(memory, generated samples [B, ...], key) -> (those that D is shown in its own steps, the
    memory after it)."""

    moves_d: Callable[[Tensor], Tensor] | None = None
    """L_D without penalties [] -> True [] where D takes its step, False where it stays."""

    weights: Callable[[Tensor], tuple[Tensor, Tensor]] | None = None
    """Progress [] -> factors [] on L_G without its penalties, and on L_D with them."""

    chance: Callable[[Memory], Tensor] | None = None
    """Memory -> the probability [] that a sample is augmented, in the steps of both players."""

    tells: Callable[[Memory], dict[str, Tensor]] | None = None
    """Memory -> numbers [] by the names of those buffers of its layers that take them, each with a
    dot in it ("chain.p")."""

    penalty: Callable[[Memory, Tensors, Tensors], Tensor] | None = None
    """(memory, what each of its layers noted of the real batch [], of the generated one []) -> a
    penalty [] that is added to L_D. A layer notes a number in a buffer that is named "noted"."""

    shown: Callable[[Memory], dict[str, Tensor]] | None = None
    """Memory -> numbers [] worth a curve, by the names of their cards (see
    `bench.metrics.quantities`)."""

    latents: Callable[[Tensor], Tensor] | None = None
    """The latents [B, latent] of a batch -> those that G is given."""

    real: Callable[[Tensor], Tensor] | None = None
    """The real samples [B, ...] of a batch -> those that the players are given."""

    repeats: bool = False
    """True where every batch has the real samples of the first batch that the seed draws."""

    places: Callable[[np.ndarray, int], np.ndarray] | None = None
    """(numbers of real samples, counted from the first that D is shown, int [n]; size of the data
    set) -> their places in the data set, int [n]; in the place of random draws."""


@extra(averages=True, also=("exponential moving average", "weight averaging", "G averaging"))
def ema(*, decay: Decay = 0.999) -> Extra:
    """average <- decay * average + (1 - decay) * G's weights, after each step; for measuring only.

    It starts at the first weights, without a correction, and is never fed back. Batch-norm
    statistics are those of G itself. Yazıcı et al. 2019; decay of Mescheder et al. 2018. A
    half-life of h steps is decay = 0.5^(1/h).
    """

    def average(old: Tensors, new: Tensors, step: Tensor) -> Tensors:
        return tuple(decay * a + (1 - decay) * w for a, w in zip(old, new, strict=True))

    return Extra(average=average)


@extra(batch=at_least(2, "the best of one sample is that one"), also=("top-k training",))
def top_k(*, gamma: PositiveShare = 0.99, least: Share = 0.5) -> Extra:
    """L_G over the k samples with the largest d_f, k = B max(gamma^e, least), rounded down.

    e counts the hundredths of the training (the paper: epochs). Ties at the k-th place all count.
    Sinha et al. 2020, section 3.
    """

    def select(fake: Tensor, progress: Tensor) -> Tensor:
        size = tf.cast(tf.shape(fake)[0], tf.float64)
        hundredths = tf.floor(_decimal(100 * progress, 1e4))  # 0.57 is a little less in float32
        share = tf.maximum(tf.pow(_decimal(gamma, 1e7), hundredths), _decimal(least, 1e7))
        k = tf.maximum(tf.floor(size * share + 1e-9), 1)
        # ranked by how many are larger, so that ties share a rank
        larger = tf.reduce_sum(tf.cast(fake[None, :] > fake[:, None], tf.float64), 1)
        return tf.stop_gradient(tf.cast(larger < k, fake.dtype))

    return Extra(select=select)


@extra(
    also=(
        "clip gradients",
        "clipnorm",
    )
)
def gradient_clipping(*, norm: Positive = 1.0) -> Extra:
    """g <- g * min(1, norm / ||g||), ||g|| over all weights of one player.

    Pascanu et al. 2013, alg. 1; for GANs in the code of Mescheder et al. 2017. The bound is ours.
    """

    def gradients(gradient: Tensors) -> Tensors:
        square = tf.add_n([tf.reduce_sum(g**2) for g in gradient])
        scale = tf.minimum(tf.ones_like(square), norm * tf.math.rsqrt(square + 1e-24))
        return tuple(g * scale for g in gradient)

    return Extra(gradients=gradients)


@extra
def dropout(*, rate: Fraction = 0.3) -> Extra:
    """Units of D's hidden layers are 0 with probability `rate`, others 1/(1 - rate) times larger.

    In the steps of both players. A random number for each unit of each sample: a step of a small
    network takes 2.7 times as long. Srivastava et al. 2014.
    """

    def layer() -> Layer:
        return layers.RatedDropout("dropout.rate")

    return Extra(after=layer)


@extra(couples=True, batch=grouped, also=("minibatch standard deviation", "mbstd"))
def minibatch_std() -> Extra:
    """One more feature before D's last layer: the mean deviation within groups of min(4, B).

    sqrt(var + 1e-8) of each feature over the group, averaged over features. A batch of more than 4
    must be a multiple of 4. Karras et al. 2018, section 3, and their code (`minibatch_stddev_layer`
    of tkarras/progressive_growing_of_gans, networks.py).
    """

    def layer() -> Layer:
        return layers.MinibatchStd()

    return Extra(head=layer)


@extra(couples=True, batch=at_least(2, "a sample alone has no others to be near to"))
def minibatch_discrimination() -> Extra:
    """16 features o_ik = sum_j exp(-||M_ik - M_jk||_1) - 1 before D's last layer, M = f T.

    f [B, A] are the features there, T [A, 16 * 5] is trained. Salimans et al. 2016, section 3.2;
    the paper's code has 100 kernels of dimension 5. It compares all B^2 pairs of a batch: at
    B = 256 a step of a small network takes twenty times as long, four fifths of it on the way back.
    Other layouts, matrix products and a gradient of its own gain a fifth of that at most.
    """

    def layer() -> Layer:
        return layers.MinibatchDiscrimination(16, 5)

    return Extra(head=layer)


@extra(also=("adversarial weight", "lambda_adv", "disc_start", "disc_weight"))
def adversary(
    *, weight: NonNegative = 1.0, start: Fraction = 0.0, d_start: Fraction = 0.0
) -> Extra:
    """L_G <- weight * L_G from the share `start` of the training on, and 0 before.

    For a generator with a loss of its own beside the adversary's (`reconstruction`), which is left
    as it is. D does not move before `d_start`: at 0 it is trained when G begins to listen, at
    `start` it begins with G, as with `disc_start` of Esser et al. 2021 (VQGAN, CompVis/
    taming-transformers, vqperceptual.py), which counts steps.
    """

    def weights(progress: Tensor) -> tuple[Tensor, Tensor]:
        g, d = (tf.cast(progress >= share, progress.dtype) for share in (start, d_start))
        return weight * g, d

    return Extra(weights=weights)


@extra(coupled=True)
def coupled() -> Extra:
    """A generator and a discriminator for each domain: L is the mean of the domains' losses.

    The generators are one but for their last layer, the discriminators one but for their first, so
    that the images of one z correspond, though D never sees a pair. The mean over the domains of
    the authors' code, where the paper's eq. 3 has the sum. Liu & Tuzel 2016.
    """
    return Extra(coupled=True)


@extra(rescales=True, also=("lazy regularization",))
def lazy_rescaling() -> Extra:
    """lr <- c lr, beta <- beta^c, c = k/(k + 1), for Adam of a player with penalties every k steps.

    A loss with a lazy penalty counts as k + 1 steps where it was k, and the averages shall last as
    long as before. The penalty itself stays k times as strong, as without it. In circulation: the
    strength alone. Karras et al. 2020 (StyleGAN2), appendix B, and their code, where all players
    have lazy penalties.
    """

    def numbers(own: dict[str, Tensor], lazy: int) -> dict[str, Tensor]:
        c = lazy / (lazy + 1)
        betas = {k: tf.pow(v, tf.cast(c, v.dtype)) for k, v in own.items() if k.startswith("beta")}
        return own | {"lr": c * own["lr"]} | betas

    return Extra(numbers=numbers)


def _decimal(x: Tensor, places: float) -> Tensor:
    """The decimal number that a float32 stands for, as float64: 0.9, not 0.89999998."""
    return tf.round(tf.cast(x, tf.float64) * places) / places
