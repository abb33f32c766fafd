"""Scaled and bidirectional spectral norm, against singular values by NumPy."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import tensorflow as tf

from bench import registry

KEY = np.array([1, 2], np.int32)
SHAPES = [(7, 4), (3, 2, 5, 6), (4, 1)]
KERNELS = tuple(
    tf.constant(np.random.default_rng(n).normal(size=shape) * 3) for n, shape in enumerate(SHAPES)
)


def sigma(matrix) -> float:
    return float(np.linalg.svd(matrix, compute_uv=False)[0])


@cache
def settled(name: str, **numbers: float):
    """A normalizer, and what it makes of the kernels and its memory once its power iteration has
    settled."""
    part = registry.normalizer[name](**numbers)
    step, memory = tf.function(part.apply), part.init(KERNELS, KEY)
    for _ in range(300):
        scaled, memory = step(KERNELS, memory)
    return part, scaled, memory


def test_scaled_spectral_norm_is_scale_times_spectral_norm():
    _, found, _ = settled("scaled_spectral_norm", scale=1.7)
    for w, scaled in zip(KERNELS, found, strict=True):
        expected = 1.7 * w / sigma(w.numpy().reshape(-1, w.shape[-1]))
        np.testing.assert_allclose(scaled, expected, rtol=1e-6)


def test_at_scale_one_it_is_spectral_norm_bit_for_bit():
    both = [registry.normalizer[n]() for n in ("spectral_norm", "scaled_spectral_norm")]
    results = [part.apply(KERNELS, part.init(KERNELS, KEY)) for part in both]
    for a, b in zip(*map(tf.nest.flatten, results), strict=True):
        np.testing.assert_array_equal(a, b)


def test_bidirectional_spectral_norm_takes_the_mean_of_both_readings_of_a_convolution():
    _, (dense, convolved, last), _ = settled("bidirectional_spectral_norm", scale=0.8)
    for w, scaled in ((KERNELS[0], dense), (KERNELS[2], last)):
        np.testing.assert_allclose(scaled, 0.8 * w / sigma(w), rtol=1e-6)
    w = KERNELS[1].numpy()
    forward = sigma(w.reshape(-1, 6))
    back = sigma(np.transpose(w, (0, 1, 3, 2)).reshape(-1, 5))
    assert abs(forward / back - 1) > 0.03
    np.testing.assert_allclose(convolved, 0.8 * w / ((forward + back) / 2), rtol=1e-6)


def test_its_gradient_flows_through_both_singular_values():
    """W <- a W changes nothing: the gradient stands upright on W."""
    part, _, memory = settled("bidirectional_spectral_norm")
    w = KERNELS[1]
    with tf.GradientTape() as tape:
        tape.watch(w)
        scaled = part.apply((KERNELS[0], w, KERNELS[2]), memory)[0][1]
        loss = tf.reduce_sum((scaled - 0.1) ** 3)
    gradient = tape.gradient(loss, w)
    cosine = np.sum(w * gradient) / np.linalg.norm(w) / np.linalg.norm(gradient)
    assert abs(cosine) < 1e-6
    assert np.linalg.norm(gradient) > 1e-4


def test_it_is_warmed_up_and_draws_for_each_reading():
    part, found, _ = settled("bidirectional_spectral_norm")
    first = part.apply(KERNELS, part.init(KERNELS, KEY))[0]
    for a, b in zip(first, found, strict=True):
        assert np.linalg.norm(a) == pytest.approx(np.linalg.norm(b), rel=0.02)
    forward, back = part.init(KERNELS, KEY)
    assert [u.shape[1] for u in forward] == [4, 6, 1]
    assert [u.shape[1] for u in back] == [5]
