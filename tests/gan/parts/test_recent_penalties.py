"""Penalties of APT, DigGAN, WGAN-div, GAN-QP and BourGAN: closed forms, limits and traps."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from bench import registry
from bench.gan import keys
from bench.gan.game.composition import compose
from bench.gan.methods import CATALOGUE
from tests.gan.linear import FAKE, KEY, NORM2, REAL, A, W, Z, critic, penalty, seen


def quadratic(x):
    """d(x) = ||x||^2 / 2: its gradient is x."""
    return tf.reduce_sum(x**2, 1) / 2


@pytest.mark.parametrize(("name", "x"), [("ar1", REAL), ("ar2", FAKE)])
def test_a_difference_is_between_a_sample_and_what_is_sigma_beside_it(name, x):
    noise = keys.normal(KEY, (5, 3), "float64").numpy()
    found = penalty(name, seen(), weight=0.7, sigma=0.2)
    np.testing.assert_allclose(found, 0.7 * (0.2 * noise @ W) ** 2)
    curved = penalty(name, quadratic, weight=0.7, sigma=0.2)
    moved = np.sum((x + 0.2 * noise) ** 2, 1) / 2 - np.sum(x**2, 1) / 2
    np.testing.assert_allclose(curved, 0.7 * moved**2)


@pytest.mark.parametrize(("name", "exact"), [("ar1", "r1"), ("ar2", "r2")])
def test_a_difference_becomes_r1_and_r2_as_sigma_falls(name, exact):
    """Its mean over the noise is R1 with gamma = 2 weight sigma^2; at a sigma of 1 it is not."""
    x = {n: tf.repeat(t[:1], 200_000, 0) for n, t in (("real", REAL), ("fake", FAKE))}
    away = {}
    for sigma in (1e-3, 1.0):
        found = penalty(name, quadratic, **x, weight=3.0, sigma=sigma)
        wanted = penalty(exact, quadratic, REAL[:1], FAKE[:1], gamma=2 * 3.0 * sigma**2)
        away[sigma] = float(np.mean(found) / wanted[0]) - 1
    assert abs(away[1e-3]) < 0.015  # the mean of 200,000 squares of normals: 4 deviations
    assert away[1.0] > 0.1


def test_wgan_div_is_a_power_of_the_slope():
    found = penalty("wgan_div", seen(), weight=0.7, power=6.0)
    np.testing.assert_allclose(found, [0.7 * NORM2**3] * 5, rtol=1e-9)
    square = penalty("wgan_div", quadratic, weight=0.7, power=2.0)
    np.testing.assert_allclose(square, penalty("gp0", quadratic, weight=0.7), rtol=1e-9)
    flat = seen(logits=lambda x: 0 * tf.reduce_sum(x, 1))
    assert np.isfinite(penalty("wgan_div", flat, power=0.5)).all()


def test_diggan_is_the_gap_of_two_slopes_in_pairs():
    np.testing.assert_allclose(penalty("diggan", seen(), weight=9.0), np.zeros(5), atol=1e-12)
    lengths = [np.linalg.norm(x, axis=1) for x in (FAKE, REAL)]
    found = penalty("diggan", quadratic, weight=0.7)
    np.testing.assert_allclose(found, 0.7 * (lengths[0] - lengths[1]) ** 2, rtol=1e-9)
    assert np.ptp(found) > 0.1


def test_gan_qp_is_the_wasserstein_loss_with_a_quadratic_of_each_pair():
    method = CATALOGUE["gan_qp"].method
    assert (method.loss, method.regularizers) == ("wasserstein", ("qp",))
    logits = [critic()(x) for x in (REAL, FAKE)]
    gap = logits[0] - logits[1]
    dist = np.sqrt(np.mean((REAL - FAKE) ** 2, 1))
    loss_g, loss_d = compose(method, {}).loss(*logits, KEY)
    total = loss_d + penalty("qp", seen(), weight=1 / 10)
    np.testing.assert_allclose(total, -gap + gap**2 / (2 * 10 * dist))
    np.testing.assert_allclose(loss_g, gap - logits[0])


def test_gan_qp_divides_each_pair_by_its_own_distance():
    """[B, 1] / [B] would be [B, B], with the mean of all distances under every pair."""
    found = penalty("qp", seen(), weight=1.0)
    assert found.shape == (5,)
    gap = (critic()(REAL) - critic()(FAKE)).numpy()
    dist = np.sqrt(np.mean((REAL - FAKE) ** 2, 1))
    broadcast = np.mean(gap[:, None] ** 2 / 2 / dist)
    assert abs(np.mean(found) / broadcast - 1) > 0.05
    images = tf.reshape(REAL[:4], (2, 2, 3, 1)), tf.reshape(FAKE[:4], (2, 2, 3, 1))
    view = seen(logits=lambda x: tf.reduce_sum(x * W[:, None], [1, 2, 3]))
    away = np.sqrt(np.mean((images[0] - images[1]) ** 2, (1, 2, 3)))
    expected = (view(images[0]) - view(images[1])) ** 2 / 2 / away
    np.testing.assert_allclose(penalty("qp", view, *images, weight=1.0), expected)


def test_gan_qp_is_finite_where_a_pair_is_one_point():
    assert np.isfinite(penalty("qp", seen(), REAL, REAL)).all()


def test_bourgan_asks_for_distances_in_proportion_to_those_of_z():
    fake, z = FAKE[:4].numpy(), Z[:4].numpy()
    lengths = [np.linalg.norm(t[:2] - t[2:], axis=1) for t in (fake, z)]
    s = 0.4 * np.sqrt(3 / 2)
    expected = 0.7 * np.mean((np.log(lengths[0]) - np.log(s * lengths[1])) ** 2)
    found = penalty("bourgan", seen("g", z=Z[:4]), fake=FAKE[:4], weight=0.7, scale=0.4)
    assert float(found) == pytest.approx(expected)


def test_bourgan_has_no_pull_at_its_target_and_pulls_a_collapse_apart():
    isometry = tf.constant(np.linalg.qr(A.T)[0].T * np.sqrt(3 / 2))  # G(z) = z Q sqrt(3/2)
    assert float(penalty("bourgan", seen("g"), fake=Z @ isometry)) == pytest.approx(0, abs=1e-12)
    shrunk = tf.Variable(0.5, dtype=tf.float64)
    with tf.GradientTape() as tape:
        value = penalty("bourgan", seen("g"), fake=shrunk * Z @ isometry, weight=1.0)
    assert float(value) == pytest.approx(np.log(2) ** 2)
    assert float(tape.gradient(value, shrunk)) < 0  # descending makes it larger
    one = tf.zeros_like(FAKE) + 0.3
    with tf.GradientTape() as tape:
        tape.watch(one)
        value = penalty("bourgan", seen("g"), fake=one)
    assert np.isfinite(tape.gradient(value, one)).all()


def test_scales_are_declared_to_be_positive():
    for name, number in (("ar1", "sigma"), ("wgan_div", "power"), ("bourgan", "scale")):
        assert "outside (0, inf)" in registry.regularizer[name].ranges[number].fault(0.0)
