"""Spectral norm is Miyato's reparametrization, clipping clips, batch norm couples."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from bench import registry
from bench.gan.methods import IllegalMethod, check
from bench.trial import Method

KEY = tf.constant([1, 2])


@pytest.mark.parametrize("shape", [(7, 4), (3, 3, 5, 6)])
def test_spectral_norm(shape):
    kernel = tf.constant(np.random.default_rng(0).normal(size=shape) * 3)
    target = tf.constant(np.random.default_rng(1).normal(size=shape))
    sn = registry.normalizer["spectral_norm"]()
    memory = sn.init((kernel,), KEY)
    for _ in range(200):
        _, memory = sn.apply((kernel,), memory)
    with tf.GradientTape() as tape:
        tape.watch(kernel)
        (effective,), _ = sn.apply((kernel,), memory)
        loss = tf.reduce_sum((effective - target) ** 2)
    gradient = tape.gradient(loss, kernel)
    sigma = np.linalg.svd(effective.numpy().reshape(-1, shape[-1]), compute_uv=False)[0]
    assert sigma == pytest.approx(1, abs=1e-6)
    cosine = np.sum(kernel * gradient) / np.linalg.norm(kernel) / np.linalg.norm(gradient)
    assert abs(cosine) < 1e-6
    assert np.linalg.norm(gradient) > 1e-3


def test_spectral_norm_s_warm_up_leaves_little_to_gain():
    kernel = tf.constant(np.random.default_rng(0).normal(size=(128, 128)))
    sn = registry.normalizer["spectral_norm"]()
    (effective,), _ = sn.apply((kernel,), sn.init((kernel,), KEY))
    sigma = np.linalg.svd(effective, compute_uv=False)[0]
    assert 1.0 - 1e-9 <= sigma < 1.05


def test_weight_clipping():
    clip = registry.normalizer["weight_clipping"](bound=0.5)
    kernels, _ = clip.apply((tf.constant([[-2.0, 0.25]]),), ())
    np.testing.assert_array_equal(kernels[0], [[-2.0, 0.25]])
    np.testing.assert_allclose(clip.project(kernels)[0], [[-0.5, 0.25]])


@pytest.mark.parametrize("penalty", ["r1", "r2", "wgan_gp", "wgan_lp", "dragan", "gp0"])
def test_batch_norm_with_a_gradient_penalty_is_refused_with_its_reason(penalty):
    with pytest.raises(IllegalMethod, match=f"{penalty} with batch_norm.*layer_norm"):
        check(Method("x", regularizers=(penalty,), normalizer="batch_norm"))
    check(Method("x", regularizers=(penalty,), normalizer="layer_norm"))
    check(Method("x", normalizer="batch_norm"))


@pytest.mark.parametrize(("name", "couples"), [("batch_norm", True), ("layer_norm", False)])
def test_a_normalizer_s_coupling_is_declared_as_it_is(name, couples):
    """A sample's output changes with the rest of its batch, or not."""
    layer = registry.normalizer[name]().layer()
    x = np.random.default_rng(0).normal(size=(6, 4)).astype("float32")
    alone = layer(x, training=True).numpy()
    x[1:] += 5
    changed = not np.allclose(alone[0], layer(x, training=True).numpy()[0])
    assert changed is couples
    assert bool(registry.normalizer[name].facts.get("couples")) is couples
