"""Losses against numpy, their equilibrium and extreme logits."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from bench import registry

REAL = np.array([0.3, -1.2, 2.5])
FAKE = np.array([-0.7, 0.4, 1.1])


def sp(x):
    return np.log1p(np.exp(x))


EXPECTED = {
    "minimax": (-sp(FAKE), sp(-REAL) + sp(FAKE)),
    "non_saturating": (sp(-FAKE), sp(-REAL) + sp(FAKE)),
    "least_squares": ((FAKE - 1) ** 2 / 2, (REAL - 1) ** 2 / 2 + FAKE**2 / 2),
    "hinge": (-FAKE, np.maximum(0, 1 - REAL) + np.maximum(0, 1 + FAKE)),
    "wasserstein": (-FAKE, FAKE - REAL),
    "relativistic": (sp(-(FAKE - REAL)), sp(-(REAL - FAKE))),
    "article": (sp(FAKE), sp(-REAL) + sp(FAKE)),
}


def test_every_loss_has_an_expected_value():
    assert {part.name for part in registry.loss} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_value(name):
    loss_g, loss_d = registry.loss[name](tf.constant(REAL), tf.constant(FAKE))
    np.testing.assert_allclose(loss_g, EXPECTED[name][0], rtol=1e-12)
    np.testing.assert_allclose(loss_d, EXPECTED[name][1], rtol=1e-12)


@pytest.mark.parametrize("name", EXPECTED)
def test_equilibrium(name):
    at = 0.5 if name == "least_squares" else 0.0
    logits = tf.fill([4], tf.constant(at, tf.float64))
    _, loss_d = registry.loss[name](logits, logits)
    equilibrium = registry.loss[name].facts["equilibrium"]
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
