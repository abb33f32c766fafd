"""Normalizers by the largest singular value of kernels that are younger than `spectral_norm`.

All of them remember a vector for each singular value (see `bench.gan.parts.power_iteration`).
"""

from __future__ import annotations

from bench.gan import keys
from bench.gan.backend import Key, Tensor, Tensors, tf
from bench.gan.parts import power_iteration
from bench.gan.parts.normalizers import Normalizer, spectral_norm
from bench.ranges import Positive
from bench.registry import normalizer


@normalizer(also=("SSN", "scaled SN", "scaled spectral normalization"))
def scaled_spectral_norm(*, scale: Positive = 1.0) -> Normalizer:
    """scale * W / sigma(W) for every kernel, sigma as in `spectral_norm`, which this is at scale 1.

    The slope of D is multiplied by scale at each layer. Lin et al. 2021, and their code, where
    biases are multiplied as well, which learn by themselves here; scales there are 0.7 to 4.
    """
    plain = spectral_norm()

    def apply(kernels: Tensors, us: Tensors) -> tuple[Tensors, Tensors]:
        normalized, us = plain.apply(kernels, us)
        return tuple(scale * w for w in normalized), us

    return Normalizer(plain.init, apply)


@normalizer(also=("BSN", "BSSN", "bidirectional spectral normalization"))
def bidirectional_spectral_norm(*, scale: Positive = 1.0) -> Normalizer:
    """scale * W / ((sigma_1 + sigma_2)/2) for kernels of convolutions, two readings of each.

    sigma_1 is that of W as a matrix [h w c_in, c_out], as in `spectral_norm`, sigma_2 that of
    [h w c_out, c_in]: between the two the variance of what goes forward and of the gradient on its
    way back is kept. Of a dense layer both are one. One power iteration a D step for each. Lin et
    al. 2021, and their code (fjxmlzn/BSN, no_gamma-CNN/gan/op.py, `conv2d`).
    """

    def init(kernels: Tensors, key: Key) -> tuple[Tensors, Tensors]:
        forward, back = keys.fold(key, 0), keys.fold(key, 1)
        return _vectors(kernels, forward), _vectors(_turned(kernels), back)

    def apply(
        kernels: Tensors, memory: tuple[Tensors, Tensors]
    ) -> tuple[Tensors, tuple[Tensors, Tensors]]:
        first, second = (
            [power_iteration.sigma(w, u) for w, u in zip(read, us, strict=True)]
            for read, us in zip((kernels, _turned(kernels)), memory, strict=True)
        )
        # the second readings are of convolutions only, in the order of the kernels
        back = iter(sigma for sigma, _ in second)
        scaled = tuple(
            scale * w / ((sigma + (next(back) if _convolves(w) else sigma)) / 2)
            for w, (sigma, _) in zip(kernels, first, strict=True)
        )
        return scaled, (tuple(u for _, u in first), tuple(u for _, u in second))

    return Normalizer(init, apply)


def _convolves(kernel: Tensor) -> bool:
    return len(kernel.shape) > 2


def _turned(kernels: Tensors) -> Tensors:
    """The kernels of convolutions [h, w, c_in, c_out] with their channels exchanged."""
    return tuple(tf.einsum("...io->...oi", w) for w in kernels if _convolves(w))


def _vectors(kernels: Tensors, key: Key) -> Tensors:
    draws = tf.unstack(keys.split(key, (len(kernels),))) if kernels else []
    return power_iteration.unit_vectors(kernels, draws)
