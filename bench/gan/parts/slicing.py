"""SAN: the last layer of D is a direction with a loss of its own (Takida et al. 2024).

D is d(x) = ||w|| <w/||w||, h(x)> + b, h its last hidden layer. The loss moves h, ||w|| and b, and
finds the direction w/||w|| held constant (`san`); the penalty `san_direction` moves the direction
alone, by the Wasserstein loss, which separates real from generated features best. Both read the
last kernel with one output.

In circulation is the first public code of the authors (sony/san, simple-san, before
b50c34d5991fb8cdfaafe3664dcbf355c5b5fab5), which stops the gradients the wrong way round: there the
loss moved the direction, and the Wasserstein loss the features.
"""

from __future__ import annotations

from bench.gan.backend import Key, Memory, Tensor, Tensors, tf
from bench.gan.parts.normalizers import Normalizer, spectral_norm
from bench.gan.parts.regularizers import Seen
from bench.ranges import Weight
from bench.registry import normalizer, regularizer


@normalizer(direction=True, also=("slicing adversarial network", "normalized direction"))
def san() -> Normalizer:
    """||w|| stop(w/||w||) for D's last kernel w: its value is w, its gradient along w alone.

    So the loss never turns w; needs `san_direction`, which does. Takida et al. 2024, eq. 13.
    """

    def apply(kernels: Tensors, memory: Memory) -> tuple[Tensors, Memory]:
        return _fixed(kernels), memory

    return Normalizer(apply=apply)


@normalizer(direction=True, also=("SAN with spectral normalization",))
def san_spectral_norm() -> Normalizer:
    """`san` for D's last kernel, `spectral_norm` for the others but the first.

    As in the authors' example: sony/san, simple-san/models/discriminator.py. Takida et al. 2024.
    """
    plain = spectral_norm()

    def init(kernels: Tensors, key: Key) -> Memory:
        return plain.init(_between(kernels), key) if _between(kernels) else ()

    def apply(kernels: Tensors, us: Memory) -> tuple[Tensors, Memory]:
        kernels, between = _fixed(kernels), list(_places(kernels))
        if not between:
            return kernels, us
        normalized, us = plain.apply(_between(kernels), us)
        changed = dict(zip(between, normalized, strict=True))
        return tuple(changed.get(i, w) for i, w in enumerate(kernels)), us

    return Normalizer(init, apply)


@regularizer(direction=True, stops=True, kernels=True, features=True)
def san_direction(d: Seen, real: Tensor, fake: Tensor, key: Key, *, weight: Weight = 1.0) -> Tensor:
    """weight * <w/||w||, stop(||w|| h(fake)) - stop(||w|| h(real))>, w D's last kernel. -> [B].

    The Wasserstein loss of the direction, h held constant. It goes with `san` or
    `san_spectral_norm` only. Takida et al. 2024, eq. 13; sony/san, simple-san/train.py
    (compute_loss_san), without a weight. Raises ValueError where h is not what w is multiplied by.
    """
    w = tf.reshape(d.kernels[_last(d.kernels)], [-1])
    length = tf.sqrt(tf.reduce_sum(w**2) + 1e-24)

    def along(x: Tensor) -> Tensor:
        h = tf.reshape(d.features(x), [tf.shape(x)[0], -1])
        if h.shape[1] not in (None, w.shape[0]):
            text = (
                f"D's last hidden layer has {h.shape[1]} numbers and its last kernel {w.shape[0]}"
            )
            raise ValueError(f"san_direction: {text}: end D with a dense layer of one unit")
        return tf.linalg.matvec(tf.stop_gradient(length * h), w / length)

    return weight * (along(fake) - along(real))


def _last(kernels: Tensors) -> int:
    """The place of the last kernel with one output; the last one where none has."""
    return max((i for i, w in enumerate(kernels) if w.shape[-1] == 1), default=len(kernels) - 1)


def _places(kernels: Tensors) -> range:
    """The places of the kernels between the first and the last."""
    return range(1, _last(kernels))


def _between(kernels: Tensors) -> Tensors:
    return tuple(kernels[i] for i in _places(kernels))


def _fixed(kernels: Tensors) -> Tensors:
    """The kernels, the last one with its direction held constant."""
    last = _last(kernels)
    w = kernels[last]
    length = tf.sqrt(tf.reduce_sum(w**2) + 1e-24)
    return (*kernels[:last], length * tf.stop_gradient(w / length), *kernels[last + 1 :])
