"""Penalties on weights. The matrix of a kernel has its outputs as columns: [inputs, outputs].

Kernels are taken before any normalizer. See the package's docstring.
"""

from __future__ import annotations

from bench.gan import keys
from bench.gan.backend import Key, Memory, Tensor, Tensors, tf
from bench.gan.parts.power_iteration import sigma, unit_vectors
from bench.gan.parts.regularizers.seen import Seen
from bench.ranges import Weight
from bench.registry import regularizer


@regularizer(kernels=True, also=("weight decay",))
def l2(d: Seen, real: Tensor, fake: Tensor, key: Key, *, weight: Weight = 1e-4) -> Tensor:
    """weight/2 * sum ||W||^2 over D's kernels, no biases. -> [], of a batch [B].

    With the 1/2, as in compare_gan's l2_loss, which then takes the mean over kernels where we take
    the sum. Krogh & Hertz 1992 (weight decay).
    """
    return weight / 2 * _total([tf.reduce_sum(w**2) for w in d.kernels])


@regularizer(players="gd", kernels=True, also=("orthogonal regularization",))
def ortho(
    d: Seen, real: Tensor, fake: Tensor, key: Key, *, weight: Weight = 1e-4, weight_d: Weight = 0.0
) -> Tensor:
    """weight * sum ||W^T W . (1 - I)||_F^2 over G's kernels; weight_d over D's. -> [], of [B].

    Filters shall be orthogonal, of any length. Brock et al. 2019 (BigGAN), eq. 3. Their code adds
    half of this expression's gradient: its 1e-4 is weight = 0.5e-4 here.
    """
    strength = weight if d.player == "g" else weight_d
    return strength * _total([tf.reduce_sum(_off_diagonal(_gram(w)) ** 2) for w in d.kernels])


@regularizer(players="gd", kernels=True)
def ortho_full(
    d: Seen, real: Tensor, fake: Tensor, key: Key, *, weight: Weight = 1e-4, weight_d: Weight = 0.0
) -> Tensor:
    """weight * sum ||W^T W - I||_F^2 over G's kernels; weight_d over D's. -> [], of [B].

    Filters shall be orthonormal. Brock et al. 2017, eq. 4; Brock et al. 2019, eq. 2.
    """
    strength = weight if d.player == "g" else weight_d
    grams = [_gram(w) for w in d.kernels]
    return strength * _total(
        [tf.reduce_sum((m - tf.eye(m.shape[0], dtype=m.dtype)) ** 2) for m in grams]
    )


def _starts(weights: Tensors, kernels: Tensors) -> Tensors:
    """The first u of each kernel, [1, outputs], the same for every seed."""
    key = tf.constant([7, 11])
    return unit_vectors(kernels, [keys.fold(key, i) for i in range(len(kernels))])


@regularizer(
    memory=_starts,
    kernels=True,
    also=("spectral norm regularization", "spectral regularization"),
)
def spectral_penalty(
    d: Seen, real: Tensor, fake: Tensor, key: Key, *, weight: Weight = 0.01
) -> tuple[Tensor, Memory]:
    """weight/2 * sum sigma(W)^2 over D's kernels, with the 1/2. -> [], of a batch [B].

    sigma by one power iteration a step from the remembered u; the gradient does not flow through u
    and v. Yoshida & Miyato 2017, alg. 1.
    """
    found = [sigma(w, u) for w, u in zip(d.kernels, d.memory, strict=True)]
    return weight / 2 * _total([s**2 for s, _ in found]), tuple(u for _, u in found)


def _no_history(weights: Tensors, kernels: Tensors) -> tuple[Tensors, Tensor]:
    """The mean of all weights so far, and of how many steps it is: none."""
    return weights, tf.zeros([], weights[0].dtype)


@regularizer(players="gd", memory=_no_history)
def historical_averaging(
    d: Seen, real: Tensor, fake: Tensor, key: Key, *, weight: Weight = 0.01
) -> tuple[Tensor, Memory]:
    """weight * ||w - mean of all w so far||^2 over all weights of each player. -> [], of [B].

    The mean includes the present w and is a constant to the gradient. No 1/2; the paper names no
    strength, 0.01 is ours. Salimans et al. 2016, section 3.3.
    """
    # a running mean: w enters the mean of n values with weight 1/n
    mean, n = d.memory
    n = n + 1
    mean = tuple(m + (w - m) / n for m, w in zip(mean, d.weights, strict=True))
    mean = tuple(tf.stop_gradient(m) for m in mean)
    away = [tf.reduce_sum((w - m) ** 2) for w, m in zip(d.weights, mean, strict=True)]
    return weight * _total(away), (mean, n)


def _total(scalars: list[Tensor]) -> Tensor:
    return tf.add_n(scalars)


def _gram(kernel: Tensor) -> Tensor:
    """W^T W [outputs, outputs]: inner products of the filters."""
    matrix = tf.reshape(kernel, [-1, kernel.shape[-1]])
    return tf.transpose(matrix) @ matrix


def _off_diagonal(matrix: Tensor) -> Tensor:
    """The matrix with zeros on its diagonal."""
    return tf.linalg.set_diag(matrix, tf.zeros_like(tf.linalg.diag_part(matrix)))
