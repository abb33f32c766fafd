"""Penalties against their closed form on a linear critic d(x) = w.x + b."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from bench import registry
from bench.gan.parts.regularizers import squared_gradient_norm
from tests.gan.linear import FAKE, KEY, NORM, NORM2, REAL, critic

CLOSED_FORMS = {
    "r1": lambda n2: 0.7 / 2 * n2,
    "r2": lambda n2: 0.7 / 2 * n2,
    "wgan_gp": lambda n2: 0.7 * (np.sqrt(n2) - 1) ** 2,
    "wgan_lp": lambda n2: 0.7 * max(0, np.sqrt(n2) - 1) ** 2,
    "gp0": lambda n2: 0.7 * n2,
    "dragan": lambda n2: 0.7 * (np.sqrt(n2) - 1) ** 2,
    "maxgp": lambda n2: 0.7 * n2,
}
ELSEWHERE = {
    "l2",
    "ortho",
    "ortho_full",
    "spectral_penalty",
    "historical_averaging",
    "cr",
    "bcr",
    "zcr",
    "lecam",
    "feature_matching",
    "reconstruction",
    "mode_seeking",
    "drift",
    "identification",
    "ar1",
    "ar2",
    "wgan_div",
    "diggan",
    "qp",
    "bourgan",
    "san_direction",
}
"""Those that have a test of their own: `test_other_penalties.py`, `test_recent_penalties.py`,
`test_architectures.py`, `test_ensembles.py`, `test_slicing.py`."""


def test_every_regularizer_has_a_closed_form():
    assert {part.name for part in registry.regularizer} == set(CLOSED_FORMS) | ELSEWHERE


@pytest.mark.parametrize("scale", [1.0, 0.2])  # gradient norms above and below 1
@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_linear_critic(name, scale):
    part = registry.regularizer[name]
    strength = "gamma" if "gamma" in part.defaults else "weight"
    penalty = part(critic(scale), REAL, FAKE, KEY, **{strength: 0.7})
    expected = CLOSED_FORMS[name](NORM2 * scale**2)
    np.testing.assert_allclose(penalty, [expected] * 5, rtol=1e-9, atol=1e-12)


def quadratic(x):
    """d(x) = ||x||^2 / 2 has the gradient x: penalties tell where they were taken."""
    return tf.reduce_sum(x**2, 1) / 2


def test_r1_is_on_real_and_r2_on_fake():
    r1 = registry.regularizer["r1"](quadratic, REAL, FAKE, KEY, gamma=3.0)
    r2 = registry.regularizer["r2"](quadratic, REAL, FAKE, KEY, gamma=3.0)
    np.testing.assert_allclose(r1, 1.5 * np.sum(REAL.numpy() ** 2, 1))
    np.testing.assert_allclose(r2, 1.5 * np.sum(FAKE.numpy() ** 2, 1))


def test_gradient_penalty_is_taken_on_the_segment_between_real_and_fake():
    """gp0 on the quadratic is weight * ||x||^2, x = e real + (1 - e) fake with one e in [0, 1]."""
    penalty = registry.regularizer["gp0"](quadratic, REAL, 0 * REAL, KEY, weight=1.0)
    e = np.sqrt(penalty / np.sum(REAL.numpy() ** 2, 1))
    assert np.all((e > 0) & (e < 1))
    assert np.ptp(e) > 0.1


def test_interpolation_is_uniform():
    ones = tf.ones([20_000, 1], tf.float64)
    penalty = registry.regularizer["gp0"](quadratic, ones, 0 * ones, KEY, weight=1.0)
    e = np.sort(np.sqrt(penalty))
    assert np.abs(e - (np.arange(20_000) + 0.5) / 20_000).max() < 0.015  # Kolmogorov, p < 1e-3


def test_dragan_perturbs_real_by_half_the_std_times_two_uniforms():
    """With d the quadratic, (sqrt(penalty) + 1) is ||x||: compare mean shift with a spread / 4."""
    real = tf.constant(np.random.default_rng(0).normal(50.0, 2.0, (40_000, 1)))
    penalty = registry.regularizer["dragan"](quadratic, real, real, KEY, weight=1.0)
    shift = np.sqrt(penalty) + 1 - real.numpy()[:, 0]
    assert shift.min() >= -1e-9
    assert shift.max() <= 1.0 + 1e-2  # spread * std = 0.5 * 2, not 0.5 * variance = 2
    assert np.mean(shift) == pytest.approx(0.25, abs=0.01)


def test_dragan_s_deviation_is_one_number_of_the_whole_batch():
    """The first column stands still and is moved all the same, by the spread of the second."""
    real = tf.constant(np.stack([np.full(4000, 50.0), np.tile([-8.0, 8.0], 2000)], 1))
    penalty = registry.regularizer["dragan"](
        lambda x: x[:, 0] ** 2 / 2, real, real, KEY, weight=1.0
    )
    shift = np.sqrt(penalty) + 1 - 50
    assert np.mean(shift) == pytest.approx(real.numpy().std() * 0.5 / 4, rel=0.05)


def test_gradient_norm_is_over_all_axes_but_the_first():
    images = tf.constant(np.random.default_rng(0).normal(size=(3, 2, 4, 1)))
    weights = np.random.default_rng(1).normal(size=(2, 4, 1))

    def d(x):
        return tf.reduce_sum(x * weights, [1, 2, 3])

    np.testing.assert_allclose(squared_gradient_norm(d, images), [np.sum(weights**2)] * 3)


def test_gradient_norm_penalties_are_finite_where_the_gradient_is_zero():
    w = tf.Variable([0.0, 0.0, 0.0], dtype=tf.float64)
    for name in ("wgan_gp", "wgan_lp", "dragan"):
        with tf.GradientTape() as tape:
            penalty = registry.regularizer[name](
                lambda x: tf.linalg.matvec(x, w), REAL, FAKE, KEY, weight=1.0
            )
        assert np.isfinite(tape.gradient(penalty, w)).all()


def test_norm_of_the_linear_critic_is_asymmetric():
    assert pytest.approx(2.0149, abs=1e-4) == NORM
