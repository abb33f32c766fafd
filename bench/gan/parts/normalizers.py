"""Normalizers of a network: hyper-parameters -> Normalizer(init, apply, project, layer, ...).

A normalizer acts in one of four ways, each a field of `Normalizer`: on the kernels that a network
computes with (`apply`), on the weights after a step (`project`), as a Keras layer (`layer`,
`reference`), or on the discriminator as a function (`wrap`).

Traits, told to the decorator:

* `players`: who may have it; "d" where nothing is said.
* `couples`: the samples of a batch see each other through it.
* `spatial`: it needs pixels to average over.
* `gradient`: it bounds the slope of D by the gradient at each sample.
* `reference`: the generator sees a fixed batch of latents before each batch.
* `batch`: the batches that it can have (see `bench.gan.parts.needs`).
* `d_cost`, `g_cost`: the gradients that it adds to a step of D or G (see `bench.gan.methods.cost`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from bench.gan import keys
from bench.gan.backend import Critic, Key, Layer, Make, Memory, Tensor, Tensors, keras, tf
from bench.gan.parts import layers, power_iteration
from bench.gan.parts.needs import at_least
from bench.ranges import Positive
from bench.registry import normalizer

ONE_ALONE = at_least(2, "the variance of one sample is 0")


class Normalizer(NamedTuple):
    """The change that is made to a network. Each field has a default that changes nothing."""

    init: Callable[[Tensors, Key], Memory] = lambda kernels, key: ()
    """(kernels, key) -> what `apply` remembers at first."""

    apply: Callable[[Tensors, Memory], tuple[Tensors, Memory]] = lambda kernels, memory: (
        kernels,
        memory,
    )
    """(kernels, memory) -> (the kernels that the network computes with, the new memory). The
    gradient flows through it. Weights of the normalizer's own stand behind the kernels."""

    project: Callable[[Tensors], Tensors] = lambda weights: weights
    """All weights of the discriminator -> the same, after each of its steps."""

    layer: Make | None = None
    """A Keras layer that goes behind every hidden layer, before the activation."""

    late: bool = False
    """True where the layer goes behind the activation instead."""

    inner: bool = False
    """True where a discriminator takes the layer behind every hidden layer but the first."""

    start: Callable[[Tensors, Key], tuple[Tensors, Tensors]] | None = None
    """(kernels as the network was built, key) -> (first kernels, trainable weights of its own)."""

    wrap: Callable[[Critic], Critic] | None = None
    """The discriminator as a function -> the one that takes its place in both players' steps."""

    reference: Callable[[int], Layer] | None = None
    """The same as `layer`, for one that is told the size of a batch and sees a reference batch."""

    @property
    def on_kernels(self) -> bool:
        """True where it acts on the kernels of a network."""
        plain = Normalizer._field_defaults
        return self.apply is not plain["apply"] or self.start is not None

    def layers(self, batch: int) -> tuple[Make | None, tuple[Make, ...]]:
        """(layer before, layers behind a hidden activation) of a network with that batch size."""
        reference = self.reference
        if reference:
            return (lambda: reference(batch)), ()
        return (None, (self.layer,)) if self.layer and self.late else (self.layer, ())


@normalizer(
    players="gd",
    also=(
        "none",
        "no normalization",
    ),
)
def identity() -> Normalizer:
    """The network as it is: W is W."""
    return Normalizer()


@normalizer(also=("weight clamping",))
def weight_clipping(*, bound: Positive = 0.01) -> Normalizer:
    """w <- clip(w, -bound, bound) for all weights, after each D step.

    Arjovsky et al. 2017, alg. 1.
    """

    def project(weights: Tensors) -> Tensors:
        return tuple(tf.clip_by_value(w, -bound, bound) for w in weights)

    return Normalizer(project=project)


@normalizer(also=("spectral normalization", "SN"))
def spectral_norm() -> Normalizer:
    """W / sigma(W) for every kernel, sigma by one power iteration a D step.

    Miyato et al. 2018, alg. 1. A kernel is read as a matrix [-1, outputs]. The gradient flows
    through sigma, so that <W, dL/dW> = 0. `keras.layers.SpectralNormalization` overwrites the
    kernel instead at each training call, which is another method. The memory holds one u
    [1, outputs] per kernel (see `bench.gan.parts.power_iteration`).
    """

    def init(kernels: Tensors, key: Key) -> Tensors:
        return power_iteration.unit_vectors(kernels, tf.unstack(keys.split(key, (len(kernels),))))

    def apply(kernels: Tensors, us: Tensors) -> tuple[Tensors, Tensors]:
        pairs = [power_iteration.sigma(w, u) for w, u in zip(kernels, us, strict=True)]
        scaled = tuple(w / sigma for w, (sigma, _) in zip(kernels, pairs, strict=True))
        return scaled, tuple(u for _, u in pairs)

    return Normalizer(init, apply)


@normalizer(couples=True, players="gd", batch=ONE_ALONE, also=("batch normalization", "BN"))
def batch_norm() -> Normalizer:
    """Batch normalization behind every hidden layer but D's first, on real and fake batches apart.

    Ioffe & Szegedy 2015, with the GAN literature's momentum 0.9 and epsilon 1e-5. Neither the
    layer that D sees the samples with nor G's last one has it, as training would oscillate: Radford
    et al. 2016, section 3, for convolutions. The same holds here for dense layers, and for batch
    norm alone.
    """

    def layer() -> Layer:
        return keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-5)

    return Normalizer(layer=layer, inner=True)


@normalizer(players="gd", also=("layer normalization", "LN"))
def layer_norm() -> Normalizer:
    """Layer normalization behind every hidden layer, over all axes but the batch's.

    Ba et al. 2016; recommended beside gradient penalties by Gulrajani et al. 2017, section 4.
    """

    def layer() -> Layer:
        return keras.layers.GroupNormalization(groups=1, epsilon=1e-5)

    return Normalizer(layer=layer)


@normalizer(players="gd", spatial=True, also=("instance normalization", "IN"))
def instance_norm() -> Normalizer:
    """Each channel of each sample to mean 0 and variance 1 over its pixels, then scale and shift.

    Ulyanov et al. 2016. A dense layer has no pixels: there it would leave nothing of the sample.
    """

    def layer() -> Layer:
        return keras.layers.GroupNormalization(groups=-1, epsilon=1e-5)

    return Normalizer(layer=layer)


@normalizer(players="gd", also=("group normalization", "GN"))
def group_norm() -> Normalizer:
    """Groups of channels of each sample to mean 0 and variance 1, then scale and shift.

    8 groups, or as many below 8 as divide the channels. Wu & He 2018.
    """

    def layer() -> Layer:
        return layers.GroupNorm()

    return Normalizer(layer=layer)


@normalizer(players="g", also=("pixelwise normalization",))
def pixel_norm() -> Normalizer:
    """x / sqrt(mean over channels of x^2 + 1e-8), behind every hidden activation of G.

    No trained numbers. Karras et al. 2018, section 4.2.
    """

    def layer() -> Layer:
        return layers.PixelNorm()

    return Normalizer(layer=layer, late=True)


@normalizer(
    players="g",
    d_cost=0.3,
    g_cost=1,
    reference=True,
    batch=ONE_ALONE,
    also=("virtual batch normalization", "VBN"),
)
def virtual_batch_norm() -> Normalizer:
    """Batch norm by the statistics of a fixed reference batch and of the sample itself, in G.

    mean = r ref + (1 - r) x, r = B/(B + 1), the same of the mean square; so the samples of a batch
    do not see each other. The reference latents, as many as a batch has, are the same for every
    seed. Salimans et al. 2016, section 3.5.
    """

    def layer(batch: int) -> Layer:
        return layers.VirtualBatchNorm(batch)

    return Normalizer(reference=layer)


@normalizer(players="gd", also=("weight normalization", "WN"))
def weight_norm() -> Normalizer:
    """w = g v / ||v|| for the weights of each output unit, g trained, 1 at first.

    v is the network's own kernel [..., outputs], g [outputs] a weight of this normalizer's own. No
    data-dependent start. Salimans & Kingma 2016, eq. 2.
    """

    def start(kernels: Tensors, key: Key) -> tuple[Tensors, Tensors]:
        return kernels, tuple(tf.ones(w.shape[-1:], w.dtype) for w in kernels)

    def apply(weights: Tensors, memory: Memory) -> tuple[Tensors, Memory]:
        # the kernels v, then as many lengths g
        n = len(weights) // 2
        pairs = zip(weights[:n], weights[n:], strict=True)
        return tuple(g * v / _lengths(v) for v, g in pairs), memory

    return Normalizer(start=start, apply=apply)


@normalizer(players="gd", also=("equalized learning rate", "runtime weight scaling", "EqLR"))
def equalized_lr() -> Normalizer:
    """W sqrt(2 / fan_in) for stored weights W ~ N(0, 1); sqrt(1 / fan_in) in the last layer.

    Adam then moves every layer at the same relative speed; learning rates of other methods do not
    carry over. Karras et al. 2018, section 4.1.
    """

    def start(kernels: Tensors, key: Key) -> tuple[Tensors, Tensors]:
        draws = tf.unstack(keys.split(key, (len(kernels),)))
        pairs = zip(draws, kernels, strict=True)
        return tuple(keys.normal(k, w.shape, w.dtype) for k, w in pairs), ()

    def apply(kernels: Tensors, memory: Memory) -> tuple[Tensors, Memory]:
        # He's gain of a ReLU; no activation follows the last layer
        gains = [2.0] * (len(kernels) - 1) + [1.0]
        return tuple(
            w * (gain / math.prod(w.shape[:-1])) ** 0.5
            for w, gain in zip(kernels, gains, strict=True)
        ), memory

    return Normalizer(start=start, apply=apply)


@normalizer(gradient=True, d_cost=1.5, g_cost=1.5, also=("gradient norm", "GraN"))
def gradient_normalization() -> Normalizer:
    """d(x) / (||grad d(x)|| + |d(x)|) in place of d(x), per sample, in both players' steps.

    A function whose slope is at most 1 and whose values lie in (-1, 1); the gradient flows through
    the norm. Wu et al. 2021, eq. 8; code of GNGAN.
    """

    def wrap(d: Critic) -> Critic:
        def normalized(x: Tensor, *args: Any, features: bool = False) -> tuple[Tensor, Tensors]:
            if features:  # the last hidden layer stays what it is
                return d(x, *args, features=True)
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(x)
                logits, buffers = d(x, *args)
                total = tf.reduce_sum(logits)
            gradient = tape.gradient(total, x)
            square = tf.reduce_sum(gradient**2, axis=list(range(1, len(x.shape))))
            return logits / (tf.sqrt(square + 1e-12) + tf.abs(logits)), buffers

        return normalized

    return Normalizer(wrap=wrap)


def _lengths(kernel: Tensor) -> Tensor:
    """Euclidean norm of each output unit's weights, [outputs]."""
    axes = list(range(len(kernel.shape) - 1))
    return tf.sqrt(tf.reduce_sum(kernel**2, axes) + 1e-12)
