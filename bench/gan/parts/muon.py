"""Muon: momentum whose matrices are made orthogonal. See `bench.gan.parts.optimizers`."""

from __future__ import annotations

from typing import NamedTuple

from bench.gan.backend import Tensor, Tensors, tf
from bench.gan.parts.optimizers import Moments, Optimizer, adam
from bench.ranges import Decay, Fraction, Positive
from bench.registry import optimizer

COEFFICIENTS = 3.4445, -4.7750, 2.0315
"""a, b, c of one Newton-Schulz step X <- a X + (b A + c A^2) X, A = X X^T: steepest at 0."""

STEPS = 5
"""Newton-Schulz steps: singular values that were above a thousandth end between 0.5 and 1.5."""


class Motion(NamedTuple):
    """Muon's memory."""

    momentum: Tensors
    """Averages of the gradients of the matrices, from 0."""

    adam: Moments
    """Adam's memory of the other weights."""


@optimizer(also=("momentum orthogonalized by Newton-Schulz", "orthogonalized momentum"))
def muon(
    *,
    momentum: Fraction = 0.95,
    factor: Positive = 20.0,
    beta1: Decay = 0.9,
    beta2: Decay = 0.95,
    eps: Positive = 1e-10,
) -> Optimizer:
    """W <- W - factor lr sqrt(max(1, outputs/inputs)) O(u), u = (1 - momentum) g + momentum m.

    m <- momentum m + (1 - momentum) g; O takes the singular values of u to about 1, by five
    Newton-Schulz steps. So every direction of a matrix moves equally far, however weak its
    gradient. For kernels but the last, those of convolutions read as [inputs, outputs]; the last
    one, biases and lengths move by `adam` at lr. Jordan et al. 2024, and their code
    (KellerJordan/Muon, muon.py), in float32 where that has bfloat16; its convolutions have the
    factor of their height over their width, which is 1. Its rate is 0.02: factor times lr = 1e-3.
    """
    rest = adam(beta1=beta1, beta2=beta2, eps=eps)

    def init(weights: Tensors) -> Motion:
        matrices, others = _parted(weights)
        return Motion(tuple(tf.zeros_like(w) for w in matrices), rest.init(others))

    def update(gradients: Tensors, slots: Motion, lr: Tensor) -> tuple[Tensors, Motion]:
        matrices, others = _parted(gradients)
        pairs = list(zip(slots.momentum, matrices, strict=True))
        averages = tuple(momentum * m + (1 - momentum) * g for m, g in pairs)
        ahead = [(1 - momentum) * g + momentum * m for m, g in zip(averages, matrices, strict=True)]
        moved = iter(-factor * lr * _spread(u) for u in ahead)
        changes, moments = rest.update(others, slots.adam, lr)
        left = iter(changes)
        places = _matrices(gradients)
        joined = tuple(next(moved if i in places else left) for i in range(len(gradients)))
        return joined, Motion(averages, moments)

    return Optimizer(init, update)


def orthogonalized(matrix: Tensor) -> Tensor:
    """U S V^T -> U S' V^T with S' about 1 (between 0.5 and 1.5); 0 stays 0. [n, m] -> [n, m]."""
    a, b, c = COEFFICIENTS
    tall = matrix.shape[0] > matrix.shape[1]
    x = tf.transpose(matrix) if tall else matrix
    x = x / (tf.sqrt(tf.reduce_sum(x**2) + 1e-30) + 1e-7)  # no singular value is above 1
    for _ in range(STEPS):
        gram = tf.matmul(x, x, transpose_b=True)
        x = a * x + (b * gram + c * gram @ gram) @ x
    return tf.transpose(x) if tall else x


def _spread(kernel: Tensor) -> Tensor:
    """The direction of a kernel's step, at Muon's length for its shape."""
    matrix = tf.reshape(kernel, [-1, kernel.shape[-1]])
    inputs, outputs = matrix.shape
    length = max(1.0, outputs / inputs) ** 0.5
    return tf.reshape(length * orthogonalized(matrix), kernel.shape)


def _matrices(weights: Tensors) -> set[int]:
    """The places of weights that are matrices, but for the last of them, which gives the output."""
    places = [i for i, w in enumerate(weights) if len(w.shape) > 1]
    return set(places[:-1])


def _parted(tensors: Tensors) -> tuple[Tensors, Tensors]:
    """(those of the matrices, those of the other weights) among tensors like the weights."""
    places = _matrices(tensors)
    matrices = tuple(t for i, t in enumerate(tensors) if i in places)
    return matrices, tuple(t for i, t in enumerate(tensors) if i not in places)
