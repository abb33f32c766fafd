"""Losses against numpy, their equilibrium and extreme logits."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from bench import registry
from tests.gan.linear import KEY, loss

REAL = np.array([0.3, -1.2, 2.5])
FAKE = np.array([-0.7, 0.4, 1.1])


def sp(x):
    return np.log1p(np.exp(x))


def relu(x):
    return np.maximum(x, 0)


EXPECTED = {
    "minimax": (-sp(FAKE), sp(-REAL) + sp(FAKE)),
    "non_saturating": (sp(-FAKE), sp(-REAL) + sp(FAKE)),
    "least_squares": ((FAKE - 1) ** 2 / 2, (REAL - 1) ** 2 / 2 + FAKE**2 / 2),
    "hinge": (-FAKE, np.maximum(0, 1 - REAL) + np.maximum(0, 1 + FAKE)),
    "wasserstein": (-FAKE, FAKE - REAL),
    "lipschitz": (-FAKE, sp(-REAL) + sp(FAKE)),
    "relativistic": (sp(-(FAKE - REAL)), sp(-(REAL - FAKE))),
    "least_squares_symmetric": (FAKE**2 / 2, (REAL - 1) ** 2 / 2 + (FAKE + 1) ** 2 / 2),
    "relativistic_average": (
        (sp(-(FAKE - REAL.mean())) + sp(REAL - FAKE.mean())) / 2,
        (sp(-(REAL - FAKE.mean())) + sp(FAKE - REAL.mean())) / 2,
    ),
    "relativistic_average_hinge": (
        (relu(1 - (FAKE - REAL.mean())) + relu(1 + REAL - FAKE.mean())) / 2,
        (relu(1 - (REAL - FAKE.mean())) + relu(1 + FAKE - REAL.mean())) / 2,
    ),
    "relativistic_least_squares": ((FAKE - REAL - 1) ** 2 / 2, (REAL - FAKE - 1) ** 2 / 2),
    "label_flipping": (sp(-FAKE), sp(-REAL) + sp(FAKE)),  # with a share of 0
    "article": (sp(FAKE), sp(-REAL) + sp(FAKE)),
}


def test_every_loss_has_an_expected_value():
    assert {part.name for part in registry.loss} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_value(name):
    own = {"share": 0.0} if name == "label_flipping" else {}
    loss_g, loss_d = loss(name, tf.constant(REAL), tf.constant(FAKE), **own)
    np.testing.assert_allclose(loss_g, EXPECTED[name][0], rtol=1e-12)
    np.testing.assert_allclose(loss_d, EXPECTED[name][1], rtol=1e-12)


@pytest.mark.parametrize("name", EXPECTED)
def test_equilibrium(name):
    at = 0.5 if name == "least_squares" else 0.0
    logits = tf.fill([4], tf.constant(at, tf.float64))
    _, loss_d = loss(name, logits, logits)
    equilibrium = registry.loss[name].traits["equilibrium"]
    np.testing.assert_allclose(loss_d, [equilibrium] * 4, atol=1e-6)


@pytest.mark.parametrize("name", ["minimax", "non_saturating"])
def test_label_smoothing_moves_the_optimum_of_d_on_real_samples(name):
    """The minimum of (1 - s) sp(-d) + s sp(d) is at sig(d) = 1 - s."""
    logits = np.linspace(-5, 5, 10_001)
    _, loss_d = registry.loss[name](
        tf.constant(logits), tf.zeros(10_001, tf.float64), smoothing=0.1
    )
    best = logits[np.argmin(loss_d)]
    assert 1 / (1 + np.exp(-best)) == pytest.approx(0.9, abs=1e-3)


G_EQUILIBRIUM = {
    "minimax": -0.693147,
    "non_saturating": 0.693147,
    "least_squares": 0.125,
    "least_squares_symmetric": 0.0,
    "wasserstein": 0.0,
    "hinge": 0.0,
    "lipschitz": 0.0,
    "relativistic": 0.693147,
    "relativistic_average": 0.693147,
    "relativistic_average_hinge": 1.0,
    "relativistic_least_squares": 0.5,
    "label_flipping": 0.693147,
    "article": 0.693147,
}


@pytest.mark.parametrize("name", EXPECTED)
def test_equilibrium_of_g(name):
    at = 0.5 if name == "least_squares" else 0.0
    logits = tf.fill([4], tf.constant(at, tf.float64))
    np.testing.assert_allclose(loss(name, logits, logits)[0], [G_EQUILIBRIUM[name]] * 4, atol=1e-6)


@pytest.mark.parametrize("name", EXPECTED)
def test_logit_gradients_against_finite_differences(name):
    """Of both losses by every logit, summed over the batch: some couple its samples."""

    def total(x):
        real, fake = tf.split(x, 2)
        return tf.stack([tf.reduce_sum(v) for v in loss(name, real, fake)])

    x = tf.constant(np.concatenate([REAL, FAKE]))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        both = tf.unstack(total(x))
    for player, value in enumerate(both):
        gradient = tape.gradient(value, x)
        for i, e in enumerate(np.eye(6) * 1e-5):
            found = (total(x + e)[player] - total(x - e)[player]) / 2e-5
            assert float(gradient[i]) == pytest.approx(float(found), abs=1e-8)


def test_lipschitz_has_a_strictly_convex_increasing_phi_and_a_linear_loss_of_g():
    """phi(-d_r) + phi(d_f), as Zhou et al. 2019, section 3, have it; wasserstein's is linear."""
    t = tf.constant(np.linspace(-6, 6, 241))
    far = tf.fill([241], tf.constant(-1e4, tf.float64))  # phi(-1e4) = 0
    phi = loss("lipschitz", -far, t)[1].numpy()
    np.testing.assert_allclose(loss("lipschitz", -t, far)[1], phi)  # one phi for both
    assert (np.diff(phi) > 0).all()
    assert (np.diff(phi, 2) > 1e-7).all()
    linear = loss("wasserstein", 0 * t, t)[1].numpy()
    np.testing.assert_allclose(np.diff(linear, 2), 0, atol=1e-12)
    np.testing.assert_array_equal(loss("lipschitz", -t, t)[0], -t)


def test_label_flipping_swaps_a_share_of_the_pairs_for_d_only():
    n = 20_000
    real, fake = tf.fill([n], 1.0), tf.fill([n], -1.0)
    loss_g, loss_d = registry.loss["label_flipping"](real, fake, KEY, share=0.05)
    flipped = np.isclose(loss_d, 2 * sp(1.0), rtol=1e-5)
    assert np.isclose(loss_d[~flipped], 2 * sp(-1.0), rtol=1e-5).all()
    assert flipped.mean() == pytest.approx(0.05, abs=0.006)
    np.testing.assert_allclose(loss_g, np.full(n, sp(1.0)), rtol=1e-6)
