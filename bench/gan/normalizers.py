"""Normalizers of the discriminator: hyper-parameters -> Normalizer(init, apply, project, layer).

`init(kernels, key) -> memory`, `apply(kernels, memory) -> (effective kernels, memory)` is what
the discriminator computes with (the gradient flows through it), `project(weights) -> weights`
is done after each of its steps. `layer()` is a Keras layer put behind every hidden layer instead.
`couples` marks a normalizer through which the samples of a batch see each other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from bench.gan import keys
from bench.gan.backend import keras, tf
from bench.registry import normalizer

Tensors = tuple[Any, ...]


class Normalizer(NamedTuple):
    """What is done to the discriminator's weights. See the module's docstring."""

    init: Callable[[Tensors, Any], Any] = lambda kernels, key: ()
    apply: Callable[[Tensors, Any], tuple[Tensors, Any]] = lambda kernels, memory: (kernels, memory)
    project: Callable[[Tensors], Tensors] = lambda weights: weights
    layer: Callable[[], Any] | None = None


@normalizer
def identity() -> Normalizer:
    """The discriminator as it is: W is W."""
    return Normalizer()


@normalizer
def weight_clipping(*, bound: float = 0.01) -> Normalizer:
    """w <- clip(w, -bound, bound) for all weights, after each D step.

    Arjovsky et al. 2017, alg. 1.
    """

    def project(weights: Tensors) -> Tensors:
        return tuple(tf.clip_by_value(w, -bound, bound) for w in weights)

    return Normalizer(project=project)


@normalizer
def spectral_norm() -> Normalizer:
    """W / sigma(W) for every kernel, sigma by one power iteration a D step.

    Miyato et al. 2018, alg. 1. A kernel is read as a matrix [-1, outputs]. The gradient flows
    through sigma, so that <W, dL/dW> = 0. `keras.layers.SpectralNormalization` overwrites the
    kernel instead at each training call, which is another method. The memory holds one u
    [1, outputs] per kernel, warmed up by 15 iterations: from a random u, one iteration misses
    sigma by a quarter.
    """

    def init(kernels: Tensors, key: Any) -> Tensors:
        starts = tf.unstack(keys.split(key, (len(kernels),)))
        us = tuple(
            _unit(keys.normal(k, (1, w.shape[-1]), w.dtype))
            for k, w in zip(starts, kernels, strict=True)
        )
        for _ in range(15):
            us = apply(kernels, us)[1]
        return us

    def apply(kernels: Tensors, us: Tensors) -> tuple[Tensors, Tensors]:
        pairs = [_spectral(w, u) for w, u in zip(kernels, us, strict=True)]
        return tuple(w for w, _ in pairs), tuple(u for _, u in pairs)

    return Normalizer(init, apply)


@normalizer(couples=True)
def batch_norm() -> Normalizer:
    """Batch normalization behind every hidden layer, on real and fake batches apart.

    Ioffe & Szegedy 2015, with the GAN literature's momentum 0.9 and epsilon 1e-5.
    """
    return Normalizer(layer=lambda: keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-5))


@normalizer
def layer_norm() -> Normalizer:
    """Layer normalization behind every hidden layer, over all axes but the batch's.

    Ba et al. 2016; recommended beside gradient penalties by Gulrajani et al. 2017, section 4.
    """

    def layer() -> Any:
        return keras.layers.GroupNormalization(groups=1, epsilon=1e-5)

    return Normalizer(layer=layer)


def _spectral(kernel: Any, u: Any) -> tuple[Any, Any]:
    """(W / sigma, u after one power iteration). Kernel [..., outputs], u [1, outputs]."""
    matrix = tf.reshape(kernel, [-1, kernel.shape[-1]])
    v = tf.stop_gradient(_unit(u @ tf.transpose(matrix)))
    u = tf.stop_gradient(_unit(v @ matrix))
    sigma = v @ matrix @ tf.transpose(u)
    return kernel / sigma[0, 0], u


def _unit(x: Any) -> Any:
    return x / (tf.norm(x) + 1e-12)
