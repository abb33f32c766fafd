"""Power iteration: the largest singular value of kernels, remembered from step to step.

A kernel [..., outputs] is read as the matrix W [-1, outputs]. For each there is a unit vector
u [1, outputs], which one iteration brings nearer to W's first right singular vector.
"""

from __future__ import annotations

from collections.abc import Iterable

from bench.gan import keys
from bench.gan.backend import Key, Tensor, Tensors, tf

WARM_UP = 15
"""Iterations before the first step: from a random u, one iteration misses sigma by a quarter."""


def unit_vectors(kernels: Tensors, draws: Iterable[Key]) -> Tensors:
    """The first u of each kernel, [1, outputs], drawn from one key each and warmed up."""
    us = tuple(
        _unit(keys.normal(key, (1, w.shape[-1]), w.dtype))
        for key, w in zip(draws, kernels, strict=True)
    )
    for _ in range(WARM_UP):
        us = tuple(sigma(w, u)[1] for w, u in zip(kernels, us, strict=True))
    return us


def sigma(kernel: Tensor, u: Tensor) -> tuple[Tensor, Tensor]:
    """(sigma [], u after one iteration) of a kernel [..., outputs] and its u [1, outputs].

    sigma = v W u^T with v = u W^T / ||.||, u = v W / ||.||: both are constants to the gradient,
    which flows through W alone. Miyato et al. 2018, alg. 1.
    """
    matrix = tf.reshape(kernel, [-1, kernel.shape[-1]])
    v = tf.stop_gradient(_unit(u @ tf.transpose(matrix)))
    u = tf.stop_gradient(_unit(v @ matrix))
    return (v @ matrix @ tf.transpose(u))[0, 0], u


def _unit(x: Tensor) -> Tensor:
    return x / (tf.norm(x) + 1e-12)
