"""Penalties on weights. The matrix of a kernel has its outputs as columns: [inputs, outputs].

Kernels are taken before any normalizer. See the package's docstring.
"""

from __future__ import annotations

from typing import Any

from bench.gan import keys
from bench.gan.backend import tf
from bench.ranges import Weight
from bench.registry import regularizer

Tensors = tuple[Any, ...]


@regularizer(kernels=True)
def l2(d: Any, real: Any, fake: Any, key: Any, *, weight: Weight = 1e-4) -> Any:
    """weight/2 * sum ||W||^2 over D's kernels, no biases. -> [], of a batch [B].

    With the 1/2, as in compare_gan's l2_loss, which then takes the mean over kernels where we take
    the sum. Krogh & Hertz 1992 (weight decay).
    """
    return weight / 2 * _total([tf.reduce_sum(w**2) for w in d.kernels])


@regularizer(players="gd", kernels=True)
def ortho(
    d: Any, real: Any, fake: Any, key: Any, *, weight: Weight = 1e-4, weight_d: Weight = 0.0
) -> Any:
    """weight * sum ||W^T W . (1 - I)||_F^2 over G's kernels; weight_d over D's. -> [], of [B].

    Filters shall be orthogonal, of any length. Brock et al. 2019 (BigGAN), eq. 3. Their code adds
    half of this expression's gradient: its 1e-4 is weight = 0.5e-4 here.
    """
    strength = weight if d.player == "g" else weight_d
    return strength * _total([tf.reduce_sum(_off_diagonal(_gram(w)) ** 2) for w in d.kernels])


@regularizer(players="gd", kernels=True)
def ortho_full(
    d: Any, real: Any, fake: Any, key: Any, *, weight: Weight = 1e-4, weight_d: Weight = 0.0
) -> Any:
    """weight * sum ||W^T W - I||_F^2 over G's kernels; weight_d over D's. -> [], of [B].

    Filters shall be orthonormal. Brock et al. 2017, eq. 4; Brock et al. 2019, eq. 2.
    """
    strength = weight if d.player == "g" else weight_d
    grams = [_gram(w) for w in d.kernels]
    return strength * _total(
        [tf.reduce_sum((m - tf.eye(m.shape[0], dtype=m.dtype)) ** 2) for m in grams]
    )


def _starts(weights: Tensors, kernels: Tensors) -> Tensors:
    """A unit vector [1, outputs] for each kernel, after 15 power iterations."""
    key = tf.constant([7, 11])
    us = tuple(
        _unit(keys.normal(keys.fold(key, i), (1, w.shape[-1]), w.dtype))
        for i, w in enumerate(kernels)
    )
    for _ in range(15):
        us = tuple(_sigma(w, u)[1] for w, u in zip(kernels, us, strict=True))
    return us


@regularizer(memory=_starts, kernels=True)
def spectral_penalty(d: Any, real: Any, fake: Any, key: Any, *, weight: Weight = 0.01) -> Any:
    """weight/2 * sum sigma(W)^2 over D's kernels, with the 1/2. -> [], of a batch [B].

    sigma by one power iteration a step from the remembered u; the gradient does not flow through u
    and v. Yoshida & Miyato 2017, alg. 1.
    """
    found = [_sigma(w, u) for w, u in zip(d.kernels, d.memory, strict=True)]
    return weight / 2 * _total([s**2 for s, _ in found]), tuple(u for _, u in found)


@regularizer(
    players="gd", memory=lambda weights, kernels: (weights, tf.zeros([], weights[0].dtype))
)
def historical_averaging(d: Any, real: Any, fake: Any, key: Any, *, weight: Weight = 0.01) -> Any:
    """weight * ||w - mean of all w so far||^2 over all weights of each player. -> [], of [B].

    The mean includes the present w and is a constant to the gradient. No 1/2; the paper names no
    strength, 0.01 is ours. Salimans et al. 2016, section 3.3.
    """
    mean, n = d.memory
    n = n + 1
    mean = tuple(m + (w - m) / n for m, w in zip(mean, d.weights, strict=True))
    mean = tuple(tf.stop_gradient(m) for m in mean)
    away = [tf.reduce_sum((w - m) ** 2) for w, m in zip(d.weights, mean, strict=True)]
    return weight * _total(away), (mean, n)


def _total(scalars: list[Any]) -> Any:
    return tf.add_n(scalars)


def _gram(kernel: Any) -> Any:
    """W^T W [outputs, outputs]: inner products of the filters."""
    matrix = tf.reshape(kernel, [-1, kernel.shape[-1]])
    return tf.transpose(matrix) @ matrix


def _off_diagonal(matrix: Any) -> Any:
    return tf.linalg.set_diag(matrix, tf.zeros_like(tf.linalg.diag_part(matrix)))


def _sigma(kernel: Any, u: Any) -> tuple[Any, Any]:
    """(largest singular value, u after one power iteration)."""
    matrix = tf.reshape(kernel, [-1, kernel.shape[-1]])
    v = tf.stop_gradient(_unit(u @ tf.transpose(matrix)))
    u = tf.stop_gradient(_unit(v @ matrix))
    return (v @ matrix @ tf.transpose(u))[0, 0], u


def _unit(x: Any) -> Any:
    return x / (tf.norm(x) + 1e-12)
