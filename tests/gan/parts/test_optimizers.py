"""Our optimizers equal Keras's over 25 steps on an asymmetric quadratic."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from bench import registry
from bench.gan.methods.rules import IllegalMethod, check
from bench.gan.state import Slope
from bench.trial import Method
from tests.gan.dirac import at, step_of

STARTS = ([1.0, -2.0, 0.5], [[3.0]])
LR = 0.03


def gradients(weights):
    """Of 1/2 (x1^2 + 4 x2^2 + 9 x3^2) + sin(5 x4): neither equal nor constant."""
    return weights[0] * tf.constant([1.0, 4.0, 9.0]), 5 * tf.cos(5 * weights[1])


def ours(name, **hparams):
    optimizer = registry.optimizer[name](**hparams)
    weights = tuple(map(tf.constant, STARTS))
    slots = optimizer.init(weights)
    for _ in range(25):
        changes, slots = optimizer.update(gradients(weights), slots, LR)
        weights = tuple(w + c for w, c in zip(weights, changes, strict=True))
    return weights


def theirs(optimizer):
    variables = [tf.Variable(start) for start in STARTS]
    for _ in range(25):
        optimizer.apply_gradients(zip(gradients(variables), variables, strict=True))
    return variables


CASES = [
    ("sgd", {}, lambda: keras.optimizers.SGD(LR)),
    ("sgd", {"momentum": 0.7}, lambda: keras.optimizers.SGD(LR, momentum=0.7)),
    (  # with eps small enough not to show: Keras has it under the root
        "rmsprop",
        {"rho": 0.8, "eps": 1e-8},
        lambda: keras.optimizers.RMSprop(LR, rho=0.8, epsilon=1e-12),
    ),
    (
        "adam",
        {"beta1": 0.3, "beta2": 0.95, "eps": 1e-8},
        lambda: keras.optimizers.Adam(LR, beta_1=0.3, beta_2=0.95, epsilon=1e-8),
    ),
]


@pytest.mark.parametrize(("name", "hparams", "make"), CASES)
def test_equals_keras(name, hparams, make):
    for w, v in zip(ours(name, **hparams), theirs(make()), strict=True):
        np.testing.assert_allclose(w, v, rtol=2e-5, atol=1e-6)
        assert np.abs(w.numpy()).max() < 10


CRITIC = 0.02 * np.random.default_rng(7).standard_normal((25, 40)) ** 3
"""Gradients of 25 steps as a Wasserstein critic of two layers of 128 has them on the ring with its
weights clipped to 0.01: 1e-9 to 0.2, most of them far below sqrt(1e-8)."""
CRITIC[:, 20:] *= 1e-4


def rmsprop_by_hand(gradients, lr, rho, beside=0.0, under=0.0, start=0.0):
    """PyTorch's with `beside`, TensorFlow's and Keras's with `under`. In float64."""
    square, w = np.full(gradients.shape[1], start), np.zeros(gradients.shape[1])
    for g in gradients:
        square = rho * square + (1 - rho) * g**2
        w = w - lr * g / (np.sqrt(square + under) + beside)
    return w


def rmsprop(gradients, lr, **hparams):
    optimizer = registry.optimizer["rmsprop"](**hparams)
    w = (tf.zeros(gradients.shape[1], tf.float64),)
    slots = optimizer.init(w)
    for g in gradients:
        changes, slots = optimizer.update((tf.constant(g),), slots, lr)
        w = (w[0] + changes[0],)
    return w[0].numpy()


def test_rmsprop_is_pytorch_s_at_the_gradients_of_a_clipped_critic():
    """With alpha = 0.99 and eps = 1e-8, PyTorch's defaults, which WGAN's authors take."""
    found = rmsprop(CRITIC, 5e-5, rho=0.99, eps=1e-8)
    expected = rmsprop_by_hand(CRITIC, 5e-5, 0.99, beside=1e-8)
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    under = rmsprop_by_hand(CRITIC, 5e-5, 0.99, under=1e-8)
    assert np.median(np.abs(under[20:] / expected[20:])) < 0.1  # what eps under the root would do


def test_rmsprop_of_tensorflow_where_the_two_agree():
    """decay 0.9, 1e-10 under the root, squares from 1: the same where squares are far above it."""
    gradients = CRITIC[:, :20]
    found = rmsprop(gradients, 1e-4, rho=0.9, eps=1e-5, start=1.0)
    expected = rmsprop_by_hand(gradients, 1e-4, 0.9, under=1e-10, start=1.0)
    np.testing.assert_allclose(found, expected, rtol=1e-3)
    from_zero = rmsprop(gradients, 1e-4, rho=0.9, eps=1e-5)
    assert np.median(np.abs(from_zero / expected)) > 3  # the first squares are no small matter


def test_rmsprop_of_both_have_one_bound_for_a_gradient_that_is_nearly_nothing():
    tiny = np.full((1, 1), 1e-12)
    ours, theirs = (
        rmsprop(tiny, 1.0, rho=0.9, eps=1e-5),
        rmsprop_by_hand(tiny, 1.0, 0.9, under=1e-10),
    )
    np.testing.assert_allclose(ours, theirs, rtol=1e-6)


def test_adam_default_betas_are_the_gan_literature_s():
    assert registry.optimizer["adam"].defaults == {"beta1": 0.5, "beta2": 0.999, "eps": 1e-8}


def test_negative_momentum_differs_from_none():
    plain, negative = ours("sgd"), ours("sgd", momentum=-0.5)
    assert np.abs(plain[0] - negative[0]).max() > 1e-2


def test_lazy_rescaling_is_of_the_penalized_player_only():
    """lr k/(k + 1) and beta^(k/(k + 1)) for D, whose R1 is lazy; G's numbers stay."""
    plain = step_of(Method("m", regularizers=("r1",), lazy=3))
    rescaled = step_of(Method("m", regularizers=("r1",), lazy=3, extras=("lazy_rescaling",)))
    own = {"adam.beta1": 0.5, "adam.beta2": 0.9, "adam.eps": 1e-8, "r1.gamma": 0.0}
    other = {"adam.beta1": 0.5**0.75, "adam.beta2": 0.9**0.75}
    rates = {"lr_g": 0.1, "lr_d": 0.1}
    runs = [
        (plain, own | rates),
        (plain, own | other | rates | {"lr_d": 0.075}),
        (rescaled, own | rates),
    ]
    moved = []
    for step, hparams in runs:
        state, numbers = at(step, hparams, (1.0, 0.5)), step.tensors(hparams)
        move = step.game.bind(numbers).move
        for g in (0.3, -0.2, 0.7):  # moments show at the second step
            for player, go in (("g", move.g), ("d", move.d)):
                weights = getattr(state, player).weights
                gradient = tuple(tf.fill(w.shape, tf.constant(g, tf.float64)) for w in weights)
                state = go(state, Slope(gradient, (), state.norm, {}))
        moved.append([float(tf.squeeze(p.weights[0])) for p in (state.g, state.d)])
    by_hand, by_numbers, by_extra = moved
    assert by_extra[0] == pytest.approx(by_hand[0], abs=1e-12)
    assert by_extra[1] == pytest.approx(by_numbers[1], abs=1e-12)
    assert abs(by_numbers[1] - by_hand[1]) > 1e-3


@pytest.mark.parametrize(
    "parts", [{}, {"lazy": 4}, {"lazy": 4, "regularizers": ("r1",), "optimizer": "rmsprop"}]
)
def test_lazy_rescaling_without_anything_to_rescale_is_refused(parts):
    with pytest.raises(IllegalMethod, match="lazy"):
        check(Method("m", extras=("lazy_rescaling",), **parts))
