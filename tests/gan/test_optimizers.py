"""Our optimizers equal Keras's over 25 steps on an asymmetric quadratic."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from bench import registry
from bench.gan.rules import IllegalMethod, check
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
    (
        "rmsprop",
        {"rho": 0.8, "eps": 1e-3},
        lambda: keras.optimizers.RMSprop(LR, rho=0.8, epsilon=1e-3),
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
        move = step.game.move(numbers)
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
    with pytest.raises(IllegalMethod, match="lazy_rescaling"):
        check(Method("m", extras=("lazy_rescaling",), **parts))
